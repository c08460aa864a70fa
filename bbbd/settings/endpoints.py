"""Server endpoints of Twisted, read as text: the URL that one serves, its port, and whether ``tls:`` is before it."""

from __future__ import annotations

import re
from functools import lru_cache

_TLS = "tls:"


def is_tls(endpoint: str) -> bool:
    """Return whether bbbd itself adds TLS to an endpoint."""
    return endpoint.startswith(_TLS)


def without_tls(endpoint: str) -> str:
    """Return the endpoint below TLS, as Twisted knows it."""
    return endpoint.removeprefix(_TLS)


@lru_cache(maxsize=16)
def url_of(endpoint: str) -> str:
    """Return the server URL of an endpoint: its interface, else localhost, and its port unless it is the usual one."""
    kind, *words = [re.sub(r"\\(.)", r"\1", part) for part in re.split(r"(?<!\\):", without_tls(endpoint))]
    scheme, usual = ("https", "443") if is_tls(endpoint) or kind == "ssl" else ("http", "80")
    options = dict(part.split("=", 1) for part in words if "=" in part)
    host = options.get("interface") or "localhost"
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = "localhost"
    unknown = usual if scheme == "https" else "8090"
    port = options.get("port") or next((part for part in words if part.isdigit()), unknown)
    return f"{scheme}://{f'[{host}]' if ':' in host else host}" + (f":{port}" if port != usual else "")


def port_of(endpoint: str) -> int | None:
    """Return the port that an endpoint listens on, None when it has none."""
    words = re.split(r"(?<!\\):", without_tls(endpoint))[1:]
    named = next((part.removeprefix("port=") for part in words if part.startswith("port=")), "")
    text = named or next((part for part in words if part.isdigit()), "")
    return int(text) if text.isdigit() else None


@lru_cache(maxsize=16)
def ports_of(endpoints: tuple[str, ...]) -> frozenset[int]:
    """Return the ports that endpoints listen on."""
    return frozenset(port for port in map(port_of, endpoints) if port is not None)
