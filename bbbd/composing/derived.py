"""The formats that are made of a presentation and its films: ``podcast``, all that was heard, and ``video``, one film.

``podcast/<id>/audio.ogg`` is the films' own Opus, ``audio.m4a`` the same for players that take no Opus.
``video/<id>/video-0.mp4`` is the film (``video-0.webm`` where there is no encoder), ``index.html`` a page with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from lxml import etree

from bbbd.composing.compose import PROGRESS, Progress
from bbbd.composing.encoders import Encoders
from bbbd.composing.films import write
from bbbd.composing.stage import read_stills
from bbbd.composing.tools import ToolFailed
from bbbd.composing.video import Caption, VideoMaker
from bbbd.presentation.build import size_of_tree
from bbbd.presentation.films import WEBCAMS, Films
from bbbd.recordings.kept_media import FORMATS as MADE
from bbbd.recordings.layout import Place
from bbbd.recordings.metadata import Metadata, read_metadata, read_metadata_file
from bbbd.storage.disk import Disk

_MODE = 0o644
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
html {{ color-scheme: light dark; }}
body {{ margin: 0 auto; max-width: 80rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; }}
video {{ display: block; width: 100%; max-height: 80vh; background: #1b1b1b; border-radius: 1rem; }}
a {{ display: inline-block; min-height: 2.75rem; line-height: 2.75rem; }}
</style>
</head>
<body>
<h1 dir="auto">{title}</h1>
<video controls preload="metadata" playsinline aria-label="Recording">
<source src="{file}" type="{kind}">
{tracks}</video>
<p><a href="{file}" download dir="ltr">{file}</a> ({megabytes} MB)</p>
</body>
</html>
"""


class NothingToMake(Exception):
    """A recording has nothing that a format could have; the text says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What formats are made of: a presentation, its films if it has any, and its text tracks."""

    presentation: Path
    record_id: str
    url: str
    films: Path | None
    facts: Films
    captions: Sequence[tuple[Path, str, str]]


class Writer:
    """Writes the formats of one recording below a directory."""

    def __init__(self, disk: Disk, directory: Path, source: Source, encoders: Encoders) -> None:
        self.disk = disk
        self.source = source
        self.encoders = encoders
        self.directory = directory
        self._data = read_metadata_file(source.presentation / "metadata.xml")
        self.metadata: Metadata = read_metadata(self._data, Place.PROCESS, "presentation", source.record_id)

    @property
    def duration(self) -> int:
        """The length of the recording, in milliseconds."""
        return self.metadata.format.duration or 0

    def write(self, name: str, fill: Callable[[Writer, Path], Iterator[str]]) -> list[str]:
        """Write a format, and return what it lacks. Raises ``NothingToMake``, ``ToolFailed`` and ``OSError``."""
        place = self.directory / MADE / name
        self.disk.mkdir(place, 0o755)
        self._remove_earlier(place)
        unfinished = self.disk.unfinished(place)
        try:
            self.disk.mkdir(unfinished, 0o755)
            lacks = list(fill(self, unfinished))
            link = f"{self.source.url}{_LINKS[name].format(id=self.source.record_id)}"
            described = self._described(name, link, size_of_tree(unfinished))
            self.disk.replace(unfinished / "metadata.xml", described, _MODE)
            self.disk.rename(unfinished, place / self.source.record_id)
            self.disk.sync_directory(place)
        finally:
            self.disk.remove_tree(unfinished)
        return lacks

    def _remove_earlier(self, place: Path) -> None:
        """Remove what an earlier run has made: it may be of another plan, and none is left if this run fails."""
        earlier = place / self.source.record_id
        if earlier.exists():
            # A kill leaves it whole under its name or not at all: what has its name is published.
            self.disk.rename(earlier, self.disk.unfinished(place))
            self.disk.sync_directory(place)
        self.disk.sweep(place)

    def _described(self, name: str, link: str, size: int) -> bytes:
        """Return the metadata.xml of another format of the same recording; ``size`` in bytes."""
        root = etree.fromstring(self._data)
        playback = root.find("playback")
        assert playback is not None
        for element in playback.findall("extensions"):
            playback.remove(element)
        for part, value in (("format", name), ("link", link), ("size", str(size))):
            found = playback.find(part)
            (etree.SubElement(playback, part) if found is None else found).text = value
        return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def derive(disk: Disk, directory: Path, source: Source, names: Sequence[str], encoders: Encoders) -> list[str]:
    """Write formats below a directory, and return what they lack. Raises ``ToolFailed`` and ``OSError``."""
    writer = Writer(disk, directory, source, encoders)
    lacks: list[str] = []
    for name in names:
        try:
            lacks += writer.write(name, FORMATS[name])
        except (ToolFailed, NothingToMake) as fault:
            lacks.append(f"{name}: not made: {fault}")
    return lacks


