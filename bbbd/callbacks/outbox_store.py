"""The outbox on disk: a file for each call that is due, ``outbox/<number>.json``, in the order of the numbers.

``outbox/given-up/`` stores the calls that are no longer tried, ``outbox/again/`` those that an operator wants retried.
The files may be read and moved while a daemon runs: a call whose file is missing is settled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
from twisted.logger import Logger

from bbbd.callbacks.deliveries import Delivery
from bbbd.storage.disk import Disk, read_regular

_log = Logger()

#: The limit of given-up entries; the oldest above it are deleted.
MOST_GIVEN_UP = 10_000


class OutboxStore:
    """The files of one outbox. Every method except ``write`` waits for the disk."""

    def __init__(self, disk: Disk, directory: Path) -> None:
        self.directory = directory
        self.given_up = directory / "given-up"
        self.again = directory / "again"
        #: The recordings whose readiness was notified.
        self.notified = directory / "told"
        self._disk = disk
        self._last = 0

    def prepare(self) -> None:
        """Make the directories, delete unfinished files, and find the last number."""
        for directory in (self.directory, self.given_up, self.again):
            self._disk.mkdir(directory)
            self._disk.sweep(directory)
        self._disk.sweep(self.notified)
        everywhere = (self.directory, self.given_up, self.again)
        self._last = max((_number(path) for directory in everywhere for path in directory.iterdir()), default=0)

    def path(self, number: int) -> Path:
        """Return the file of a number."""
        return self.directory / f"{number:015d}.json"

    def next_number(self) -> int:
        """Return a number above all others."""
        self._last += 1
        return self._last

    def write(self, number: int, entry: Delivery) -> tuple[Path, bytes]:
        """Write an entry and return its file and content. Raises ``OSError``; then there is no file."""
        path, data = self.path(number), msgspec.json.encode(entry)
        try:
            self._disk.create(path, data)
        except FileNotFoundError:
            self._disk.make_again(self.directory)
            self._disk.create(path, data)
        return path, data

    def read(self, number: int) -> Delivery | None:
        """Return an entry, None if its file is missing or unreadable."""
        return read_entry(self.path(number))

    def change(self, number: int, entry: Delivery) -> None:
        """Write an entry anew after a try."""
        self._disk.make_again(self.directory)
        self._disk.replace(self.path(number), msgspec.json.encode(entry))

    def settle(self, number: int) -> None:
        """Delete the file of a settled entry."""
        self._disk.unlink(self.path(number))

    def give_up(self, number: int, entry: Delivery) -> None:
        """Move an entry to those that were given up."""
        path = self.path(number)
        self._disk.make_again(self.directory)
        self._disk.make_again(self.given_up)
        self._disk.replace(path, msgspec.json.encode(entry))
        self._disk.rename(path, self.given_up / path.name)
        self._disk.sync_directory(self.given_up)

    def numbers(self) -> list[int]:
        """Return the numbers of the due entries, in order."""
        return sorted(_number(path) for path in self.directory.glob("*.json"))

    def load(self, numbers: Iterable[int]) -> Iterator[tuple[int, Delivery]]:
        """Give entries by their numbers; missing files are left out, damaged ones are set aside."""
        for number in numbers:
            path = self.path(number)
            entry = read_entry(path)
            if entry is not None:
                yield number, entry
            elif path.exists():
                self._set_aside(path)

    def delete_unhappened(self, last_events: Mapping[str, int]) -> None:
        """Delete the entries of events that never happened: a kill came before their line in the journal.

        ``last_events`` maps each journal to the number of its last event. Only the newest entries can be such.
        """
        for number in reversed(self.numbers()):
            entry = self.read(number)
            if entry is not None and entry.event_number <= last_events.get(entry.meeting, entry.event_number):
                return
            if entry is None and not _is_empty(self.path(number)):
                self._set_aside(self.path(number))
            else:
                self.settle(number)

    def _set_aside(self, path: Path) -> None:
        self._disk.rename(path, path.with_suffix(".damaged"))
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
    try:
        return not read_regular(path).strip(b"\0")
    except OSError:
        return False


def _number(path: Path) -> int:
    return int(path.stem) if path.stem.isdigit() else 0


def read_entry(path: Path) -> Delivery | None:
    """Return the entry of a file, None if it is missing or unreadable."""
    try:
        return msgspec.json.decode(read_regular(path), type=Delivery)
    except (OSError, msgspec.DecodeError):
        return None
