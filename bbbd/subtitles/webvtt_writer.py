"""Writer of WebVTT."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bbbd.subtitles.cues import STYLES, Cue, StyledText, TextStyle


def write(cues: Iterable[Cue]) -> str:
    """Return a WebVTT file with the cues, ordered by start."""
    return "WEBVTT\n" + "".join(map(_block, sorted(cues, key=lambda one: one.start)))


def _block(one: Cue) -> str:
    return f"\n{_timestamp(one.start)} --> {_timestamp(one.end)}\n{''.join(_markup(one.runs))}\n"


def _timestamp(milliseconds: int) -> str:
    seconds, fraction = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{fraction:03}"


def _markup(runs: Iterable[StyledText]) -> Iterator[str]:
    """Yield texts and properly nested tags."""
    inside: list[str] = []
    for text, style in (*runs, StyledText("", TextStyle.PLAIN)):
        letters = [letter for letter, flag in STYLES.items() if flag in style]
        while not set(inside) <= set(letters):
            yield f"</{inside.pop()}>"
        for letter in letters:
            if letter not in inside:
                inside.append(letter)
                yield f"<{letter}>"
        yield _escape(text)


def _escape(text: str) -> str:
    # Escaping ">" keeps texts from containing the arrow.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
