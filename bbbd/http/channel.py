"""One connection: reads heads and bodies within their limits and times, one request after another, or is upgraded.

What a client sends while a request is answered waits here, a little of it; the rest is not read from the network.
Before a head is complete no call is known, so a fault in it gets a bare status and the connection is closed. A body
that is too large is refused before it is read.
"""

from __future__ import annotations

from typing import Any, Protocol, cast

from twisted.internet import interfaces
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from bbbd.http.addresses import host_of
from bbbd.http.body_arrival import BodyArrival, BodyRefused
from bbbd.http.body_budget import BodyBudget
from bbbd.http.body_reader import BadChunks
from bbbd.http.head import LONGEST_LINE, Head, UnreadableHead, check_beginning, read_head
from bbbd.http.incoming_body import BodyRefusal
from bbbd.http.refusals import LIMITS, closing_answer
from bbbd.http.request import BodyPolicy, Request, RequestSite, Upgraded
from bbbd.limits import Limit

#: The client reads an answer within so many seconds, plus one second for each so many bytes of it.
TAKE_WITHIN = 30
TAKE_RATE = 64 << 10
#: Seconds: for a head or a TLS handshake, between requests, and for the client to close after a refusal.
HEAD_WITHIN, IDLE, LINGER = 15, 75, 5
#: Seconds for the head of a probe on a connection above the limits.
PROBE_WITHIN = 5
#: Bytes that wait here while a request is answered; with more, reading stops.
MOST_WAITING = 16 << 10
#: The status of every answer of a call, which does not say why it was refused.
_CALL = 200
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
#: Methods of requests that have no body, unless the head says so.
_WITHOUT_BODY = (b"GET", b"HEAD")


class ChannelSite(RequestSite, Protocol):
    """The site, as connections see it."""

    bodies: BodyPolicy
    budget: BodyBudget
    is_stopping: bool

    def opened(self, channel: Channel) -> None:
        """Count a connection."""

    def closed(self, channel: Channel) -> None:
        """Stop counting a connection."""

    def own_target(self, target: bytes) -> bytes | None:
        """Return the path and query of a target on this site, None for one that is elsewhere."""

    def is_probe_path(self, path: bytes) -> bool:
        """Return whether a path is one of health or metrics."""

    def refused(self, host: str, limit: Limit, /) -> None:
        """Count a caller that a limit refused."""


