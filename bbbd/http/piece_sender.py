"""Sends a long body in pieces, as fast as the client reads them: no turn of the reactor copies more than a few."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

#: Bytes of the longest body that is written with its head: a transport copies twice what it is given. Of a piece.
AT_ONCE, PIECE = 128 << 10, 64 << 10


class Answered(Protocol):
    """The request that is answered; its head is written."""

    def write_piece(self, piece: bytes) -> None:
        """Write the next piece."""

    def finish(self) -> None:
        """End the answer."""

    def registerProducer(self, producer: IPushProducer) -> None:
        """Have a producer paused while the client does not read."""

    def unregisterProducer(self) -> None:
        """Pause it no more."""


@implementer(IPushProducer)
class PieceSender:
    """The body of one answer, a push producer. Its parts, short and long, become pieces only when they are sent."""

    def __init__(self, request: Answered, parts: Sequence[bytes]) -> None:
        self._request = request
        self._left: deque[bytes | memoryview] = deque(parts)
        self._is_paused = self._is_done = False

    def send(self) -> None:
        """Send everything, as the client reads it."""
        self._request.registerProducer(self)
        self.resumeProducing()

    def pauseProducing(self) -> None:
        """Pause: the client does not read fast enough."""
        self._is_paused = True

    def resumeProducing(self) -> None:
        """Send on until the next pause."""
        self._is_paused = False
        while self._left and not self._is_paused:
            self._request.write_piece(self._next())
        if not self._left and not self._is_done:
            self._is_done = True
            self._request.unregisterProducer()
            self._request.finish()

    def _next(self) -> bytes:
        """Return the next piece."""
        piece: list[bytes | memoryview] = []
        room = PIECE
        while self._left and room > 0:
            part = self._left.popleft()
            if len(part) > room:
                view = memoryview(part)
                part = view[:room]
                self._left.appendleft(view[room:])
            piece.append(part)
            room -= len(part)
        return b"".join(piece)

    def stopProducing(self) -> None:
        """Stop: the client has disconnected."""
        self._is_done = True
        self._left.clear()
