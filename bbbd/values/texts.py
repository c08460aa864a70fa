"""Texts from outside as people see them: control characters dropped, words kept apart by line breaks and tabs."""

from __future__ import annotations

import re
import unicodedata


def without_controls(text: str) -> str:
    """Return a text without control characters (Unicode Cc) and characters that XML forbids."""
    if text.isprintable():
        return text
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cs") and c not in "\ufffe\uffff")


#: Characters removed from chat: controls other than line ends and tabs, and marks that change text direction.
_NOT_IN_CHAT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
#: Embeddings, overrides and isolates of direction. LRM, RLM and ALM stay: names in Arabic and Hebrew need them.
_DIRECTION_MARKS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
#: Line ends; and all characters that separate words on one line.
_LINE_END = re.compile(r"\r\n|[\n\x0b\x0c\r]")
_BREAKS = re.compile(r"[\t\n\x0b\x0c\r]+")

#: Invisible letters and a blank Braille sign; and the categories of invisible characters.
_BLANK_CHARACTERS = "\u115f\u1160\u2800\u3164\uffa0"
_BLANK_CATEGORIES = ("Cc", "Cf", "Zl", "Zp", "Zs")


def is_visible(given: str) -> bool:
    """Return whether any character of a text is visible."""
    return any(c not in _BLANK_CHARACTERS and unicodedata.category(c) not in _BLANK_CATEGORIES for c in given)


def one_line(given: str) -> str:
    """Return a text on one line: line breaks and tabs become one space, other control characters are dropped."""
    # Spaces beside a break are part of it, so that words are one space apart.
    parts = (without_controls(part).strip() for part in _BREAKS.split(given))
    return " ".join(part for part in parts if part)


def title(given: str) -> str:
    """Return the name of a person, meeting, room, deck or track: one line without marks that change direction."""
    return one_line(_DIRECTION_MARKS.sub("", given))


def paragraphs(given: str) -> str:
    """Return a text of several lines: all line ends become line feeds, tabs spaces; other controls are dropped."""
    lines = _LINE_END.sub("\n", given).replace("\t", " ").split("\n")
    return "\n".join(map(without_controls, lines)).strip()


def chat_text(given: str) -> str:
    """Return a chat message as it is shown to others; it may have several lines."""
    shown = _NOT_IN_CHAT.sub("", _LINE_END.sub("\n", given)).strip()
    return shown if is_visible(shown) else ""


def has_controls(text: str) -> bool:
    """Return whether the text has control characters (Unicode Cc) or characters that XML forbids."""
    return text != without_controls(text)
