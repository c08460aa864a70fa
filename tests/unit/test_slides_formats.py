"""What a document is, and what its base64 stands for: tables and properties."""

from __future__ import annotations

import base64
import zipfile
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_documents import encrypted_pdf, huge_png, pdf, picture, pptx, svg

from bbbd.slides.base64_text import decoded
from bbbd.slides.formats import HEAD, DocumentFormat, UnconvertibleDocument, format_of, ole_directory_offset

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)


def opened(content_type: str) -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("mimetype", content_type)
    return written.getvalue()


@pytest.mark.parametrize(
    ("data", "content_type", "name", "found"),
    [
        # Content goes before header, header before name.
        (pdf(), "image/png", "a.pptx", DocumentFormat.PDF),
        (b"\n junk before \n" + pdf(), "", "", DocumentFormat.PDF),
        (encrypted_pdf(), "", "", DocumentFormat.PDF),
        (huge_png(), "application/pdf", "a.pdf", DocumentFormat.PNG),
        (picture("JPEG"), "", "a.png", DocumentFormat.JPEG),
        (picture("GIF"), "", "", DocumentFormat.GIF),
        (picture("WEBP"), "", "", DocumentFormat.WEBP),
        (picture("BMP"), "", "", DocumentFormat.BMP),
        (picture("TIFF"), "", "", DocumentFormat.TIFF),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "", "a.jpg", DocumentFormat.HEIC),
        (svg(), "text/plain", "a.txt", DocumentFormat.SVG),
        (
            svg(head="<?xml version='1.0'?>\n<!-- <html> -->\n<!DOCTYPE svg [<!ENTITY a 'b'>]>\n"),
            "",
            "",
            DocumentFormat.SVG,
        ),
        (b"\xef\xbb\xbf<s:svg xmlns:s='x'/>", "", "", DocumentFormat.SVG),
        (b"{\\rtf1 x}", "", "", DocumentFormat.RTF),
        (pptx(), "", "", DocumentFormat.PPTX),
        (pptx(), "application/zip", "a.zip", DocumentFormat.PPTX),
        (opened("application/vnd.oasis.opendocument.presentation"), "", "", DocumentFormat.ODP),
        (opened("application/vnd.oasis.opendocument.text"), "", "", DocumentFormat.ODT),
        (b"PK\x03\x04" + bytes(40), "", "a.DOCX", DocumentFormat.DOCX),
        (b"PK\x03\x04" + bytes(40), DocumentFormat.XLSX.content_type, "a.docx", DocumentFormat.XLSX),
        (OLE, "application/vnd.ms-powerpoint; charset=x", "a.doc", DocumentFormat.PPT),
        (OLE, "application/octet-stream", "a.xls", DocumentFormat.XLS),
        (b"some words", "text/plain; charset=utf-8", "", DocumentFormat.TXT),
        (b"some words", "", "a.txt", DocumentFormat.TXT),
        ("some words".encode("utf-16"), "", "a.txt", DocumentFormat.TXT),
    ],
)
def test_a_document_is_what_it_holds(data: bytes, content_type: str, name: str, found: DocumentFormat) -> None:
    assert format_of(data[:HEAD], content_type, name) is found


def test_a_document_with_a_password_says_so() -> None:
    head = OLE[:30] + (9).to_bytes(2, "little") + bytes(16) + (8).to_bytes(4, "little") + bytes(460)
    assert ole_directory_offset(head) == 9 * 512
    directory = bytes(128) + "EncryptedPackage".encode("utf-16-le") + bytes(96)
    for name in ("a.docx", "a.pptx", "a"):
        with pytest.raises(UnconvertibleDocument, match="is protected by a password"):
            format_of(head, "", name, directory=directory)


@pytest.mark.parametrize(
    ("data", "content_type", "name", "why"),
    [
        (b"", "application/pdf", "a.pdf", "is empty"),
        (b"no PDF", "application/pdf", "", "is called PDF, but is none"),
        (b"no PDF", "", "a.pdf", "is called PDF, but is none"),
        (b"words", "", "words", "is of a kind that is not shown"),
        (b"\0\1\2", "text/plain", "a.txt", "is of a kind that is not shown"),
        (b" <!-- x --> <!doctype HTML>", "application/pdf", "a.pdf", "is a web page and no document"),
        # Looked at in one way only: there are very many to share comments out.
        (b"<!---->" * 500, "", "", "is of a kind that is not shown"),
        (b"<html>", "", "", "is a web page and no document"),
        (b"PK\x03\x04" + bytes(40), "application/zip", "a.zip", "is an archive, and no office document"),
        (OLE, "", "a.pdf", "is an older office document, and neither its type nor its name says of which kind"),
        (b"<a><svg/></a>", "", "", "is of a kind that is not shown"),
    ],
)
def test_what_is_no_document_is_told(data: bytes, content_type: str, name: str, why: str) -> None:
    with pytest.raises(UnconvertibleDocument) as fault:
        format_of(data, content_type, name)
    assert str(fault.value).startswith(why)


@given(st.binary(max_size=200) | st.text("<>!-[]? svgDOCTYPE\n", max_size=200).map(str.encode), st.text(), st.text())
def test_any_bytes_are_a_format_or_told(data: bytes, content_type: str, name: str) -> None:
    with suppress(UnconvertibleDocument):
        assert isinstance(format_of(data, content_type, name), DocumentFormat)


@given(st.binary(max_size=300), st.data())
def test_base64_is_decoded_however_it_comes(data: bytes, draw: st.DataObject) -> None:
    text = base64.b64encode(data)
    if draw.draw(st.booleans(), label="without padding"):
        text = text.rstrip(b"=")
    for place in sorted(draw.draw(st.lists(st.integers(0, len(text)), max_size=5)), reverse=True):
        text = text[:place] + draw.draw(st.sampled_from([b"\n", b"\r\n", b" \t"])) + text[place:]
    size = draw.draw(st.integers(1, 50), label="size of a piece")
    pieces = [text[begin : begin + size] for begin in range(0, len(text), size)]
    assert b"".join(decoded(pieces)) == data


@pytest.mark.parametrize(
    "text",
    [
        b"?",
        b"A",
        b"AAAAA",
        b"AA=A",
        b"=",
        b"====",
        b"QQ==QQ==",
        b"QQ==\nQ",
        b"QUJD=",
        b"\xff\xff\xff\xff",
        b"data:,x",
        b"AB-_",
    ],
)
def test_what_is_no_base64_is_told(text: bytes) -> None:
    for size in (1, 4, 100):
        with pytest.raises(UnconvertibleDocument, match=r"^is not base64"):
            list(decoded(text[begin : begin + size] for begin in range(0, len(text), size)))


@given(st.binary(max_size=100))
def test_any_bytes_are_decoded_or_told(text: bytes) -> None:
    with suppress(UnconvertibleDocument):
        b"".join(decoded([text]))
