"""Hands and reactions. The ``hand`` of a person is in ``people``; reactions are in no snapshot.

The emojis are 👍 👏 😂 😮 ❤️ 🎉.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from bbbd.clock import Moment
from bbbd.live.commands import Answer, command, need_moderator, other_person
from bbbd.live.feature import Feature
from bbbd.live.protocol import ClientMessage, CommandRefused, RefusalKey
from bbbd.live.rate_limits import Rate
from bbbd.live.visibility import VisibleEvent, facts_of, view
from bbbd.meetings.hands import HandLowered, HandRaised, Reacted
from bbbd.meetings.model import Meeting, Person

REACTIONS = ("👍", "👏", "😂", "😮", "❤️", "🎉")


class Hand(ClientMessage, frozen=True, kw_only=True, tag="hand"):
    """Raise or lower one's own hand; moderators lower the hand of ``who``, or all hands (``*``)."""

    up: bool
    who: Annotated[str, msgspec.Meta(max_length=64)] = ""


class React(ClientMessage, frozen=True, kw_only=True, tag="react"):
    """Show one of six emojis."""

    emoji: str


@command(Hand, fills=HandRaised)
def _(message: Hand, meeting: Meeting, person: Person, _tab: str) -> Answer:
    if message.who in ("", person.user):
        if message.up == (person.hand is not None):
            return []
        return [HandRaised(user=person.user) if message.up else HandLowered(user=person.user)]
    need_moderator(person)
    if message.up:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "nobody raises another's hand")
    others = meeting.people.values() if message.who == "*" else [other_person(meeting, message.who)]
    return [HandLowered(user=one.user, by=person.user) for one in others if one.hand is not None]


@command(React, needs="reactions", rate=Rate(2, 4), fills=Reacted)
def _(message: React, _meeting: Meeting, person: Person, _tab: str) -> Answer:
    if message.emoji not in REACTIONS:
        raise CommandRefused(RefusalKey.MALFORMED, f"emoji must be one of {' '.join(REACTIONS)}")
    return [Reacted(user=person.user, emoji=message.emoji)]


@view(HandLowered)
def _(event: HandLowered, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``user``, ``by``."""
    return VisibleEvent(facts_of(event, user=event.user, by=event.by), about=event.user)


@view(Reacted)
def _(event: Reacted, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``user``, ``emoji``."""
    return VisibleEvent(facts_of(event, user=event.user, emoji=event.emoji), about=event.user)


@view(HandRaised)
def _(event: HandRaised, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``user``."""
    return VisibleEvent(facts_of(event, user=event.user), about=event.user)


FEATURE = Feature(__name__, "Hands and reactions", __doc__, messages=(Hand, React))
