"""Conversion of a subtitle file in any supported format to WebVTT."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from bbbd.subtitles import ass, srt, webvtt
from bbbd.subtitles.cues import MOST_CUES, Cue, UnreadableSubtitles
from bbbd.subtitles.text_lines import lines_of
from bbbd.subtitles.webvtt_writer import write


class SubtitleFormat(Enum):
    """The supported formats, by their usual names."""

    WEBVTT = "WebVTT"
    SRT = "SRT"
    SSA = "SSA"


_TYPES = {
    "text/vtt": SubtitleFormat.WEBVTT,
    "text/webvtt": SubtitleFormat.WEBVTT,
    "application/x-subrip": SubtitleFormat.SRT,
    "application/srt": SubtitleFormat.SRT,
    "application/x-srt": SubtitleFormat.SRT,
    "text/srt": SubtitleFormat.SRT,
    "text/x-srt": SubtitleFormat.SRT,
    "text/x-subrip": SubtitleFormat.SRT,
    "text/x-ssa": SubtitleFormat.SSA,
    "text/x-ass": SubtitleFormat.SSA,
    "application/x-ssa": SubtitleFormat.SSA,
    "application/x-ass": SubtitleFormat.SSA,
}
_ENDINGS = {
    "vtt": SubtitleFormat.WEBVTT,
    "webvtt": SubtitleFormat.WEBVTT,
    "srt": SubtitleFormat.SRT,
    "ssa": SubtitleFormat.SSA,
    "ass": SubtitleFormat.SSA,
}
_READERS = {SubtitleFormat.SRT: srt.read, SubtitleFormat.SSA: ass.read}


class ConvertedSubtitles(NamedTuple):
    """WebVTT, and how many cues were left out, as they cannot be timed."""

    webvtt: str
    left_out: int = 0


def to_webvtt(data: bytes, content_type: str = "", name: str = "") -> str:
    """Return subtitles as WebVTT, see ``convert``."""
    return convert(data, content_type, name).webvtt


def convert(data: bytes, content_type: str = "", name: str = "") -> ConvertedSubtitles:
    """Return subtitles as WebVTT; WebVTT itself is checked and returned unchanged. Raises ``UnreadableSubtitles``.

    The format is decided by the content type, then by the first lines, then by the file name. A wrong
    content type is corrected by the first lines.
    """
    declared = _TYPES.get(content_type.partition(";")[0].strip().lower())
    if declared:
        try:
            return _convert(data, declared)
        except UnreadableSubtitles:
            found = _recognise(lines_of(data))
            if found in {None, declared}:
                raise
    else:
        found = _recognise(lines_of(data)) or _ENDINGS.get(name.rpartition(".")[2].lower())
    if not found:
        raise UnreadableSubtitles(f"is none of {', '.join(form.value for form in SubtitleFormat)}")
    return _convert(data, found)


def _convert(data: bytes, form: SubtitleFormat) -> ConvertedSubtitles:
    if form is SubtitleFormat.WEBVTT:
        return ConvertedSubtitles(webvtt.check(data))
    cues: list[Cue] = []
    left_out = 0
    for one in _READERS[form](lines_of(data)):
        if one is None:
            left_out += 1
        elif len(cues) < MOST_CUES:
            cues.append(one)
        else:
            raise UnreadableSubtitles(f"has more than {MOST_CUES} cues")
    if not cues:
        raise UnreadableSubtitles("has no readable cue")
    return ConvertedSubtitles(write(cues), left_out)


def _recognise(lines: list[str]) -> SubtitleFormat | None:
    if webvtt.has_signature(lines):
        return SubtitleFormat.WEBVTT
    for line in lines:
        if ass.begins_section(line):
            return SubtitleFormat.SSA
        if srt.has_times(line):
            return SubtitleFormat.SRT
    return None
