"""Media of people that Janus wrote while a meeting went on: they become raw files of its recording."""

from __future__ import annotations

import errno
from pathlib import Path

from bbbd.storage.disk import Disk

#: Beside the films that were composed of them: it is there once all are whole.
FACTS = "media.json"
#: Beside them, the formats that were made of a presentation and films: ``formats/<format>/<record id>``.
FORMATS = "formats"


def adopt_media(disk: Disk, source: Path, raw: Path, *, copies: bool = True) -> None:
    """Move the files of a meeting, whose id is the name of ``raw``, among its raw files. Waits for the disk.

    Sound goes to ``audio``, pictures to ``video/<id>``. A kill in between is no harm: the next call goes on. Without
    ``copies`` a file stays where it is that cannot be moved at once, as one of another file system.
    """
    for path in sorted(source.glob(f"{raw.name}_*.mjr")) if source.is_dir() else ():
        if path.is_symlink():
            disk.unlink(path)
            continue
        directory = raw / "audio" if "-audio-" in path.name else raw / "video" / raw.name
        disk.mkdir(directory)
        try:
            disk.rename(path, directory / path.name)
        except OSError as fault:
            if not copies:
                continue
            if fault.errno != errno.EXDEV:
                raise
            disk.rename(disk.copy(path, directory, 0o640), directory / path.name)
            disk.unlink(path)
        disk.sync_directory(directory)


def has_media(raw: Path) -> bool:
    """Return whether there are files of sound, cameras or screens among raw files. Waits for the disk."""
    return any(path.is_file() for name in ("audio", "video", "deskshare") for path in (raw / name).rglob("*"))
