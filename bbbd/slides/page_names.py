"""The names of a document's pages on disk, which are those that recordings have.

They are apart from what writes pages: that needs Pillow, which the server itself never loads.
"""

from __future__ import annotations


def page_file(number: int) -> str:
    """Return the name of a page's picture; pages count from 1."""
    return f"slide-{number}.png"


def thumbnail_file(number: int) -> str:
    """Return the name of a page's thumbnail."""
    return f"thumbnails/thumb-{number}.png"


def text_file(number: int) -> str:
    """Return the name of a page's text."""
    return f"textfiles/slide-{number}.txt"
