"""Shared notes of a recording: ``notes.html``, of the notes that BigBlueButton left among the raw files.

Players show the one line between ``<body>`` and ``</body>`` as HTML, so only harmless elements are in it.
"""

from __future__ import annotations

from pathlib import Path

import nh3

from bbbd.storage.disk import read_regular

_LARGEST = 4 << 20
_TAGS = (
    *("a", "b", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins"),
    *("li", "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "u", "ul"),
)
_HEAD = '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n<title>Notes</title>\n</head>\n'


def notes_html(raw: Path) -> str:
    """Return ``notes.html``, empty if there are no notes."""
    try:
        given = read_regular(raw / "notes" / "notes.html", _LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""
    body = _body(given)
    harmless = nh3.clean(
        body,
        tags=set(_TAGS),
        clean_content_tags={"script", "style", "title"},
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
    )
    line = " ".join(harmless.split())
    return f"{_HEAD}<body>\n{line}\n</body>\n</html>\n" if line else ""


def _body(given: str) -> str:
    """Return what stands in the body of a page, all of a text without one."""
    lowered = given.lower()
    begin = lowered.find("<body")
    if begin < 0 or len(lowered) != len(given):
        return given
    inside = lowered.find(">", begin) + 1
    end = lowered.rfind("</body")
    return given[inside : end if end >= inside else None]
