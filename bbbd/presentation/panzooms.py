"""Views of a recording: ``panzooms.xml``, the visible part of the page at each change of page or part."""

from __future__ import annotations

from collections.abc import Iterator

from bbbd.presentation.pages import Pages
from bbbd.presentation.shapes import size_of
from bbbd.presentation.stage import Interval
from bbbd.presentation.timeline import seconds


def panzooms_xml(shown: list[Interval], pages: Pages) -> Iterator[str]:
    """Give the pieces of ``panzooms.xml``: boxes in pixels of the page's picture."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<recording id="panzoom_events" tldraw="false">\n'
    for interval in shown:
        width, height = size_of(interval, pages)
        for begin, view in interval.views:
            box = (view.x * width, view.y * height, view.w * width, view.h * height)
            numbers = " ".join(str(round(side / 100, 2)) for side in box)
            yield f' <event timestamp="{seconds(begin)}"><viewBox>{numbers}</viewBox></event>\n'
    yield "</recording>\n"
