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
        self._begun: float | None = None
        self._period = 0
        self._longest = self._longest_before = 0.0

    def watch(self, reactor: Any) -> bool:
        """Measure the turns of a reactor from now on; return False if it has no poller."""
        poller = getattr(reactor, "_poller", None)
        if poller is None:
            return False
        reactor._poller = _TimedPoller(poller, self)  # noqa: SLF001 - the one place where waiting begins and ends
        return True

    def began(self) -> None:
        """Note that a wait is over, so a turn begins."""
        self._begun = self._seconds()

    def ended(self) -> None:
        """Note that the next wait begins, so the turn is over."""
        if self._begun is None:
            return
        now = self._seconds()
        turn = now - self._begun
        self._metrics.observe(REACTOR_STALL, turn)
        period = int(now // PERIOD)
        if period != self._period:
            self._longest_before = self._longest if period == self._period + 1 else 0.0
            self._period, self._longest = period, 0.0
        self._longest = max(self._longest, turn)
        self._metrics.set(REACTOR_LONGEST, max(self._longest, self._longest_before))


class _TimedPoller:
    """A poller that tells when waiting begins and ends."""

    def __init__(self, poller: Any, turns: ReactorTurns) -> None:
        self._poller = poller
        self._turns = turns
        self.register, self.modify, self.unregister = poller.register, poller.modify, poller.unregister

    def poll(self, *arguments: Any) -> Any:
        """Wait for events."""
        self._turns.ended()
        try:
            return self._poller.poll(*arguments)
        finally:
            self._turns.began()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._poller, name)
