"""Budget of request bodies: the memory and disk that all bodies in hand may use together."""

from __future__ import annotations

from enum import Enum, auto

from bbbd.settings.current import CurrentSettings
from bbbd.storage.free_disk import FreeDisk
from bbbd.storage.spooled_body import MOST_WAITING

#: The largest body that is held in memory; a larger one is in a file.
HELD_IN_MEMORY = 256 << 10


class BodyUse(Enum):
    """The use of a body, which decides about its share of the budget."""

    #: The body is discarded as it arrives.
    DISCARDED = auto()
    #: The body is held until its request is answered, in memory or in a file.
    HELD = auto()
    #: The body is written to the disk as it arrives.
    STORED = auto()
    #: As STORED, but only the free disk space limits it.
    STORED_UNCOUNTED = auto()
    #: As HELD, and a file is made of it before its request is answered.
    COPIED = auto()


class BodyBudget:
    """The bytes of all bodies in hand."""

    def __init__(self, current: CurrentSettings, free_disk: FreeDisk) -> None:
        self._current = current
        self.free_disk = free_disk
        self.in_hand = 0

    def count(self, length: int) -> bool:
        """Count more bytes; return whether they are within the limit."""
        if self.in_hand + length > self._current.settings.max_bodies_in_hand:
            return False
        self.in_hand += length
        return True

    def discount(self, length: int) -> None:
        """Count bytes no longer."""
        self.in_hand -= length


class BodyShare:
    """The share of one body in the budget. ``release`` is called once, when the body is no longer in hand."""

    def __init__(self, budget: BodyBudget, use: BodyUse) -> None:
        self._budget = budget
        self._use = use
        self._counted = self._arrived = self._reserved = self._on_disk = 0

    def claim(self, length: int) -> bool:
        """Claim room for a body of ``length`` bytes in all; return whether there is room."""
        if self._use is BodyUse.DISCARDED:
            return True
        if self._use is not BodyUse.STORED_UNCOUNTED:
            more = max(0, length - self._counted)
            if not self._budget.count(more):
                return False
            self._counted += more
        more = self._needed_for(length) - self._on_disk - self._reserved
        if more > 0:
            if not self._budget.free_disk.reserve(more):
                return False
            self._reserved += more
        return True

    def arrive(self, length: int) -> bool:
        """Take account of ``length`` more bytes; return whether there is room for them."""
        self._arrived += length
        if not self.claim(self._arrived):
            return False
        self._fill(self._arrived - MOST_WAITING if self._needed_for(self._arrived) else 0)
        return True

    def release(self) -> None:
        """Give back what the body did not use, and what it held.

        What arrived counts as being on the disk, though the request may have deleted it: the next measurement shows it.
        """
        self._fill(self._needed_for(self._arrived))
        self._budget.discount(self._counted)
        self._budget.free_disk.release(self._reserved)
        self._counted = self._reserved = 0

    def _fill(self, length: int) -> None:
        """Take account of so many bytes in all that are on the disk."""
        more = min(length - self._on_disk, self._reserved)
        if more > 0:
            self._budget.free_disk.fill(more)
            self._reserved -= more
            self._on_disk += more

    def _needed_for(self, length: int) -> int:
        """Return the disk space that a body of so many bytes needs."""
        if self._use is BodyUse.DISCARDED:
            return 0
        if self._use in (BodyUse.HELD, BodyUse.COPIED) and length <= HELD_IN_MEMORY:
            return 0
        return 2 * length if self._use is BodyUse.COPIED else length
