"""Reads an archive of recordings from a stranger: every member is looked at before one byte is written.

``.tar`` and ``.tar.gz``, members at any depth, ``./`` and a leading ``/`` are borne. Only plain files and directories
are taken: one link, device or ``..`` and the whole archive is refused, as it is for its size or number of members.
"""

from __future__ import annotations

import gzip
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple, cast

from bbbd.recordings.layout import DELETED_NOTE
from bbbd.storage.disk import UNFINISHED, Disk

#: Limits of an archive.
MOST_BYTES = 50 << 30
MOST_FILES = 100_000
MOST_RATIO = 200
_PIECE = 1 << 20
_MOST_AT_ONCE = 4 << 20

#: Told how many bytes are done, of how many.
Progress = Callable[[int, int], None]


class ArchiveRefused(ValueError):
    """An archive, or a recording in it, is not taken; the text says why."""


class Member(NamedTuple):
    """A plain file in an archive or directory: its path below the top, its size, how to open it."""

    path: PurePosixPath
    size: int
    open: Callable[[], IO[bytes]]


def _checked(name: str) -> PurePosixPath:
    path = PurePosixPath(name.lstrip("/"))
    parts = [part for part in path.parts if part != "."]
    if ".." in parts or not parts or "\0" in name or "\\" in name:
        raise ArchiveRefused(f"has a member called {name[:80]!r}")
    if len(name) > 4096 or any(len(part.encode("utf-8", "surrogateescape")) > 255 for part in parts):
        raise ArchiveRefused("has a member whose name is too long")
    return PurePosixPath(*parts)


def _tar_members(archive: tarfile.TarFile, packed: int) -> Iterator[Member]:
    for count, member in enumerate(archive):
        if count >= MOST_FILES:
            raise ArchiveRefused(f"has more than {MOST_FILES} members")
        if member.isdir():
            if member.name.strip("/") not in ("", "."):
                _checked(member.name)
            continue
        if not member.isreg():
            raise ArchiveRefused(f"has a link or device in it: {member.name[:80]!r}")
        if member.size > MOST_RATIO * max(packed, 1 << 20):
            raise ArchiveRefused("unpacks to far more than it is long")

        def opened(one: tarfile.TarInfo = member) -> IO[bytes]:
            file = archive.extractfile(one)
            assert file is not None
            return file

        yield Member(_checked(member.name), member.size, opened)


def _read_to_its_end(archive: tarfile.TarFile, file: IO[bytes], packed: int) -> None:
    """See that an archive ends as one does, and read what is behind, for a gz's checksum to be compared."""
    file.seek(archive.offset)
    if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise ArchiveRefused("is not a whole tar archive: its end is missing")
    behind = 0
    while piece := file.read(_PIECE):
        behind += len(piece)
        if behind > MOST_RATIO * max(packed, 1 << 20):
            raise ArchiveRefused("unpacks to far more than it is long")


def _raised(fault: OSError) -> None:
    raise fault


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb")


def _unzipped(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path))


def _directory_members(root: Path) -> Iterator[Member]:
    base = root.parent.parent if (root / "metadata.xml").exists() else root
    for directory, names, files in os.walk(root, onerror=_raised):
        for name in (*names, *files):
            path = Path(directory) / name
            if path.is_dir() and not path.is_symlink():
                continue
            if path.is_symlink() or not path.is_file():
                raise ArchiveRefused(f"has a link or device in it: {str(path)[:80]!r}")
            inner = PurePosixPath(path.relative_to(base).as_posix())
            yield Member(inner, path.stat().st_size, partial(_opened, path))


class _Measured:
    """A file that gives no more than so much at once: a header that claims gigabytes is not read into memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes. Raises ``ArchiveRefused`` for more than a header has."""
        if not 0 <= size <= _MOST_AT_ONCE:
            raise ArchiveRefused("has a header that is too long")
        return self._file.read(size)


@contextmanager
def members(path: Path) -> Iterator[list[Member]]:
    """Yield the members of an open archive or directory. Raises ``ArchiveRefused`` and ``OSError``."""
    if path.is_dir():
        yield _bounded(list(_directory_members(path)), None)
        return
    packed = path.stat().st_size
    try:
        with path.open("rb") as file:
            gzipped = file.read(2) == b"\x1f\x8b"
        with (
            _unzipped(path) if gzipped else _opened(path) as source,
            tarfile.open(fileobj=cast("IO[bytes]", _Measured(source)), mode="r:") as archive,
        ):
            found = _bounded(list(_tar_members(archive, packed)), packed)
            _read_to_its_end(archive, source, packed)
            yield found
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError, RecursionError) as fault:
        if isinstance(fault, ArchiveRefused):
            raise
        raise ArchiveRefused(f"is not a whole tar archive: {fault}") from None


def _bounded(found: list[Member], packed: int | None) -> list[Member]:
    size = sum(member.size for member in found)
    if size > MOST_BYTES:
        raise ArchiveRefused(f"unpacks to more than {MOST_BYTES >> 30} GiB")
    if packed is not None and size > MOST_RATIO * max(packed, 1 << 20):
        raise ArchiveRefused("unpacks to far more than it is long")
    names = {str(member.path).lower() for member in found}
    if len(names) != len(found) or names & {str(above).lower() for one in found for above in one.path.parents}:
        raise ArchiveRefused("has two members of one name")
    return found


def unpack(disk: Disk, found: list[Member], directory: Path, progress: Progress) -> None:
    """Write the members below a new directory. Waits for the disk; raises ``OSError``."""
    total, done = sum(member.size for member in found), 0
    disk.mkdir(directory, 0o755)
    for member in found:
        if any(part == DELETED_NOTE or part.startswith(UNFINISHED) for part in member.path.parts):
            continue
        target = directory.joinpath(*member.path.parts)
        disk.mkdir(target.parent, 0o755)
        with disk.opened(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644) as descriptor, member.open() as source:
            while piece := source.read(_PIECE):
                taken = 0
                while taken < len(piece):
                    taken += disk.write(descriptor, piece[taken:])
                done += len(piece)
                progress(done, total)
    disk.sync_all()
