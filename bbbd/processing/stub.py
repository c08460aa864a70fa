"""The metadata.xml of a recording that is in work: it shows in getRecordings as soon as its meeting has ended."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from bbbd.history.xml_text import clean
from bbbd.meetings.event import Created
from bbbd.meetings.journal_format import DamagedJournal, read_journal
from bbbd.meetings.model import Meeting
from bbbd.recordings.layout import Layout, Place
from bbbd.recordings.status_files import JOURNAL, PRESENTATION
from bbbd.storage.disk import Disk, open_regular
from bbbd.values.late_modules import etree

#: The longest first lines of a journal that are looked at, in bytes.
_LONGEST_HEAD = 1 << 20
#: Digits of a time in milliseconds since 1970, in this century.
_DIGITS = 13


class StubFacts(NamedTuple):
    """The facts of a stub; times in milliseconds, since 1970 or of length."""

    created: Created | None = None
    end: int = 0
    participants: int = 0
    duration: int = 0
    rooms: tuple[str, ...] = ()


def facts_of(meeting: Meeting) -> StubFacts:
    """Return the facts of a meeting that has ended."""
    return StubFacts(
        created=meeting.created,
        end=meeting.end_time,
        participants=len(meeting.attended),
        duration=meeting.recorded,
        rooms=tuple(meeting.breakouts),
    )


def facts_of_raw(raw: Path) -> StubFacts:
    """Return what raw files tell cheaply: the begin of the meeting, if the journal is bbbd's. Waits for the disk."""
    try:
        with open_regular(raw / JOURNAL) as file:
            head = file.readline(_LONGEST_HEAD) + file.readline(_LONGEST_HEAD)
        lines = read_journal(head, raw.name).lines
    except (OSError, DamagedJournal):
        return StubFacts()
    first = lines[0].event if lines else None
    return StubFacts(created=first) if isinstance(first, Created) else StubFacts()


def write_stub(disk: Disk, layout: Layout, record_id: str, facts: StubFacts) -> None:
    """Write the stub of a recording, over what its last processing left. Waits for the disk."""
    path = layout.metadata(Place.PROCESS, PRESENTATION, record_id)
    disk.mkdir(path.parent, 0o755)
    disk.sweep(path.parent)
    disk.replace(path, stub(record_id, facts), 0o644)


def stub(record_id: str, facts: StubFacts) -> bytes:
    """Return a metadata.xml with all that is known so far."""
    root = etree.Element("recording")
    created = facts.created
    start = created.create_time if created else _start_of(record_id)
    for name, text in (
        ("id", record_id),
        ("state", "processing"),
        ("published", "false"),
        ("start_time", str(start)),
        ("end_time", str(facts.end or start)),
        ("participants", str(facts.participants)),
    ):
        etree.SubElement(root, name).text = text
    if created is not None:
        wanted = created.wanted
        is_breakout, name = str(wanted.is_breakout).lower(), wanted.name or wanted.meeting_id
        of = {"id": record_id, "externalId": wanted.meeting_id, "name": name, "breakout": is_breakout}
        _add(root, "meeting", of)
        if created.parent:
            _add(root, "breakout", {"parentMeetingId": created.parent, "sequence": str(wanted.sequence or 0)})
        rooms = etree.SubElement(root, "breakoutRooms")
        for room in facts.rooms:
            etree.SubElement(rooms, "breakoutRoom").text = room
        meta = etree.SubElement(root, "meta")
        own = {"meetingId": wanted.meeting_id, "meetingName": name, "isBreakout": is_breakout}
        for key, value in {**wanted.metadata, **own}.items():
            etree.SubElement(meta, key).text = clean(value)
    playback = etree.SubElement(root, "playback")
    etree.SubElement(playback, "format").text = PRESENTATION
    etree.SubElement(playback, "duration").text = str(facts.duration)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _add(root: etree._Element, name: str, attributes: Mapping[str, str]) -> None:
    etree.SubElement(root, name, {key: clean(value) for key, value in attributes.items()})


def _start_of(record_id: str) -> int:
    """Return when a meeting began, by the id of its recording: the number behind the last dash."""
    number = record_id.rpartition("-")[2]
    return int(number) if len(number) == _DIGITS and number.isascii() and number.isdigit() else 0
