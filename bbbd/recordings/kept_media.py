"""Media of people that were kept while a meeting went on: those of Janus become raw files of its recording."""

from __future__ import annotations

import errno
from pathlib import Path

from bbbd.recordings.uploaded_media import DIRECTORY as UPLOADS
from bbbd.storage.disk import Disk

#: Beside the films that were composed of them: it is there once all are whole.
FACTS = "media.json"
#: Beside them, the formats that were made of a presentation and films: ``formats/<format>/<record id>``.
FORMATS = "formats"
#: Beside them, the directory of what is said in them.
TRANSCRIPT = "transcript"
_TRANSCRIPT_BEGIN, _TRANSCRIPT_END = "transcript_", ".vtt"


def transcript_name(language: str) -> str:
    """Return the name of the file with what is said, which is in a language."""
    return f"{_TRANSCRIPT_BEGIN}{language}{_TRANSCRIPT_END}"


def transcript_of(directory: Path) -> tuple[Path, str] | None:
    """Return the file in a directory with what is said, and its language; None without one. Waits for the disk."""
    found = sorted(directory.glob(transcript_name("*")))
    return (found[0], found[0].name[len(_TRANSCRIPT_BEGIN) : -len(_TRANSCRIPT_END)]) if found else None


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
    return any(path.is_file() for name in ("audio", "video", "deskshare", UPLOADS) for path in (raw / name).rglob("*"))
