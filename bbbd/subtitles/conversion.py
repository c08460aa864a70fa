"""Makes WebVTT, which browsers show, of the subtitles that people have."""

from __future__ import annotations

from enum import Enum
from itertools import islice

from bbbd.subtitles import ass, srt, webvtt
from bbbd.subtitles.cues import MOST_CUES, Unreadable
from bbbd.subtitles.text import lines_of
from bbbd.subtitles.writing import write


class Form(Enum):
    """The formats that are known, by the names that people use."""

    WEBVTT = "WebVTT"
    SRT = "SRT"
    SSA = "SSA"


_TYPES = {
    "text/vtt": Form.WEBVTT,
    "text/webvtt": Form.WEBVTT,
    "application/x-subrip": Form.SRT,
    "application/srt": Form.SRT,
    "application/x-srt": Form.SRT,
    "text/srt": Form.SRT,
    "text/x-srt": Form.SRT,
    "text/x-subrip": Form.SRT,
    "text/x-ssa": Form.SSA,
    "text/x-ass": Form.SSA,
    "application/x-ssa": Form.SSA,
    "application/x-ass": Form.SSA,
}
_ENDINGS = {"vtt": Form.WEBVTT, "webvtt": Form.WEBVTT, "srt": Form.SRT, "ssa": Form.SSA, "ass": Form.SSA}
_READERS = {Form.SRT: srt.read, Form.SSA: ass.read}


def to_webvtt(data: bytes, content_type: str = "", name: str = "") -> str:
    """Return subtitles as WebVTT; what is WebVTT already is checked and stays as it is. Raises ``Unreadable``.

    The content type decides what they are, then their first lines, then the file's name. A content type
    that is wrong does no harm.
    """
    declared = _TYPES.get(content_type.partition(";")[0].strip().lower())
    if declared:
        try:
            return _converted(data, declared)
        except Unreadable:
            found = _recognised(lines_of(data))
            if found in {None, declared}:
                raise
    else:
        found = _recognised(lines_of(data)) or _ENDINGS.get(name.rpartition(".")[2].lower())
    if not found:
        raise Unreadable(f"is none of {', '.join(form.value for form in Form)}")
    return _converted(data, found)


def _converted(data: bytes, form: Form) -> str:
    if form is Form.WEBVTT:
        return webvtt.check(data)
    cues = list(islice(_READERS[form](lines_of(data)), MOST_CUES + 1))
    if not cues:
        raise Unreadable("has no readable cue")
    if len(cues) > MOST_CUES:
        raise Unreadable(f"has more than {MOST_CUES} cues")
    return write(cues)


def _recognised(lines: list[str]) -> Form | None:
    if webvtt.is_signed(lines):
        return Form.WEBVTT
    for line in lines:
        if ass.begins_section(line):
            return Form.SSA
        if srt.is_timed(line):
            return Form.SRT
    return None
