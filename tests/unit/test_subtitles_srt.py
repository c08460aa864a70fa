"""SRT as it is found, and the WebVTT that is made of it."""

# ruff: noqa: RUF001

from __future__ import annotations

import pytest

from bbbd.subtitles import UnreadableSubtitles, convert, to_webvtt

FIRST = "00:00:01,000 --> 00:00:02,000"
THEN = "00:00:03,000 --> 00:00:04,000"


def made(srt: str) -> str:
    head, blank, cues = to_webvtt(srt.encode()).partition("\n\n")
    assert (head, blank) == ("WEBVTT", "\n\n")
    return cues


def texts(srt: str) -> list[str]:
    return [block.strip("\n").partition("\n")[2] for block in made(srt).split("\n\n")]


@pytest.mark.parametrize(
    ("times", "told"),
    [
        (FIRST, "00:00:01.000 --> 00:00:02.000"),
        ("00:00:01.000 --> 00:00:02.000", "00:00:01.000 --> 00:00:02.000"),
        ("00:00:01,5 --> 00:00:02.25", "00:00:01.500 --> 00:00:02.250"),
        ("00:00:01 --> 00:00:02", "00:00:01.000 --> 00:00:02.000"),
        ("0:0:1,5 --> 0:0:1,05\nx\n\n0:0:1,05 --> 0:0:1,5", "00:00:01.050 --> 00:00:01.500"),
        ("00:01,000 --> 01:02,003", "00:00:01.000 --> 00:01:02.003"),
        ("00:00:01,000-->00:00:02,000", "00:00:01.000 --> 00:00:02.000"),
        (" \t00:00:01,000  -->\t00:00:02,000 \t", "00:00:01.000 --> 00:00:02.000"),
        ("1:00:00,000 --> 100:00:00,000", "01:00:00.000 --> 100:00:00.000"),
        ("123:59:59,999 --> 1234567:00:00,000", "123:59:59.999 --> 1234567:00:00.000"),
        ("00:00:00,000 --> 999999999999999:99:99,999", "00:00:00.000 --> 1000000000000000:40:39.999"),
        ("00:00:01,000 --> 00:00:75,000", "00:00:01.000 --> 00:01:15.000"),
        ("00:00:001,000 --> 00:00:075,000", "00:00:01.000 --> 00:01:15.000"),
        ("00:090:00,000 --> 00:090:01,000", "01:30:00.000 --> 01:30:01.000"),
    ],
)
def test_times_are_read_as_they_are_found(times: str, told: str) -> None:
    assert made(f"1\n{times}\nx\n") == f"{told}\nx\n"


@pytest.mark.parametrize(
    "times",
    [
        " --> 00:00:04,000",
        "00:00:03,000 -->",
        "-00:00:03,000 --> 00:00:04,000",
        "00:00:03,0000 --> 00:00:04,000",
        "00:00:04,000 --> 00:00:03,000",
    ],
)
def test_a_cue_that_cannot_be_timed_is_left_out_and_counted(times: str) -> None:
    found = convert(f"1\n{FIRST}\na\n\n2\n{times}\nb\n\n3\n{THEN}\nc\n".encode())
    assert found.left_out == 1
    assert [block.strip("\n").partition("\n")[2] for block in found.webvtt.split("\n\n")[1:]] == ["a", "c"]


@pytest.mark.parametrize(
    "line",
    [
        "-->",
        "a --> b",
        "00:00:01,000 --> never",
        "００:00:01,000 --> 00:00:02,000",
        "٠٠:00:01,000 --> 00:00:02,000",
        "00:00:01,000 -> 00:00:02,000",
        "00:00:01,000 --> 00:00:02,000x",
    ],
)
def test_what_is_not_quite_times_is_text(line: str) -> None:
    assert texts(f"{FIRST}\n{line}\n") == [line.replace(">", "&gt;")]


