"""Socket activation: endpoints on sockets that systemd opened and handed over, such as port 443 without a privilege.

``systemd:name=https`` is all sockets of that name (``FileDescriptorName=`` of the socket unit), ``systemd:index=0`` one
by its place. The family is the socket's own. Twisted reads which sockets there are, once in a process, and leaves only
their names in the environment.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Collection
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import AdoptedStreamServerEndpoint, serverFromString
from twisted.internet.interfaces import IListeningPort, IProtocolFactory, IStreamServerEndpoint
from twisted.logger import Logger
from zope.interface import implementer

_log = Logger()

PREFIX = "systemd:"


@implementer(IListeningPort)
class _KeptPort:
    """A port on a unix socket of systemd. Twisted would delete the socket's file, which the next daemon needs."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def startListening(self) -> None:
        """Listen again."""
        self._port.startReading()

    def stopListening(self) -> None:
        """Accept nothing more: who connects now waits for the next daemon."""
        self._port.stopReading()

    def getHost(self) -> Any:
        """Return the address."""
        return self._port.getHost()


@implementer(IStreamServerEndpoint)
class _UnixEndpoint:
    """An endpoint on a unix socket of systemd."""

    def __init__(self, adopted: AdoptedStreamServerEndpoint) -> None:
        self._adopted = adopted

    def listen(self, factory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Listen."""
        listening: Deferred[Any] = self._adopted.listen(factory)
        return listening.addCallback(_KeptPort)


def handed_over() -> list[str]:
    """Return the names of all sockets that were handed over, in their order."""
    return [name for name in os.environ.get("LISTEN_FDNAMES", "").split(":") if name]


def activated(reactor: Any, description: str) -> list[IStreamServerEndpoint]:
    """Return the endpoints of a ``systemd:`` description. Raises ``ValueError`` when there is no such socket."""
    options = dict(part.partition("=")[::2] for part in description.removeprefix(PREFIX).split(":"))
    name, index = options.get("name", ""), options.get("index", "")
    if bool(name) == bool(index) or (index and not index.isdigit()):
        raise ValueError("it wants a name or an index, such as systemd:name=https")
    places = [int(index)] if index else [place for place, one in enumerate(handed_over()) if one == name]
    endpoints = [_adopted(reactor, place) for place in places]
    if not endpoints or None in endpoints:
        raise ValueError(f"no socket {f'called {name}' if name else f'number {index}'} was handed over ({_names()})")
    return [endpoint for endpoint in endpoints if endpoint is not None]


def _adopted(reactor: Any, place: int) -> IStreamServerEndpoint | None:
    """Return the endpoint of a socket by its place; None when there is none."""
    try:
        endpoint: Any = serverFromString(reactor, f"{PREFIX}domain=INET:index={place}")
        with socket.socket(fileno=os.dup(endpoint.fileno)) as copy:
            listens = copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            endpoint.addressFamily = copy.family
    except (LookupError, OSError):
        return None
    if not listens:
        raise ValueError("the socket that was handed over is not one that listens for connections (ListenStream=)")
    adopted: IStreamServerEndpoint = _UnixEndpoint(endpoint) if copy.family is socket.AF_UNIX else endpoint
    return adopted


def _names() -> str:
    names = os.environ.get("LISTEN_FDNAMES")
    return "LISTEN_FDNAMES is not set: is the socket unit started?" if names is None else f"LISTEN_FDNAMES={names}"


def warn_of_unused(descriptions: Collection[str]) -> None:
    """Log the sockets that were handed over and that no description names: who connects there waits in vain."""
    used = {part.partition("=")[2] for one in descriptions for part in one.split(PREFIX)[-1].split(":")}
    for place, name in enumerate(handed_over()):
        if name not in used and str(place) not in used:
            _log.warn(
                "systemd handed over a socket called {name}, which bbbd.listen does not use: add systemd:name={name}",
                event="socket_unused",
                name=name,
            )
