"""The batches of an outbox: what one event makes due to several receivers is one file, until the last has taken it.

Who leaves a batch is noted behind it, in one write that nobody waits for. A kill repeats none that is noted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bbbd.callbacks import batch_format
from bbbd.callbacks.batch_format import ReadBatch
from bbbd.storage.disk import Disk, TooShort
from bbbd.storage.reading import read_if_there


@dataclass(slots=True, eq=False)
class Batch:
    """A batch. Sets of its numbers are integers with a bit for each number, the lowest for the first one.

    ``due`` has the numbers that are due in it, ``unnoted`` those that left, of which the file does not say so yet.
    ``length`` is that of the file in bytes, 0 for a batch that a start found and has not read.
    """

    first: int
    last: int
    due: int
    unnoted: int = 0
    length: int = 0

    def bits(self, numbers: Iterable[int]) -> int:
        """Return a set of numbers of this batch."""
        found = 0
        for number in numbers:
            found |= 1 << (number - self.first)
        return found

    def numbers(self, bits: int) -> list[int]:
        """Return the numbers in a set."""
        found = []
        while bits:
            lowest = bits & -bits
            found.append(self.first + lowest.bit_length() - 1)
            bits ^= lowest
        return found


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

    def find(self, number: int) -> Batch | None:
        """Return the batch that a number is due in, None for a number in no batch."""
        return self._by_number.get(number)

    def numbers(self) -> set[int]:
        """Return the numbers that are due in batches."""
        return {*self._by_number}

    def path(self, batch: Batch) -> Path:
        """Return the file of a batch."""
        return self._directory / batch_format.name_of(batch.first, batch.last)

    def add(self, batch: Batch) -> None:
        """Add a batch that was written, or found."""
        self._by_number.update(dict.fromkeys(batch.numbers(batch.due), batch))

    def find_all(self, own: Collection[int], last: int | None) -> None:
        """Find the batches on the disk, as far as their names say, up to a last number. Waits for the disk.

        The numbers in ``own`` have files of their own, which count.
        """
        for numbers in _names(self._directory):
            if last is None or numbers[-1] <= last:
                batch = Batch(numbers[0], numbers[-1], 0)
                batch.unnoted = batch.bits(number for number in numbers if number in own)
                batch.due = ~batch.unnoted & ((1 << len(numbers)) - 1)
                if batch.due:
                    self.add(batch)
                else:
                    self._over.append(self.path(batch))

    def read(self, batch: Batch) -> ReadBatch | None:
        """Return the content of a batch, None if its file is missing or unreadable. Waits for the disk."""
        return read_batch(self.path(batch))

    def is_read(self, batch: Batch, read: ReadBatch) -> None:
        """Note what was read of a batch that a start found."""
        left = batch.bits(read.left)
        gone = batch.due & (left | ~batch.bits(read.deliveries))
        for number in batch.numbers(gone):
            del self._by_number[number]
        batch.due &= ~gone
        batch.unnoted &= ~left
        batch.length = read.length

    def drop(self, batch: Batch) -> None:
        """Forget a batch whose entries are in files of their own."""
        for number in batch.numbers(batch.due):
            del self._by_number[number]

    def leave(self, numbers: Iterable[int]) -> list[Path]:
        """Note that entries are no longer due in their batches, if they are in any; return the files of those now over.

        A kill repeats what the disk does not take, which ``note_again`` tries again. ``to_delete`` has what is over.
        """
        touched: set[Batch] = set()
        for number in numbers:
            if (batch := self._by_number.pop(number, None)) is not None:
                bit = batch.bits((number,))
                batch.due &= ~bit
                batch.unnoted |= bit
                touched.add(batch)
        paths = [(batch, self.note(batch)) for batch in touched]
        return [path for batch, path in paths if not batch.due]

    def note(self, batch: Batch) -> Path:
        """Note in a batch who left it, and return its file. One that is over is deleted later: that may take long."""
        path = self.path(batch)
        self._unnoted.discard(batch)
        if not batch.due:
            self._unsynced.discard(batch)
            self._over.append(path)
        if batch.unnoted:
            self._append(batch, path)
        return path

    def _append(self, batch: Batch, path: Path) -> None:
        data = batch_format.encode_left(batch.numbers(batch.unnoted))
        try:
            self._disk.append(path, data, batch.length)
        except (FileNotFoundError, TooShort):
            # The file vanished, or was written anew as it was at first: there is nothing that could be noted in it.
            batch.unnoted = 0
        except OSError:
            if batch.due:
                self._unnoted.add(batch)
        else:
            batch.length += len(data)
            batch.unnoted = 0
            if batch.due:
                self._unsynced.add(batch)

    def note_again(self) -> list[Path]:
        """Note what the disk did not take before. Return the files that ``sync`` has to sync."""
        for batch in list(self._unnoted):
            self.note(batch)
        batches, self._unsynced = self._unsynced, set()
        return [self.path(batch) for batch in batches]

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


def batch_files(directory: Path) -> Iterator[tuple[int, Path]]:
    """Give the last number and the file of each batch in a directory, the newest first."""
    for numbers in sorted(_names(directory), key=lambda numbers: numbers[-1], reverse=True):
        yield numbers[-1], directory / batch_format.name_of(numbers[0], numbers[-1])


def _names(directory: Path) -> Iterator[range]:
    for path in directory.glob("*.jsonl"):
        if numbers := batch_format.numbers_of(path.name):
            yield numbers


def read_batch(path: Path) -> ReadBatch | None:
    """Return the content of a batch, None if it is missing or unreadable. Raises ``OSError`` if that may pass."""
    data = read_if_there(path)
    return None if data is None else batch_format.decode(data, batch_format.numbers_of(path.name) or range(0))
