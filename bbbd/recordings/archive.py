"""Reads an archive of recordings from a stranger: every member's header is checked before one byte is unpacked.

``.tar`` and ``.tar.gz``, members at any reasonable depth; ``./`` and a leading ``/`` are ignored. Only plain files and
directories are accepted: one link, device or ``..`` and the whole archive is refused, as it is for its size, its
depth, or the number of its members, directories or formats. ``bbbd.recordings.unpack`` runs this in a process of its
own; it imports nothing beside the standard library, so that the process starts fast.
"""

from __future__ import annotations

import gzip
import os
import stat
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple, cast

#: Limits of an archive: bytes, members, directories, formats of recordings, and bytes for each byte of the file.
MOST_BYTES = 50 << 30
MOST_FILES = 100_000
MOST_DIRECTORIES = 10_000
MOST_FORMATS = 1_000
MOST_RATIO = 200
#: Limits of a member's path: directories above it, bytes of a name, bytes of the whole.
MOST_DEPTH = 32
LONGEST_NAME = 255
LONGEST_PATH = 2048
#: Bytes that are read at once.
PIECE = 1 << 20
_MOST_AT_ONCE = 4 << 20


class ArchiveRefused(ValueError):
    """An archive, or a recording in it, is refused; the text says why."""


class ArchiveMember(NamedTuple):
    """A plain file in an archive or directory: its path below the top, its size, how to open it."""

    path: PurePosixPath
    size: int
    open: Callable[[], IO[bytes]]


def checked(name: str) -> PurePosixPath:
    """Return the path of a member. Raises ``ArchiveRefused`` if it leads out, or is too long or too deep."""
    try:
        length = len(name.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        raise ArchiveRefused(f"has a member called {name[:80]!r}") from None
    if length > LONGEST_PATH:
        raise ArchiveRefused("has a member whose name is too long")
    parts = [part for part in PurePosixPath(name.lstrip("/")).parts if part != "."]
    if ".." in parts or not parts or "\0" in name or "\\" in name:
        raise ArchiveRefused(f"has a member called {name[:80]!r}")
    if any(len(part.encode("utf-8", "surrogateescape")) > LONGEST_NAME for part in parts):
        raise ArchiveRefused("has a member whose name is too long")
    if len(parts) > MOST_DEPTH + 1:
        raise ArchiveRefused(f"has a member below more than {MOST_DEPTH} directories")
    return PurePosixPath(*parts)


def _limit_of(packed: int) -> int:
    """Return the number of bytes that an archive of a size may unpack to."""
    return min(MOST_BYTES, MOST_RATIO * max(packed, 1 << 20))


def _check_size(size: int, packed: int) -> None:
    if size > MOST_BYTES:
        raise ArchiveRefused(f"unpacks to more than {MOST_BYTES >> 30} GiB")
    if size > _limit_of(packed):
        raise ArchiveRefused("unpacks to far more than it is long")


def _check_sparse(member: tarfile.TarInfo) -> None:
    """Refuse a sparse member whose pieces of data are not in order within its size."""
    end = 0
    pieces = cast("list[tuple[int, int]]", getattr(member, "sparse", None) or [])
    for offset, size in pieces:
        if size < 0 or offset < end or offset + size > member.size:
            raise ArchiveRefused(f"has a sparse member with an impossible map: {member.name[:80]!r}")
        end = offset + size


def _tar_members(archive: tarfile.TarFile, packed: int) -> Iterator[ArchiveMember]:
    position = 0
    for count, member in enumerate(archive):
        if count >= MOST_FILES:
            raise ArchiveRefused(f"has more than {MOST_FILES} members")
        # Sizes below 0, in a header, a pax header or a sparse one, would lead the reader back to what it has read.
        if member.size < 0 or not position <= member.offset < member.offset_data <= archive.offset:
            raise ArchiveRefused(f"has a member of an impossible size: {member.name[:80]!r}")
        position = archive.offset
        _check_size(archive.offset, packed)
        if member.isdir():
            if member.name.strip("/") not in ("", "."):
                checked(member.name)
            continue
        if not member.isreg():
            raise ArchiveRefused(f"has a link or device in it: {member.name[:80]!r}")
        _check_size(member.size, packed)
        _check_sparse(member)

        def opened(one: tarfile.TarInfo = member) -> IO[bytes]:
            file = archive.extractfile(one)
            assert file is not None
            return file

        yield ArchiveMember(checked(member.name), member.size, opened)
    # Newer Pythons take a pax header with a size below 0 for the archive's end, behind the header that it is about.
    if archive.offset != position:
        raise ArchiveRefused("has a member of an impossible size, which its header does not name")


def _read_to_its_end(archive: tarfile.TarFile, file: IO[bytes], packed: int) -> None:
    """Check that an archive ends as one does, and read the rest, for a gz's checksum to be compared."""
    file.seek(archive.offset)
    if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise ArchiveRefused("is not a whole tar archive: its end is missing")
    behind = 0
    while piece := file.read(PIECE):
        behind += len(piece)
        _check_size(behind, packed)


def _raised(fault: OSError) -> None:
    raise fault


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb")


def _unzipped(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path))


