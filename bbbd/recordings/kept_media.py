"""Media of people that Janus wrote while a meeting went on: they become raw files of its recording."""

from __future__ import annotations

from pathlib import Path

from bbbd.storage.disk import Disk


def adopt_media(disk: Disk, source: Path, raw: Path) -> None:
    """Move the files of a meeting, whose id is the name of ``raw``, among its raw files. Waits for the disk.

    Sound goes to ``audio``, pictures to ``video/<id>``. A kill in between is no harm: the next call goes on.
    """
    for path in sorted(source.glob(f"{raw.name}_*.mjr")) if source.is_dir() else ():
        if path.is_symlink():
            disk.unlink(path)
            continue
        directory = raw / "audio" if "-audio-" in path.name else raw / "video" / raw.name
        disk.mkdir(directory)
        try:
            disk.rename(path, directory / path.name)
        except OSError:
            # Another file system.
            disk.rename(disk.copy(path, directory, 0o640), directory / path.name)
            disk.unlink(path)
        disk.sync_directory(directory)
