"""The welcome message and the one for moderators: keywords replaced, HTML cleaned, within a bound."""

from __future__ import annotations

import re
from html import escape

from bbbd.meetings.html_outline import outlined
from bbbd.values.late_modules import nh3

#: Characters of a finished message. Each person gets it on entering, and a connection that is slow to read is closed.
LONGEST_MESSAGE = 64 << 10
_TAGS = {"a", "b", "br", "i", "img", "li", "small", "span", "strong", "u", "ul"}
_ATTRIBUTES = {"a": {"href", "target"}, "img": {"src", "width", "height"}}
_KNOWN = {tag: _ATTRIBUTES.get(tag, set()) for tag in _TAGS}
_SCHEMES = {"http", "https", "mailto", "tel"}
_KEYWORD = re.compile(r"%%(?:DIALNUM|CONFNUM|CONFNAME|SERVERURL)%%")


class TooLong(ValueError):
    """A message with its keywords replaced is too long; the text says what is allowed."""


def _grouped(number: str) -> str:
    """Return a number of more than five digits in groups of three from the right, as people read it."""
    if len(number) <= 5:
        return number
    first = len(number) % 3
    return " ".join(([number[:first]] if first else []) + [number[at : at + 3] for at in range(first, len(number), 3)])


def cleaned(html: str, *, http_pictures: bool = False) -> str:
    """Return HTML with only what the reference server lets through, links opening in a page of their own.

    Pictures by plain http stay only with ``http_pictures``: a page over https cannot load them.
    """

    def attribute(tag: str, name: str, value: str) -> str | None:
        is_plain = tag == "img" and name == "src" and value.strip().lower().startswith("http:")
        return None if is_plain and not http_pictures else value

    return nh3.clean(
        outlined(html.replace('href="event:', 'href="'), _KNOWN),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes=_SCHEMES,
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def message(template: str, *, name: str, dial_number: str, voice_bridge: str, server_url: str) -> str:
    """Return a message for people from its template; the values are put in as text, never as HTML.

    Raises ``TooLong``.
    """
    values = {
        "%%DIALNUM%%": escape(dial_number),
        "%%CONFNUM%%": escape(_grouped(voice_bridge)),
        "%%CONFNAME%%": escape(name),
        "%%SERVERURL%%": escape(server_url),
    }
    longer = sum(len(values[keyword]) - len(keyword) for keyword in _KEYWORD.findall(template))
    if len(template) + longer > LONGEST_MESSAGE:
        raise _too_long()
    filled = _KEYWORD.sub(lambda found: values[found[0]], template)
    finished = cleaned(filled, http_pictures=server_url.startswith("http:"))
    if len(finished) > LONGEST_MESSAGE:
        raise _too_long()
    return finished


def _too_long() -> TooLong:
    return TooLong(
        f"is too long with its keywords replaced; allowed are {LONGEST_MESSAGE} characters of HTML: it is sent to each"
        " person who comes in"
    )
