"""Events that make all meetings fit each other again, after a kill or a full disk prevented some. Pure.

A breakout room ends with its parent, a parent lists its rooms, and of two meetings with one external id (a copy of
the files made while they changed can hold both) the older one ends.
"""

from __future__ import annotations

from collections.abc import Iterator

from bbbd.meetings.breakouts import BreakoutClosed, breakout_opened
from bbbd.meetings.directory import Directory
from bbbd.meetings.event import Ended, EndReason, Event
from bbbd.meetings.model import Meeting


def mismatches(directory: Directory) -> Iterator[tuple[Meeting, Event]]:
    """Give each missing event with its meeting. Let it happen before the next is asked for."""
    for meeting in list(directory.live.values()):
        if meeting.ended is None:
            yield from _of_meeting(directory, meeting)
        if meeting.ended is None:
            for internal_id in [room for room in meeting.breakouts if room not in directory.live]:
                yield meeting, BreakoutClosed(internal_id=internal_id)


def _of_meeting(directory: Directory, meeting: Meeting) -> Iterator[tuple[Meeting, Event]]:
    parent = meeting.created.parent
    if directory.find_external(meeting.external_id) is not meeting:
        yield meeting, Ended(why=EndReason.REPLACED)
    elif parent and parent not in directory.live:
        yield meeting, Ended(why=EndReason.PARENT)
    elif parent and meeting.internal_id not in directory.live[parent].breakouts:
        yield directory.live[parent], breakout_opened(meeting)
