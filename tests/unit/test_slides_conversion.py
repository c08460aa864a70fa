"""Documents made pages by the process itself, office documents by a LibreOffice that is not one, and cut off."""

from __future__ import annotations

import io
import os
import signal
import struct
import subprocess
import sys
import threading
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from PIL import Image, ImageCms
from sample_documents import form_pdf, pdf, picture, svg

from bbbd.settings.current import CurrentSettings
from bbbd.settings.settings import Settings
from bbbd.slides.conversion_process import ConversionProcesses, DocumentInterrupted
from bbbd.slides.formats import PICTURES, DocumentFormat, UnconvertibleDocument
from bbbd.slides.page_files import fitted
from bbbd.slides.process_limits import ProcessLimits
from bbbd.slides.svg import closed, text_of

LIMITS = ProcessLimits(512 << 20, 20, 200, 1 << 30)
Convert = Callable[..., Path]


def current(limits: ProcessLimits, office: str) -> CurrentSettings:
    memory, seconds, pages, office_memory = limits
    return CurrentSettings(
        Settings(
            worker_memory=memory, worker_seconds=seconds, max_pages=pages, office_memory=office_memory, office=office
        )
    )


@pytest.fixture
def convert(tmp_path: Path) -> Convert:
    """Convert a document and return the directory with its pages."""

    def convert(
        data: bytes,
        kind: DocumentFormat,
        limits: ProcessLimits = LIMITS,
        office: str = "none",
        pages: int = 1,
        patience: int = 1000,
    ) -> Path:
        directory = tmp_path / "pages"
        directory.mkdir()
        (tmp_path / "source").write_bytes(data)
        converter = ConversionProcesses(current(limits, office), patience=patience)
        assert converter.convert(tmp_path / "source", directory, kind) == pages
        assert (tmp_path / "source").read_bytes() == data
        return directory

    return convert


def look(directory: Path, number: int = 1) -> tuple[tuple[int, int], tuple[int, int], str]:
    """Return the sizes of a page and its thumbnail, and its text."""
    sizes = []
    for name in (f"slide-{number}.png", f"thumbnails/thumb-{number}.png"):
        with Image.open(directory / name) as found:
            assert (found.format, found.mode in ("RGB", "L")) == ("PNG", True)
            sizes.append(found.size)
    return sizes[0], sizes[1], (directory / f"textfiles/slide-{number}.txt").read_text()


def rgb(picture: Image.Image, place: tuple[int, int]) -> tuple[int, int, int]:
    """Return the colour of a pixel; pages of greys have a byte for each."""
    return cast("tuple[int, int, int]", picture.convert("RGB").getpixel(place))


@pytest.mark.parametrize(
    ("size", "page", "thumbnail"),
    [
        ("960 540", (1600, 900), (176, 99)),
        ("595 842", (1131, 1600), (176, 249)),
        ("10 10", (1600, 1600), (176, 176)),
        ("14400 10", (1600, 2), (176, 1)),
        ("3 14400", (1, 1600), (1, 704)),
    ],
)
def test_a_pdfs_pages_fit(convert: Convert, size: str, page: tuple[int, int], thumbnail: tuple[int, int]) -> None:
    found = look(convert(pdf("Text of it", size=size), DocumentFormat.PDF))
    assert found[:2] == (page, thumbnail)


def test_each_page_has_its_text(convert: Convert) -> None:
    directory = convert(pdf("First", "", "Third"), DocumentFormat.PDF, pages=3)
    assert [look(directory, number)[2] for number in (1, 2, 3)] == ["First", "", "Third"]


@pytest.mark.parametrize(
    ("boxes", "size"),
    [
        ("/MediaBox [0 0 960 540] /CropBox [2000 2000 3000 3000]", (1600, 900)),
        ("/MediaBox [0 0 960 540] /CropBox [2000 2000 3000 3000] /Rotate 90", (900, 1600)),
        ("/MediaBox [960 540 0 0] /CropBox [0 0 0 0]", (1600, 900)),
        ("/MediaBox [0 0 0 0] /CropBox [9 9 9 9]", (1237, 1600)),
    ],
)
def test_a_page_with_an_impossible_crop_box_is_drawn_by_its_media_box(
    convert: Convert, boxes: str, size: tuple[int, int]
) -> None:
    data = pdf("First", "Second").replace(b"/MediaBox [0 0 960 540]", boxes.encode(), 1)
    directory = convert(data, DocumentFormat.PDF, pages=2)
    assert [look(directory, number)[::2] for number in (1, 2)] == [(size, "First"), ((1600, 900), "Second")]


