"""Group commit: one sync round serves all answers that wait for the disk; the reactor never waits.

Writers note the files and directories that they touched. One round syncs each of them once in a thread, and settles
all answers that waited before it began. An answer that waits during a round is settled by the next one, since the
running one may have passed its file already.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from bbbd.clock import stopwatch
from bbbd.metrics.counting import Metrics
from bbbd.metrics.declarations import JOURNAL_FAULTS, JOURNAL_SYNC_SECONDS
from bbbd.settings.current import CurrentSettings
from bbbd.storage.disk import Disk
from bbbd.values.enums import Sync

_log = Logger()

T = TypeVar("T")
#: Files of one round for which no answer waits.
MOST_FILES = 1000
#: What could not be synced, and why.
Faults = dict[Path, OSError]


class Thread(Protocol):
    """Runs a function in a thread and gives its result in the reactor's."""

    def __call__(self, function: Callable[[], T], /) -> Deferred[T]:
        """Return the function's result or exception."""


class SyncFailed(Exception):
    """The disk did not take what was written, so no answer may promise it."""

    def __str__(self) -> str:
        """Return the text for the log."""
        return "the disk has not taken what was written"


class GroupCommit:
    """Syncs the files and directories that were touched.

    ``thread`` waits for the disk. A file that failed to sync is broken: a second sync could wrongly succeed, so
    nothing settles until the file is written anew, from ``unsynced``: the bytes of each file that the disk is not known
    to have. ``mend`` does that for files of its own, and then returns True; ``retry`` calls it again. Any other file
    was written whole, and is replaced here.
    """

    def __init__(self, disk: Disk, thread: Thread, current: CurrentSettings, metrics: Metrics) -> None:
        self._disk = disk
        self.thread = thread
        self.broken: set[Path] = set()
        self._current = current
        self._metrics = metrics
        self._files: set[Path] = set()
        self._directories: set[Path] = set()
        self._waiting: list[Deferred[None]] = []
        self._running = False
        self._unsynced: dict[Path, bytearray] = {}
        self._mending: set[Path] = set()
        self.mend: Callable[[Path], bool] = lambda _path: False

    @property
    def busy(self) -> bool:
        """Whether an answer waits for the disk."""
        return self._running or bool(self._waiting)

    @property
    def _is_wanted(self) -> bool:
        return self._current.settings.sync is Sync.ANSWERS

    def touched(self, file: Path, data: bytes, *, name_too: bool = False) -> None:
        """Note that data was written behind a file's end; ``name_too`` when the file is new."""
        self._files.add(file)
        self._unsynced.setdefault(file, bytearray()).extend(data)
        if name_too:
            self._directories.add(file.parent)

    def took_back(self, file: Path, length: int) -> None:
        """Note that the last bytes of a file were cut off again."""
        unsynced = self._unsynced.get(file)
        if unsynced and length:
            del unsynced[-length:]

    def found(self, file: Path) -> None:
        """Note that a start found a file: its writer may have been killed before a sync."""
        self._files.add(file)
        self._directories.add(file.parent)

    def renamed(self, *directories: Path) -> None:
        """Note that names in these directories changed."""
        self._directories.update(directories)

    def unsynced(self, file: Path) -> bytes:
        """Return the end of a file that the disk is not known to have."""
        return bytes(self._unsynced.get(file, b""))

    def mended(self, file: Path) -> None:
        """Note that a file was written anew, synced and renamed into its place."""
        self.broken.discard(file)
        self._unsynced.pop(file, None)
        self._directories.add(file.parent)

    def forget(self, file: Path) -> None:
        """Note that a file was removed, so that no round syncs it."""
        self._files.discard(file)
        self.broken.discard(file)
        self._unsynced.pop(file, None)

    def settled(self) -> Deferred[None]:
        """Fire when the disk has all that was touched until now; fail with ``SyncFailed`` when it has not."""
        if not self._is_wanted:
            self._clear()
            return succeed(None)
        if not (self._running or self._waiting or self._files or self._directories or self.broken):
            return succeed(None)
        waiter: Deferred[None] = Deferred()
        self._waiting.append(waiter)
        self.start()
        return waiter

    def start(self) -> None:
        """Begin a round unless one runs, or there is nothing to do."""
        if not self._is_wanted and not self._waiting:
            self._clear()
        elif not self._running and (self._waiting or self._files or self._directories):
            self._running = True
            Deferred.fromCoroutine(self._round()).addErrback(
                lambda failure: _log.failure("a sync round broke", failure, event="sync_round_broke")
            )

    def _clear(self) -> None:
        self._files.clear()
        self._directories.clear()
        self._unsynced.clear()

    async def _round(self) -> None:
        # Nobody waits for what a start has found in thousands of meetings: it goes by several rounds.
        files = set(self._files if self._waiting else islice(self._files, MOST_FILES))
        self._files -= files
        directories, self._directories = self._directories, set()
        waiting, self._waiting = self._waiting, []
        lengths = {file: len(self._unsynced.get(file, b"")) for file in files}
        begun = stopwatch()
        try:
            faults = await self.thread(lambda: self._sync(files, directories))
        except Exception:
            self._running = False
            self._files |= files
            self._directories |= directories
            for waiter in waiting:
                waiter.errback(Failure(SyncFailed()))
            raise
        self._running = False
        self._metrics.observe(JOURNAL_SYNC_SECONDS, stopwatch() - begun)
        faults = {path: fault for path, fault in faults.items() if not self._is_over(path, fault)}
        for file in files - faults.keys():
            self._is_synced(file, lengths[file])
        self.broken -= directories - faults.keys()
        for path, fault in faults.items():
            self._metrics.count(JOURNAL_FAULTS, "sync")
            _log.error("{path} could not be synced: {why}", event="sync_failed", path=str(path), why=fault.strerror)
        self.broken.update(faults)
        self._mend_files(self.broken - directories)
        for waiter in waiting:
            if faults or self.broken:
                waiter.errback(Failure(SyncFailed()))
            else:
                waiter.callback(None)
        self.start()

    def _is_over(self, path: Path, fault: OSError) -> bool:
        """Return whether a file was removed on purpose since: none of it must be kept."""
        return isinstance(fault, FileNotFoundError) and path not in self._unsynced

    def _is_synced(self, file: Path, length: int) -> None:
        unsynced = self._unsynced.get(file)
        if unsynced is not None and file not in self.broken:
            del unsynced[:length]
            if not unsynced:
                del self._unsynced[file]

    def retry(self) -> None:
        """Have every broken file written anew. It is a periodic task, since a failing disk fails at once."""
        # A directory has no data to write: its names are synced again.
        self._directories |= {path for path in self.broken if path not in self._unsynced and path.is_dir()}
        self._mend_files(self.broken - self._directories)
        self.start()

    def _mend_files(self, paths: set[Path]) -> None:
        for path in sorted(paths):
            if not self.mend(path) and path not in self._mending:
                self._mending.add(path)
                Deferred.fromCoroutine(self._write_anew(path)).addErrback(
                    lambda failure: _log.failure("a file could not be written anew", failure, event="mending_failed")
                )

    async def _write_anew(self, path: Path) -> None:
        data = self._unsynced.get(path)
        try:
            if data is None:
                # A file that was removed on purpose, or a directory that is gone.
                self.broken.discard(path)
                return
            whole = bytes(data)
            await self.thread(lambda: self._disk.replace(path, whole))
            if path in self._unsynced:
                self.mended(path)
            else:
                # It was removed on purpose since, and must not return.
                self._disk.unlink(path)
        finally:
            self._mending.discard(path)

    def _sync(self, files: set[Path], directories: set[Path]) -> Faults:
        """Sync files and directories, and return what failed.

        The data of several files begin to be written before the first is waited for: they then share the file system's
        transaction, and a hundred new files take half the time.
        """
        faults: Faults = {}
        if len(files) > 1:
            for file in files:
                self._disk.begin_writing(file)
        for paths, sync in ((files, self._disk.sync_file), (directories, self._disk.sync_directory)):
            for path in sorted(paths):
                try:
                    sync(path)
                except OSError as fault:
                    faults[path] = fault
        return faults
