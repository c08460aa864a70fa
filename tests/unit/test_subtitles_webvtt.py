"""WebVTT: what is kept as it is, what is refused, and how browsers read it."""

from __future__ import annotations

import pytest

from bbbd.subtitles import UnreadableSubtitles, to_webvtt
from bbbd.subtitles.cues import TextStyle
from bbbd.subtitles.webvtt import read

TIMES = "00:01.000 --> 00:02.000"


def shown(payload: str) -> str:
    """The text of the only cue; bold as *…*, italic as /…/, underlined as _…_."""
    (cue,) = read(f"WEBVTT\n\n{TIMES}\n{payload}".encode())
    marks = {TextStyle.PLAIN: "", TextStyle.BOLD: "*", TextStyle.ITALIC: "/", TextStyle.UNDERLINE: "_"}
    parts = []
    for text, style in cue.runs:
        around = "".join(marks[flag] for flag in style)
        parts.append(around + text + around[::-1])
    return "".join(parts)


@pytest.mark.parametrize(
    "text",
    [
        f"WEBVTT\n\n{TIMES}\na",
        f"WEBVTT\n\n{TIMES}\n",
        f"WEBVTT\n\n{TIMES}",
        f"\ufeffWEBVTT\r\n\r\n{TIMES}\r\na\r\n",
        f"WEBVTT\r\r{TIMES}\ra",
        f"WEBVTT - a title --> x\nKind: captions\n\n\n\n{TIMES}\na",
        f"WEBVTT\tx\n\n{TIMES}\na",
        f"WEBVTT\n{TIMES}\na",
        f"WEBVTT\n\nname\n{TIMES} align:left line:0%\na\n",
        f"WEBVTT\n\n{TIMES}\t\na",
        "WEBVTT\n\n00:01.000\t-->  00:02.000 \na",
        "WEBVTT\n\n00:59:59.999 --> 1000000000000000:00:00.000\na",
        f"WEBVTT\n\nSTYLE\n::cue {{ color: red }}\n\nREGION\nid:x\n\nNOTE\na\n\nNOTE b\n\n{TIMES}\na",
        f"WEBVTT\n\nnobody knows\nwhat this is\n\n{TIMES}\na",
        f"WEBVTT\n\nNOTE a --> b\n\nNOTE\nc --> d\n00:02.000 --> 00:01.000\n\n{TIMES}\na",
        f"WEBVTT\n\n{TIMES}\n&<b>--</b>\x01\x85\u2028\ufeff",
    ],
)
@pytest.mark.parametrize("content_type", ["", "text/vtt", "Text/VTT; charset=x"])
def test_webvtt_is_kept_byte_for_byte(text: str, content_type: str) -> None:
    assert to_webvtt(text.encode(), content_type).encode() == text.encode()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "does not begin"),
        (b"webvtt\n\n", "does not begin"),
        (f"WEBVTTx\n\n{TIMES}\n".encode(), "does not begin"),
        (f" WEBVTT\n\n{TIMES}\n".encode(), "does not begin"),
        (f"\nWEBVTT\n\n{TIMES}\n".encode(), "does not begin"),
        (f"\ufeff\ufeffWEBVTT\n\n{TIMES}\n".encode(), "does not begin"),
        (f"WEBVTT\n\n{TIMES}\ncaf\xe9".encode("latin-1"), "not UTF-8"),
        (f"\ufeffWEBVTT\n\n{TIMES}\n".encode("utf-16-le"), "is in UTF-16; WebVTT must be in UTF-8"),
        (f"WEBVTT\n\n{TIMES}\na\0".encode(), "NUL"),
        (b"WEBVTT", "no cue"),
        (b"WEBVTT\n\nNOTE a --> b\n", "no cue"),
        (b"WEBVTT\n\n00:02.000 --> 00:01.000\n", "line 3 that are not in order"),
        (b"WEBVTT\n\n00:01.000 --> 00:01.000\n", "line 3 that are not in order"),
        (f"WEBVTT\n\n{TIMES}\n\nx\n00:02.000 --> 00:01.000\n".encode(), "line 6 that are not in order"),
        (f"WEBVTT\na --> b\n\n{TIMES}\n".encode(), "line 2 that are not well-formed"),
        (f"WEBVTT\n\n{TIMES}\na --> b\n".encode(), "line 4 that are not well-formed"),
        (f"WEBVTT\n\nSTYLE\n-->\n\n{TIMES}\n".encode(), "line 4 that are not well-formed"),
        (f"WEBVTT\n\nNOTED --> b\n\n{TIMES}\n".encode(), "line 3 that are not well-formed"),
        (f"WEBVTT\n\nNOTE\n\na --> b\n\n{TIMES}\n".encode(), "line 5 that are not well-formed"),
        *(
            (f"WEBVTT\n\n{times}\n".encode(), "not well-formed")
            for times in (
                "00:01,000 --> 00:02,000",
                "00:01.00 --> 00:02.00",
                "00:01 --> 00:02",
                "0:00:01.000 --> 0:00:02.000",
                "0:01.000 --> 0:02.000",
                "00:60:00.000 --> 00:61:00.000",
                "00:00:60.000 --> 00:00:61.000",
                "00:01.000-->00:02.000",
                "00:01.000 -->00:02.000",
                " 00:01.000 --> 00:02.000",
                "00:01.000 --> 00:02.000align:left",
                "00:01.000 --> 00:02.000 --> 00:03.000",
                "00:01.000 --> 00:02.000\xa0",
                "\u0660\u0660:01.000 --> \u0660\u0660:02.000",
                f"{'9' * 17}:00:01.000 --> {'9' * 17}:00:02.000",
                f"{'9' * 5000}:00:01.000 --> {'9' * 5000}:00:02.000"[:9_999],
            )
        ),
    ],
)
def test_what_browsers_would_have_to_guess_is_refused(text: bytes, says: str) -> None:
    with pytest.raises(UnreadableSubtitles, match=says):
        list(read(text))


