"""Writes the pages of a document, their thumbnails and texts."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TypeAlias, cast

from PIL import Image

from bbbd.slides.formats import UnconvertibleDocument
from bbbd.slides.page_names import page_file, text_file, thumbnail_file
from bbbd.slides.process_limits import LARGEST, LONGEST, LONGEST_TEXT, THUMBNAIL, THUMBNAIL_HEIGHT
from bbbd.storage.disk import Disk

#: How hard PNG is packed. Harder takes a third longer; pages of text become larger, photographs a seventh smaller.
_PACKED = 2
#: How many times larger than a thumbnail is what its pixels are computed of, with a careful filter.
_REDUCED = 3.0
#: The most greys that a picture can have.
_GREYS = 256
_UNSHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_Colour: TypeAlias = tuple[int, int, int]


def fitted(width: float, height: float, most_width: int, most_height: int) -> tuple[int, int]:
    """Return the size that something takes when it is made to fit, no side less than a pixel."""
    scale = min(most_width / width, most_height / height)
    return (
        min(most_width, max(1, round(width * scale))),
        min(most_height, max(1, round(height * scale))),
    )


class PageWriter:
    """Writes pages into a directory, one after the other, each synced."""

    def __init__(self, disk: Disk, directory: Path) -> None:
        self.count = 0
        self._disk = disk
        self._directory = directory
        self._size = 0
        for name in ("thumbnails", "textfiles"):
            disk.mkdir(directory / name)

    def add(self, picture: Image.Image, text: str) -> None:
        """Write the next page: a picture in RGB that fits. Raises ``UnconvertibleDocument`` past the limits."""
        self.count += 1
        assert max(picture.size) <= LONGEST
        size = fitted(*picture.size, THUMBNAIL, THUMBNAIL_HEIGHT)
        thumbnail = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=_REDUCED)
        self._write(thumbnail_file(self.count), _png(thumbnail))
        self._write(text_file(self.count), _cleaned(text).encode())
        self._write(page_file(self.count), _png(picture))

    def _write(self, name: str, data: bytes) -> None:
        self._size += len(data)
        if self._size > LARGEST:
            raise UnconvertibleDocument(f"makes more than {LARGEST >> 20} MiB of pictures")
        self._disk.create(self._directory / name, data)
        self._disk.sync_file(self._directory / name)


def _png(picture: Image.Image) -> bytes:
    """Return a picture in RGB as a PNG: one of greys alone, as most pages of text, with a byte for a pixel."""
    colours = picture.getcolors(_GREYS)
    if colours and all(red == green == blue for _, (red, green, blue) in cast("list[tuple[int, _Colour]]", colours)):
        picture = picture.convert("L")
    written = io.BytesIO()
    picture.save(written, "PNG", compress_level=_PACKED)
    return written.getvalue()


def _cleaned(text: str) -> str:
    return _UNSHOWN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))[:LONGEST_TEXT].strip()
