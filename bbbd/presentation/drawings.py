"""Drawings on the pages of a recording, as elements of ``shapes.svg`` in pixels of the page's picture.

A drawing that changes has several versions with one number, of which players show the last. Each stretch in which a
page is on the stage has the drawings that are seen in it: those from before are there from its begin.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator

from bbbd.history.happenings import History, PageCleared, ShapeDrawn, ShapeUndone
from bbbd.history.xml_text import text
from bbbd.presentation.stage import Interval, Page
from bbbd.presentation.timeline import Timeline, seconds, tenths

#: Characters of all drawings of a recording: a page that comes again has its drawings again.
LARGEST = 64 << 20
#: Versions of drawings that are looked at, each time that their page comes.
MOST_LOOKED_AT = 20_000_000
#: Control points of each command of a pencil's smoothed line, and the letter that SVG has for it.
_COMMANDS = {1: (1, "M"), 2: (1, "L"), 3: (2, "Q"), 4: (3, "C")}


class _Version:
    """One version of a drawing: its own number and the drawing's, and when it came and went, in tenths of a second."""

    __slots__ = ("begin", "drawing", "drawn", "gone", "number", "replaced")

    def __init__(self, drawn: ShapeDrawn, begin: int, number: int, drawing: int) -> None:
        self.drawn = drawn
        self.begin = begin
        self.number = number
        self.drawing = drawing
        self.gone: int | None = None
        self.replaced: int | None = None


class _PageDrawings:
    """The drawings on one page."""

    def __init__(self) -> None:
        self.versions: list[_Version] = []
        #: The versions of each drawing that is there, and the drawings of each person.
        self.there: dict[str, list[_Version]] = {}
        self._of: dict[str, set[str]] = {}

    def draw(self, drawn: ShapeDrawn, time: int, number: int) -> None:
        known = self.there.setdefault(drawn.shape, [])
        version = _Version(drawn, time, number, known[0].drawing if known else number)
        if known:
            known[-1].replaced = time
        known.append(version)
        self._of.setdefault(known[0].drawn.user, set()).add(drawn.shape)
        self.versions.append(version)

    def remove(self, shape: str, time: int) -> None:
        versions = self.there.pop(shape, [])
        for version in versions:
            version.gone = time
        if versions:
            self._of[versions[0].drawn.user].discard(shape)

    def clear(self, user: str, time: int) -> None:
        for shape in list(self._of.get(user, ()) if user else self.there):
            self.remove(shape, time)


class Drawings:
    """The drawings of a recording. ``left_out`` is true when there were too many to show."""

    def __init__(
        self,
        history: History,
        timeline: Timeline,
        *,
        largest: int = LARGEST,
        most_looked_at: int = MOST_LOOKED_AT,
    ) -> None:
        self.left_out = False
        self._largest = largest
        self._most_looked_at = most_looked_at
        self._length = self._looked_at = 0
        self._pages: dict[Page, _PageDrawings] = {}
        for number, one in enumerate(history.happenings, 1):
            if not isinstance(one, (ShapeDrawn, ShapeUndone, PageCleared)):
                continue
            page = self._pages.setdefault(Page(one.deck, one.page), _PageDrawings())
            time = tenths(timeline.time(one.at))
            if isinstance(one, ShapeDrawn):
                page.draw(one, time, number)
            elif isinstance(one, ShapeUndone):
                # Old servers say only that the last one is taken back.
                page.remove(one.shape or next(reversed(page.there), ""), time)
            else:
                page.clear(one.user, time)

    def canvas(self, number: int, interval: Interval, size: tuple[int, int]) -> Iterator[str]:
        """Give the pieces of the canvas of a stretch; none if nothing is drawn in it."""
        known = self._pages.get(interval.page) if interval.page is not None else None
        if known is None:
            return
        is_open = False
        until = bisect_left(known.versions, interval.end, key=lambda one: one.begin)
        self._looked_at += until
        if self._looked_at > self._most_looked_at:
            self.left_out = True
            return
        for version in known.versions[:until]:
            if not _is_seen(version, interval.begin):
                continue
            piece = _element(version, number, size)
            self._length += len(piece)
            if self._length > self._largest:
                self.left_out = True
                break
            if not is_open:
                yield f'<g class="canvas" id="canvas{number}" image="image{number}" display="none">\n'
                is_open = True
            yield piece
        if is_open:
            yield "</g>\n"


def _is_seen(version: _Version, begin: int) -> bool:
    """Return whether a version is seen after a moment."""
    ends = [end for end in (version.gone, version.replaced) if end is not None]
    end = min(ends) if ends else None
    return end is None or (end > begin and end > version.begin)


