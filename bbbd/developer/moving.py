"""A clock that can be moved: real time, and what somebody added to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import Clock as ManualTimer

#: The longest move, in seconds.
LONGEST = 366 * 24 * 3600
#: By how many seconds a move of up to so many goes on at once: beats fall in this grain.
_STEPS = ((4 * 3600, 1.0), (48 * 3600, 10.0), (LONGEST, 60.0))


class MovableTimer(ManualTimer):
    """Timers fall due when real time comes to them, or when the clock is moved past them.

    While it is moved, its time stands still between two steps, so what falls due does so in order, however long the
    answers of others take.
    """

    def __init__(self, real: IReactorTime) -> None:
        super().__init__()
        self._real = real
        self._offset = 0.0
        self._at: float | None = None
        self._armed: IDelayedCall | None = None

    @property
    def offset(self) -> float:
        """By how many seconds it was moved."""
        return self._offset if self._at is None else self._at - self._real.seconds()

    def seconds(self) -> float:
        """Return seconds that only go on."""
        return self._real.seconds() + self._offset if self._at is None else self._at

    def callLater(self, delay: float, callable: Callable[..., Any], *args: object, **kw: object) -> IDelayedCall:  # noqa: A002 - Twisted's name
        """Have something called when its time has come."""
        call: IDelayedCall = super().callLater(delay, callable, *args, **kw)
        self._arm()
        return call

    def _arm(self) -> None:
        """Have real time look after the earliest call."""
        if self._at is not None or not self.calls:
            return
        first = min(call.getTime() for call in self.calls)
        if self._armed is not None and self._armed.active():
            if self._armed.getTime() <= first - self._offset:
                return
            self._armed.cancel()
        self._armed = self._real.callLater(max(0.0, first - self.seconds()), self._fall_due)

    def _fall_due(self) -> None:
        self.advance(0)
        self._arm()

    async def move(self, seconds: float, settled: Callable[[], Awaitable[None]]) -> None:
        """Move by so many seconds. ``settled`` is awaited after each step that something fell due in."""
        target = self.seconds() + seconds
        step = next(grain for longest, grain in _STEPS if seconds <= longest)
        self._at = self.seconds()
        try:
            while self._at < target:
                self._at = min(self._at + step, target)
                self.advance(0)
                await settled()
        finally:
            self._offset = self._at - self._real.seconds()
            self._at = None
            self._arm()
