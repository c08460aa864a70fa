"""Index of all recordings, in memory: by id, meeting, state and metadata; ``queries`` asks it.

No query opens a file. bbbd's own changes and scans of the directories keep the index up to date. It is a cache: the
directories have all of it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from hashlib import sha1
from typing import NamedTuple

import msgspec

from bbbd.recordings.id_table import IdTable
from bbbd.recordings.layout import Place, format_order
from bbbd.recordings.metadata import Metadata, PlaybackFormat


class MetadataKey(NamedTuple):
    """The key of a metadata.xml: its place, its format's directory, its recording."""

    place: Place
    format: str
    record_id: str


class FileStamp(NamedTuple):
    """The modification time (nanoseconds) and length of a file: a change of either means a changed file."""

    mtime: int
    size: int


class Recording(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A recording: its first format's metadata, and all its formats in one place, presentation first, then by name.

    It is protected if one of its formats is.
    """

    place: Place
    first: Metadata
    formats: tuple[PlaybackFormat, ...]
    protected: bool

    @property
    def record_id(self) -> str:
        """The recording's id."""
        return self.first.record_id


def newest_first(recording: Recording) -> tuple[int, str]:
    """Return the sort key of recordings: newest first, then by id."""
    return -(recording.first.start or 0), recording.first.record_id


class Index:
    """The recordings of one server."""

    def __init__(self) -> None:
        self.files: dict[MetadataKey, FileStamp] = {}
        self._metadata: dict[str, tuple[tuple[MetadataKey, Metadata], ...]] = {}
        self._recordings: dict[str, Recording] = {}
        self._ids: list[str] = []
        self._newest: list[Recording] = []
        self._by_state = IdTable()
        self._by_meeting = IdTable()
        self._by_meta: dict[str, IdTable] = {}

    def __len__(self) -> int:
        """Return the number of recordings."""
        return len(self._recordings)

    def __iter__(self) -> Iterator[Recording]:
        """Return all recordings, newest first."""
        return iter(self._newest)

    def newest(self, begin: int = 0, end: int | None = None) -> list[Recording]:
        """Return the recordings in these places of all, newest first."""
        return self._newest[begin:end]

    def states(self) -> list[str]:
        """Return the states that there are."""
        return self._by_state.values()

    def count(self, state: str) -> int:
        """Return the number of recordings in a state."""
        return len(self._by_state[state])

    def ids_in_state(self, state: str) -> Collection[str]:
        """Return the ids of the recordings in a state."""
        return self._by_state[state]

    def by_meta(self, name: str) -> IdTable:
        """Return the ids by the values of a name of metadata, in lower case."""
        return self._by_meta.get(name, IdTable())

    def of_meeting(self, meeting_id: str) -> list[str]:
        """Return the ids of the recordings of an external meeting id."""
        keys = (f"={meeting_id}", sha1(meeting_id.encode(), usedforsecurity=False).hexdigest())
        return [record_id for key in keys for record_id in self._by_meeting[key]]

    def with_prefix(self, prefix: str) -> list[str]:
        """Return the ids that begin so, in their order."""
        begin = bisect_left(self._ids, prefix)
        return self._ids[begin : bisect_right(self._ids, prefix + "\U0010ffff", begin)]

    def find(self, record_id: str) -> Recording | None:
        """Return a recording by its exact id."""
        return self._recordings.get(record_id)

    def keys_of(self, record_id: str) -> list[MetadataKey]:
        """Return every format of a recording, in every place."""
        return sorted(key for key, _metadata in self._metadata.get(record_id, ()))

    def metadata(self) -> Iterator[tuple[MetadataKey, FileStamp, Metadata]]:
        """Return all entries, for a snapshot: the newest recordings first, so that a start need not sort them."""
        for recording in self._newest:
            for key, metadata in self._metadata[recording.record_id]:
                yield key, self.files[key], metadata

    def change(self, removed: Iterable[MetadataKey], added: Iterable[tuple[MetadataKey, FileStamp, Metadata]]) -> None:
        """Remove and add formats, and rebuild their recordings."""
        touched = set()
        for key in removed:
            self.files.pop(key, None)
            if self._remove_metadata(key):
                touched.add(key.record_id)
        for key, stamp, metadata in added:
            self._remove_metadata(key)
            self._add_metadata(key, stamp, metadata)
            touched.add(key.record_id)
        for record_id in touched:
            self._rebuild(record_id)

    def _add_metadata(self, key: MetadataKey, stamp: FileStamp, metadata: Metadata) -> None:
        self.files[key] = stamp
        self._metadata[key.record_id] = (*self._metadata.get(key.record_id, ()), (key, metadata))

    def _remove_metadata(self, key: MetadataKey) -> bool:
        known = self._metadata.get(key.record_id, ())
        left = tuple(pair for pair in known if pair[0] != key)
        if len(left) == len(known):
            return False
        self._metadata[key.record_id] = left
        return True

    def load(self, entries: Iterable[tuple[MetadataKey, FileStamp, Metadata]]) -> None:
        """Fill an empty index; faster than ``change``."""
        for key, stamp, metadata in entries:
            self.files[key] = stamp
            known = self._metadata.get(key.record_id)
            self._metadata[key.record_id] = ((key, metadata),) if known is None else (*known, (key, metadata))
        self._recordings = {record_id: self._merged(record_id) for record_id in self._metadata}
        self._load_tables()
        self._ids = sorted(self._recordings)
        self._newest = sorted(self._recordings.values(), key=newest_first)

    def _load_tables(self) -> None:
        """Fill the empty tables, as ``_add_to_tables`` does for one recording."""
        states: defaultdict[str, list[str]] = defaultdict(list)
        meetings: defaultdict[str, list[str]] = defaultdict(list)
        by_names: defaultdict[tuple[str, ...], list[Metadata]] = defaultdict(list)
        for record_id, recording in self._recordings.items():
            first = recording.first
            states[first.state].append(record_id)
            meetings[_meeting_key(first)].append(record_id)
            by_names[tuple(first.meta)].append(first)
        self._by_state.load(states)
        self._by_meeting.load(meetings)
        # A name at a time, of all that have the same ones: a step for each value, and none for each recording.
        meta: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(partial(defaultdict, list))
        for names, those in by_names.items():
            ids = [one.record_id for one in those]
            done: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
            for name, column in zip(names, zip(*(one.meta.values() for one in those), strict=True), strict=True):
                table, before = meta[name.lower()], done[name.lower()]
                for place, (value, record_id) in enumerate(zip(column, ids, strict=True)):
                    # Two names that differ in their case alone may have the same value.
                    if not before or all(other[place] != value for other in before):
                        table[value].append(record_id)
                before.append(column)
        for name, values in meta.items():
            self._by_meta[name] = IdTable()
            self._by_meta[name].load(values)

    def _merged(self, record_id: str) -> Recording:
        entries = self._metadata[record_id]
        if len(entries) == 1:
            # Nearly all of them.
            ((key, only),) = entries
            return Recording(place=key.place, first=only, formats=(only.format,), protected=bool(only.protected))
        known = dict(entries)
        places = list(Place)
        place = min((key.place for key in known), key=places.index)
        here = sorted((key for key in known if key.place is place), key=lambda key: format_order(key.format))
        ordered = [known[key] for key in here]
        return Recording(
            place=place,
            first=ordered[0],
            formats=tuple(metadata.format for metadata in ordered),
            protected=any(metadata.protected for metadata in ordered),
        )

    def _rebuild(self, record_id: str) -> None:
        old = self._recordings.pop(record_id, None)
        if old is not None:
            self._remove_from_tables(old)
            del self._ids[bisect_left(self._ids, record_id)]
            del self._newest[bisect_left(self._newest, newest_first(old), key=newest_first)]
        if not self._metadata.get(record_id):
            self._metadata.pop(record_id, None)
            return
        new = self._recordings[record_id] = self._merged(record_id)
        self._add_to_tables(new)
        insort(self._ids, record_id)
        insort(self._newest, new, key=newest_first)

    def _table_entries(self, recording: Recording) -> Iterator[tuple[IdTable, str]]:
        first = recording.first
        yield self._by_state, first.state
        yield self._by_meeting, _meeting_key(first)
        for name, value in {(name.lower(), value) for name, value in first.meta.items()}:
            table = self._by_meta.get(name)
            if table is None:
                table = self._by_meta[name] = IdTable()
            yield table, value

    def _add_to_tables(self, recording: Recording) -> None:
        for table, value in self._table_entries(recording):
            table.add(value, recording.record_id)

    def _remove_from_tables(self, recording: Recording) -> None:
        for table, value in self._table_entries(recording):
            table.remove(value, recording.record_id)


def _meeting_key(metadata: Metadata) -> str:
    """Return the key of a recording's meeting: its external id if it is known, else its hash, the first 40 digits."""
    return f"={metadata.meeting_id}" if metadata.meeting_id is not None else metadata.record_id[:40]
