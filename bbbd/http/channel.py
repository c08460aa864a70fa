"""One connection: the limits of a head's size and time, and the upgrade to another protocol.

Twisted's channel reads HTTP; this module adds the limits. Before a request line and head are complete no call is
known, so a fault in them gets a bare status and the connection is closed. A body that is too large is refused before
it is read.
"""

from __future__ import annotations

from typing import Protocol, cast

from twisted.internet import interfaces
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from zope.interface import implementer

from bbbd.http.addresses import host_of
from bbbd.http.body_budget import BodyBudget, BodyShare
from bbbd.http.body_flow import BodyFlow
from bbbd.http.head import LIMITS, closing_answer, is_clear
from bbbd.http.request import BodyPolicy, BodyRefusal, Request, RequestSite, Upgraded
from bbbd.limits import Limit

#: Limits of the head, in bytes and lines.
LONGEST_LINE = 64 << 10
LONGEST_HEADER, ALL_HEADERS, MOST_HEADERS = 16 << 10, 64 << 10, 100
#: The client reads an answer within so many seconds, plus one second for each so many bytes of it.
TAKE_WITHIN = 30
TAKE_RATE = 64 << 10
#: Seconds: for a head or a TLS handshake, between requests, and for the client to close after a refusal.
HEAD_WITHIN, IDLE, LINGER = 15, 75, 5
#: Seconds for the head of a probe on a connection above the limits.
PROBE_WITHIN = 5
#: The status of every answer of a call, which does not say why it was refused.
_CALL = 200


class ChannelSite(RequestSite, Protocol):
    """The site, as connections see it."""

    bodies: BodyPolicy
    budget: BodyBudget
    is_stopping: bool

    def opened(self, channel: Channel) -> None:
        """Count a connection."""

    def closed(self, channel: Channel) -> None:
        """Stop counting a connection."""

    def is_own(self, target: bytes) -> bool:
        """Return whether a request's target is on this site."""

    def is_probe_path(self, path: bytes) -> bool:
        """Return whether a path is one of health or metrics."""

    def refused(self, host: str, limit: Limit, /) -> None:
        """Count a caller that a limit refused."""


