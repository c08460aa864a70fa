"""The decks of a meeting: their order, their ids, and the one that is shown first. All pure."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha1
from urllib.parse import unquote

from bbbd.meetings.create_parameters import Create, Document
from bbbd.meetings.event import Created
from bbbd.meetings.model import Deck, DeckState, Meeting
from bbbd.values.texts import title, without_controls

#: Decks that a meeting may have.
MOST_DECKS = 100
#: The name of the default presentation, as recordings everywhere have it.
STANDARD_NAME = "default.pdf"
PRESENTATION = "presentation"


def deck_id(name: str, number: int) -> str:
    """Return a deck's id, in the form that recordings have; ``number`` is a time in milliseconds."""
    return f"{sha1(name.encode(), usedforsecurity=False).hexdigest()}-{number}"


def new_deck_id(meeting: Meeting, name: str, now: int) -> str:
    """Return an id that no deck of the meeting has."""
    while (found := deck_id(name, now)) in meeting.decks:
        now += 1
    return found


def documents_of(wanted: Create, *, has_default: bool) -> tuple[Document, ...]:
    """Return a meeting's documents, the one that is shown first before the others."""
    own = list(wanted.documents)
    if wanted.slides_url:
        name = wanted.slides_name or name_of(wanted.slides_url)
        own.append(Document(name=name, url=wanted.slides_url))
    first = next((place for place, document in enumerate(own) if document.current), 0)
    if own:
        own.insert(0, own.pop(first))
    own = own[: MOST_DECKS - 1]
    if has_default:
        spare = bool(own) and wanted.slides_override_default
        own.append(Document(name=STANDARD_NAME, standard=True, spare=spare))
    return tuple(own)


def name_of(url: str) -> str:
    """Return the last part of a URL's path, decoded: the name of a document without another."""
    part = url.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]
    # In a URL a control character is an accident, and keeps no words apart.
    return title(without_controls(unquote(part)))[:256]


def decks_of(created: Created) -> dict[str, Deck]:
    """Return the decks of a meeting that begins."""
    if PRESENTATION in created.disabled_features:
        return {}
    found = (
        Deck(deck=deck_id(document.name, created.create_time + place), document=document)
        for place, document in enumerate(created.wanted.documents)
    )
    return {deck.deck: deck for deck in found}


#: States of decks that will not be shown.
_OVER = (DeckState.FAILED, DeckState.REMOVED)


def is_due(decks: Mapping[str, Deck], deck: Deck) -> bool:
    """Return whether a deck is to be converted now; a spare one is after all others have failed."""
    if deck.state is not DeckState.WAITING:
        return False
    return not deck.document.spare or all(one.state in _OVER for one in decks.values() if one is not deck)


def first_to_show(decks: Mapping[str, Deck]) -> str:
    """Return the deck that is shown when nothing else is, "" for none."""
    own = (one.deck for one in decks.values() if one.state not in _OVER and not one.document.spare)
    return next(own, "") or next((one.deck for one in decks.values() if _can_be_shown(decks, one)), "")


def _can_be_shown(decks: Mapping[str, Deck], spare: Deck) -> bool:
    return spare.state is DeckState.READY or is_due(decks, spare)
