"""Strict reader of WebVTT: accepts what every browser reads in the same way, refuses the rest.

The parser of browsers (https://www.w3.org/TR/webvtt1/#webvtt-parser-algorithms) recognises blocks by two signs: a blank
line ends a block, and a line with ``-->`` has the times of a cue, wherever it is; only a single line before it
may be the cue's name. So the text of a cue reaches to the next of these signs. Everything else is skipped:
style sheets, regions, notes and unknown blocks. This reader also requires well-formed times
and UTF-8. Malformed times inside a NOTE are part of the note.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

from bbbd.subtitles.cues import (
    LARGEST,
    LONGEST_LINE,
    MOST_CUES,
    Cue,
    UnreadableSubtitles,
    cue,
    milliseconds,
)
from bbbd.subtitles.webvtt_text import runs

_TIME = r"(?:([0-9]{2,16}):)?([0-5][0-9]):([0-5][0-9])\.([0-9]{3})"
_TIMES = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t](?!.*-->).*)?")
_SIGNATURE = re.compile(r"WEBVTT(?:[ \t].*)?")
_NOTE = re.compile(r"NOTE(?:[ \t].*)?")


class _Timed(NamedTuple):
    start: int
    end: int
    lines: list[str]


def has_signature(lines: list[str]) -> bool:
    """Return whether the first line that is not blank is the signature of WebVTT."""
    first = next(filter(str.strip, lines), "")
    return _SIGNATURE.fullmatch(first) is not None


def check(data: bytes) -> str:
    """Return the text of a valid file, unchanged. Raises ``UnreadableSubtitles``."""
    text = _text(data)
    count = sum(1 for _one in _timed(text))
    if not count:
        raise UnreadableSubtitles("has no cue")
    if count > MOST_CUES:
        raise UnreadableSubtitles(f"has more than {MOST_CUES} cues")
    return text


def read(data: bytes) -> Iterator[Cue]:
    """Yield the cues with text of a file. Raises ``UnreadableSubtitles``."""
    for start, end, lines in _timed(check(data)):
        if one := cue(start, end, runs("\n".join(lines))):
            yield one


def _text(data: bytes) -> str:
    if len(data) > LARGEST:
        raise UnreadableSubtitles(f"is larger than {LARGEST >> 20} MiB")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableSubtitles("is in UTF-16; WebVTT must be in UTF-8")
    if b"\0" in data:
        raise UnreadableSubtitles("is no text: it has NUL characters")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise UnreadableSubtitles("is not UTF-8, as WebVTT must be") from None


def _timed(text: str) -> Iterator[_Timed]:
    """Yield the cues in file order."""
    current: _Timed | None = None
    begins = in_note = False
    for number, line in enumerate(_lines(text), 2):
        if begins:
            in_note = _NOTE.fullmatch(line) is not None
        if not line or "-->" in line:
            if current:
                yield current
            current = _times(line, number, strict=not in_note) if line else None
        elif current:
            current.lines.append(line)
        begins = not line
    if current:
        yield current


def _lines(text: str) -> list[str]:
    """Return the lines after the signature."""
    first, *lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not _SIGNATURE.fullmatch(first):
        raise UnreadableSubtitles("does not begin with WEBVTT")
    if max(map(len, (first, *lines))) > LONGEST_LINE:
        raise UnreadableSubtitles(f"has a line of more than {LONGEST_LINE} characters")
    return lines


def _times(line: str, number: int, *, strict: bool) -> _Timed | None:
    """Return a cue without text, or None for malformed times in a note."""
    found = _TIMES.fullmatch(line)
    if found:
        start, end = milliseconds(*found.groups()[:4]), milliseconds(*found.groups()[4:])
        if end > start:
            return _Timed(start, end, [])
    if strict:
        raise UnreadableSubtitles(f"has times in line {number} that are not {'in order' if found else 'well-formed'}")
    return None
