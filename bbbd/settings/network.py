"""The network: the endpoints that bbbd listens on, the public URL, proxies, and STUN and TURN servers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bbbd.settings.endpoints import ports_of, url_of
from bbbd.values.enums import TlsVersion
from bbbd.values.fields import given
from bbbd.values.value_types import (
    BOOLEAN,
    FILE,
    HTTP_URL,
    NETWORKS,
    SECONDS,
    TEXT,
    Networks,
    ValueType,
    enum,
    number,
    size,
)

ENDPOINTS = ValueType("one or more Twisted server endpoints, separated by spaces", lambda text: tuple(text.split()))

_ICE_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?"


def _ice(allowed: str, expression: str) -> ValueType[tuple[str, ...]]:
    """Return a kind for a list of STUN or TURN URLs, as RFC 7064 and 7065 define them."""
    compiled = re.compile(expression)

    def read(text: str) -> tuple[str, ...]:
        urls = tuple(text.replace(",", " ").split())
        if wrong := next((url for url in urls if not compiled.fullmatch(url)), ""):
            raise ValueError(f"contains {wrong[:100]!r}; allowed are {allowed}")
        return urls

    return ValueType(allowed, read)


STUN_URLS = _ice("URLs like stun:stun.example.org:3478, separated by spaces", f"stuns?:{_ICE_HOST}")

TURN_URLS = _ice(
    "URLs like turns:turn.example.org:443?transport=tcp, separated by spaces",
    rf"turns?:{_ICE_HOST}(?:\?transport=(?:udp|tcp))?",
)


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class NetworkSettings:
    """Settings of the network."""

    listen: tuple[str, ...] = given(
        "bbbd.listen",
        ENDPOINTS,
        "The endpoints that bbbd listens on. `tls:` before any of them makes it https: `tls:tcp:443`.",
        default=("tcp:8090:interface=127.0.0.1",),
        restart=True,
    )
    certificate: str = given(
        "bbbd.certificate",
        FILE,
        "The certificate of `tls:` endpoints, a PEM file: the server's own first, then those of its authorities."
        " Empty: the file `tls.crt` among the credentials of systemd. bbbd reads a changed file within a minute.",
        default="",
    )
    private_key: str = given(
        "bbbd.privateKey",
        FILE,
        "The private key of the certificate, a PEM file without a passphrase. Empty: the file `tls.key` among"
        " the credentials of systemd.",
        default="",
    )
    tls_minimum: TlsVersion = given(
        "bbbd.tlsMinimum", enum(TlsVersion), "The lowest version of TLS.", default=TlsVersion.TLS_1_2
    )
    hsts_seconds: int = given(
        "bbbd.hstsSeconds",
        SECONDS,
        "How long browsers that were here once use https alone for this host name (Strict-Transport-Security);"
        " 0 takes it back. Sent only over `tls:` endpoints.",
        default=31_536_000,
    )
    named_url: str = given(
        "bigbluebutton.web.serverURL",
        HTTP_URL,
        "The public URL of this server. bbbd builds all links from it. Empty: the URL of the first"
        " endpoint in `bbbd.listen`.",
        default="",
    )
    trusted_proxies: Networks = given(
        "bbbd.trustedProxies",
        NETWORKS,
        "Proxies whose X-Forwarded-For header bbbd trusts. bbbd also trusts every proxy that connects"
        " over a unix socket.",
        default=NETWORKS.read("127.0.0.0/8 ::1"),
    )
    metrics_from: Networks = given(
        "bbbd.metricsFrom",
        NETWORKS,
        "The networks that may read `/metrics`, by the caller's real address: behind a trusted proxy the one in"
        " X-Forwarded-For. Everybody else gets 404. When `bbbd.maxConnections` is reached, probes of health from these"
        " networks and from trusted proxies still get through.",
        default=NETWORKS.read("127.0.0.0/8 ::1"),
    )
    max_connections: int = given(
        "bbbd.maxConnections",
        number("a number of connections"),
        "The largest number of open connections; 0 is no limit.",
        default=12_000,
    )
    max_bodies_in_hand: int = given(
        "bbbd.maxBodiesInHand",
        size(least=1 << 20),
        "The most bytes of request bodies that bbbd receives at a time, all together; further ones get"
        " `diskFull`. Archives of recordings do not count: the free disk space alone limits them.",
        default=1 << 30,
    )
    max_message: int = given(
        "bbbd.maxMessage",
        size(least=16 << 10),
        "The largest message of a client over its WebSocket; a larger one closes the connection.",
        default=64 << 10,
    )
    stop_within: int = given(
        "bbbd.stopWithinSeconds",
        SECONDS,
        "The longest time that a stop waits: for meetings (`bbbd.drainOnStop`), requests in progress and connections.",
        default=20,
    )
    drain_on_stop: bool = given(
        "bbbd.drainOnStop",
        BOOLEAN,
        "A stop refuses new meetings and waits until the others have ended, at most `bbbd.stopWithinSeconds`.",
        default=False,
    )
    stun_servers: tuple[str, ...] = given(
        "bbbd.stunServers", STUN_URLS, "STUN servers. Browsers learn their public address from them.", default=()
    )
    turn_servers: tuple[str, ...] = given(
        "bbbd.turnServers",
        TURN_URLS,
        "TURN servers (relays), for browsers that cannot connect to each other. Sent only when"
        " `bbbd.turnSecret` is set.",
        default=(),
    )
    turn_secret: str = given(
        "bbbd.turnSecret",
        TEXT,
        "The shared secret of the TURN servers (`static-auth-secret` in coturn). bbbd makes a user name"
        " and a password for each person with it.",
        default="",
        secret=True,
    )
    turn_lifetime: int = given(
        "bbbd.turnLifetimeSeconds",
        number("a number of seconds", 60),
        "How long a TURN user name and password are valid.",
        default=86_400,
    )

    @property
    def server_url(self) -> str:
        """The public URL of this server: the setting, else the URL of the first endpoint."""
        return self.named_url or url_of(self.listen[0])

    def url(self, path: str) -> str:
        """Return the URL of a path on this server."""
        return self.server_url.rstrip("/") + path

    @property
    def own_ports(self) -> frozenset[int]:
        """The ports that this server listens on."""
        return ports_of(self.listen)
