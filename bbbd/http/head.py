"""Heads of requests and of refusals: which requests have one meaning only, and the bytes of an answer that closes."""

from __future__ import annotations

import ipaddress
import re

from twisted.web.http_headers import Headers

from bbbd.limits import Limit

_REASONS = {
    200: b"OK",
    400: b"Bad Request",
    401: b"Unauthorized",
    403: b"Forbidden",
    405: b"Method Not Allowed",
    408: b"Request Timeout",
    409: b"Conflict",
    413: b"Content Too Large",
    414: b"URI Too Long",
    415: b"Unsupported Media Type",
    429: b"Too Many Requests",
    431: b"Request Header Fields Too Large",
    507: b"Insufficient Storage",
}
#: The limits behind the statuses of refusals.
LIMITS = {
    400: Limit.FRAMING,
    408: Limit.SLOW_REQUEST,
    409: Limit.DOCUMENTS,
    413: Limit.BODY,
    414: Limit.REQUEST_LINE,
    431: Limit.HEAD,
    507: Limit.BODIES,
}
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|[A-Za-z0-9._~%!$&'()*+;=,-]+)(?::([0-9]{0,5}))?")
_SLASHES = re.compile(rb"//+")


def is_host(text: str) -> bool:
    """Return whether a text is a host, with or without a port, as RFC 3986 has it."""
    found = _HOST.fullmatch(text)
    if found is None or int(found[2] or 0) > 65_535:
        return False
    try:
        return not found[1] or bool(ipaddress.IPv6Address(found[1]))
    except ValueError:
        return False


def is_clear(headers: Headers, version: bytes) -> bool:
    """Return whether a head has one host (HTTP/1.0: at most one) and one length, so that every proxy reads the same."""
    hosts = headers.getRawHeaders(b"Host", [])
    if len(hosts) > 1 or (not hosts and version != b"HTTP/1.0"):
        return False
    encodings = headers.getRawHeaders(b"Transfer-Encoding", [])
    if encodings and (version == b"HTTP/1.0" or [one.strip().lower() for one in encodings] != [b"chunked"]):
        return False
    return all(is_host(host.decode("latin-1").strip()) for host in hosts)


def one_slash(target: bytes) -> bytes:
    """Return a target in whose path several slashes in a row are one."""
    path, mark, query = target.partition(b"?")
    return _SLASHES.sub(b"/", path) + mark + query if b"//" in path else target


def closing_answer(status: int, content_type: bytes = b"", text: bytes = b"") -> bytes:
    """Return an answer after which the connection is closed; without a type it has no text."""
    more = b"Content-Type: %b\r\nCache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\n" % content_type
    return b"HTTP/1.1 %d %b\r\nContent-Length: %d\r\n%bServer: bbbd\r\nConnection: close\r\n\r\n%b" % (
        status,
        _REASONS[status],
        len(text),
        more if content_type else b"",
        text,
    )