@implementer(interfaces.IHalfCloseableProtocol, interfaces.IHandshakeListener)
class Channel(HTTPChannel):
    """A connection, with the limits of its heads and bodies."""

    MAX_LENGTH = LONGEST_LINE
    totalHeadersSize = LONGEST_LINE + ALL_HEADERS + MOST_HEADERS
    maxHeaders = MOST_HEADERS + 1
    site: ChannelSite
    requests: list[Request]
    #: Whether the connection is above the limits, and so for one probe of health or metrics alone.
    is_probe = False

    def __init__(self) -> None:
        super().__init__()
        self.refused = self.is_closing = self.is_secure = self._input_ended = False
        self.is_new = True
        self.most = 0
        self.host = ""
        self.head_begun: float | None = None
        self.deadline: float | None = None
        self.write_deadline: float | None = None
        self.unread_answers = 0
        self.upgraded: Upgraded | None = None
        self._lines = 0
        self._head_size = 0
        self._body_share: BodyShare | None = None
        self._body: BodyFlow | None = None

    def connectionMade(self) -> None:
        """Wait for the TLS handshake, or the first request."""
        super().connectionMade()
        self.host = host_of(self.getPeer())
        self.is_secure = interfaces.INegotiated.providedBy(self.transport)
        first = HEAD_WITHIN if self.is_secure else IDLE
        self.deadline = self.site.seconds() + (PROBE_WITHIN if self.is_probe else first)
        self.site.opened(self)

    def handshakeCompleted(self) -> None:
        """Wait for the first request."""
        self.deadline = self.site.seconds() + (PROBE_WITHIN if self.is_probe else IDLE)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Release all that belongs to the connection."""
        self.site.closed(self)
        self._release_body()
        upgraded, self.upgraded = self.upgraded, None
        if upgraded:
            upgraded.lost()
        super().connectionLost(reason)

    def readConnectionLost(self) -> None:
        """Answer the requests in progress after the client has closed its side, then close."""
        self._input_ended = True
        if self.upgraded or not self._handlingRequest:
            self.loseConnection()

    def writeConnectionLost(self) -> None:
        """Keep reading until the client has closed its side too."""

    def dataReceived(self, data: bytes) -> None:
        """Receive bytes. The time limit of a head begins with its first byte."""
        if self.upgraded:
            self.upgraded.received(data)
            return
        if self.refused:
            return
        if self.head_begun is None and not self._handlingRequest:
            self.head_begun = self.site.seconds()
            self.deadline = self.head_begun + (PROBE_WITHIN if self.is_probe else HEAD_WITHIN)
        super().dataReceived(data)
        if self.line_mode and not self._busyReceiving and not self.paused and b"\n" in self._buffer:
            # All CRLF lines were consumed; a bare LF remains, which is refused.
            self.refuse(400)
        elif self.line_mode and self._buffer and self.head_begun is None and not self.refused:
            # The next head began in the same piece in which this request ended.
            self.head_begun = self.site.seconds()
            self.deadline = self.head_begun + HEAD_WITHIN

    def lineReceived(self, line: bytes) -> None:
        """Receive a line of the head, within limits."""
        if self.refused:
            return None
        if self._lines or line:
            self._lines += 1
        if self._lines > 1:
            self._head_size += len(line)
            if len(line) > LONGEST_HEADER or self._head_size > ALL_HEADERS or self._lines > MOST_HEADERS + 2:
                return self.refuse(431)
            if b"\n" in line or b"\r" in line:
                return self.refuse(400)
        if not line and self._lines:
            self._lines = self._head_size = 0
        super().lineReceived(line)
        return None

    def rawDataReceived(self, data: bytes) -> None:
        """Receive bytes of a body."""
        if self.upgraded:
            self.upgraded.received(data)
        elif not self.refused:
            super().rawDataReceived(data)

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: ARG002 - Twisted's signature
        """Refuse a line that is too long."""
        self.refuse(431 if self._lines else 414)

    def allHeadersReceived(self) -> None:
        """Decide about the body before it arrives."""
        request = self.requests[-1]
        if not is_clear(request.requestHeaders, self._version) or not self.site.is_own(self._path):
            return self.refuse(400)
        path, _, query = self.site.own_target(self._path).partition(b"?")
        if self.is_probe and not self.site.is_probe_path(path):
            return self._close_unanswered()
        self.most = self.site.bodies.largest(request, path, self._command)
        if self.length is not None and self.length > self.most:
            return self.refuse_body(BodyRefusal.TOO_LARGE)
        self._body = BodyFlow(self._networkProducer, self.site.seconds)
        body = self.site.bodies.incoming(request, path, self._command, query)
        self._body_share = BodyShare(self.site.budget, body.use)
        if not self._body_share.claim(self.length or 0):
            return self.refuse_body(BodyRefusal.NO_ROOM)
        request.incoming = body.sink
        self.deadline = None
        super().allHeadersReceived()
        if self.is_probe:
            request.responseHeaders.setRawHeaders(b"Connection", [b"close"])
            self.persistent = False
        return None

    def _close_unanswered(self) -> None:
        """Close a connection as those are that are not accepted at all."""
        self.refused = True
        self.site.refused(self.host, Limit.CONNECTIONS)
        cast("interfaces.ITCPTransport", self.transport).abortConnection()

    def arrive(self, length: int) -> bool:
        """Take account of bytes of a body; return whether there is room for them."""
        return self._body_share is None or self._body_share.arrive(length)

    def _release_body(self) -> None:
        share, self._body_share = self._body_share, None
        if share is not None:
            share.release()

    @property
    def producer(self) -> interfaces.IPushProducer:
        """The producer of received bytes: of a body, or of the protocol after an upgrade."""
        return self._body or self._networkProducer

    def allContentReceived(self) -> None:
        """Answer the request; the answer has no time limit here."""
        if self.refused:
            return
        self.deadline = self._body = None
        super().allContentReceived()

    def requestDone(self, request: Request) -> None:
        """Wait for the next request."""
        self.is_new = False
        self.head_begun, self.deadline = None, self.site.seconds() + IDLE
        self._release_body()
        if self.write_deadline is None:
            self.unread_answers = 0
        super().requestDone(request)
        if self._input_ended and not self._handlingRequest:
            self.loseConnection()

    def checkPersistence(self, request: Request, version: bytes) -> bool:
        """Return whether the connection stays open after a request's answer; not when the server stops."""
        if self.site.is_stopping:
            request.requestHeaders.setRawHeaders(b"Connection", [b"close"])
        return bool(super().checkPersistence(request, version))

    def close_when_done(self) -> None:
        """Close as soon as no request is in progress."""
        self.persistent = False
        if self.line_mode and not self._handlingRequest:
            self.loseConnection()

    def upgrade(self, answer: bytes, protocol: Upgraded) -> None:
        """Send an answer and switch to another protocol. The request and its time limits end here."""
        self.requests.clear()
        self.deadline = None
        self.upgraded = protocol
        self.write(answer)
        self._networkProducer.resumeProducing()

    def linger(self) -> None:
        """Cut the connection if the client has not closed it in a moment."""
        self.is_closing = True
        self.deadline = self.site.seconds() + LINGER

    def pauseProducing(self) -> None:
        """Stop reading requests while the client does not read its answers (backpressure)."""
        if self.upgraded:
            self.upgraded.pause_writing()
            return
        super().pauseProducing()
        self.paused = True
        self._networkProducer.pauseProducing()
        if self.write_deadline is None:
            self.write_deadline = self.site.seconds() + TAKE_WITHIN + self.unread_answers / TAKE_RATE

    def resumeProducing(self) -> None:
        """Read again: the client has read all answers."""
        if self.upgraded:
            self.upgraded.resume_writing()
            return
        self.write_deadline = None
        self.unread_answers = 0
        self.paused = False
        super().resumeProducing()
        if self.line_mode and self._buffer:
            self.dataReceived(b"")

    def is_late(self, now: float) -> bool:
        """Return whether the client is too slow."""
        if self.write_deadline is not None:
            return now > self.write_deadline
        if self.deadline is not None:
            return now > self.deadline
        return self._body is not None and self._body.is_late(now, self.requests[-1].body_length)

    def time_out(self) -> None:
        """Close with 408 if a request had begun. A client that does not read that either is cut off."""
        if self.refused or self.is_closing or self.write_deadline is not None:
            if self.write_deadline is not None and not self.refused:
                self.site.refused(self.host, Limit.SLOW_READER)
            cast("interfaces.ITCPTransport", self.transport).abortConnection()
        elif self.head_begun is None:
            self.is_closing = True
            self.deadline = self.site.seconds() + LINGER
            self.loseConnection()
        else:
            self.refuse(408)

    def refuse(self, status: int) -> None:
        """Answer with a bare status, before any call is known, and close."""
        self._refuse(closing_answer(status), LIMITS[status])

    def _respondToBadRequestAndDisconnect(self) -> None:
        # Twisted's own answer has no Connection header. Its parser calls this for every refusal.
        self.refuse(400)

    def refuse_body(self, why: BodyRefusal) -> None:
        """Refuse a body unread, with the answer of its call, and close."""
        request = self.requests[-1]
        path, _, query = self.site.own_target(self._path).partition(b"?")
        answer = self.site.bodies.refusal(request, path, self._command, query, why)
        if answer is None:
            return self.refuse(413)
        of_call = Limit.BODY if why is BodyRefusal.TOO_LARGE else Limit.BODIES
        limit = of_call if answer[0] == _CALL else LIMITS.get(answer[0])
        return self._refuse(closing_answer(*answer), limit, self.site.caller_of(request))

    def _refuse(self, answer: bytes, limit: Limit | None, caller: str | None = None) -> None:
        """Write an answer and close, but keep reading for a moment: a reset could overtake the answer."""
        if self.refused or self.transport is None:
            return
        self.refused = True
        self._release_body()
        if limit is not None:
            self.site.refused(self.host if caller is None else caller, limit)
        self.deadline = self.site.seconds() + LINGER
        self.transport.write(answer)
        if (close_writing := getattr(self.transport, "loseWriteConnection", None)) is not None:
            close_writing()
        else:
            self.loseConnection()
