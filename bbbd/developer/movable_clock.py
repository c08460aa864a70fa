"""Movable clock: real time plus an offset."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.base import DelayedCall
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import Clock as ManualTimer
from twisted.logger import Logger

from bbbd.clock import wall
from bbbd.log import in_namespace

_log = Logger()

#: Limit of a move in seconds.
LONGEST = 366 * 24 * 3600
#: Step sizes: for moves of up to so many seconds, the seconds of a step. Periodic tasks run at this grain.
_STEPS = ((4 * 3600, 1.0), (48 * 3600, 10.0), (14 * 24 * 3600, 300.0), (LONGEST, 3600.0))


class MovableTimer(ManualTimer):
    """Timers that become due by real time, or when the clock is moved past them.

    During a move the time stands still within a step, so timers become due in order, however long answers of others
    take.
    """

    def __init__(self, real: IReactorTime, namespace: str = "") -> None:
        super().__init__()
        self._namespace = namespace
        self._real = real
        self._offset = 0.0
        self._at: float | None = None
        self._armed: IDelayedCall | None = None

    @property
    def offset(self) -> float:
        """The offset from real time in seconds."""
        return self._offset if self._at is None else self._at - self._real.seconds()

    def seconds(self) -> float:
        """Return monotonic seconds."""
        return self._real.seconds() + self._offset if self._at is None else self._at

    def wall(self) -> float:
        """Return seconds since 1970, moved as the timers are."""
        return wall() + self.offset

    def callLater(self, delay: float, callable: Callable[..., Any], *args: object, **kw: object) -> IDelayedCall:  # noqa: A002 - Twisted's name
        """Schedule a call."""
        call = DelayedCall(
            self.seconds() + delay, callable, args, kw, self.calls.remove, lambda _call: self._arm(), self.seconds
        )
        self.calls.append(call)
        self._arm()
        return call

    def _arm(self) -> None:
        """Schedule the earliest call in real time; during a move, only calls that are due already."""
        if not self.calls:
            return
        for call in self.calls:
            # Without this, a timer that was delayed and then moved forward again would fire late.
            call.activate_delay()
        wait = min(call.getTime() for call in self.calls) - self.seconds()
        if self._at is not None and wait > 0:
            return
        wait = max(0.0, wait)
        if self._armed is not None and self._armed.active():
            if self._armed.getTime() <= self._real.seconds() + wait:
                return
            self._armed.cancel()
        self._armed = self._real.callLater(wait, self._fall_due)

    def _fall_due(self) -> None:
        self._call_due()
        self._arm()

    def _call_due(self) -> None:
        """Run the due calls in order. As with the reactor's timers, a failure does not stop the others."""
        while self.calls:
            call = min(self.calls, key=lambda one: one.getTime())
            if call.getTime() > self.seconds():
                return
            self.calls.remove(call)
            call.called = 1
            try:
                with in_namespace(self._namespace):
                    call.func(*call.args, **call.kw)
            except Exception:
                _log.failure("a timer failed", event="timer_failed")

    async def move(self, seconds: float, settled: Callable[[], Awaitable[None]]) -> None:
        """Move the clock. ``settled`` is awaited after each step; it returns when the due work is done."""
        target = self.seconds() + seconds
        step = next(grain for longest, grain in _STEPS if seconds <= longest)
        self._at = self.seconds()
        try:
            while True:
                self._call_due()
                await settled()
                if self._at >= target:
                    break
                self._at = min(self._at + step, target)
        finally:
            self._offset = self._at - self._real.seconds()
            self._at = None
            self._arm()