def test_a_page_that_cannot_be_read_is_empty_with_a_note(convert: Convert) -> None:
    data = pdf("First", "Second").replace(b"/Kids [4 0 R", b"/Kids [9 0 R", 1)
    directory = convert(data, DocumentFormat.PDF, pages=2)
    assert look(directory)[::2] == ((1600, 1200), "Page 1 of the document cannot be read.")
    assert look(directory, 2)[2] == "Second"


def test_a_pdf_without_a_page_that_can_be_read_is_refused(convert: Convert) -> None:
    with pytest.raises(UnconvertibleDocument, match="has no page that can be read"):
        convert(pdf("First").replace(b"/Kids [4 0 R", b"/Kids [9 0 R", 1), DocumentFormat.PDF)


def test_what_was_filled_in_is_on_a_pdfs_page(convert: Convert) -> None:
    with Image.open(convert(form_pdf(), DocumentFormat.PDF) / "slide-1.png") as found:
        assert [rgb(found, (800, y)) for y in (200, 600)] == [(255, 255, 255), (0, 0, 0)]


@pytest.mark.parametrize("kind", sorted(PICTURES - {DocumentFormat.HEIC}, key=str))
def test_pictures_are_pages_and_never_larger_than_they_were(convert: Convert, kind: DocumentFormat) -> None:
    assert look(convert(picture(kind.name, (320, 200)), kind)) == ((320, 200), (176, 110), "")


def test_a_photograph_of_a_phone_is_a_page(convert: Convert, tmp_path: Path) -> None:
    pillow_heif.from_pillow(Image.new("RGB", (320, 200), "navy")).save(tmp_path / "photo.heic")
    assert look(convert((tmp_path / "photo.heic").read_bytes(), DocumentFormat.HEIC))[0] == (320, 200)


def test_each_page_of_a_tiff_is_a_page(convert: Convert, tmp_path: Path) -> None:
    first, *others = (Image.new("RGB", (width, 100), "navy") for width in (100, 200, 300))
    first.save(tmp_path / "scan.tif", save_all=True, append_images=others)
    directory = convert((tmp_path / "scan.tif").read_bytes(), DocumentFormat.TIFF, pages=3)
    assert [look(directory, number)[0][0] for number in (1, 2, 3)] == [100, 200, 300]


def png(header: bytes, pixels: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG of so many pixels in one row, with chunks before them."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    body = b"".join(chunk(*one) for one in chunks) + chunk(b"IDAT", zlib.compress(b"\0" + pixels))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">II", 4, 1) + header) + body + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "colours"),
    [
        # Greys of 2, 8 and 16 bits, the second of which is seen through; a colour that is; light that is linear.
        (png(b"\2\0\0\0\0", b"\x1b", (b"tRNS", b"\0\1")), [0, 255, 170, 255]),
        (png(b"\x08\0\0\0\0", b"\0\x55\xaa\xff", (b"tRNS", b"\0\x55")), [0, 255, 170, 255]),
        (png(b"\x10\0\0\0\0", b"\0\0\x55\x55\xaa\xaa\xff\xff", (b"tRNS", b"\x55\x55")), [0, 255, 170, 255]),
        (png(b"\x08\2\0\0\0", b"\0\0\0\x55\x55\x55" + b"\xaa" * 6, (b"tRNS", b"\0\x55" * 3)), [0, 255, 170, 170]),
        (png(b"\x08\0\0\0\0", b"\0\x40\x80\xff", (b"gAMA", struct.pack(">I", 100_000))), [0, 136, 186, 255]),
        (png(b"\x08\0\0\0\0", b"\0\x40\x80\xff", (b"gAMA", struct.pack(">I", 45_455))), [0, 64, 128, 255]),
        (png(b"\x08\0\0\0\0", b"\0\x40\x80\xff", (b"gAMA", struct.pack(">I", 0))), [0, 64, 128, 255]),
    ],
)
def test_greys_and_light_of_a_png_are_as_it_says(convert: Convert, data: bytes, colours: list[int]) -> None:
    with Image.open(convert(data, DocumentFormat.PNG) / "slide-1.png") as found:
        assert [rgb(found, (x, 0)) for x in range(4)] == [(grey, grey, grey) for grey in colours]