def test_what_is_refused_is_not_converted_either() -> None:
    with pytest.raises(UnreadableSubtitles, match="not UTF-8"):
        to_webvtt(f"WEBVTT\n\n{TIMES}\ncaf\xe9".encode("latin-1"), "text/vtt")
    with pytest.raises(UnreadableSubtitles, match="does not begin"):
        to_webvtt(f"\nWEBVTT\n\n{TIMES}\na".encode())


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ("<b>a</b><i>b</i><u>c</u>d", "*a*/b/_c_d"),
        ("<b>a<i>b</i>c</b>", "*a**/b/**c*"),
        ("<b.x y>a</b>", "*a*"),
        ("<b\nx>a", "*a*"),
        ("<B>a</B><bold>b", "ab"),
        ("<b>a</i>b</b>", "*ab*"),
        ("<b>a</b >b", "*ab*"),
        ("<b><i>a</b>b", "*/ab/*"),
        ("<c.red>a</c><v Some One>b</v><lang de>c</lang>", "abc"),
        ("<ruby>a<rt>b</ruby>c<rt>d", "abcd"),
        ("<00:01.500>a<x>b</x>", "ab"),
        ("a<b", "a"),
        ("a < b > c", "a  c"),
        ("a<>b<", "ab"),
        ("&amp;&lt;&gt;&nbsp;.&lrm;&rlm;", "&<>\xa0.\u200e\u200f"),
        ("&#65;&#x42;&eacute;&copy", "AB\xe9\xa9"),
        ("&amp;lt; & &xyz; &;", "&lt; & &xyz; &;"),
        (f"a&#{'9' * 5_000};b&#x{'f' * 50};&#0;", "a\ufffdb\ufffd\ufffd"),
        ("a&#10;&#13;b&#9;c&#1;", "a\nb\tc"),
        ("a\n \nb\n\nNOTE c", "a\nb"),
        ("a > b", "a > b"),
    ],
)
def test_a_cue_is_read_as_browsers_read_it(payload: str, text: str) -> None:
    assert shown(payload) == text


def test_a_line_with_times_begins_a_cue_wherever_it_stands() -> None:
    text = f"WEBVTT\n{TIMES}\na\n{TIMES}\nb\nc\n\nname\n{TIMES}\n\nNOTE\n{TIMES}\nd\nno --> e\nf\n\ng"
    assert ["".join(run.text for run in cue.runs) for cue in read(text.encode())] == ["a", "b\nc", "d"]
