"""The films of a recording, if sound, cameras or screens were kept of its meeting: a directory that others filled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bbbd.recordings.kept_media import FACTS
from bbbd.storage.disk import Disk, read_regular

#: Files in the directory, beside the facts: cameras with all sound, and shared screens.
WEBCAMS, DESKSHARE = "webcams.webm", "deskshare.webm"
#: How loud the recording is over its time (``composing/loudness.py``).
LOUDNESS = "loudness.json"
#: Where they are in a recording.
PLACES = {
    WEBCAMS: "video/webcams.webm",
    "webcams.mp4": "video/webcams.mp4",
    DESKSHARE: "deskshare/deskshare.webm",
    "deskshare.mp4": "deskshare/deskshare.mp4",
    LOUDNESS: LOUDNESS,
}
_MOST = 1 << 20


class Films(NamedTuple):
    """When a screen was shown, and cameras; the screen's size in pixels; whether anybody is heard; what is left out.

    Times in milliseconds of the recording.
    """

    screens: tuple[tuple[int, int], ...] = ()
    cameras: tuple[tuple[int, int], ...] = ()
    width: int = 0
    height: int = 0
    has_sound: bool = False
    faults: tuple[str, ...] = ()


def read_films(directory: Path) -> Films:
    """Return the facts of a directory's films. Raises ``OSError`` and ``ValueError``."""
    said = json.loads(read_regular(directory / FACTS, _MOST))
    screens, cameras = (
        tuple((int(begin), int(end)) for begin, end in said.get(name, ())) for name in ("screens", "cameras")
    )
    faults = tuple(str(one) for one in said["faults"])
    # An older bbbd said neither when there were cameras nor whether there was sound.
    return Films(screens, cameras, int(said["width"]), int(said["height"]), said.get("has_sound") is True, faults)


def write_facts(disk: Disk, directory: Path, films: Films) -> None:
    """Write the facts: the films are whole. Raises ``OSError``."""
    disk.replace(directory / FACTS, json.dumps(films._asdict()).encode() + b"\n", 0o644)


def put_films(disk: Disk, directory: Path, target: Path) -> None:
    """Give the films their places in a recording. Raises ``OSError``."""
    for name, place in PLACES.items():
        if (directory / name).exists():
            disk.mkdir((target / place).parent, 0o755)
            disk.link(directory / name, target / place)


def deskshare_xml(films: Films) -> Iterator[str]:
    """Give the pieces of ``deskshare.xml``: when a screen was shown, in seconds."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<recording id="deskshare_events">\n'
    for begin, end in films.screens:
        yield (
            f' <event start_timestamp="{begin / 1000:.1f}" stop_timestamp="{end / 1000:.1f}"'
            f' video_width="{films.width}" video_height="{films.height}"/>\n'
        )
    yield "</recording>\n"
