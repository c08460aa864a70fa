"""HTML from outside in a plain outline: known tags only, well nested and few deep, in time that grows with its length.

The sanitizer behind it (``welcome.py``) decides what is safe. It follows the rules of browsers for tags that are never
closed: these take a time, and make a text, that grows with the square of the length, or worse. So it gets HTML in
which every tag is closed and none is nested deeper than ``MOST_DEPTH``.
"""

from __future__ import annotations

import re
from html import escape, unescape

#: Tags that are open at once.
MOST_DEPTH = 24
_TOKEN = re.compile(r"<(/?)([A-Za-z][^\s/>]*)|<[!?/]|<|[^<]+")
_ATTRIBUTE = re.compile(
    r"""(>)|([^\s/>=][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"'][^\s>]*))?)?[\s/]*|[\s/=]+"""
)
#: Tags whose content is never shown.
_HIDDEN = {
    "script": re.compile(r"</script\b", re.IGNORECASE),
    "style": re.compile(r"</style\b", re.IGNORECASE),
}
_EMPTY = ("br", "img")
_LISTS = ("ul", "li")
#: Line breaks next to these tags would only add empty lines.
_BLOCKS = ("br", *_LISTS)


class _Outline:
    """Writes the outline. ``attributes`` has the known attributes of each known tag."""

    def __init__(self, attributes: dict[str, set[str]]) -> None:
        self._attributes = attributes
        self._pieces: list[str] = []
        self._open: list[str] = []
        self._last = ""

    def text(self, text: str) -> None:
        """Add a text; its line ends become ``<br>``."""
        if self._last in _BLOCKS and text[:1] in ("\n", " "):
            text = text.lstrip(" ").removeprefix("\n")
        if self._open and self._open[-1] == "ul":
            text = text.strip()
        self._pieces.append(text.replace("\n", "<br>"))
        if text.strip():
            self._last = ""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Add a tag and what it closes, unless it is unknown or nested too deep."""
        if name not in self._attributes:
            return
        if name == "li" and "li" in self._open and "ul" not in self._open[_last(self._open, "li") :]:
            self.end("li")
        if name == "a":
            self.end("a")
        if name not in _EMPTY:
            if len(self._open) >= MOST_DEPTH:
                return
            self._open.append(name)
        known = (f' {key}="{escape(value)}"' for key, value in attributes.items() if key in self._attributes[name])
        self._pieces.append(f"<{name}{''.join(known)}>")
        self._last = name

    def end(self, name: str) -> None:
        """Close a tag and all that are open in it, unless it is not open."""
        if name not in self._open:
            return
        begin = _last(self._open, name)
        self._pieces.extend(f"</{one}>" for one in reversed(self._open[begin:]))
        del self._open[begin:]
        self._last = name if name in _LISTS else ""

    def written(self) -> str:
        """Return the outline, with all tags closed."""
        self._pieces.extend(f"</{one}>" for one in reversed(self._open))
        return "".join(self._pieces)


def _last(names: list[str], name: str) -> int:
    return len(names) - 1 - names[::-1].index(name)


def outlined(html: str, attributes: dict[str, set[str]]) -> str:
    """Return the outline of a text; ``attributes`` has the tags and their attributes that are known."""
    outline, place = _Outline(attributes), 0
    while found := _TOKEN.match(html, place):
        place = found.end()
        closes, name = found[1], (found[2] or "").lower()
        if name:
            given, place = _read_attributes(html, place)
            if closes:
                outline.end(name)
            else:
                outline.begin(name, given)
                place = _after_hidden(html, place, name)
        elif found[0] == "<":
            outline.text("&lt;")
        elif found[0].startswith("<"):
            place = _after(html, place, "-->" if html.startswith("--", place) else ">")
        else:
            outline.text(found[0])
    return outline.written()


def _read_attributes(html: str, place: int) -> tuple[dict[str, str], int]:
    """Return the attributes of a tag, and the place behind it. The first of equal names counts."""
    attributes: dict[str, str] = {}
    while place < len(html):
        found = _ATTRIBUTE.match(html, place)
        if found is None:
            place += 1
            continue
        place = found.end()
        if found[1]:
            return attributes, place
        if found[2]:
            value = next((one for one in found.groups()[2:] if one is not None), "")
            attributes.setdefault(found[2].lower(), unescape(value))
    # The tag never ends: nothing of it is shown.
    return {}, place


def _after(html: str, place: int, mark: str) -> int:
    found = html.find(mark, place)
    return found + len(mark) if found >= 0 else len(html)


def _after_hidden(html: str, place: int, name: str) -> int:
    if name not in _HIDDEN:
        return place
    found = _HIDDEN[name].search(html, place)
    return _after(html, found.end(), ">") if found else len(html)
