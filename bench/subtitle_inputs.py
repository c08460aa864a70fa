"""Subtitles to convert: tricky ones with the cues that a viewer is to see, ordinary ones of a size, hostile ones."""

# ruff: noqa: RUF001

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from bbbd.subtitles.cues import Cue, StyledText, TextStyle

Piece = str | tuple[str, TextStyle]
Maker = Callable[[int], bytes]

MB = 1_000_000
B, I, U = TextStyle.BOLD, TextStyle.ITALIC, TextStyle.UNDERLINE  # noqa: E741
FIRST, NEXT = "00:00:01,000 --> 00:00:02,000", "00:00:03,000 --> 00:00:04,000"

# Wrap style 2: there \n breaks a line.
ASS_STYLES = """[Script Info]
ScriptType: v4.00+
WrapStyle: 2

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,20,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,2,2,2,10,10,10,1
Style: Strong,Arial,20,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,-1,0,0,0,100,100,0,0,1,2,2,2,10,10,10,1
Style: Slanted,Arial,20,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,0,-1,0,0,100,100,0,0,1,2,2,2,10,10,10,1

[Events]
"""
ASS_HEAD = ASS_STYLES + "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
SSA = """[Script Info]
ScriptType: v4.00

[V4 Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, TertiaryColour, BackColour, Bold, Italic, \
BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, AlphaLevel, Encoding
Style: Default,Arial,20,16777215,255,0,0,0,0,1,2,2,2,10,10,10,0,1

[Events]
Format: Marked, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: Marked=0,0:00:01.00,0:00:02.00,*Default,NTP,0000,0000,0000,!Effect,Hello, world, {\\i1}again
Dialogue: Marked=0,0:00:03.00,0:00:04.00,*Default,NTP,0000,0000,0000,!Effect,Next
"""


class Input(NamedTuple):
    """A tricky file, what is tricky in it, and its cues; without any it must be refused."""

    what: str
    name: str
    data: bytes
    cues: tuple[Cue, ...]


def at(start: int, end: int, *pieces: Piece) -> Cue:
    """Return a cue with its text as it stands there."""
    return Cue(
        start=start,
        end=end,
        runs=tuple(StyledText(one) if isinstance(one, str) else StyledText(*one) for one in pieces),
    )


def both(*pieces: Piece) -> tuple[Cue, Cue]:
    """Return the cues of most inputs: the second one shows what the first one spoils."""
    return at(1000, 2000, *pieces), at(3000, 4000, "Next")


def srt_text(text: str, times: str = FIRST) -> str:
    """Return SRT with a cue, and another one behind it."""
    return f"1\n{times}\n{text}\n\n2\n{NEXT}\nNext\n"


def srt(what: str, text: str, *pieces: Piece) -> Input:
    """Return SRT with a tricky text."""
    return Input(what, "a.srt", srt_text(text).encode(), both(*pieces))


def timed(what: str, times: str, start: int = 1000, end: int = 2000) -> Input:
    """Return SRT with tricky times."""
    return Input(what, "a.srt", srt_text("Hello", times).encode(), (at(start, end, "Hello"), at(3000, 4000, "Next")))


def made(what: str, text: str, *cues: Cue) -> Input:
    """Return SRT that is tricky as a whole."""
    return Input(what, "a.srt", text.encode(), cues or both("Hello"))


def encoded(what: str, text: str, encoding: str, mark: bytes = b"") -> Input:
    """Return SRT in a tricky encoding."""
    return Input(what, "a.srt", mark + srt_text(text).encode(encoding), both(text))


def said(text: str, style: str = "Default", times: str = "0:00:01.00,0:00:02.00") -> str:
    """Return a line of ASS."""
    return f"Dialogue: 0,{times},{style},,0,0,0,,{text}\n"


SAID_NEXT = said("Next", times="0:00:03.00,0:00:04.00")


def ass(what: str, text: str, *pieces: Piece, style: str = "Default") -> Input:
    """Return ASS with a tricky text."""
    return Input(what, "a.ass", (ASS_HEAD + said(text, style) + SAID_NEXT).encode(), both(*pieces))


