"""The tables of the index by names of metadata: made when one is asked for; those asked for last are kept.

Of the many names that recordings have, applications ask for few, and a table takes time at a start, and memory. A name
that no recording has takes neither: all names are counted when the first table is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from bbbd.recordings.id_table import IdTable
from bbbd.recordings.metadata import Metadata

#: The tables that are kept: of 100,000 recordings one has 11 to 18 MB.
MOST_TABLES = 20

#: What happens to a recording: it is added to tables, or removed.
_Change = tuple[Callable[["_Tables", Metadata], None], Metadata]


class _Tables:
    """Tables of some names, and the number of values that recordings have of each name, where these are counted."""

    def __init__(self, names: Iterable[str], counts: Counter[str] | None) -> None:
        self.by_name = {name: IdTable() for name in names}
        self.counts = counts

    def add(self, first: Metadata) -> None:
        pairs = _pairs(first)
        for name, value in pairs:
            if (table := self.by_name.get(name)) is not None:
                table.add(value, first.record_id)
        if self.counts is not None:
            self.counts.update(name for name, _value in pairs)

    def remove(self, first: Metadata) -> None:
        for name, value in _pairs(first):
            if (table := self.by_name.get(name)) is not None:
                table.remove(value, first.record_id)
            if self.counts is not None:
                self.counts[name] -= 1
                if not self.counts[name]:
                    del self.counts[name]

    def fill(self, firsts: Iterable[Metadata]) -> None:
        for first in firsts:
            self.add(first)


class MetadataTables:
    """The ids of recordings by the names, in lower case, and values of their first format's metadata."""

    def __init__(self) -> None:
        #: The table that was asked for last is the last; nothing is counted before the first is made.
        self._kept = _Tables((), None)
        #: For each block that makes tables, what has happened to recordings meanwhile.
        self._meanwhile: list[list[_Change]] = []

    def __len__(self) -> int:
        """Return how many tables are kept."""
        return len(self._kept.by_name)

    def __getitem__(self, name: str) -> IdTable:
        """Return the table of a name, an empty one if it is missing or no recording has the name."""
        if (table := self._kept.by_name.pop(name, None)) is None:
            return IdTable()
        self._kept.by_name[name] = table
        return table

    def add(self, first: Metadata) -> None:
        """Add a recording."""
        self._change(_Tables.add, first)

    def remove(self, first: Metadata) -> None:
        """Remove a recording that is there."""
        self._change(_Tables.remove, first)

    def _change(self, change: Callable[[_Tables, Metadata], None], first: Metadata) -> None:
        change(self._kept, first)
        for meanwhile in self._meanwhile:
            meanwhile.append((change, first))

    def missing(self, names: Iterable[str]) -> list[str]:
        """Return the names that a recording has, or may have, and whose tables are not there."""
        kept, counts = self._kept.by_name, self._kept.counts
        return [name for name in names if name not in kept and (counts is None or name in counts)]

    @contextmanager
    def making(self, names: Iterable[str], firsts: Iterable[Metadata]) -> Iterator[Callable[[], None]]:
        """Make the tables of names that are missing: in the block the given function is to be called, by any thread.

        ``firsts`` are all recordings as they are now. They may change meanwhile.
        """
        names = list(names)
        new = _Tables(self.missing(names), Counter() if self._kept.counts is None else None)
        meanwhile: list[_Change] = []
        self._meanwhile.append(meanwhile)
        try:
            yield partial(new.fill, firsts)
        finally:
            self._meanwhile = [one for one in self._meanwhile if one is not meanwhile]
        for change, first in meanwhile:
            change(new, first)
        if self._kept.counts is None:
            self._kept.counts = new.counts
        for name in names:
            # Those that are asked for together stay, however many.
            if (table := new.by_name.get(name) or self._kept.by_name.pop(name, None)) is not None:
                self._kept.by_name[name] = table
        for name in list(self._kept.by_name)[: -max(MOST_TABLES, len(names))]:
            del self._kept.by_name[name]


def _pairs(first: Metadata) -> set[tuple[str, str]]:
    """Return the names, in lower case, and values: two names that differ in their case may have the same value."""
    return {(name.lower(), value) for name, value in first.meta.items()}
