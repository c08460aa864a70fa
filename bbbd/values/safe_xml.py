"""Safe streaming XML parser: no DTD, no entities, no network, and limits on depth and number of elements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol
from xml.parsers import expat

from bbbd.values.late_modules import etree

#: Limits of a document.
MAX_DEPTH = 64
MAX_ELEMENTS = 10_000


class BadXML(ValueError):
    """The document is malformed or forbidden here; the text says why."""


class TooMuchXML(BadXML):
    """The document is beyond a limit, or asks for what only entities and DTDs do."""


class StreamingReader(Protocol):
    """Receives the parts of a document during parsing."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def text(self, text: str) -> None:
        """Text inside the innermost open element."""

    def end(self, name: str) -> None:
        """An element ends."""


class _Target:
    """Parser target for lxml. It builds no tree, so memory does not grow with the document."""

    def __init__(self, reader: StreamingReader, most_elements: int) -> None:
        self._reader = reader
        self._most_elements = most_elements
        self._depth = self._count = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH:
            raise TooMuchXML(f"elements are nested more than {MAX_DEPTH} deep")
        if self._count > self._most_elements:
            raise TooMuchXML(f"there are more than {self._most_elements} elements")
        self._reader.start(name, attributes)

    def end(self, name: str) -> None:
        self._depth -= 1
        self._reader.end(name)

    def data(self, text: str) -> None:
        self._reader.text(text)

    def doctype(self, *_parts: object) -> None:
        raise TooMuchXML("a DTD is not allowed")

    def close(self) -> None:
        pass


def parse(pieces: Iterator[bytes], reader: StreamingReader, most_elements: int = MAX_ELEMENTS) -> None:
    """Parse a document into calls of a reader. Raises ``BadXML``."""
    parser = etree.XMLParser(
        target=_Target(reader, most_elements),  # type: ignore[arg-type] # the stubs require more methods than the parser calls
        # Without a DTD a document cannot define entities. Resolving must still be on, else "&amp;" in an
        # attribute is not read as "&".
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
        # The parser's own message quotes the document.
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
    """Raise ``BadXML`` unless a document is well-formed and has no DTD."""
    # The XML declaration may name an encoding, but the text is already decoded.
    head, mark, rest = document.partition("?>")
    text = (rest if mark and head.lstrip().startswith("<?xml") else document).strip().encode()
    parse(iter([text]), _Ignored())
    # A prefix that nothing declares is well-formed. But after one, lxml's parser overlooks what follows the root, so a
    # parser that knows no prefixes reads the document too.
    try:
        expat.ParserCreate("utf-8").Parse(text, True)
    except expat.ExpatError as fault:
        raise BadXML(f"is not well-formed (line {fault.lineno}, column {fault.offset + 1})") from None
