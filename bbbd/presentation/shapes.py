"""Slides of a recording: ``shapes.svg``, with a picture for each stretch in which a page was on the stage.

A stretch without a page shows the placeholder ``presentation/logo.png``; a recording without any page has no picture at
all, so that players show no stage.
"""

from __future__ import annotations

from collections.abc import Iterator

from bbbd.history.xml_text import attribute
from bbbd.presentation.drawings import Drawings
from bbbd.presentation.pages import Pages
from bbbd.presentation.stage import Interval
from bbbd.presentation.timeline import seconds
from bbbd.slides.page_names import page_file, text_file

PLACEHOLDER = "presentation/logo.png"
PLACEHOLDER_SIZE = (1600, 1200)
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<svg id="svgfile" xmlns="http://www.w3.org/2000/svg"'
    ' xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1" style="position:absolute" viewBox="0 0 800 600">\n'
)


def size_of(interval: Interval, pages: Pages) -> tuple[int, int]:
    """Return width and height of what a stretch shows."""
    return PLACEHOLDER_SIZE if interval.page is None else pages.size(interval.page)


def shapes_svg(shown: list[Interval], pages: Pages, drawings: Drawings) -> Iterator[str]:
    """Give the pieces of ``shapes.svg``: each picture, and behind it the drawings on it."""
    yield _HEAD
    for number, interval in enumerate(shown, 1):
        yield _picture(number, interval, pages)
        yield from drawings.canvas(number, interval, size_of(interval, pages))
    yield "</svg>\n"


def _picture(number: int, interval: Interval, pages: Pages) -> str:
    width, height = size_of(interval, pages)
    if interval.page is None:
        href, text = PLACEHOLDER, ""
    else:
        directory = f"presentation/{interval.page.deck}"
        href = f"{directory}/{page_file(interval.page.page)}"
        text = f' text="{attribute(f"{directory}/{text_file(interval.page.page)}")}"'
    return (
        f'<image id="image{number}" class="slide" in="{seconds(interval.begin)}" out="{seconds(interval.end)}"'
        f' xlink:href="{attribute(href)}" width="{width}" height="{height}" x="0" y="0"{text}'
        ' style="visibility:hidden"/>\n'
    )
