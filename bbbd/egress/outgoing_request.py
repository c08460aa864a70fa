"""An outgoing request: what it says, and its bytes as they are sent. What depends on its URL alone is computed once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from hyperlink import URL
from twisted.web.client import URI

from bbbd import __version__
from bbbd.egress.ssrf_guard import PORTS, Target, target_of
from bbbd.values.urls import with_path

#: Printable characters that RFC 3986 allows in no URL; strict servers refuse a request line with one.
_FORBIDDEN = re.compile(rb"[\"<>\\\\^`{|}]")
#: URLs whose destinations are kept: somewhat more than there may be hooks of all meetings.
_MOST_KEPT = 1024


class OutgoingRequest(NamedTuple):
    """A whole request; only the headers that HTTP needs are added.

    ``added_query`` is the end of the query, encoded: what differs between the requests to one URL.
    """

    method: str
    url: str
    body: bytes = b""
    headers: Mapping[str, str] = {}
    added_query: str = ""

    @property
    def query(self) -> str:
        """The query that is sent."""
        return "&".join(part for part in (urlsplit(self.url).query, self.added_query) if part)


class Destination(NamedTuple):
    """Where a URL leads: ``host`` is the value of that header, ``path`` that of the request line, with its query."""

    target: Target
    host: bytes
    path: bytes


@lru_cache(maxsize=_MOST_KEPT)
def destination_of(url: str) -> Destination:
    """Return where a URL leads. Raises ``ForbiddenTarget`` for URLs that are never called."""
    target_of(url)
    uri = URI.fromBytes(as_ascii(url))
    target = Target(uri.scheme.decode(), uri.host.decode(), uri.port)
    host = b"[%b]" % uri.host if b":" in uri.host else uri.host
    if PORTS[target.scheme] != target.port:
        host = b"%b:%d" % (host, target.port)
    return Destination(target, host, uri.originForm)


def as_ascii(url: str) -> bytes:
    """Return a URL for the request line: as it was given, with a path, and with forbidden characters escaped."""
    ascii_url = url if url.isascii() else URL.from_text(url).to_uri().to_text()
    return _FORBIDDEN.sub(lambda found: b"%%%02X" % found[0][0], with_path(ascii_url).encode("ascii"))


def encode_request(call: OutgoingRequest, *, more: bool) -> bytes:
    """Return the bytes of a request. Values of headers have no line ends: bbbd makes all of them."""
    destination = destination_of(call.url)
    path = destination.path
    if call.added_query:
        path += (b"&" if b"?" in path else b"?") + call.added_query.encode("ascii")
    headers = {"User-Agent": f"bbbd/{__version__}", **call.headers}
    if not more:
        headers["Connection"] = "close"
    if call.method == "POST":
        headers["Content-Length"] = str(len(call.body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    assert lines.count("\n") == len(headers)
    return b"%b %b HTTP/1.1\r\nHost: %b\r\n%b\r\n%b" % (
        call.method.encode(),
        path,
        destination.host,
        lines.encode(),
        call.body if call.method == "POST" else b"",
    )
