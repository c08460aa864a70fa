"""Server endpoints of Twisted, read as text: the URL that one serves, and its port."""

from __future__ import annotations

import re


def url_of(endpoint: str) -> str:
    """Return the server URL of an endpoint: its interface, else localhost, and its port."""
    scheme, *words = [re.sub(r"\\(.)", r"\1", part) for part in re.split(r"(?<!\\):", endpoint)]
    options = dict(part.split("=", 1) for part in words if "=" in part)
    host = options.get("interface") or "localhost"
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = "localhost"
    port = options.get("port") or next((part for part in words if part.isdigit()), "8090")
    return f"{'https' if scheme in ('ssl', 'tls') else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def port_of(endpoint: str) -> int | None:
    """Return the port that an endpoint listens on, None when it has none."""
    words = re.split(r"(?<!\\):", endpoint)[1:]
    named = next((part.removeprefix("port=") for part in words if part.startswith("port=")), "")
    text = named or next((part for part in words if part.isdigit()), "")
    return int(text) if text.isdigit() else None
