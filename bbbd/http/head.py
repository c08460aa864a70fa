"""Heads of requests: reads one within limits, if every proxy on the way would read the same.

A head is refused as a whole, or read as a whole. Two regular expressions say of nearly every head that it is well
formed: one its line up to the version, the other its version and fields. Only heads that they do not match, and large
ones, are read line by line, to know the status of the refusal.

A client sends the same fields with each of its requests, so what was read of short ones is remembered. Reading is pure:
what is remembered is what would be read.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from bbbd.http.header_fields import HeaderFields

#: Limits, in bytes and lines.
LONGEST_LINE = 64 << 10
LONGEST_HEADER, ALL_HEADERS, MOST_HEADERS = 16 << 10, 64 << 10, 100
#: Digits of a body's length that are read; a longer number is larger than every limit.
_MOST_DIGITS = 18
_ONE_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]++) ([!-~]++) (HTTP/1\.[01])")
_ONE_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]++):([^\x00\r\n]*+)")
#: A line and fields as above, in two parts.
_BEGINNING = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]++) ([!-~]++) ")
_SECTION = re.compile(rb"(HTTP/1\.[01])((?:\r\n[!#$%&'*+\-.^_`|~0-9A-Za-z]++:[^\x00\r\n]*+)*+)")
#: Field sections that are remembered, and the bytes of the longest one of them: a few megabytes at the very most.
MOST_REMEMBERED, LONGEST_REMEMBERED = 250, 1 << 10
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|[A-Za-z0-9._~%!$&'()*+;=,-]+)(?::([0-9]{0,5}))?")
_SLASHES = re.compile(rb"//+")


class UnreadableHead(Exception):
    """A head that is refused, with a status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class FieldSection(NamedTuple):
    """The version and the fields of a head, and what they say about the request. Several requests may share one."""

    version: bytes
    headers: HeaderFields
    #: The length of the body in bytes, None for chunks.
    length: int | None
    #: Whether a body is announced, be it an empty one.
    announces_body: bool
    #: Whether the client wants to send further requests.
    stays_open: bool
    #: Whether the client waits before it sends the body.
    expects_continue: bool


class Head(NamedTuple):
    """A head."""

    method: bytes
    target: bytes
    section: FieldSection


def _members(values: Sequence[bytes]) -> list[bytes]:
    """Return the members of a list that may be in several fields, in lower case."""
    return b",".join(values).lower().replace(b",", b" ").split()


def read_head(text: bytes) -> Head:
    """Return a head, given without the empty line at its end. Raises ``UnreadableHead``."""
    found = _BEGINNING.match(text)
    if found is not None and len(text) <= LONGEST_HEADER:
        rest = text[found.end() :]
        section = _remembered_section(rest) if len(rest) <= LONGEST_REMEMBERED else _read_section(rest)
        if section is not None:
            return Head(found[1], found[2], section)
    method, target, version, headers = read_lines(text.split(b"\r\n"), is_whole=True)
    return Head(method, target, _section_of(version, headers))


def _read_section(text: bytes) -> FieldSection | None:
    """Return version and fields, None if they are not well formed. Raises ``UnreadableHead``."""
    found = _SECTION.fullmatch(text)
    if found is None:
        return None
    version, rest = found.groups()
    lines = rest[2:].split(b"\r\n") if rest else ()
    if len(lines) > MOST_HEADERS:
        raise UnreadableHead(431)
    return _section_of(version, HeaderFields.of_lines(lines))


_remembered_section = lru_cache(maxsize=MOST_REMEMBERED)(_read_section)


