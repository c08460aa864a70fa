"""Cyclic garbage is collected seldom, so that no turn of the reactor waits for it."""

from __future__ import annotations

import ctypes
import gc
import sys

from twisted.internet.interfaces import IReactorTime

#: Objects after which the youngest are collected, and collections of these after which the next ones are.
YOUNG, MIDDLE = 2000, 5
_NEVER = 1 << 30
#: Old objects that are collected within 20 ms, and seconds after which they are whatever it takes.
MOST_COLLECTED, COLLECTED_WITHIN = 20_000, 3600
#: Blocks of memory that are new since the start, with which it is not even asked how many objects are old.
MOST_COUNTED = 10 * MOST_COLLECTED


class SeldomCollection:
    """Collects cyclic garbage seldom. ``begin`` is called once the server is complete.

    Python collects all objects anew whenever there are a quarter more of them: half a second with ten thousand people.
    Connections leave no cycles, so young objects are collected as ever, in small portions, and old ones when there are
    few of them, at the latest after an hour. Then free memory goes back to the system.
    """

    def __init__(self, timer: IReactorTime) -> None:
        self._timer = timer
        self._collected_at = timer.seconds()
        self._blocks = 0

    def begin(self) -> None:
        """Take what there is now for permanent, and go on."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG, MIDDLE, _NEVER)
        _give_back()
        self._blocks = sys.getallocatedblocks()
        self._again()

    def _again(self) -> None:
        self._timer.callLater(60, self.look)

    def look(self) -> None:
        """Collect all objects, if that is short or an hour has passed."""
        self._again()
        now = self._timer.seconds()
        if self._are_few() or now - self._collected_at >= COLLECTED_WITHIN:
            gc.collect()
            self._collected_at = now
            _give_back()

    def _are_few(self) -> bool:
        """Return whether there are few old objects. To count a million takes 40 ms; blocks of memory are counted."""
        grown = sys.getallocatedblocks() - self._blocks
        return grown <= MOST_COUNTED and len(gc.get_objects(2)) <= MOST_COLLECTED


def _give_back() -> None:
    """Give memory that is free back to the system, where the C library can."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
