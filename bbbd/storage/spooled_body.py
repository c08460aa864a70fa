"""A body that is too large for memory: written to its file in a thread, as fast as the disk takes it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from twisted.internet.defer import Deferred

from bbbd.storage.disk import Disk, ShortWrite
from bbbd.storage.group_commit import Thread

#: Bytes that may wait for the disk before the sender is made to wait.
MOST_WAITING = 4 << 20


class SpooledBody:
    """One body on its way to an unfinished file. ``pause`` and ``resume`` hold up whoever sends it."""

    def __init__(
        self,
        disk: Disk,
        directory: Path,
        worker: Thread,
        pause: Callable[[], None],
        resume: Callable[[], None],
        *,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._disk = disk
        self._directory = directory
        self._worker = worker
        self._pause = pause
        self._resume = resume
        self._most_waiting = most_waiting
        self._path = disk.unfinished(directory)
        self._file: int | None = None
        self._pieces: list[bytes] = []
        self._size = 0
        self._paused = self._dropped = self._kept = self._writing = False
        self._fault: BaseException | None = None
        self._idle: Deferred[None] = Deferred()

    def take(self, data: bytes) -> None:
        """Take a piece."""
        if self._dropped or self._fault:
            return
        self._pieces.append(data)
        self._size += len(data)
        if self._size > self._most_waiting and not self._paused:
            self._paused = True
            self._pause()
        self._begin()

    def _begin(self) -> None:
        if not self._writing:
            self._writing = True
            Deferred.fromCoroutine(self._write())

    async def _write(self) -> None:
        while self._pieces and not self._dropped:
            pieces, self._pieces, self._size = self._pieces, [], 0
            try:
                await self._worker(partial(self._append, b"".join(pieces)))
            except OSError as fault:
                self._fault = fault
                self._pieces, self._size = [], 0
            if self._paused:
                self._paused = False
                self._resume()
        if self._dropped:
            await self._worker(self._remove)
        self._writing = False
        idle, self._idle = self._idle, Deferred()
        idle.callback(None)

    def _append(self, data: bytes) -> None:
        if self._file is None:
            self._disk.mkdir(self._directory)
            self._file = self._disk.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        if (taken := self._disk.write(self._file, data)) != len(data):
            raise ShortWrite(errno.ENOSPC, f"{taken} of {len(data)} bytes written")

    def _remove(self) -> None:
        self._close()
        self._disk.unlink(self._path)

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    @property
    def dropped(self) -> bool:
        """Whether it was forgotten."""
        return self._dropped

    def hold(self) -> None:
        """Have it not be forgotten any more: it will be kept."""
        self._kept = True

    async def keep(self, name: str) -> None:
        """Wait until all is on the disk under a name of the directory. Raises ``OSError``; then nothing is there."""
        self._kept = True
        if self._writing:
            await self._idle
        try:
            if self._fault:
                raise self._fault
            await self._worker(lambda: self._finish(name))
        except OSError:
            await self._worker(self._remove)
            raise

    def _finish(self, name: str) -> None:
        if self._file is None:
            self._append(b"")
        assert self._file is not None
        self._disk.fsync(self._file)
        self._close()
        self._disk.rename(self._path, self._directory / name)
        self._disk.sync_directory(self._directory)

    def drop(self) -> None:
        """Forget the body, unless it is being kept: whoever sent it has gone."""
        if not self._kept:
            self._dropped = True
            self._begin()
