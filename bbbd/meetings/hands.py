"""Hands and reactions."""

from __future__ import annotations

from bbbd.clock import Moment
from bbbd.meetings.event import Event
from bbbd.meetings.model import Meeting
from bbbd.meetings.rules import note_activity, rule


class HandRaised(Event, frozen=True, kw_only=True, tag="HandRaised"):
    """A person raised their hand."""

    user: str


class HandLowered(Event, frozen=True, kw_only=True, tag="HandLowered"):
    """A hand was lowered; ``by`` is empty when the person did it."""

    user: str
    by: str = ""


class Reacted(Event, frozen=True, kw_only=True, tag="Reacted"):
    """A person reacted with an emoji. Only attendance keeps a count."""

    user: str
    emoji: str


EVENTS: tuple[type[Event], ...] = (HandRaised, HandLowered, Reacted)


@rule(HandRaised)
def _(event: HandRaised, meeting: Meeting, at: Moment) -> None:
    meeting.people[event.user].hand = at
    if record := meeting.attended.get(event.user):
        record.hands += 1
    note_activity(meeting, event.user, at)


@rule(HandLowered)
def _(event: HandLowered, meeting: Meeting, at: Moment) -> None:
    meeting.people[event.user].hand = None
    note_activity(meeting, event.by or event.user, at)


@rule(Reacted)
def _(event: Reacted, meeting: Meeting, at: Moment) -> None:
    assert event.user in meeting.people
    if record := meeting.attended.get(event.user):
        record.emojis += 1
    note_activity(meeting, event.user, at)
