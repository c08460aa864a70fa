"""Work on many items in short turns of the reactor: a few milliseconds at a time, checks a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

T = TypeVar("T")

#: Seconds after which a turn handles no more events, and what can be done in steps lets a turn pass.
HELD = 0.005
#: Seconds for which something may wait for its turn without being held against its sender.
MOST_LATE = 30
#: Connections that are checked in one turn.
MOST_CHECKED = 200


class ShortTurns:
    """Work on many items, which holds the reactor for a few milliseconds at a time. ``seconds`` is a precise clock."""

    def __init__(self, timer: IReactorTime, seconds: Callable[[], float]) -> None:
        self._timer = timer
        self._seconds = seconds

    async def each(self, items: Iterable[T], do: Callable[[T], object]) -> None:
        """Do something with each item."""
        until = self._seconds() + HELD
        for item in items:
            if self._seconds() >= until:
                await deferLater(self._timer, 0)
                until = self._seconds() + HELD
            do(item)


def in_slices(
    timer: IReactorTime,
    items: Sequence[T],
    check: Callable[[Sequence[T]], None],
    weight: Callable[[T], int] | None = None,
) -> None:
    """Check items within the next second: a slice of them now, each other one in a turn of its own.

    A slice has items of a bounded weight together; without ``weight`` each is 1.
    """
    slices: list[Sequence[T]] = []
    if weight is None:
        slices += (items[begin : begin + MOST_CHECKED] for begin in range(0, len(items), MOST_CHECKED))
    else:
        slices += _weighed(items, weight)
    for number, part in enumerate(slices):
        if number == 0:
            check(part)
        else:
            timer.callLater(number / len(slices), check, part)


def _weighed(items: Sequence[T], weight: Callable[[T], int]) -> list[list[T]]:
    slices: list[list[T]] = []
    room = 0
    for item in items:
        if room <= 0:
            slices.append([])
            room = MOST_CHECKED
        slices[-1].append(item)
        room -= weight(item)
    return slices


def heard_until(timer: IReactorTime) -> float:
    """Return the time in seconds until which all that had arrived has been handled.

    Whoever sent something in time must not be late because it still waits here, behind what others sent. A server that
    has too much to do for long judges by the clock again.
    """
    now = timer.seconds()
    # Others may stand before the poller too.
    drained_at: float = getattr(getattr(timer, "_poller", None), "drained_at", now)
    return max(drained_at, now - MOST_LATE)
