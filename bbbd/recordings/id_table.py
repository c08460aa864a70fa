"""The ids of recordings by one of their values, in little memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence

#: The most ids of a tuple; a set of twenty takes ten times the memory.
_FEW = 50


class IdTable:
    """The ids of recordings by one of their values: a state, a meeting, a value of metadata.

    One id is itself, a few are a tuple, many a set: most values of most names are those of one recording. The collector
    of garbage looks at none but the sets.
    """

    def __init__(self) -> None:
        self._ids: dict[str, str | tuple[str, ...] | set[str]] = {}

    def __getitem__(self, value: str) -> Collection[str]:
        """Return the ids of a value, which may be none."""
        ids = self._ids.get(value, ())
        return (ids,) if isinstance(ids, str) else ids

    def values(self) -> list[str]:
        """Return all values."""
        return list(self._ids)

    def add(self, value: str, record_id: str) -> None:
        """Add an id that the value does not have yet."""
        self.add_many((value,), (record_id,))

    def add_many(self, values: Sequence[str], record_ids: Sequence[str]) -> None:
        """Add to each value the id in the same place."""
        table = self._ids
        if values and isinstance(own := table.get(values[0]), set) and values.count(values[0]) == len(values):
            own.update(record_ids)
            return
        for value, record_id in zip(values, record_ids, strict=True):
            ids = table.get(value)
            if ids is None:
                table[value] = record_id
            elif isinstance(ids, set):
                ids.add(record_id)
            elif isinstance(ids, str):
                table[value] = (ids, record_id)
            else:
                table[value] = (*ids, record_id) if len(ids) < _FEW else {*ids, record_id}

    def remove(self, value: str, record_id: str) -> None:
        """Remove an id that the value has."""
        ids = self._ids[value]
        if isinstance(ids, str) or len(ids) == 1:
            del self._ids[value]
        elif isinstance(ids, set):
            ids.remove(record_id)
        else:
            self._ids[value] = tuple(one for one in ids if one != record_id)
