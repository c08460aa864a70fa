"""The text of a line of SSA: its line breaks, and the blocks in braces that switch how it looks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bbbd.subtitles.cues import STYLES, StyledText, TextStyle

_ESCAPE = re.compile(r"\\[Nnh{}]")
_PIECE = re.compile(r"\{([^}]*)\}|((?:\\\{|[^{])+)")
_ESCAPES = {r"\N": "\n", r"\n": "\n", r"\h": "\xa0", r"\{": "{", r"\}": "}"}
#: Not the beginning of another one: \be, \bord, \blur, \iclip, \pos.
_TAG = re.compile(r"([biup])(?: *([+-]?[0-9]{1,9}))?(?![0-9A-Za-z])")
_BOLD_FROM = 600


def runs(text: str, own: TextStyle, styles: Mapping[str, TextStyle]) -> Iterator[StyledText]:
    """Yield the text of a line whose style is ``own``; drawings are left out."""
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
    """Tell whether a number switches on: 1 or -1, or the weight of a bold font; ``otherwise`` if it says nothing."""
    if not value:
        return otherwise
    number = int(value)
    if number in {0, 1, -1}:
        return number != 0
    return number >= _BOLD_FROM if number >= 100 else otherwise


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Yield what stands in a pair of braces, or a text."""
    # Behind the last brace that closes, those that open are text; before it, each is closed by the next.
    head, brace, tail = text.rpartition("}")
    for found in _PIECE.finditer(head + brace):
        yield found[1] or "", _plain(found[2] or "")
    yield "", _plain(tail)


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPES[found[0]], text)


def _tags(block: str) -> list[str]:
    """Return what follows each backslash, without anything in parentheses: places, clips, animations."""
    kept, depth = [], 0
    for piece in re.split(r"([()])", block):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth = max(depth - 1, 0)
        elif not depth:
            kept.append(piece)
    return "".join(kept).split("\\")[1:]