def _podcast(writer: Writer, target: Path) -> Iterator[str]:
    films = writer.source.films
    if films is None or not writer.source.facts.has_sound:
        raise NothingToMake("nobody is heard in it")
    words = ["-i", str(films / WEBCAMS), "-vn", "-map", "0:a", "-map_metadata", "-1", "-fflags", "+bitexact"]
    words += ["-metadata", f"title={writer.metadata.name}"]
    write(writer.disk, target / "audio.ogg", [*words, "-c:a", "copy"], writer.duration)
    if writer.encoders.aac:
        sound = ["-c:a", writer.encoders.aac, "-b:a", "64k", "-ac", "1", "-movflags", "+faststart"]
        write(writer.disk, target / "audio.m4a", [*words, *sound], writer.duration)
    yield from ()


def _video(writer: Writer, target: Path) -> Iterator[str]:
    source, duration = writer.source, writer.duration
    stills = read_stills(source.presentation, duration)
    if not stills and source.films is None:
        raise NothingToMake("there are neither slides nor sound nor pictures")
    progress = Progress(writer.disk, writer.directory / PROGRESS)
    progress.total = max(1, duration)
    work = writer.directory / "video-pieces"
    maker = VideoMaker(writer.disk, work, source.presentation, source.films, writer.encoders, progress.went_on)
    captions = [Caption(*one) for one in source.captions if one[0].is_file()]
    film = target / f"video-0{writer.encoders.film}"
    maker.make(film, duration, stills, source.facts, captions)
    listed: list[dict[str, str]] = []
    for one in captions:
        name = f"caption_{one.language}.vtt"
        if not (target / name).exists():
            writer.disk.rename(writer.disk.copy(one.path, target, _MODE), target / name)
            listed.append({"localeName": one.label, "locale": one.language})
    writer.disk.replace(target / "captions.json", json.dumps(listed, ensure_ascii=False).encode() + b"\n", _MODE)
    writer.disk.replace(target / "index.html", _page(writer.metadata.name, film, listed).encode(), _MODE)
    yield from maker.faults


def _page(title: str, film: Path, captions: Sequence[dict[str, str]]) -> str:
    tracks = "".join(
        f'<track kind="captions" srclang="{escape(one["locale"])}" label="{escape(one["localeName"])}"'
        f' src="caption_{escape(one["locale"])}.vtt">\n'
        for one in captions
    )
    return _PAGE.format(
        title=escape(title),
        file=film.name,
        kind="video/mp4" if film.suffix == ".mp4" else "video/webm",
        tracks=tracks,
        megabytes=f"{film.stat().st_size / 1e6:.1f}",
    )


#: What writes each format into a directory, giving what it lacks; and its path on the server.
FORMATS: dict[str, Callable[[Writer, Path], Iterator[str]]] = {"podcast": _podcast, "video": _video}
_LINKS = {"podcast": "/podcast/{id}/audio.ogg", "video": "/playback/video/{id}/"}
