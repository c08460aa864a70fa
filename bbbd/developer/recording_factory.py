"""Recording factory: writes test recordings in the layout of BigBlueButton's scripts."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from bbbd.developer.playable_files import DECK, write_playable_files
from bbbd.recordings.layout import FORMAT, RECORD_ID, Layout, Place
from bbbd.recordings.metadata import META_NAME
from bbbd.storage.disk import Disk
from bbbd.values.texts import has_controls

#: Limit of recordings of one request.
MOST = 10_000
_MINUTE = 60_000
_LINKS = {
    "presentation": "/playback/presentation/2.3/{id}",
    "video": "/playback/video/{id}/",
    "podcast": "/podcast/{id}/audio.ogg",
    "notes": "/notes/{id}/notes.pdf",
}


class ImpossibleRecording(ValueError):
    """A recording is impossible; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingDetails:
    """Details of one recording; empty or None means the default. ``length`` in milliseconds."""

    record_id: str = ""
    internal_id: str = ""
    length: int | None = None
    #: Path of the link and length, by format.
    playback: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    protected: bool | None = None
    #: For a breakout room: the parent's internal id and the room's number.
    room_of: tuple[str, int] | None = None
    #: Record ids of its breakout rooms.
    rooms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPlan:
    """A plan of recordings. Times are milliseconds since 1970; recordings are a day apart, the newest first."""

    meeting_id: str
    name: str = "Recording"
    formats: tuple[str, ...] = ("presentation",)
    place: Place = Place.PUBLISHED
    start: int
    minutes: int = 60
    participants: int = 3
    previews: int = 3
    size: int = 1_000_000
    meta: tuple[tuple[str, str], ...] = ()
    seed: int = 0
    details: RecordingDetails = RecordingDetails()

    @property
    def length(self) -> int:
        """The length of each recording, in milliseconds."""
        return self.minutes * _MINUTE if self.details.length is None else self.details.length

    def check(self, count: int) -> None:
        """Raise ``ImpossibleRecording`` if the plan is invalid."""
        if not self.meeting_id or has_controls(self.meeting_id + self.name):
            raise ImpossibleRecording("meetingID and name must be texts")
        if bad := [form for form in self.formats if not FORMAT.fullmatch(form)] or ([] if self.formats else ["none"]):
            raise ImpossibleRecording(f"{bad[0][:50]!r} is no format")
        for key, value in self.meta:
            if not META_NAME.fullmatch(key) or has_controls(value):
                raise ImpossibleRecording(f"meta_{key[:50]} cannot be an element")
        if self.start - (count - 1) * 24 * 60 * _MINUTE < 0:
            raise ImpossibleRecording("start is too early for so many")
        if self.details.record_id and (count != 1 or not RECORD_ID.fullmatch(self.details.record_id)):
            raise ImpossibleRecording("a record id is given to one recording, and is letters, digits, - and _")
        if self.place is Place.PROCESS and self.formats != ("presentation",):
            raise ImpossibleRecording("only a presentation is processed")


def write_recordings(disk: Disk, layout: Layout, plan: RecordingPlan, count: int) -> Iterator[str]:
    """Write recordings and yield their ids. Blocks; raises ``ImpossibleRecording`` before anything is written."""
    if not 1 <= count <= MOST:
        raise ImpossibleRecording(f"count must be from 1 to {MOST}")
    plan.check(count)
    tree = layout.tree(plan.place)
    disk.mkdir(tree, 0o755)
    shared = disk.unfinished(tree)
    try:
        if "presentation" in plan.formats and plan.place is not Place.PROCESS:
            write_playable_files(disk, shared, plan.length, plan.previews, plan.seed)
        yield from _write_all(disk, layout, plan, count, shared)
    finally:
        disk.remove_tree(shared)


