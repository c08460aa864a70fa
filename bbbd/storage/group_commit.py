"""Common sync rounds: an answer waits until the disk has what it promises, the reactor never does.

Writers say which files and directories they touched. One round takes all of them, syncs each once in a thread,
and settles everybody who asked before it began. Whoever asks while a round runs waits for the next one, since
the running one may have passed their file already.
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
    """Runs a function off the reactor and gives its result in it."""

    def __call__(self, function: Callable[[], T], /) -> Deferred[T]:
        """Return what the function returns or raises."""


class SyncFailed(Exception):
    """The disk did not take what was written, so nobody is told that it did."""


class GroupCommit:
    """Syncs what was touched.

    ``thread`` does what waits for the disk. What failed to sync is broken: a second sync of it would be believed
    wrongly, so nothing settles until it was written anew. ``mend`` is called with it to do that, and again by
    ``retry``.
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
        """Whether somebody waits for the disk."""
        return self._running or bool(self._waiting)

    @property
    def _is_wanted(self) -> bool:
        return self._current.settings.sync is Sync.ANSWERS

    def touched(self, file: Path, *, name_too: bool = False) -> None:
        """Say that a file was written; ``name_too`` when its name is new or gone."""
        self._files.add(file)
        if name_too:
            self._directories.add(file.parent)

    def renamed(self, *directories: Path) -> None:
        """Say that names in these directories changed."""
        self._directories.update(directories)

    def forget(self, file: Path) -> None:
        """Say that a file is gone and nobody waits for it."""
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
        """Have everything mended that is broken."""
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
