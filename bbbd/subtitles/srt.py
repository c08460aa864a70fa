"""Reader of SRT (SubRip): blocks of a number, a line with two times, and a text.

SRT has no specification, so this reads files as they are found: numbers may be missing, blank lines may
be anywhere or nowhere. Only a line with times reliably begins a cue.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from bbbd.subtitles.cues import STYLES, Cue, StyledText, UnreadableSubtitles, cue, milliseconds, style_of
from bbbd.subtitles.webvtt import has_signature

#: Seconds of three digits are counted in: ``00:00:075,5`` is a minute and a quarter.
_TIME = r"(?:([0-9]{1,15}):)?([0-9]{1,3}):([0-9]{1,3})(?:[,.]([0-9]{1,3}))?"
_TIMES = re.compile(rf"{_TIME}[ \t]*-->[ \t]*{_TIME}(?:[ \t]+(.*))?")
#: The position of a cue on the screen, in the notation of SRT and of WebVTT.
_PLACES = re.compile(
    r"(?:(?:[XY][12]:[ \t]*[+-]?[0-9]{1,9}|(?:vertical|line|position|size|align|region):[^ \t]+)(?:[ \t]+|$))*",
    re.IGNORECASE,
)
#: Malformed times: a minus, four digits, a missing unit, a time on one side of the arrow alone.
_SOME_TIME = r"[+-]?[0-9]+[:.,][0-9:.,+-]*"
_BROKEN = re.compile(rf"(?:{_SOME_TIME})?[ \t]*-->[ \t]*{_SOME_TIME}(?:[ \t].*)?|{_SOME_TIME}[ \t]*-->")
_COUNTER = re.compile(r"[0-9]{1,15}")
_MARKUP = re.compile(r"<(/?)([A-Za-z][^\s<>/]*+)([^<>\n]*+)>|\{\\[^{}\n]*+\}")


def has_times(line: str) -> bool:
    """Return whether a line has two times."""
    return _times_in(line) is not None


def read(lines: list[str]) -> Iterator[Cue | None]:
    """Yield the cues of a file, None for one that cannot be timed.

    Raises ``UnreadableSubtitles`` if the file is signed as WebVTT.
    """
    if has_signature(lines):
        raise UnreadableSubtitles("is WebVTT, not SRT")
    times: re.Match[str] | None = None
    body: list[str] = []
    counter: int | None = None
    for line in lines:
        found = _times_in(line)
        is_broken = not found and _BROKEN.fullmatch(line.strip()) is not None
        if not found and not is_broken:
            body.append(line.strip(" \t"))
            continue
        place, counter = _text_end(body, counter, first=times is None)
        if times:
            yield from _cues(times, body[:place])
        # The text behind malformed times is not part of the previous cue.
        times, body = found, []
        if is_broken:
            yield None
    # The file may be cut off after a counter.
    place, _counter = _text_end([*body, ""], counter, first=False)
    if times:
        yield from _cues(times, body[:place])


def _times_in(line: str) -> re.Match[str] | None:
    return _TIMES.fullmatch(line.strip()) if "-->" in line else None


def _text_end(body: list[str], counter: int | None, *, first: bool) -> tuple[int, int | None]:
    """Return the end of a cue's text in the lines before the next times, and the last counter."""
    end = len(body)
    while end and not body[end - 1]:
        end -= 1
    place = end - 1
    if not end or not _COUNTER.fullmatch(body[place]):
        return end, counter
    number, follows = int(body[place]), counter is not None and int(body[place]) == counter + 1
    apart = place == 0 or not body[place - 1]
    # A blank line after the number: either every line of the file is followed by one, or the number is text.
    counts = apart or follows if end == len(body) else apart and follows and place > 0
    return (place, number) if first or counts else (end, counter)


def _cues(times: re.Match[str], body: list[str]) -> Iterator[Cue | None]:
    """Yield the cue with these times: none if it has no text, and None if it ends before it begins."""
    rest = times[9] or ""
    placed = _PLACES.match(rest)
    lines = [rest[placed.end() :] if placed else rest, *body]
    start, end = milliseconds(*times.groups()[:4]), milliseconds(*times.groups()[4:8])
    one = cue(start, end, _runs("\n".join(filter(None, lines))))
    if one or end <= start:
        yield one


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
