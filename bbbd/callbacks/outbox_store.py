"""The outbox on disk: the calls that are due, in the order of their numbers.

What an event makes due is one file, a batch (``outbox_batches.py``). A call that fails gets a file of its own,
``outbox/<number>.json``, which then counts, before it leaves its batch. ``outbox/given-up/`` stores the calls that are
no longer tried, ``outbox/again/`` those that an operator wants retried.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from twisted.logger import Logger

from bbbd.callbacks import batch_format
from bbbd.callbacks.deliveries import Delivery
from bbbd.callbacks.outbox_batches import Batch, OutboxBatches, batch_files, read_batch
from bbbd.storage.disk import Disk
from bbbd.storage.reading import read_if_there

_log = Logger()

#: The limit of given-up entries; the oldest above it are deleted.
MOST_GIVEN_UP = 10_000


class OutboxStore:
    """The files of one outbox. ``write`` and ``write_batch`` are quick; all else waits for the disk."""

    def __init__(self, disk: Disk, directory: Path) -> None:
        self.directory = directory
        self.given_up = directory / "given-up"
        self.again = directory / "again"
        #: The recordings whose readiness was notified.
        self.notified = directory / "told"
        self._disk = disk
        self._last = 0
        #: The last number that was in use before this start; None for who only reads.
        self._last_found: int | None = None
        self.batches = OutboxBatches(disk, directory)
        #: The batch that was read last, and its entries: the next one is often of the same event.
        self._last_read: tuple[Batch, dict[int, Delivery]] | None = None

    def prepare(self) -> None:
        """Make the directories, delete unfinished files, and find the last number."""
        for directory in (self.directory, self.given_up, self.again):
            self._disk.mkdir(directory)
            self._disk.sweep(directory)
        self._disk.sweep(self.notified)
        everywhere = (self.directory, self.given_up, self.again)
        self._last = max((_last_number(path) for directory in everywhere for path in directory.iterdir()), default=0)
        self._last_found = self._last

    def path(self, number: int) -> Path:
        """Return the file of a number that has one of its own."""
        return self.directory / f"{number:015d}.json"

    def next_number(self) -> int:
        """Return a number above all others."""
        self._last += 1
        return self._last

    def write(self, number: int, entry: Delivery) -> tuple[Path, bytes]:
        """Write an entry and return its file and content. Raises ``OSError``; then there is no file."""
        path, data = self.path(number), msgspec.json.encode(entry)
        self._create(path, data)
        return path, data

    def write_batch(self, first: int, entries: Sequence[Delivery]) -> tuple[Path, bytes]:
        """Write entries that were never tried, numbered from ``first``. Raises ``OSError``; then there is no file."""
        data = batch_format.encode(entries)
        batch = Batch(first, first + len(entries) - 1, due=(1 << len(entries)) - 1, length=len(data))
        path = self.batches.path(batch)
        self._create(path, data)
        self.batches.add(batch)
        return path, data

    def _create(self, path: Path, data: bytes) -> None:
        try:
            self._disk.create(path, data)
        except FileNotFoundError:
            self._disk.make_again(self.directory)
            self._disk.create(path, data)

    def read(self, number: int) -> Delivery | None:
        """Return an entry, None if its file is missing or unreadable. Raises ``OSError`` if that may pass."""
        batch = self.batches.find(number)
        if batch is None:
            return read_entry(self.path(number))
        last_read = self._last_read
        if last_read is None or last_read[0] is not batch:
            if (read := self.batches.read(batch)) is None:
                return None
            last_read = self._last_read = batch, read.deliveries
        return last_read[1].get(number)

    def change(self, number: int, entry: Delivery) -> None:
        """Write an entry after a try, to a file of its own. One that was in a batch leaves it then."""
        self._disk.make_again(self.directory)
        self._disk.replace(self.path(number), msgspec.json.encode(entry))

    def delete(self, numbers: Iterable[int]) -> None:
        """Delete the files of numbers that have one of their own."""
        for number in numbers:
            self._disk.unlink(self.path(number))

    def give_up(self, number: int, entry: Delivery) -> None:
        """Move an entry, which is in no batch, to those that were given up."""
        path = self.path(number)
        self._disk.make_again(self.directory)
        self._disk.make_again(self.given_up)
        self._disk.replace(path, msgspec.json.encode(entry))
        self._disk.rename(path, self.given_up / path.name)
        self._disk.sync_directory(self.given_up)

    def find(self) -> list[int]:
        """Find the batches that were there before this start, and return all numbers that may be due, in order."""
        self.batches.find_all(set(self._own_numbers()), self._last_found)
        return self.numbers()

    def numbers(self) -> list[int]:
        """Return the numbers of the due entries, in order."""
        return sorted({*self._own_numbers(), *self.batches.numbers()})

    def _own_numbers(self) -> list[int]:
        return [_last_number(path) for path in self.directory.glob("*.json")]

    def look(self, numbers: Iterable[int]) -> Iterator[tuple[int, Delivery]]:
        """Give the entries among some numbers that are due and can be read, and change nothing."""
        batch, due = None, dict[int, Delivery]()
        for number in numbers:
            if (found := self.batches.find(number)) is None:
                entry = read_entry(self.path(number))
            else:
                if found is not batch:
                    read = self.batches.read(found)
                    batch, due = found, {one: read.deliveries[one] for one in read.due} if read else {}
                entry = due.get(number)
            if entry is not None:
                yield number, entry

    def load(self, numbers: Iterable[int]) -> Iterator[tuple[int, Delivery]]:
        """Give entries as ``look`` does; what a kill or a damage left is put right before anything of it is sent."""
        batch, due = None, dict[int, Delivery]()
        for number in numbers:
            found = self.batches.find(number)
            if found is not None and found is not batch:
                batch, due = found, self._take_over(found)
            entry = due.get(number) if self.batches.find(number) else read_entry(self.path(number))
            if entry is not None:
                yield number, entry
            elif found is None and self.path(number).exists():
                self._set_aside(self.path(number))

    def _take_over(self, batch: Batch) -> dict[int, Delivery]:
        """Return the entries that are due in a batch. One that was not read before is put right."""
        read = self.batches.read(batch)
        if read is None:
            return {}
        if not batch.length:
            self.batches.is_read(batch, read)
            if read.is_damaged:
                self._rescue(batch, read.deliveries)
            else:
                self.batches.note(batch)
        return read.deliveries

    def _rescue(self, batch: Batch, deliveries: Mapping[int, Delivery]) -> None:
        """Write what can be read of a damaged batch to files of their own, and set the batch aside."""
        path = self.batches.path(batch)
        try:
            for number in batch.numbers(batch.due):
                self.change(number, deliveries[number])
        except OSError as fault:
            _log.error("{path} is damaged: {why}", event="callback_damaged", path=str(path), why=str(fault))
        else:
            self.batches.drop(batch)
            self._set_aside(path)

    def delete_unhappened(self, last_events: Mapping[str, int]) -> None:
        """Delete the entries of events that never happened: a kill came before their line in the journal.

        ``last_events`` maps each journal to the number of its last event. Only the newest entries can be such.
        """
        own = sorted(((number, self.path(number)) for number in self._own_numbers()), reverse=True)
        for _number, path in heapq.merge(own, batch_files(self.directory), reverse=True):
            entry = _first_entry(path)
            if entry is not None and entry.event_number <= last_events.get(entry.meeting, entry.event_number):
                return
            if entry is None and not _is_empty(path):
                self._set_aside(path)
            else:
                self._disk.unlink(path)

    def _set_aside(self, path: Path) -> None:
        """Rename a damaged file; one that cannot be renamed stays for the next start, and holds up no other."""
        try:
            self._disk.rename(path, path.with_suffix(".damaged"))
        except OSError as fault:
            _log.error("{path} is no callback: {why}", event="callback_damaged", path=str(path), why=str(fault))
        else:
            _log.error("{path} is no callback and is set aside", event="callback_damaged", path=str(path))

    def to_retry(self) -> Iterator[tuple[Path, Delivery]]:
        """Give the entries that an operator wants retried."""
        for path in sorted(self.again.glob("*.json")):
            if entry := read_entry(path):
                yield path, entry

    def delete_retried(self, path: Path) -> None:
        """Delete the file of an entry that is queued again."""
        self._disk.unlink(path)

    def delete_oldest(self) -> None:
        """Delete the oldest given-up entries above the limit."""
        for path in sorted(self.given_up.glob("*.json"))[:-MOST_GIVEN_UP]:
            self._disk.unlink(path)


def _is_empty(path: Path) -> bool:
    """Return whether a file has only NULs: it was never written, or a power cut came before its sync."""
    data = read_if_there(path)
    return data is not None and not data.strip(b"\0")


def _last_number(path: Path) -> int:
    if (numbers := batch_format.numbers_of(path.name)) is not None:
        return numbers[-1]
    return int(path.stem) if path.stem.isdigit() else 0


def _first_entry(path: Path) -> Delivery | None:
    """Return the entry of a file, or the first one of a batch; None if there is none that can be read."""
    if batch_format.numbers_of(path.name) is None:
        return read_entry(path)
    read = read_batch(path)
    return next(iter(read.deliveries.values()), None) if read else None


def read_entry(path: Path) -> Delivery | None:
    """Return the entry of a file, None if it is missing or unreadable. Raises ``OSError`` if that may pass."""
    data = read_if_there(path)
    try:
        return None if data is None else msgspec.json.decode(data, type=Delivery)
    except msgspec.DecodeError:
        return None
