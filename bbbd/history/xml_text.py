"""Texts and attributes of XML files that are written piece by piece."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

#: Characters that XML 1.0 forbids, and other controls but line feed and tab.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
#: In an attribute a reader takes line feeds and tabs for spaces unless they are escaped.
_IN_ATTRIBUTE = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}


def clean(text: str) -> str:
    """Return a text without control characters and the characters that XML forbids."""
    return _FORBIDDEN.sub("", text)


def text(given: str) -> str:
    """Return a text as the content of an element."""
    return escape(clean(given))


def attribute(given: str) -> str:
    """Return a text as the value of an attribute in double quotes."""
    return escape(clean(given), _IN_ATTRIBUTE)


def attributes(**given: str | int) -> str:
    """Return attributes, each with a space before it."""
    return "".join(f' {name}="{attribute(str(value))}"' for name, value in given.items())
