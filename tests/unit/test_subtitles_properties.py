"""Whatever comes in: what is written passes the check, is read again as it was, and nothing else is ever raised."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bbbd.subtitles import UnreadableSubtitles, to_webvtt, webvtt
from bbbd.subtitles.cues import Cue, StyledText, TextStyle, cue, normalized
from bbbd.subtitles.text_lines import clean
from bbbd.subtitles.webvtt_writer import write

NASTY = [
    "-->",
    "--",
    ">",
    "<",
    "&",
    "&lt;",
    "&amp;",
    "&#10;",
    "<b>",
    "</b>",
    "<i",
    "\n",
    "\n\n",
    " ",
    "\t",
    "\r",
    "\r\n",
    "NOTE",
    "NOTE x",
    "STYLE",
    "REGION",
    "WEBVTT",
    "00:01.000 --> 00:02.000",
    "{\\an8}",
    "\\N",
    "\xa0",
    "\u2028",
    "\x85",
    "\x0b",
    "\x1a",
    "\ufeff",
    "\ufffd",
    "\u200e",
    "é",
    "😀",
    "1",
]
TEXTS = st.lists(st.sampled_from(NASTY) | st.text(st.characters(codec="utf-8"), max_size=5)).map("".join).map(clean)
STYLES = st.sampled_from([TextStyle(number) for number in range(8)])
RUNS = st.lists(st.builds(StyledText, TEXTS, STYLES))
TIMES = st.one_of(st.integers(0, 5_000), st.integers(0, 10**18))


@st.composite
def cues(draw: st.DrawFn) -> Cue | None:
    start, length = draw(TIMES), draw(TIMES)
    return cue(start, start + length, draw(RUNS))


@given(st.lists(cues()))
def test_what_is_written_is_read_again(drawn: list[Cue | None]) -> None:
    made = [one for one in drawn if one]
    text = write(made)
    if not made:
        with pytest.raises(UnreadableSubtitles, match="no cue"):
            webvtt.check(text.encode())
        return
    assert webvtt.check(text.encode()) == text
    assert list(webvtt.read(text.encode())) == sorted(made, key=lambda one: one.start)
    assert to_webvtt(text.encode()) == text
    assert "\n\n\n" not in text
    assert text.endswith("\n")
    assert text.count("-->") == len(made)


@given(RUNS)
def test_tidying_keeps_the_text_and_is_done_once(runs: list[StyledText]) -> None:
    text_runs = normalized(runs)
    assert normalized(text_runs) == text_runs
    assert all(run.text for run in text_runs)
    assert all(before.style != after.style for before, after in pairwise(text_runs))
    lines = [line.strip(" \t") for line in "".join(run.text for run in runs).split("\n") if line.strip()]
    assert "".join(run.text for run in text_runs) == "\n".join(lines)


def converted(data: bytes, content_type: str) -> None:
    try:
        text = to_webvtt(data, content_type)
    except UnreadableSubtitles as fault:
        reason = str(fault)
    else:
        assert webvtt.check(text.encode()) == text
        assert all(one.end > one.start for one in webvtt.read(text.encode()))
        return
    assert re.fullmatch(r"(?:is|has|does) .*", reason)


KINDS = st.sampled_from(["", "text/vtt", "application/x-subrip", "text/x-ass"])
HEADS = st.sampled_from([b"", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"WEBVTT\n\n", b"00:00:01,0 --> 00:00:02,0\n"])


@given(HEADS, st.binary(), KINDS)
@example(b"", b"\x00:\x00", "")
def test_any_bytes_are_converted_or_refused(head: bytes, data: bytes, content_type: str) -> None:
    converted(head + data, content_type)


FRAGMENTS = [
    *NASTY,
    "WEBVTT\n\n",
    "00:00:01,000 --> 00:00:02,000\n",
    "00:01.000 --> 00:02.000\n",
    "1\n",
    "2\n",
    "<u>",
    "</i>",
    "<c.x>",
    "<00:01.500>",
    "&nbsp;",
    "&#x41;",
    "&#99999999999;",
    "[Script Info]\n",
    "[Events]\n",
    "[V4+ Styles]\n",
    "Format: ",
    "Name, Bold\n",
    "Start, End, Style, Text\n",
    "Style: Default,Arial,1,2,3,4,5,1,1,1\n",
    "Dialogue: ",
    "Comment: ",
    "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,",
    ",",
    "{",
    "}",
    "{\\b1}",
    "{\\i1\\r}",
    "{\\p1}",
    "{\\t(\\b1)}",
    "(",
    ")",
    "\\h",
    "\\{",
    "X1:1",
    "0:00:01.00",
    "99999999999999999:00:01,000",
    "--> 00:00:02,000",
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join), KINDS, st.sampled_from(["utf-8", "utf-16"]))
def test_any_mixture_is_converted_or_refused(text: str, content_type: str, encoding: str) -> None:
    converted(text.encode(encoding), content_type)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join), st.booleans())
def test_webvtt_that_passes_stays_as_it_is(text: str, marked: bool) -> None:  # noqa: FBT001
    data = ("\ufeff" * marked + "WEBVTT\n\n00:01.000 --> 00:02.000\n" + text).encode()
    try:
        webvtt.check(data)
    except UnreadableSubtitles:
        return
    assert to_webvtt(data).encode() == data
