"""The time: a wall clock for time stamps, and a steady clock for timers.

Wall time is for people: milliseconds since 1970. It may be set back or forward while bbbd runs, so no timer uses it.
Steady time only increases; its zero is arbitrary. A ``Moment`` has both, in milliseconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

#: The smallest step of the wall clock that is logged, in milliseconds.
STEP = 2000


class Moment(NamedTuple):
    """One moment on both clocks, in milliseconds."""

    wall: int
    steady: int

    def at_wall(self, wall: int) -> Moment:
        """Return the moment of another wall time, relative to this one. It converts a time on disk to steady time."""
        return Moment(wall, self.steady - (self.wall - wall))


class HasSeconds(Protocol):
    """The part of ``IReactorTime`` that returns the time."""

    def seconds(self) -> float:
        """Return seconds, which only increase."""


class Clock:
    """Both clocks. ``steady`` is any ``IReactorTime``; ``wall`` returns seconds since 1970."""

    def __init__(self, steady: HasSeconds, wall: Callable[[], float] = time.time) -> None:
        self._steady = steady
        self._wall = wall
        self._difference = self.now().wall - self.now().steady

    def now(self) -> Moment:
        """Return the present moment."""
        return Moment(int(self._wall() * 1000), int(self._steady.seconds() * 1000))

    def stepped(self) -> int:
        """Return by how many milliseconds the wall clock was set since the last call, 0 for a small step."""
        now = self.now()
        step = now.wall - now.steady - self._difference
        self._difference += step
        return step if abs(step) > STEP else 0


def stopwatch() -> float:
    """Return seconds of the most precise clock; only differences mean anything."""
    return time.perf_counter()


def boot_time() -> float:
    """Return the seconds since 1970 at which the machine began to run."""
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)


def wall() -> float:
    """Return the seconds since 1970 from the system."""
    return time.time()
