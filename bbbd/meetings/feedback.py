"""Feedback: how a person liked the meeting."""

from __future__ import annotations

from bbbd.clock import Moment
from bbbd.meetings.event import Event
from bbbd.meetings.model import Meeting
from bbbd.meetings.rules import rule


class Rated(Event, frozen=True, kw_only=True, tag="Rated"):
    """A person rated the meeting with stars and a comment. The journal stores it."""

    token: str
    rating: int
    comment: str = ""


EVENTS: tuple[type[Event], ...] = (Rated,)


@rule(Rated)
def _(event: Rated, meeting: Meeting, _at: Moment) -> None:
    # Feedback may also come after leaving.
    if session := meeting.sessions.get(event.token):
        session.rated = True
