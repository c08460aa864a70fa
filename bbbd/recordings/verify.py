"""Searches the recordings on disk for faults that an operator should repair."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from bbbd.recordings.layout import RECORD_ID, Layout, Place
from bbbd.recordings.scan import scan
from bbbd.storage.disk import UNFINISHED

#: The files of a presentation with cameras and sound, and with sound alone: players play the first that there is.
CAMERAS = ("video/webcams.mp4", "video/webcams.webm")
SOUND = ("audio/audio.webm", "audio/audio.ogg")


def find_faults(layout: Layout, *, with_unfinished: bool) -> Iterator[tuple[Path, str]]:
    """Return each path with its fault. ``with_unfinished`` includes interrupted changes, if no daemon is running."""
    changes = scan(layout, {}, {})
    for key, (_stamp, why) in sorted(changes.unreadable.items()):
        yield layout.metadata(*key), why
    for unscanned, why in sorted(changes.unseen.items()):
        yield Path(unscanned), f"cannot be scanned: {why}"
    for key, _read, metadata in sorted(changes.added, key=lambda one: one[0]):
        directory = layout.directory(*key)
        own = f"/{key.format}/{key.record_id}/"
        link = urlsplit(metadata.format.link).path
        if link.startswith(own) and link != own and not _has(directory, link.removeprefix(own)):
            yield directory, f"has no {link.removeprefix(own)}, which its link names"
        is_playable = key.place in (Place.PUBLISHED, Place.UNPUBLISHED) and key.format == "presentation"
        if is_playable and not any(_has(directory, name) for name in CAMERAS + SOUND):
            yield directory, "has no sound and no video: BigBlueButton's own player does not play it"
    for tree in _trees(layout):
        for path in sorted(tree.glob("*/*")):
            if path.is_dir() and RECORD_ID.fullmatch(path.name) and not (path / "metadata.xml").exists():
                yield path, "has no metadata.xml"
    if with_unfinished:
        yield from _find_unfinished(layout)


def _has(directory: Path, name: str) -> bool:
    """Return whether a directory has a file that is not empty, or a directory, of a name."""
    path = directory / name
    return path.is_dir() or (path.is_file() and path.stat().st_size > 0)


def _trees(layout: Layout) -> list[Path]:
    return [layout.tree(place) for place in (Place.PUBLISHED, Place.UNPUBLISHED, Place.DELETED)]


def _find_unfinished(layout: Layout) -> Iterator[tuple[Path, str]]:
    for path in sorted(layout.moves.glob("*.*")):
        yield path, "is an interrupted change; --repair finishes it"
    for tree in _trees(layout):
        for path in sorted(tree.rglob(f"{UNFINISHED}*")):
            yield path, "was left unfinished; --repair removes it"
