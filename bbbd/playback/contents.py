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
        _existing(directory, _DATA),
        _existing(directory, CAMERAS) or _existing(directory, SOUND),
        _existing(directory, _SCREEN),
    )


def _existing(directory: Path, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if _is_file(directory / name))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError:
        return False
