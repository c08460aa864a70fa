"""Limits of a conversion: what its process is given, and how large what it makes may be."""

from __future__ import annotations

from typing import NamedTuple

#: Pixels of a page's longer side, and of a thumbnail's width and greatest height.
LONGEST = 1600
THUMBNAIL, THUMBNAIL_HEIGHT = 176, 704
#: Pixels of a picture that is read.
MOST_PIXELS = 40_000_000
#: Characters of a page's text.
LONGEST_TEXT = 20_000
#: Bytes of one file that is written, and of all of a document.
LARGEST_FILE, LARGEST = 64 << 20, 1 << 30
#: Bytes of a file that LibreOffice writes.
LARGEST_OFFICE_FILE = 512 << 20


class ProcessLimits(NamedTuple):
    """What an operator sets: bytes of memory, seconds of computing, pages; bytes of memory for LibreOffice."""

    memory: int
    seconds: int
    pages: int
    office_memory: int
