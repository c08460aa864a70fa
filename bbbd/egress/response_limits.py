"""Limits of responses to outgoing requests: bytes of a connection, and of a discarded body."""

from __future__ import annotations

import re
from typing import cast

from service_identity import CertificateError
from service_identity.pyopenssl import extract_patterns
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IConsumer, IHandshakeListener, IProtocolFactory
from twisted.internet.protocol import Protocol, connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from twisted.web.iweb import IBodyProducer, IResponse
from zope.interface import implementer

#: Bytes of a discarded body, and of a whole connection.
MOST_BODY = 64 << 10
MOST_BYTES = 256 << 10
#: Bytes of a discarded body that are kept, to say how it began.
MOST_STARTED = 4 << 10
_HEADERS_END = re.compile(rb"\n\r?\n")


class BadCertificate(Exception):
    """A certificate without names."""


def refuse_unnamed(transport: TLSMemoryBIOProtocol) -> None:
    """Refuse a certificate whose names cannot be read: Twisted checks the certificate too, but accepts such a one."""
    why = "the certificate has no names"
    try:
        named = bool(extract_patterns(transport.getPeerCertificate()))
    except CertificateError as fault:
        named, why = False, str(fault)
    if not named:
        transport.failVerification(Failure(BadCertificate(f"TLS: {why}")))


@implementer(IHandshakeListener)
class BoundedProtocol(ProtocolWrapper):
    """Ends a connection that sends too much, or whose certificate has no readable names."""

    _taken = 0
    _headers_ended = False
    _end = b""
    factory: BoundedFactory

    def handshakeCompleted(self) -> None:
        """Refuse a certificate whose names cannot be read."""
        refuse_unnamed(cast("TLSMemoryBIOProtocol", self.transport))

    def dataReceived(self, data: bytes) -> None:
        """Receive bytes within the limit. Headers, which stay in memory, have a smaller one."""
        self._taken += len(data)
        if not self._headers_ended:
            self._headers_ended = _HEADERS_END.search(self._end + data) is not None
            self._end = (self._end + data)[-2:]
        if self._taken > (self.factory.most if self._headers_ended else min(MOST_BYTES, self.factory.most)):
            self.abortConnection()
        else:
            super().dataReceived(data)


class BoundedFactory(WrappingFactory):
    """Wraps the protocol of a connection in the limits. ``most`` is the limit of received bytes."""

    protocol = BoundedProtocol
    noisy = False

    def __init__(self, wrapped: IProtocolFactory, most: int = MOST_BYTES) -> None:
        super().__init__(wrapped)
        self.most = most


@implementer(IBodyProducer)
class ShortBody:
    """A body that is short enough to be sent at once."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.length = len(data)

    def startProducing(self, consumer: IConsumer) -> Deferred[None]:
        """Send it."""
        consumer.write(self._data)
        return succeed(None)

    def pauseProducing(self) -> None:
        """Do nothing: all is sent."""

    def resumeProducing(self) -> None:
        """Do nothing: all is sent."""

    def stopProducing(self) -> None:
        """Do nothing: all is sent."""


class DiscardedBody(Protocol):
    """Discards a body but for its start, and cuts off an endless one."""

    def __init__(self) -> None:
        self.start = b""
        self.done: Deferred[None] = Deferred(self._cancel)
        self._taken = 0

    def _cancel(self, _deferred: Deferred[None]) -> None:
        self.cut()

    def cut(self) -> None:
        """End the connection."""
        if self.transport is not None:
            self.transport.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        """Discard bytes but for the first, and end the connection when they are too many."""
        self.start += data[: MOST_STARTED - len(self.start)]
        self._taken += len(data)
        if self._taken > MOST_BODY:
            self.cut()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002 - the status is known already
        """Finish."""
        if not self.done.called:
            self.done.callback(None)


def discard_body(response: IResponse, *, at_once: bool = False) -> DiscardedBody:
    """Discard the body of an answer; ``done`` fires when it has ended or was cut off. ``at_once`` cuts it off now."""
    body = DiscardedBody()
    response.deliverBody(body)
    if at_once and not body.done.called:
        body.cut()
    return body
