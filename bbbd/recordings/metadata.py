"""Reads metadata.xml of every version.

Files are untrusted: no DTD, no entity, bounded. A file that cannot be read is no recording. Links are stored without
their host, which may be outdated; the API adds this server's.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from sys import intern
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bbbd.recordings.layout import Place
from bbbd.values.late_modules import etree

#: Size limit of a metadata.xml, in bytes.
LARGEST = 4 << 20
#: Placeholder of the server's URL in stored XML. It is no character of XML, and takes one byte in memory.
HERE = "\0"
#: Names of elements of ``meta``.
META_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,255}", re.ASCII)
#: The placeholder within lxml, which refuses the other.
_HERE = "\ue000"
#: The states of recordings in process; all others are called as their place.
_IN_PROCESS = ("processing", "processed")
_PLACES = {place.value: place for place in Place if place is not Place.PROCESS}
_MOST_DIGITS = 18
#: Bytes that one read of a file asks for at least, so that most are read by one, and one that finds the end.
_LEAST_READ = 1 << 16
_URL = re.compile(r"https?://[^/\s]+(?=/)")
#: A link as nearly all are; others are taken apart by the standard library, which takes ten times as long.
_PLAIN_LINK = re.compile(r"https?://[a-zA-Z0-9.:-]+(/[a-zA-Z0-9/._-]*(?:\?[a-zA-Z0-9/._=&%-]*)?)", re.ASCII)


class UnreadableMetadata(ValueError):
    """A metadata.xml cannot be read as that of a recording; the text says why."""


# As lists in MessagePack, so the order of their fields is that of the index's snapshot.
class PlaybackFormat(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One playback format: path and query of its link, times in milliseconds, its extensions as XML.

    A number that the file has not is 0 (a size: None); one that cannot be read is None.
    """

    name: str
    link: str
    processing_time: int | None
    duration: int | None
    size: int | None
    extensions: str


class MetadataHead(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The first fields of a metadata.xml's contents, those by which recordings are sorted and found."""

    record_id: str
    state: str
    start: int | None
    meeting_id: str | None
    format: PlaybackFormat

    @property
    def place(self) -> Place:
        """The place, as the state tells it. Raises ``KeyError`` for a state of none."""
        return Place.PROCESS if self.state in _IN_PROCESS else _PLACES[self.state]


class Metadata(MetadataHead, frozen=True, array_like=True, gc=False):
    """The contents of one metadata.xml: a recording, and one of its formats. Times are milliseconds since 1970.

    A number that the file has not is 0 (a raw size: None); one that cannot be read is None.
    """

    end: int | None
    participants: int | None
    internal_meeting_id: str | None
    name: str
    is_breakout: bool
    meta: dict[str, str]
    breakout: tuple[tuple[str, str], ...]
    rooms: tuple[str, ...]
    raw_size: int | None
    protected: bool | None


def read_metadata_file(path: Path | str) -> bytes:
    """Return the bytes of a metadata.xml; of one that is too large, a part.

    Raises ``UnreadableMetadata`` and ``OSError``.
    """
    # A pipe in place of a file must not block.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        # Of a directory the system says so itself.
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            raise UnreadableMetadata("is not a plain file")
        # Not by a file object: it would take the memory for the largest, which costs three times the reading.
        pieces, left = [], LARGEST + 1
        while left and (piece := os.read(descriptor, min(left, max(status.st_size, _LEAST_READ)))):
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)
    finally:
        os.close(descriptor)


