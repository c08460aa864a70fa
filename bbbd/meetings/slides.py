"""Slides: decks that were added and converted, and the page on the stage. Which decks a meeting has: ``decks.py``."""

from __future__ import annotations

from dataclasses import replace

from bbbd.clock import Moment
from bbbd.meetings import decks
from bbbd.meetings.create_parameters import Document
from bbbd.meetings.event import Event
from bbbd.meetings.model import Deck, DeckState, Meeting, Stage
from bbbd.meetings.rules import note_activity, rule


class DeckAdded(Event, frozen=True, kw_only=True, tag="DeckAdded"):
    """A document was added while the meeting runs; ``by`` is empty when an application added it."""

    deck: str
    document: Document
    by: str = ""


class DeckBegun(Event, frozen=True, kw_only=True, tag="DeckBegun"):
    """An attempt to fetch and convert the document began; a later one follows an attempt that was cut off."""

    deck: str


class DeckConverted(Event, frozen=True, kw_only=True, tag="DeckConverted"):
    """A document was converted to so many pages, which are stored under ``key``.

    ``name`` is the document's better name, found when it was downloaded; empty keeps the name that it has.
    """

    deck: str
    key: str
    pages: int
    name: str = ""


class DeckFailed(Event, frozen=True, kw_only=True, tag="DeckFailed"):
    """A document cannot be shown."""

    deck: str
    why: str


class DeckRemoved(Event, frozen=True, kw_only=True, tag="DeckRemoved"):
    """A deck was removed from the meeting; a recording may still need its pages."""

    deck: str
    by: str


class SlideShown(Event, frozen=True, kw_only=True, tag="SlideShown"):
    """A whole page is on the stage; pages count from 1. ``by`` is empty when it is shown by itself."""

    deck: str
    page: int
    by: str = ""


class SlideViewed(Event, frozen=True, kw_only=True, tag="SlideViewed"):
    """Only this part of the page on the stage is shown, in percent of the page."""

    x: float
    y: float
    w: float
    h: float
    by: str


EVENTS: tuple[type[Event], ...] = (
    DeckAdded,
    DeckBegun,
    DeckConverted,
    DeckFailed,
    DeckRemoved,
    SlideShown,
    SlideViewed,
)


@rule(DeckAdded)
def _(event: DeckAdded, meeting: Meeting, at: Moment) -> None:
    assert event.deck not in meeting.decks
    meeting.decks[event.deck] = Deck(deck=event.deck, document=event.document)
    if event.document.current or (meeting.stage is None and not meeting.next_deck):
        meeting.next_deck = event.deck
    if event.by:
        note_activity(meeting, event.by, at)


@rule(DeckBegun)
def _(event: DeckBegun, meeting: Meeting, _at: Moment) -> None:
    assert meeting.decks[event.deck].state is DeckState.WAITING
    meeting.decks[event.deck].tries += 1


@rule(DeckConverted)
def _(event: DeckConverted, meeting: Meeting, _at: Moment) -> None:
    deck = meeting.decks[event.deck]
    assert deck.state is DeckState.WAITING
    deck.state, deck.key, deck.pages = DeckState.READY, event.key, event.pages
    if event.name:
        deck.document = replace(deck.document, name=event.name)


@rule(DeckFailed)
def _(event: DeckFailed, meeting: Meeting, _at: Moment) -> None:
    deck = meeting.decks[event.deck]
    assert deck.state is DeckState.WAITING
    deck.state, deck.why = DeckState.FAILED, event.why
    _pass_on(meeting, event.deck)


@rule(DeckRemoved)
def _(event: DeckRemoved, meeting: Meeting, at: Moment) -> None:
    meeting.decks[event.deck].state = DeckState.REMOVED
    if meeting.stage is not None and meeting.stage.deck == event.deck:
        meeting.stage = None
    _pass_on(meeting, event.deck)
    note_activity(meeting, event.by, at)


def _pass_on(meeting: Meeting, deck: str) -> None:
    """Choose the next deck to show in place of a deck that will not be shown."""
    if meeting.next_deck in ("", deck):
        meeting.next_deck = "" if meeting.stage is not None else decks.first_to_show(meeting.decks)


@rule(SlideShown)
def _(event: SlideShown, meeting: Meeting, at: Moment) -> None:
    deck = meeting.decks[event.deck]
    assert deck.state is DeckState.READY
    assert 1 <= event.page <= deck.pages
    if meeting.stage is None or meeting.stage.deck != event.deck:
        meeting.next_deck = ""
    meeting.stage = Stage(deck=event.deck, page=event.page)
    if event.by:
        note_activity(meeting, event.by, at)


@rule(SlideViewed)
def _(event: SlideViewed, meeting: Meeting, at: Moment) -> None:
    assert meeting.stage is not None
    meeting.stage = Stage(deck=meeting.stage.deck, page=meeting.stage.page, x=event.x, y=event.y, w=event.w, h=event.h)
    note_activity(meeting, event.by, at)
