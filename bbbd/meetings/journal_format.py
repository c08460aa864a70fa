"""The format of journals: one line for each event; reads torn and damaged files too.

Line 1 is ``{"bbbd":1,"meeting":"<internal id>","n":0,"crc":"<8 hex>"}``; each further line is one event,
``{"n":<counting up>,"t":<wall ms>,"e":"<kind>",…,"crc":"<8 hex>"}``. ``crc`` is always last: the CRC-32 of the
line's bytes before ``,"crc"``. A meeting that was written anew begins with ``Restored`` and goes on counting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import BinaryIO, NamedTuple
from zlib import crc32

import msgspec

from bbbd.meetings.event import Event
from bbbd.meetings.features import EVENTS

#: The format's version. Older ones are read for ever; a newer one is refused.
VERSION = 1
#: Bytes that a disk writes as a whole or not at all.
_SECTOR = 512
_TAIL = re.compile(rb',"crc":"([0-9a-f]{8})"\}')
_HEAD = re.compile(rb'\{"n":([0-9]{1,15}),"t":([0-9]{1,15}),"e":')
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(reduce(or_, EVENTS))
_encoder = msgspec.json.Encoder()


class Line(NamedTuple):
    """An event with its number and its wall time in milliseconds."""

    n: int
    at: int
    event: Event


class DamagedJournal(Exception):
    """A journal that cannot be trusted; the text says why."""


class Contents(NamedTuple):
    """The content of a journal: its good lines, their length in bytes, and the torn bytes after them.

    With ``hole``, the torn bytes begin with bytes that were never synced.
    """

    lines: tuple[Line, ...]
    length: int
    torn: bytes
    hole: bool = False


class _Head(msgspec.Struct, kw_only=True):
    bbbd: int
    meeting: str
    n: int


def _closed(text: bytes) -> bytes:
    """Put the checksum behind a line that still lacks its closing brace."""
    return b'%b,"crc":"%08x"}\n' % (text, crc32(text))


def write_head(internal_id: str) -> bytes:
    """Return a journal's first line."""
    return _closed(_encoder.encode(_Head(bbbd=VERSION, meeting=internal_id, n=0))[:-1])


def write_line(line: Line) -> bytes:
    """Return an event's line."""
    return _closed(b'{"n":%d,"t":%d,' % line[:2] + _encoder.encode(line.event)[1:-1])


def _opened(raw: bytes) -> bytes | None:
    """Return a line's text without its checksum and closing brace, None when the checksum is not its own."""
    found = _TAIL.fullmatch(raw, len(raw) - 18) if len(raw) > 18 else None
    text = raw[:-18]
    return text if found and int(found[1], 16) == crc32(text) else None


def _read_line(text: bytes, number: int) -> Line:
    head = _HEAD.match(text)
    if head is None:
        raise DamagedJournal(f"line {number} is not an event")
    try:
        return Line(int(head[1]), int(head[2]), _decoder.decode(b'{"e":' + text[head.end() :] + b"}"))
    except msgspec.ValidationError as fault:
        raise DamagedJournal(f"line {number} was written by a newer bbbd, or is not its own: {fault}") from None
    except msgspec.DecodeError as fault:
        raise DamagedJournal(f"line {number} is not JSON: {fault}") from None


def _check_head(text: bytes, internal_id: str) -> None:
    try:
        head = msgspec.json.decode(text + b"}", type=_Head)
    except msgspec.DecodeError as fault:
        raise DamagedJournal(f"line 1 is not a journal's: {fault}") from None
    if head.bbbd > VERSION:
        raise DamagedJournal(f"written by a newer bbbd (format {head.bbbd}, this one reads up to {VERSION})")
    if head.meeting != internal_id:
        raise DamagedJournal(f"is the journal of {head.meeting}")


def _is_hole(data: bytes, start: int) -> bool:
    """Return whether the line at an offset has whole sectors of NULs, which the kernel never wrote."""
    begin = data.find(b"\0", start, (data.find(b"\n", start) + 1 or len(data)))
    behind = len(data) - len(data[begin:].lstrip(b"\0"))
    return begin >= 0 and (begin == start or not begin % _SECTOR) and (behind == len(data) or not behind % _SECTOR)


def read_journal(data: bytes, internal_id: str) -> Contents:
    """Return the content of a journal. A torn end is in ``torn``; other damage raises ``DamagedJournal``.

    A torn end begins at the first line that is not whole. Good lines behind that line make it damage, unless a hole is
    there: a power cut leaves one where nothing was synced, so nothing behind it was synced either.
    """
    pieces = data.split(b"\n")
    texts = [_opened(raw) for raw in pieces]
    good = next((place for place, text in enumerate(texts) if text is None), len(texts))
    length = sum(len(raw) + 1 for raw in pieces[:good])
    hole = good < len(pieces) and _is_hole(data, length)
    if any(text is not None for text in texts[good:]) and not hole:
        raise DamagedJournal(f"line {good + 1} is damaged and good ones follow it")
    if good == len(pieces):
        # The last line is whole but for its newline: it was never answered for, so it is torn as well.
        good, length = good - 1, length - len(pieces[-1]) - 1
    torn = data[length:]
    if not good:
        return Contents((), 0, torn, hole)
    _check_head(texts[0] or b"", internal_id)
    lines = tuple(_read_line(text or b"", number) for number, text in enumerate(texts[1:good], 2))
    for number, (before, line) in enumerate(pairwise(lines), 3):
        if line.n != before.n + 1:
            raise DamagedJournal(f"line {number} has number {line.n}, after {before.n}")
    return Contents(lines, length, torn, hole)


def read_lines(file: BinaryIO, internal_id: str) -> Iterator[Line]:
    """Give the events of an ended meeting's journal, one by one. Raises ``DamagedJournal``.

    It was whole when its meeting ended, so a line that is not whole can only be its last.
    """
    number, before = 0, 0
    for number, raw in enumerate(file, 1):
        text = _opened(raw.removesuffix(b"\n"))
        if text is None:
            if any(_opened(later.removesuffix(b"\n")) is not None for later in file):
                raise DamagedJournal(f"line {number} is damaged and good ones follow it")
            return
        if number == 1:
            _check_head(text, internal_id)
            continue
        line = _read_line(text, number)
        if before and line.n != before + 1:
            raise DamagedJournal(f"line {number} has number {line.n}, after {before}")
        before = line.n
        yield line
