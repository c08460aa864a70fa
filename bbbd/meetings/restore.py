"""Restores the meetings from their journals at a start, and completes events that a stop or kill prevented."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bbbd.meetings.breakouts import breakout_closed
from bbbd.meetings.event import Resumed
from bbbd.meetings.model import Meeting
from bbbd.meetings.polls import lost_ballots
from bbbd.meetings.registry import Meetings


def restore(
    meetings: Meetings, found_last: Callable[[Mapping[str, int]], None], progress: Callable[[], None]
) -> list[Meeting]:
    """Restore the meetings. Return all whose files are still needed: live ones, and those that are being archived.

    ``found_last`` gets the number of the last event in each journal, before any further event happens. ``progress`` is
    called for each meeting. Waits for the disk.
    """
    now, kept = meetings.clock.now(), meetings.ended_kept
    meetings.creation_times.start(meetings.journals.last_creation())
    found = []
    for meeting in meetings.journals.restore(now):
        found.append(meeting)
        progress()
    found_last({meeting.internal_id: meeting.n for meeting in found})
    for meeting in found:
        if meeting.ended is None:
            meetings.directory.add(meeting)
            meetings.creation_times.restore(meeting.external_id, meeting.created.create_time)
        elif (left := kept - max(0, now.wall - meeting.end_time)) > 0:
            meetings.directory.keep_ended(meeting, now.steady + left)
        else:
            meetings.archive(meeting)
    for meeting in list(meetings.directory.live.values()):
        meetings.attempt(meeting, Resumed())
        if (reopened := lost_ballots(meeting)) is not None:
            meetings.attempt(meeting, reopened)
        progress()
    for room in found:
        parent = meetings.directory.live.get(room.created.parent)
        if room.ended is not None and parent is not None and room.internal_id in parent.breakouts:
            # Only its own journal says so yet: with what is kept of its chat.
            meetings.attempt(parent, breakout_closed(room, now, parent))
    meetings.reconcile(list(meetings.directory.live.values()))
    return found