UNSEEN = "2\n00:00:02,500 --> 00:00:02,500\nNever\n\n3\n00:00:02,900 --> 00:00:02,100\nNever\n\n"
COLUMNS = "Format: End, Start, Style, Text\nDialogue: 0:00:02.00,0:00:01.00,Slanted,Hello, world\n"

INPUTS = (
    encoded("UTF-8 with a byte order mark", "Größe", "utf-8-sig"),
    encoded("UTF-16 LE with a byte order mark", "Größe", "utf-16-le", b"\xff\xfe"),
    encoded("UTF-16 BE with a byte order mark", "Größe", "utf-16-be", b"\xfe\xff"),
    encoded("Windows-1252", "Größe – naïve café, 5 €", "cp1252"),
    encoded("Windows-1251", "Здравствуйте, как у вас дела сегодня?", "cp1251"),
    made("lone CR", srt_text("Hello\nworld").replace("\n", "\r"), *both("Hello\nworld")),
    timed("point before the milliseconds", "00:00:01.000 --> 00:00:02.500", 1000, 2500),
    timed("one or two digits of milliseconds", "00:00:01,5 --> 00:00:02,25", 1500, 2250),
    made(
        "hours above 99",
        srt_text("Hello").replace(NEXT, "100:00:00,000 --> 1234:00:00,000"),
        at(1000, 2000, "Hello"),
        at(360_000_000, 4_442_400_000, "Next"),
    ),
    timed("coordinates", FIRST + "  X1:100 X2:600 Y1:050 Y2:100"),
    made("missing counters", f"{FIRST}\nHello\n\n{NEXT}\nNext\n"),
    made("cues out of order", f"1\n{NEXT}\nNext\n\n2\n{FIRST}\nHello\n"),
    made("end not after start", f"1\n{FIRST}\nHello\n\n{UNSEEN}4\n{NEXT}\nNext\n"),
    timed("overlapping cues", "00:00:01,000 --> 00:00:05,000", 1000, 5000),
    srt("b, i, u", "<b>b</b> <i>i</i> <u>u</u>", ("b", B), " ", ("i", I), " ", ("u", U)),
    srt("nested tags", "<i>one <u>two</u> three</i> four", ("one ", I), ("two", I | U), (" three", I), " four"),
    srt("unclosed tags", "one <i>two <u>three", "one ", ("two ", I), ("three", I | U)),
    srt("overlapping tags", "<i>one <u>two</i> three</u> four", ("one ", I), ("two", I | U), (" three", U), " four"),
    srt("font", '<font color="#ff0000" size="14">red <i>and</i></font> not', "red ", ("and", I), " not"),
    srt("unknown tags", "<s>one</s> <blink>two</blink>", "one two"),
    srt(r"{\an8}", r"{\an8}Hello", "Hello"),
    srt("braces that are text", "{laughs} Hello {1}", "{laughs} Hello {1}"),
    srt("&", "Fish & chips: http://example.org/?a=1&copy=2", "Fish & chips: http://example.org/?a=1&copy=2"),
    srt("<", "I <3 you, 1 < 2 and 3 > 2", "I <3 you, 1 < 2 and 3 > 2"),
    srt("an arrow that is text", "Paris --> Rome", "Paris --> Rome"),
    srt("blank line in a cue", "Hello\n\nNOTE of the world", "Hello\nNOTE of the world"),
    srt("80,000 blank lines in a cue", "Hello" + "\n" * 80_000 + "world", "Hello\nworld"),
    srt("a text that is a number", "1984", "1984"),
    Input("SSA v4, commas in a text", "a.ssa", SSA.encode(), both("Hello, world, ", ("again", I))),
    Input("columns in another order", "a.ass", (ASS_STYLES + COLUMNS).encode(), (at(1000, 2000, ("Hello, world", I)),)),
    ass("ASS that is called .srt", r"{\i1}Hello", ("Hello", I))._replace(name="a.srt"),
    Input(
        "Comment:", "a.ass", (ASS_HEAD + said("Hello") + "Comment" + said("No")[8:] + SAID_NEXT).encode(), both("Hello")
    ),
    ass(r"\N and \n", r"one\Ntwo\nthree", "one\ntwo\nthree"),
    ass(r"\h", r"5\hkm", "5 km"),
    ass(r"{\b1}, {\i1}, {\u1}", r"{\b1}b{\b0} {\i1}i{\i0} {\u1}u", ("b", B), " ", ("i", I), " ", ("u", U)),
    ass("weights of bold", r"{\b700}one {\b400}two", ("one ", B), "two"),
    ass(
        r"{\r} and {\r} with a style",
        r"one {\i1}two {\r}three {\rSlanted}four",
        "one ",
        ("two ", I),
        "three ",
        ("four", I),
    ),
    ass("bold of the style", r"one {\b0}two", ("one ", B), "two", style="Strong"),
    ass("italic of the style", r"one {\i0}two{\i1} three", ("one ", I), "two", (" three", I), style="Slanted"),
    ass("a drawing before a text", r"{\p1}m 0 0 l 10 0 10 10{\p0}Hello", "Hello"),
    ass(r"\pos, \an, \fad, \bord, \iclip", r"{\an8\pos(320,40)\fad(2,2)}Hel{\bord2\iclip(0,0,1,1)}lo", "Hello"),
    ass("karaoke", r"{\k20}ka{\K30}ra{\ko15}o{\kf25}ke", "karaoke"),
    ass(r"\t(...)", r"{\t(0,500,\frz360\fs30)}Hel{\t(\clip(0,0,9,9))}lo", "Hello"),
    ass("&, < and tags of HTML in ASS", "1 < 2 & <i>this</i>", "1 < 2 & <i>this</i>"),
    Input("no subtitles at all", "a.srt", b"Once upon a time\nthere was a text.\n", ()),
)


