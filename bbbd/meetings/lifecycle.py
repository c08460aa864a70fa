"""Deadlines of meetings and people, and events that follow from a meeting's state. All pure.

Times are milliseconds on the steady clock. A limit is over when the time is strictly past it; a limit of 0
minutes switches its timer off, but for a delay that means "at once".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bbbd.clock import Moment
from bbbd.meetings.event import (
    EndReason,
    Event,
    GuestAnswered,
    LeaveReason,
    Left,
    PresenceAsked,
    PresenterChanged,
    SessionEnded,
)
from bbbd.meetings.model import DeckState, Meeting, Person, Session
from bbbd.meetings.recording import RecordingMarked, wanted_formats
from bbbd.meetings.slides import SlideShown
from bbbd.values.enums import GuestPolicy, GuestStatus, Role

MINUTE = 60_000


class Deadline(NamedTuple):
    """Past ``when`` the meeting ends for ``why``; None is the warning of inactivity."""

    when: int
    why: EndReason | None


def next_deadline(meeting: Meeting, rooms: Sequence[Meeting] = ()) -> Deadline | None:
    """Return the next deadline, None without one. People in the breakout rooms (``rooms``) count as present."""
    deadlines = (*_deadlines(meeting), *_presence_deadlines(meeting, (meeting, *rooms)))
    return min(deadlines, default=None, key=lambda deadline: deadline.when)


def _deadlines(meeting: Meeting) -> Iterator[Deadline]:
    if meeting.duration:
        yield Deadline(_duration_end(meeting), EndReason.DURATION)


def _duration_end(meeting: Meeting) -> int:
    return meeting.created_at.steady + meeting.duration * MINUTE


def minutes_left(meeting: Meeting, now: Moment) -> int:
    """Return how many minutes of a meeting's duration are left, begun ones too; 0 without a duration."""
    left = -(-(_duration_end(meeting) - now.steady) // MINUTE)
    return max(left, 1) if meeting.duration else 0


def _presence_deadlines(meeting: Meeting, everywhere: Sequence[Meeting]) -> Iterator[Deadline]:
    """Give the deadlines of presence; ``everywhere`` is the meeting and its breakout rooms."""
    created, wanted = meeting.created, meeting.created.wanted
    if not wanted.is_breakout and not any(one.people for one in everywhere):
        left = [one.left_since.steady for one in everywhere if one.left_since]
        if left and wanted.expire_left:
            yield Deadline(max(left) + wanted.expire_left * MINUTE, EndReason.LAST_USER_LEFT)
        if not left and meeting.empty_since and wanted.expire_unjoined:
            yield Deadline(meeting.empty_since.steady + wanted.expire_unjoined * MINUTE, EndReason.NOT_JOINED)
    unmoderated = [one.unmoderated_since.steady for one in everywhere if one.unmoderated_since]
    if wanted.end_without_moderator and unmoderated and not any(one.moderators() for one in everywhere):
        # A delay of 0 is at once: due already at the moment the last moderator left.
        yield Deadline(max(unmoderated) + (wanted.end_without_moderator_after * MINUTE or -1), EndReason.NO_MODERATOR)
    if created.max_inactivity:
        most = created.max_inactivity * MINUTE
        active = max(one.active.steady for one in everywhere if one is meeting or one.has_user_joined)
        if meeting.warned is None or meeting.warned.steady < active:
            yield Deadline(active + most - min(created.warn_before_inactivity * MINUTE, most), None)
        else:
            yield Deadline(active + most, EndReason.INACTIVITY)


def overdue(meeting: Meeting, now: Moment) -> list[Event]:
    """Return the events that are overdue for the people and sessions of a meeting."""
    found = (_overdue_of_person(meeting, person, now.steady) for person in meeting.people.values())
    events = [event for event in found if event is not None]
    for session in meeting.sessions.values():
        in_use = session.entered and session.user in meeting.people
        if not in_use and now.steady > session.used.steady + session_lives(meeting, session):
            events.append(SessionEnded(token=session.token))
    return events


def _overdue_of_person(meeting: Meeting, person: Person, now: int) -> Event | None:
    created = meeting.created
    if person.away is not None:
        gone = now > person.away.steady + created.users_timeout
        return Left(user=person.user, why=LeaveReason.LOST) if gone else None
    if person.asked is not None:
        late = now > person.asked.steady + created.user_answers_within * MINUTE
        return Left(user=person.user, why=LeaveReason.INACTIVE) if late else None
    # Each of these times of 0 minutes switches the whole inspection off.
    is_on = created.inspect_every and created.user_inactive_after and created.user_answers_within
    if is_on and now > _inspected(meeting, person.active.steady + created.user_inactive_after * MINUTE):
        return PresenceAsked(user=person.user)
    return None


def _inspected(meeting: Meeting, silent: int) -> int:
    """Return the first inspection at or after a time; the period of inspections begins with the creation."""
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
    """Return the event that follows from the meeting's state, None without one.

    Only the state counts, so an event that a kill prevented follows at the next start.
    """
    if not meeting.presenter:
        first = next((person for person in meeting.people.values() if person.role is Role.MODERATOR), None)
        if first is None and meeting.is_breakout:
            # A group works by itself: without a presenter, nobody could show the others anything.
            first = next((person for person in meeting.people.values() if person.away is None), None)
        if first is not None:
            return PresenterChanged(user=first.user)
    starts = meeting.created.wanted.auto_start_recording and meeting.has_user_joined and not meeting.marked
    if starts and wanted_formats(meeting.created):
        return RecordingMarked(on=True)
    if (answer := _answer_of_policy(meeting)) is not None:
        return answer
    if (older := _older_session(meeting)) is not None:
        return SessionEnded(token=older.token, why=LeaveReason.ELSEWHERE)
    if meeting.next_deck and meeting.decks[meeting.next_deck].state is DeckState.READY:
        return SlideShown(deck=meeting.next_deck, page=1)
    return None


def _answer_of_policy(meeting: Meeting) -> GuestAnswered | None:
    """Return the answer that a policy of accepting or refusing all gives to those who wait."""
    if meeting.policy not in (GuestPolicy.ALWAYS_ACCEPT, GuestPolicy.ALWAYS_DENY):
        return None
    users = tuple(dict.fromkeys(session.user for session in meeting.waiting()))
    return GuestAnswered(users=users, admit=meeting.policy is GuestPolicy.ALWAYS_ACCEPT) if users else None


def _older_session(meeting: Meeting) -> Session | None:
    """Return the older of two sessions with which one person waits: the new one takes its place."""
    newest = {session.user: session for session in meeting.waiting()}
    return next((session for session in meeting.waiting() if session is not newest[session.user]), None)
