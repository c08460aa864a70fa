"""Which format a file is taken for, what is too much, and the command."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bbbd.subtitles import LARGEST, UnreadableSubtitles, to_webvtt

SRT = "1\n00:00:01,000 --> 00:00:02,000\n[Events]\na <i>&amp;</i>\n"
SSA = "[Script Info]\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,a --> b{\\i1}c\n"
VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\n[Events]\na <i>&amp;</i>\n"
MADE = {
    SRT: "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n[Events]\na <i>&amp;amp;</i>\n",
    SSA: "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\na --&gt; b<i>c</i>\n",
    VTT: VTT,
}


@pytest.mark.parametrize("text", MADE)
@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/octet-stream",
        "text/vtt",
        "TEXT/VTT ; charset=utf-8",
        "application/x-subrip",
        "text/srt",
        "text/x-ssa",
        "text/x-ass",
        ";;",
    ],
)
@pytest.mark.parametrize("name", ["", "a.vtt", "a.SRT", "a.ass", "srt", "a.txt", "\udcff."])
def test_a_wrong_type_or_name_does_no_harm(text: str, content_type: str, name: str) -> None:
    assert to_webvtt(text.encode(), content_type, name) == MADE[text]


@pytest.mark.parametrize("text", [SRT, SSA])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marked_encodings_are_read(text: str, encoding: str) -> None:
    assert to_webvtt(text.encode(encoding)) == MADE[text]


@pytest.mark.parametrize(
    ("data", "content_type", "name", "says"),
    [
        (b"", "", "", "is none of WebVTT, SRT, SSA"),
        (b"\n\n", "", "", "is none of WebVTT, SRT, SSA"),
        (b"Once upon a time", "text/plain", "a.txt", "is none of WebVTT, SRT, SSA"),
        (b"Once upon a time", "", "a.srt", "has no readable cue"),
        (b"Once upon a time", "", "a.Ass", "has no readable cue"),
        (b"Once upon a time", "", "a.vtt", "does not begin with WEBVTT"),
        (b"Once upon a time", "application/x-subrip", "a.vtt", "has no readable cue"),
        (b"Once upon a time", "text/vtt", "", "does not begin with WEBVTT"),
        (b"WEBVTT\n", "application/x-subrip", "", "has no cue"),
        (b"\n\nWEBVTT\n\n00:01.000 --> 00:02.000\n", "", "a.srt", "does not begin with WEBVTT"),
        (b"WEBVTT\n\n00:01 --> 00:02\na\n", "", "", "line 3 that are not well-formed"),
        (b"00:00:01,000 --> 00:00:02,000\n\n", "", "", "has no readable cue"),
        (b"00:00:02,000 --> 00:00:01,000\na\n", "text/vtt", "", "has no readable cue"),
        (b"00:00:01,000 --> 00:00:02,000\na\0\n", "", "", "NUL"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "text/vtt", "", "NUL"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(data: bytes, content_type: str, name: str, says: str) -> None:
    with pytest.raises(UnreadableSubtitles, match=says):
        to_webvtt(data, content_type, name)


CUE = "00:00:01,000 --> 00:00:02,000\na\n\n"
LINE = "Dialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,,a\n"
BLOCK = "00:01.000 --> 00:02.000\na\n\n"


@pytest.mark.faults
@pytest.mark.parametrize(
    ("head", "unit", "most"), [("", CUE, 20_000), ("[Events]\n", LINE, 20_000), ("WEBVTT\n\n", BLOCK, 20_000)]
)
def test_one_cue_too_many_is_too_many(head: str, unit: str, most: int) -> None:
    assert to_webvtt((head + unit * most).encode()).count("-->") == most
    with pytest.raises(UnreadableSubtitles, match="has more than 20000 cues"):
        to_webvtt((head + unit * (most + 1)).encode())


def test_cues_that_are_dropped_do_not_count() -> None:
    assert to_webvtt(("00:00:02,000 --> 00:00:01,000\na\n" * 20_001 + CUE).encode()).count("-->") == 1


HEADS = [CUE, "[Events]\n" + LINE, "WEBVTT\n\n" + BLOCK]


@pytest.mark.parametrize("head", HEADS)
def test_one_character_too_many_is_too_many(head: str) -> None:
    to_webvtt(f"{head}{'é' * 10_000}\n".encode())
    with pytest.raises(UnreadableSubtitles, match="has a line of more than 10000 characters"):
        to_webvtt(f"{head}{'é' * 10_001}\n".encode())


@pytest.mark.parametrize("head", HEADS)
def test_one_byte_too_many_is_too_many(head: str) -> None:
    lines = (b"\n" + b" " * 4_000) * (LARGEST // 4_000)
    whole = (head.encode() + lines)[: LARGEST - 1] + b"\n"
    to_webvtt(whole)
    with pytest.raises(UnreadableSubtitles, match="is larger than 8 MiB"):
        to_webvtt(whole + b"\n")


def test_limits_are_of_what_comes_and_not_of_what_escaping_makes_of_it() -> None:
    assert to_webvtt(f"{CUE}{'&' * 9_999}\n".encode()).count("&amp;") == 9_999
    lines = ("&" * 2_000 + "\n") * 900
    assert len(to_webvtt((CUE + lines).encode())) > LARGEST


def run(data: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "bbbd.subtitles", *arguments], input=data, capture_output=True, check=False
    )


@pytest.mark.parametrize("text", MADE)
def test_the_command_writes_webvtt(text: str) -> None:
    ran = run(text.encode(), "--type", "text/vtt", "--name", "a.vtt")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, MADE[text].encode(), b"")


def test_the_command_keeps_webvtt_byte_for_byte() -> None:
    data = ("\ufeff" + VTT + "\u2028é").replace("\n", "\r\n").encode()
    ran = run(data)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, data, b"")


@pytest.mark.parametrize(
    ("data", "arguments", "says"),
    [
        (b"", (), b"is none of WebVTT, SRT, SSA\n"),
        (b"a", ("--name", "a.srt"), b"has no readable cue\n"),
        (b"WEBVTT\n", ("--type", "text/vtt"), b"has no cue\n"),
        (b"\n" * (LARGEST * 2), (), b"is larger than 8 MiB\n"),
    ],
)
def test_the_command_says_why_it_refuses(data: bytes, arguments: tuple[str, ...], says: bytes) -> None:
    ran = run(data, *arguments)
    assert (ran.returncode, ran.stdout, ran.stderr) == (65, b"", says)


def test_the_command_gives_up_what_needs_too_much_memory() -> None:
    limited = ["sh", "-c", f"ulimit -v 300000; exec {sys.executable} -m bbbd.subtitles"]
    ran = subprocess.run(limited, input=CUE.encode() + b"ab\n" * 2_000_000, capture_output=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (65, b"", b"needs too much memory\n")
