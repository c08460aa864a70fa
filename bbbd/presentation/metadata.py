"""What a recording is: ``metadata.xml`` of the playback format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from bbbd.history.happenings import Facts
from bbbd.history.xml_text import attributes, text
from bbbd.recordings.metadata import META_NAME

#: The path of all recordings since BigBlueButton 2.3.
PLAYER = "/playback/presentation/2.3/"
_WORDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A thumbnail that stands for a recording: its path in the recording, its size in pixels, its page's text."""

    path: str
    width: int
    height: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The numbers of a recording: times in milliseconds, sizes in bytes. ``start`` and ``end`` are the meeting's."""

    start: int
    end: int
    duration: int
    participants: int
    processing_time: int
    raw_size: int
    previews: tuple[Preview, ...]


def metadata_xml(facts: Facts, described: Description, public_url: str, size: int) -> str:
    """Return ``metadata.xml``; ``size`` is that of all files of the recording."""
    return "".join(_pieces(facts, described, public_url.rstrip("/"), size))


def _pieces(facts: Facts, described: Description, url: str, size: int) -> Iterator[str]:
    record_id, breakout = facts.record_id, str(facts.is_breakout).lower()
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<recording>\n'
    yield f" <id>{record_id}</id>\n <state>published</state>\n <published>true</published>\n"
    yield f" <start_time>{described.start}</start_time>\n <end_time>{described.end}</end_time>\n"
    yield f" <participants>{described.participants}</participants>\n"
    meeting = attributes(id=record_id, externalId=facts.external_id, name=facts.name, breakout=breakout)
    yield f" <meeting{meeting}/>\n{breakout_xml(facts)} <meta>\n"
    own = {"meetingId": facts.external_id, "meetingName": facts.name, "isBreakout": breakout}
    given = {name: value for name, value in facts.metadata.items() if META_NAME.fullmatch(name) and name not in own}
    for name, value in (own | given).items():
        yield f"  <{name}>{text(value)}</{name}>\n"
    yield f" </meta>\n <playback>\n  <format>presentation</format>\n  <link>{text(url)}{PLAYER}{record_id}</link>\n"
    yield f"  <processing_time>{described.processing_time}</processing_time>\n"
    yield f"  <duration>{described.duration}</duration>\n"
    if described.previews:
        yield "  <extensions>\n   <preview>\n    <images>\n"
        for one in described.previews:
            shown = attributes(width=one.width, height=one.height, alt=" ".join(one.text.split()[:_WORDS]))
            yield f"     <image{shown}>{text(url)}/presentation/{record_id}/{text(quote(one.path))}</image>\n"
        yield "    </images>\n   </preview>\n  </extensions>\n"
    yield f"  <size>{size}</size>\n </playback>\n <raw_size>{described.raw_size}</raw_size>\n</recording>\n"


def breakout_xml(facts: Facts) -> str:
    """Return the elements about breakout rooms; BigBlueButton has them, empty, in other meetings too."""
    room = attributes(
        parentMeetingId=facts.parent_id,
        sequence=facts.sequence,
        meetingId=facts.record_id,
        freeJoin=str(facts.free_join).lower(),
    )
    rooms = "".join(f"<breakoutRoom>{text(one)}</breakoutRoom>" for one in facts.rooms)
    listed = f" <breakoutRooms>{rooms}</breakoutRooms>\n" if rooms else " <breakoutRooms/>\n"
    return f" <breakout{room if facts.parent_id else ''}/>\n{listed}"
