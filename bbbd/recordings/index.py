"""All recordings in memory: found by id, by meeting, by state and by metadata, newest first.

No file is opened to answer. The index is kept true by the changes that bbbd makes and by scans of the
directories; it is a cache, and what it was made from is on the disk.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha1
from typing import NamedTuple

import msgspec

from bbbd.recordings.layout import Place
from bbbd.recordings.metadata import Format, Metadata


class Key(NamedTuple):
    """One metadata.xml: its place, its format's directory, its recording."""

    place: Place
    format: str
    record_id: str


class Stamp(NamedTuple):
    """When a file was written (nanoseconds) and how long it is: what tells that it has changed."""

    mtime: int
    size: int


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A recording: what its first format says, and all its formats in one place, by name."""

    place: Place
    first: Metadata
    formats: tuple[Format, ...]

    @property
    def record_id(self) -> str:
        """Its id."""
        return self.first.record_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for. Ids count as prefixes; without ids, meetings; all that is said must be true."""

    record_ids: tuple[str, ...] = ()
    meeting_ids: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    meta: tuple[tuple[str, str], ...] = ()
    offset: int = 0
    limit: int | None = None


#: The states that are listed when none are named.
USUAL_STATES = ("published", "unpublished")


def _matches(pattern: str, value: str) -> bool:
    """Tell whether a value is the pattern, or has it where a ``%`` at either end says so."""
    left, right = pattern.startswith("%"), pattern.endswith("%") and len(pattern) > 1
    text = pattern[left : len(pattern) - right]
    if left and right:
        return text in value
    return value.endswith(text) if left else value.startswith(text) if right else value == text


