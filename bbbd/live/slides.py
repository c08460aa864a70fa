"""Slides: decks, the page on the stage, and the pointer.

A deck is ``{"deck", "name", "state", "pages", "downloadable", "removable"}``; its ``state`` is ``waiting``, ``ready``
or ``failed``, then with ``why``: words to be read behind the name. The snapshot has ``decks`` in their order, and
``stage``: ``{"deck", "page", "x", "y", "w", "h"}``, the page that everybody follows (pages count from 1) and which part
of it is shown, in percent; null when there is none. Only moderators and the presenter see decks that are not ready.
``by`` is ``""`` when nobody did it.

With ``k`` ``pointer``, ``now`` is the place where the presenter points, ``x`` and ``y`` in percent of the whole page on
the stage, whatever part of it is shown; without them, nowhere. All others who are in get it. Show it for two seconds
unless it moves, not over another page, and not when another person presents.

``GET /html5client/slides/<deck>/<page>`` with ``Authorization: Bearer <token>`` is a page: a PNG, no side of which is
longer than 1600; ``…/<page>/thumbnail`` is 176 wide; ``…/<page>/text`` is its text; ``…/<deck>/document`` is the
document itself, where the deck is ``downloadable``. They never change, and have an ``ETag``. The presenter sends a
document by ``POST /html5client/slides?name=<name>``, with the same header: the body is the document itself, its
``Content-Type`` is used, ``downloadable=true`` and ``current=false`` (do not show it by itself) may be in the query.
201 and ``{"deck"}`` say that it is stored; events say what becomes of it. Any other status has ``{"why"}``: 400, 403,
404, 405, 409 (too many), 413 (too large: ``limits.document`` of ``welcome``), 429, 507.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from bbbd.clock import Moment
from bbbd.live.commands import Answer, Ephemeral, Throttled, Who, command
from bbbd.live.feature import Feature
from bbbd.live.protocol import ClientMessage, CommandRefused, RefusalKey
from bbbd.live.rate_limits import Rate
from bbbd.live.visibility import Viewer, VisibleEvent, facts_of, in_charge, view
from bbbd.meetings.decks import PRESENTATION
from bbbd.meetings.model import Deck, DeckState, Meeting, Person
from bbbd.meetings.slides import DeckAdded, DeckConverted, DeckFailed, DeckRemoved, SlideShown, SlideViewed

# The files themselves are served by slide_files.py, and received by document_uploads.py.

#: Seconds between two views of a page in a meeting.
VIEW_EVERY = 0.2

_Deck = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
_Extent = Annotated[float, msgspec.Meta(ge=1, le=100)]


class ShowSlide(ClientMessage, frozen=True, kw_only=True, tag="slide.show"):
    """Put a page on the stage, which everybody follows."""

    deck: _Deck
    page: Annotated[int, msgspec.Meta(ge=1)]


class ViewSlide(ClientMessage, frozen=True, kw_only=True, tag="slide.view"):
    """Show a part of the page, in percent. At most five a second become events; the last one always does."""

    x: _Percent
    y: _Percent
    w: _Extent
    h: _Extent


class Point(ClientMessage, frozen=True, kw_only=True, tag="pointer"):
    """Point at a place of the page on the stage, in percent of the whole page; without a place, stop pointing."""

    x: _Percent | msgspec.UnsetType = msgspec.UNSET
    y: _Percent | msgspec.UnsetType = msgspec.UNSET

    @property
    def is_off(self) -> bool:
        """Whether it points at nothing."""
        return self.x is msgspec.UNSET and self.y is msgspec.UNSET


class RemoveDeck(ClientMessage, frozen=True, kw_only=True, tag="slide.remove"):
    """Remove a deck from the meeting, if it is ``removable``."""

    deck: _Deck


def _deck(meeting: Meeting, deck_id: str) -> Deck:
    deck = meeting.decks.get(deck_id)
    if deck is None or deck.state is DeckState.REMOVED:
        raise CommandRefused(RefusalKey.GONE, "there is no such deck")
    return deck


@command(ShowSlide, who=Who.PRESENTER, needs=PRESENTATION, rate=Rate(10, 20))
def _(message: ShowSlide, meeting: Meeting, person: Person, _tab: str) -> Answer:
    deck = _deck(meeting, message.deck)
    if deck.state is not DeckState.READY:
        raise CommandRefused(RefusalKey.GONE, "this deck is not ready")
    if message.page > deck.pages:
        raise CommandRefused(RefusalKey.MALFORMED, f"this deck has {deck.pages} pages")
    return [SlideShown(deck=deck.deck, page=message.page, by=person.user)]


@command(ViewSlide, who=Who.PRESENTER, needs=PRESENTATION, rate=Rate(10, 20))
def _(message: ViewSlide, meeting: Meeting, person: Person, _tab: str) -> Answer:
    if meeting.stage is None:
        raise CommandRefused(RefusalKey.GONE, "no page is shown")
    if message.x + message.w > 100 or message.y + message.h > 100:
        raise CommandRefused(RefusalKey.MALFORMED, "this is not a part of the page")
    viewed = SlideViewed(x=message.x, y=message.y, w=message.w, h=message.h, by=person.user)
    return Throttled(viewed, VIEW_EVERY, still_presented(meeting))


@command(Point, who=Who.PRESENTER, needs=PRESENTATION, rate=Rate(15, 30))
def _(message: Point, meeting: Meeting, person: Person, _tab: str) -> Answer:
    if not message.is_off and msgspec.UNSET in (message.x, message.y):
        raise CommandRefused(RefusalKey.MALFORMED, "a place has x and y")
    if not message.is_off and meeting.stage is None:
        raise CommandRefused(RefusalKey.GONE, "no page is shown")
    place = {} if message.is_off else {"x": message.x, "y": message.y}
    return Ephemeral("pointer", person.user, place, still_presented(meeting))


def still_presented(meeting: Meeting) -> Callable[[], bool]:
    """Return a function that checks whether the same person still presents the same page."""
    before = _presented(meeting)
    return lambda: _presented(meeting) == before


def _presented(meeting: Meeting) -> tuple[str, str, int] | None:
    stage = meeting.stage
    return None if stage is None else (meeting.presenter, stage.deck, stage.page)


@command(RemoveDeck, who=Who.PRESENTER, needs=PRESENTATION)
def _(message: RemoveDeck, meeting: Meeting, person: Person, _tab: str) -> Answer:
    deck = _deck(meeting, message.deck)
    if not deck.document.removable:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "this deck stays")
    return [DeckRemoved(deck=deck.deck, by=person.user)]


def describe_deck(deck: Deck) -> dict[str, Any]:
    """Return a deck; ``why`` only when it has failed."""
    facts: dict[str, Any] = {
        "deck": deck.deck,
        "name": deck.document.name,
        "state": deck.state,
        "pages": deck.pages,
        "downloadable": deck.document.downloadable,
        "removable": deck.document.removable,
    }
    return facts | {"why": deck.why} if deck.state is DeckState.FAILED else facts


def describe_decks(meeting: Meeting, *, all_of_them: bool) -> list[dict[str, Any]]:
    """Return the decks that are ready, or also the others, but for spare ones that are not needed."""
    return [describe_deck(deck) for deck in meeting.decks.values() if _is_listed(deck, all_of_them=all_of_them)]


def _is_listed(deck: Deck, *, all_of_them: bool) -> bool:
    if deck.state is DeckState.READY:
        return True
    return all_of_them and deck.state is not DeckState.REMOVED and not deck.document.spare


def describe_stage(meeting: Meeting) -> dict[str, Any] | None:
    """Return the page that everybody follows, and which part of it; None when there is none."""
    stage = meeting.stage
    if stage is None:
        return None
    return {"deck": stage.deck, "page": stage.page, "x": stage.x, "y": stage.y, "w": stage.w, "h": stage.h}


@view(DeckAdded)
def _(event: DeckAdded, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``deck``, all of it; ``by``. Only for moderators and the presenter."""
    facts = facts_of(event, deck=describe_deck(meeting.decks[event.deck]), by=event.by)
    return VisibleEvent(facts, to=in_charge(meeting))


