"""Recordings on demand: written as BigBlueButton's scripts would, from a few parameters."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from bbbd.disk import Disk
from bbbd.kinds import has_controls
from bbbd.recordings.layout import FORMAT, Layout, Place
from bbbd.recordings.metadata import META_NAME

#: Recordings that one request may make.
MOST = 10_000
_MINUTE = 60_000
_LINKS = {
    "presentation": "/playback/presentation/2.3/{id}",
    "video": "/playback/video/{id}/",
    "podcast": "/podcast/{id}/audio.ogg",
    "notes": "/notes/{id}/notes.pdf",
}


class Impossible(ValueError):
    """A recording that cannot be; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What recordings are to be like. Times are milliseconds since 1970; several lie a day apart, the newest first."""

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

    def check(self, count: int) -> None:
        """Raise ``Impossible`` for what cannot be."""
        if not self.meeting_id or has_controls(self.meeting_id + self.name):
            raise Impossible("meetingID and name must be texts")
        if bad := [form for form in self.formats if not FORMAT.fullmatch(form)] or ([] if self.formats else ["none"]):
            raise Impossible(f"{bad[0][:50]!r} is no format")
        for key, value in self.meta:
            if not META_NAME.fullmatch(key) or has_controls(value):
                raise Impossible(f"meta_{key[:50]} cannot be an element")
        if self.start - (count - 1) * 24 * 60 * _MINUTE < 0:
            raise Impossible("start is too early for so many")
        if self.place is Place.PROCESS and self.formats != ("presentation",):
            raise Impossible("only a presentation is processed")


def fabricate(disk: Disk, layout: Layout, wanted: Wanted, count: int) -> Iterator[str]:
    """Write recordings and give their ids. Waits for the disk; raises ``Impossible`` before anything is written."""
    if not 1 <= count <= MOST:
        raise Impossible(f"count must be from 1 to {MOST}")
    wanted.check(count)
    chance = random.Random(wanted.seed)
    own = sha1(wanted.meeting_id.encode(), usedforsecurity=False).hexdigest()
    for number in range(count):
        start = wanted.start - number * 24 * 60 * _MINUTE
        record_id = f"{own}-{start}"
        for form in wanted.formats:
            directory = layout.directory(wanted.place, form, record_id)
            disk.mkdir(directory, 0o755)
            name = wanted.name if count == 1 else f"{wanted.name} {count - number}"
            text = _metadata(wanted, record_id, form, start, name, chance)
            _write(disk, directory / "metadata.xml", text.encode())
            if form == "presentation":
                for image in range(wanted.previews):
                    thumbnail = directory / _thumbnail(image)
                    disk.mkdir(thumbnail.parent, 0o755)
                    _write(disk, thumbnail, _PNG)
        yield record_id


def _write(disk: Disk, path: Path, data: bytes) -> None:
    unfinished = disk.unfinished(path.parent)
    disk.create(unfinished, data)
    disk.rename(unfinished, path)


def _thumbnail(number: int) -> str:
    return f"presentation/slides/thumbnails/thumb-{number + 1}.png"


def _metadata(wanted: Wanted, record_id: str, form: str, start: int, name: str, chance: random.Random) -> str:
    length = wanted.minutes * _MINUTE
    meta = {"meetingId": wanted.meeting_id, "meetingName": name, "isBreakout": "false"} | dict(wanted.meta)
    members = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in meta.items())
    images = "".join(
        f'<image width="176" height="136" alt="Slide {image + 1}">http://bbbd/{form}/{record_id}/{_thumbnail(image)}</image>'
        for image in range(wanted.previews)
    )
    preview = f"<extensions><preview><images>{images}</images></preview></extensions>" if images else ""
    link = _LINKS.get(form, "/{format}/{id}/").format(id=record_id, format=form)
    state = {Place.PROCESS: "processing"}.get(wanted.place, wanted.place.value)
    return (
        f"<recording><id>{record_id}</id><state>{state}</state>"
        f"<published>{'true' if wanted.place is Place.PUBLISHED else 'false'}</published>"
        f"<start_time>{start}</start_time><end_time>{start + length}</end_time>"
        f"<participants>{wanted.participants}</participants>"
        f"<meeting id={quoteattr(record_id)} externalId={quoteattr(wanted.meeting_id)} name={quoteattr(name)}"
        f' breakout="false"/><meta>{members}</meta>'
        f"<playback><format>{form}</format><link>{link}</link>"
        f"<processing_time>{chance.randrange(1000, 9000)}</processing_time><duration>{length}</duration>"
        f"{preview if form == 'presentation' else ''}<size>{wanted.size}</size></playback>"
        f"<raw_size>{wanted.size}</raw_size></recording>"
    )


#: A picture of one grey point.
_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c633870e208000498024d"
    "86cb2a5c0000000049454e44ae426082"
)
