"""Group commit: one sync round serves all answers that wait for the disk; the reactor never waits.

Writers note the files and directories that they touched. One round syncs each of them once in a thread, and settles
all answers that waited before it began. An answer that waits during a round is settled by the next one, since the
running one may have passed its file already.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from bbbd.settings.current import CurrentSettings
from bbbd.storage.disk import Disk
from bbbd.values.enums import Sync

_log = Logger()

T = TypeVar("T")
#: What could not be synced, and why.
Faults = dict[Path, OSError]


class Thread(Protocol):
    """Runs a function in a thread and gives its result in the reactor's."""

    def __call__(self, function: Callable[[], T], /) -> Deferred[T]:
        """Return the function's result or exception."""


class SyncFailed(Exception):
    """The disk did not take what was written, so no answer may promise it."""


class GroupCommit:
    """Syncs the files and directories that were touched.

    ``thread`` waits for the disk. A file that failed to sync is broken: a second sync could wrongly succeed, so
    nothing settles until the file is written anew. ``mend`` does that; ``retry`` calls it again.
    """

    def __init__(self, disk: Disk, thread: Thread, current: CurrentSettings) -> None:
        self._disk = disk
        self.thread = thread
        self.broken: set[Path] = set()
        self._current = current
        self._files: set[Path] = set()
        self._directories: set[Path] = set()
        self._waiting: list[Deferred[None]] = []
        self._running = False
        self.mend: Callable[[Path], None] = lambda _path: None

    @property
    def busy(self) -> bool:
        """Whether an answer waits for the disk."""
        return self._running or bool(self._waiting)

    @property
    def _is_wanted(self) -> bool:
        return self._current.settings.sync is Sync.ANSWERS

    def touched(self, file: Path, *, name_too: bool = False) -> None:
        """Note that a file was written; ``name_too`` when its name is new or removed."""
        self._files.add(file)
        if name_too:
            self._directories.add(file.parent)

    def renamed(self, *directories: Path) -> None:
        """Note that names in these directories changed."""
        self._directories.update(directories)

    def forget(self, file: Path) -> None:
        """Note that a file was removed, so that no round syncs it."""
        self._files.discard(file)
        self.broken.discard(file)

    def settled(self) -> Deferred[None]:
        """Fire when the disk has all that was touched until now; fail with ``SyncFailed`` when it has not."""
        if not self._is_wanted:
            self._files.clear()
            self._directories.clear()
            return succeed(None)
        waiter: Deferred[None] = Deferred()
        self._waiting.append(waiter)
        self.start()
        return waiter

    def start(self) -> None:
        """Begin a round unless one runs, or there is nothing to do."""
        if not self._running and (self._waiting or ((self._files or self._directories) and self._is_wanted)):
            self._running = True
            Deferred.fromCoroutine(self._round()).addErrback(
                lambda failure: _log.failure("a sync round broke", failure, event="sync_round_broke")
            )

    async def _round(self) -> None:
        files, self._files = self._files, set()
        directories, self._directories = self._directories, set()
        waiting, self._waiting = self._waiting, []
        try:
            faults = await self.thread(lambda: self._sync(files, directories))
        except Exception:
            self._running = False
            for waiter in waiting:
                waiter.errback(Failure(SyncFailed()))
            raise
        self._running = False
        for path, fault in faults.items():
            _log.error("{path} could not be synced: {why}", event="sync_failed", path=str(path), why=fault.strerror)
        self.broken.update(faults)
        self.retry()
        for waiter in waiting:
            if faults or self.broken:
                waiter.errback(Failure(SyncFailed()))
            else:
                waiter.callback(None)
        self.start()

    def retry(self) -> None:
        """Have every broken file written anew."""
        for path in sorted(self.broken):
            self.mend(path)

    def _sync(self, files: set[Path], directories: set[Path]) -> Faults:
        faults: Faults = {}
        for paths, sync in ((files, self._disk.sync_file), (directories, self._disk.sync_directory)):
            for path in sorted(paths):
                try:
                    sync(path)
                except FileNotFoundError:
                    # What it was for is over, and nothing of it is to be kept.
                    continue
                except OSError as fault:
                    faults[path] = fault
        return faults
