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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

import bbbd
from bbbd.child_limits import BROKEN
from bbbd.recordings import unpack
from bbbd.recordings.archive import PIECE, ArchiveRefused, checked, directory_members
from bbbd.recordings.layout import DELETED_NOTE
from bbbd.storage.disk import UNFINISHED, Disk

#: Called with the number of bytes that are done, and of all.
Progress = Callable[[int, int], None]

#: Bytes of an archive for which its reader has one more second of computing.
_BYTES_OF_A_SECOND = 1 << 20
_LONGEST_LINE = 64 << 10


class ArchiveContents(NamedTuple):
    """The files of an archive or directory: all bytes, all files, and each file with its pieces, read in order."""

    size: int
    file_count: int
    files: Iterator[tuple[PurePosixPath, Iterator[bytes]]]


@contextmanager
def contents_of(path: Path) -> Iterator[ArchiveContents]:
    """Open an archive or directory for the length of a ``with``. Raises ``ArchiveRefused`` and ``OSError``."""
    if path.is_dir():
        found = directory_members(path)
        size = sum(member.size for member in found)
        yield ArchiveContents(size, len(found), ((one.path, _pieces_of(one.open)) for one in found))
        return
    with _reader(path) as process:
        assert process.stdout is not None
        head = _line(process.stdout)
        if head is None:
            raise _fault_of(process)
        count = int(head["files"])
        yield ArchiveContents(int(head["size"]), count, _received(process, count))


def _pieces_of(opener: Callable[[], IO[bytes]]) -> Iterator[bytes]:
    with opener() as source:
        yield from iter(partial(source.read, PIECE), b"")


@contextmanager
def _reader(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    seconds = unpack.SECONDS + path.stat().st_size // _BYTES_OF_A_SECOND
    limits = (f"--memory={unpack.MEMORY}", f"--seconds={seconds}", f"--parent={os.getpid()}")
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LC_ALL")}
    with subprocess.Popen(  # noqa: S603 - the words are ours
        [sys.executable, "-P", "-m", unpack.__name__, *limits, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env={**kept, "PYTHONPATH": str(Path(bbbd.__file__).parent.parent)},
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.kill()


def _line(source: IO[bytes]) -> dict[str, str | int] | None:
    line = source.readline(_LONGEST_LINE)
    values: dict[str, str | int] | None = json.loads(line) if line.endswith(b"\n") else None
    return values


def _received(process: subprocess.Popen[bytes], count: int) -> Iterator[tuple[PurePosixPath, Iterator[bytes]]]:
    """Give the files that the process sends. Raises ``ArchiveRefused`` and ``OSError``."""
    assert process.stdout is not None
    for _ in range(count):
        head = _line(process.stdout)
        if head is None:
            raise _fault_of(process)
        yield checked(str(head["path"])), _pieces(process, int(head["size"]))
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
