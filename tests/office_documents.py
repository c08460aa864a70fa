"""Documents of office programs, made as they are needed, for the tests with a real LibreOffice."""

from __future__ import annotations

import io
import zipfile
from shutil import which

#: Why office documents cannot be converted here; empty where they can.
WHY = "" if which("soffice") else "LibreOffice is not installed (libreoffice-writer-nogui, libreoffice-impress-nogui)"

_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_NAMES = (
    f'xmlns:office="{_OASIS}:office:1.0" xmlns:text="{_OASIS}:text:1.0" xmlns:draw="{_OASIS}:drawing:1.0"'
    f' xmlns:svg="{_OASIS}:svg-compatible:1.0" xmlns:presentation="{_OASIS}:presentation:1.0"'
    ' xmlns:xlink="http://www.w3.org/1999/xlink"'
)
_OPEN_XML = "http://schemas.openxmlformats.org"
_RELATIONS = f"{_OPEN_XML}/officeDocument/2006/relationships"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_DRAWING = f"{_OPEN_XML}/drawingml/2006"
#: A picture of Word's.
_SHOWN = (
    '<w:r><w:drawing><wp:inline><wp:extent cx="2000000" cy="2000000"/><wp:docPr id="1" name="a"/><a:graphic>'
    f'<a:graphicData uri="{_DRAWING}/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="1" name="a"/><pic:cNvPicPr/>'
    '</pic:nvPicPr><pic:blipFill><a:blip r:link="r2"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr>'
    '<a:xfrm><a:off x="0" y="0"/><a:ext cx="2000000" cy="2000000"/></a:xfrm><a:prstGeom prst="rect"/></pic:spPr>'
    "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
)


def _archive(files: dict[str, str]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return written.getvalue()


def _open_document(kind: str, content: str) -> bytes:
    media = f"application/vnd.oasis.opendocument.{kind}"
    listed = "".join(
        f'<m:file-entry m:full-path="{path}" m:media-type="{of}"/>'
        for path, of in (("/", media), ("content.xml", "text/xml"))
    )
    return _archive(
        {
            "mimetype": media,
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="{_OASIS}:manifest:1.0">{listed}</m:manifest>',
            "content.xml": f'<office:document-content {_NAMES} office:version="1.2"><office:body>{content}'
            "</office:body></office:document-content>",
        }
    )


def odt(content: str = "<text:p>From a text</text:p>") -> bytes:
    """Return a text of OpenDocument."""
    return _open_document("text", f"<office:text>{content}</office:text>")


def odp(*texts: str) -> bytes:
    """Return a presentation of OpenDocument, with a page for each text."""
    pages = "".join(
        f'<draw:page draw:name="p{number}"><draw:frame svg:x="2cm" svg:y="2cm" svg:width="20cm" svg:height="3cm">'
        f"<draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame></draw:page>"
        for number, text in enumerate(texts)
    )
    return _open_document("presentation", f"<office:presentation>{pages}</office:presentation>")


def docx(text: str = "From Word", picture: str = "") -> bytes:
    """Return a document of Word; ``picture`` is the URL of one that is not in it."""
    main = f'<Relationship Id="r1" Type="{_RELATIONS}/officeDocument" Target="word/document.xml"/>'
    linked = f'<Relationship Id="r2" Type="{_RELATIONS}/image" Target="{picture}" TargetMode="External"/>'
    package = f"{_OPEN_XML}/package/2006"
    return _archive(
        {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels"'
            ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{_WORD}"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships">{main}</Relationships>',
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{package}/relationships">'
            f"{linked if picture else ''}</Relationships>",
            "word/document.xml": f'<w:document xmlns:w="{_OPEN_XML}/wordprocessingml/2006/main"'
            f' xmlns:r="{_RELATIONS}" xmlns:a="{_DRAWING}/main"'
            f' xmlns:wp="{_DRAWING}/wordprocessingDrawing" xmlns:pic="{_DRAWING}/picture">'
            f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r>{_SHOWN if picture else ''}</w:p></w:body></w:document>",
        }
    )


def linked_picture(url: str) -> str:
    """Return a paragraph of an OpenDocument with a picture that is not in it."""
    return (
        '<text:p>Mine<draw:frame svg:width="9cm" svg:height="9cm" text:anchor-type="as-char">'
        f'<draw:image xlink:href="{url}" xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/></draw:frame>'
        "</text:p>"
    )


def linked_section(url: str) -> str:
    """Return a section of an OpenDocument whose text is in another file."""
    return (
        f'<text:section text:name="S"><text:section-source xlink:href="{url}" xlink:type="simple"'
        ' text:filter-name="Text"/><text:p>Mine</text:p></text:section>'
    )
