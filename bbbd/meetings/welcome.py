"""The welcome message and the one for moderators: keywords replaced, HTML cleaned."""

from __future__ import annotations

from html import escape

import nh3

_TAGS = {"a", "b", "br", "i", "img", "li", "small", "span", "strong", "u", "ul"}
_ATTRIBUTES = {"a": {"href", "target"}, "img": {"src", "width", "height"}}
_SCHEMES = {"https", "mailto", "tel"}


def _grouped(number: str) -> str:
    """Return a number of more than five digits in groups of three from the right, as people read it."""
    if len(number) <= 5:
        return number
    first = len(number) % 3
    return " ".join(([number[:first]] if first else []) + [number[at : at + 3] for at in range(first, len(number), 3)])


def cleaned(html: str) -> str:
    """Return HTML with only what the reference server lets through, links opening in a page of their own."""
    return nh3.clean(
        html.replace('href="event:', 'href="'),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def message(template: str, *, name: str, dial_number: str, voice_bridge: str, server_url: str) -> str:
    """Return a message for people from its template; the values are put in as text, never as HTML."""
    values = {
        "%%DIALNUM%%": dial_number,
        "%%CONFNUM%%": _grouped(voice_bridge),
        "%%CONFNAME%%": name,
        "%%SERVERURL%%": server_url,
    }
    for keyword, value in values.items():
        template = template.replace(keyword, escape(value))
    return cleaned(template)