def test_colours_are_those_of_the_pictures_profile(convert: Convert, tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # Its red is sRGB's blue.
    profile = srgb.replace(b"rXYZ", b"????", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"????", b"bXYZ", 1)
    Image.new("RGBA", (4, 4), (255, 0, 0, 255)).save(tmp_path / "a.png", icc_profile=profile)
    with Image.open(convert((tmp_path / "a.png").read_bytes(), DocumentFormat.PNG) / "slide-1.png") as found:
        red, green, blue = rgb(found, (1, 1))
        assert (red < 10, green < 10, blue > 245) == (True, True, True)


@pytest.mark.parametrize(("colour", "mode"), [((7, 7, 7), "L"), ((7, 7, 8), "RGB"), ((8, 7, 7), "RGB")])
def test_a_page_of_greys_has_a_byte_for_a_pixel(
    convert: Convert, tmp_path: Path, colour: tuple[int, int, int], mode: str
) -> None:
    given = Image.linear_gradient("L").crop((0, 0, 256, 100)).convert("RGB")
    given.putpixel((9, 9), colour)
    given.save(tmp_path / "given.png")
    with Image.open(convert((tmp_path / "given.png").read_bytes(), DocumentFormat.PNG) / "slide-1.png") as found:
        assert (found.mode, found.convert("RGB").tobytes() == given.tobytes()) == (mode, True)


def test_large_pictures_are_made_to_fit(convert: Convert) -> None:
    assert look(convert(picture("JPEG", (4000, 1000)), DocumentFormat.JPEG))[0] == (1600, 400)


def test_what_can_be_seen_through_is_on_white(convert: Convert, tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    directory = convert((tmp_path / "clear.png").read_bytes(), DocumentFormat.PNG)
    with Image.open(directory / "slide-1.png") as found:
        assert rgb(found, (1, 1)) == (255, 255, 255)


def test_greys_of_sixteen_bits_are_as_light_as_they_were(convert: Convert, tmp_path: Path) -> None:
    Image.new("I;16", (4, 4), 40_000).save(tmp_path / "grey.png")
    with Image.open(convert((tmp_path / "grey.png").read_bytes(), DocumentFormat.PNG) / "slide-1.png") as found:
        assert rgb(found, (1, 1)) == (156, 156, 156)


def test_a_photograph_is_turned_upright(convert: Convert, tmp_path: Path) -> None:
    told = Image.Exif()
    told[0x0112] = 6
    Image.new("RGB", (300, 200), "navy").save(tmp_path / "turned.jpg", exif=told)
    assert look(convert((tmp_path / "turned.jpg").read_bytes(), DocumentFormat.JPEG))[0] == (200, 300)


def test_an_svg_is_drawn_as_large_as_a_page(convert: Convert) -> None:
    inside = "<rect width='100' height='50' fill='red'/><text x='5' y='30'>Hello <tspan>there</tspan></text>"
    directory = convert(svg(inside), DocumentFormat.SVG)
    assert look(directory) == ((1600, 800), (176, 88), "Hello there")
    with Image.open(directory / "slide-1.png") as found:
        assert rgb(found, (1500, 100)) == (255, 0, 0)


def test_an_svg_of_any_size_takes_no_more(convert: Convert) -> None:
    assert max(look(convert(svg(size="width='1e7' height='1e7'"), DocumentFormat.SVG))[0]) <= 1600


@pytest.mark.parametrize(
    ("inside", "left"),
    [
        ("<image href='http://x/a.png'/>", "<image/>"),
        ("<image xlink:href='file:///etc/passwd'/>", "<image/>"),
        ("<image href='/tmp/x.png'/>", "<image/>"),
        ("<image href=' data:image/png;base64,AA'/>", "<image href=' data:image/png;base64,AA'/>"),
        ("<image href='data:image/svg+xml,x'/>", "<image/>"),
        ("<image href='data:;base64,PHN2Zy8+'/>", "<image/>"),
        ("<image href='data:,x'/>", "<image/>"),
        ("<image href='data:;base64,iVBORw0KGgo='/>", "<image href='data:image/png;base64,iVBORw0KGgo='/>"),
        ("<image href='data:;base64,iVBO%0ARw0KGgo='/>", "<image href='data:image/png;base64,iVBO%0ARw0KGgo='/>"),
        (
            "<image href='data:text/plain;charset=x;base64,R0lGODlh'/>",
            "<image href='data:image/gif;base64,R0lGODlh'/>",
        ),
        ("<image href='data:image/png;base64,/9j/4AAQ'/>", "<image href='data:image/jpeg;base64,/9j/4AAQ'/>"),
        ("<use href='#a'/><use href='other.svg#a'/>", "<use href='#a'/><use/>"),
        ("<g fill='url(#a)' mask='url( \"#b\" )'/>", "<g fill='url(#a)' mask='url( \"#b\" )'/>"),
        ("<g fill='url(http://x/#a)'/>", "<g fill='none'/>"),
        ("<g style='fill:URL( \"x.svg#a\")'/>", "<g style='fill:none'/>"),
        ("<g style='fill:url(http://x/a'/>", "<g style='fill:none'/>"),
        ("<g style='fill:\\\\75 75rl(x)'/>", "<g style='fill:75rl(x)'/>"),
        ("<g style='fill:\\75rl(x.svg#a)'/>", "<g style='fill:rl(x.svg#a)'/>"),
        ("<style>@import 'x.css'; a{fill:url(y)}</style>", "<style>none a{fill:none}</style>"),
        ("<a>x<script>y</script>z</a>", "<a>xz</a>"),
        ("<foreignObject><iframe xmlns='http://www.w3.org/1999/xhtml' src='x'/></foreignObject>", ""),
    ],
)
def test_an_svg_keeps_only_what_is_in_it(inside: str, left: str) -> None:
    assert etree.tostring(closed(svg(inside))) == etree.tostring(etree.fromstring(svg(left)))


def test_a_picture_of_no_type_in_an_svg_is_drawn(convert: Convert) -> None:
    inside = f"<image width='100' height='50' href='data:;base64,{b64encode(picture('PNG')).decode()}'/>"
    with Image.open(convert(svg(inside), DocumentFormat.SVG) / "slide-1.png") as found:
        assert rgb(found, (800, 400)) == (0, 0, 128)


def test_an_svgs_entities_are_not_unfolded() -> None:
    laughs = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    with pytest.raises(UnconvertibleDocument, match="is no SVG that is well-formed"):
        closed(svg("<text>&a9;</text>", f"<!DOCTYPE svg [<!ENTITY a0 'ha'>{laughs}]>"))
    root = closed(svg("<text>a&x;b</text>", "<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>"))
    assert text_of(root) == "ab"


@given(st.text("<>&;'\"/#=! svgtexthrefurl()\\", max_size=120))
def test_any_text_is_an_svg_or_told(text: str) -> None:
    try:
        root = closed(svg(text))
    except UnconvertibleDocument:
        return
    assert all("://" not in str(value) for element in root.iter() for value in element.attrib.values())


@given(st.floats(0.01, 1e6), st.floats(0.01, 1e6))
def test_what_is_fitted_fits(width: float, height: float) -> None:
    found = fitted(width, height, 176, 704)
    assert 1 <= found[0] <= 176
    assert 1 <= found[1] <= 704


def program(tmp_path: Path, text: str) -> str:
    """Return a program in the place of LibreOffice's."""
    path = tmp_path / "soffice"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_an_office_document_goes_through_libreoffice(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "made.pdf").write_bytes(pdf("From Word"))
    office = program(
        tmp_path,
        f'printf "%s\\n" "$@" > {tmp_path}/told; ulimit -v >> {tmp_path}/told; echo "$HOME" >> {tmp_path}/told\n'
        f'cp {tmp_path}/made.pdf "$(dirname "$HOME")/office/document.pdf"\n'
        f'cp "$HOME/profile/user/registrymodifications.xcu" {tmp_path}/profile',
    )
    assert look(convert(b"PK a document", DocumentFormat.DOCX, office=office))[2] == "From Word"
    *told, memory, home = (tmp_path / "told").read_text().splitlines()
    assert told[0].startswith("-env:UserInstallation=file://")
    assert told[1:] == [
        "--headless",
        "--norestore",
        "--nolockcheck",
        "--nologo",
        "--nodefault",
        "--convert-to",
        "pdf",
        "--outdir",
        home,
        f"{home}/document.docx",
    ]
    assert memory == str((1 << 30) // 1024)
    profile = etree.fromstring((tmp_path / "profile").read_bytes())
    names = [prop.get(f"{{{profile.nsmap['oor']}}}name") for prop in profile.iter("prop")]
    assert "BlockUntrustedRefererLinks" in names


def test_libreoffices_profile_is_made_once_and_copied(tmp_path: Path) -> None:
    (tmp_path / "made.pdf").write_bytes(pdf("From Word"))
    office = program(
        tmp_path,
        f'ls "$HOME/profile/user" | tr "\\n" " " >> {tmp_path}/profiles; echo >> {tmp_path}/profiles\n'
        f'touch "$HOME/profile/user/filled"; cp {tmp_path}/made.pdf "$HOME/document.pdf"',
    )
    converter = ConversionProcesses(current(LIMITS, office), patience=1000)
    for name in ("a", "b"):
        (tmp_path / name / "pages").mkdir(parents=True)
        (tmp_path / name / "source").write_bytes(b"PK")
        assert converter.convert(tmp_path / name / "source", tmp_path / name / "pages", DocumentFormat.DOCX) == 1
    converter.stop()
    fresh, filled = "registrymodifications.xcu ", "filled registrymodifications.xcu "
    assert (tmp_path / "profiles").read_text().splitlines() == [fresh, filled, filled]


def test_no_document_finds_what_another_left_in_its_profile(tmp_path: Path) -> None:
    (tmp_path / "made.pdf").write_bytes(pdf("From Word"))
    # A document's LibreOffice changes a file, adds one, and crashes the first time; bbbd's own text does none of it.
    office = program(
        tmp_path,
        f'cd "$HOME/profile/user"; cat added own >> {tmp_path}/found 2> /dev/null; echo own > own\n'
        f'cp {tmp_path}/made.pdf "$HOME/document.pdf"; [ -e "$HOME/document.txt" ] && exit\n'
        "echo spoilt | tee added own > registrymodifications.xcu\n"
        f"! mkdir {tmp_path}/crashed 2> /dev/null",
    )
    converter = ConversionProcesses(current(LIMITS, office), patience=1000)
    pages: list[int | str] = []
    for name in ("a", "b", "c"):
        (tmp_path / name / "pages").mkdir(parents=True)
        (tmp_path / name / "source").write_bytes(b"PK")
        try:
            pages.append(converter.convert(tmp_path / name / "source", tmp_path / name / "pages", DocumentFormat.DOCX))
        except UnconvertibleDocument as fault:
            pages.append(str(fault))
    converter.stop()
    assert pages == ["could not be read by LibreOffice as Word", 1, 1]
    assert (tmp_path / "found").read_text() == "own\n" * 3


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Größe und Maße", "cp1252"),
        ("Ich weiß nicht, wie schön es ist", "cp850"),
        ("Größe und Maße", "utf-16"),
        ("Größe und Maße", "utf-8"),
        ("Привет, как дела?", "cp1251"),
    ],
)
def test_libreoffice_is_given_a_text_in_utf_8(convert: Convert, tmp_path: Path, text: str, encoding: str) -> None:
    (tmp_path / "made.pdf").write_bytes(pdf("From a text"))
    office = program(tmp_path, f'cp "$HOME/document.txt" {tmp_path}/read; cp {tmp_path}/made.pdf "$HOME/document.pdf"')
    convert(text.encode(encoding), DocumentFormat.TXT, office=office)
    assert (tmp_path / "read").read_text("utf-8-sig") == text


@pytest.mark.parametrize(
    ("does", "limits", "why"),
    [
        ("exit 1", LIMITS, "could not be read by LibreOffice as PowerPoint"),
        ("exit 0", LIMITS, "could not be read by LibreOffice as PowerPoint"),
        ("while :; do :; done", LIMITS._replace(seconds=1), "takes LibreOffice more than 1 s"),
        ('echo "%PDF-1.4 broken" > "$HOME/document.pdf"', LIMITS, "is no PDF that can be read"),
    ],
)
def test_what_libreoffice_cannot_do_is_told(
    convert: Convert, tmp_path: Path, does: str, limits: ProcessLimits, why: str
) -> None:
    with pytest.raises(UnconvertibleDocument) as fault:
        convert(b"PK", DocumentFormat.PPTX, limits, program(tmp_path, does))
    assert str(fault.value) == why


def test_an_opendocument_with_a_password_says_so(convert: Convert, tmp_path: Path) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("mimetype", DocumentFormat.ODT.content_type)
        archive.writestr("META-INF/manifest.xml", "<m:manifest xmlns:m='x'><m:encryption-data/></m:manifest>")
    with pytest.raises(UnconvertibleDocument, match=r"^is protected by a password$"):
        convert(written.getvalue(), DocumentFormat.ODT, office=program(tmp_path, "exit 1"))


def test_a_libreoffice_that_hangs_is_ended(convert: Convert, tmp_path: Path) -> None:
    with pytest.raises(UnconvertibleDocument, match=r"^was not converted within 1 s$"):
        convert(b"PK", DocumentFormat.PPTX, LIMITS._replace(seconds=1), program(tmp_path, "sleep 100000"), patience=1)


@pytest.mark.parametrize("office", ["none", "/nowhere/soffice"])
def test_without_libreoffice_office_documents_are_refused(convert: Convert, office: str) -> None:
    with pytest.raises(
        UnconvertibleDocument, match=r"^is an office document, which needs LibreOffice, and this server has none"
    ):
        convert(b"PK", DocumentFormat.DOCX, office=office)


def test_a_conversion_that_is_killed_is_no_fault_of_the_document(convert: Convert, tmp_path: Path) -> None:
    with pytest.raises(DocumentInterrupted, match="status -9"):
        convert(b"PK", DocumentFormat.DOCX, office=program(tmp_path, "kill -9 $PPID; sleep 100"))


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] not in "ZX"
    except OSError:
        return False


