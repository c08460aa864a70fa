"""When a meeting must end, and why; when its people must go; what follows from what happened. All pure.

Times are milliseconds on the steady clock. A limit is over when the time is strictly past it; a limit of 0
minutes switches its timer off, but for a delay that means "at once".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bbbd.clock import Moment
from bbbd.meetings.event import EndReason, Event, LeaveReason, Left, PresenceAsked, PresenterChanged, SessionEnded
from bbbd.meetings.model import DeckState, Meeting, Person, Session
from bbbd.meetings.recording import RecordingMarked
from bbbd.meetings.slides import SlideShown
from bbbd.values.enums import GuestStatus, Role

MINUTE = 60_000


class Deadline(NamedTuple):
    """Past ``when`` the meeting ends for ``why``; None is the warning of inactivity."""

    when: int
    why: EndReason | None


def next_deadline(meeting: Meeting) -> Deadline | None:
    """Return what falls due next, None when nothing does."""
    return min(_deadlines(meeting), default=None, key=lambda deadline: deadline.when)


def _deadlines(meeting: Meeting) -> Iterator[Deadline]:
    created, wanted = meeting.created, meeting.created.wanted
    if wanted.duration:
        yield Deadline(meeting.created_at.steady + wanted.duration * MINUTE, EndReason.DURATION)
    if wanted.expire_unjoined and meeting.empty_since and not wanted.is_breakout:
        yield Deadline(meeting.empty_since.steady + wanted.expire_unjoined * MINUTE, EndReason.NOT_JOINED)
    if wanted.expire_left and meeting.left_since and not wanted.is_breakout:
        yield Deadline(meeting.left_since.steady + wanted.expire_left * MINUTE, EndReason.LAST_USER_LEFT)
    if wanted.end_without_moderator and meeting.unmoderated_since:
        # A delay of 0 is at once: due already at the moment the last moderator left.
        delay = wanted.end_without_moderator_after * MINUTE or -1
        yield Deadline(meeting.unmoderated_since.steady + delay, EndReason.NO_MODERATOR)
    if created.max_inactivity:
        most = created.max_inactivity * MINUTE
        if meeting.warned is None:
            lead = min(created.warn_before_inactivity * MINUTE, most)
            yield Deadline(meeting.active.steady + most - lead, None)
        else:
            yield Deadline(meeting.active.steady + most, EndReason.INACTIVITY)


def audit(meeting: Meeting, now: Moment) -> list[Event]:
    """Return what must happen to the people and sessions of a meeting by now."""
    audited = (_audit_person(meeting, person, now.steady) for person in meeting.people.values())
    happens = [event for event in audited if event is not None]
    for session in meeting.sessions.values():
        in_use = session.entered and session.user in meeting.people
        if not in_use and now.steady > session.used.steady + session_lives(meeting, session):
            happens.append(SessionEnded(token=session.token))
    return happens


def _audit_person(meeting: Meeting, person: Person, now: int) -> Event | None:
    created = meeting.created
    if person.away is not None:
        gone = now > person.away.steady + created.users_timeout
        return Left(user=person.user, why=LeaveReason.LOST) if gone else None
    if person.asked is not None:
        late = now > person.asked.steady + created.user_answers_within * MINUTE
        return Left(user=person.user, why=LeaveReason.INACTIVE) if late else None
    if created.inspect_every and now > _inspected(meeting, person.active.steady + created.user_inactive_after * MINUTE):
        return PresenceAsked(user=person.user)
    return None


def _inspected(meeting: Meeting, silent: int) -> int:
    """Return the first inspection at or after a time; they come at a period counted from the creation."""
    period = meeting.created.inspect_every * MINUTE
    begun = meeting.created_at.steady
    return begun + -(-(silent - begun) // period) * period


def session_lives(meeting: Meeting, session: Session) -> int:
    """Return how many milliseconds a session lives unused."""
    if session.entered:
        return meeting.created.session_timeout * 1000
    if session.status is GuestStatus.WAIT:
        return meeting.created.waiting_guests_timeout
    return meeting.created.users_timeout


def follows(meeting: Meeting) -> Event | None:
    """Return what follows by itself from what the meeting has become, None when nothing does.

    It looks at the state alone, so what a kill prevented follows at the next start.
    """
    if not meeting.presenter:
        first = next((person for person in meeting.people.values() if person.role is Role.MODERATOR), None)
        if first is not None:
            return PresenterChanged(user=first.user)
    wanted = meeting.created.wanted
    if meeting.created.record and wanted.auto_start_recording and meeting.has_user_joined and not meeting.marked:
        return RecordingMarked(on=True)
    if meeting.next_deck and meeting.decks[meeting.next_deck].state is DeckState.READY:
        return SlideShown(deck=meeting.next_deck, page=1)
    return None
