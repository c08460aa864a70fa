"""The HTTP agent of all outgoing requests: guarded, bounded in time and bytes, never redirected.

The name is resolved once, all its addresses must be allowed, and the connection goes to one of those addresses (DNS
rebinding gains nothing). It uses Twisted's own agent rather than treq, which would unpack answers that are discarded.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

from OpenSSL.crypto import Error as CryptoError
from OpenSSL.SSL import Error as SSLError
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.error import ConnectError, ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import (
    IProtocol,
    IProtocolFactory,
    IReactorTCP,
    IReactorTime,
    IStreamClientEndpoint,
)
from twisted.internet.protocol import Factory
from twisted.internet.ssl import Certificate, optionsForClientTLS, trustRootFromCertificates
from twisted.logger import Logger
from twisted.protocols.policies import ProtocolWrapper
from twisted.web.client import URI, Agent, ResponseFailed
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory, IResponse
from zope.interface import implementer

from bbbd import __version__
from bbbd.egress.kept_connections import KeptConnection, KeptConnections
from bbbd.egress.outgoing_request import OutgoingRequest, as_ascii, destination_of, encode_request
from bbbd.egress.receiver_connection import ReceivedAnswer, ReceiverConnection
from bbbd.egress.response_limits import MOST_BYTES, BoundedFactory, ShortBody
from bbbd.egress.ssrf_guard import ForbiddenTarget, SsrfGuard, Target, is_literal, target_of
from bbbd.settings.current import CurrentSettings
from bbbd.settings.settings import Settings
from bbbd.storage.group_commit import Thread

_log = Logger()

#: Seconds to connect, and for the whole request.
CONNECT_WITHIN = 5
WITHIN = 15
_LATE = f"no answer within {WITHIN} s"

#: Returns the addresses of a name. Waits for the resolver; raises ``OSError``.
Names = Callable[[str], list[str]]


def look_up(host: str) -> list[str]:
    """Return the addresses of a name from the system's resolver. Waits; raises ``OSError``."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise socket.gaierror(socket.EAI_NONAME, "it is no name of a host") from None
    return list(dict.fromkeys(str(address[0]) for _family, _kind, _protocol, _name, address in found))


class Unanswered(Exception):
    """No answer; the text is the reason."""


def _largest(_settings: Settings) -> int:
    return MOST_BYTES


