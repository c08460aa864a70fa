"""The one place that does files: whole or not at all, and never in anybody else's reach.

Everything that bbbd keeps is written through a ``Disk``. The methods that are marked as an ``operation`` can fail or be
interrupted; the fault tests read that list, and kill the process at each operation, fail it, or cut the power after it.
A name that starts with ``.bbbd-`` is a file not yet finished: it is removed at the next start.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

#: How names of unfinished files and directories begin.
UNFINISHED = ".bbbd-"
#: Bytes that are copied at once.
_PIECE = 1 << 20
#: The names of the operations of a ``Disk``, in the order of its methods.
OPERATIONS: list[str] = []

Method = TypeVar("Method", bound=Callable[..., Any])


def operation(method: Method) -> Method:
    """Mark a method of ``Disk`` that can fail or be interrupted."""
    OPERATIONS.append(method.__name__)
    return method


def open_regular(path: Path) -> BinaryIO:
    """Open a file that others may have put there. Raises ``OSError``, without waiting, for anything but a regular file.

    Opening a FIFO would block, and a device might never end.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise OSError(errno.EINVAL, "is not a regular file", str(path))


def read_regular(path: Path, most: int = -1) -> bytes:
    """Return the content of a regular file, or its first ``most`` bytes. Raises ``OSError``."""
    with open_regular(path) as file:
        return file.read(most)


class ShortWrite(OSError):
    """The disk took less than it was given."""


class TooShort(OSError):
    """A file is shorter than the data written to it: it is another file."""