# Ordinary files.

SRT_WORDS = "<i>Wir</i> müssen über das Größte reden, sagte <b>sie</b> & ging, {a} mit 3 < 4 und noch einem Satz."
ASS_WORDS = r"{\i1}Wir{\i0} müssen über das Größte reden, sagte {\b1}sie{\b0} & ging, {\i1}mit{\i0} 3 < 4 und mehr."
#: So many are 20,000 cues in 8 MB.
CUES_OF_A_MB = 2_500


def moment(seconds: int, point: str) -> str:
    """Return a moment with half a second."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}50"


def srt_file(count: int, text: str) -> bytes:
    """Return SRT with so many cues."""
    times = (f"{moment(2 * number, ',')}0 --> {moment(2 * number + 1, ',')}0" for number in range(count))
    return "".join(f"{number}\n{one}\n{text}\n\n" for number, one in enumerate(times, 1)).encode()


def ass_file(count: int, text: str) -> bytes:
    """Return ASS with so many cues."""
    times = (f"{moment(2 * number, '.')},{moment(2 * number + 1, '.')}" for number in range(count))
    return (ASS_HEAD + "".join(said(text, times=one) for one in times)).encode()


def vtt_file(count: int, text: str) -> bytes:
    """Return WebVTT with so many cues."""
    times = (f"{moment(2 * number, '.')}0 --> {moment(2 * number + 1, '.')}0" for number in range(count))
    return ("WEBVTT\n\n" + "".join(f"{one}\n{text}\n\n" for one in times)).encode()


def srt_of(size: int) -> bytes:
    """Return SRT of so many MB, with as many cues as may be in 8."""
    return fitted(srt_file, SRT_WORDS, "\n", size)


def ass_of(size: int) -> bytes:
    """Return ASS of so many MB, with as many cues as may be in 8."""
    return fitted(ass_file, ASS_WORDS, r"\N", size)


def fitted(make: Callable[[int, str], bytes], words: str, line_end: str, size: int) -> bytes:
    """Return a file whose cues are made of the same words, as long as it takes."""
    around = len(make(CUES_OF_A_MB, "")) // CUES_OF_A_MB + 1
    text, wanted = line_end.join([words] * 4), MB // CUES_OF_A_MB - around
    while len(text.encode()) > wanted:
        text = text[:-1]
    return make(CUES_OF_A_MB * size, text)


# Hostile files.

#: Characters of a line: once they are escaped, a line of WebVTT may still have as many.
LINE = 1_900


def cut(unit: str, size: int) -> list[str]:
    """Return about so many bytes, as lines that say a thing again and again."""
    return [(unit * (LINE // len(unit) + 1))[:LINE]] * (size // LINE)


def one_cue(unit: str, size: int, last: str = "end") -> bytes:
    """Return SRT of one cue that says a thing again and again."""
    return "\n".join(("1", FIRST, *cut(unit, size), last, "")).encode()


def lines_of(line: str, size: int) -> bytes:
    """Return SRT of one cue that has a line again and again."""
    return "\n".join(("1", FIRST, "begin", *[line] * (size // (len(line) + 1)), "end", "")).encode()


def nested(size: int) -> bytes:
    """Return SRT that opens a tag as often as it closes it."""
    lines = [("<b>" * 600 + "a", "</b>" * 450 + "b")[place % 7 > 2] for place in range(size // 1801)]
    return "\n".join(("1", FIRST, *lines, "")).encode()


def placed(size: int) -> bytes:
    """Return SRT with coordinates without end."""
    return "".join(f"{FIRST} {line}\na\n" for line in cut("X1:1 align:left ", size)).encode()


def blocks(unit: str, size: int, before: str = "", behind: str = "end") -> bytes:
    """Return ASS whose lines say a thing again and again."""
    return (ASS_HEAD + "".join(said(before + line + behind) for line in cut(unit, size))).encode()


#: What is hostile, the ending of its name, and what makes about so many bytes of it.
HOSTILE: tuple[tuple[str, str, Maker], ...] = (
    ("SRT, blank lines in one cue", ".srt", partial(lines_of, "")),
    ("SRT, <b>a</b>b", ".srt", partial(one_cue, "<b>a</b>b")),
    ("SRT, <b><i><u> never closed", ".srt", partial(one_cue, "<b><i><u>")),
    ("SRT, <b> as deep as wide", ".srt", nested),
    ("SRT, <", ".srt", partial(one_cue, "<")),
    ("SRT, <b x", ".srt", partial(one_cue, "<b x")),
    ("SRT, {", ".srt", partial(one_cue, "{")),
    ("SRT, {\\", ".srt", partial(one_cue, "{\\")),
    ("SRT, (", ".srt", partial(one_cue, "(")),
    ("SRT, &", ".srt", partial(one_cue, "&  ")),
    ("SRT, lines of -->", ".srt", partial(lines_of, "-->")),
    ("SRT, times with an x behind", ".srt", partial(lines_of, f"{FIRST}x")),
    ("SRT, times that are none", ".srt", partial(lines_of, f"-{FIRST}")),
    ("SRT, 1:1-", ".srt", partial(one_cue, "1:1-")),
    ("SRT, times without a text", ".srt", partial(lines_of, FIRST)),
    ("SRT, coordinates", ".srt", placed),
    ("SRT, digits", ".srt", partial(one_cue, "9")),
    ("SRT, lines of digits", ".srt", partial(lines_of, "1")),
    ("SRT, bytes of no encoding", ".srt", lambda size: one_cue("\x81\xe9a\xff", size).decode().encode("latin-1")),
    (r"ASS, {\b1}a{\b0}b", ".ass", partial(blocks, r"{\b1}a{\b0}b")),
    (r"ASS, \b1\b0 in one block", ".ass", partial(blocks, r"\b1\b0", before="{", behind="}end")),
    ("ASS, {", ".ass", partial(blocks, "{")),
    ("ASS, { closed once", ".ass", partial(blocks, "{", behind="}end")),
    ("ASS, {}", ".ass", partial(blocks, "{}")),
    ("ASS, (", ".ass", partial(blocks, "(", before=r"{\t", behind="}end")),
    (r"ASS, \t(\t(\t(", ".ass", partial(blocks, r"\t(", before="{", behind="}end")),
    (r"ASS, \N", ".ass", partial(blocks, r"\N")),
    ("ASS, backslashes", ".ass", partial(blocks, "\\")),
    ("ASS, commas", ".ass", partial(blocks, ",")),
    ("ASS, digits", ".ass", partial(blocks, "9", before=r"{\b", behind="}end")),
)
