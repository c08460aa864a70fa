"""Content negotiation: XML, JSON or JSONP, and detection of browsers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import unquote

from bbbd.api.long_answers import gathered, json_element, json_parts, xml_parts
from bbbd.api.problems import Failed, Problem
from bbbd.api.response_tree import CALLBACK, Tree, WrittenRows, write_json, write_jsonp, write_xml_parts, xml
from bbbd.http.accept import qualities

XML = b"text/xml;charset=utf-8"
JSON = b"application/json;charset=utf-8"
JAVASCRIPT = b"application/javascript;charset=utf-8"


@dataclass(frozen=True, slots=True)
class ResponseFormat:
    """The format of an answer; a ``callback`` makes it JSONP.

    ``typed`` JSON has real numbers and booleans; ``bare`` JSON has no ``response`` member around it.
    """

    json: bool = False
    callback: str = ""
    typed: bool = False
    bare: bool = False

    @property
    def content_type(self) -> bytes:
        """The answer's Content-Type."""
        return XML if not self.json else JAVASCRIPT if self.callback else JSON

    def write(self, tree: Tree) -> bytes:
        """Return a tree in this format."""
        return b"".join(self.parts(tree))

    def parts(self, tree: Tree) -> list[bytes]:
        """Return a tree in this format, in parts of any length."""
        if not self.json:
            return write_xml_parts(tree)
        if any(isinstance(value, WrittenRows) for _name, value in tree):
            return list(json_parts(tree, self.callback, typed=self.typed, bare=self.bare))
        if self.callback:
            return [write_jsonp(tree, self.callback, typed=self.typed, bare=self.bare)]
        return [write_json(tree, typed=self.typed, bare=self.bare)]

    def element(self, name: str, tree: Tree) -> bytes:
        """Return an element of a list in this format, for ``WrittenRows``."""
        return json_element(tree, self.callback, typed=self.typed) if self.json else xml([(name, tree)])

    @property
    def element_key(self) -> str:
        """What formats have in common whose elements look the same."""
        return ("script" if self.callback else "json") + " typed" * self.typed if self.json else "xml"

    def pieces(self, tree: Tree) -> list[bytes]:
        """Return a long tree in this format, in pieces."""
        if not self.json:
            return gathered(xml_parts(tree))
        return gathered(json_parts(tree, self.callback, typed=self.typed, bare=self.bare))


PLAIN = ResponseFormat()


@lru_cache(maxsize=100)
def prefers(accept: str, media_type: str, others: tuple[str, ...]) -> bool:
    """Return whether a header names ``media_type`` with a higher quality than the others."""
    named = qualities(accept)
    quality = named.get(media_type, 0.0)
    rest = max((named.get(other, 0.0) for other in others), default=0.0)
    return quality > 0 and quality > rest


def is_browser(accept: str | None) -> bool:
    """Return whether a request comes from a browser: its Accept header prefers ``text/html``."""
    return accept is not None and prefers(accept, "text/html", ("application/json", "text/xml", "application/xml"))


def raw_value(query: bytes, name: bytes) -> str | None:
    """Return a parameter of an unverified raw query; ``name`` includes its equals sign."""
    for part in query.split(b"&"):
        if part.startswith(name):
            return unquote(part[len(name) :].decode("latin-1").replace("+", " ")).strip()
    return None


def response_format(query: bytes, accept: str | None, usual: ResponseFormat = PLAIN) -> ResponseFormat:
    """Return the format requested by a raw query and an Accept header; ``format`` overrides the header.

    Raises ``Failed`` for a callback that is not a JavaScript identifier; the answer is then plain JSON.
    """
    if accept is None and not usual.json and b"format=" not in query:
        return usual
    format_name = (raw_value(query, b"format=") or "").lower() if b"format=" in query else ""
    if format_name in ("json", "xml"):
        json = format_name == "json"
    elif accept is None:
        json = usual.json
    elif usual.json:
        json = not prefers(accept, "text/xml", ("application/json",)) and not prefers(
            accept, "application/xml", ("application/json", "text/html")
        )
    else:
        json = prefers(accept, "application/json", ("text/xml", "application/xml"))
    callback = raw_value(query, b"callback=") if json and b"callback=" in query else None
    if callback and CALLBACK.fullmatch(callback) is None:
        raise Failed(Problem.VALIDATION, "callback: is not a JavaScript identifier")
    return usual if json == usual.json and not callback else replace(usual, json=json, callback=callback or "")
