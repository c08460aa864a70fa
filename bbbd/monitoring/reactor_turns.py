"""The turns of the reactor: how long each held it, so that nothing else was served.

A turn is what the reactor does between two waits for the network and for timers. The time of waiting is known exactly
where the reactor waits in a poller, as those of Linux do: the poller is wrapped, which costs two looks at the clock a
turn. Other reactors are not measured.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bbbd.metrics.counting import Metrics
from bbbd.metrics.declarations import REACTOR_LONGEST, REACTOR_STALL

#: Seconds of the periods whose longest turns are told.
PERIOD = 60


class ReactorTurns:
    """Measures turns. ``seconds`` is a precise clock."""

    def __init__(self, metrics: Metrics, seconds: Callable[[], float]) -> None:
        self._metrics = metrics
        self._seconds = seconds
        self._period_end = 0.0
        self._longest = self._longest_before = 0.0

    def watch(self, reactor: Any) -> bool:
        """Measure the turns of a reactor from now on; return False if it has no poller."""
        poller = getattr(reactor, "_poller", None)
        if poller is None:
            return False
        reactor._poller = _TimedPoller(poller, self._timed(poller.poll))  # noqa: SLF001 - see the module's text
        self._metrics.set_function(REACTOR_LONGEST, self.longest)
        return True

    def _timed(self, wait: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that waits as ``wait`` does, and observes the turn before."""
        seconds, observe = self._seconds, self._metrics.series(REACTOR_STALL).observe
        begun: float | None = None

        def poll(*arguments: Any) -> Any:
            nonlocal begun
            if begun is not None:
                now = seconds()
                turn = now - begun
                observe(turn)
                if now >= self._period_end:
                    self._begin_period(now)
                self._longest = max(self._longest, turn)
            try:
                return wait(*arguments)
            finally:
                begun = seconds()

        return poll

    def _begin_period(self, now: float) -> None:
        self._longest_before = self._longest if now < self._period_end + PERIOD else 0.0
        self._longest = 0.0
        self._period_end = now + PERIOD

    def longest(self) -> float:
        """Return the longest turn of this period and the one before."""
        return max(self._longest, self._longest_before)


class _TimedPoller:
    """A poller with another way to wait."""

    def __init__(self, poller: Any, poll: Callable[..., Any]) -> None:
        self._poller = poller
        self.poll = poll
        self.register, self.modify, self.unregister = poller.register, poller.modify, poller.unregister

    def __getattr__(self, name: str) -> Any:
        return getattr(self._poller, name)
