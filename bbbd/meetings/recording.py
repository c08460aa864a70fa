"""Recording: switched on and off."""

from __future__ import annotations

from bbbd.clock import Moment
from bbbd.meetings.event import Event
from bbbd.meetings.model import Meeting
from bbbd.meetings.rules import note_activity, rule


class RecordingMarked(Event, frozen=True, kw_only=True, tag="RecordingMarked"):
    """Recording was switched on or off; ``by`` is empty when it started by itself."""

    on: bool
    by: str = ""


EVENTS: tuple[type[Event], ...] = (RecordingMarked,)


@rule(RecordingMarked)
def _(event: RecordingMarked, meeting: Meeting, at: Moment) -> None:
    assert meeting.created.record
    if meeting.recording_since is not None:
        meeting.recorded += at.steady - meeting.recording_since.steady
    meeting.recording_since = at if event.on else None
    meeting.recording = event.on
    meeting.marked = meeting.marked or event.on
    note_activity(meeting, event.by, at)
