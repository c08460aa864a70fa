"""Response tree: the answer of a call, written as XML, JSON or JSONP.

A tree is an ordered list of ``(name, value)``. A value is a text, a number, a boolean; a tree; ``Rows`` (in JSON
an array, even of one or none); ``WrittenRows``, a list that is cached in the answer's own format; or
``PrerenderedXml``, a tree with its cached XML. An empty name is replaced by the members of its value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast
from xml.sax.saxutils import quoteattr

Value = Any
Tree = Sequence[tuple[str, Value]]

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPECIAL = re.compile(r"[&<>\x00-\x08\x0b\x0c\r\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}

#: The name of a JSONP callback: JavaScript identifiers, joined by dots.
CALLBACK = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,127}(?:\.[A-Za-z_$][A-Za-z0-9_$]{0,127}){0,7}")


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of one kind: an element for each value in XML, an array in JSON."""

    name: str
    values: Iterable[Value]


@dataclass(frozen=True, slots=True)
class WrittenRows:
    """A list whose elements are written already, each as ``ResponseFormat.element`` does in the answer's format."""

    elements: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Attributed:
    """A value with attributes. In JSON, attributes become members, and the text becomes the member ``value``."""

    attributes: Sequence[tuple[str, str]]
    value: Value


@dataclass(frozen=True, slots=True)
class PrerenderedXml:
    """Cached XML in UTF-8, and the tree it was rendered from."""

    xml: bytes
    tree: Callable[[], Tree]


def _escape(text: str) -> str:
    if _SPECIAL.search(text) is None:
        return text
    return _SPECIAL.sub(lambda found: _ESCAPES.get(found[0], ""), text)


def _leaf(value: Value) -> str:
    if value is True:
        return "true"
    if value is False:
        return "false"
    return str(value)


def xml(tree: Tree) -> bytes:
    """Return a tree as XML elements in UTF-8, on one line."""
    if not tree:
        return b""
    parts: list[str | bytes] = []
    _write_tree(tree, parts)
    return _joined(parts)


def _joined(parts: Sequence[str | bytes]) -> bytes:
    return b"".join(_encoded(parts))


def _encoded(parts: Sequence[str | bytes]) -> list[bytes]:
    """Return the parts in bytes. What is cached stays as it is, whatever is beside it."""
    pieces: list[bytes] = []
    for kind, run in groupby(parts, type):
        if kind is str:
            pieces.append("".join(cast("Iterator[str]", run)).encode())
        else:
            pieces += cast("Iterator[bytes]", run)
    return pieces


def _write_tree(tree: Tree, parts: list[str | bytes]) -> None:
    for name, value in tree:
        _write(name, value, parts)


def _write(name: str, value: Value, parts: list[str | bytes]) -> None:
    if isinstance(value, str):
        parts.append(f"<{name}>{_escape(value)}</{name}>")
    elif isinstance(value, int):
        parts.append(f"<{name}>{_leaf(value)}</{name}>")
    elif isinstance(value, PrerenderedXml):
        parts += (f"<{name}>", value.xml, f"</{name}>") if name else (value.xml,)
    elif isinstance(value, Attributed):
        attributes = "".join(f" {key}={quoteattr(_ILLEGAL.sub('', text))}" for key, text in value.attributes)
        written: list[str | bytes] = []
        _write(name, value.value, written)
        parts.append(_joined(written).replace(f"<{name}>".encode(), f"<{name}{attributes}>".encode(), 1))
    elif isinstance(value, Rows):
        parts.append(f"<{name}>")
        for one in value.values:
            _write(value.name, one, parts)
        parts.append(f"</{name}>")
    elif isinstance(value, WrittenRows):
        parts += (f"<{name}>", *value.elements, f"</{name}>")
    elif isinstance(value, (list, tuple)):
        parts.append(f"<{name}>")
        _write_tree(value, parts)
        parts.append(f"</{name}>")
    else:
        parts.append(f"<{name}>{_leaf(value)}</{name}>")


def plain(value: Value, *, typed: bool = False) -> Any:
    """Return a value for JSON: leaves are texts as in XML, or keep their types if ``typed``."""
    if isinstance(value, str):
        return _ILLEGAL.sub("", value)
    if isinstance(value, PrerenderedXml):
        return plain(value.tree(), typed=typed)
    if isinstance(value, Attributed):
        inner = plain(value.value, typed=typed)
        return dict(value.attributes) | (inner if isinstance(inner, dict) else {"value": inner})
    if isinstance(value, Rows):
        return [plain(one, typed=typed) for one in value.values]
    if isinstance(value, (list, tuple)):
        members: dict[str, Any] = {}
        for name, one in value:
            if name:
                members.setdefault(name, plain(one, typed=typed))
            else:
                members |= plain(one, typed=typed)
        return members
    return value if typed else _leaf(value)


def write_xml(tree: Tree) -> bytes:
    """Return an answer as XML."""
    return b"".join(write_xml_parts(tree))


def write_xml_parts(tree: Tree) -> list[bytes]:
    """Return the parts of an answer as XML; those that are cached are not copied."""
    parts: list[str | bytes] = []
    _write("response", tree, parts)
    return _encoded(parts)


def write_json(tree: Tree, *, typed: bool = False, bare: bool = False) -> bytes:
    """Return an answer as JSON; ``bare`` omits the ``response`` member around it."""
    answer = plain(tree, typed=typed)
    return json.dumps(answer if bare else {"response": answer}, ensure_ascii=False, separators=(",", ":")).encode()


def write_jsonp(tree: Tree, callback: str, *, typed: bool = False, bare: bool = False) -> bytes:
    """Return an answer as a call of a JavaScript function. The comment prevents content sniffing."""
    return f"/**/{callback}({for_scripts(write_json(tree, typed=typed, bare=bare).decode())});".encode()


def for_scripts(text: str) -> str:
    """Return JSON that may stand in a script."""
    # U+2028 and U+2029 are line ends in older JavaScript, but not in JSON.
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("<", "\\u003c")