@view(DeckConverted)
def _(event: DeckConverted, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``deck``, all of it; ``by``. A deck that was not known is added behind the others."""
    return VisibleEvent(facts_of(event, deck=describe_deck(meeting.decks[event.deck]), by=""))


@view(DeckFailed)
def _(event: DeckFailed, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``deck``: its id; ``name``, ``why``. Only for moderators and the presenter."""
    name = meeting.decks[event.deck].document.name
    return VisibleEvent(facts_of(event, deck=event.deck, name=name, why=event.why), to=in_charge(meeting))


@view(DeckRemoved)
def _(event: DeckRemoved, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``deck``: its id; ``by``; ``stage``: null, or as it was."""
    return VisibleEvent(facts_of(event, deck=event.deck, by=event.by, stage=describe_stage(meeting)))


@view(SlideShown)
def _(event: SlideShown, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``deck``, ``page``, ``by``. The whole page is shown."""
    return VisibleEvent(facts_of(event, deck=event.deck, page=event.page, by=event.by))


@view(SlideViewed)
def _(event: SlideViewed, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``x``, ``y``, ``w``, ``h``, ``by``."""
    return VisibleEvent(facts_of(event, x=event.x, y=event.y, w=event.w, h=event.h, by=event.by))


def _for_all(meeting: Meeting) -> dict[str, Any]:
    return {"decks": describe_decks(meeting, all_of_them=False), "stage": describe_stage(meeting)}


def _for_viewer(meeting: Meeting, viewer: Viewer) -> dict[str, Any]:
    return {"decks": describe_decks(meeting, all_of_them=True)} if viewer.user in in_charge(meeting) else {}


FEATURE = Feature(
    __name__,
    "Slides",
    __doc__,
    messages=(ShowSlide, ViewSlide, Point, RemoveDeck),
    for_all=_for_all,
    for_viewer=_for_viewer,
)
