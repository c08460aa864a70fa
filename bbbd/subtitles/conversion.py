"""Conversion of a subtitle file in any supported format to WebVTT."""

from __future__ import annotations

from enum import Enum
from itertools import islice

from bbbd.subtitles import ass, srt, webvtt
from bbbd.subtitles.cues import MOST_CUES, UnreadableSubtitles
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


def to_webvtt(data: bytes, content_type: str = "", name: str = "") -> str:
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


def _convert(data: bytes, form: SubtitleFormat) -> str:
    if form is SubtitleFormat.WEBVTT:
        return webvtt.check(data)
    cues = list(islice(_READERS[form](lines_of(data)), MOST_CUES + 1))
    if not cues:
        raise UnreadableSubtitles("has no readable cue")
    if len(cues) > MOST_CUES:
        raise UnreadableSubtitles(f"has more than {MOST_CUES} cues")
    return write(cues)


def _recognise(lines: list[str]) -> SubtitleFormat | None:
    if webvtt.has_signature(lines):
        return SubtitleFormat.WEBVTT
    for line in lines:
        if ass.begins_section(line):
            return SubtitleFormat.SSA
        if srt.has_times(line):
            return SubtitleFormat.SRT
    return None
