"""Queries of the index: by id, meeting, state and metadata, a page at a time, newest first.

A query of many recordings is a generator that stops every few milliseconds, so that others are answered in between;
what changes meanwhile may be in its answer or not.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import TypeVar

from bbbd.recordings.index import Index, Recordings, newest_first
from bbbd.recordings.metadata import MetadataHead

T = TypeVar("T")

#: The states of a query that names none.
USUAL_STATES = ("published", "unpublished")
#: Values or recordings that are looked at between two stops.
SLICE = 5000
#: Recordings of which something is decoded between two stops: they lie anywhere in memory.
DECODED = 1000
#: Fewer than one in so many are sorted; of more, all that there are are looked through in their order.
_SORTED = 20

#: The recordings of one page, and the number of all that match.
Found = tuple[Recordings, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingQuery:
    """A query: all conditions must hold. Ids count as prefixes; meetings count only without ids."""

    record_ids: tuple[str, ...] = ()
    meeting_ids: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    meta: tuple[tuple[str, str], ...] = ()
    offset: int = 0
    limit: int | None = None


def selecting(index: Index, query: RecordingQuery) -> Generator[None, None, Found]:
    """Find one page of the recordings that match, newest first, and the number of all that match, in short steps."""
    named = query.states or USUAL_STATES
    states = set(index.states()) if "any" in named else set(named)
    found = yield from _candidates(index, query)
    begin, end = (0, None) if query.limit is None else (query.offset, query.offset + query.limit)
    total = sum(map(index.count, states))
    if found is None and total == len(index) and (query.limit is not None or total <= SLICE):
        return Recordings(index.encoded(index.newest(begin, end))), total
    if found is None and total * _SORTED < len(index):
        found = {record_id for state in states for record_id in index.ids_in_state(state)}
    if found is not None and len(found) * _SORTED < len(index):
        few: list[MetadataHead] = []
        for number, part in enumerate(_slices(list(found), DECODED)):
            if number:
                yield
            few += [one for one in index.heads(part) if one.state in states]
        ids = [one.record_id for one in sorted(few, key=newest_first)]
        return Recordings(index.encoded(ids[begin:end])), len(ids)
    ordered: list[bytes] = []
    for part in _slices(index.newest()):
        # As it is now: some may have changed since the last stop.
        others = (index.ids_in_state(state) for state in index.states() if state not in states)
        right = set(part).difference(*others)
        if found is not None:
            right &= found
        ordered += index.encoded(one for one in part if one in right)
        yield
    return Recordings(ordered[begin:end]), len(ordered)


def _slices(items: list[T], size: int = 0) -> Iterable[list[T]]:
    size = size or SLICE
    return (items[begin : begin + size] for begin in range(0, len(items), size))


def _candidates(index: Index, query: RecordingQuery) -> Generator[None, None, set[str] | None]:
    """Return the ids that match in all but the state; None means all."""
    matches: list[set[str]] = []
    # Before the first stop: other queries may take their places.
    tables = [(index.by_meta(name), pattern) for name, pattern in query.meta]
    if query.record_ids:
        matches.append((yield from _union(map(index.with_prefix, query.record_ids))))
    elif query.meeting_ids:
        matches.append((yield from _union(map(index.of_meeting, query.meeting_ids))))
    for table, pattern in tables:
        values = (yield from _matching(table.values(), pattern)) if _has_wildcard(pattern) else [pattern]
        matches.append((yield from _union(table[value] for value in values)))
    if not matches:
        return None
    fewest, *others = sorted(matches, key=len)
    for other in others:
        both: set[str] = set()
        for part in _slices(list(fewest)):
            both.update(other.intersection(part))
            yield
        fewest = both
    return fewest


def _union(several: Iterable[Iterable[str]]) -> Generator[None, None, set[str]]:
    found: set[str] = set()
    seen = 0
    for ids in several:
        before = len(found)
        found.update(ids)
        seen += 1 + len(found) - before
        if seen >= SLICE:
            seen = 0
            yield
    return found


def _has_wildcard(pattern: str) -> bool:
    return "%" in (pattern[:1], pattern[-1:])


def _matching(values: list[str], pattern: str) -> Generator[None, None, list[str]]:
    """Return the values with a pattern's text: a ``%`` at either end stands for anything."""
    left, right = pattern.startswith("%"), pattern.endswith("%") and len(pattern) > 1
    text = pattern[left : len(pattern) - right]
    found: list[str] = []
    for part in _slices(values):
        if left and right:
            found += [value for value in part if text in value]
        elif left:
            found += [value for value in part if value.endswith(text)]
        else:
            found += [value for value in part if value.startswith(text)]
        yield
    return found
