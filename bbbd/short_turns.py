"""Short turns of the reactor: a bounded number of events is handled before timers and new events have their turn.

Twisted handles all events that epoll has at once. When ten thousand connections end in the same moment, that is a turn
of more than a second, in which no timer runs and nobody is answered. Epoll gives the others next, in their order.
"""

from __future__ import annotations

from typing import Any

#: Events of one turn. The slowest ones, somebody's entry into a meeting, take half a millisecond each.
MOST_EVENTS = 20


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
