"""Answers that refuse a request and close the connection: their bytes, and the limits behind their statuses."""

from __future__ import annotations

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
