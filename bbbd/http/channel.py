"""One connection: reads heads and bodies within their limits, one request after another, or is upgraded.

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
from bbbd.http.connection_input import ConnectionInput
from bbbd.http.deadlines import Deadlines
from bbbd.http.head import LONGEST_LINE, Head, UnreadableHead, check_beginning, read_head
from bbbd.http.incoming_body import BodyRefusal
from bbbd.http.refusals import LIMITS, closing_answer
from bbbd.http.request import OF_SERVER, BodyPolicy, Request, RequestSite
from bbbd.http.upgraded import Upgraded
from bbbd.limits import Limit

#: Bytes that wait here while a request is answered; with more, reading stops.
MOST_WAITING = 16 << 10
#: The status of every answer of a call, which does not say why it was refused.
_CALL = 200
#: Reasons to read nothing more for a while.
_IS_FULL, _MUCH_WAITS = "the client does not read what was written", "much waits"
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
    #: What has arrived and is not read yet.
    _waiting = b""
    _is_reading = _is_answering = _had_empty_line = _input_ended = False
    #: Whether nothing is read: the client does not read what was written.
    _is_full = False
    #: Whether the connection is to close once everything is written.
    _is_lost = False
    #: The body of the present request, and whether some of it is still to come.
    _body: BodyArrival | None = None
    _has_body_to_come = False
    _producer: interfaces.IPushProducer | None = None

    def __init__(self, site: ChannelSite, *, is_probe: bool = False) -> None:
        self.site = site
        #: Whether the connection is above the limits, and so for one probe of health or metrics alone.
        self.is_probe = is_probe
        self.deadlines = Deadlines(site.seconds, is_probe=is_probe)

    def connectionMade(self) -> None:
        """Wait for the TLS handshake, or the first request."""
        if interfaces.ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
        self.transport.registerProducer(self, True)
        self.host = host_of(self.transport.getPeer())
        self.is_secure = interfaces.INegotiated.providedBy(self.transport)
        self._input = ConnectionInput(self.transport)
        if self.is_secure:
            self.deadlines.await_handshake()
        else:
            self.deadlines.await_first()
        self.site.opened(self)

    def handshakeCompleted(self) -> None:
        """Wait for the first request."""
        self.deadlines.await_first()

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
        if self._is_answering and len(self._waiting) > MOST_WAITING:
            self._input.hold(_MUCH_WAITS)

    @property
    def _may_read(self) -> bool:
        """Whether something may follow. Nothing follows a request that is the last one, but its own body."""
        return not self.refused and (self.persistent or self._has_body_to_come)

    def _read(self, *, is_line: bool = True) -> None:
        """Read what has arrived, as far as it can be answered. ``is_line``: whether a line may have been completed."""
        if self._is_reading:
            return
        self._is_reading = True
        try:
            while self._waiting and not (self._is_answering or self._is_full or self.upgraded) and self._may_read:
                if not (self._read_body() if self._has_body_to_come else self._read_head(is_line=is_line)):
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
        elif self.deadlines.begun is None and (self._waiting or self._has_body_to_come):
            self.deadlines.await_rest(of_head=not self._has_body_to_come)

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
            if (head.method, head.target) != OF_SERVER:
                return self.refuse(400)
            target = head.target
        path, _, query = target.partition(b"?")
        if self.is_probe and not self.site.is_probe_path(path):
            return self._close_unanswered()
        request = self.request = Request(self, head, path, query)
        section = head.section
        can_have_body = section.announces_body or head.method not in _WITHOUT_BODY
        if can_have_body and not self._prepare_body(request, section.length):
            return None
        self.persistent = section.stays_open and not (self.site.is_stopping or self.is_probe)
        if not self.persistent and section.version == b"HTTP/1.1":
            request.setHeader(b"Connection", b"close")
        if section.expects_continue:
            self.write(_CONTINUE)
        if not self._has_body_to_come:
            self._received(request)
        return None

    def _prepare_body(self, request: Request, length: int | None) -> bool:
        """Prepare to read a body, or refuse it; return whether it is read."""
        site = self.site
        try:
            most = site.bodies.largest(request, request.path, request.method)
            self._body = BodyArrival(request, length, most, self._input, site.seconds)
            self._has_body_to_come = not self._body.ended
            decision = site.bodies.incoming(request, request.path, request.method, request.query)
            self._body.begin(decision, site.budget, str(site.current.settings.directory))
        except BodyRefused as refused:
            self.refuse_body(refused.why)
            return False
        self.deadlines.await_nothing()
        return True

    def _read_body(self) -> bool:
        """Read of a body what has arrived, and answer the request if that is all; return whether it was."""
        body = cast("BodyArrival", self._body)
        try:
            self._waiting = body.read(self._waiting)
        except BadChunks:
            self.refuse(400)
        except BodyRefused as refused:
            self.refuse_body(refused.why)
        else:
            if body.ended:
                self._has_body_to_come = False
                self._received(cast("Request", self.request))
        return body.ended and not self.refused

    def _received(self, request: Request) -> None:
        """Answer a request; the answer has no time limit here."""
        self.deadlines.await_nothing()
        self._is_answering = True
        request.process()

    def _close_unanswered(self) -> None:
        """Close a connection as those are that are not accepted at all."""
        self.refused = True
        self.site.refused(self.host, Limit.CONNECTIONS)
        self.transport.abortConnection()

    def _release_body(self) -> None:
        body, self._body = self._body, None
        self._has_body_to_come = False
        if body is not None:
            body.release()

    @property
    def producer(self) -> interfaces.IPushProducer:
        """The producer of received bytes: of a body, or of the protocol after an upgrade."""
        return cast("BodyArrival", self._body).flow if self._has_body_to_come else self.transport

    def answered(self) -> None:
        """Wait for the next request."""
        self.request = None
        self._is_answering = self.is_new = False
        self.deadlines.await_next()
        if self._body is not None:
            self._release_body()
        self._input.release(_MUCH_WAITS)
        if not self.persistent:
            self.loseConnection()
        elif self._waiting or self._input_ended:
            self._read()

    def close_when_done(self) -> None:
        """Close as soon as no request is in progress."""
        self.persistent = False
        if not (self._has_body_to_come or self._is_answering):
            self.loseConnection()

    def upgrade(self, answer: bytes, protocol: Upgraded) -> None:
        """Send an answer and switch to another protocol. The request, its body and its time limits end here."""
        self.request = None
        self.deadlines.await_nothing()
        self._release_body()
        self.upgraded = protocol
        self.write(answer)
        for reason in (_MUCH_WAITS, _IS_FULL):
            self._input.release(reason)

    def linger(self) -> None:
        """Cut the connection if the client has not closed it in a moment."""
        self.is_closing = True
        self.deadlines.await_end()

    def write(self, data: bytes, of_body: int = 0) -> None:
        """Write bytes, so many of them of the body of an answer."""
        self.deadlines.unread += of_body
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
        self._input.hold(_IS_FULL)
        self.deadlines.await_reader()

    def resumeProducing(self) -> None:
        """Read again: the client has read all answers."""
        if self.upgraded:
            self.upgraded.resume_writing()
            return
        self.deadlines.all_read()
        self._is_full = False
        if self._producer is not None:
            self._producer.resumeProducing()
        self._input.release(_IS_FULL)
        if not self._is_answering:
            self._read()

    def stopProducing(self) -> None:
        """Do nothing: the connection is lost, which ends the answer too."""

    def is_late(self, now: float) -> bool:
        """Return whether the client is too slow."""
        passed = self.deadlines.passed(now)
        return self._body is not None and self._body.is_late(now) if passed is None else passed

    def time_out(self) -> None:
        """Close with 408 if a request had begun. A client that does not read that either is cut off."""
        if self.refused or self.is_closing or self.deadlines.awaits_reader:
            if self.deadlines.awaits_reader and not self.refused:
                self.site.refused(self.host, Limit.SLOW_READER)
            self.transport.abortConnection()
        elif self.deadlines.begun is None:
            self.linger()
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
        self.deadlines.await_end()
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
