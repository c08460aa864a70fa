"""The page that a picture is, by Pillow; of a moving one its first frame."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from bbbd.slides.formats import DocumentFormat, UnconvertibleDocument
from bbbd.slides.page_files import PageWriter
from bbbd.slides.process_limits import LONGEST, MOST_PIXELS

# Its size is looked at before it is read; the warning of Pillow's own would come later.
Image.MAX_IMAGE_PIXELS = None


def convert(source: Path, kind: DocumentFormat, writer: PageWriter) -> None:
    """Write a picture's page. Raises ``UnconvertibleDocument``."""
    try:
        with Image.open(source, formats=[kind.name]) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise UnconvertibleDocument(
                    f"has {width} by {height} pixels; at most {MOST_PIXELS // 1_000_000} million are read"
                )
            # A JPEG is read in a smaller size at once.
            picture.draft("RGB", (LONGEST, LONGEST))
            page = _page_of(picture)
    except UnidentifiedImageError:
        raise UnconvertibleDocument(f"is no {kind.label} that can be read") from None
    except (OSError, SyntaxError, ValueError, EOFError) as fault:
        if isinstance(fault, UnconvertibleDocument):
            raise
        raise UnconvertibleDocument(
            f"is damaged, or not whole: {kind.label} ends too soon or cannot be unpacked"
        ) from None
    writer.add(page, "")


def _page_of(picture: Image.Image) -> Image.Image:
    picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    upright = ImageOps.exif_transpose(picture)
    return flat(upright)


def flat(picture: Image.Image) -> Image.Image:
    """Return a picture in RGB, on white where it can be seen through."""
    if picture.mode.startswith("I"):
        # Greys of 16 bits, which Pillow would cut off at 255.
        return picture.convert("I").point(lambda grey: grey / 256).convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    page = Image.new("RGB", seen.size, "white")
    page.paste(seen, mask=seen.getchannel("A"))
    return page
