"""Override codes of SSA text: line breaks, and blocks in braces that change the style."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bbbd.subtitles.cues import STYLES, StyledText, TextStyle

_ESCAPE = re.compile(r"\\[Nnh{}]")
_PIECE = re.compile(r"\{([^}]*+)\}?|((?:\\\{|[^{])+)")
_ESCAPES = {r"\N": "\n", r"\n": "\n", r"\h": "\xa0", r"\{": "{", r"\}": "}"}
#: Must not match the beginning of other tags: \be, \bord, \blur, \iclip, \pos.
_TAG = re.compile(r"([biup])(?: *([+-]?[0-9]{1,9}))?(?![0-9A-Za-z])")
_BOLD_FROM = 600


def runs(text: str, own: TextStyle, styles: Mapping[str, TextStyle]) -> Iterator[StyledText]:
    """Yield the styled text of a line whose style is ``own``, without drawings."""
    style, draws = own, False
    for block, plain in _pieces(text):
        for tag in _tags(block):
            found = _TAG.match(tag)
            if tag.startswith("r"):
                name = tag[1:].strip().lstrip("*")
                style = styles.get(name, own) if name else own
            elif found and found[1] == "p":
                draws = int(found[2] or 0) > 0
            elif found:
                flag = STYLES[found[1]]
                style = style | flag if is_on(found[2], otherwise=flag in own) else style & ~flag
        if not draws:
            yield StyledText(plain, style)


def is_on(value: str | None, *, otherwise: bool) -> bool:
    """Return whether a number means on: 1 or -1, or a bold weight. Other numbers, or none, mean ``otherwise``."""
    if not value:
        return otherwise
    number = int(value)
    if number in {0, 1, -1}:
        return number != 0
    return number >= _BOLD_FROM if number >= 100 else otherwise


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Yield pairs of an override block and a plain text; one of the two is empty."""
    # After the last closing brace, opening braces are text. Before it, each block ends at the next closing brace.
    head, brace, tail = text.rpartition("}")
    for found in _PIECE.finditer(head + brace):
        yield found[1] or "", _plain(found[2] or "")
    yield "", _plain(tail)


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPES[found[0]], text)


def _tags(block: str) -> list[str]:
    """Return the tags of a block, without arguments in parentheses: positions, clips, animations."""
    kept, depth = [], 0
    for piece in re.split(r"([()])", block):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth = max(depth - 1, 0)
        elif not depth:
            kept.append(piece)
    return "".join(kept).split("\\")[1:]
