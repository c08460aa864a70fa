"""The page that a picture is, by Pillow; of a moving one its first frame, of a TIFF each of its pages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from PIL import Image, ImageCms, ImageMath, ImageOps, UnidentifiedImageError

from bbbd.slides.formats import DocumentFormat, UnconvertibleDocument
from bbbd.slides.page_files import PageWriter
from bbbd.slides.process_limits import LONGEST, MOST_PIXELS

#: A PNG's gAMA chunk: that of sRGB, how far another is off before it is heeded, and which are no nonsense.
_SRGB_GAMMA = 0.45455
_SAME_GAMMA = 0.02
#: What turns greys of 2 and 4 bits into those of 8.
_SCALES = {"L;2": 85, "L;4": 17}
_LEAST_GAMMA, _MOST_GAMMA = 0.1, 10.0
# Its size is looked at before it is read; the warning of Pillow's own would come later.
Image.MAX_IMAGE_PIXELS = None


def convert(source: Path, kind: DocumentFormat, writer: PageWriter, most_pages: int) -> None:
    """Write a picture's page, of a TIFF all its pages. Raises ``UnconvertibleDocument``, and the disk's ``OSError``."""
    for page in _pages(source, kind, most_pages):
        writer.add(page, "")


def _pages(source: Path, kind: DocumentFormat, most_pages: int) -> Iterator[Image.Image]:
    try:
        if kind is DocumentFormat.HEIC:
            import pillow_heif  # noqa: PLC0415 - a decoder that only these pictures need

            pillow_heif.register_heif_opener(thumbnails=False)
        with Image.open(source, formats=["HEIF" if kind is DocumentFormat.HEIC else kind.name]) as picture:
            count = getattr(picture, "n_frames", 1) if kind is DocumentFormat.TIFF else 1
            _check_count(count, most_pages)
            for place in range(count):
                if place:
                    picture.seek(place)
                yield _read(picture)
    except (UnconvertibleDocument, MemoryError, RecursionError):
        raise
    except UnidentifiedImageError:
        raise UnconvertibleDocument(f"is no {kind.label} that can be read") from None
    except Exception:  # Pillow raises errors of any type for a damaged picture
        raise UnconvertibleDocument(
            f"is damaged, or not whole: {kind.label} ends too soon or cannot be unpacked"
        ) from None


def _check_count(count: int, most: int) -> None:
    if count > most:
        raise UnconvertibleDocument(f"has {count} pages; at most {most} are shown (maxNumPages)")


def _read(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise UnconvertibleDocument(
            f"has {width} by {height} pixels; at most {MOST_PIXELS // 1_000_000} million are read"
        )
    # A JPEG is read in a smaller size at once; its profile stays.
    picture.draft("RGB", (LONGEST, LONGEST))
    picture = _with_alpha(picture)
    picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    upright = ImageOps.exif_transpose(picture)
    return flat(_in_srgb(upright))


def _with_alpha(picture: Image.Image) -> Image.Image:
    """Return a picture whose one colour that is seen through has become a channel, before colours are mixed."""
    through = picture.info.get("transparency")
    if picture.mode.startswith(("L", "I")) and isinstance(through, int):
        # A PNG writes this grey with as few bits as its pixels; Pillow scales those alone.
        through *= _SCALES.get(_raw_mode(picture), 1)
        mask = ImageMath.lambda_eval(
            lambda given: given["convert"]((given["grey"] != through) * 255, "L"), grey=picture.convert("I")
        )
        made = _greys(picture)
        made.putalpha(mask)
    elif picture.mode == "P" or through is not None:
        made = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    else:
        return picture
    made.info = {name: value for name, value in picture.info.items() if name != "transparency"}
    return made


def _raw_mode(picture: Image.Image) -> str:
    tiles = getattr(picture, "tile", None)
    return str(tiles[0][3]) if tiles else ""


def _greys(picture: Image.Image) -> Image.Image:
    """Return greys in 8 bits; Pillow would cut off those of 16 at 255."""
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda grey: grey / 256).convert("L")
    return picture.convert("L")


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Return a picture in the colours of sRGB: by its ICC profile, else by its gamma; one without either as it is."""
    profile = picture.info.get("icc_profile")
    if profile:
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            own, mode = ImageCms.ImageCmsProfile(io.BytesIO(profile)), picture.mode
            kept = picture.getchannel("A") if mode in ("RGBA", "LA") else None
            base = picture.convert({"RGBA": "RGB", "LA": "L"}.get(mode, mode))
            made = ImageCms.profileToProfile(base, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if made is not None:
                if kept is not None:
                    made.putalpha(kept)
                return made
    gamma = picture.info.get("gamma")
    if not profile and "srgb" not in picture.info and gamma and _LEAST_GAMMA < gamma < _MOST_GAMMA:
        exponent = _SRGB_GAMMA / gamma
        if picture.mode in ("L", "RGB", "LA", "RGBA") and abs(exponent - 1) > _SAME_GAMMA:
            curve = [round(255 * (value / 255) ** exponent) for value in range(256)]
            colours = len(picture.getbands()) - (picture.mode in ("LA", "RGBA"))
            straight = list(range(256)) * (len(picture.getbands()) - colours)
            return picture.point(curve * colours + straight)
    return picture


def flat(picture: Image.Image) -> Image.Image:
    """Return a picture in RGB, on white where it can be seen through."""
    if picture.mode.startswith("I"):
        return _greys(picture).convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    page = Image.new("RGB", seen.size, "white")
    page.paste(seen, mask=seen.getchannel("A"))
    return page
