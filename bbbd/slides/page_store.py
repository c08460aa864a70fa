"""Pages on disk: ``slides/<key>/`` holds what one document became, whole or not at all.

A key stands for the document's bytes, its format and the limits, so the same document has one, and is converted once.
"""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from bbbd.slides.formats import DocumentFormat
from bbbd.storage.disk import Disk

#: Changes when pages are made otherwise than before: those of before stay with their meetings.
VERSION = 3
_KEY = re.compile(r"[0-9a-f]{40}")
#: The document itself, among its pages; its ending follows.
_DOCUMENT = "document"
_PAGE = re.compile(r"slide-([0-9]+)\.png")


class StoredPages(NamedTuple):
    """Pages on disk: their key and how many."""

    key: str
    pages: int


def key_of(digest: str, kind: DocumentFormat, most_pages: int) -> str:
    """Return the key of a document's pages, the name of their directory."""
    return sha256(f"{VERSION} {kind.ending} {most_pages} {digest}".encode()).hexdigest()[:40]


class PageStore:
    """The pages of all meetings.

    Which are there is known in memory, by the reactor's thread alone; ``put`` and ``delete`` are called in one other.
    """

    def __init__(self, disk: Disk, data_dir: Path) -> None:
        self.root = data_dir / "slides"
        self._disk = disk
        self._pages: dict[str, int] = {}

    def start(self) -> None:
        """Read which pages are stored, and delete unfinished ones. Waits for the disk."""
        self._disk.mkdir(self.root)
        self._disk.sweep(self.root)
        self._pages = {path.name: _count(path) for path in self.root.iterdir() if _KEY.fullmatch(path.name)}

    def all_keys(self) -> list[str]:
        """Return the keys of all stored pages."""
        return list(self._pages)

    def find(self, key: str) -> StoredPages | None:
        """Return stored pages, None if there are none of this key."""
        pages = self._pages.get(key, 0)
        return StoredPages(key, pages) if pages else None

    def file(self, key: str, name: str) -> Path:
        """Return a file of a document's pages."""
        return self.root / key / name

    def work_place(self) -> Path:
        """Make a directory for one document's conversion. Waits for the disk."""
        place = self._disk.unfinished(self.root)
        self._disk.mkdir(place / "pages")
        return place

    def clear(self, place: Path) -> None:
        """Remove a directory that ``work_place`` made. Waits for the disk."""
        self._disk.remove_tree(place)

    def put(self, key: str, place: Path, ending: str) -> None:
        """Give pages that were made, and their document, their place. Waits for the disk."""
        pages = place / "pages"
        self._disk.rename(place / "source", pages / f"{_DOCUMENT}.{ending}")
        for directory in (pages / "thumbnails", pages / "textfiles", pages):
            self._disk.sync_directory(directory)
        if (self.root / key).exists():
            # Pages of an earlier try whose sync failed: no meeting has them.
            self.delete(key)
        self._disk.rename(pages, self.root / key)
        self._disk.sync_directory(self.root)

    def add(self, key: str, pages: int) -> StoredPages:
        """Add pages to the index in memory, after ``put`` has stored them."""
        self._pages[key] = pages
        return StoredPages(key, pages)

    def forget(self, key: str) -> None:
        """Remove pages from the index in memory, before ``delete`` deletes them."""
        self._pages.pop(key, None)

    def delete(self, key: str) -> None:
        """Delete pages, by a rename first, so that none is found in part. Waits for the disk."""
        away = self._disk.unfinished(self.root)
        try:
            self._disk.rename(self.root / key, away)
        except FileNotFoundError:
            return
        self._disk.remove_tree(away)

    def link(self, key: str, target: Path) -> None:
        """Have the pages in another directory too. Waits for the disk."""
        source = self.root / key
        if not source.is_dir():
            return
        if target.exists():
            self._disk.sync_directory(target.parent)
            return
        self._disk.mkdir(target.parent)
        self._disk.sweep(target.parent)
        unfinished = self._disk.unfinished(target.parent)
        for directory, _names, files in os.walk(source):
            there = unfinished / Path(directory).relative_to(source)
            self._disk.mkdir(there)
            for name in files:
                self._disk.link(Path(directory) / name, there / name)
            self._disk.sync_directory(there)
        self._disk.rename(unfinished, target)
        self._disk.sync_directory(target.parent)

    def document(self, key: str) -> tuple[Path, DocumentFormat] | None:
        """Return the document that pages were made of, None when it is not there. Waits for the disk."""
        for kind in DocumentFormat:
            if (path := self.file(key, f"{_DOCUMENT}.{kind.ending}")).is_file():
                return path, kind
        return None


def _count(directory: Path) -> int:
    return sum(_PAGE.fullmatch(name) is not None for name in os.listdir(directory))  # noqa: PTH208 - names are enough
