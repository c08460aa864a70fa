"""Reads a meeting's history from the ``events.xml`` of a BigBlueButton server, or from one that bbbd wrote.

The file is a stranger's: it has no DTD and no entities, and it is bounded. What its events mean: ``vocabulary.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from bbbd.history import whiteboard
from bbbd.history.event_fields import NUMBER
from bbbd.history.happenings import Facts, History, UnreadableHistory
from bbbd.history.vocabulary import Story
from bbbd.storage.disk import open_regular
from bbbd.values import safe_xml
from bbbd.values.safe_xml import BadXML

# Importing the whiteboard's events makes them known.
__all__ = ["read_events_file", "whiteboard"]

#: Bytes of a file.
LARGEST = 512 << 20
#: Elements of one event, and characters of all its texts.
_MOST_CHILDREN, _LONGEST = 256, 1 << 20
#: Attributes of ``metadata`` and breakout rooms that are read.
_MOST_FACTS = 1000
_PIECE = 1 << 16
_VERSION = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})", re.ASCII)
#: The first version with tldraw's whiteboard.
_TLDRAW = (2, 6)
_OWN_META = frozenset(("meetingId", "meetingName", "isBreakout"))


def read_events_file(path: Path, record_id: str, most: int) -> History:
    """Return the history in an ``events.xml``. Raises ``UnreadableHistory`` and ``OSError``."""
    reader = _Reader(record_id, most)
    with open_regular(path) as file:
        try:
            safe_xml.parse(_bounded(iter(partial(file.read, _PIECE), b"")), reader, most * _MOST_CHILDREN)
        except BadXML as fault:
            raise UnreadableHistory(f"events.xml {fault}") from None
    return reader.history()


def _bounded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > LARGEST:
            raise UnreadableHistory(f"events.xml is larger than {LARGEST >> 20} MiB")
        yield piece


class _Reader:
    """Receives the elements of a file, and turns each event into happenings once it is whole."""

    def __init__(self, record_id: str, most: int) -> None:
        self._record_id = record_id
        self._most = most
        self._story = Story()
        self._meeting: dict[str, str] = {}
        self._metadata: dict[str, str] = {}
        self._breakout: dict[str, str] = {}
        self._rooms: list[str] = []
        self._open: list[str] = []
        self._event: Mapping[str, str] = {}
        self._children: dict[str, str] = {}
        self._texts: list[str] = []
        self._length = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._open.append(name)
        depth = len(self._open)
        if depth == 1:
            self._root(name, attributes)
        elif depth == 2:
            self._top(name, attributes)
        elif depth == 3:
            self._texts.clear()

    def text(self, text: str) -> None:
        if len(self._open) == 3:
            self._length += len(text)
            if self._length > _LONGEST:
                raise UnreadableHistory("events.xml has an event that is too long")
            self._texts.append(text)

    def end(self, name: str) -> None:
        self._open.pop()
        if len(self._open) == 2:
            if self._open[1] == "event":
                if len(self._children) >= _MOST_CHILDREN:
                    raise UnreadableHistory("events.xml has an event with too many elements")
                self._children[name] = "".join(self._texts)
            elif name == "breakoutRoom" and len(self._rooms) < _MOST_FACTS:
                self._rooms.append("".join(self._texts).strip())
        elif len(self._open) == 1 and name == "event":
            self._story.add(self._event, self._children)
            if len(self._story.happenings) > self._most:
                raise UnreadableHistory(f"events.xml has more than {self._most} events")

    def _root(self, name: str, attributes: Mapping[str, str]) -> None:
        if name != "recording":
            raise UnreadableHistory("events.xml is not a recording's")
        own = attributes.get("meeting_id", self._record_id)
        if own != self._record_id:
            raise UnreadableHistory(f"events.xml is of {own[:60]}, but lies in {self._record_id}")
        version = _VERSION.match(attributes.get("bbb_version", ""))
        self._story.is_tldraw = version is not None and (int(version[1]), int(version[2])) >= _TLDRAW

    def _top(self, name: str, attributes: Mapping[str, str]) -> None:
        self._length = 0
        if name == "event":
            self._event, self._children = dict(attributes), {}
        elif name in ("meeting", "metadata", "breakout"):
            if len(attributes) > _MOST_FACTS:
                raise UnreadableHistory(f"events.xml has more than {_MOST_FACTS} attributes of an element")
            setattr(self, f"_{name}", dict(attributes))

    def history(self) -> History:
        """Return the history of the whole file."""
        story = self._story
        if story.begin is None:
            raise UnreadableHistory("events.xml has no events")
        meeting, meta, breakout = self._meeting, self._metadata, self._breakout
        external_id = meeting.get("externalId") or meta.get("meetingId") or self._record_id
        is_breakout = (meeting.get("breakout") or meta.get("isBreakout") or "").lower() == "true"
        sequence = breakout.get("sequence", "")
        return History(
            facts=Facts(
                record_id=self._record_id,
                external_id=external_id,
                name=meeting.get("name") or meta.get("meetingName") or external_id,
                is_breakout=is_breakout,
                metadata={name.lower(): value for name, value in meta.items() if name not in _OWN_META},
                parent_id=breakout.get("parentMeetingId", ""),
                sequence=int(sequence) if NUMBER.fullmatch(sequence) else 0,
                free_join=breakout.get("freeJoin") == "true",
                rooms=tuple(self._rooms),
                webcams_only_for_moderator=story.webcams_only_for_moderator,
            ),
            begin=story.begin,
            end=story.now,
            happenings=tuple(story.happenings),
        )
