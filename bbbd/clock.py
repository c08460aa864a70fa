"""What time it is: a wall clock to stamp with, and a steady one for timers.

Wall time is what people read: milliseconds since 1970. It may be set back or forth while bbbd runs, so no
timer looks at it. Steady time only goes on; its zero means nothing. Both are in milliseconds and come
together in a ``Moment``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

#: A difference between the two clocks that is told in the log, in milliseconds.
STEP = 2000


class Moment(NamedTuple):
    """One moment on both clocks, in milliseconds."""

    wall: int
    steady: int

    def at_wall(self, wall: int) -> Moment:
        """Return the moment at another wall time, as seen from this one: how a time on disk becomes steady."""
        return Moment(wall, self.steady - (self.wall - wall))


class HasSeconds(Protocol):
    """The part of ``IReactorTime`` that tells time."""

    def seconds(self) -> float:
        """Return seconds that only go on."""


class Clock:
    """Tells the moment. ``steady`` is any ``IReactorTime``; ``wall`` returns seconds since 1970."""

    def __init__(self, steady: HasSeconds, wall: Callable[[], float] = time.time) -> None:
        self._steady = steady
        self._wall = wall
        self._difference = self.now().wall - self.now().steady

    def now(self) -> Moment:
        """Return this moment."""
        return Moment(int(self._wall() * 1000), int(self._steady.seconds() * 1000))

    def stepped(self) -> int:
        """Return by how many milliseconds the wall clock was set since the last call, 0 when by little."""
        now = self.now()
        step = now.wall - now.steady - self._difference
        self._difference += step
        return step if abs(step) > STEP else 0


def wall() -> float:
    """Return seconds since 1970, as the system has them."""
    return time.time()
