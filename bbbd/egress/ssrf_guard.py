"""The SSRF guard: checks the URLs that this server calls, and each address of their names.

Only holders of the shared secret name URLs, but they must not reach hosts behind this server's firewall.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from bbbd.settings.current import CurrentSettings
from bbbd.values.texts import has_controls
from bbbd.values.value_types import Networks

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PORTS = {"http": 80, "https": 443}
#: The lowest allowed port besides 80 and 443.
_LEAST_PORT = 1024
#: A host with such a last label is an address for some resolvers: ``127.1``, ``0x7f000001``.
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?")


def _networks(*texts: str) -> Networks:
    return tuple(ipaddress.ip_network(text) for text in texts)


#: Never called, whatever the settings say: link-local and metadata, this network, multicast, reserved and broadcast,
#: documentation and benchmarks, and forms of IPv6 that stand for any IPv4 address.
_NEVER = _networks(
    "169.254.0.0/16",
    "0.0.0.0/8",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "198.18.0.0/15",
    "192.88.99.0/24",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
    "fd00:ec2::254/128",
    "2001:db8::/32",
    "3fff::/20",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "2002::/16",
    "2001::/32",
    "100::/64",
    "::ffff:0:0:0/96",
) + tuple(ipaddress.IPv6Network("::/96").address_exclude(ipaddress.IPv6Network("::1/128")))
_LOOPBACK = _networks("127.0.0.0/8", "::1/128")
#: Called only where a setting names them.
_PRIVATE = _networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")


class ForbiddenTarget(ValueError):
    """A target that is not called; the text is the reason, and names the setting that would allow it."""


class Target(NamedTuple):
    """The target of a URL."""

    scheme: str
    host: str
    port: int


def target_of(url: str) -> Target:
    """Return the target of a URL. Raises ``ForbiddenTarget`` for URLs that are never called."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ForbiddenTarget("the URL cannot be read") from None
    if has_controls(url) or re.search(r"[\s\\]", url):
        raise ForbiddenTarget("a URL with a blank, a backslash or a control character in it is not called")
    if parts.scheme not in PORTS or not host:
        raise ForbiddenTarget("only http and https URLs are called")
    if "@" in parts.netloc:
        raise ForbiddenTarget("a URL with a user in it is not called")
    number = PORTS[parts.scheme] if port is None else port
    if number not in PORTS.values() and number < _LEAST_PORT:
        raise ForbiddenTarget(f"port {number} is not called")
    if ("[" in parts.netloc or _NUMERIC.fullmatch(host)) and _literal(host) is None:
        raise ForbiddenTarget(f"{host} is no address that is written plainly")
    return Target(parts.scheme, host, number)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_literal(host: str) -> bool:
    """Return whether a host is an address rather than a name."""
    return _literal(host) is not None


def _network_of(address: Address, networks: Networks) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    return next((network for network in networks if address in network), None)


class Purpose(Enum):
    """The purpose of a connection: the name of the setting with the networks it may go to beside public ones."""

    CALLBACKS = "bbbd.callbackNetworks"
    SLIDES = "bbbd.slidesNetworks"


class SsrfGuard:
    """Checks addresses before bbbd connects to them. ``is_own_address`` recognises the addresses of this machine."""

    def __init__(
        self,
        current: CurrentSettings,
        purpose: Purpose = Purpose.CALLBACKS,
        *,
        is_own_address: Callable[[Address], bool] | None = None,
    ) -> None:
        self._current = current
        self._purpose = purpose
        self._is_own_address = is_own_address or is_bindable

    def check(self, text: str, port: int) -> str:
        """Return an address if a connection to it is allowed. Raises ``ForbiddenTarget``."""
        settings, setting = self._current.settings, self._purpose.value
        allowed = settings.callback_networks if self._purpose is Purpose.CALLBACKS else settings.slides_networks
        address, plainly = _allowed_address(text, allowed, setting)
        if port in settings.own_ports | self._current.ports and self._is_own_address(address):
            raise ForbiddenTarget(f"{address} port {port} is bbbd itself")
        return plainly


@lru_cache(maxsize=1024)
def _allowed_address(text: str, allowed: Networks, setting: str) -> tuple[Address, str]:
    """Return the address of a text, and its text, if networks allow it. Raises ``ForbiddenTarget``: not cached."""
    given = _literal(text.partition("%")[0])
    if given is None:
        raise ForbiddenTarget(f"{text} is no address")
    address: Address = getattr(given, "ipv4_mapped", None) or given
    if _network_of(address, _NEVER):
        raise ForbiddenTarget(f"{address} is never called")
    loopback = _network_of(address, _LOOPBACK)
    if loopback and not any(_is_subnet(network, loopback) and address in network for network in allowed):
        raise ForbiddenTarget(f"{address} is this machine; {setting}={loopback} allows it")
    private = _network_of(address, _PRIVATE)
    if private and not _network_of(address, allowed):
        raise ForbiddenTarget(f"{address} is private; {setting}={private} allows it")
    if not (loopback or private or address.is_global or _network_of(address, allowed)):
        raise ForbiddenTarget(f"{address} is not public")
    return address, str(address)


def _is_subnet(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network, other: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> bool:
    """Return whether a network lies within another: 0.0.0.0/0 does not allow loopback."""
    return network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]


def is_bindable(address: Address) -> bool:
    """Return whether an address is one of this machine: only then can a socket bind to it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True
