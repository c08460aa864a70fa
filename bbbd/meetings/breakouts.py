"""Breakout rooms of a meeting."""

from __future__ import annotations

from bbbd.clock import Moment
from bbbd.meetings.event import Event
from bbbd.meetings.model import Meeting
from bbbd.meetings.rules import rule

#: The name by which ``disabledFeatures`` switches breakout rooms off.
BREAKOUTS = "breakoutRooms"


class BreakoutOpened(Event, frozen=True, kw_only=True, tag="BreakoutOpened"):
    """A breakout room of this meeting was created."""

    internal_id: str
    external_id: str
    sequence: int


class BreakoutClosed(Event, frozen=True, kw_only=True, omit_defaults=True, tag="BreakoutClosed"):
    """A breakout room of this meeting ended. People in it counted as present here.

    How many milliseconds ago the last person and the last moderator left the room, and somebody was active in it; None
    when nobody was.
    """

    internal_id: str
    left_ago: int | None = None
    unmoderated_ago: int | None = None
    active_ago: int | None = None


EVENTS: tuple[type[Event], ...] = (BreakoutOpened, BreakoutClosed)


@rule(BreakoutOpened)
def _(event: BreakoutOpened, meeting: Meeting, _at: Moment) -> None:
    meeting.breakouts[event.internal_id] = event.external_id


@rule(BreakoutClosed)
def _(event: BreakoutClosed, meeting: Meeting, at: Moment) -> None:
    del meeting.breakouts[event.internal_id]
    if event.left_ago is not None and not meeting.people:
        meeting.empty_since = None
        meeting.left_since = _later(meeting.left_since, at, event.left_ago)
    if event.unmoderated_ago is not None and not meeting.moderators():
        meeting.unmoderated_since = _later(meeting.unmoderated_since, at, event.unmoderated_ago)
    if event.active_ago is not None and (active := _later(meeting.active, at, event.active_ago)) != meeting.active:
        meeting.active, meeting.warned = active, None


def _later(known: Moment | None, at: Moment, ago: int) -> Moment:
    moment = Moment(at.wall - ago, at.steady - ago)
    return moment if known is None or known.steady < moment.steady else known


def breakout_opened(room: Meeting) -> BreakoutOpened:
    """Return the event by which a parent lists a breakout room."""
    return BreakoutOpened(
        internal_id=room.internal_id, external_id=room.external_id, sequence=room.created.wanted.sequence or 0
    )


def breakout_closed(room: Meeting, now: Moment) -> BreakoutClosed:
    """Return the event by which a parent learns that a breakout room has ended."""

    def ago(since: Moment | None) -> int | None:
        return None if since is None else max(0, now.steady - since.steady)

    return BreakoutClosed(
        internal_id=room.internal_id,
        left_ago=0 if room.people else ago(room.left_since),
        unmoderated_ago=0 if room.moderators() else ago(room.unmoderated_since),
        active_ago=ago(room.active) if room.has_user_joined else None,
    )
