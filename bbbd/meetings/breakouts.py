"""Breakout rooms of a meeting."""

from __future__ import annotations

from bbbd.clock import Moment
from bbbd.meetings.event import Event
from bbbd.meetings.model import Meeting
from bbbd.meetings.rules import rule


class BreakoutOpened(Event, frozen=True, kw_only=True, tag="BreakoutOpened"):
    """A breakout room of this meeting was created."""

    internal_id: str
    external_id: str
    sequence: int


class BreakoutClosed(Event, frozen=True, kw_only=True, tag="BreakoutClosed"):
    """A breakout room of this meeting ended."""

    internal_id: str


EVENTS: tuple[type[Event], ...] = (BreakoutOpened, BreakoutClosed)


@rule(BreakoutOpened)
def _(event: BreakoutOpened, meeting: Meeting, _at: Moment) -> None:
    meeting.breakouts[event.internal_id] = event.external_id


@rule(BreakoutClosed)
def _(event: BreakoutClosed, meeting: Meeting, _at: Moment) -> None:
    del meeting.breakouts[event.internal_id]
