"""What bounds a call to elsewhere: no connection brings more than anybody needs, no answer is read to a far end."""

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

#: Bytes of an answer's body that are read and thrown away, and of all that is read.
MOST_BODY = 64 << 10
MOST_BYTES = 256 << 10
_HEADERS_END = re.compile(rb"\n\r?\n")


class BadCertificate(Exception):
    """A certificate that does not say for whom it is."""


@implementer(IHandshakeListener)
class BoundedProtocol(ProtocolWrapper):
    """Ends a connection that brings more than anybody needs, or whose certificate is not its host's.

    Twisted looks at the certificate too, but takes one whose names cannot be read for good.
    """

    _taken = 0
    _headers_ended = False
    _end = b""
    factory: BoundedFactory

    def handshakeCompleted(self) -> None:
        """Refuse a certificate whose names cannot be read."""
        transport = cast("TLSMemoryBIOProtocol", self.transport)
        why = "the certificate has no names"
        try:
            named = bool(extract_patterns(transport.getPeerCertificate()))
        except CertificateError as fault:
            named, why = False, str(fault)
        if not named:
            transport.failVerification(Failure(BadCertificate(f"TLS: {why}")))

    def dataReceived(self, data: bytes) -> None:
        """Take bytes, as long as there are not too many. Headers, which stay in memory, are never long."""
        self._taken += len(data)
        if not self._headers_ended:
            self._headers_ended = _HEADERS_END.search(self._end + data) is not None
            self._end = (self._end + data)[-2:]
        if self._taken > (self.factory.most if self._headers_ended else min(MOST_BYTES, self.factory.most)):
            self.abortConnection()
        else:
            super().dataReceived(data)


class BoundedFactory(WrappingFactory):
    """Puts the bounds around a connection's protocol. ``most`` is how many bytes it may bring."""

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
        """Not needed: all is sent."""

    def resumeProducing(self) -> None:
        """Not needed: all is sent."""

    def stopProducing(self) -> None:
        """Not needed: all is sent."""


class DiscardedBody(Protocol):
    """Throws a body away; an endless one is cut off."""

    def __init__(self) -> None:
        self.done: Deferred[None] = Deferred(self._cancel)
        self._taken = 0

    def _cancel(self, _deferred: Deferred[None]) -> None:
        self.cut()

    def cut(self) -> None:
        """End the connection."""
        if self.transport is not None:
            self.transport.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        """Throw bytes away, and end it when they are too many."""
        self._taken += len(data)
        if self._taken > MOST_BODY:
            self.cut()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002 - whatever it was, there is a status
        """Be done with it."""
        if not self.done.called:
            self.done.callback(None)


def discard_body(response: IResponse, *, at_once: bool = False) -> Deferred[None]:
    """Throw an answer's body away, and fire when it has ended or was cut off, ``at_once`` when nobody waits for it."""
    passing = DiscardedBody()
    response.deliverBody(passing)
    if at_once and not passing.done.called:
        passing.cut()
    return passing.done