def _element(version: _Version, image: int, size: tuple[int, int]) -> str:
    drawn = version.drawn
    undo = "-1" if version.gone is None else seconds(version.gone)
    style, element = (_text if drawn.kind == "text" else _outline)(drawn, size)
    return (
        f'<g class="shape" id="image{image}-draw{version.number}" timestamp="{seconds(version.begin)}" undo="{undo}"'
        f' shape="image{image}-{drawn.kind}{version.drawing}" style="{style};visibility:hidden">'
        f"{element}</g>\n"
    )


def _color(value: int) -> str:
    return f"#{value:06x}"


def _number(value: float) -> str:
    return f"{round(value, 2):g}" if abs(value) < 100_000 else str(round(value))


def _outline(drawn: ShapeDrawn, size: tuple[int, int]) -> tuple[str, str]:
    width, height = size
    color = _color(drawn.color)
    style = (
        f"stroke:{color};stroke-width:{_number(drawn.thickness * width / 100)};stroke-linecap:round;"
        f"stroke-linejoin:{'round' if drawn.kind in ('pencil', 'line') else 'miter'};"
        f"fill:{color if drawn.is_filled else 'none'}"
    )
    scaled = [place * (height if odd % 2 else width) / 100 for odd, place in enumerate(drawn.points)]
    return style, _OUTLINES[drawn.kind](drawn, scaled)


def _pencil(drawn: ShapeDrawn, points: list[float]) -> str:
    places = [f"{_number(x)} {_number(y)}" for x, y in zip(points[::2], points[1::2], strict=True)]
    path = _commanded(drawn.commands, places) or f"M{places[0]}L{' '.join(places[1:] or places[:1])}"
    return f'<path d="{path}"/>'


def _commanded(commands: tuple[int, ...], places: list[str]) -> str:
    """Return a path by its commands, empty if they do not fit its points."""
    pieces, place = [], 0
    for command in commands:
        count, letter = _COMMANDS[command]
        pieces.append(letter + " ".join(places[place : place + count]))
        place += count
    return "".join(pieces) if commands and commands[0] == 1 and place == len(places) else ""


def _line(_drawn: ShapeDrawn, points: list[float]) -> str:
    x1, y1, x2, y2 = map(_number, points[:4])
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'


def _corners(drawn: ShapeDrawn, points: list[float]) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = points[:4]
    return x1, y1, x2, y1 + abs(x2 - x1) * (1 if y2 >= y1 else -1) if drawn.is_even else y2


def _rectangle(drawn: ShapeDrawn, points: list[float]) -> str:
    x1, y1, x2, y2 = map(_number, _corners(drawn, points))
    return f'<path d="M{x1} {y1}L{x2} {y1}L{x2} {y2}L{x1} {y2}Z"/>'


def _triangle(_drawn: ShapeDrawn, points: list[float]) -> str:
    x1, y1, x2, y2 = points[:4]
    top, left, right, bottom = map(_number, ((x1 + x2) / 2, x1, x2, y2))
    return f'<path d="M{top} {_number(y1)}L{right} {bottom}L{left} {bottom}Z"/>'


def _ellipse(drawn: ShapeDrawn, points: list[float]) -> str:
    x1, y1, x2, y2 = _corners(drawn, points)
    radii = f"{_number(abs(x2 - x1) / 2)} {_number(abs(y2 - y1) / 2)}"
    left, right, middle = _number(min(x1, x2)), _number(max(x1, x2)), _number((y1 + y2) / 2)
    # Two arcs, which stay a line where an ellipse has no height.
    return f'<path d="M{left} {middle}A{radii} 0 0 1 {right} {middle}A{radii} 0 0 1 {left} {middle}Z"/>'


_OUTLINES: dict[str, Callable[[ShapeDrawn, list[float]], str]] = {
    "pencil": _pencil,
    "line": _line,
    "rectangle": _rectangle,
    "ellipse": _ellipse,
    "triangle": _triangle,
}


def _text(drawn: ShapeDrawn, size: tuple[int, int]) -> tuple[str, str]:
    _width, height = size
    style = (
        f"color:{_color(drawn.color)};word-wrap:break-word;font-family:Arial;"
        f"font-size:{_number(drawn.font_size * height / 100)}px"
    )
    x, y = (_number(place * side / 100) for place, side in zip(drawn.points[:2], size, strict=True))
    across, down = (_number(length * side / 100) for length, side in zip(drawn.box, size, strict=True))
    lines = "<br/>".join(text(line) for line in drawn.text.replace("\r\n", "\n").split("\n"))
    return style, (
        f'<switch><foreignObject x="{x}" y="{y}" width="{across}" height="{down}">'
        f'<p xmlns="http://www.w3.org/1999/xhtml" style="margin:0;padding:0">{lines}</p></foreignObject></switch>'
    )
