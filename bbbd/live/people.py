"""People in a meeting: roles, the presenter, joining and leaving, and how people see each other.

The snapshot has ``people``, ``count`` and ``moderators`` (of all who are in, also those who are hidden from this
viewer), and ``presenter`` (a user, or ``""``). A person is ``user``, ``name``, ``role`` (``MODERATOR`` or ``VIEWER``),
``guest``, ``avatar`` (a URL, or ``""``), ``locked``, ``away`` (the connection is lost), ``hand`` (when it was raised,
or 0), ``microphone`` (``none``, ``listen``, ``muted``, ``on``), ``cameras``,
``screen``, ``joined``. A viewer from whom others are
hidden gets ``Count`` (``count``, without ``n``) when people join or leave.
"""

from __future__ import annotations

from typing import Any

import msgspec

from bbbd.clock import Moment
from bbbd.live.commands import Answer, Who, command, other_person
from bbbd.live.feature import Feature
from bbbd.live.protocol import ClientMessage, CommandRefused, Here, Leave, RefusalKey, User
from bbbd.live.visibility import Viewer, VisibleEvent, facts_of, is_locked, is_visible, view
from bbbd.meetings.event import (
    Ended,
    EndReason,
    Joined,
    LeaveReason,
    Left,
    Lost,
    PresenceConfirmed,
    PresenterChanged,
    Returned,
    RoleChanged,
)
from bbbd.meetings.model import DeckState, Meeting, Person
from bbbd.meetings.polls import last_poll
from bbbd.values.enums import Role


class MakePresenter(ClientMessage, frozen=True, kw_only=True, tag="presenter"):
    """Make a person the presenter."""

    who: User


class SetRole(ClientMessage, frozen=True, kw_only=True, tag="role"):
    """Make a person moderator or viewer."""

    who: User
    role: Role


class Remove(ClientMessage, frozen=True, kw_only=True, tag="remove"):
    """Remove a person; ``forGood`` also refuses their return by a new link with their ``userID``."""

    who: User
    for_good: bool = msgspec.field(default=False, name="forGood")


class End(ClientMessage, frozen=True, kw_only=True, tag="end"):
    """End the meeting for all."""


@command(Here)
def _(_message: Here, _meeting: Meeting, person: Person, _tab: str) -> Answer:
    return [PresenceConfirmed(user=person.user)]


@command(MakePresenter, who=Who.MODERATORS)
def _(message: MakePresenter, meeting: Meeting, person: Person, _tab: str) -> Answer:
    other = other_person(meeting, message.who)
    return [] if meeting.presenter == other.user else [PresenterChanged(user=other.user, by=person.user)]


@command(SetRole, who=Who.MODERATORS)
def _(message: SetRole, meeting: Meeting, person: Person, _tab: str) -> Answer:
    other = other_person(meeting, message.who)
    if message.role is Role.MODERATOR and other.guest and not meeting.created.wanted.allow_promote_guest:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "guests do not become moderators in this meeting")
    if other.role is message.role:
        return []
    return [RoleChanged(user=other.user, role=message.role, by=person.user)]


@command(Remove, who=Who.MODERATORS)
def _(message: Remove, meeting: Meeting, person: Person, _tab: str) -> Answer:
    other = other_person(meeting, message.who)
    if other.user == person.user:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "nobody removes themselves: leave")
    return [Left(user=other.user, why=LeaveReason.REMOVED, by=person.user, for_good=message.for_good)]


@command(Leave)
def _(_message: Leave, _meeting: Meeting, person: Person, _tab: str) -> Answer:
    return [Left(user=person.user)]


@command(End, who=Who.MODERATORS)
def _(_message: End, _meeting: Meeting, _person: Person, _tab: str) -> Answer:
    return [Ended(why=EndReason.MODERATOR)]


def describe_person(person: Person) -> dict[str, Any]:
    """Return a person who is in, as others see them."""
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
        "screen": person.screen,
        "joined": person.joined.wall,
    }


@view(Joined)
def _(event: Joined, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``person`` (as in ``people``), ``count``."""
    person = next(one for one in meeting.people.values() if one.session == event.token)
    return VisibleEvent(facts_of(event, person=describe_person(person), count=len(meeting.people)), about=person.user)


@view(Left)
def _(event: Left, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``user``, ``by``, ``count``, ``why``: ``left``, ``lost``, ``removed`` or ``inactive``."""
    return VisibleEvent(
        facts_of(event, user=event.user, why=event.why, by=event.by, count=len(meeting.people)), about=event.user
    )


@view(Lost, Returned)
def _(event: Any, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``user``: with ``Lost`` the person is ``away``, with ``Returned`` no longer."""
    return VisibleEvent(facts_of(event, user=event.user), about=event.user)


@view(PresenterChanged)
def _(event: PresenterChanged, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``user``, "" for nobody; ``by``."""
    # Locks do not apply to the presenter. So the old and the new presenter, and every viewer with a hidden user list,
    # need a new snapshot.
    resync = _restricted(meeting) | frozenset((event.user,)) if meeting.locks.get("lock_user_list") else frozenset()
    if last_poll(meeting) is not None or any(deck.state is not DeckState.READY for deck in meeting.decks.values()):
        # Only now may the new presenter see the votes, and the decks that are not ready.
        resync |= {event.user}
    return VisibleEvent(facts_of(event, user=event.user, by=event.by), resync=resync)


@view(RoleChanged)
def _(event: RoleChanged, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``user``, ``role``, ``locked``, ``by``."""
    person = meeting.people[event.user]
    facts = facts_of(event, user=event.user, role=event.role, locked=person.locked, by=event.by)
    return VisibleEvent(facts, about=event.user, resync=_restricted(meeting) | frozenset((event.user,)))


def _restricted(meeting: Meeting) -> frozenset[str]:
    """Return the viewers with a hidden user list: presenter and moderators enter and leave that list."""
    return frozenset(user for user, one in meeting.people.items() if is_locked(meeting, one, "lock_user_list"))


def _for_all(meeting: Meeting) -> dict[str, Any]:
    return {
        "people": [describe_person(person) for person in meeting.people.values()],
        "count": len(meeting.people),
        "moderators": meeting.moderators(),
        "presenter": meeting.presenter,
    }


def _for_viewer(meeting: Meeting, viewer: Viewer) -> dict[str, Any]:
    if not viewer.restricted:
        return {}
    visible = [person for user, person in meeting.people.items() if is_visible(meeting, viewer, user)]
    return {"people": [describe_person(person) for person in visible]}


FEATURE = Feature(
    __name__,
    "People",
    __doc__,
    messages=(MakePresenter, SetRole, Remove, End),
    for_all=_for_all,
    for_viewer=_for_viewer,
)
