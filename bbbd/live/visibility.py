"""Visibility: what a person may see of an event. One rule for the stream, the snapshot and a resumed connection.

The view of an event says what people see of it, and which people; ``may_see`` says whether one viewer is among them.
Both are pure and nothing else decides it, so a private message or a hidden person cannot leak by another way.
``features.shown`` is the only caller of views.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from bbbd.clock import Moment
from bbbd.meetings.event import (
    Event,
    GuestAnswered,
    GuestPolicyChanged,
    Joined,
    Left,
    LobbyMessageChanged,
    LockChanged,
    LocksChanged,
    Lost,
    MediaChanged,
    PresenterChanged,
    Registered,
    Returned,
    RoleChanged,
    SessionEnded,
    Waited,
)
from bbbd.meetings.model import LOCKS, DeckState, Meeting, Person, Session
from bbbd.values.enums import GuestStatus, Role


class Viewer(NamedTuple):
    """Somebody who is in, as far as it decides what they see. ``restricted``: others are hidden from them."""

    user: str
    moderator: bool
    restricted: bool


class VisibleEvent(NamedTuple):
    """What is told of an event.

    ``to`` are the only ones who may know, None for all; ``moderators`` says that only those may; ``about`` is whom it
    is about, who may be hidden, "" when nobody is; ``fresh`` are those who now see more or less than before.
    """

    facts: dict[str, Any]
    to: frozenset[str] | None = None
    moderators: bool = False
    about: str = ""
    fresh: frozenset[str] = frozenset()
    #: Whether the list of those who wait has changed.
    lobby: bool = False


def is_locked(meeting: Meeting, person: Person, lock: str) -> bool:
    """Tell whether a lock counts for somebody: for locked viewers, but not while they present."""
    bound = person.locked and person.role is Role.VIEWER and meeting.presenter != person.user
    return bound and meeting.locks.get(lock, False)


def viewer_of(meeting: Meeting, person: Person) -> Viewer:
    """Return what decides on what somebody sees."""
    return Viewer(person.user, person.role is Role.MODERATOR, is_locked(meeting, person, "lock_user_list"))


def is_visible(meeting: Meeting, viewer: Viewer, user: str) -> bool:
    """Tell whether somebody is in the list that a viewer has."""
    if not viewer.restricted or user in ("", viewer.user, meeting.presenter):
        return True
    person = meeting.people.get(user)
    return person is not None and person.role is Role.MODERATOR


def may_see(meeting: Meeting, shown: VisibleEvent, viewer: Viewer) -> bool:
    """Tell whether a viewer may know of it."""
    if shown.to is not None and viewer.user not in shown.to:
        return False
    return (viewer.moderator or not shown.moderators) and is_visible(meeting, viewer, shown.about)


def describe_person(person: Person) -> dict[str, Any]:
    """Return somebody who is in, as others see them."""
    return {
        "user": person.user,
        "name": person.name,
        "role": person.role,
        "guest": person.guest,
        "avatar": person.avatar,
        "locked": person.locked,
        "away": person.away is not None,
        "hand": person.hand.wall if person.hand else 0,
        "microphone": person.microphone,
        "cameras": person.cameras,
        "joined": person.joined.wall,
    }


def describe_locks(locks: Mapping[str, bool]) -> dict[str, bool]:
    """Return lock settings by the names that clients have for them."""
    return {name: locks.get(inside, False) for name, inside in LOCKS.items()}


def describe_waiting(session: Session) -> dict[str, Any]:
    """Return somebody who waits."""
    return {
        "user": session.user,
        "name": session.name,
        "since": session.since or session.used.wall,
        "away": session.away,
    }


E = TypeVar("E", bound=Event)
#: What people see of an event that just happened, None when it is nothing.
View = Callable[[E, Meeting, Moment], VisibleEvent | None]

#: The view of each event that people see something of; filled by ``view``.
VIEWS: dict[type[Event], View[Any]] = {}


def view(*kinds: type[E]) -> Callable[[View[E]], View[E]]:
    """Make a function the view of an event, or of several. A second view of the same event is refused."""

    def register(function: View[E]) -> View[E]:
        for kind in kinds:
            if kind in VIEWS:
                raise TypeError(f"{kind.__name__} has a view already, in {VIEWS[kind].__module__}")
            VIEWS[kind] = function
        return function

    return register


def facts_of(event: Event, **facts: Any) -> dict[str, Any]:
    """Return an event as people see it: its kind and facts."""
    return {"e": event.kind, **facts}


@view(Registered)
def _(event: Registered, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    return VisibleEvent({}, moderators=True, lobby=True) if event.status is GuestStatus.WAIT else None


@view(SessionEnded, GuestAnswered, Waited)
def _(_event: Event, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    return VisibleEvent({}, moderators=True, lobby=True)


@view(GuestPolicyChanged)
def _(event: GuestPolicyChanged, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    return VisibleEvent(facts_of(event, policy=event.policy, by=event.by), moderators=True)


@view(LobbyMessageChanged)
def _(event: LobbyMessageChanged, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    return VisibleEvent(facts_of(event, text=event.text, by=event.by), moderators=True, lobby=True)


@view(Joined)
def _(event: Joined, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    person = next(one for one in meeting.people.values() if one.session == event.token)
    return VisibleEvent(facts_of(event, person=describe_person(person), count=len(meeting.people)), about=person.user)


@view(Left)
def _(event: Left, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    return VisibleEvent(
        facts_of(event, user=event.user, why=event.why, by=event.by, count=len(meeting.people)), about=event.user
    )


@view(Lost, Returned)
def _(event: Any, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    return VisibleEvent(facts_of(event, user=event.user), about=event.user)


@view(PresenterChanged)
def _(event: PresenterChanged, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    # Who presents is bound by no lock, so the one before and the one now may see more or less; so may those from
    # whom others are hidden.
    fresh = _restricted(meeting) | frozenset((event.user,)) if meeting.locks.get("lock_user_list") else frozenset()
    if any(deck.state is not DeckState.READY for deck in meeting.decks.values()):
        # Of these they are told only now.
        fresh |= {event.user}
    return VisibleEvent(facts_of(event, user=event.user, by=event.by), fresh=fresh)


@view(RoleChanged)
def _(event: RoleChanged, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    person = meeting.people[event.user]
    facts = facts_of(event, user=event.user, role=event.role, locked=person.locked, by=event.by)
    return VisibleEvent(facts, about=event.user, fresh=_restricted(meeting) | frozenset((event.user,)))


@view(LocksChanged)
def _(event: LocksChanged, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    fresh = (
        frozenset(user for user, one in meeting.people.items() if one.role is Role.VIEWER)
        if "lock_user_list" in event.locks
        else frozenset()
    )
    return VisibleEvent(facts_of(event, locks=describe_locks(meeting.locks), by=event.by), fresh=fresh)


@view(LockChanged)
def _(event: LockChanged, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    hides = meeting.locks.get("lock_user_list", False)
    fresh = frozenset((event.user,)) if hides else frozenset()
    return VisibleEvent(
        facts_of(event, user=event.user, locked=event.locked, by=event.by), about=event.user, fresh=fresh
    )


@view(MediaChanged)
def _(event: MediaChanged, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    facts = facts_of(event, user=event.user, microphone=event.microphone, cameras=event.cameras, screen=event.screen)
    return VisibleEvent(facts, about=event.user)


def _restricted(meeting: Meeting) -> frozenset[str]:
    """Return those from whom others are hidden: who presents or moderates now is in their list, or no more."""
    return frozenset(user for user, one in meeting.people.items() if is_locked(meeting, one, "lock_user_list"))