def metadata_parser() -> etree.XMLParser:
    """Return a parser; who reads many in one thread keeps one, since making it costs as much as a file."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def parsed(data: bytes, parser: etree.XMLParser | None = None) -> etree._Element:
    """Return the root of a metadata.xml. Raises ``UnreadableMetadata``."""
    if len(data) > LARGEST:
        raise UnreadableMetadata(f"is larger than {LARGEST >> 20} MiB")
    try:
        root = etree.fromstring(data, parser or metadata_parser())
    except etree.XMLSyntaxError as fault:
        line, column = fault.position
        raise UnreadableMetadata(f"is not well-formed (line {line}, column {column})") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableMetadata("has a DTD")
    if root.tag != "recording":
        raise UnreadableMetadata("is not a recording's")
    return root


#: The child elements of an element by name; of several with one name the first.
Children = dict[str, Any]


def children_of(element: etree._Element | None) -> Children:
    """Return the children of an element: one walk takes a tenth of the time of a search for each name."""
    found: Children = {}
    for child in () if element is None else element.iterchildren(etree.Element):
        found.setdefault(child.tag, child)
    return found


def text_of(children: Children, name: str) -> str:
    """Return the text of a child, empty if there is none."""
    found = children.get(name)
    return (found.text or "").strip() if found is not None else ""


def _number(children: Children, name: str, absent: int | None = 0) -> int | None:
    """Return a number: ``absent`` if the file has none, None if it is no whole number and so is left out."""
    text = text_of(children, name)
    if not text:
        return absent
    return int(text) if len(text) <= _MOST_DIGITS and text.isascii() and text.isdigit() else None


def _link(text: str) -> str:
    """Return path and query of a link, empty if it is none that can be read."""
    plain = _PLAIN_LINK.fullmatch(text)
    if plain:
        return "/" + plain[1].lstrip("/").removesuffix("?")
    text = "".join(text.split())
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    path = "/" + parts.path.lstrip("/") if parts.path else ""
    return path + (f"?{parts.query}" if parts.query else "")


def _extensions(playback: Children) -> str:
    found = playback.get("extensions")
    if found is None:
        return ""
    pieces: list[str] = []
    length = 0
    for child in found:
        for node in child.iter():
            if isinstance(node.tag, str):
                node.text = _URL.sub(_HERE, node.text.replace(_HERE, "").strip()) if node.text else None
                node.tail = None
        pieces.append(etree.tostring(child, encoding="unicode", with_tail=False))
        length += len(pieces[-1])
        if length > LARGEST:
            # Each piece repeats the namespaces of the elements above it.
            raise UnreadableMetadata(f"has extensions of more than {LARGEST >> 20} MiB")
    return "".join(pieces).replace(_HERE, HERE)


def _state(text: str, place: Place) -> str:
    """Return the state in answers: the place decides, except for recordings in process."""
    if place is Place.PROCESS:
        return text if text in _IN_PROCESS else "processing"
    return place.value


def read_metadata(
    data: bytes, place: Place, directory: str, record_id: str, parser: etree.XMLParser | None = None
) -> Metadata:
    """Return the contents of a metadata.xml; ``directory`` is the format's. Raises ``UnreadableMetadata``."""
    children = children_of(parsed(data, parser))
    own = text_of(children, "id")
    if own and own != record_id:
        raise UnreadableMetadata(f"is of {own[:60]}, but lies in {record_id}")
    playback, meeting = children_of(children.get("playback")), children.get("meeting")
    meta = meta_of(children)
    # One by one: lxml takes the square of their number for all attributes of an element.
    names = ("id", "externalId", "name", "breakout")
    known = {name: meeting.get(name) for name in names} if meeting is not None else {}
    is_breakout = str(known.get("breakout") or meta.get("isBreakout") or "false").strip().lower() == "true"
    return Metadata(
        record_id=record_id,
        state=intern(_state(text_of(children, "state"), place)),
        start=_number(children, "start_time"),
        end=_number(children, "end_time"),
        participants=_number(children, "participants"),
        meeting_id=str(known.get("externalId") or meta.get("meetingId") or "").strip() or None,
        internal_meeting_id=str(known.get("id") or "").strip() or None,
        name=str(known.get("name") or meta.get("meetingName") or "unknown").strip(),
        is_breakout=is_breakout,
        meta=meta,
        breakout=_breakout(children),
        rooms=_rooms(children),
        raw_size=_number(children, "raw_size", None),
        protected=None if "protected" not in children else text_of(children, "protected") == "true",
        format=PlaybackFormat(
            name=intern(directory),
            link=_link(text_of(playback, "link")),
            processing_time=_number(playback, "processing_time"),
            duration=_number(playback, "duration"),
            size=_number(playback, "size", None),
            extensions=_extensions(playback),
        ),
    )


def meta_of(children: Children) -> dict[str, str]:
    """Return the elements of ``meta``."""
    found = children.get("meta")
    return {
        intern(child.tag): (child.text or "").strip()
        for child in (() if found is None else found.iterchildren(etree.Element))
        if child.tag[0] != "{"
    }


def _rooms(children: Children) -> tuple[str, ...]:
    found = children.get("breakoutRooms")
    rooms = () if found is None else found.iterchildren("breakoutRoom")
    return tuple(text for room in rooms if (text := (room.text or "").strip()))


def _breakout(children: Children) -> tuple[tuple[str, str], ...]:
    found = children.get("breakout")
    if found is None or not found.get("parentMeetingId"):
        return ()
    wanted = (("parentId", "parentMeetingId"), ("sequence", "sequence"), ("freeJoin", "freeJoin"))
    return tuple((name, str(found.get(attribute))) for name, attribute in wanted if found.get(attribute) is not None)


def own_format(data: bytes) -> str:
    """Return the format that a file names, or an empty text."""
    return text_of(children_of(children_of(parsed(data)).get("playback")), "format")


def is_published(data: bytes) -> bool:
    """Return whether a file calls its recording published; one without a state does."""
    children = children_of(parsed(data))
    return text_of(children, "published") in ("", "true") and text_of(children, "state") in (
        "",
        "published",
        "available",
    )
