"""Addresses of clients."""

from __future__ import annotations

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=4096)
def address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return an address. IPv4 stays IPv4, even if a listener for both writes it as IPv6."""
    address = ipaddress.ip_address(host)
    return getattr(address, "ipv4_mapped", None) or address


def host_of(peer: object) -> str:
    """Return the address of a peer as text, empty for a unix socket."""
    host = getattr(peer, "host", "")
    return str(address_of(host)) if host else ""
