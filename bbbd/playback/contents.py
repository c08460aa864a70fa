"""The files that a published presentation has, of those that the player can show."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from bbbd.recordings.verify import CAMERAS, SOUND

#: Files on the recording's timeline, and about it.
_DATA = (
    "metadata.xml",
    "shapes.svg",
    "panzooms.xml",
    "cursor.xml",
    "slides_new.xml",
    "deskshare.xml",
    "presentation_text.json",
    "polls.json",
    "external_videos.json",
    "tldraw.json",
    "notes.html",
    "loudness.json",
)
_SCREEN = ("deskshare/deskshare.mp4", "deskshare/deskshare.webm")


class Contents(NamedTuple):
    """Names of files below a recording's directory; ``media`` and ``screen`` in the order of preference."""

    data: tuple[str, ...]
    media: tuple[str, ...]
    screen: tuple[str, ...]


def find_contents(directory: Path) -> Contents:
    """Return the files that a presentation has and that are not empty. Waits for the disk."""
    return Contents(
        find_existing(directory, _DATA),
        find_existing(directory, CAMERAS) or find_existing(directory, SOUND),
        find_existing(directory, _SCREEN),
    )


def find_existing(directory: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Return those of some files that there are and that are not empty. Waits for the disk."""
    return tuple(name for name in names if _is_file(directory / name))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError:
        return False
