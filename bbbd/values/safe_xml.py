"""Reads XML from strangers: no DTD, no entity, no network, and nothing of unbounded size, depth or number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from lxml import etree

#: Limits of what is read.
MAX_DEPTH = 64
MAX_ELEMENTS = 10_000


class BadXML(ValueError):
    """The document is not well-formed, or not one that is read from strangers; the text says why."""


class StreamingReader(Protocol):
    """Gets the parts of a document as they come."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def text(self, text: str) -> None:
        """Text of the element that began last and has not ended."""

    def end(self, name: str) -> None:
        """An element ends."""


class _Target:
    """What lxml's parser calls: it builds no tree, so that size costs no memory."""

    def __init__(self, reader: StreamingReader) -> None:
        self._reader = reader
        self._depth = self._count = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH:
            raise BadXML(f"elements are nested more than {MAX_DEPTH} deep")
        if self._count > MAX_ELEMENTS:
            raise BadXML(f"there are more than {MAX_ELEMENTS} elements")
        self._reader.start(name, attributes)

    def end(self, name: str) -> None:
        self._depth -= 1
        self._reader.end(name)

    def data(self, text: str) -> None:
        self._reader.text(text)

    def doctype(self, *_parts: object) -> None:
        raise BadXML("a DTD is not allowed")

    def close(self) -> None:
        pass


def parse(pieces: Iterator[bytes], reader: StreamingReader) -> None:
    """Hand a document to a reader. Raises ``BadXML``."""
    parser = etree.XMLParser(
        target=_Target(reader),  # type: ignore[arg-type] # the stubs ask for more than the parser calls
        # Of its own entities a document can have none, without a DTD; but where none are resolved, "&amp;" in an
        # attribute is not read as "&" either.
        resolve_entities="internal",  # type: ignore[arg-type] # the stubs are older
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    try:
        for piece in pieces:
            parser.feed(piece)
        parser.close()
    except etree.XMLSyntaxError as fault:
        # The parser's own words hold parts of the document.
        line, column = fault.position
        raise BadXML(f"is not well-formed (line {line}, column {column})") from None


class _Ignored:
    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        pass

    def text(self, text: str) -> None:
        pass

    def end(self, name: str) -> None:
        pass


def check_xml(document: str) -> None:
    """Raise ``BadXML`` unless a document is well-formed and without DTD."""
    # A declaration may name an encoding, but the text has been decoded already.
    head, mark, rest = document.partition("?>")
    text = rest if mark and head.lstrip().startswith("<?xml") else document
    parse(iter([text.strip().encode()]), _Ignored())
