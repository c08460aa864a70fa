"""The periodic work on meetings: each function runs once a second. Deadlines themselves are in ``lifecycle``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from bbbd.clock import Moment
from bbbd.meetings import lifecycle
from bbbd.meetings.event import Ended, InactivityWarned
from bbbd.meetings.model import Meeting
from bbbd.meetings.registry import Meetings
from bbbd.short_turns import in_slices

_log = Logger()


def reconcile(meetings: Meetings, timer: IReactorTime) -> None:
    """Make all meetings consistent, within the next second."""
    in_slices(timer, list(meetings.directory.live.values()), partial(_reconcile, meetings))


def _reconcile(meetings: Meetings, some: Sequence[Meeting]) -> None:
    if not meetings.is_stopped:
        meetings.reconcile(some)


def end_due(meetings: Meetings) -> None:
    """End the meetings that are due, warn of inactivity, and put away ended meetings that are no longer found."""
    now = meetings.clock.now().steady
    for meeting, deadline in meetings.directory.due(now):
        why = deadline.why
        meetings.attempt(meeting, InactivityWarned() if why is None else Ended(why=why))
    for meeting in meetings.directory.remove_expired(now):
        meetings.archive(meeting)
    meetings.archive_again()


def remove_overdue(meetings: Meetings, timer: IReactorTime) -> None:
    """Remove people and sessions that are due, and compact journals that have grown long: within the next second."""
    in_slices(timer, list(meetings.directory.live.values()), partial(_remove_overdue, meetings), _size)


def _size(meeting: Meeting) -> int:
    """Return how much there is to look at in a meeting: sixteen people are as much as a connection."""
    return 1 + len(meeting.sessions) // 16


def _remove_overdue(meetings: Meetings, some: Sequence[Meeting]) -> None:
    now = meetings.clock.now()
    for meeting in some:
        if meeting.ended is not None or meetings.is_stopped:
            continue
        for event in lifecycle.overdue(meeting, now):
            meetings.attempt(meeting, event)
        if meetings.journals.wants_compaction(meeting):
            _compact(meetings, meeting, now)


def _compact(meetings: Meetings, meeting: Meeting, now: Moment) -> None:
    def failed(failure: Failure) -> None:
        _log.failure("a journal stays long", failure, event="journal_stays_long")

    Deferred.fromCoroutine(meetings.journals.write_anew(meeting, now)).addErrback(failed)


def save_creation_time(meetings: Meetings) -> None:
    """Save the time of the latest creation, for the next start."""

    def failed(failure: Failure) -> None:
        _log.failure("the latest creation time is not saved", failure, event="creation_not_noted")

    newest = meetings.creation_times.take_unsaved()
    if newest is not None:
        meetings.journals.note_creation(newest).addErrback(failed)
