"""Pages of a PDF, by PDFium."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path

import pypdfium2
from PIL import Image, ImageDraw, ImageFont
from pypdfium2 import raw

from bbbd.slides.formats import UnconvertibleDocument
from bbbd.slides.page_files import PageWriter
from bbbd.slides.process_limits import LONGEST, LONGEST_TEXT

_LETTER = (0, 0, 612, 792)
_WHY = {
    raw.FPDF_ERR_PASSWORD: "is protected by a password",
    raw.FPDF_ERR_SECURITY: "is protected in a way that is not known",
}


def convert(source: Path, writer: PageWriter, most_pages: int) -> None:
    """Write a PDF's pages. Raises ``UnconvertibleDocument``."""
    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as fault:
        raise UnconvertibleDocument(_WHY.get(fault.err_code, "is no PDF that can be read")) from None
    count = len(document)
    if not count:
        raise UnconvertibleDocument("has no pages")
    if count > most_pages:
        raise UnconvertibleDocument(f"has {count} pages; at most {most_pages} are shown (maxNumPages)")
    _with_what_was_filled_in(document)
    unreadable = 0
    for number in range(1, count + 1):
        try:
            picture, text = _page(document, number)
        except pypdfium2.PdfiumError:
            unreadable += 1
            picture, text = _empty_page(f"Page {number} of the document cannot be read.")
        writer.add(picture, text)
    if unreadable == count:
        raise UnconvertibleDocument("has no page that can be read")


def _page(document: pypdfium2.PdfDocument, number: int) -> tuple[Image.Image, str]:
    """Return the picture and the text of a page. Raises ``PdfiumError``."""
    page = document[number - 1]
    try:
        picture, text = _rendered(page), ""
        with suppress(pypdfium2.PdfiumError):
            text = _text_of(page)
        return picture, text
    finally:
        page.close()


def _empty_page(note: str) -> tuple[Image.Image, str]:
    """Return an empty page with a note, which is its text too."""
    picture = Image.new("RGB", (LONGEST, LONGEST * 3 // 4), "white")
    font = ImageFont.load_default(LONGEST // 40)
    ImageDraw.Draw(picture).text((picture.width / 2, picture.height / 2), note, "gray", font, anchor="mm")
    return picture, note


def _with_what_was_filled_in(document: pypdfium2.PdfDocument) -> None:
    """Have fields of forms drawn, which are no part of the pages; a form that is broken is left out."""
    with suppress(pypdfium2.PdfiumError):
        document.init_forms()


def _rendered(page: pypdfium2.PdfPage) -> Image.Image:
    width, height = page.get_size()
    if not _is_size(width, height):
        # Its CropBox is outside its MediaBox, or has no area: the page is drawn by its MediaBox, or as a letter.
        left, bottom, right, top = page.get_mediabox()
        left, right, bottom, top = min(left, right), max(left, right), min(bottom, top), max(bottom, top)
        box = (left, bottom, right, top) if _is_size(right - left, top - bottom) else _LETTER
        page.set_mediabox(*box)
        page.set_cropbox(*box)
        width, height = page.get_size()
    if not _is_size(width, height):
        raise pypdfium2.PdfiumError("it has no size")
    # Sides are rounded up to whole pixels, so a little less than fits.
    scale = (LONGEST - 0.01) / max(width, height)
    bitmap = page.render(scale=scale, fill_color=(255, 255, 255, 255), rev_byteorder=True)
    picture: Image.Image = bitmap.to_pil().convert("RGB")
    bitmap.close()
    return picture


def _is_size(width: float, height: float) -> bool:
    return math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0


def _text_of(page: pypdfium2.PdfPage) -> str:
    found = page.get_textpage()
    count = min(found.count_chars(), LONGEST_TEXT)
    text = found.get_text_range(0, count) if count > 0 else ""
    found.close()
    return str(text)
