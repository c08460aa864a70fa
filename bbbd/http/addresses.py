"""Addresses of the other sides of connections."""

from __future__ import annotations

import ipaddress


def address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return an address; an IPv4 one also where a listener for both kinds writes it as IPv6."""
    address = ipaddress.ip_address(host)
    return getattr(address, "ipv4_mapped", None) or address


def host_of(peer: object) -> str:
    """Return a peer's address as text, empty for a unix socket."""
    host = getattr(peer, "host", "")
    return str(address_of(host)) if host else ""
