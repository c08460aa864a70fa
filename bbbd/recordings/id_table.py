"""The ids of recordings by one of their values, in little memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping

#: The most ids of a tuple; a set of one id takes four times the memory, a set of twenty ten times.
_FEW = 50


class IdTable:
    """The ids of recordings by one of their values: a state, a meeting, a value of metadata."""

    def __init__(self) -> None:
        self._ids: dict[str, tuple[str, ...] | set[str]] = {}

    def __getitem__(self, value: str) -> Collection[str]:
        """Return the ids of a value, which may be none."""
        return self._ids.get(value, ())

    def values(self) -> list[str]:
        """Return all values."""
        return list(self._ids)

    def add(self, value: str, record_id: str) -> None:
        """Add an id that the value does not have yet."""
        ids = self._ids.get(value)
        if ids is None:
            self._ids[value] = (record_id,)
        elif isinstance(ids, set):
            ids.add(record_id)
        else:
            self._ids[value] = (*ids, record_id) if len(ids) < _FEW else {*ids, record_id}

    def load(self, ids: Mapping[str, list[str]]) -> None:
        """Fill an empty table; faster than ``add``."""
        self._ids = {value: tuple(few) if len(few) <= _FEW else set(few) for value, few in ids.items()}

    def remove(self, value: str, record_id: str) -> None:
        """Remove an id that the value has."""
        ids = self._ids[value]
        if len(ids) == 1:
            del self._ids[value]
        elif isinstance(ids, set):
            ids.remove(record_id)
        else:
            self._ids[value] = tuple(one for one in ids if one != record_id)
