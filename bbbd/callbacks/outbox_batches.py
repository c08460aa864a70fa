"""The batches of an outbox: what one event makes due to several receivers is one file, until the last has taken it.

Who leaves a batch is noted behind it, in one write that nobody waits for. A kill repeats none that is noted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bbbd.callbacks import batch_format
from bbbd.callbacks.batch_format import ReadBatch
from bbbd.callbacks.deliveries import Delivery
from bbbd.storage.disk import Disk, TooShort, read_regular


@dataclass(slots=True, eq=False)
class Batch:
    """A batch with the numbers that are due in it. ``length`` is that of its file, in bytes.

    ``unnoted`` has the numbers that left, of which the file does not say so yet.
    """

    path: Path
    due: set[int]
    length: int
    unnoted: set[int] = field(default_factory=set)


class OutboxBatches:
    """The batches that are not over, by the numbers that are due in them."""

    def __init__(self, disk: Disk, directory: Path) -> None:
        self._disk = disk
        self._directory = directory
        self._by_number: dict[int, Batch] = {}
        #: Batches that do not say yet who left them, and those of which the disk may not know it.
        self._unnoted: set[Batch] = set()
        self._unsynced: set[Batch] = set()
        self._over: list[Path] = []

    def find(self, number: int) -> Path | None:
        """Return the file of the batch that a number is due in, None for a number in no batch."""
        batch = self._by_number.get(number)
        return batch.path if batch else None

    def numbers(self) -> set[int]:
        """Return the numbers that are due in batches."""
        return {*self._by_number}

    def new(self, first: int, entries: Sequence[Delivery]) -> tuple[Path, bytes]:
        """Return the file of entries that are numbered from ``first``, and its content; it is to be written."""
        path = self._directory / batch_format.name_of(first, first + len(entries) - 1)
        return path, batch_format.encode(entries)

    def add(self, batch: Batch) -> None:
        """Add a batch that was written, or found."""
        self._by_number.update(dict.fromkeys(batch.due, batch))

    def drop(self, batch: Batch) -> None:
        """Forget a batch whose entries are in files of their own."""
        for number in batch.due:
            del self._by_number[number]

    def leave(self, numbers: Iterable[int]) -> list[Path]:
        """Note that entries are no longer due in their batches, if they are in any; return the files of those now over.

        A kill repeats what the disk does not take, which ``note_again`` tries again. ``to_delete`` has what is over.
        """
        touched: set[Batch] = set()
        for number in numbers:
            if (batch := self._by_number.pop(number, None)) is not None:
                batch.due.remove(number)
                batch.unnoted.add(number)
                touched.add(batch)
        for batch in touched:
            self.note(batch)
        return [batch.path for batch in touched if not batch.due]

    def note(self, batch: Batch) -> None:
        """Note in a batch who left it: a file that is over is deleted later, since that may take long."""
        self._unnoted.discard(batch)
        if not batch.due:
            self._unsynced.discard(batch)
            self._over.append(batch.path)
        if not batch.unnoted:
            return
        data = batch_format.encode_left(sorted(batch.unnoted))
        try:
            self._disk.append(batch.path, data, batch.length)
        except (FileNotFoundError, TooShort):
            # The file vanished, or was written anew as it was at first: there is nothing that could be noted in it.
            batch.unnoted.clear()
        except OSError:
            if batch.due:
                self._unnoted.add(batch)
        else:
            batch.length += len(data)
            batch.unnoted.clear()
            if batch.due:
                self._unsynced.add(batch)

    def note_again(self) -> list[Path]:
        """Note what the disk did not take before. Return the files that ``sync`` has to sync."""
        for batch in list(self._unnoted):
            self.note(batch)
        batches, self._unsynced = self._unsynced, set()
        return [batch.path for batch in batches]

    def to_delete(self) -> list[Path]:
        """Return the files of batches that are over, to be deleted."""
        paths, self._over = self._over, []
        return paths

    def delete(self, paths: Sequence[Path]) -> None:
        """Delete the files of batches that are over. Waits for the disk; a start deletes what it does not take."""
        for path in paths:
            with suppress(OSError):
                self._disk.unlink(path)

    def sync(self, paths: Iterable[Path]) -> None:
        """Wait until the disk has what is noted in batches. A fault costs nothing but a repetition."""
        for path in paths:
            with suppress(OSError):
                self._disk.sync_file(path)


def batch_files(directory: Path) -> Iterator[tuple[Path, range]]:
    """Give the batches of a directory, and their numbers."""
    for path in directory.glob("*.jsonl"):
        if numbers := batch_format.numbers_of(path.name):
            yield path, numbers


def read_batch(path: Path) -> ReadBatch | None:
    """Return the content of a batch, None if it is missing or unreadable."""
    numbers = batch_format.numbers_of(path.name)
    try:
        return batch_format.decode(read_regular(path), numbers or range(0))
    except OSError:
        return None


def batch_of(path: Path, read: ReadBatch, own: Collection[int]) -> Batch:
    """Return a batch that a start finds. The numbers in ``own`` have files of their own, which count."""
    waiting = read.deliveries.keys() - read.left
    return Batch(path, waiting.difference(own), read.length, waiting.intersection(own))