class Disk:
    """The file system, as bbbd uses it. Paths are absolute; every error is an ``OSError``."""

    @operation
    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        """Return a descriptor, closed at exec."""
        return os.open(path, flags | os.O_CLOEXEC, mode)

    @operation
    def write(self, descriptor: int, data: bytes) -> int:
        """Write and return how many bytes were taken."""
        return os.write(descriptor, data)

    @operation
    def truncate(self, descriptor: int, length: int) -> None:
        """Cut an open file to a length."""
        os.ftruncate(descriptor, length)

    @operation
    def fdatasync(self, descriptor: int) -> None:
        """Wait until the disk has the file's data."""
        os.fdatasync(descriptor)

    @operation
    def fsync(self, descriptor: int) -> None:
        """Wait until the disk has the file, or the directory's names."""
        os.fsync(descriptor)

    @operation
    def rename(self, source: Path, target: Path) -> None:
        """Give another name, replacing what had it."""
        os.rename(source, target)  # noqa: PTH104 - one operation, told apart by the tests

    @operation
    def link(self, source: Path, target: Path) -> None:
        """Give a file that never changes a second name; on another file system, copy it."""
        try:
            os.link(source, target, follow_symlinks=False)
        except OSError as fault:
            if fault.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
                raise
            self.rename(self.copy(source, target.parent), target)

    def symlink(self, source: Path, target: Path) -> None:
        """Give a file another name by a symbolic link, unless the name is taken."""
        with suppress(FileExistsError):
            target.symlink_to(source)

    @operation
    def unlink(self, path: Path) -> None:
        """Remove a file, which may be gone already."""
        path.unlink(missing_ok=True)

    @operation
    def make_directory(self, path: Path, mode: int = 0o700) -> None:
        """Make one directory, whose parent exists."""
        path.mkdir(mode)

    @operation
    def chmod(self, path: Path, mode: int) -> None:
        """Set who may read and write."""
        path.chmod(mode)

    @operation
    def remove_tree(self, path: Path) -> None:
        """Remove a directory with all in it, as far as possible; links are not followed."""
        shutil.rmtree(path, ignore_errors=True)

    def mkdir(self, path: Path, mode: int = 0o700) -> None:
        """Make a directory with its parents; one that exists keeps its mode, a new one has it whatever the umask.

        Waits for the disk when it is new: a power cut loses a directory that was never synced into its parent, with all
        that was synced in it.
        """
        missing = [one for one in (path, *path.parents) if not one.is_dir()]
        for one in reversed(missing):
            try:
                self.make_directory(one, mode if one == path else 0o777)
            except FileExistsError:
                if not one.is_dir():
                    raise
            if one == path:
                self.chmod(path, mode)
            self._sync_parent(one)

    def make_again(self, path: Path, mode: int = 0o700) -> None:
        """Make a directory that vanished, but not its parent, which may be on a file system that is not mounted."""
        if not path.is_dir():
            self.make_directory(path, mode)
            self._sync_parent(path)

    def _sync_parent(self, path: Path) -> None:
        try:
            self.sync_directory(path.parent)
        except PermissionError:
            # A directory of another owner may be writable but not readable; then it cannot be synced.
            return

    @contextmanager
    def opened(self, path: Path, flags: int, mode: int = 0o600) -> Iterator[int]:
        """Open for the length of a ``with``."""
        descriptor = self.open(path, flags, mode)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def create(self, path: Path, data: bytes) -> None:
        """Write a new file. It is gone again when the write fails."""
        try:
            with self.opened(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as descriptor:
                self._write_whole(descriptor, data, 0)
        except FileExistsError:
            raise
        except OSError:
            self.unlink(path)
            raise

    def append(self, path: Path, data: bytes, length: int) -> None:
        """Write behind a file's ``length`` bytes; the rest of a failed write is cut off again.

        If that fails too, the next call does it. Raises ``TooShort`` for a file that has fewer bytes.
        """
        with self.opened(path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK) as descriptor:
            size = os.fstat(descriptor).st_size
            if size < length:
                raise TooShort(f"{path} has {size} of {length} bytes")
            if size > length:
                self.truncate(descriptor, length)
            self._write_whole(descriptor, data, length)

    def _write_whole(self, descriptor: int, data: bytes, length: int) -> None:
        try:
            if (taken := self.write(descriptor, data)) != len(data):
                raise ShortWrite(errno.ENOSPC, f"{taken} of {len(data)} bytes written")
        except OSError:
            self.truncate(descriptor, length)
            raise

    def cut(self, path: Path, length: int) -> None:
        """Cut a file to a length and wait for the disk."""
        with self.opened(path, os.O_WRONLY) as descriptor:
            self.truncate(descriptor, length)
            self.fsync(descriptor)

    def replace(self, path: Path, data: bytes, mode: int = 0o600) -> None:
        """Write a file whole: under another name, synced, renamed, directory synced. Waits for the disk."""
        self.rename(self.prepare(path.parent, data, mode), path)
        self.sync_directory(path.parent)

    def prepare(self, directory: Path, data: bytes, mode: int = 0o600) -> Path:
        """Write an unfinished file for a directory, synced, and return it: to be renamed. Waits for the disk."""
        with self.preparing(directory, mode) as (unfinished, descriptor):
            self._write_whole(descriptor, data, 0)
        return unfinished

    @contextmanager
    def preparing(self, directory: Path, mode: int = 0o600) -> Iterator[tuple[Path, int]]:
        """Open an unfinished file for the length of a ``with``: synced at its end, gone when that fails."""
        unfinished = self.unfinished(directory)
        try:
            with self.opened(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode) as descriptor:
                # The umask would make it narrower.
                os.fchmod(descriptor, mode)
                yield unfinished, descriptor
                self.fsync(descriptor)
        except BaseException:
            self.unlink(unfinished)
            raise

    def copy(self, source: Path, directory: Path, mode: int = 0o600) -> Path:
        """Copy a file to an unfinished one in a directory, synced, and return it. Waits for the disk."""
        with open_regular(source) as file:
            return self.fill(directory, iter(partial(file.read, _PIECE), b""), mode)

    def fill(self, directory: Path, pieces: Iterable[bytes], mode: int = 0o600) -> Path:
        """Write pieces as they come to an unfinished file in a directory, synced, and return it. Waits for the disk."""
        with self.preparing(directory, mode) as (unfinished, descriptor):
            length = 0
            for piece in pieces:
                self._write_whole(descriptor, piece, length)
                length += len(piece)
        return unfinished

    def sync_file(self, path: Path) -> None:
        """Wait until the disk has a file's data."""
        with self.opened(path, os.O_WRONLY) as descriptor:
            self.fdatasync(descriptor)

    def begin_writing(self, path: Path) -> None:
        """Have the disk begin to take a file's data, without waiting: ``sync_file`` waits, and finds the faults."""
        with suppress(OSError), open_regular(path) as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def sync_directory(self, path: Path) -> None:
        """Wait until the disk has a directory's names."""
        with self.opened(path, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
            self.fsync(descriptor)

    def sync_all(self) -> None:
        """Wait until the disk has everything: for many files that were written at once."""
        os.sync()

    def unfinished(self, directory: Path) -> Path:
        """Return a new name for something not yet finished."""
        return directory / f"{UNFINISHED}{secrets.token_hex(8)}"

    def copy_tree(self, source: Path, target: Path) -> None:
        """Copy a directory with all in it, unsynced; links stay links."""
        shutil.copytree(source, target, symlinks=True)

    def sweep(self, directory: Path) -> None:
        """Remove what was left unfinished in a directory."""
        for path in directory.glob(f"{UNFINISHED}*"):
            if path.is_dir() and not path.is_symlink():
                self.remove_tree(path)
            else:
                self.unlink(path)

    def lock(self, path: Path) -> int | None:
        """Take a lock file for this process; None when another has it. Closing the descriptor gives it back."""
        descriptor = self.open(path, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    def free(self, path: Path) -> int:
        """Return how many bytes are free where the path is."""
        return shutil.disk_usage(path).free
