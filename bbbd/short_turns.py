"""Short turns of the reactor: a bounded time for events and for what is done in steps, few checks, little garbage.

Twisted handles all events that epoll has at once. When ten thousand connections end in the same moment, that is a turn
of more than a second, in which no timer runs and nobody is answered. Epoll gives the others next, in their order.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

_log = Logger()

T = TypeVar("T")

#: Events of one turn, unless they take long: somebody's entry into a large meeting takes several milliseconds.
MOST_EVENTS = 20
#: What is done at the end of one turn: connections that send what they have written, 5 us each.
MOST_AT_END = 200
#: Seconds after which a turn handles no more events, and what can be done in steps lets a turn pass.
HELD = 0.005
#: Seconds for which something may wait here without being held against its sender.
MOST_LATE = 30
#: Connections that are checked in one turn.
MOST_CHECKED = 200
#: Objects after which the youngest are collected, and collections of these after which the next ones are.
YOUNG, MIDDLE = 2000, 5
_NEVER = 1 << 30
#: Old objects that are collected within 20 ms, and seconds after which they are whatever it takes.
MOST_COLLECTED, COLLECTED_WITHIN = 20_000, 3600
#: Blocks of memory that are new since the start, with which it is not even asked how many objects are old.
MOST_COUNTED = 10 * MOST_COLLECTED


#: What is left to do at the end of the present turn, or of the next ones if it is much. Each returns whether something
#: is due now, so that the next turn comes at once.
TurnEnd = deque[Callable[[], bool]]


class BoundedPoller:
    """Stands before the poller of a reactor: ends a turn, waits, and gives events, as many as may be handled now.

    Events that are left when a turn has lasted for long come first in the next one. ``precise`` is the clock of turns.
    """

    def __init__(self, poller: Any, seconds: Callable[[], float], precise: Callable[[], float]) -> None:
        self._poller = poller
        self._seconds = seconds
        self._precise = precise
        self.register = poller.register
        self.turn_end: TurnEnd = deque()
        #: The time at which nothing more waited than was handled.
        self.drained_at = seconds()
        #: Events of descriptors that are not handled yet, and the descriptors that were changed since they were found.
        self._left: list[tuple[int, int]] = []
        self._changed: set[int] = set()

    def poll(self, timeout: float, most: int) -> Iterable[tuple[int, int]]:
        """Do what the turn has left, wait for events, and return those of the next turn."""
        for _ in range(min(len(self.turn_end), MOST_AT_END)):
            if self.turn_end.popleft()():
                timeout = 0
        left = self._left
        if left:
            # What is changed and still wanted is found again.
            left = [(descriptor, event) for descriptor, event in left if descriptor not in self._changed]
            self._left = []
        if self.turn_end or left:
            timeout = 0
        self._changed.clear()
        room = max(1, min(most, MOST_EVENTS) - len(left))
        found: list[tuple[int, int]] = self._poller.poll(timeout, room)
        drained_at = self._seconds() if len(found) < room else self.drained_at
        if left:
            known = {descriptor for descriptor, _event in left}
            found = left + [(descriptor, event) for descriptor, event in found if descriptor not in known]
        elif len(found) < 2:
            self.drained_at = drained_at
            return found
        return self._events(found, drained_at)

    def _events(self, found: list[tuple[int, int]], drained_at: float) -> Iterator[tuple[int, int]]:
        precise = self._precise
        until = precise() + HELD
        for place, event in enumerate(found, 1):
            yield event
            if precise() >= until and place < len(found):
                self._left = found[place:]
                return
        self.drained_at = drained_at

    def modify(self, descriptor: int, events: int) -> None:
        """Have other events of a descriptor given."""
        self._changed.add(descriptor)
        self._poller.modify(descriptor, events)

    def unregister(self, descriptor: int) -> None:
        """Have no more events of a descriptor given."""
        self._changed.add(descriptor)
        self._poller.unregister(descriptor)

    def __getattr__(self, name: str) -> Any:
        """Return anything else of the poller."""
        return getattr(self._poller, name)


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


def _plain_turn(reactor: Any) -> Callable[[float | None], None]:
    """Return Twisted's own turn, but that its events have no log context: nobody reads it, and it costs 2 us each."""
    selectables, handle = reactor._selectables, reactor._doReadOrWrite  # noqa: SLF001 - Twisted has no other way

    def turn(timeout: float | None) -> None:
        try:
            found = reactor._poller.poll(-1 if timeout is None else timeout, MOST_EVENTS)  # noqa: SLF001 - as above
        except InterruptedError:
            return
        for descriptor, event in found:
            selectable = selectables.get(descriptor)
            if selectable is None:
                # Another event of this turn has closed it.
                continue
            try:
                handle(selectable, descriptor, event)
            except Exception:
                _log.failure("the end of a connection failed", event="connection_end_failed")

    return turn


def shorten(reactor: Any, precise: Callable[[], float]) -> TurnEnd | None:
    """Bound the turns of a reactor on epoll, and return their end. ``precise`` is a clock that measures them."""
    if type(reactor).__name__ != "EPollReactor":
        return None
    poller = BoundedPoller(reactor._poller, reactor.seconds, precise)  # noqa: SLF001 - there is no other way
    reactor._poller = poller  # noqa: SLF001 - as above
    reactor.doIteration = _plain_turn(reactor)
    return poller.turn_end


def heard_until(timer: IReactorTime) -> float:
    """Return the time in seconds until which all that had arrived has been handled.

    Whoever sent something in time must not be late because it still waits here, behind what others sent. A server that
    has too much to do for long judges by the clock again.
    """
    now = timer.seconds()
    # Others may stand before the poller too.
    drained_at: float = getattr(getattr(timer, "_poller", None), "drained_at", now)
    return max(drained_at, now - MOST_LATE)


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
