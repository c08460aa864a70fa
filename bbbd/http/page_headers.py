"""Security headers of pages: the scripts that a page may run, and the sites that may show it in a frame."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

_POLICY = b"Content-Security-Policy"
_OPENER = b"Cross-Origin-Opener-Policy"
#: Types that a browser shows as a page of their own, those of errors among them.
_SHOWN = (b"text/html", b"text/plain", b"image/svg+xml")
#: The hosts that a policy can name: not IPv6 addresses.
_NAMEABLE = re.compile(r"[A-Za-z0-9._-]+(?::[0-9]+)?")


def protect(headers: dict[bytes, list[bytes]], content_type: bytes, frames: Sequence[str]) -> None:
    """Complete the headers of a page: its frames are only those of ``frames``, and its opener cannot reach it."""
    if not content_type.startswith(_SHOWN):
        return
    policy = headers.get(_POLICY, [b""])[-1]
    if b"frame-ancestors" not in policy:
        ancestors = f"frame-ancestors {' '.join(frames) or chr(39) + 'none' + chr(39)}".encode()
        headers[_POLICY] = [policy + b"; " + ancestors if policy else ancestors]
    headers.setdefault(_OPENER, [b"same-origin-allow-popups"])


def sources_below(path: str, server_url: str, host: str | None) -> str:
    """Return the policy's sources for the files below a path of this server, at each of its addresses.

    ``'self'`` would include the files of recordings, which come from strangers. ``host`` is that of the request: people
    may reach a server by another address than its URL says.
    """
    url = urlsplit(server_url)
    sources = [f"{url.scheme}://{url.netloc}{path}"] if _NAMEABLE.fullmatch(url.netloc) else []
    if host and host.lower() != url.netloc.lower() and _NAMEABLE.fullmatch(host):
        sources.append(f"{host}{path}")
    return " ".join(sources) or "'self'"
