"""The lobby: guests who wait, the guest policy, and the message for those who wait.

A guest who must wait gets ``lobby`` with ``place`` (from 1), ``of`` (how many wait) and ``message`` (of the
moderators), again when one of them changes. The snapshot has ``policy``; for moderators also ``lobby`` (those who
wait: ``user``, ``name``, ``since``, ``away``) and ``lobbyMessage``. When the list changes, moderators get ``Lobby``
(``waiting``: the whole list, without ``n``).
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from bbbd.clock import Moment
from bbbd.live.commands import Answer, Who, cleaned, command
from bbbd.live.feature import Feature
from bbbd.live.protocol import ClientMessage, CommandRefused, RefusalKey
from bbbd.live.visibility import Viewer, VisibleEvent, facts_of, view
from bbbd.meetings.event import (
    Event,
    GuestAnswered,
    GuestPolicyChanged,
    LobbyMessageChanged,
    Registered,
    SessionEnded,
    Waited,
)
from bbbd.meetings.model import Meeting, Person, Session
from bbbd.values.enums import GuestPolicy, GuestStatus

#: Characters of the message for waiting guests.
LONGEST_NOTICE = 1000


class AnswerGuests(ClientMessage, frozen=True, kw_only=True, tag="guest.answer"):
    """Let guests in or refuse them: those named, or all who wait."""

    admit: bool
    who: Annotated[list[str], msgspec.Meta(max_length=500)] = msgspec.field(default_factory=list)
    all: bool = False
    remember: bool = False


class SetPolicy(ClientMessage, frozen=True, kw_only=True, tag="guest.policy"):
    """Change the guest policy."""

    policy: GuestPolicy


class SetNotice(ClientMessage, frozen=True, kw_only=True, tag="guest.message"):
    """Change the message for those who wait."""

    text: str


@command(AnswerGuests, who=Who.MODERATORS)
def _(message: AnswerGuests, meeting: Meeting, person: Person, _tab: str) -> Answer:
    waiting = {session.user for session in meeting.waiting()}
    users = tuple(waiting if message.all else waiting.intersection(message.who))
    if not users:
        raise CommandRefused(RefusalKey.GONE, "none of them waits any more")
    return [GuestAnswered(users=users, admit=message.admit, remember=message.remember, by=person.user)]


@command(SetPolicy, who=Who.MODERATORS)
def _(message: SetPolicy, _meeting: Meeting, person: Person, _tab: str) -> Answer:
    return [GuestPolicyChanged(policy=message.policy, by=person.user)]


@command(SetNotice, who=Who.MODERATORS)
def _(message: SetNotice, _meeting: Meeting, person: Person, _tab: str) -> Answer:
    text = cleaned(message.text, LONGEST_NOTICE) if message.text.strip() else ""
    return [LobbyMessageChanged(text=text, by=person.user)]


def describe_waiting(session: Session) -> dict[str, Any]:
    """Return a guest who waits, as moderators see them."""
    return {
        "user": session.user,
        "name": session.name,
        "since": session.since or session.used.wall,
        "away": session.away,
    }


@view(Registered)
def _(event: Registered, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    return VisibleEvent({}, moderators=True, lobby=True) if event.status is GuestStatus.WAIT else None


@view(SessionEnded, GuestAnswered, Waited)
def _(_event: Event, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    return VisibleEvent({}, moderators=True, lobby=True)


@view(GuestPolicyChanged)
def _(event: GuestPolicyChanged, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``policy``, ``by``. Moderators only."""
    return VisibleEvent(facts_of(event, policy=event.policy, by=event.by), moderators=True)


@view(LobbyMessageChanged)
def _(event: LobbyMessageChanged, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``text``, ``by``. Moderators only."""
    return VisibleEvent(facts_of(event, text=event.text, by=event.by), moderators=True, lobby=True)


def lobby(meeting: Meeting) -> list[dict[str, Any]]:
    """Return the guests who wait, in order."""
    return [describe_waiting(session) for session in meeting.waiting()]


def _for_all(meeting: Meeting) -> dict[str, Any]:
    return {"policy": meeting.policy}


def _for_viewer(meeting: Meeting, viewer: Viewer) -> dict[str, Any]:
    return {"lobbyMessage": meeting.lobby_message, "lobby": lobby(meeting)} if viewer.moderator else {}


FEATURE = Feature(
    __name__,
    "Lobby",
    __doc__,
    messages=(AnswerGuests, SetPolicy, SetNotice),
    for_all=_for_all,
    for_viewer=_for_viewer,
    limits={"notice": LONGEST_NOTICE},
)
