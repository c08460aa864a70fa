"""The deliveries of which memory has the content: the latest, so that most are sent without a file being read."""

from __future__ import annotations

from bbbd.callbacks.deliveries import Delivery

#: The limit of their content, in characters, and what each counts for beside it.
MOST_KEPT, _EACH = 8 << 20, 1 << 10


class RecentDeliveries:
    """Deliveries by their numbers. Above the limit the oldest go: those of a receiver that does not answer, mostly."""

    def __init__(self) -> None:
        self._kept: dict[int, Delivery] = {}
        self._size = 0

    def keep(self, number: int, entry: Delivery) -> None:
        """Keep a delivery, and not the oldest ones if there is no room for all."""
        self._kept[number] = entry
        self._size += _size(entry)
        while self._size > MOST_KEPT:
            self.take(next(iter(self._kept)))

    def take(self, number: int) -> Delivery | None:
        """Return a delivery and keep it no longer; None if it is not kept."""
        entry = self._kept.pop(number, None)
        if entry is not None:
            self._size -= _size(entry)
        return entry


def _size(entry: Delivery) -> int:
    return _EACH + len(entry.content)
