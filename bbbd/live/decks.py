"""Decks and the stage as people see them, and who is in charge of them."""

from __future__ import annotations

from typing import Any

from bbbd.meetings.model import Deck, DeckState, Meeting
from bbbd.values.enums import Role


def in_charge(meeting: Meeting) -> frozenset[str]:
    """Return those who are told of decks that are not ready: who presents, and moderators, who may present."""
    moderators = (user for user, person in meeting.people.items() if person.role is Role.MODERATOR)
    return frozenset((*moderators, meeting.presenter))


def describe_deck(deck: Deck) -> dict[str, Any]:
    """Return a deck; ``why`` only when it has failed."""
    told: dict[str, Any] = {
        "deck": deck.deck,
        "name": deck.document.name,
        "state": deck.state,
        "pages": deck.pages,
        "downloadable": deck.document.downloadable,
        "removable": deck.document.removable,
    }
    return told | {"why": deck.why} if deck.state is DeckState.FAILED else told


def describe_decks(meeting: Meeting, *, all_of_them: bool) -> list[dict[str, Any]]:
    """Return the decks: those that are ready, or all but spare ones that nobody needs."""
    return [describe_deck(deck) for deck in meeting.decks.values() if _is_told(deck, all_of_them=all_of_them)]


def _is_told(deck: Deck, *, all_of_them: bool) -> bool:
    if deck.state is DeckState.READY:
        return True
    return all_of_them and deck.state is not DeckState.REMOVED and not deck.document.spare


def describe_stage(meeting: Meeting) -> dict[str, Any] | None:
    """Return which page everybody follows, and which part of it."""
    stage = meeting.stage
    if stage is None:
        return None
    return {"deck": stage.deck, "page": stage.page, "x": stage.x, "y": stage.y, "w": stage.w, "h": stage.h}
