"""The body of one request as it arrives: within its limit and its budget, to its sink, or held until the answer."""

from __future__ import annotations

from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from typing import IO, Protocol, cast

from twisted.logger import Logger

from bbbd.http.body_budget import HELD_IN_MEMORY, BodyBudget, BodyShare
from bbbd.http.body_flow import BodyFlow
from bbbd.http.body_reader import BodyReader, ChunkedBody, SizedBody
from bbbd.http.connection_input import ConnectionInput
from bbbd.http.incoming_body import BodyRefusal, BodySink, IncomingBody

_log = Logger()


class BodyRefused(Exception):
    """A body that is not read, or no further."""

    def __init__(self, why: BodyRefusal) -> None:
        super().__init__(why)
        self.why = why


class BodyHolder(Protocol):
    """The request of a body: it has the sink, or holds the body, and knows how much has arrived."""

    incoming: BodySink | None
    content: IO[bytes]
    body_length: int


def _held_file(directory: str) -> IO[bytes]:
    """Return a file without a name, in memory while it is small; it is closed with its request."""
    return cast("IO[bytes]", SpooledTemporaryFile(HELD_IN_MEMORY, dir=directory))


class BodyArrival:
    """One body. ``length`` is what the head says, None for chunks; ``most``, the limit in bytes."""

    def __init__(
        self,
        request: BodyHolder,
        length: int | None,
        most: int,
        arriving: ConnectionInput,
        seconds: Callable[[], float],
    ) -> None:
        if length is not None and length > most:
            raise BodyRefused(BodyRefusal.TOO_LARGE)
        self._request = request
        self._length = length
        self._most = most
        self._reader: BodyReader = ChunkedBody() if length is None else SizedBody(length)
        self._share: BodyShare | None = None
        #: Pauses and resumes the network for the body's sink.
        self.flow = BodyFlow(arriving, seconds)
        #: Whether all of it has arrived.
        self.ended = length == 0

    def begin(self, decision: IncomingBody, budget: BodyBudget, directory: str) -> None:
        """Reserve what the body needs. Raises ``BodyRefused``."""
        self._share = BodyShare(budget, decision.use)
        if not self._share.claim(self._length or 0):
            raise BodyRefused(BodyRefusal.NO_ROOM)
        self._request.incoming = decision.sink
        if decision.sink is None and (self._length is None or self._length > HELD_IN_MEMORY):
            self._request.content = _held_file(directory)

    def read(self, data: bytes) -> bytes:
        """Read of the body what has arrived, and return the rest. Raises ``BodyRefused`` and ``BadChunks``."""
        pieces, rest = self._reader.read(data)
        for piece in pieces:
            self._take(piece)
        self.ended = self._reader.ended
        return rest

    def _take(self, data: bytes) -> None:
        """Take a piece. A body of unknown length may turn out too large."""
        request = self._request
        request.body_length += len(data)
        if request.body_length > self._most:
            raise BodyRefused(BodyRefusal.TOO_LARGE)
        if self._share is not None and not self._share.arrive(len(data)):
            raise BodyRefused(BodyRefusal.NO_ROOM)
        if request.incoming is not None:
            request.incoming.take(data)
            return
        try:
            request.content.write(data)
        except OSError as fault:
            _log.error("a request's body cannot be held: {why}", event="body_not_held", why=str(fault))
            raise BodyRefused(BodyRefusal.NO_ROOM) from fault

    def is_late(self, now: float) -> bool:
        """Return whether the client is too slow."""
        return not self.ended and self.flow.is_late(now, self._request.body_length)

    def release(self) -> None:
        """Give back what was reserved, and the connection's input."""
        self.flow.resumeProducing()
        share, self._share = self._share, None
        if share is not None:
            share.release()
