"""The words of a refusal: a receiver's status line and the first 200 bytes of its body, without secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from bbbd.egress.outgoing_request import OutgoingRequest
from bbbd.egress.receiver_connection import ReceivedAnswer
from bbbd.values.texts import without_controls

#: Bytes of the body that are kept.
MOST_KEPT = 200
#: Characters of the status line that are kept.
_LONGEST_LINE = 100
#: Values of a query that are so long may be the application's own keys.
_SHORTEST_KEY = 16
#: Values of metadata that are so long may be keys as well, or names.
_SHORTEST_VALUE = 4
#: The members of a body whose values are passwords, names and texts of people.
_PRIVATE = frozenset(("moderator-pass", "viewer-pass", "name", "message"))


def excerpt(answer: ReceivedAnswer, request: OutgoingRequest, secrets: tuple[str, ...]) -> str:
    """Return the status line and the start of the body, on one line.

    Error pages repeat the request, so its tokens and checksums are left out, and what it tells of people.
    """
    body = _one_line(answer.start.decode("utf-8", "replace"))
    for key in sorted({*secrets, *_keys(request), *_private(request.body)}, key=len, reverse=True):
        body = body.replace(key, "…")
    body = body.encode()[:MOST_KEPT].decode("utf-8", "ignore")
    line = _one_line(answer.status_line)[:_LONGEST_LINE]
    return f"{line}: {body}" if body else line


def _one_line(text: str) -> str:
    return without_controls(" ".join(text.split()))


def _keys(request: OutgoingRequest) -> Iterator[str]:
    """Give a request's query, and its tokens and checksums, as pages, URLs, headers and bodies write them."""
    parts = urlsplit(request.url)
    if len(parts.path) > 1:
        # Of a URL only scheme and host are logged.
        yield from (parts.path, unquote(parts.path), escape(parts.path))
    if query := request.query:
        yield from (query, escape(query), unquote(query))
    values = [value for _name, value in parse_qsl(query)]
    values += unquote(parts.path).split("/")
    values.append(request.headers.get("Authorization", "").removeprefix("Bearer "))
    if request.body.startswith(b"signed_parameters="):
        values.append(request.body.decode().removeprefix("signed_parameters="))
    for value in values:
        if len(value) >= _SHORTEST_KEY:
            yield from (value, quote(value), quote(value, safe=""), quote_plus(value))


def _private(body: bytes) -> Iterator[str]:
    """Give the passwords, names and texts of a body, as pages, URLs and JSON write them."""
    text = body.decode("utf-8", "replace")
    for value in _values(dict(parse_qsl(text)).get("event", text)):
        yield from (value, escape(value), quote(value), quote_plus(value), json.dumps(value)[1:-1])


def _values(text: str) -> Iterator[str]:
    try:
        ahead = [json.loads(text)]
    except ValueError:
        return
    while ahead:
        one = ahead.pop()
        if isinstance(one, list):
            ahead += one
        elif isinstance(one, dict):
            ahead += one.values()
            yield from (one[key] for key in _PRIVATE & one.keys() if isinstance(one[key], str) and one[key])
            metadata = one.get("metadata")
            if isinstance(metadata, dict):
                yield from (one for one in metadata.values() if isinstance(one, str) and len(one) >= _SHORTEST_VALUE)
