"""What somebody who is in may do, and which event it is. Every right is looked at here, whatever the page shows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

import msgspec

from bbbd.live import protocol
from bbbd.live.protocol import ClientMessage, CommandRefused, RefusalKey
from bbbd.live.visibility import is_locked
from bbbd.meetings.decks import PRESENTATION
from bbbd.meetings.event import (
    ChatCleared,
    Chatted,
    DeckRemoved,
    Ended,
    EndReason,
    Event,
    GuestAnswered,
    GuestPolicyChanged,
    HandLowered,
    HandRaised,
    LeaveReason,
    Left,
    LobbyMessageChanged,
    LockChanged,
    LocksChanged,
    PresenceConfirmed,
    PresenterChanged,
    Reacted,
    RecordingMarked,
    RoleChanged,
    SlideShown,
    SlideViewed,
)
from bbbd.meetings.model import LOCKS, Deck, DeckState, Meeting, Person, is_moderator
from bbbd.values.enums import Role
from bbbd.values.value_types import as_said


def cleaned(text: str, longest: int) -> str:
    """Return a text as others are shown it. Raises ``CommandRefused``."""
    if len(text) > longest:
        raise CommandRefused(RefusalKey.TOO_LONG, f"at most {longest} characters")
    shown = as_said(text)
    if not shown:
        raise CommandRefused(RefusalKey.MALFORMED, "there is nothing to say")
    return shown


def do(meeting: Meeting, person: Person, message: ClientMessage, tab: str) -> Sequence[Event]:
    """Return the events that a message makes. Raises ``CommandRefused``."""
    return _do(message, meeting, person, tab)


@singledispatch
def _do(message: ClientMessage, _meeting: Meeting, _person: Person, _tab: str) -> Sequence[Event]:
    raise CommandRefused(RefusalKey.UNSUPPORTED, f"{message.__struct_config__.tag} is nothing to do here")


def _moderates(person: Person) -> None:
    if not is_moderator(person):
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "only moderators do this")


def _other(meeting: Meeting, user: str) -> Person:
    other = meeting.people.get(user)
    if other is None:
        raise CommandRefused(RefusalKey.GONE, "they are not in the meeting")
    return other


def _has(meeting: Meeting, feature: str) -> None:
    if not meeting.has(feature):
        raise CommandRefused(RefusalKey.UNSUPPORTED, f"{feature} is switched off in this meeting")


@_do.register
def _(_message: protocol.Here, _meeting: Meeting, person: Person, _tab: str) -> Sequence[Event]:
    return [PresenceConfirmed(user=person.user)]


@_do.register
def _(message: protocol.Say, meeting: Meeting, person: Person, tab: str) -> Sequence[Event]:
    key = f"{tab}:{message.id}" if message.id is not None else ""
    if key and key in meeting.sessions[person.session].said:
        return []
    _has(meeting, "chat")
    text = cleaned(message.text, protocol.LONGEST_TEXT)
    if message.to:
        _has(meeting, "privateChat")
        other = _other(meeting, message.to)
        if other.user == person.user:
            raise CommandRefused(RefusalKey.MALFORMED, "nobody writes to themselves")
        # A locked viewer may still turn to a moderator.
        if is_locked(meeting, person, "lock_private_chat") and not is_moderator(other):
            raise CommandRefused(RefusalKey.LOCKED, "private chat is locked")
    elif is_locked(meeting, person, "lock_public_chat"):
        raise CommandRefused(RefusalKey.LOCKED, "the chat is locked")
    return [Chatted(user=person.user, text=text, to=message.to, key=key)]


@_do.register
def _(_message: protocol.Clear, _meeting: Meeting, person: Person, _tab: str) -> Sequence[Event]:
    _moderates(person)
    return [ChatCleared(by=person.user)]


@_do.register
def _(message: protocol.Hand, meeting: Meeting, person: Person, _tab: str) -> Sequence[Event]:
    if message.who in ("", person.user):
        if message.up == (person.hand is not None):
            return []
        return [HandRaised(user=person.user) if message.up else HandLowered(user=person.user)]
    _moderates(person)
    if message.up:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "nobody raises another's hand")
    others = meeting.people.values() if message.who == "*" else [_other(meeting, message.who)]
    return [HandLowered(user=one.user, by=person.user) for one in others if one.hand is not None]


@_do.register
def _(message: protocol.React, meeting: Meeting, person: Person, _tab: str) -> Sequence[Event]:
    _has(meeting, "reactions")
    if message.emoji not in protocol.REACTIONS:
        raise CommandRefused(RefusalKey.MALFORMED, f"emoji must be one of {' '.join(protocol.REACTIONS)}")
    return [Reacted(user=person.user, emoji=message.emoji)]


@_do.register
def _(message: protocol.MakePresenter, meeting: Meeting, person: Person, _tab: str) -> Sequence[Event]:
    _moderates(person)
    other = _other(meeting, message.who)
    return [] if meeting.presenter == other.user else [PresenterChanged(user=other.user, by=person.user)]


@_do.register
def _(message: protocol.SetRole, meeting: Meeting, person: Person, _tab: str) -> Sequence[Event]:
    _moderates(person)
    other = _other(meeting, message.who)
    if message.role is Role.MODERATOR and other.guest and not meeting.created.wanted.allow_promote_guest:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "guests do not become moderators in this meeting")
    if other.role is message.role:
        return []
    return [RoleChanged(user=other.user, role=message.role, by=person.user)]


@_do.register
def _(message: protocol.Remove, meeting: Meeting, person: Person, _tab: str) -> Sequence[Event]:
    _moderates(person)
    other = _other(meeting, message.who)
    if other.user == person.user:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "nobody removes themselves: leave")
    return [Left(user=other.user, why=LeaveReason.REMOVED, by=person.user, for_good=message.for_good)]


@_do.register
def _(message: protocol.SetLocks, _meeting: Meeting, person: Person, _tab: str) -> Sequence[Event]:
    _moderates(person)
    locks = {LOCKS[str(name)]: on for name, on in message.locks.items()}
    return [LocksChanged(locks=locks, by=person.user)] if locks else []


@_do.register
def _(message: protocol.SetLock, meeting: Meeting, person: Person, _tab: str) -> Sequence[Event]:
    _moderates(person)
    other = _other(meeting, message.who)
    if is_moderator(other):
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "moderators are not locked")
    if other.locked == message.locked:
        return []
    return [LockChanged(user=other.user, locked=message.locked, by=person.user)]


@_do.register
def _(message: protocol.AnswerGuests, meeting: Meeting, person: Person, _tab: str) -> Sequence[Event]:
    _moderates(person)
    waiting = {session.user for session in meeting.waiting()}
    users = tuple(waiting if message.all else waiting.intersection(message.who))
    if not users:
        raise CommandRefused(RefusalKey.GONE, "none of them waits any more")
    return [GuestAnswered(users=users, admit=message.admit, remember=message.remember, by=person.user)]


@_do.register
def _(message: protocol.SetPolicy, _meeting: Meeting, person: Person, _tab: str) -> Sequence[Event]:
    _moderates(person)
    return [GuestPolicyChanged(policy=message.policy, by=person.user)]


@_do.register
def _(message: protocol.SetNotice, _meeting: Meeting, person: Person, _tab: str) -> Sequence[Event]:
    _moderates(person)
    text = cleaned(message.text, protocol.LONGEST_NOTICE) if message.text.strip() else ""
    return [LobbyMessageChanged(text=text, by=person.user)]


def _presents(meeting: Meeting, person: Person) -> None:
    _has(meeting, PRESENTATION)
    if meeting.presenter != person.user:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "only who presents does this")


def _deck(meeting: Meeting, deck_id: str) -> Deck:
    deck = meeting.decks.get(deck_id)
    if deck is None or deck.state is DeckState.REMOVED:
        raise CommandRefused(RefusalKey.GONE, "there is no such deck")
    return deck


@_do.register
def _(message: protocol.ShowSlide, meeting: Meeting, person: Person, _tab: str) -> Sequence[Event]:
    _presents(meeting, person)
    deck = _deck(meeting, message.deck)
    if deck.state is not DeckState.READY:
        raise CommandRefused(RefusalKey.GONE, "this deck is not ready")
    if message.page > deck.pages:
        raise CommandRefused(RefusalKey.MALFORMED, f"this deck has {deck.pages} pages")
    return [SlideShown(deck=deck.deck, page=message.page, by=person.user)]


@_do.register
def _(message: protocol.ViewSlide, meeting: Meeting, person: Person, _tab: str) -> Sequence[Event]:
    _presents(meeting, person)
    if meeting.stage is None:
        raise CommandRefused(RefusalKey.GONE, "no page is shown")
    if message.x + message.w > 100 or message.y + message.h > 100:
        raise CommandRefused(RefusalKey.MALFORMED, "this is not a part of the page")
    return [SlideViewed(x=message.x, y=message.y, w=message.w, h=message.h, by=person.user)]


def check_point(meeting: Meeting, person: Person, message: protocol.Point) -> None:
    """Check that somebody may point there: it is no event. Raises ``CommandRefused``."""
    _presents(meeting, person)
    if message.is_off:
        return
    if msgspec.UNSET in (message.x, message.y):
        raise CommandRefused(RefusalKey.MALFORMED, "a place has x and y")
    if meeting.stage is None:
        raise CommandRefused(RefusalKey.GONE, "no page is shown")


@_do.register
def _(message: protocol.RemoveDeck, meeting: Meeting, person: Person, _tab: str) -> Sequence[Event]:
    _presents(meeting, person)
    deck = _deck(meeting, message.deck)
    if not deck.document.removable:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "this deck stays")
    return [DeckRemoved(deck=deck.deck, by=person.user)]


@_do.register
def _(message: protocol.Record, meeting: Meeting, person: Person, _tab: str) -> Sequence[Event]:
    _moderates(person)
    if not meeting.created.record:
        raise CommandRefused(RefusalKey.UNSUPPORTED, "this meeting is not recorded")
    if not meeting.created.wanted.allow_start_stop_recording:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "the recording is not started or stopped by hand in this meeting")
    return [] if meeting.recording == message.on else [RecordingMarked(on=message.on, by=person.user)]


@_do.register
def _(_message: protocol.Leave, _meeting: Meeting, person: Person, _tab: str) -> Sequence[Event]:
    return [Left(user=person.user)]


@_do.register
def _(_message: protocol.End, _meeting: Meeting, person: Person, _tab: str) -> Sequence[Event]:
    _moderates(person)
    return [Ended(why=EndReason.MODERATOR)]