def directory_members(root: Path) -> list[ArchiveMember]:
    """Return the members of a directory. Raises ``ArchiveRefused`` and ``OSError``."""
    found = list(_directory_members(root))
    _check_names(found)
    return found


def _directory_members(root: Path) -> Iterator[ArchiveMember]:
    base = root.parent.parent if (root / "metadata.xml").exists() else root
    for directory, names, files in os.walk(root, onerror=_raised):
        for name in (*names, *files):
            path = Path(directory) / name
            if path.is_dir() and not path.is_symlink():
                continue
            if path.is_symlink() or not path.is_file():
                raise ArchiveRefused(f"has a link or device in it: {str(path)[:80]!r}")
            inner = checked(path.relative_to(base).as_posix())
            yield ArchiveMember(inner, path.stat().st_size, partial(_opened, path))


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
def archive_members(path: Path) -> Iterator[list[ArchiveMember]]:
    """Yield the members of an open archive. Raises ``ArchiveRefused`` and ``OSError``."""
    # A pipe in place of a file must not block.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ArchiveRefused("is not a plain file")
        packed, is_gzipped = status.st_size, file.read(2) == b"\x1f\x8b"
    try:
        with (
            _unzipped(path) if is_gzipped else _opened(path) as source,
            tarfile.open(fileobj=cast("IO[bytes]", _Measured(source)), mode="r:") as archive,
        ):
            found = list(_tar_members(archive, packed))
            _check_all(found, packed)
            _read_to_its_end(archive, source, packed)
            yield found
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError, RecursionError) as fault:
        if isinstance(fault, ArchiveRefused):
            raise
        raise ArchiveRefused(f"is not a whole tar archive: {fault}") from None


def _check_all(found: list[ArchiveMember], packed: int) -> None:
    _check_size(sum(member.size for member in found), packed)
    if sum(member.path.name == "metadata.xml" for member in found) > MOST_FORMATS:
        raise ArchiveRefused(f"has more than {MOST_FORMATS} formats of recordings")
    if len(_check_names(found)) > MOST_DIRECTORIES:
        raise ArchiveRefused(f"has more than {MOST_DIRECTORIES} directories")


def _check_names(found: list[ArchiveMember]) -> set[PurePosixPath]:
    """Refuse two members of one name; return the directories."""
    names = {str(member.path).lower() for member in found}
    directories: set[PurePosixPath] = set()
    for member in found:
        for above in member.path.parents:
            if above in directories:
                break
            directories.add(above)
    if len(names) != len(found) or names & {str(above).lower() for above in directories}:
        raise ArchiveRefused("has two members of one name")
    return directories