@pytest.mark.parametrize(
    "line",
    [
        "00:00:01,0000 --> 00:00:02,000",
        "1000000000000000:00:01,000 --> 1000000000000000:00:02,000",
        "-00:00:01,000 --> 00:00:02,000",
        "-00:00:03.000 --> -00:00:01.000",
        "00:00:01,000 --> 00:00:02:000",
    ],
)
def test_times_that_cannot_be_end_a_cue_and_show_nothing(line: str) -> None:
    rest = "3\n00:00:05,000 --> 00:00:06,000\nlast\n"
    assert texts(f"1\n00:00:01,000 --> 00:00:02,000\nfirst\n\n2\n{line}\nnever\n\n{rest}") == ["first", "last"]


@pytest.mark.parametrize(
    "rest",
    ["X1:100 X2:200 Y1:050 Y2:060", "x1: -1  x2: +2", "align:left line:0% position:10%,line-left", " ", "\tX1:1\t"],
)
def test_where_a_cue_stands_is_dropped(rest: str) -> None:
    assert texts(f"1\n{FIRST} {rest}\nx") == ["x"]


@pytest.mark.parametrize("rest", ["Hello", "X1:100 Hello", "align:left  Hello"])
def test_other_text_behind_the_times_is_kept(rest: str) -> None:
    assert texts(f"1\n{FIRST} {rest}\nx\n\n2\n{THEN}\ny") == ["Hello\nx", "y"]


@pytest.mark.parametrize(
    ("srt", "kept"),
    [
        (f"1\n{FIRST}\na\n\n2\n{THEN}\nb\n", ["a", "b"]),
        (f"{FIRST}\na\n\n{THEN}\nb\n", ["a", "b"]),
        (f"{FIRST}\n42\n\n{THEN}\n43\n", ["42", "43"]),
        (f"{FIRST}\na\n42\n{THEN}\nb\n", ["a\n42", "b"]),
        (f"{FIRST}\na\n\n42\n{THEN}\nb\n", ["a", "b"]),
        (f"1\n{FIRST}\na\n2\n{THEN}\nb\n", ["a", "b"]),
        (f"1\n{FIRST}\na\n1984\n{THEN}\nb\n", ["a\n1984", "b"]),
        (f"1\n{FIRST}\n1984\n\n2\n{THEN}\nb\n", ["1984", "b"]),
        (f"1\n{FIRST}\n2\n{THEN}\nb\n", ["b"]),
        (f"1\n\n{FIRST}\n\na\n\n2\n\n{THEN}\n\nb\n\n", ["a", "b"]),
        (f"7\n\n{FIRST}\n\na\n\n1984\n\n{THEN}\n\nb\n\n", ["a\n1984", "b"]),
        (f"1\n{FIRST}\na\n\n9\n{THEN}\nb\n", ["a", "b"]),
        (f"1\n{FIRST}\na\n\n{'9' * 16}\n{THEN}\nb\n", [f"a\n{'9' * 16}", "b"]),
        (f"1\n{FIRST}\na\n\n{'9' * 10_000}\n{THEN}\nb\n", [f"a\n{'9' * 10_000}", "b"]),
        (f"1\n{FIRST}\na\n\n٤٢\n{THEN}\nb\n", ["a\n٤٢", "b"]),
        (f"Made by somebody\n\n1\n{FIRST}\na\n2\n{THEN}\nb\n", ["a", "b"]),
        (f"{FIRST}\n{THEN}\nb\n", ["b"]),
        (f"1\n{FIRST}\na\n\n2", ["a"]),
        (f"1\n{FIRST}\na\n\n2\n\n", ["a"]),
        (f"1\n{FIRST}\n2", ["2"]),
        (f"1\n{FIRST}\na\n\n7\n", ["a\n7"]),
        (f"{FIRST}\na\n\n2\n", ["a\n2"]),
        (f"\ufeff1\n{FIRST}\na\n\n\ufeff1\n{THEN}\nb", ["a", "b"]),
        (f"1\n{FIRST}\na\n\n\n \nstill a\n\n\n\n2\n{THEN}\nb", ["a\nstill a", "b"]),
    ],
)
def test_counters_are_told_from_texts_that_are_numbers(srt: str, kept: list[str]) -> None:
    assert texts(srt) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("<b>b</b> <i>i</i> <u>u</u>", "<b>b</b> <i>i</i> <u>u</u>"),
        ("<B>b</B> <I class='x'>i</I >", "<b>b</b> <i>i</i>"),
        ("<b>a<i>b</i>c</b>d", "<b>a<i>b</i>c</b>d"),
        ("<b>a<i>b", "<b>a<i>b</i></b>"),
        ("<b>a<i>b</b>c</i>d", "<b>a<i>b</i></b><i>c</i>d"),
        ("<b>a<b>b</b>c</b>d", "<b>abc</b>d"),
        ("</b>a</i><b>b", "a<b>b</b>"),
        ("<i/>a<b/>b", "ab"),
        ("<i>a</i><i>b</i>", "<i>ab</i>"),
        ("<b></b><i> </i>a", "a"),
        ("<b>a\n\nb</b>", "<b>a\nb</b>"),
        ("<b>a</b>\n<i>b\nc</i>", "<b>a</b>\n<i>b\nc</i>"),
        ('<font color="#fff" size=1>a</font>b', "ab"),
        ("<bold>a</bold><s>b</s><b-x>c", "abc"),
        ("a<br>b<br/>c<BR />d", "a\nb\nc\nd"),
        ("<3 a < b > c <", "&lt;3 a &lt; b &gt; c &lt;"),
        ("<b", "&lt;b"),
        ("<b\n>", "&lt;b\n&gt;"),
        ("<<b>a>", "&lt;<b>a&gt;</b>"),
        (r"{\an8}a{\pos(1,2)\b1}b", "ab"),
        (r"{a} {{b}} {\c", r"{a} {{b}} {\c"),
        (r"{\a{\b}c", r"{\ac"),
        ("&amp; &lt;b&gt; &", "&amp;amp; &amp;lt;b&amp;gt; &amp;"),
        ("NOTE x\nSTYLE\nWEBVTT", "NOTE x\nSTYLE\nWEBVTT"),
        (" \ta \n\tb\t", "a\nb"),
        ("\u3000a\xa0", "\u3000a\xa0"),
        ("a\n\xa0\n\u2003\nb", "a\nb"),
        ("a\u2028b\x85c\x0bd\x1ce", "a\u2028b\x85cde"),
        ("a\tb", "a\tb"),
    ],
)
def test_a_text_keeps_its_styles_and_nothing_that_breaks_webvtt(text: str, kept: str) -> None:
    assert texts(f"1\n{FIRST}\n{text}\n") == [kept]


