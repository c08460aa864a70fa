"""Parameters of a query string or form, parsed once and within limits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from bbbd.api.problems import Failed, Problem
from bbbd.limits import Limit

#: Limits; beyond them the answer is a ``validationError``.
MOST_PARAMETERS = 500
MOST_METADATA = 200
LONGEST_VALUE = 16 << 10
ALL_METADATA = 64 << 10
#: Long parameters, limited only by the size of the body.
LONG = frozenset(("configXML", "groups", "recordID", "meetingID"))

_BROKEN = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class Query:
    """Parameters by name; of repeated ones the first counts. ``secret`` is the number of the secret that signed them.

    The first secret has number 1; 0 is of calls without a checksum.
    """

    def __init__(self, pairs: list[tuple[str, str]], secret: int = 0) -> None:
        self.pairs = pairs
        self.secret = secret
        self._first = dict(pairs)
        if len(self._first) < len(pairs):
            self._first.clear()
            for name, value in pairs:
                self._first.setdefault(name, value)

    def find(self, name: str) -> str | None:
        """Return a parameter's value, or None."""
        return self._first.get(name)

    def matching(self, prefix: str) -> dict[str, str]:
        """Return the parameters whose name has this prefix, by the rest of the name."""
        return {name[len(prefix) :]: value for name, value in self._first.items() if name.startswith(prefix)}


EMPTY = Query([])


def with_members(query: Query, raw: bytes) -> Query:
    """Return a query with the members of a JSON object appended; nested members are ignored."""
    try:
        members = json.loads(raw)
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict):
        raise Failed(Problem.VALIDATION, "the body is not a JSON object")
    plain = {name: value for name, value in members.items() if isinstance(value, (str, int, float))}
    pairs = [*query.pairs, *((name, _as_text(value)) for name, value in plain.items())]
    return Query(_bounded(pairs), query.secret)


def _as_text(value: str | float) -> str:
    return json.dumps(value) if not isinstance(value, str) else value


def _decoded(raw: bytes, what: str) -> str:
    if b"%" not in raw and b"+" not in raw:
        return raw.decode("ascii") if raw.isascii() else _utf8(raw, what)
    if _BROKEN.search(raw):
        raise Failed(Problem.VALIDATION, f"{what}: a % that is not followed by two hexadecimal digits; send it as %25")
    return _utf8(unquote_to_bytes(raw.replace(b"+", b" ")), what)


def _utf8(raw: bytes, what: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Failed(Problem.VALIDATION, f"{what}: is not UTF-8; texts are sent in UTF-8") from None


def _plain_pairs(text: str) -> list[tuple[str, str]]:
    """Return the parameters of a text in which nothing is encoded."""
    pairs = []
    for part in text.split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((name, value))
    return pairs


def _pairs(raw: bytes) -> Iterator[tuple[str, str]]:
    for part in raw.split(b"&"):
        if part:
            name, _, value = part.partition(b"=")
            key = _decoded(name, "a parameter's name")
            if len(value) > LONGEST_VALUE and key not in LONG and len(unquote_to_bytes(value)) > LONGEST_VALUE:
                text = f"{key[:60]}: its value is longer than {LONGEST_VALUE} bytes"
                raise Failed(Problem.VALIDATION, text, limit=Limit.VALUE)
            yield key, _decoded(value, key[:60])


def read_query(raw: bytes, secret: int = 0) -> Query:
    """Return the parameters of a raw query string or form, which a secret signed. Raises ``Failed`` for a fault."""
    if not raw:
        return Query([], secret) if secret else EMPTY
    if raw.count(b"&") >= 2 * MOST_PARAMETERS:
        raise _too_many(f"there are more than {MOST_PARAMETERS} parameters")
    is_plain = raw.isascii() and b"%" not in raw and b"+" not in raw and len(raw) <= LONGEST_VALUE
    return Query(_bounded(_plain_pairs(raw.decode("ascii")) if is_plain else list(_pairs(raw))), secret)


def _bounded(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return parameters that are not too many. Raises ``Failed``."""
    if len(pairs) > MOST_PARAMETERS:
        raise _too_many(f"there are more than {MOST_PARAMETERS} parameters")
    metadata = [value for name, value in pairs if name.startswith("meta_")]
    if not metadata:
        return pairs
    if len(metadata) > MOST_METADATA:
        raise _too_many(f"there are more than {MOST_METADATA} meta_ parameters")
    if sum(len(value) for value in metadata) > ALL_METADATA:
        raise _too_many(f"the meta_ parameters are longer than {ALL_METADATA} characters")
    return pairs


def _too_many(why: str) -> Failed:
    return Failed(Problem.VALIDATION, why, limit=Limit.PARAMETERS)
