"""Cues: styled text (bold, italic, underlined) with a start and an end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Flag
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

#: Limits of the input: bytes, cues, and characters of a line. Escaping may make the output longer.
LARGEST = 8 << 20
MOST_CUES = 20_000
LONGEST_LINE = 10_000


class UnreadableSubtitles(ValueError):
    """A file is not subtitles, or exceeds a limit; the text says why and follows the file's name."""


class TextStyle(Flag):
    """The styles that WebVTT can express without a style sheet."""

    PLAIN = 0
    BOLD = 1
    ITALIC = 2
    UNDERLINE = 4


#: The tag letters, the same in SRT, SSA and WebVTT.
STYLES = {"b": TextStyle.BOLD, "i": TextStyle.ITALIC, "u": TextStyle.UNDERLINE}


def style_of(depths: Counter[str]) -> TextStyle:
    """Return the style of a text, given the number of open tags by letter."""
    style = TextStyle.PLAIN
    for letter, flag in STYLES.items():
        if depths[letter]:
            style |= flag
    return style


class StyledText(NamedTuple):
    """Text of one style. Lines end with a line feed; the only other control character is the tab."""

    text: str
    style: TextStyle = TextStyle.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """Text shown from ``start`` until ``end``, in milliseconds; made by :func:`cue`."""

    start: int
    end: int
    runs: tuple[StyledText, ...]


def cue(start: int, end: int, runs: Iterable[StyledText]) -> Cue | None:
    """Return a cue with normalized text, or None if it would never be visible."""
    if end <= start:
        return None
    text_runs = normalized(runs)
    return Cue(start=start, end=end, runs=text_runs) if text_runs else None


def milliseconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> int:
    """Return a timestamp in milliseconds; ``fraction`` has up to three decimal digits."""
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000 + int((fraction or "").ljust(3, "0"))


def normalized(runs: Iterable[StyledText]) -> tuple[StyledText, ...]:
    """Return text without blank lines and without blanks around lines; neighbours of one style are joined."""
    pieces: list[StyledText] = []
    for line in map(_stripped, _lines(_joined(runs))):
        if pieces and line:
            pieces.append(StyledText("\n", pieces[-1].style & line[0].style))
        pieces += line
    return tuple(_joined(pieces))


def _joined(runs: Iterable[StyledText]) -> Iterator[StyledText]:
    for style, same in groupby(runs, attrgetter("style")):
        if text := "".join(run.text for run in same):
            yield StyledText(text, style)


def _lines(runs: Iterable[StyledText]) -> Iterator[list[StyledText]]:
    line: list[StyledText] = []
    for text, style in runs:
        first, *others = text.split("\n")
        if first:
            line.append(StyledText(first, style))
        for other in others:
            yield line
            line = [StyledText(other, style)] if other else []
    yield line


def _stripped(line: list[StyledText]) -> list[StyledText]:
    # Only spaces and tabs: other blanks (no-break, ideographic) indent on purpose.
    text = "".join(run.text for run in line)
    if not text.strip():
        return []
    left, right = len(text) - len(text.lstrip(" \t")), len(text.rstrip(" \t"))
    kept, place = [], 0
    for run in line:
        part = run.text[max(left - place, 0) : max(right - place, 0)]
        place += len(run.text)
        if part:
            kept.append(StyledText(part, run.style))
    return kept
