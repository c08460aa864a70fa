"""The tables of the index: ids of recordings by state, meeting and metadata."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bbbd.recordings.id_table import IdTable
from bbbd.recordings.metadata import Metadata, MetadataHead


class IndexTables:
    """The ids of all recordings, by what the metadata of their first format says.

    A table for a name of metadata is made when one is first asked for: of the many names that recordings have,
    applications ask for few, and a table takes time at a start, and memory.
    """

    def __init__(self) -> None:
        self.by_state = IdTable()
        self.by_meeting = IdTable()
        #: By a name, in lower case, and its value.
        self.by_meta: dict[str, IdTable] = {}

    def add(self, first: Metadata) -> None:
        """Add a recording."""
        for table, value in self._entries(first):
            table.add(value, first.record_id)

    def remove(self, first: Metadata) -> None:
        """Remove a recording that is there."""
        for table, value in self._entries(first):
            table.remove(value, first.record_id)

    def _entries(self, first: Metadata) -> Iterator[tuple[IdTable, str]]:
        yield self.by_state, first.state
        yield self.by_meeting, _meeting_key(first)
        for name, value in _pairs(first):
            if (table := self.by_meta.get(name)) is not None:
                yield table, value

    def add_many(self, firsts: Sequence[MetadataHead]) -> None:
        """Add recordings to the tables that are there at the start."""
        ids = [first.record_id for first in firsts]
        self.by_state.add_many([first.state for first in firsts], ids)
        self.by_meeting.add_many([_meeting_key(first) for first in firsts], ids)

    def make(self, names: Iterable[str], firsts: Iterable[Metadata]) -> None:
        """Make the tables of names, of all recordings; until then they are not there."""
        made = {name: IdTable() for name in names}
        for first in firsts:
            for name, value in _pairs(first):
                if name in made:
                    made[name].add(value, first.record_id)
        self.by_meta |= made


def _pairs(first: Metadata) -> Iterable[tuple[str, str]]:
    """Return the names, in lower case, and values: two names that differ in their case may have the same value."""
    return {(name.lower(), value) for name, value in first.meta.items()}


def _meeting_key(first: MetadataHead) -> str:
    """Return the key of a recording's meeting: its external id if it is known, else its hash, the first 40 digits."""
    return f"={first.meeting_id}" if first.meeting_id is not None else first.record_id[:40]
