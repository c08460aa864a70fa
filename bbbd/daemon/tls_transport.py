"""TLS over any server endpoint: ``tls:`` in front of its description.

Twisted's TLS protocol, with differences that make it close as TCP does: a connection that the site refuses is closed
before any handshake; a peer that closes its side (close_notify) still gets the answers in progress; one side can be
closed while the other is still read; a pause stops input at once; and no close waits for the peer's close_notify.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from OpenSSL.SSL import Connection, Error, WantReadError, ZeroReturnError
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IAddress,
    IHalfCloseableProtocol,
    IListeningPort,
    IOpenSSLServerConnectionCreator,
    IProtocolFactory,
    IReactorTime,
    IStreamServerEndpoint,
)
from twisted.logger import Logger
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

_log = Logger()

#: Bytes of a record, with room to spare.
_PIECE = 1 << 15


def reasons_of(fault: BaseException | None) -> str:
    """Return what OpenSSL says of an error."""
    queue = fault.args[0] if isinstance(fault, Error) and fault.args else ()
    # A SysCallError has a number and a text in place of the queue.
    return "; ".join(str(one[-1]) for one in queue) if isinstance(queue, list) and queue else "the other side hung up"


@implementer(IHalfCloseableProtocol)
class TlsTransport(TLSMemoryBIOProtocol):
    """One connection under TLS.

    Twisted's usual one gathers what is written in a turn. Here answers and frames are written whole already.
    """

    factory: TlsFactory
    transport: Any
    _input_ended = _output_ending = _output_ended = False
    _is_paused = _input_waits = False

    def loseWriteConnection(self) -> None:
        """Close this side once everything is written; what the peer still sends is read."""
        if self._output_ending or not self.connected:
            return
        self._output_ending = True
        self._shutdownTLS()
        self._output_ended = True
        self.transport.loseWriteConnection()

    def loseConnection(self) -> None:
        """Close once everything is written, like a connection of TCP: the peer's close_notify is not waited for."""
        if self._output_ended and self.connected:
            self.transport.loseConnection()
        else:
            super().loseConnection()

    def abortConnection(self) -> None:
        """Cut the connection, unless it is gone."""
        if self.connected:
            super().abortConnection()

    def _shutdownTLS(self) -> None:
        super()._shutdownTLS()
        if not (self._output_ending or self._aborted):
            self.transport.loseConnection()

    def _write(self, data: bytes) -> None:
        if not self._output_ended:
            super()._write(data)

    def _tlsShutdownFinished(self, reason: Failure | None) -> None:
        if reason is not None and not self._handshakeDone:
            _log.debug(
                "a TLS handshake with {from} failed: {reason}",
                event="handshake_failed",
                **{"from": getattr(self.getPeer(), "host", "unix")},
                reason=reasons_of(reason.value),
            )
        super()._tlsShutdownFinished(reason)

    def _flushSendBIO(self) -> None:
        # Where this side is closed already, a loseConnection ends the connection before it returns.
        if self._tlsConnection is not None:
            super()._flushSendBIO()

    def dataReceived(self, data: bytes) -> None:
        """Receive bytes of the socket; behind the peer's close_notify they mean nothing and are not kept."""
        if not self._input_ended:
            super().dataReceived(data)

    def pauseProducing(self) -> None:
        """Deliver nothing more, the end of the peer's side neither, until ``resumeProducing``."""
        self._is_paused = True
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Deliver what waits, in the next turn: the caller may still hold what came before."""
        self._is_paused = False
        self.transport.resumeProducing()
        if self._input_waits:
            self.factory.timer.callLater(0, self._flushReceiveBIO)

    def _flushReceiveBIO(self) -> None:
        # Twisted's own method closes both sides when the peer has closed one, and goes on when it is paused.
        while not (self._lostTLSConnection or self._input_ended):
            self._input_waits = self._is_paused
            if self._is_paused:
                break
            try:
                data = self._tlsConnection.recv(_PIECE)
            except WantReadError:
                break
            except ZeroReturnError:
                self._input_ended = True
                self._end_input()
            except Error:
                self._tlsShutdownFinished(Failure())
            else:
                if not self._aborted:
                    self.wrappedProtocol.dataReceived(data)
        self._flushSendBIO()

    def _end_input(self) -> None:
        """Tell that the peer has closed its side; close where nobody is told, or this side is closed already."""
        listener = cast("Any", self.wrappedProtocol)
        if self.disconnecting or self._output_ending or not IHalfCloseableProtocol.providedBy(listener):
            self._shutdownTLS()
            self._tlsShutdownFinished(None)
        else:
            listener.readConnectionLost()

    def readConnectionLost(self) -> None:
        """Cut a connection whose socket ends without a close_notify: what came may be only a part."""
        if self._input_ended and not self._lostTLSConnection:
            return
        self._tlsConnection.bio_shutdown()
        self._flushReceiveBIO()
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """Keep reading until the peer has closed its side too."""


@implementer(IOpenSSLServerConnectionCreator)
class _Connections:
    """Begins each connection with the context that applies then; open ones keep theirs."""

    def __init__(self, begin: Callable[[], Connection]) -> None:
        self._begin = begin

    def serverConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> Connection:  # noqa: ARG002 - Twisted's signature
        return self._begin()


class TlsFactory(TLSMemoryBIOFactory):
    """Makes the connections of one endpoint. ``begin`` returns the state of a new one."""

    protocol = TlsTransport

    def __init__(self, begin: Callable[[], Connection], site: IProtocolFactory, timer: IReactorTime) -> None:
        super().__init__(_Connections(begin), False, site, timer)
        self.timer = timer

    def buildProtocol(self, addr: IAddress | None) -> TLSMemoryBIOProtocol | None:  # type: ignore[override]
        """Return the protocol of a new connection; None if the site refuses it."""
        wrapped = self.wrappedFactory.buildProtocol(addr)
        return None if wrapped is None else self.protocol(self, wrapped)


@implementer(IStreamServerEndpoint)
class TlsEndpoint:
    """An endpoint whose connections begin with a TLS handshake. ``begin`` returns the state of a new one."""

    def __init__(self, endpoint: IStreamServerEndpoint, begin: Callable[[], Connection], timer: IReactorTime) -> None:
        self._endpoint = endpoint
        self._begin = begin
        self._timer = timer

    def listen(self, factory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Listen."""
        listening: Deferred[IListeningPort] = self._endpoint.listen(TlsFactory(self._begin, factory, self._timer))
        return listening
