"""Bodies of requests as they arrive: of a length that the head said, or in chunks (RFC 9112, 6 and 7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto
from typing import Protocol

#: Limits, in bytes: of the line before a chunk, and of all lines after the last one.
LONGEST_SIZE_LINE, ALL_TRAILERS = 1023, 64 << 10
#: White space before an extension is allowed, before the line's end it is not. Quoted characters are not read.
_SIZE = re.compile(rb"([0-9A-Fa-f]++)(?:[\t ]*+;[\t -\[\]-~\x80-\xff]*+)?")
_UNCLEAR = re.compile(rb"[\x00\r\n]")


class BadChunks(Exception):
    """A body in chunks that cannot be read, or whose end somebody on the way could see elsewhere."""


class BodyReader(Protocol):
    """Reads one body."""

    #: Whether all of it has been read.
    ended: bool

    def read(self, data: bytes) -> tuple[Sequence[bytes], bytes]:
        """Return the pieces of the body in what has arrived, and what is to be given again with what follows it."""


class SizedBody:
    """A body whose length is known."""

    def __init__(self, length: int) -> None:
        self._left = length
        self.ended = False

    def read(self, data: bytes) -> tuple[Sequence[bytes], bytes]:
        """Return the part of the body, and what follows it."""
        piece = data[: self._left]
        self._left -= len(piece)
        self.ended = not self._left
        return (piece,), data[len(piece) :]


class _Part(Enum):
    """What comes next in a body of chunks."""

    SIZE = auto()
    CHUNK = auto()
    END_OF_CHUNK = auto()
    TRAILER = auto()


class ChunkedBody:
    """A body in chunks. Extensions and trailers are checked and ignored."""

    def __init__(self) -> None:
        self.ended = False
        self._next = _Part.SIZE
        #: Bytes of the chunk that are still to come.
        self._left = 0
        #: Bytes of the longest line that may come.
        self._most = LONGEST_SIZE_LINE
        self._trailers = 0

    def read(self, data: bytes) -> tuple[Sequence[bytes], bytes]:
        """Return pieces of the body, and what is incomplete or follows it. Raises ``BadChunks``."""
        pieces: list[bytes] = []
        at = 0
        while not self.ended and at < len(data):
            if self._next is _Part.CHUNK:
                piece = data[at : at + self._left]
                pieces.append(piece)
                at += len(piece)
                self._left -= len(piece)
                if not self._left:
                    self._next, self._most = _Part.END_OF_CHUNK, 0
                continue
            end = data.find(b"\r\n", at)
            # Without its end there may be a line and the first byte of that.
            if (end if end >= 0 else len(data) - 1) - at > self._most:
                raise BadChunks
            if end < 0:
                break
            self._read_line(data[at:end])
            at = end + 2
        return pieces, data[at:]

    def _read_line(self, line: bytes) -> None:
        if self._next is _Part.END_OF_CHUNK:
            self._next, self._most = _Part.SIZE, LONGEST_SIZE_LINE
        elif self._next is _Part.SIZE:
            found = _SIZE.fullmatch(line)
            if found is None:
                raise BadChunks
            self._left = int(found[1], 16)
            self._next = _Part.CHUNK if self._left else _Part.TRAILER
            self._most = self._most if self._left else ALL_TRAILERS - 2
        else:
            if _UNCLEAR.search(line):
                raise BadChunks
            self._trailers += len(line) + 2
            self._most = max(0, ALL_TRAILERS - 2 - self._trailers)
            self.ended = not line