def test_a_stop_ends_what_is_under_way(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"PK")
    (tmp_path / "pages").mkdir()
    begun = tmp_path / "begun"
    office = program(tmp_path, f"echo $$ > {begun}.new; mv {begun}.new {begun}; sleep 100000")
    converter = ConversionProcesses(current(LIMITS, office))
    faults: list[BaseException] = []

    def convert() -> None:
        try:
            converter.convert(tmp_path / "source", tmp_path / "pages", DocumentFormat.DOCX)
        except DocumentInterrupted as fault:
            faults.append(fault)

    thread = threading.Thread(target=convert)
    thread.start()
    while not begun.exists():
        os.sched_yield()
    converter.stop()
    thread.join(60)
    assert len(faults) == 1
    child = int(begun.read_text())
    while is_running(child):
        os.sched_yield()


def test_a_killed_daemon_leaves_no_conversion_behind(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"PK")
    (tmp_path / "pages").mkdir()
    begun = tmp_path / "begun"
    office = program(tmp_path, f"echo $$ > {begun}.new; mv {begun}.new {begun}; exec sleep 100000")
    convert = (
        "from pathlib import Path; from bbbd.slides.conversion_process import ConversionProcesses"
        "; from bbbd.slides.formats import DocumentFormat; from bbbd.settings.current import CurrentSettings"
        "; from bbbd.settings.settings import Settings"
        f"; ConversionProcesses(CurrentSettings(Settings(office={office!r})))"
        f".convert(Path({str(tmp_path / 'source')!r}), Path({str(tmp_path / 'pages')!r}), DocumentFormat.DOCX)"
    )
    with subprocess.Popen([sys.executable, "-c", convert]) as daemon:
        while not begun.exists():
            os.sched_yield()
        daemon.kill()
    child = int(begun.read_text())
    while is_running(child):
        os.sched_yield()


def test_a_conversion_whose_daemon_was_killed_before_it_began_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(pdf())
    (tmp_path / "pages").mkdir()
    with subprocess.Popen(["true"]) as daemon:
        pass
    command = [sys.executable, "-m", "bbbd.slides", "--format=pdf", f"--parent={daemon.pid}", "source", "pages"]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == -signal.SIGKILL
    assert not list((tmp_path / "pages").iterdir())


def test_the_process_tells_what_is_wrong_by_its_status(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bbbd.slides", *arguments], capture_output=True, text=True, check=False
        )

    (tmp_path / "a").write_bytes(b"x")
    done = run("--format=pdf", str(tmp_path / "a"), str(tmp_path))
    assert (done.returncode, done.stderr) == (os.EX_DATAERR, "is no PDF that can be read\n")
    (tmp_path / "a").write_bytes(pdf())
    (tmp_path / "file").write_bytes(b"")
    done = run("--format=pdf", str(tmp_path / "a"), str(tmp_path / "file"))
    assert (done.returncode, "File exists" in done.stderr) == (os.EX_IOERR, True)
