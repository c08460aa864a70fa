"""Reads SRT (SubRip): a number, a line with two times, and a text, again and again.

Nobody ever wrote down what SRT is, so this reads what is found: numbers may be missing, blank lines may
stand anywhere or nowhere. Only the lines with times are sure to begin a cue.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from bbbd.subtitles.cues import STYLES, Cue, StyledText, UnreadableSubtitles, cue, milliseconds, style_of
from bbbd.subtitles.webvtt import has_signature

_TIME = r"(?:([0-9]{1,15}):)?([0-9]{1,2}):([0-9]{1,2})(?:[,.]([0-9]{1,3}))?"
_TIMES = re.compile(rf"{_TIME}[ \t]*-->[ \t]*{_TIME}(?:[ \t]+(.*))?")
#: Where on the screen a cue stands, in SRT's way and in WebVTT's.
_PLACES = re.compile(
    r"(?:(?:[XY][12]:[ \t]*[+-]?[0-9]{1,9}|(?:vertical|line|position|size|align|region):[^ \t]+)(?:[ \t]+|$))*",
    re.IGNORECASE,
)
#: What was meant as two times, and is none: a minus, four digits, a unit that is missing.
_BROKEN = re.compile(r"[+-]?[0-9]+:[0-9:.,+-]*[ \t]*-->[ \t]*[+-]?[0-9]+:[0-9:.,+-]*(?:[ \t].*)?")
_COUNTER = re.compile(r"[0-9]{1,15}")
_MARKUP = re.compile(r"<(/?)([A-Za-z][^\s<>/]*+)([^<>\n]*+)>|\{\\[^{}\n]*+\}")


def has_times(line: str) -> bool:
    """Tell whether a line holds two times."""
    return _times_in(line) is not None


def read(lines: list[str]) -> Iterator[Cue]:
    """Yield the cues of a file. Raises ``UnreadableSubtitles`` for one that says that it is WebVTT."""
    if has_signature(lines):
        raise UnreadableSubtitles("is WebVTT, not SRT")
    times: re.Match[str] | None = None
    body: list[str] = []
    counter: int | None = None
    for line in lines:
        found = _times_in(line)
        if not found and _BROKEN.fullmatch(line.strip()):
            # Times that cannot be: nobody sees their cue, and it is no part of the one before.
            place, counter = _text_end(body, counter, first=times is None)
            if times and (one := _cue(times, body[:place])):
                yield one
            times, body = None, []
            continue
        if not found:
            body.append(line.strip(" \t"))
            continue
        place, counter = _text_end(body, counter, first=times is None)
        if times and (one := _cue(times, body[:place])):
            yield one
        times, body = found, []
    # The file may have been cut off behind a counter.
    place, _counter = _text_end([*body, ""], counter, first=False)
    if times and (one := _cue(times, body[:place])):
        yield one


def _times_in(line: str) -> re.Match[str] | None:
    return _TIMES.fullmatch(line.strip()) if "-->" in line else None


def _text_end(body: list[str], counter: int | None, *, first: bool) -> tuple[int, int | None]:
    """Return where the lines before a line with times cease to be text, and the last counter there was."""
    end = len(body)
    while end and not body[end - 1]:
        end -= 1
    place = end - 1
    if not end or not _COUNTER.fullmatch(body[place]):
        return end, counter
    number, follows = int(body[place]), counter is not None and int(body[place]) == counter + 1
    apart = place == 0 or not body[place - 1]
    # A blank line behind it: each line of the file has one, or it is a text.
    counts = apart or follows if end == len(body) else apart and follows and place > 0
    return (place, number) if first or counts else (end, counter)


def _cue(times: re.Match[str], body: list[str]) -> Cue | None:
    rest = times[9] or ""
    placed = _PLACES.match(rest)
    lines = [rest[placed.end() :] if placed else rest, *body]
    start, end = milliseconds(*times.groups()[:4]), milliseconds(*times.groups()[4:8])
    return cue(start, end, _runs("\n".join(filter(None, lines))))


def _runs(text: str) -> Iterator[StyledText]:
    depths = Counter[str]()
    place = 0
    for found in _MARKUP.finditer(text):
        if found.start() > place:
            yield StyledText(text[place : found.start()], style_of(depths))
        place = found.end()
        closing, name, rest = found.groups()
        letter = (name or "").lower()
        if letter == "br":
            yield StyledText("\n", style_of(depths))
        elif letter in STYLES and closing:
            depths[letter] = max(depths[letter] - 1, 0)
        elif letter in STYLES and not rest.endswith("/"):
            depths[letter] += 1
    yield StyledText(text[place:], style_of(depths))