def read_lines(lines: Sequence[bytes], *, is_whole: bool) -> tuple[bytes, bytes, bytes, HeaderFields]:
    """Return method, target, version and headers of a head that may be unfinished. Raises ``UnreadableHead``."""
    if len(lines[0]) > LONGEST_LINE:
        raise UnreadableHead(414)
    found = _ONE_LINE.fullmatch(lines[0])
    if found is None:
        raise UnreadableHead(400)
    headers, field, size = HeaderFields(), b"", 0
    for number, line in enumerate(lines[1:], 1):
        size += len(line)
        if len(line) > LONGEST_HEADER or size > ALL_HEADERS or number > MOST_HEADERS:
            raise UnreadableHead(431)
        if b"\r" in line or b"\n" in line:
            raise UnreadableHead(400)
        if line.startswith((b" ", b"\t")):
            # An old way to write a long value in several lines, which is read as one with a space.
            field += b" " + line.lstrip(b" \t")
            continue
        if field:
            _add(headers, field)
        field = line
    if field and is_whole:
        _add(headers, field)
    return found[1], found[2], found[3], headers


def _add(headers: HeaderFields, field: bytes) -> None:
    found = _ONE_FIELD.fullmatch(field)
    if found is None:
        raise UnreadableHead(400)
    headers.add(found[1], found[2].strip(b" \t"))


def check_beginning(text: bytes) -> None:
    """Check the beginning of a head whose end has not arrived. Raises ``UnreadableHead``."""
    lines = text.split(b"\r\n")
    last = lines.pop()
    if lines:
        read_lines(lines, is_whole=False)
    if b"\n" in last:
        raise UnreadableHead(400)
    if len(last) >= LONGEST_LINE + 2:
        raise UnreadableHead(431 if lines else 414)


def _section_of(version: bytes, headers: HeaderFields) -> FieldSection:
    """Return what fields say, if they have one host (1.0: at most one) and one length. Raises ``UnreadableHead``."""
    hosts = headers.select(b"host")
    is_old = version == b"HTTP/1.0"
    if len(hosts) != 1 and (hosts or not is_old):
        raise UnreadableHead(400)
    if hosts and not is_host(hosts[0].decode("latin-1")):
        raise UnreadableHead(400)
    lengths, encodings = headers.select(b"content-length"), headers.select(b"transfer-encoding")
    if encodings and (lengths or is_old or len(encodings) > 1 or encodings[0].lower() != b"chunked"):
        raise UnreadableHead(400)
    return FieldSection(
        version,
        headers,
        length=None if encodings else _length(lengths) if lengths else 0,
        announces_body=bool(lengths or encodings),
        stays_open=not is_old and b"close" not in _members(headers.select(b"connection")),
        expects_continue=not is_old and b"100-continue" in _members(headers.select(b"expect")),
    )


def _length(lengths: Sequence[bytes]) -> int:
    if len(lengths) > 1 or not lengths[0].isdigit():
        raise UnreadableHead(400)
    digits = lengths[0].lstrip(b"0")
    return int(digits or b"0") if len(digits) <= _MOST_DIGITS else 10**_MOST_DIGITS


@lru_cache(maxsize=1000)
def is_host(text: str) -> bool:
    """Return whether a text is a host, with or without a port, as RFC 3986 has it."""
    found = _HOST.fullmatch(text)
    if found is None or int(found[2] or 0) > 65_535:
        return False
    try:
        return not found[1] or bool(ipaddress.IPv6Address(found[1]))
    except ValueError:
        return False


class OwnAddress(Protocol):
    """The settings, as a target needs them."""

    @property
    def server_url(self) -> str:
        """The server's URL."""


def own_target(target: bytes, own_address: OwnAddress) -> bytes | None:
    """Return the path and query of a target on this server: of a path, or of the server's URL with or without one.

    Several slashes in a row are one. None: the target is elsewhere.
    """
    if target.startswith(b"/"):
        return _one_slash(target) if b"//" in target else target
    try:
        parts = urlsplit(target.decode("ascii"))
    except ValueError:
        return None
    own = urlsplit(own_address.server_url)
    if parts.scheme not in ("http", "https") or parts.netloc.lower() != own.netloc.lower():
        return None
    rest = target[len(f"{parts.scheme}://{parts.netloc}") :]
    return _one_slash(rest if rest.startswith(b"/") else b"/" + rest)


def _one_slash(target: bytes) -> bytes:
    path, mark, query = target.partition(b"?")
    return _SLASHES.sub(b"/", path) + mark + query if b"//" in path else target