class Index:
    """The recordings of one server."""

    def __init__(self) -> None:
        self.files: dict[Key, Stamp] = {}
        self._metadata: dict[str, dict[Key, Metadata]] = {}
        self._recordings: dict[str, Recording] = {}
        self._ids: list[str] = []
        self._newest: list[tuple[int, str]] = []
        self._by_state: dict[str, set[str]] = {}
        self._by_meeting: dict[str, set[str]] = {}
        self._by_meta: dict[str, dict[str, set[str]]] = {}

    def __len__(self) -> int:
        """Return how many recordings there are."""
        return len(self._recordings)

    def __iter__(self) -> Iterator[Recording]:
        """Give all, newest first."""
        return (self._recordings[record_id] for _start, record_id in self._newest)

    def find(self, record_id: str) -> Recording | None:
        """Return a recording by its exact id."""
        return self._recordings.get(record_id)

    def keys_of(self, record_id: str) -> list[Key]:
        """Return every format of a recording, in every place."""
        return sorted(self._metadata.get(record_id, ()))

    def metadata(self) -> Iterator[tuple[Key, Stamp, Metadata]]:
        """Give everything that is known, for a snapshot."""
        for known in self._metadata.values():
            for key, metadata in known.items():
                yield key, self.files[key], metadata

    def change(self, gone: Iterable[Key], come: Iterable[tuple[Key, Stamp, Metadata]]) -> None:
        """Take out and put in formats, and make their recordings anew."""
        touched = set()
        for key in gone:
            self.files.pop(key, None)
            if self._metadata.get(key.record_id, {}).pop(key, None) is not None:
                touched.add(key.record_id)
        for key, stamp, metadata in come:
            self.files[key] = stamp
            self._metadata.setdefault(key.record_id, {})[key] = metadata
            touched.add(key.record_id)
        for record_id in touched:
            self._make(record_id)

    def load(self, entries: Iterable[tuple[Key, Stamp, Metadata]]) -> None:
        """Fill an empty index, faster than by changes."""
        for key, stamp, metadata in entries:
            self.files[key] = stamp
            self._metadata.setdefault(key.record_id, {})[key] = metadata
        for record_id in self._metadata:
            recording = self._merged(record_id)
            self._recordings[record_id] = recording
            self._relate(recording)
        self._ids = sorted(self._recordings)
        self._newest = sorted((-one.first.start, record_id) for record_id, one in self._recordings.items())

    def _merged(self, record_id: str) -> Recording:
        known = self._metadata[record_id]
        places = list(Place)
        place = min((key.place for key in known), key=places.index)
        here = sorted((key.format != "presentation", key.format) for key in known if key.place is place)
        ordered = [known[Key(place, name, record_id)] for _other, name in here]
        formats = sorted((metadata.format for metadata in ordered), key=lambda one: one.name)
        return Recording(place=place, first=ordered[0], formats=tuple(formats))

    def _make(self, record_id: str) -> None:
        old = self._recordings.pop(record_id, None)
        if old is not None:
            self._unrelate(old)
            del self._ids[bisect_left(self._ids, record_id)]
            del self._newest[bisect_left(self._newest, (-old.first.start, record_id))]
        if not self._metadata.get(record_id):
            self._metadata.pop(record_id, None)
            return
        new = self._recordings[record_id] = self._merged(record_id)
        self._relate(new)
        insort(self._ids, record_id)
        insort(self._newest, (-new.first.start, record_id))

    def _relations(self, recording: Recording) -> Iterator[tuple[dict[str, set[str]], str]]:
        first = recording.first
        yield self._by_state, first.state
        yield self._by_meeting, _meeting_key(first)
        for name, value in first.meta.items():
            yield self._by_meta.setdefault(name.lower(), {}), value

    def _relate(self, recording: Recording) -> None:
        for table, value in self._relations(recording):
            table.setdefault(value, set()).add(recording.record_id)

    def _unrelate(self, recording: Recording) -> None:
        for table, value in self._relations(recording):
            table[value].discard(recording.record_id)
            if not table[value]:
                del table[value]

    def _with_prefix(self, prefix: str) -> list[str]:
        begin = bisect_left(self._ids, prefix)
        return self._ids[begin : bisect_right(self._ids, prefix + "\U0010ffff", begin)]

    def _candidates(self, wanted: Wanted) -> set[str]:
        states = wanted.states or USUAL_STATES
        if "any" in states:
            states = tuple(self._by_state)
        tables = [set().union(*(self._by_state.get(state, ()) for state in states))]
        if wanted.record_ids:
            tables.append({found for prefix in wanted.record_ids for found in self._with_prefix(prefix)})
        elif wanted.meeting_ids:
            keys = [key for meeting in wanted.meeting_ids for key in (f"={meeting}", _hash_of(meeting))]
            tables.append(set().union(*(self._by_meeting.get(key, ()) for key in keys)))
        for name, pattern in wanted.meta:
            values = self._by_meta.get(name, {})
            if "%" in (pattern[:1], pattern[-1:]):
                matching: Iterable[set[str]] = (ids for value, ids in values.items() if _matches(pattern, value))
            else:
                matching = (values.get(pattern, set()),)
            tables.append(set().union(*matching))
        tables.sort(key=len)
        return tables[0].intersection(*tables[1:])

    def select(self, wanted: Wanted) -> tuple[list[Recording], int]:
        """Return one page of what is looked for, newest first, and how many there are in all."""
        found = self._candidates(wanted)
        begin, end = wanted.offset, len(found) if wanted.limit is None else wanted.offset + wanted.limit
        if len(found) * 20 < len(self._newest):
            ordered = sorted((-self._recordings[one].first.start, one) for one in found)
            page = [record_id for _start, record_id in ordered[begin:end]]
        else:
            page = []
            place = 0
            for _start, record_id in self._newest:
                if place >= end:
                    break
                if record_id in found:
                    if place >= begin:
                        page.append(record_id)
                    place += 1
        return [self._recordings[record_id] for record_id in page], len(found)


def _hash_of(meeting_id: str) -> str:
    return sha1(meeting_id.encode(), usedforsecurity=False).hexdigest()


def _meeting_key(metadata: Metadata) -> str:
    """Return what a recording's meeting is found by: its external id when it is known, else the id's first half."""
    return f"={metadata.meeting_id}" if metadata.meeting_id is not None else metadata.record_id[:40]
