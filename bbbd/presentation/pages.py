"""Pages of a recording: their pictures, thumbnails and texts among the raw files, and their copies in the format.

Only pages that the recording shows are copied: what was on the stage in a pause, or never, stays private.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from bbbd.presentation.stage import Page
from bbbd.slides.page_names import page_file, text_file, thumbnail_file
from bbbd.slides.process_limits import LONGEST_TEXT
from bbbd.storage.disk import Disk, open_regular, read_regular

#: Names of decks. None leads out of its directory.
DECK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_MODE = 0o644
_LARGEST_SIDE = 20_000


class Pages:
    """The pages below ``raw/presentation``, by deck; those of the decks in ``made`` are in other directories."""

    def __init__(self, raw: Path, made: Mapping[str, Path]) -> None:
        self._root = raw / "presentation"
        self._made = made
        self._sizes: dict[Page, tuple[int, int] | None] = {}
        self._texts: dict[Page, str] = {}

    def exists(self, page: Page) -> bool:
        """Return whether there is a picture of a page."""
        return self._size(page) is not None

    def size(self, page: Page) -> tuple[int, int]:
        """Return width and height of a page that exists, in pixels."""
        size = self._size(page)
        assert size is not None
        return size

    def _size(self, page: Page) -> tuple[int, int] | None:
        if page not in self._sizes:
            self._sizes[page] = self._png_size(self._file(page, page_file(page.page))) if _is_named(page) else None
        return self._sizes[page]

    def _png_size(self, path: Path) -> tuple[int, int] | None:
        try:
            with open_regular(self._inside(path)) as file, Image.open(file, formats=("PNG",)) as picture:
                return picture.size if max(picture.size) <= _LARGEST_SIDE else None
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError, SyntaxError, ValueError):
            return None

    def thumbnail_size(self, page: Page) -> tuple[int, int] | None:
        """Return width and height of a page's thumbnail, None if there is none."""
        return self._png_size(self._file(page, thumbnail_file(page.page)))

    def text(self, page: Page) -> str:
        """Return a page's text, empty if it has none."""
        if page not in self._texts:
            try:
                data = read_regular(self._inside(self._file(page, text_file(page.page))), LONGEST_TEXT * 4)
            except OSError:
                data = b""
            self._texts[page] = data.decode("utf-8", "replace")[:LONGEST_TEXT].strip()
        return self._texts[page]

    def copy(self, disk: Disk, page: Page, target: Path) -> None:
        """Copy a page that exists to a directory of its deck below the format's."""
        directory = target / "presentation" / page.deck
        for name in (page_file(page.page), thumbnail_file(page.page), text_file(page.page)):
            source = self._file(page, name)
            disk.mkdir((directory / name).parent, 0o755)
            try:
                copy = disk.copy(self._inside(source), (directory / name).parent, _MODE)
            except FileNotFoundError:
                continue
            disk.rename(copy, directory / name)

    def _file(self, page: Page, name: str) -> Path:
        return self._made.get(page.deck, self._root / page.deck) / name

    def _inside(self, path: Path) -> Path:
        """Return a path without links. Raises ``FileNotFoundError`` for one that leads out of the raw files."""
        resolved = path.resolve(strict=True)
        if not any(resolved.is_relative_to(root.resolve()) for root in (self._root, *self._made.values())):
            raise FileNotFoundError(f"{path} leads out of its directory")
        return resolved


def _is_named(page: Page) -> bool:
    return DECK.fullmatch(page.deck) is not None and page.page > 0
