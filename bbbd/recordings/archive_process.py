"""Unpacks archives and copies directories; an archive is read by ``bbbd.recordings.unpack``, a process of its own.

The process sends the bytes of each file, and everything is written here: whatever an archive does to its reader, it
reaches neither this process's memory nor its files. All functions wait for the disk.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path, PurePosixPath
from threading import Timer
from typing import IO, Annotated, NamedTuple, TypeVar

import msgspec

from bbbd.child_limits import BROKEN
from bbbd.child_programs import environment
from bbbd.recordings import unpack
from bbbd.recordings.archive import PIECE, ArchiveRefused, checked, directory_members
from bbbd.recordings.layout import DELETED_NOTE
from bbbd.storage.disk import UNFINISHED, Disk

#: Called with the number of bytes that are done, and of all.
Progress = Callable[[int, int], None]

#: Bytes of an archive for which its reader has one more second of computing.
_BYTES_OF_A_SECOND = 1 << 20
_LONGEST_LINE = 64 << 10
#: Of real time a reader has this many times its computing time: disk and processor may have others to serve.
PATIENCE = 10.0
#: The program that reads an archive.
PROGRAM = (sys.executable, "-P", "-m", unpack.__name__)


class _Head(msgspec.Struct, frozen=True):
    """The reader's first line: all bytes, and the number of files."""

    size: Annotated[int, msgspec.Meta(ge=0)]
    files: Annotated[int, msgspec.Meta(ge=0)]


class _FileHead(msgspec.Struct, frozen=True):
    """The reader's line before the bytes of a file."""

    path: str
    size: Annotated[int, msgspec.Meta(ge=0)]


T = TypeVar("T", _Head, _FileHead)


class ArchiveContents(NamedTuple):
    """The files of an archive or directory: all bytes, all files, and each file with its pieces, read in order."""

    size: int
    file_count: int
    files: Iterator[tuple[PurePosixPath, Iterator[bytes]]]


@contextmanager
def contents_of(path: Path, program: Sequence[str] = PROGRAM, patience: float = PATIENCE) -> Iterator[ArchiveContents]:
    """Open an archive or directory for the length of a ``with``. Raises ``ArchiveRefused`` and ``OSError``."""
    if path.is_dir():
        found = directory_members(path)
        size = sum(member.size for member in found)
        yield ArchiveContents(size, len(found), ((one.path, _pieces_of(one.open)) for one in found))
        return
    with _reader(path, program, patience) as process:
        head = _line(process, _Head)
        yield ArchiveContents(head.size, head.files, _received(process, head.files))


def _pieces_of(opener: Callable[[], IO[bytes]]) -> Iterator[bytes]:
    with opener() as source:
        yield from iter(partial(source.read, PIECE), b"")


@contextmanager
def _reader(path: Path, program: Sequence[str], patience: float) -> Iterator[subprocess.Popen[bytes]]:
    seconds = unpack.SECONDS + path.stat().st_size // _BYTES_OF_A_SECOND
    limits = (f"--memory={unpack.MEMORY}", f"--seconds={seconds}", f"--parent={os.getpid()}")
    with subprocess.Popen(  # noqa: S603 - the words are ours
        [*program, *limits, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env=environment(),
        start_new_session=True,
    ) as process:
        # One that waits for something uses no computing time.
        hung = Timer(seconds * patience, process.kill)
        hung.daemon = True
        hung.start()
        try:
            yield process
        finally:
            hung.cancel()
            with suppress(ProcessLookupError):
                process.kill()


def _line(process: subprocess.Popen[bytes], kind: type[T]) -> T:
    assert process.stdout is not None
    line = process.stdout.readline(_LONGEST_LINE)
    if not line.endswith(b"\n") and len(line) < _LONGEST_LINE:
        raise _fault_of(process)
    try:
        # Names that are not UTF-8 have surrogates, which msgspec's own decoder refuses.
        return msgspec.convert(json.loads(line), type=kind)
    except (ValueError, RecursionError, msgspec.ValidationError):
        raise OSError("the reader says something else than what an archive has in it") from None


def _received(process: subprocess.Popen[bytes], count: int) -> Iterator[tuple[PurePosixPath, Iterator[bytes]]]:
    """Give the files that the process sends. Raises ``ArchiveRefused`` and ``OSError``."""
    assert process.stdout is not None
    for _ in range(count):
        head = _line(process, _FileHead)
        yield checked(head.path), _pieces(process, head.size)
    if process.stdout.read(1) or process.wait():
        raise _fault_of(process)


def _pieces(process: subprocess.Popen[bytes], left: int) -> Iterator[bytes]:
    assert process.stdout is not None
    while left:
        piece = process.stdout.read(min(PIECE, left))
        if not piece:
            raise _fault_of(process)
        left -= len(piece)
        yield piece


def _fault_of(process: subprocess.Popen[bytes]) -> Exception:
    """Return the reason why the process sends nothing more."""
    _out, err = process.communicate()
    status, said = process.returncode, err.decode("utf-8", "replace").strip()
    if status == os.EX_DATAERR:
        return ArchiveRefused(said)
    if -status == signal.SIGXCPU:
        return ArchiveRefused("takes too long to read")
    if -status in BROKEN:
        return ArchiveRefused(f"breaks its reader, or needs more than {unpack.MEMORY >> 20} MiB to read")
    return OSError(said if status == os.EX_IOERR else f"the reader ended with status {status}: {said[-200:]}")


def write(disk: Disk, contents: ArchiveContents, directory: Path, progress: Progress) -> None:
    """Write files below a new directory. Raises ``ArchiveRefused`` and ``OSError``."""
    done = 0
    disk.mkdir(directory, 0o755)
    for path, pieces in contents.files:
        if any(part == DELETED_NOTE or part.startswith(UNFINISHED) for part in path.parts):
            # A note of bbbd's own, which nobody else may write.
            deque(pieces, maxlen=0)
            continue
        target = directory.joinpath(*path.parts)
        disk.mkdir(target.parent, 0o755)
        with disk.opened(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644) as descriptor:
            for piece in pieces:
                done += len(piece)
                if done > contents.size:
                    raise ArchiveRefused("is longer than it says")
                _write_whole(disk, descriptor, piece)
                progress(done, contents.size)
    disk.sync_all()


def _write_whole(disk: Disk, descriptor: int, piece: bytes) -> None:
    taken = 0
    while taken < len(piece):
        taken += disk.write(descriptor, piece[taken:])
