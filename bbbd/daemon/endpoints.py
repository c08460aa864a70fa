"""The endpoints that a daemon listens on, from the settings. ``tls:`` before any of them adds TLS."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IListeningPort, IStreamServerEndpoint
from twisted.logger import Logger

from bbbd.daemon.activation import PREFIX, activated, warn_of_unused
from bbbd.daemon.certificates import Certificates
from bbbd.daemon.options import SETTINGS, leave
from bbbd.daemon.tls_transport import TlsEndpoint
from bbbd.settings.certificate import BadCertificate
from bbbd.settings.endpoints import is_tls, without_tls
from bbbd.settings.settings import Settings

_log = Logger()


def server_endpoints(settings: Settings, reactor: Any, certificates: Certificates) -> list[IStreamServerEndpoint]:
    """Return the endpoints of ``bbbd.listen``; exit when one is none, or has no certificate."""
    endpoints: list[IStreamServerEndpoint] = []
    for text in settings.listen:
        found = _plain_endpoints(text, reactor)
        if is_tls(text):
            _load(certificates)
            found = [TlsEndpoint(endpoint, certificates.begin, reactor) for endpoint in found]
        endpoints += found
    warn_of_unused(settings.listen)
    if PREFIX in settings.listen[0] and not settings.named_url:
        _log.warn(
            "the port of a socket from systemd is not known to bbbd, so links lead to {url}: set {setting}",
            event="server_url_unknown",
            url=settings.server_url,
            setting="bigbluebutton.web.serverURL",
        )
    return endpoints


def _plain_endpoints(text: str, reactor: Any) -> list[IStreamServerEndpoint]:
    """Return the endpoints below TLS that a text describes: several only of systemd."""
    plain = without_tls(text)
    try:
        return activated(reactor, plain) if plain.startswith(PREFIX) else [serverFromString(reactor, plain)]
    except (ValueError, TypeError, LookupError) as fault:
        if plain.startswith(PREFIX):
            leave(SETTINGS, f"bbbd.listen: {text}: {fault}")
        is_short = is_tls(text) and not plain[:1].isalpha()
        more = "; tls: stands before an endpoint, as in tls:tcp:443" if is_short else ""
        leave(SETTINGS, f'bbbd.listen: "{text}" is not a Twisted server endpoint ({fault}){more}')


def _load(certificates: Certificates) -> None:
    try:
        certificates.load()
    except BadCertificate as fault:
        leave(SETTINGS, f"bbbd: {fault}")


def ports_of(listening: Iterable[IListeningPort]) -> frozenset[int]:
    """Return the numbers of the ports that are listened on; a unix socket has none."""
    hosts = [port.getHost() for port in listening]
    return frozenset(host.port for host in hosts if isinstance(host, (IPv4Address, IPv6Address)))


def open_to_others(settings: Settings) -> str:
    """Return an endpoint that other machines can reach, empty when there is none."""
    for endpoint in settings.listen:
        interface = re.search(r"interface=((?:[^:\\]|\\.)*)", endpoint)
        host = interface[1].replace("\\", "") if interface else ""
        if (
            host not in ("localhost", "::1")
            and not host.startswith("127.")
            and not without_tls(endpoint).startswith("unix:")
        ):
            return endpoint
    return ""