def _write_all(disk: Disk, layout: Layout, plan: RecordingPlan, count: int, shared: Path) -> Iterator[str]:
    """Write recordings whose presentations have the files of a directory, if it exists."""
    chance = random.Random(plan.seed)
    own = sha1(plan.meeting_id.encode(), usedforsecurity=False).hexdigest()
    for number in range(count):
        start = plan.start - number * 24 * 60 * _MINUTE
        record_id = plan.details.record_id or f"{own}-{start}"
        for form in plan.formats:
            directory = layout.directory(plan.place, form, record_id)
            disk.mkdir(directory, 0o755)
            if form == "presentation" and shared.exists():
                _link_files(disk, shared, directory)
            name = plan.name if count == 1 else f"{plan.name} {count - number}"
            text = _metadata(plan, record_id, form, start, name, chance)
            _write(disk, directory / "metadata.xml", text.encode())
        yield record_id


def _link_files(disk: Disk, shared: Path, directory: Path) -> None:
    """Have files in another directory too; nobody changes them, but replaces them."""
    for source in sorted(shared.rglob("*")):
        target = directory / source.relative_to(shared)
        if source.is_dir():
            target.mkdir(exist_ok=True)
        elif source.name != "metadata.xml" and not target.exists():
            disk.link(source, target)


def _write(disk: Disk, path: Path, data: bytes) -> None:
    unfinished = disk.unfinished(path.parent)
    disk.create(unfinished, data)
    disk.rename(unfinished, path)


def _thumbnail(number: int) -> str:
    return f"presentation/{DECK}/thumbnails/thumb-{number + 1}.png"


def _metadata(plan: RecordingPlan, record_id: str, form: str, start: int, name: str, chance: random.Random) -> str:
    details = plan.details
    length = plan.length
    breakout = "false" if details.room_of is None else "true"
    meta = {"meetingId": plan.meeting_id, "meetingName": name, "isBreakout": breakout} | dict(plan.meta)
    members = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in meta.items())
    images = "".join(
        f'<image width="176" height="136" alt="Slide {image + 1}">http://bbbd/{form}/{record_id}/{_thumbnail(image)}</image>'
        for image in range(plan.previews)
    )
    preview = f"<extensions><preview><images>{images}</images></preview></extensions>" if images else ""
    usual = _LINKS.get(form, "/{format}/{id}/").format(id=record_id, format=form)
    link, duration = details.playback.get(form, (usual, length))
    state = {Place.PROCESS: "processing"}.get(plan.place, plan.place.value)
    return (
        f"<recording><id>{record_id}</id><state>{state}</state>"
        f"<published>{'true' if plan.place is Place.PUBLISHED else 'false'}</published>"
        f"<start_time>{start}</start_time><end_time>{start + length}</end_time>"
        f"<participants>{plan.participants}</participants>"
        f"<meeting id={quoteattr(details.internal_id or record_id)} externalId={quoteattr(plan.meeting_id)}"
        f' name={quoteattr(name)} breakout="{breakout}"/><meta>{members}</meta>'
        f"<playback><format>{form}</format><link>{escape(link)}</link>"
        f"<processing_time>{chance.randrange(1000, 9000)}</processing_time><duration>{duration}</duration>"
        f"{preview if form == 'presentation' else ''}<size>{plan.size}</size></playback>"
        f"<raw_size>{plan.size}</raw_size>{_details_xml(details)}</recording>"
    )


def _details_xml(details: RecordingDetails) -> str:
    parts = [] if details.protected is None else [f"<protected>{str(details.protected).lower()}</protected>"]
    if details.room_of:
        parent, number = details.room_of
        parts.append(f'<breakout parentMeetingId={quoteattr(parent)} sequence="{number}" freeJoin="false"/>')
    if details.rooms:
        rooms = "".join(f"<breakoutRoom>{room}</breakoutRoom>" for room in details.rooms)
        parts.append(f"<breakoutRooms>{rooms}</breakoutRooms>")
    return "".join(parts)


def add_room(disk: Disk, path: Path, room: str) -> None:
    """Add the record id of a breakout room to a recording's metadata.xml. Blocks on the disk."""
    root = etree.fromstring(path.read_bytes(), etree.XMLParser(resolve_entities=False, no_network=True))
    rooms = root.find("breakoutRooms")
    etree.SubElement(etree.SubElement(root, "breakoutRooms") if rooms is None else rooms, "breakoutRoom").text = room
    disk.replace(path, etree.tostring(root, encoding="UTF-8", xml_declaration=True))