def test_cues_come_in_order_and_those_that_nobody_sees_are_dropped() -> None:
    srt = (
        "1\n00:00:05,000 --> 00:00:06,000\nthird\n\n2\n00:00:01,000 --> 00:00:09,000\nfirst\n\n"
        "3\n00:00:01,000 --> 00:00:02,000\nsecond, at once\n\n4\n00:00:03,000 --> 00:00:03,000\nnever\n\n"
        "5\n00:00:03,000 --> 00:00:02,000\nbackwards\n\n6\n00:00:07,000 --> 00:00:08,000\n<i> </i>\n"
    )
    assert made(srt) == (
        "00:00:01.000 --> 00:00:09.000\nfirst\n\n00:00:01.000 --> 00:00:02.000\nsecond, at once\n\n"
        "00:00:05.000 --> 00:00:06.000\nthird\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 80_000 + "x",
        "<b></b>" * 12_000,
        "<b><i>\n" * 10_000 + "x",
        "<\n" * 80_000,
        "{\n" * 80_000,
        "{\\\n" * 80_000,
        ("<b " * 3_000 + "\n") * 10,
        ("<" + "a" * 9_000 + "\n") * 10,
        ("-->" * 3_000 + "\n") * 10,
        "-->\n" * 20_000,
        ("1" * 10_000 + "\n") * 10,
        "1\n" * 40_000,
        ("00:00:01 --> 00:00:02 " + "X1:" + " " * 9_000 + "\n") * 10,
        (" " * 9_000 + "-->\n") * 10,
    ],
)
def test_nothing_takes_more_time_than_in_proportion(text: str) -> None:
    try:
        told = to_webvtt(f"{FIRST}\n{text}\n{THEN}\nlast\n".encode())
    except UnreadableSubtitles:
        assert any(len(line) > 10_000 // 5 for line in text.split("\n"))
    else:
        assert told.endswith("\nlast\n")
