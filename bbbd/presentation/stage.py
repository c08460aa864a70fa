"""The stage over the time of a recording: which page was shown from when to when, and which part of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

from bbbd.history.happenings import DeckRemoved, DeckShared, History, PageShown, PartViewed
from bbbd.presentation.timeline import Timeline, tenths

#: The least part of a page that is shown, in percent.
_LEAST = 0.1


class Page(NamedTuple):
    """A page of a deck; pages count from 1."""

    deck: str
    page: int


class View(NamedTuple):
    """The visible part of a page, in percent."""

    x: float
    y: float
    w: float
    h: float


WHOLE = View(0, 0, 100, 100)


class Scene(NamedTuple):
    """A stretch of the recording with one page (None: none) and one view, in tenths of a second."""

    begin: int
    end: int
    page: Page | None
    view: View


class Interval(NamedTuple):
    """A stretch of the recording with one page, in tenths of a second, and the views in it with their begins."""

    begin: int
    end: int
    page: Page | None
    views: tuple[tuple[int, View], ...]


def view_of(given: PartViewed) -> View:
    """Return a view that can be shown; numbers that make none are the whole page."""
    if not all(map(math.isfinite, (given.x, given.y, given.w, given.h))) or given.w <= 0 or given.h <= 0:
        return WHOLE
    width, height = (min(max(side, _LEAST), 1000.0) for side in (given.w, given.h))
    x, y = (min(max(place, -1000.0), 1000.0) for place in (given.x, given.y))
    return View(x, y, width, height)


def _states(history: History) -> Iterator[tuple[int, Page | None, View]]:
    """Give the stage after each change of it, with its time in the meeting."""
    deck, view = "", WHOLE
    pages: dict[str, int] = {}
    for one in history.happenings:
        if isinstance(one, DeckShared):
            deck = one.deck
        elif isinstance(one, PageShown):
            pages[one.deck or deck] = one.page
        elif isinstance(one, PartViewed):
            view = view_of(one)
        elif isinstance(one, DeckRemoved):
            deck = "" if deck == one.deck else deck
        else:
            continue
        yield one.at, Page(deck, pages.get(deck, 1)) if deck else None, view


def scenes(history: History, timeline: Timeline, exists: Callable[[Page], bool]) -> list[Scene]:
    """Return what the stage showed, from the begin of the recording to its end without gaps.

    Of the changes within one tenth of a second, or in a pause, the last one counts. A page that does not exist counts
    as none.
    """
    changes: list[tuple[int, Page | None, View]] = [(0, None, WHOLE)]
    for at, page, view in _states(history):
        change = (tenths(timeline.time(at)), page if page is not None and exists(page) else None, view)
        if change[0] == changes[-1][0]:
            changes.pop()
        if not changes or change[1:] != changes[-1][1:]:
            changes.append(change)
    ends = [change[0] for change in changes[1:]] + [tenths(timeline.duration)]
    return [
        Scene(begin, end, page, view) for (begin, page, view), end in zip(changes, ends, strict=True) if begin < end
    ]


def intervals(found: list[Scene]) -> list[Interval]:
    """Return scenes gathered by the page that they show."""
    gathered: list[list[Scene]] = []
    for scene in found:
        if gathered and gathered[-1][-1].page == scene.page:
            gathered[-1].append(scene)
        else:
            gathered.append([scene])
    return [
        Interval(some[0].begin, some[-1].end, some[0].page, tuple((one.begin, one.view) for one in some))
        for some in gathered
    ]
