"""The tables of the index: ids of recordings by state, meeting and metadata."""

from __future__ import annotations

from collections.abc import Sequence

from bbbd.recordings.id_table import IdTable
from bbbd.recordings.metadata import Metadata, MetadataHead
from bbbd.recordings.metadata_tables import MetadataTables


class IndexTables:
    """The ids of all recordings, by what the metadata of their first format says."""

    def __init__(self) -> None:
        self.by_state = IdTable()
        self.by_meeting = IdTable()
        self.by_meta = MetadataTables()

    def add(self, first: Metadata) -> None:
        """Add a recording."""
        self.by_state.add(first.state, first.record_id)
        self.by_meeting.add(_meeting_key(first), first.record_id)
        self.by_meta.add(first)

    def remove(self, first: Metadata) -> None:
        """Remove a recording that is there."""
        self.by_state.remove(first.state, first.record_id)
        self.by_meeting.remove(_meeting_key(first), first.record_id)
        self.by_meta.remove(first)

    def add_many(self, firsts: Sequence[MetadataHead]) -> None:
        """Add recordings at the start, when no name of metadata has a table."""
        ids = [first.record_id for first in firsts]
        self.by_state.add_many([first.state for first in firsts], ids)
        self.by_meeting.add_many([_meeting_key(first) for first in firsts], ids)


def _meeting_key(first: MetadataHead) -> str:
    """Return the key of a recording's meeting: its external id if it is known, else its hash, the first 40 digits."""
    return f"={first.meeting_id}" if first.meeting_id is not None else first.record_id[:40]
