"""Index of all recordings, in memory: finds them by id, meeting, state and metadata, newest first.

No query opens a file. bbbd's own changes and scans of the directories keep the index up to date. It is a cache: the
directories have all of it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha1
from itertools import chain, islice
from typing import NamedTuple

import msgspec

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


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingQuery:
    """A query: all conditions must hold. Ids count as prefixes; meetings count only without ids."""

    record_ids: tuple[str, ...] = ()
    meeting_ids: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    meta: tuple[tuple[str, str], ...] = ()
    offset: int = 0
    limit: int | None = None


#: The states of a query that names none.
USUAL_STATES = ("published", "unpublished")
#: The most ids of a tuple; a set of one id takes four times the memory, a set of twenty ten times.
_FEW = 50


def _matches(pattern: str, value: str) -> bool:
    """Return whether a value matches a pattern: equal, or with a ``%`` at either end its end, beginning or part."""
    left, right = pattern.startswith("%"), pattern.endswith("%") and len(pattern) > 1
    text = pattern[left : len(pattern) - right]
    if left and right:
        return text in value
    return value.endswith(text) if left else value.startswith(text) if right else value == text


class _Table:
    """The ids of recordings by one of their values."""

    def __init__(self) -> None:
        self._ids: dict[str, tuple[str, ...] | set[str]] = {}

    def __getitem__(self, value: str) -> Collection[str]:
        """Return the ids of a value, which may be none."""
        return self._ids.get(value, ())

    def items(self) -> Iterable[tuple[str, Collection[str]]]:
        """Return all values with their ids."""
        return self._ids.items()

    def add(self, value: str, record_id: str) -> None:
        """Add an id that the value does not have yet."""
        ids = self._ids.get(value, ())
        if isinstance(ids, set):
            ids.add(record_id)
        else:
            self._ids[value] = (*ids, record_id) if len(ids) < _FEW else {*ids, record_id}

    def remove(self, value: str, record_id: str) -> None:
        """Remove an id that the value has."""
        ids = self._ids[value]
        if len(ids) == 1:
            del self._ids[value]
        elif isinstance(ids, set):
            ids.remove(record_id)
        else:
            self._ids[value] = tuple(one for one in ids if one != record_id)


def _union(ids: Iterable[Collection[str]]) -> set[str]:
    """Return all ids; the set may be a table's own, which nobody may change."""
    several = tuple(ids)
    if len(several) == 1 and isinstance(several[0], set):
        return several[0]
    return set().union(*several)


def _age(recording: Recording) -> tuple[int, str]:
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
        self._by_state = _Table()
        self._by_meeting = _Table()
        self._by_meta: dict[str, _Table] = {}

    def __len__(self) -> int:
        """Return the number of recordings."""
        return len(self._recordings)

    def __iter__(self) -> Iterator[Recording]:
        """Return all recordings, newest first."""
        return iter(self._newest)

    def count(self, state: str) -> int:
        """Return the number of recordings in a state."""
        return len(self._by_state[state])

    def find(self, record_id: str) -> Recording | None:
        """Return a recording by its exact id."""
        return self._recordings.get(record_id)

    def keys_of(self, record_id: str) -> list[MetadataKey]:
        """Return every format of a recording, in every place."""
        return sorted(key for key, _metadata in self._metadata.get(record_id, ()))

    def metadata(self) -> Iterator[tuple[MetadataKey, FileStamp, Metadata]]:
        """Return all entries, for a snapshot."""
        for known in self._metadata.values():
            for key, metadata in known:
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
        for entry in entries:
            self._add_metadata(*entry)
        for record_id in self._metadata:
            recording = self._merged(record_id)
            self._recordings[record_id] = recording
            self._add_to_tables(recording)
        self._ids = sorted(self._recordings)
        self._newest = sorted(self._recordings.values(), key=_age)

    def _merged(self, record_id: str) -> Recording:
        known = dict(self._metadata[record_id])
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
            del self._newest[bisect_left(self._newest, _age(old), key=_age)]
        if not self._metadata.get(record_id):
            self._metadata.pop(record_id, None)
            return
        new = self._recordings[record_id] = self._merged(record_id)
        self._add_to_tables(new)
        insort(self._ids, record_id)
        insort(self._newest, new, key=_age)

    def _table_entries(self, recording: Recording) -> Iterator[tuple[_Table, str]]:
        first = recording.first
        yield self._by_state, first.state
        yield self._by_meeting, _meeting_key(first)
        for name, value in {(name.lower(), value) for name, value in first.meta.items()}:
            table = self._by_meta.get(name)
            if table is None:
                table = self._by_meta[name] = _Table()
            yield table, value

    def _add_to_tables(self, recording: Recording) -> None:
        for table, value in self._table_entries(recording):
            table.add(value, recording.record_id)

    def _remove_from_tables(self, recording: Recording) -> None:
        for table, value in self._table_entries(recording):
            table.remove(value, recording.record_id)

    def _with_prefix(self, prefix: str) -> list[str]:
        begin = bisect_left(self._ids, prefix)
        return self._ids[begin : bisect_right(self._ids, prefix + "\U0010ffff", begin)]

    def _candidates(self, query: RecordingQuery) -> set[str] | None:
        """Return the ids that match in all but the state; None means all."""
        tables: list[set[str]] = []
        if query.record_ids:
            tables.append(set(chain.from_iterable(self._with_prefix(prefix) for prefix in query.record_ids)))
        elif query.meeting_ids:
            keys = [key for meeting in query.meeting_ids for key in (f"={meeting}", _hash_of(meeting))]
            tables.append(_union(self._by_meeting[key] for key in keys))
        for name, pattern in query.meta:
            table = self._by_meta.get(name, _Table())
            if "%" in (pattern[:1], pattern[-1:]):
                tables.append(_union(ids for value, ids in table.items() if _matches(pattern, value)))
            else:
                tables.append(_union((table[pattern],)))
        tables.sort(key=len)
        return tables[0].intersection(*tables[1:]) if len(tables) > 1 else tables[0] if tables else None

    def select(self, query: RecordingQuery) -> tuple[list[Recording], int]:
        """Return one page of the recordings that match, newest first, and the number of all that match."""
        named = query.states or USUAL_STATES
        states = {state for state, _ids in self._by_state.items()} if "any" in named else set(named)
        found = self._candidates(query)
        if found is None:
            total = sum(map(self.count, states))
        else:
            if len(found) * 20 < len(self._newest):
                found = {one for one in found if self._recordings[one].first.state in states}
            else:
                found = found & _union(self._by_state[state] for state in states)
            total = len(found)
        end = total if query.limit is None else min(total, query.offset + query.limit)
        ordered: Iterable[Recording]
        if total * 20 < len(self._newest):
            ids = _union(self._by_state[state] for state in states) if found is None else found
            ordered = sorted((self._recordings[one] for one in ids), key=_age)
        elif found is None:
            ordered = (one for one in self._newest if one.first.state in states)
        else:
            ordered = (one for one in self._newest if one.first.record_id in found)
        return list(islice(ordered, min(query.offset, end), end)), total


def _hash_of(meeting_id: str) -> str:
    return sha1(meeting_id.encode(), usedforsecurity=False).hexdigest()


def _meeting_key(metadata: Metadata) -> str:
    """Return the key of a recording's meeting: its external id if it is known, else its hash, the first 40 digits."""
    return f"={metadata.meeting_id}" if metadata.meeting_id is not None else metadata.record_id[:40]
