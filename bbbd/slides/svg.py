"""The page that an SVG is, by resvg, which would also load what a file names: all that is not in it goes before."""

from __future__ import annotations

import binascii
import io
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes

import resvg_py
from lxml import etree
from PIL import Image

from bbbd.slides.formats import UnconvertibleDocument
from bbbd.slides.images import flat
from bbbd.slides.page_files import PageWriter
from bbbd.slides.process_limits import LONGEST

_SVG = "{http://www.w3.org/2000/svg}"
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
_DATA_URL = re.compile(r"\s*+data:([^,;]*+)(?:;[^,;]*+)*?(;\s*+base64\s*+)?,", re.IGNORECASE)
#: Pictures that may be in the file itself, by their first bytes; an SVG among them could name others.
_PICTURES = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8", "image/webp": b"RIFF"}
_PICTURE_TYPES = {*_PICTURES, "image/jpg"}
#: Characters of a data URL that hold the first bytes of its picture, percent-encoded at the worst.
_BEGINNING = 200
#: What names another resource in a style: ``url(…)`` but of a part of the file, and ``@import``. Either may end with
#: the style itself; so each is read once, and the time is linear.
_NAMED = re.compile(r"url\s*+\(\s*+(?![\s\"']*+#)[^)]*+\)?|@import[^;]*+;?", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(?:[0-9a-f]{1,6}\s?)?", re.IGNORECASE)
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
    if root.tag in _ACTIVE:
        raise UnconvertibleDocument("is no SVG that can be drawn")
    etree.strip_elements(root, *_ACTIVE, etree.Entity, with_tail=False)
    for element in root.iter():
        _close(element)
    return root


def _close(element: etree._Element) -> None:
    for name, value in list(element.attrib.items()):
        text = str(value)
        if str(name) in _HREFS:
            if not text.lstrip().startswith("#"):
                inside = _picture_inside(text)
                if inside:
                    element.attrib[name] = inside
                else:
                    del element.attrib[name]
        elif "(" in text or "\\" in text:
            element.attrib[name] = _unnamed(text)
    if element.tag == f"{_SVG}style":
        element.text = _unnamed("".join(str(part) for part in element.itertext()))


def _picture_inside(url: str) -> str:
    """Return the data URL of a picture, with the type that its first bytes say; empty for any other URL.

    Tools leave the type out, or write a wrong one, and a browser goes by the bytes too.
    """
    found = _DATA_URL.match(url)
    if not found:
        return ""
    content_type, coded = found[1].strip().lower(), found[2]
    data = unquote_to_bytes(url[found.end() : found.end() + _BEGINNING])
    if coded:
        text = b"".join(data.split())
        try:
            data = binascii.a2b_base64(text[: len(text) - len(text) % 4])
        except binascii.Error:
            data = b""
    known = next((name for name, begins in _PICTURES.items() if data.startswith(begins)), "")
    if known and known != content_type:
        return f"data:{known}{';base64' if coded else ''},{url[found.end() :]}"
    return url if known or content_type in _PICTURE_TYPES else ""


def _unnamed(style: str) -> str:
    return _NAMED.sub("none", _ESCAPED.sub("", style))


def text_of(root: etree._Element) -> str:
    """Return the texts of an SVG, a line each."""
    lines = ("".join(str(part) for part in element.itertext()) for element in root.iter(f"{_SVG}text"))
    return "\n".join(line for line in (" ".join(text.split()) for text in lines) if line)
