"""Long answers, written and sent in pieces: lists of all recordings, or of all meetings.

Nothing here holds the whole tree or the whole text: rows may be made one by one as they are written, and a thread that
writes gives way to the reactor in between.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from bbbd.api.response_tree import Rows, Tree, Value, WrittenRows, for_scripts, plain, xml

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
    begin, end = ("{", "}") if bare else ('{"response":{', "}}")
    if callback:
        begin, end = f"/**/{callback}({begin}", f"{end});"
    yield begin.encode()
    for number, (name, value) in enumerate(tree):
        yield (b"," if number else b"") + json_element(name, callback) + b":"
        if isinstance(value, Rows | WrittenRows):
            yield b"["
            elements = (
                value.elements
                if isinstance(value, WrittenRows)
                else (json_element(one, callback, typed=typed) for one in value.values)
            )
            for place, element in enumerate(elements):
                if place:
                    yield b","
                yield element
            yield b"]"
        else:
            yield json_element(value, callback, typed=typed)
    yield end.encode()


def json_element(value: Value, callback: str, *, typed: bool = False) -> bytes:
    """Return a value as JSON, which may stand in a script if there is a callback."""
    text = json.dumps(plain(value, typed=typed), ensure_ascii=False, separators=(",", ":"))
    return (for_scripts(text) if callback else text).encode()
