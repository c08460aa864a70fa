"""SSA and ASS: columns, styles, and the blocks that switch them."""

from __future__ import annotations

import pytest

from bbbd.subtitles import UnreadableSubtitles, to_webvtt

HEAD = """[Script Info]
Title: x

[V4+ Styles]
Format: Name, Fontname, Fontsize, Bold, Italic, Underline
Style: Default,Arial,20,0,0,0
Style: Strong,Arial,20,-1,0,0
Style: Slanted,Arial,20,0,1,0
Style: Heavy,Arial,20,600,0,-1
Style: Light,Arial,20,300,0,0

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def texts(ssa: str) -> list[str]:
    head, blank, cues = to_webvtt(ssa.encode()).partition("\n\n")
    assert (head, blank) == ("WEBVTT", "\n\n")
    return [block.strip("\n").partition("\n")[2] for block in cues.split("\n\n")]


def said(text: str, style: str = "Default") -> str:
    return f"Dialogue: 0,0:00:01.00,0:00:02.00,{style},,0,0,0,,{text}\n"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Hello, world, again", "Hello, world, again"),
        (r"a\Nb\nc\hd", "a\nb\nc\xa0d"),
        (r"a\N\N\h\Nb", "a\nb"),
        (r"\N a \N", "a"),
        (r"\{a\} \x \\ \\N.", "{a} \\x \\\\ \\\n."),
        (r"{\b1}a{\b0}b{\i1}c{\i0}d{\u1}e{\u0}f", "<b>a</b>b<i>c</i>d<u>e</u>f"),
        (r"{\b1\i1\u1}a{\b0}b", "<b><i><u>a</u></i></b><i><u>b</u></i>"),
        (r"{\b700}a{\b400}b{\b600}c{\b599}d", "<b>a</b>b<b>c</b>d"),
        (r"{\b1}a{\b}b{\i1}c{\i}d", "<b>a</b>b<i>c</i>d"),
        (r"{\b1\b5}a{\b -1}b", "a<b>b</b>"),
        (r"{\b1}a{\r}b{\rStrong}c{\r*Slanted}d{\rNone}e", "<b>a</b>b<b>c</b><i>d</i>e"),
        (r"{\bord2\be1\blur3\pbo9\fnbold\fscx1\s1\iclip(1,2)\ufo}a", "a"),
        (r"{\pos(1,2)\an8\org(3,4)\fad(1,2)}a", "a"),
        (r"{\t(0,1,\b1\t(\i1))\u1}a", "<u>a</u>"),
        (r"{\t(\b1}a{\i1)}b", "a<i>b</i>"),
        (r"{)\b1}a", "<b>a</b>"),
        (r"{\k20}ka{\K30}ra{\ko1}o{\kf2}ke", "karaoke"),
        (r"{\p1}m 0 0 l 1 \N 1{\p0}a{\p2\b1}m 0{\p0}b", "a<b>b</b>"),
        (r"{\clip(m 0 0 l 1 1)\p0}a", "a"),
        (r"a{a comment}b{}c{ \b1}d", "abc<b>d</b>"),
        (r"a{b", "a{b"),
        (r"{a{\b1}b{c", "<b>b{c</b>"),
        (r"{\b99999999999999999999}a", "a"),
        ("<b>a</b> & --> x", "&lt;b&gt;a&lt;/b&gt; &amp; --&gt; x"),
        ("  a  ", "a"),
    ],
)
def test_a_text_keeps_its_styles_and_loses_the_rest(text: str, kept: str) -> None:
    assert texts(HEAD + said(text)) == [kept]


@pytest.mark.parametrize(
    ("style", "text", "kept"),
    [
        ("Strong", r"a{\b0}b{\b}c{\b1}d", "<b>a</b>b<b>cd</b>"),
        ("Slanted", r"a{\i0}b{\r}c{\rStrong}d{\r}e", "<i>a</i>b<i>c</i><b>d</b><i>e</i>"),
        ("Heavy", "a", "<b><u>a</u></b>"),
        ("Light", "a", "a"),
        ("*Strong", "a", "<b>a</b>"),
        (" Strong ", "a", "<b>a</b>"),
        ("Unheard of", "a", "a"),
    ],
)
def test_a_line_looks_as_its_style_says(style: str, text: str, kept: str) -> None:
    assert texts(HEAD + said(text, style)) == [kept]


@pytest.mark.parametrize(
    "ssa",
    [
        HEAD + said("a, b"),
        (HEAD + said("a, b")).upper().replace("A, B", "a, b"),
        "[Events]\nDialogue: Marked=0,0:00:01.00,0:00:02.00,*Default,NTP,0000,0000,0000,!Effect,a, b\n",
        "[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,0:00:02.00,a, b\n",
        "[Events]\nFormat:Text,End,Start\nDialogue:a, b,0:00:02.00,0:00:01.00\n",
        "[Events]\nFormat: Start, End, Text, Name\nDialogue: 0:00:01.00,0:00:02.00,a, b,c\n",
        HEAD + "Comment: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,no\nPicture: x\n; no\n" + said("a, b"),
        HEAD + "Dialogue: 0,soon,later,Default,,0,0,0,,no\nDialogue: 0\nDialogue\n" + said("a, b"),
        HEAD + said("") + said("{nothing}") + said("a, b"),
        HEAD + said("a, b") + "\n[Fonts]\nfontname: x.ttf\n" + said("no"),
        "[Fonts]\n" + said("no") + HEAD + said("a, b"),
    ],
)
def test_the_columns_decide(ssa: str) -> None:
    assert to_webvtt(ssa.encode()) == "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\na, b\n"


@pytest.mark.parametrize(
    ("styles", "kept"),
    [
        ("[V4+ Styles]\nFormat: Bold, Name\nStyle: 1,X\n", "<b>a</b>"),
        ("[v4 styles]\nStyle: X,Arial,20,1,2,3,4,-1,-1,1,0\n", "<b><i>a</i></b>"),
        ("[V4+ Styles]\nStyle: X,Arial,20,1,2,3,4,-1,0,-1,0\n", "<b><u>a</u></b>"),
        ("[V4+ Styles]\nFormat: Name, Bold\nStyle: Default,1\nStyle: Y,0\n", "<b>a</b>"),
        ("[V4+ Styles]\nFormat: Name, Bold, Italic\nStyle: X,very,2\nStyle\nStyle: X\n", "a"),
        ("[V4+ Styles]\nFormat: Bold\nStyle: 1\n", "a"),
    ],
)
def test_styles_may_stand_behind_the_events(styles: str, kept: str) -> None:
    events = "[Events]\n" + said("a", "X")
    assert texts(events + styles) == texts(styles + events) == [kept]


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("0:00:01.00", "0:00:02.50", "00:00:01.000 --> 00:00:02.500"),
        ("0:00:01.5", "0:00:02.055", "00:00:01.500 --> 00:00:02.055"),
        ("0:00:01:50", "0:00:02:5", "00:00:01.500 --> 00:00:02.500"),
        ("0:00:01", "123:00:02.00", "00:00:01.000 --> 123:00:02.000"),
        (" 00:00:01.00 ", "0:0:2.0", "00:00:01.000 --> 00:00:02.000"),
    ],
)
def test_times_are_read(start: str, end: str, told: str) -> None:
    ssa = f"[Events]\nFormat: Start, End, Text\nDialogue: {start},{end},a\n"
    assert to_webvtt(ssa.encode()) == f"WEBVTT\n\n{told}\na\n"


@pytest.mark.parametrize(
    "ssa",
    [
        "[Script Info]\n",
        HEAD,
        HEAD + "Dialogue: 0,0:00:02.00,0:00:01.00,Default,,0,0,0,,backwards\n",
        HEAD + said(r"{\p1}m 0 0"),
        HEAD + "Dialogue: 0,\u0660:00:01.00,0:00:02.00,Default,,0,0,0,,a\n",
        "[Events]\nFormat: Start, End\nDialogue: 0:00:01.00,0:00:02.00\n",
        "[Events]\nFormat: " + "x," * 60 + "Start, End, Text\nDialogue: " + "," * 60 + "0:00:01.00,0:00:02.00,a\n",
    ],
)
def test_a_file_without_a_readable_line_is_refused(ssa: str) -> None:
    with pytest.raises(UnreadableSubtitles, match="no readable cue"):
        to_webvtt(ssa.encode())


@pytest.mark.parametrize(
    "text",
    [
        "{" * 9_000,
        "{" * 4_000 + "}" * 4_000,
        "{" + "(" * 9_000 + "}",
        r"{\t" + "()" * 4_000 + "}",
        r"{\b1\b0}" * 1_000,
        r"{\b1}a{\b0}b" * 800,
        r"{\b" + " " * 9_000 + "}",
        "\\" * 9_000,
        r"\N" * 4_500,
        "{" + "\\" * 9_000 + "}",
        "," * 9_000,
    ],
)
def test_nothing_takes_more_time_than_in_proportion(text: str) -> None:
    assert texts(HEAD + said(text) * 10 + said("last"))[-1] == "last"