@implementer(interfaces.IHalfCloseableProtocol, interfaces.IHandshakeListener, interfaces.IPushProducer)
class Channel(TwistedProtocol):
    """A connection, with the limits of its heads and bodies."""

    transport: Any
    #: The request that is received or answered.
    request: Request | None = None
    upgraded: Upgraded | None = None
    refused = is_closing = is_secure = False
    #: Whether the connection stays open after the present request.
    persistent = True
    is_new = True
    host = ""
    head_begun: float | None = None
    deadline: float | None = None
    write_deadline: float | None = None
    unread_answers = 0
    #: What has arrived and is not read yet.
    _waiting = b""
    _is_reading = _is_answering = _had_empty_line = _input_ended = False
    #: Whether nothing is read: the client does not read what was written; or too much waits.
    _is_full = _is_paused = False
    #: Whether the connection is to close once everything is written.
    _is_lost = False
    #: The body of the present request.
    _body: BodyArrival | None = None
    _producer: interfaces.IPushProducer | None = None

    def __init__(self, site: ChannelSite, *, is_probe: bool = False) -> None:
        self.site = site
        #: Whether the connection is above the limits, and so for one probe of health or metrics alone.
        self.is_probe = is_probe

    def connectionMade(self) -> None:
        """Wait for the TLS handshake, or the first request."""
        if interfaces.ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
        self.transport.registerProducer(self, True)
        self.host = host_of(self.transport.getPeer())
        self.is_secure = interfaces.INegotiated.providedBy(self.transport)
        first = HEAD_WITHIN if self.is_secure else IDLE
        self.deadline = self.site.seconds() + (PROBE_WITHIN if self.is_probe else first)
        self.site.opened(self)

    def handshakeCompleted(self) -> None:
        """Wait for the first request."""
        self.deadline = self.site.seconds() + (PROBE_WITHIN if self.is_probe else IDLE)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002 - Twisted's signature
        """Release all that belongs to the connection."""
        self.site.closed(self)
        self._release_body()
        upgraded, self.upgraded = self.upgraded, None
        if upgraded:
            upgraded.lost()
        request, self.request = self.request, None
        if request is not None:
            request.connectionLost()
        self._producer = None

    def readConnectionLost(self) -> None:
        """Answer the requests in progress after the client has closed its side, then close."""
        self._input_ended = True
        if self.upgraded or not self._is_answering:
            self.loseConnection()

    def writeConnectionLost(self) -> None:
        """Keep reading until the client has closed its side too."""

    def dataReceived(self, data: bytes) -> None:
        """Receive bytes. The time limit of a head begins with its first byte."""
        if self.upgraded:
            self.upgraded.received(data)
            return
        if not self._may_read:
            return
        self._waiting = self._waiting + data if self._waiting else data
        self._read(is_line=b"\n" in data)
        if self._is_answering and len(self._waiting) > MOST_WAITING and not self._is_paused:
            self._is_paused = True
            self.transport.pauseProducing()

    @property
    def _may_read(self) -> bool:
        """Whether something may follow. Nothing follows a request that is the last one, but its own body."""
        return not self.refused and (self.persistent or self._awaited is not None)

    def _read(self, *, is_line: bool = True) -> None:
        """Read what has arrived, as far as it can be answered. ``is_line``: whether a line may have been completed."""
        if self._is_reading:
            return
        self._is_reading = True
        try:
            while self._waiting and not (self._is_answering or self._is_full or self.upgraded) and self._may_read:
                if not (self._read_head(is_line=is_line) if (body := self._awaited) is None else self._read_body(body)):
                    break
        finally:
            self._is_reading = False
        if self.upgraded:
            data, self._waiting = self._waiting, b""
            if data:
                self.upgraded.received(data)
        elif not self._is_answering and self._may_read:
            self._await_more()

    def _await_more(self) -> None:
        """Begin the time limit of a head or body that is incomplete."""
        if self._input_ended and not self._is_full:
            self.loseConnection()
        elif self.head_begun is None and (self._waiting or self._awaited):
            self.head_begun = self.site.seconds()
            if self._awaited is None:
                self.deadline = self.head_begun + (PROBE_WITHIN if self.is_probe else HEAD_WITHIN)

    def _read_head(self, *, is_line: bool) -> bool:
        """Read a head, and answer a request that has no body; return whether it was complete."""
        data = self._waiting
        if not self._had_empty_line and data.startswith(b"\r\n"):
            # Old browsers sent an empty line after a form.
            self._had_empty_line = True
            self._waiting = data[2:]
            return True
        end = data.find(b"\r\n\r\n")
        try:
            if end < 0:
                if is_line or len(data) > LONGEST_LINE:
                    check_beginning(data)
                return False
            head = read_head(data[:end])
        except UnreadableHead as fault:
            self.refuse(fault.status)
            return False
        self._waiting = data[end + 4 :]
        self._had_empty_line = False
        self._begin(head)
        return True

    def _begin(self, head: Head) -> None:
        """Decide about a request and its body before that arrives."""
        target = self.site.own_target(head.target)
        if target is None:
            return self.refuse(400)
        path, _, query = target.partition(b"?")
        if self.is_probe and not self.site.is_probe_path(path):
            return self._close_unanswered()
        request = self.request = Request(self, head, path, query)
        self.deadline = None
        section = head.section
        can_have_body = section.announces_body or head.method not in _WITHOUT_BODY
        if can_have_body and not self._prepare_body(request, section.length):
            return None
        self.persistent = section.stays_open and not (self.site.is_stopping or self.is_probe)
        if not self.persistent and section.version == b"HTTP/1.1":
            request.setHeader(b"Connection", b"close")
        if section.expects_continue:
            self.write(_CONTINUE)
        if self._awaited is None:
            self._received(request)
        return None

    def _prepare_body(self, request: Request, length: int | None) -> bool:
        """Prepare to read a body, or refuse it; return whether it is read."""
        site = self.site
        try:
            most = site.bodies.largest(request, request.path, request.method)
            self._body = BodyArrival(request, length, most, self.transport, site.seconds)
            decision = site.bodies.incoming(request, request.path, request.method, request.query)
            self._body.begin(decision, site.budget, str(site.current.settings.directory))
        except BodyRefused as refused:
            self.refuse_body(refused.why)
            return False
        return True

    def _read_body(self, body: BodyArrival) -> bool:
        """Read of a body what has arrived, and answer the request if that is all; return whether it was."""
        try:
            self._waiting = body.read(self._waiting)
        except BadChunks:
            self.refuse(400)
        except BodyRefused as refused:
            self.refuse_body(refused.why)
        else:
            if body.ended:
                self._received(cast("Request", self.request))
        return body.ended and not self.refused

    def _received(self, request: Request) -> None:
        """Answer a request; the answer has no time limit here."""
        self.deadline = None
        self._is_answering = True
        request.process()

    def _close_unanswered(self) -> None:
        """Close a connection as those are that are not accepted at all."""
        self.refused = True
        self.site.refused(self.host, Limit.CONNECTIONS)
        self.transport.abortConnection()

    @property
    def _awaited(self) -> BodyArrival | None:
        """The body that is being read."""
        return None if self._body is None or self._body.ended else self._body

    def _release_body(self) -> None:
        body, self._body = self._body, None
        if body is not None:
            body.release()

    @property
    def producer(self) -> interfaces.IPushProducer:
        """The producer of received bytes: of a body, or of the protocol after an upgrade."""
        return self.transport if self._awaited is None else self._awaited.flow

    def answered(self) -> None:
        """Wait for the next request."""
        self.request = None
        self._is_answering = self.is_new = False
        self.head_begun, self.deadline = None, self.site.seconds() + IDLE
        self._release_body()
        if self.write_deadline is None:
            self.unread_answers = 0
        if self._is_paused and not self._is_full:
            self._is_paused = False
            self.transport.resumeProducing()
        if not self.persistent:
            self.loseConnection()
        elif self._waiting or self._input_ended:
            self._read()

    def close_when_done(self) -> None:
        """Close as soon as no request is in progress."""
        self.persistent = False
        if self._awaited is None and not self._is_answering:
            self.loseConnection()

    def upgrade(self, answer: bytes, protocol: Upgraded) -> None:
        """Send an answer and switch to another protocol. The request and its time limits end here."""
        self.request = self.deadline = None
        self.upgraded = protocol
        self.write(answer)
        self.transport.resumeProducing()

    def linger(self) -> None:
        """Cut the connection if the client has not closed it in a moment."""
        self.is_closing = True
        self.deadline = self.site.seconds() + LINGER

    def write(self, data: bytes) -> None:
        """Write bytes."""
        self.transport.write(data)

    def registerProducer(self, producer: interfaces.IPushProducer) -> None:
        """Pause and resume a producer of an answer as the client reads."""
        self._producer = producer

    def unregisterProducer(self) -> None:
        """Release the producer."""
        self._producer = None

    def pauseProducing(self) -> None:
        """Stop reading requests while the client does not read its answers (backpressure)."""
        if self.upgraded:
            self.upgraded.pause_writing()
            return
        self._is_full = True
        if self._producer is not None:
            self._producer.pauseProducing()
        self._is_paused = True
        self.transport.pauseProducing()
        if self.write_deadline is None:
            self.write_deadline = self.site.seconds() + TAKE_WITHIN + self.unread_answers / TAKE_RATE

    def resumeProducing(self) -> None:
        """Read again: the client has read all answers."""
        if self.upgraded:
            self.upgraded.resume_writing()
            return
        self.write_deadline = None
        self.unread_answers = 0
        self._is_full = False
        if self._producer is not None:
            self._producer.resumeProducing()
        if not self._is_answering:
            self._is_paused = False
            self.transport.resumeProducing()
            self._read()

    def stopProducing(self) -> None:
        """Do nothing: the connection is lost, which ends the answer too."""

    def is_late(self, now: float) -> bool:
        """Return whether the client is too slow."""
        if self.write_deadline is not None:
            return now > self.write_deadline
        if self.deadline is not None:
            return now > self.deadline
        return self._body is not None and self._body.is_late(now)

    def time_out(self) -> None:
        """Close with 408 if a request had begun. A client that does not read that either is cut off."""
        if self.refused or self.is_closing or self.write_deadline is not None:
            if self.write_deadline is not None and not self.refused:
                self.site.refused(self.host, Limit.SLOW_READER)
            self.transport.abortConnection()
        elif self.head_begun is None:
            self.is_closing = True
            self.deadline = self.site.seconds() + LINGER
            self.loseConnection()
        else:
            self.refuse(408)

    def refuse(self, status: int) -> None:
        """Answer with a bare status, before any call is known, and close."""
        self._refuse(closing_answer(status), LIMITS[status])

    def refuse_body(self, why: BodyRefusal) -> None:
        """Refuse a body unread, with the answer of its call, and close."""
        request = cast("Request", self.request)
        answer = self.site.bodies.refusal(request, request.path, request.method, request.query, why)
        if answer is None:
            return self.refuse(413)
        of_call = Limit.BODY if why is BodyRefusal.TOO_LARGE else Limit.BODIES
        limit = of_call if answer[0] == _CALL else LIMITS.get(answer[0])
        return self._refuse(closing_answer(*answer), limit, request.caller)

    def _refuse(self, answer: bytes, limit: Limit | None, caller: str | None = None) -> None:
        """Write an answer and close, but keep reading for a moment: a reset could overtake the answer."""
        if self.refused:
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

    def loseConnection(self) -> None:
        """Close the connection once everything is written."""
        if not self._is_lost:
            self._is_lost = True
            self.transport.unregisterProducer()
            self.transport.loseConnection()
