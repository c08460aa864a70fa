"""The page that an SVG is, by resvg, which would also load what a file names: all that is not in it goes before."""

from __future__ import annotations

import io
import re
from pathlib import Path

import resvg_py
from lxml import etree
from PIL import Image

from bbbd.slides.formats import UnconvertibleDocument
from bbbd.slides.images import flat
from bbbd.slides.page_files import PageWriter
from bbbd.slides.process_limits import LONGEST

_SVG = "{http://www.w3.org/2000/svg}"
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
#: Pictures that are in the file itself; an SVG among them could name others.
_INSIDE = re.compile(r"\s*data:image/(?:png|jpe?g|gif|webp)[;,]", re.IGNORECASE)
#: What names another resource in a style: ``url(…)`` but of a part of the file, and ``@import``.
_NAMED = re.compile(r"url\s*\(\s*(?![\s\"']*#)[^)]*\)|@import[^;]*;?", re.IGNORECASE)
_ESCAPED = re.compile(r"\\[0-9a-f]{1,6}\s?", re.IGNORECASE)
_ACTIVE = {f"{_SVG}{name}" for name in ("script", "foreignObject")}


def convert(source: Path, writer: PageWriter) -> None:
    """Write an SVG's page. Raises ``UnconvertibleDocument``."""
    root = closed(source.read_bytes())
    try:
        drawn = resvg_py.svg_to_bytes(
            svg_string=etree.tostring(root, encoding="unicode"), background="#ffffff", width=LONGEST, height=LONGEST
        )
    except ValueError:
        raise UnconvertibleDocument("is no SVG that can be drawn") from None
    with Image.open(io.BytesIO(bytes(drawn)), formats=["PNG"]) as picture:
        picture.thumbnail((LONGEST, LONGEST))
        page = flat(picture)
    writer.add(page, text_of(root))


def closed(data: bytes) -> etree._Element:
    """Return an SVG that names nothing outside itself. Raises ``UnconvertibleDocument``."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as fault:
        line, column = fault.position
        raise UnconvertibleDocument(f"is no SVG that is well-formed (line {line}, column {column})") from None
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or element.tag in _ACTIVE:
            _remove(element)
        else:
            _close(element)
    return root


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is None:
        raise UnconvertibleDocument("is no SVG that can be drawn")
    element.tail, tail = None, element.tail
    before = element.getprevious()
    if tail and before is not None:
        before.tail = (before.tail or "") + tail
    elif tail:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def _close(element: etree._Element) -> None:
    for name, value in list(element.attrib.items()):
        text = str(value)
        if str(name) in _HREFS:
            if not (text.lstrip().startswith("#") or _INSIDE.match(text)):
                del element.attrib[name]
        elif "(" in text or "\\" in text:
            element.attrib[name] = _unnamed(text)
    if element.tag == f"{_SVG}style":
        element.text = _unnamed("".join(str(part) for part in element.itertext()))


def _unnamed(style: str) -> str:
    return _NAMED.sub("none", _ESCAPED.sub("", style))


def text_of(root: etree._Element) -> str:
    """Return the texts of an SVG, a line each."""
    lines = ("".join(str(part) for part in element.itertext()) for element in root.iter(f"{_SVG}text"))
    return "\n".join(line for line in (" ".join(text.split()) for text in lines) if line)
