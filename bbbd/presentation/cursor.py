"""The presenter's pointer in a recording: ``cursor.xml``, as a fraction of the visible part.

bbbd's journal has no pointer, so the file is empty but for recordings that are rebuilt from BigBlueButton's events.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from bbbd.history.happenings import CursorMoved, History, PresenterChanged
from bbbd.presentation.stage import WHOLE, Scene, View
from bbbd.presentation.timeline import Timeline, seconds, tenths

_HIDDEN = (-1.0, -1.0)


def cursor_xml(history: History, timeline: Timeline, found: list[Scene]) -> Iterator[str]:
    """Give the pieces of ``cursor.xml``: the last place within each tenth of a second."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<recording id="cursor_events" tldraw="false">\n'
    begins = [scene.begin for scene in found]
    last, shown = (0, _HIDDEN), _HIDDEN
    for time, x, y in _moves(history, timeline):
        place = bisect_right(begins, time) - 1
        where = _placed(x, y, found[place].view if place >= 0 else WHOLE)
        if time != last[0] and last[1] != shown:
            yield _event(*last)
            shown = last[1]
        last = (time, where)
    if last[1] != shown:
        yield _event(*last)
    yield "</recording>\n"


def _moves(history: History, timeline: Timeline) -> Iterator[tuple[int, float, float]]:
    presenter = ""
    for one in history.happenings:
        if isinstance(one, PresenterChanged):
            presenter = one.user
            yield tenths(timeline.time(one.at)), -1.0, -1.0
        elif isinstance(one, CursorMoved) and one.user in ("", presenter):
            yield tenths(timeline.time(one.at)), one.x, one.y


def _placed(x: float, y: float, view: View) -> tuple[float, float]:
    """Return a place in percent of the page as a fraction of the view; one outside of it is hidden."""
    across, down = (x - view.x) / view.w, (y - view.y) / view.h
    if not (0 <= x <= 100 and 0 <= y <= 100 and 0 <= across <= 1 and 0 <= down <= 1):
        return _HIDDEN
    return round(across, 5), round(down, 5)


def _event(time: int, where: tuple[float, float]) -> str:
    return f' <event timestamp="{seconds(time)}"><cursor>{where[0]} {where[1]}</cursor></event>\n'
