"""The waits of a start and a stop: each ends when something is done, at a time, or at a second signal to stop."""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import inf
from typing import Protocol

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from bbbd.daemon.notify import Notifier

#: Seconds between two looks whether something is done.
_PAUSE = 0.05
#: Seconds that a stop waits for requests on their way, which a connection that is closed would lose: on one that was
#: used, whose client tries again, and on a new one, whose client need not.
_LAST_REQUESTS, _FIRST_REQUESTS = 0.5, 2


class StoppingSite(Protocol):
    """The site, as a stop sees it."""

    is_stopping: bool

    @property
    def channels(self) -> Collection[object]:
        """All connections."""

    @property
    def answers(self) -> bool:
        """Whether there is a connection of requests, other than a WebSocket."""

    def close_idle(self, *, new_too: bool) -> None:
        """Close idle connections now, and those of requests in progress after their answer."""

    def close_upgraded(self) -> None:
        """Close the WebSockets."""


class Waits:
    """The waits of one process. systemd is asked for more time as long as one goes on."""

    def __init__(self, timer: IReactorTime, notifier: Notifier) -> None:
        self._timer = timer
        self._notifier = notifier
        #: Whether nothing is waited for any longer.
        self.are_cut = False

    async def until(self, done: Callable[[], bool], end: float = inf) -> None:
        """Wait until something is done, the reactor's time is ``end``, or ``are_cut``."""
        while not done() and self._timer.seconds() < end and not self.are_cut:
            self._notifier.extend()
            await deferLater(self._timer, _PAUSE)

    async def close_connections(self, site: StoppingSite, end: float) -> None:
        """Answer the requests in progress, then close the WebSockets. No port listens any longer."""
        site.is_stopping = True
        began = self._timer.seconds()

        def answered() -> bool:
            if (passed := self._timer.seconds() - began) >= _LAST_REQUESTS:
                site.close_idle(new_too=passed >= _FIRST_REQUESTS)
            return not site.answers

        await self.until(answered, end)
        site.close_upgraded()
        await self.until(lambda: not site.channels, end)
