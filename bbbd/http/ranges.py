"""Range and If-None-Match headers. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class ByteRange(NamedTuple):
    """A range of a file in bytes, with the status of its answer (200, 206, 416)."""

    status: int
    begin: int
    length: int


def requested_range(header: str | None, size: int) -> ByteRange:
    """Return the range that a Range header names. Several ranges and malformed headers get the whole file."""
    found = _RANGE.fullmatch(header.replace(" ", "")) if header else None
    if found is None or found.group(0) == "bytes=-":
        return ByteRange(200, 0, size)
    first, last = found.groups()
    if not first:
        length = min(int(last), size)
        return ByteRange(206, size - length, length) if length else ByteRange(416, 0, 0)
    begin = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if begin >= size or (last and int(last) < begin):
        return ByteRange(416, 0, 0)
    return ByteRange(206, begin, end - begin + 1)


def names_etag(if_none_match: str | None, etag: str) -> bool:
    """Return whether an If-None-Match header names the present version of a file."""
    if if_none_match is None:
        return False
    known = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return "*" in known or etag in known
