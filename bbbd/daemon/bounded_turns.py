"""Turns of the reactor: events for a bounded time, then what the turn has left to do at its end.

Twisted handles all events that epoll has at once. When ten thousand connections end in the same moment, that is a turn
of more than a second, in which no timer runs and nobody is answered. Epoll gives the others next, in their order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from twisted.logger import Logger

from bbbd.short_turns import HELD

_log = Logger()

#: Events of one turn, unless they take long: somebody's entry into a large meeting takes several milliseconds.
MOST_EVENTS = 20
#: What is done at the end of one turn: connections that send what they have written, 5 us each.
MOST_AT_END = 200

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
