"""Chat messages in the markup of recordings: five entities, and links as ``<a><u>``.

All players read it so; anything else that looks like HTML was typed so, and is escaped. Lines end with a line feed:
most versions of BigBlueButton's player would show ``<br/>``, which other servers write, as it is.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape as _escape

#: A URL up to a character that no URL has; what ends a sentence or closes a bracket is not a part of it.
_URL = re.compile(r"https?://[^\s<>\"]+")
_AFTER = ".,;:!?'*_"
_BREAK = re.compile(r"<br\s{0,8}/?>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:a|u)(?:\s[^<>]*)?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(lt|gt|quot|#39|#x27|apos|amp);")
_CHARACTERS = {"lt": "<", "gt": ">", "quot": '"', "#39": "'", "#x27": "'", "apos": "'", "amp": "&"}


def _escaped(text: str) -> str:
    """Return a text with the entities that BigBlueButton's player knows; it knows no ``&#x27;``."""
    return _escape(text, {'"': "&quot;"})


def _link_length(url: str) -> int:
    """Return how much of what looks like a URL is one."""
    end = len(url)
    surplus = url.count(")") - url.count("(")
    while end and (url[end - 1] in _AFTER or (url[end - 1] == ")" and surplus > 0)):
        surplus -= url[end - 1] == ")"
        end -= 1
    return end


def as_markup(text: str) -> str:
    """Return a plain text in the markup."""
    pieces, place = [], 0
    for found in _URL.finditer(text):
        url = found[0][: _link_length(found[0])]
        if len(url) <= len("https://"):
            continue
        pieces.append(_escaped(text[place : found.start()]))
        pieces.append(f'<a href="{_escaped(url)}" rel="nofollow"><u>{_escaped(url)}</u></a>')
        place = found.start() + len(url)
    pieces.append(_escaped(text[place:]))
    return "".join(pieces)


def as_text(markup: str) -> str:
    """Return the plain text of a message in the markup, as players show it."""
    plain = _TAG.sub("", _BREAK.sub("\n", markup))
    return _ENTITY.sub(lambda found: _CHARACTERS[found[1]], plain)
