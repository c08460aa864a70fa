"""Events that make all meetings fit each other again, after a kill or a full disk prevented some. Pure.

A breakout room ends with its parent, a parent lists its rooms, and of two meetings with one external id (a copy of
the files made while they changed can hold both) the older one ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bbbd.meetings.breakouts import BreakoutClosed, breakout_opened
from bbbd.meetings.directory import Directory
from bbbd.meetings.event import Ended, EndReason, Event
from bbbd.meetings.model import Meeting


def mismatches(directory: Directory, meetings: Sequence[Meeting]) -> Iterator[tuple[Meeting, Event]]:
    """Give each missing event of meetings, with its meeting. Let it happen before the next is asked for."""
    for meeting in meetings:
        if meeting.ended is None and (found := _mismatch(directory, meeting)) is not None:
            yield found
        if meeting.breakouts and meeting.ended is None:
            for internal_id in [room for room in meeting.breakouts if room not in directory.live]:
                yield meeting, BreakoutClosed(internal_id=internal_id)


def _mismatch(directory: Directory, meeting: Meeting) -> tuple[Meeting, Event] | None:
    parent = meeting.created.parent
    if directory.find_external(meeting.created.wanted.meeting_id) is not meeting:
        return meeting, Ended(why=EndReason.REPLACED)
    if parent and parent not in directory.live:
        return meeting, Ended(why=EndReason.PARENT)
    if parent and meeting.internal_id not in directory.live[parent].breakouts:
        return directory.live[parent], breakout_opened(meeting)
    return None
