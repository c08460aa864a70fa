"""From what was heard to cues that can be read: at most two lines, and no sentence that a model made up in a loop."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bbbd.subtitles.cues import Cue, StyledText, cue

#: Characters of a line, and lines of a cue: what subtitlers agree upon for a video.
_LINE, _LINES = 42, 2
#: How often in a row the same words are believed.
_MOST_ALIKE = 2


class Heard(NamedTuple):
    """Words, and when they were said: milliseconds of the recording."""

    begin: int
    end: int
    text: str


def cues_of(heard: Iterable[Heard]) -> Iterator[Cue]:
    """Yield cues; long words in succession share the time by their length."""
    for begin, end, text in _without_loops(heard):
        lines = textwrap.wrap(text, _LINE, break_long_words=True) or [""]
        shown = [lines[at : at + _LINES] for at in range(0, len(lines), _LINES)]
        letters = [sum(map(len, one)) for one in shown]
        for number, one in enumerate(shown):
            first, last = (
                begin + (end - begin) * sum(letters[:upto]) // max(1, sum(letters)) for upto in (number, number + 1)
            )
            if made := cue(first, last, [StyledText("\n".join(one))]):
                yield made


def _without_loops(heard: Iterable[Heard]) -> Iterator[Heard]:
    """Yield what was heard; a model that hears noise may say the same on and on."""
    last, alike = "", 0
    for one in heard:
        alike = alike + 1 if one.text == last else 1
        last = one.text
        if alike <= _MOST_ALIKE:
            yield one
