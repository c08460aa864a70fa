"""Long answers, written and sent in pieces: lists of all recordings.

Nothing here holds the whole tree or the whole text: rows may be made one by one as they are written, and a thread that
writes gives way to the reactor in between.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from bbbd.api.response_tree import Rows, Tree, Value, for_scripts, plain, xml

#: Bytes of a piece, about.
PIECE = 1 << 16


def gathered(parts: Iterable[bytes]) -> list[bytes]:
    """Join parts into pieces."""
    pieces: list[bytes] = []
    some: list[bytes] = []
    size = 0
    for part in parts:
        some.append(part)
        size += len(part)
        if size >= PIECE:
            pieces.append(b"".join(some))
            some, size = [], 0
    return [*pieces, b"".join(some)]


def xml_parts(tree: Tree) -> Iterator[bytes]:
    """Return the parts of what ``write_xml`` writes: the rows of the tree's lists one by one."""
    yield b"<response>"
    for name, value in tree:
        if isinstance(value, Rows):
            yield f"<{name}>".encode()
            for one in value.values:
                yield xml([(value.name, one)])
            yield f"</{name}>".encode()
        else:
            yield xml([(name, value)])
    yield b"</response>"


def json_parts(tree: Tree, callback: str = "", *, typed: bool = False, bare: bool = False) -> Iterator[bytes]:
    """Return the parts of what ``write_json`` writes, or with a callback ``write_jsonp``."""
    parts = _json_texts(tree, typed=typed)
    begin, end = ("{", "}") if bare else ('{"response":{', "}}")
    if callback:
        begin, end, parts = f"/**/{callback}({begin}", f"{end});", map(for_scripts, parts)
    yield begin.encode()
    for part in parts:
        yield part.encode()
    yield end.encode()


def _json_texts(tree: Tree, *, typed: bool) -> Iterator[str]:
    for number, (name, value) in enumerate(tree):
        yield f"{',' if number else ''}{_text(name)}:"
        if isinstance(value, Rows):
            yield "["
            for place, one in enumerate(value.values):
                yield ("," if place else "") + _text(plain(one, typed=typed))
            yield "]"
        else:
            yield _text(plain(value, typed=typed))


def _text(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
