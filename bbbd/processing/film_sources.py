"""Of how much of what pages sent the films of a recording are made, so that they are made again when there is more."""

from __future__ import annotations

from pathlib import Path

from msgspec import DecodeError, json

from bbbd.recordings.uploaded_media import lengths_of
from bbbd.storage.disk import Disk, read_regular

#: Beside films: the lengths of what pages sent, when they were begun.
_LENGTHS = "uploads.json"


def begin_films(disk: Disk, directory: Path, raw: Path) -> None:
    """Note how much there is; films that were begun of less are not gone on with. Raises ``OSError``."""
    lengths = lengths_of(raw)
    if lengths and lengths != _noted(directory):
        disk.remove_tree(directory)
        disk.mkdir(directory)
        disk.replace(directory / _LENGTHS, json.encode(lengths))


def have_grown(directory: Path, raw: Path) -> bool:
    """Return whether there is more than what films were begun of. Raises ``OSError``."""
    return lengths_of(raw) != _noted(directory)


def _noted(directory: Path) -> dict[str, int]:
    try:
        return json.decode(read_regular(directory / _LENGTHS), type=dict[str, int])
    except (OSError, DecodeError):
        return {}