class OutgoingAgent:
    """Makes requests. ``lookup`` runs ``names`` in a thread; ``largest`` limits the bytes of a connection."""

    def __init__(
        self,
        *,
        reactor: IReactorTCP,
        guard: SsrfGuard,
        names: Names,
        lookup: Thread,
        current: CurrentSettings,
        largest: Callable[[Settings], int] = _largest,
    ) -> None:
        self._reactor = reactor
        self._timer = cast("IReactorTime", reactor)
        self._guard = guard
        self._names = names
        self._lookup = lookup
        self._current = current
        self._largest = largest
        self._agent = Agent.usingEndpointFactory(reactor, _Endpoints(self))
        self._kept = KeptConnections(self._timer)

    async def send(self, call: OutgoingRequest, *, more: bool = False) -> ReceivedAnswer:
        """Make a request and return how it is answered. Raises ``ForbiddenTarget`` and ``Unanswered``.

        With ``more`` the next request to the same place follows at once: the connection stays open for it.
        """
        answered = Deferred.fromCoroutine(self._send(call, more=more))
        answered.addTimeout(WITHIN, self._timer)
        try:
            return await answered
        except (ForbiddenTarget, Unanswered):
            raise
        except (DeferredTimeout, CancelledError):
            raise Unanswered(_LATE) from None
        except Exception as fault:
            raise Unanswered(describe_fault(fault)) from None

    async def request(self, call: OutgoingRequest) -> IResponse:
        """Make a request and return the answer before its body. Raises any fault; ``describe_fault`` explains it."""
        target_of(call.url)
        headers = Headers({"User-Agent": [f"bbbd/{__version__}"]})
        for name, value in call.headers.items():
            headers.setRawHeaders(name, [value])
        body = ShortBody(call.body) if call.method == "POST" else None
        response: IResponse = await self._agent.request(call.method.encode(), as_ascii(call.url), headers, body)
        return response

    async def _send(self, call: OutgoingRequest, *, more: bool) -> ReceivedAnswer:
        target = destination_of(call.url).target
        request = encode_request(call, more=more)
        if (kept := self._kept.take(target, self._current.settings)) is not None:
            try:
                self._guard.check(kept.address, target.port)
                return await self._ask(kept, request, more=more)
            except ForbiddenTarget:
                kept.connection.close()
                raise
            except (ConnectionDone, ConnectionLost):
                # The receiver closed it in the moment in which it was asked: that was no refusal.
                if kept.connection.is_heard:
                    raise
        return await self._ask(await self._connect_to_keep(target), request, more=more)

    async def _connect_to_keep(self, target: Target) -> KeptConnection:
        settings, made_at = self._current.settings, self._timer.seconds()
        connection, address = await self._connect(target, Factory.forProtocol(partial(ReceiverConnection, self._timer)))
        return KeptConnection(connection, target, address, settings, made_at)

    async def _ask(self, kept: KeptConnection, request: bytes, *, more: bool) -> ReceivedAnswer:
        answer = await kept.connection.ask(request)
        if more:
            self._kept.keep(kept)
        else:
            kept.connection.close()
        return answer

    def warn_of(self, url: str) -> None:
        """Log a warning for a URL that the guard forbids. Names are resolved only when they are called."""
        try:
            target = target_of(url)
            if target.host == "localhost":
                target = target._replace(host="127.0.0.1")
            if is_literal(target.host):
                self._guard.check(target.host, target.port)
        except ForbiddenTarget as fault:
            _log.warn("callback refused: {why}", event="callback_refused", why=str(fault))

    async def addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host, all of them allowed. Raises ``ForbiddenTarget`` and ``Unanswered``."""
        try:
            found = [host] if is_literal(host) else await self._lookup(partial(self._names, host))
        except OSError as fault:
            raise Unanswered(f"{host} has no address ({fault.strerror or fault})") from None
        if not found:
            raise Unanswered(f"{host} has no address")
        return [self._guard.check(address, port) for address in found]

    async def connect(self, uri: URI, factory: IProtocolFactory) -> Any:
        """Connect to the host of a URI, over TLS for https, within a limit of bytes."""
        target = Target(uri.scheme.decode("ascii"), uri.host.decode("ascii"), uri.port)
        bounded, _address = await self._connect(target, BoundedFactory(factory, self._largest(self._current.settings)))
        return cast("ProtocolWrapper", bounded).wrappedProtocol

    async def _connect(self, target: Target, factory: IProtocolFactory) -> tuple[Any, str]:
        """Return a connection to a target, over TLS for https, and the address that it leads to."""
        factory.noisy = False  # type: ignore[attr-defined] # no line of the log for each connection
        options = None
        if target.scheme == "https":
            trusted = await self._lookup(partial(_trusted, self._current.settings.callback_authorities))
            options = optionsForClientTLS(target.host, trustRoot=trusted)
        fault: Exception = Unanswered("no address")
        for address in await self.addresses(target.host, target.port):
            endpoint = _endpoint(self._reactor, address, target.port)
            if options is not None:
                endpoint = wrapClientTLS(options, endpoint)
            try:
                return await endpoint.connect(factory), address
            except ConnectError as failed:
                fault = failed
        raise fault


def _endpoint(reactor: IReactorTCP, address: str, port: int) -> IStreamClientEndpoint:
    kind = TCP6ClientEndpoint if ":" in address else TCP4ClientEndpoint
    endpoint: IStreamClientEndpoint = kind(reactor, address, port, timeout=CONNECT_WITHIN)
    return endpoint


def _trusted(path: str) -> Any:
    """Return the authorities of a PEM file, None for the system's. Waits for the disk; raises ``Unanswered``."""
    if not path:
        return None
    try:
        # Such files contain comments between the blocks, in any encoding.
        blocks = re.findall(
            rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", Path(path).read_bytes(), re.DOTALL
        )
        certificates = [Certificate.loadPEM(block) for block in blocks]
    except (OSError, ValueError, CryptoError) as fault:
        raise Unanswered(f"bbbd.callbackCA cannot be read: {fault}") from None
    if not certificates:
        raise Unanswered("bbbd.callbackCA has no certificate")
    return trustRootFromCertificates(certificates)


def describe_fault(fault: BaseException) -> str:
    """Return a fault in plain words, without any part of the request."""
    if isinstance(fault, ResponseFailed):
        return describe_fault(fault.reasons[0].value)
    if isinstance(fault, SSLError) and fault.args and isinstance(fault.args[0], list):
        return "TLS: " + ", ".join(str(reason) for _library, _function, reason in fault.args[0])[:200]
    if isinstance(fault, ConnectionAborted):
        return "it sends more than is taken"
    return str(fault)[:200] or type(fault).__name__


@implementer(IAgentEndpointFactory)
class _Endpoints:
    def __init__(self, outgoing: OutgoingAgent) -> None:
        self._outgoing = outgoing

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:
        return _Checked(self._outgoing, uri)


@implementer(IStreamClientEndpoint)
class _Checked:
    """An endpoint whose name is resolved and checked when it connects."""

    def __init__(self, outgoing: OutgoingAgent, uri: URI) -> None:
        self._outgoing = outgoing
        self._uri = uri

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:  # noqa: N803 - Twisted's name
        return Deferred.fromCoroutine(self._outgoing.connect(self._uri, protocolFactory))
