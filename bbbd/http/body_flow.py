"""The flow of one body: its least rate, and the pauses while the disk is slower than the other side."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from bbbd.http.connection_input import ConnectionInput

#: A body arrives whole, or at least PIECE bytes of it, within so many seconds; then again within the next ones.
WITHIN = 30
PIECE = WITHIN << 10


@implementer(IPushProducer)
class BodyFlow:
    """A body on its way, by the input of its connection. ``seconds`` is the clock of connections."""

    def __init__(self, arriving: ConnectionInput, seconds: Callable[[], float]) -> None:
        self._input = arriving
        self._seconds = seconds
        self._until = seconds() + WITHIN
        self._checked = 0
        self._paused_at: float | None = None

    def is_late(self, now: float, received: int) -> bool:
        """Return whether the other side is too slow; ``received`` counts the bytes so far."""
        if self._paused_at is not None:
            return False
        if received - self._checked >= PIECE:
            self._checked = received
            self._until = now + WITHIN
        return now > self._until

    def pauseProducing(self) -> None:
        """Stop reading. The other side cannot be too slow meanwhile."""
        if self._paused_at is None:
            self._paused_at = self._seconds()
        self._input.hold(self)

    def resumeProducing(self) -> None:
        """Read on."""
        paused_at, self._paused_at = self._paused_at, None
        if paused_at is not None:
            self._until += self._seconds() - paused_at
        self._input.release(self)

    def stopProducing(self) -> None:
        """Read no further."""
        self._input.stop()
