"""Lines of a text file in any encoding and with any line ends."""

from __future__ import annotations

import re

from bbbd.subtitles.cues import LARGEST, LONGEST_LINE, UnreadableSubtitles
from bbbd.text_encoding import decode

#: Byte order marks inside the text, and control characters: many DOS files end with Ctrl-Z.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufeff]")


def lines_of(data: bytes) -> list[str]:
    """Return the lines of a file. Raises ``UnreadableSubtitles``."""
    if len(data) > LARGEST:
        raise UnreadableSubtitles(f"is larger than {LARGEST >> 20} MiB")
    text = decode(data)
    if "\0" in text:
        raise UnreadableSubtitles("is no text: it has NUL characters")
    # Unicode line separators are part of the text, so splitlines() would split too much.
    lines = clean(text).split("\n")
    if max(map(len, lines)) > LONGEST_LINE:
        raise UnreadableSubtitles(f"has a line of more than {LONGEST_LINE} characters")
    return lines


def clean(text: str) -> str:
    """Return a text with line feeds as line ends and without invisible characters."""
    text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    return _UNSEEN.sub("", text)
