"""Cue text of WebVTT: tags and character references, read as browsers do."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator

from bbbd.subtitles.cues import StyledText, style_of
from bbbd.subtitles.text_lines import clean

#: An unclosed tag extends to the end of the text.
_PIECE = re.compile(r"<([^>]*+)>?|([^<]++)")
_NAME_ENDS = re.compile(r"[ \t\n.]")
_REFERENCE = re.compile(r"&(?:#[0-9]++|#[xX][0-9a-fA-F]++|[A-Za-z0-9]{1,32});?")
_LONGEST_REFERENCE = 40
_ELEMENTS = frozenset({"b", "i", "u", "c", "v", "lang", "ruby", "rt"})


def runs(text: str) -> Iterator[StyledText]:
    """Yield the styled text; tags without a style are ignored."""
    inside: list[str] = []
    depths = Counter[str]()
    for found in _PIECE.finditer(text):
        tag, plain = found.groups()
        if plain:
            yield StyledText(clean(_REFERENCE.sub(_character, plain)), style_of(depths))
        elif tag.startswith("/"):
            for name in _close(inside, tag[1:]):
                depths[name] -= 1
        elif _can_open(inside, name := _NAME_ENDS.split(tag, maxsplit=1)[0]):
            inside.append(name)
            depths[name] += 1


def _can_open(inside: list[str], name: str) -> bool:
    return name in _ELEMENTS and (name != "rt" or inside[-1:] == ["ruby"])


def _close(inside: list[str], name: str) -> Iterator[str]:
    """Close the innermost element if it has this name, and yield the closed names."""
    if name == "ruby" and inside[-1:] == ["rt"]:
        yield inside.pop()
    if inside[-1:] == [name]:
        yield inside.pop()


def _character(found: re.Match[str]) -> str:
    # No valid reference is that long, and int() refuses thousands of digits.
    return html.unescape(found[0]) if len(found[0]) <= _LONGEST_REFERENCE else "\ufffd"
