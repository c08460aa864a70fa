"""Short turns of the reactor: a bounded number of events, and of connections that are checked.

Twisted handles all events that epoll has at once. When ten thousand connections end in the same moment, that is a turn
of more than a second, in which no timer runs and nobody is answered. Epoll gives the others next, in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from twisted.internet.interfaces import IReactorTime

T = TypeVar("T")

#: Events of one turn. The slowest ones, somebody's entry into a meeting, take half a millisecond each.
MOST_EVENTS = 20
#: Connections that are checked in one turn.
MOST_CHECKED = 500


class BoundedPoller:
    """Stands before the poller of a reactor, and returns a bounded number of events at a time."""

    def __init__(self, poller: Any) -> None:
        self._poller = poller

    def poll(self, timeout: float, most: int) -> Any:
        """Wait for events, and return some of them."""
        return self._poller.poll(timeout, min(most, MOST_EVENTS))

    def __getattr__(self, name: str) -> Any:
        """Return anything else of the poller."""
        return getattr(self._poller, name)


def shorten(reactor: Any) -> None:
    """Bound the turns of a reactor on epoll; others stay as they are."""
    if type(reactor).__name__ == "EPollReactor":
        poller = reactor._poller  # noqa: SLF001 - as below
        reactor._poller = BoundedPoller(poller)  # noqa: SLF001 - Twisted has no other way


def in_slices(timer: IReactorTime, items: Sequence[T], check: Callable[[Sequence[T]], None]) -> None:
    """Check items within the next second: a slice of them now, each other one in a turn of its own."""
    slices = [items[begin : begin + MOST_CHECKED] for begin in range(0, len(items), MOST_CHECKED)]
    for number, part in enumerate(slices):
        if number == 0:
            check(part)
        else:
            timer.callLater(number / len(slices), check, part)
