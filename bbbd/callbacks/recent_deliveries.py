"""The deliveries of which memory has the content: the latest, so that most are sent without a file being read."""

from __future__ import annotations

from bbbd.callbacks.deliveries import Delivery

#: The limit of their content, in characters, and what each counts for beside it.
MOST_KEPT, _EACH = 8 << 20, 1 << 10


class RecentDeliveries:
    """Deliveries by their numbers, within the limit; above it, new ones are not kept."""

    def __init__(self) -> None:
        self._kept: dict[int, Delivery] = {}
        self._size = 0

    def keep(self, number: int, entry: Delivery) -> None:
        """Keep a delivery if there is room."""
        size = _size(entry)
        if self._size + size <= MOST_KEPT:
            self._kept[number] = entry
            self._size += size

    def take(self, number: int) -> Delivery | None:
        """Return a delivery and keep it no longer; None if it is not kept."""
        entry = self._kept.pop(number, None)
        if entry is not None:
            self._size -= _size(entry)
        return entry


def _size(entry: Delivery) -> int:
    return _EACH + len(entry.content)
