"""Decodes the base64 text of a body, piece by piece and strictly: any text is some base64 to a lenient reader."""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Iterator

from bbbd.slides.formats import UnconvertibleDocument

#: Characters that are decoded at once: whole groups of four.
PIECE = 1 << 16
_BLANKS = b" \t\r\n\f\v"
_NOT_BASE64 = "is not base64"


def decoded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Give the bytes that base64 stands for; blanks in it are passed over. Raises ``UnconvertibleDocument``."""
    rest, ended = b"", False
    for piece in pieces:
        text = rest + piece.translate(None, _BLANKS)
        whole = len(text) - len(text) % 4
        text, rest = text[:whole], text[whole:]
        if not text:
            continue
        if ended:
            raise UnconvertibleDocument(f"{_NOT_BASE64}: something follows its end")
        ended = text.endswith(b"=")
        yield _decoded(text)
    if rest:
        if ended:
            raise UnconvertibleDocument(f"{_NOT_BASE64}: something follows its end")
        # The padding at the end is left out by many.
        yield _decoded(rest + b"=" * (-len(rest) % 4))


def _decoded(text: bytes) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        raise UnconvertibleDocument(_NOT_BASE64) from None
