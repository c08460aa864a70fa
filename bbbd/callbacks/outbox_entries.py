"""The entries of the outbox: on the disk before they are due, the latest in memory too, and deleted when settled.

What the disk does not take for want of room stays in memory alone until it does.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from twisted.logger import Logger

from bbbd.callbacks.deliveries import Delivery
from bbbd.callbacks.outbox_store import OutboxStore
from bbbd.callbacks.recent_deliveries import RecentDeliveries
from bbbd.storage.group_commit import GroupCommit, SyncFailed, Thread

_log = Logger()


class OutboxEntries:
    """The entries by their numbers. What is asynchronous waits for the disk in a thread."""

    def __init__(self, store: OutboxStore, rounds: GroupCommit, worker: Thread) -> None:
        self._store = store
        self._rounds = rounds
        self._worker = worker
        #: Entries that the full disk did not take.
        self._unwritten: dict[int, Delivery] = {}
        self._recent = RecentDeliveries()

    def prepare(self) -> None:
        """Make the directories. Waits for the disk."""
        self._store.prepare()

    def delete_unhappened(self, last_events: Mapping[str, int]) -> None:
        """Remove the entries of events that did not reach their journal. Waits for the disk."""
        self._store.delete_unhappened(last_events)

    async def find(self) -> list[int]:
        """Return the numbers of the entries on the disk."""
        return await self._worker(self._store.find)

    async def load(self, numbers: Sequence[int]) -> list[tuple[int, Delivery]]:
        """Read entries at a start; those that are missing are left out."""
        return await self._worker(partial(list[tuple[int, Delivery]], self._store.load(numbers)))

    def remember(self, number: int, entry: Delivery) -> None:
        """Have memory hold an entry that is due, if there is room."""
        self._recent.keep(number, entry)

    def add(self, entries: Sequence[Delivery], *, must: bool = False) -> list[int]:
        """Write entries in one file and return their numbers. A full disk leaves them in memory until it takes them.

        With ``must``, any other fault of the disk refuses them: ``OSError``.
        """
        numbers = [self._store.next_number() for _entry in entries]
        if not numbers:
            return []
        try:
            self._rounds.touched(*self._store.write_batch(numbers[0], entries), name_too=True)
        except OSError as fault:
            if must and fault.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            self._unwritten.update(zip(numbers, entries, strict=True))
            _log.error("a callback is in memory only: {why}", event="callback_unwritten", why=str(fault))
        return numbers

    def take_back(self, number: int) -> Delivery | None:
        """Return an entry that was just added and must not be sent; ``leave`` deletes it."""
        kept = self._recent.take(number)
        return self._unwritten.pop(number, None) or kept or self._store.read(number)

    def leave(self, numbers: Iterable[int]) -> None:
        """Delete entries that were just added, at once."""
        self._forget(self._store.batches.leave(numbers))
        self._store.batches.delete(self._store.batches.to_delete())

    async def read(self, number: int) -> Delivery | None:
        """Return an entry, None if there is none any more. Memory holds it no longer."""
        kept = self._recent.take(number)
        return self._unwritten.get(number) or kept or await self._worker(partial(self._store.read, number))

    async def settled(self) -> None:
        """Wait until the disk has what was written. A failed sync is logged; what it concerns is still due."""
        with suppress(SyncFailed):
            await self._rounds.settled()

    async def delete(self, numbers: Collection[int]) -> None:
        """Delete entries that are settled, or must not be sent. Those of batches are noted at once."""
        for number in numbers:
            self._unwritten.pop(number, None)
        own = [number for number in numbers if self._store.batches.find(number) is None]
        self._forget((*self._store.batches.leave(numbers), *map(self._store.path, own)))
        if own:
            await self._worker(partial(self._store.delete, own))

    async def change(self, number: int, entry: Delivery) -> None:
        """Write an entry after a try, to a file of its own: when the disk has it, it leaves its batch."""
        if number in self._unwritten:
            self._unwritten[number] = entry
            return
        await self._worker(partial(self._store.change, number, entry))
        self._forget(self._store.batches.leave([number]))

    async def give_up(self, number: int, entry: Delivery) -> None:
        """Put an entry aside, which an operator may have tried again."""
        if self._unwritten.pop(number, None) is None and self._store.batches.find(number) is not None:
            await self.change(number, entry)
        self._forget([self._store.path(number)])
        await self._worker(partial(self._store.give_up, number, entry))

    def _forget(self, paths: Iterable[Path]) -> None:
        for path in paths:
            self._rounds.forget(path)

    def write_again(self) -> None:
        """Write what the disk did not take."""
        for number, entry in list(self._unwritten.items()):
            try:
                self._rounds.touched(*self._store.write(number, entry), name_too=True)
            except OSError:
                break
            del self._unwritten[number]
        if unsynced := self._store.batches.note_again():
            self._later(partial(self._store.batches.sync, unsynced))

    def sweep(self) -> None:
        """Delete the batches that are over."""
        if over := self._store.batches.to_delete():
            self._later(partial(self._store.batches.delete, over))

    async def to_retry(self) -> list[tuple[Path, Delivery]]:
        """Return the given-up entries that an operator asked for, with their files."""
        return await self._worker(lambda: list(self._store.to_retry()))

    async def delete_retried(self, path: Path) -> None:
        """Delete the file of a given-up entry that was added anew, once the disk has that. Raises ``SyncFailed``."""
        await self._rounds.settled()
        await self._worker(partial(self._store.delete_retried, path))

    def delete_oldest(self) -> None:
        """Delete the oldest given-up entries above the limit."""
        self._later(self._store.delete_oldest)

    def _later(self, function: Callable[[], None]) -> None:
        """Have something done by the disk that nobody waits for."""
        self._worker(function).addErrback(
            lambda failure: _log.failure("the outbox fails", failure, event="outbox_failed")
        )
