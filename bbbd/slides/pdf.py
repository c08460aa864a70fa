"""Pages of a PDF, by PDFium."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path

import pypdfium2
from PIL import Image
from pypdfium2 import raw

from bbbd.slides.formats import UnconvertibleDocument
from bbbd.slides.page_files import PageWriter
from bbbd.slides.process_limits import LONGEST, LONGEST_TEXT

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
    for place in range(count):
        try:
            page = document[place]
            picture, text = _rendered(page), _text_of(page)
        except pypdfium2.PdfiumError:
            raise UnconvertibleDocument(f"has a page {place + 1} that cannot be read") from None
        page.close()
        writer.add(picture, text)


def _with_what_was_filled_in(document: pypdfium2.PdfDocument) -> None:
    """Have fields of forms drawn, which are no part of the pages; a form that is broken is left out."""
    with suppress(pypdfium2.PdfiumError):
        document.init_forms()


def _rendered(page: pypdfium2.PdfPage) -> Image.Image:
    width, height = page.get_size()
    if not (math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0):
        raise pypdfium2.PdfiumError("it has no size")
    # Sides are rounded up to whole pixels, so a little less than fits.
    scale = (LONGEST - 0.01) / max(width, height)
    bitmap = page.render(scale=scale, fill_color=(255, 255, 255, 255), rev_byteorder=True)
    picture: Image.Image = bitmap.to_pil().convert("RGB")
    bitmap.close()
    return picture


def _text_of(page: pypdfium2.PdfPage) -> str:
    found = page.get_textpage()
    count = min(found.count_chars(), LONGEST_TEXT)
    text = found.get_text_range(0, count) if count > 0 else ""
    found.close()
    return str(text)
