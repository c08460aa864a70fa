"""What a document is: by its first bytes, else by the header that it came with, else by its name.

Only what has no mark of its own, as text and the older office formats, is believed by header or name.
"""

from __future__ import annotations

import codecs
import re
from enum import Enum

#: Bytes of a document that are looked at.
HEAD = 4096


class DocumentFormat(Enum):
    """A format that slides are made from: its name, the ending of its files, and types that it is sent as."""

    PDF = ("PDF", "pdf", ("application/pdf", "application/x-pdf"))
    PNG = ("PNG", "png", ("image/png",))
    JPEG = ("JPEG", "jpg", ("image/jpeg", "image/pjpeg"))
    GIF = ("GIF", "gif", ("image/gif",))
    WEBP = ("WebP", "webp", ("image/webp",))
    BMP = ("BMP", "bmp", ("image/bmp", "image/x-ms-bmp", "image/x-bmp"))
    TIFF = ("TIFF", "tif", ("image/tiff",))
    HEIC = ("HEIC", "heic", ("image/heic", "image/heif"))
    SVG = ("SVG", "svg", ("image/svg+xml",))
    PPTX = ("PowerPoint", "pptx", ("application/vnd.openxmlformats-officedocument.presentationml.presentation",))
    DOCX = ("Word", "docx", ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",))
    XLSX = ("Excel", "xlsx", ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",))
    ODP = ("OpenDocument presentation", "odp", ("application/vnd.oasis.opendocument.presentation",))
    ODT = ("OpenDocument text", "odt", ("application/vnd.oasis.opendocument.text",))
    ODS = ("OpenDocument spreadsheet", "ods", ("application/vnd.oasis.opendocument.spreadsheet",))
    ODG = ("OpenDocument drawing", "odg", ("application/vnd.oasis.opendocument.graphics",))
    PPT = ("PowerPoint", "ppt", ("application/vnd.ms-powerpoint",))
    DOC = ("Word", "doc", ("application/msword",))
    XLS = ("Excel", "xls", ("application/vnd.ms-excel",))
    RTF = ("RTF", "rtf", ("application/rtf", "text/rtf"))
    TXT = ("text", "txt", ("text/plain",))

    def __init__(self, label: str, ending: str, types: tuple[str, ...]) -> None:
        self.label = label
        self.ending = ending
        #: The types that it is sent as; it is served as the first.
        self.types = types

    @property
    def content_type(self) -> str:
        """The type that it is served as."""
        return self.types[0]


PICTURES = frozenset(
    (
        DocumentFormat.PNG,
        DocumentFormat.JPEG,
        DocumentFormat.GIF,
        DocumentFormat.WEBP,
        DocumentFormat.BMP,
        DocumentFormat.TIFF,
        DocumentFormat.HEIC,
    )
)
#: What LibreOffice makes a PDF of.
OFFICE = frozenset(DocumentFormat) - PICTURES - {DocumentFormat.PDF, DocumentFormat.SVG}
_ZIPPED = (DocumentFormat.PPTX, DocumentFormat.DOCX, DocumentFormat.XLSX)
_OPEN = (DocumentFormat.ODP, DocumentFormat.ODT, DocumentFormat.ODS, DocumentFormat.ODG)
_OLDER = (DocumentFormat.PPT, DocumentFormat.DOC, DocumentFormat.XLS)
_KNOWN = "PDF, PNG, JPEG, GIF, WebP, BMP, TIFF, HEIC, SVG and office documents are"
_BY_ENDING = {one.ending: one for one in DocumentFormat} | {
    "jpeg": DocumentFormat.JPEG,
    "tiff": DocumentFormat.TIFF,
    "heif": DocumentFormat.HEIC,
}
_BY_TYPE = {content_type: one for one in DocumentFormat for content_type in one.types}
_MARKS = (
    (b"\x89PNG\r\n\x1a\n", DocumentFormat.PNG),
    (b"\xff\xd8\xff", DocumentFormat.JPEG),
    (b"GIF87a", DocumentFormat.GIF),
    (b"GIF89a", DocumentFormat.GIF),
    (b"II*\0", DocumentFormat.TIFF),
    (b"MM\0*", DocumentFormat.TIFF),
    (b"{\\rtf", DocumentFormat.RTF),
)
#: Brands of HEIF files whose pictures are HEVC's; AVIF, whose are AV1's, is none of them.
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc", b"hevx"}
#: Name of a stream of an OLE file that holds a document protected by a password (MS-OFFCRYPTO).
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
#: A comment, a declaration or a document type may stand before the first element.
_FIRST_ELEMENT = re.compile(
    rb"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>\s*)*+<(?:[a-z0-9_]+:)?([a-z]+)",
    re.DOTALL | re.IGNORECASE,
)
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*+<!doctype html", re.DOTALL | re.IGNORECASE)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def ole_directory_offset(head: bytes) -> int:
    """Return where the first sector of an OLE file's directory begins; 0 if it is no OLE file (MS-CFB 2.2)."""
    if not head.startswith(OLE) or len(head) < 52:
        return 0
    shift, sector = int.from_bytes(head[30:32], "little"), int.from_bytes(head[48:52], "little")
    return (sector + 1) << shift if shift in (9, 12) else 0


#: Endings of URLs whose programs and pages answer with documents.
_NO_DOCUMENTS = {"php", "asp", "aspx", "ashx", "jsp", "do", "cgi", "py", "html", "htm", "bin"}


class UnconvertibleDocument(ValueError):
    """The document cannot become slides; the text says why, to be read behind its name."""


def format_of(head: bytes, content_type: str, name: str, *, directory: bytes = b"") -> DocumentFormat:
    """Return a document's format, given its first bytes, and of an OLE file its directory.

    Raises ``UnconvertibleDocument``.
    """
    if not head:
        raise UnconvertibleDocument("is empty")
    found = _by_content(head)
    if found is not None:
        return found
    said = [_BY_TYPE.get(content_type.partition(";")[0].strip().lower()), _BY_ENDING.get(_ending(name))]
    if head.startswith(OLE):
        if _ENCRYPTED in head or _ENCRYPTED in directory:
            raise UnconvertibleDocument("is protected by a password")
        return _among(said, _OLDER, "an older office document, and neither its type nor its name says of which kind")
    if head.startswith(b"PK\x03\x04"):
        return _among(said, (*_ZIPPED, *_OPEN), f"an archive, and no office document; only {_KNOWN} shown")
    if _HTML.match(head) or _element(head) == "html":
        raise UnconvertibleDocument("is a web page and no document; does its URL need a login?")
    if _is_text(head) and DocumentFormat.TXT in said:
        return DocumentFormat.TXT
    claimed = next((one for one in said if one is not None and one is not DocumentFormat.TXT), None)
    if claimed is not None:
        raise UnconvertibleDocument(f"is called {claimed.label}, but is none")
    raise UnconvertibleDocument(f"is of a kind that is not shown; {_KNOWN}")


def _among(said: list[DocumentFormat | None], allowed: tuple[DocumentFormat, ...], otherwise: str) -> DocumentFormat:
    for one in said:
        if one in allowed:
            return one
    raise UnconvertibleDocument(f"is {otherwise}")


def _by_content(head: bytes) -> DocumentFormat | None:
    if b"%PDF-" in head[:1024]:
        return DocumentFormat.PDF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return DocumentFormat.WEBP
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return DocumentFormat.BMP
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return DocumentFormat.HEIC
    if head.startswith(b"PK\x03\x04"):
        return _zipped(head)
    marked = next((one for mark, one in _MARKS if head.startswith(mark)), None)
    return marked or (DocumentFormat.SVG if _element(head) == "svg" else None)


def _zipped(head: bytes) -> DocumentFormat | None:
    """Return the format of an archive that says it in its first member."""
    if head[30:38] == b"mimetype":
        for one in _OPEN:
            if head[38:].startswith(one.content_type.encode()):
                return one
    for folder, one in zip((b"ppt/", b"word/", b"xl/"), _ZIPPED, strict=True):
        if re.search(rb"PK\x03\x04.{26}" + folder, head, re.DOTALL):
            return one
    return None


def _element(head: bytes) -> str:
    found = _FIRST_ELEMENT.match(head.removeprefix(b"\xef\xbb\xbf"))
    return found[1].decode().lower() if found else ""


def _is_text(head: bytes) -> bool:
    return b"\0" not in head or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def fitting_name(name: str, kind: DocumentFormat) -> str:
    """Return a document's name with an ending that fits its format; an ending of another is replaced."""
    ending = _ending(name)
    if _BY_ENDING.get(ending) is kind:
        return name
    stem = name[: -len(ending) - 1] if ending in _BY_ENDING or ending in _NO_DOCUMENTS else name
    return f"{(stem or kind.label)[:250]}.{kind.ending}"


def _ending(name: str) -> str:
    return name.rpartition(".")[2].strip().lower() if "." in name else ""
