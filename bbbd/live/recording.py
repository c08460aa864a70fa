"""Recording: started and stopped by moderators, or by itself.

The snapshot has ``recording``: ``on`` now, ``marked`` at all, ``since`` when it is on (or 0), and ``total``
milliseconds before.
"""

from __future__ import annotations

from typing import Any

from bbbd.clock import Moment
from bbbd.live.commands import Answer, Who, command
from bbbd.live.feature import Feature
from bbbd.live.protocol import ClientMessage, CommandRefused, RefusalKey
from bbbd.live.visibility import VisibleEvent, facts_of, view
from bbbd.meetings.model import Meeting, Person
from bbbd.meetings.recording import RecordingMarked, wanted_formats


class Record(ClientMessage, frozen=True, kw_only=True, tag="record"):
    """Start or stop the recording, where create allows it."""

    on: bool


@command(Record, who=Who.MODERATORS)
def _(message: Record, meeting: Meeting, person: Person, _tab: str) -> Answer:
    if not wanted_formats(meeting.created):
        raise CommandRefused(RefusalKey.UNSUPPORTED, "this meeting is not recorded")
    if not meeting.created.wanted.allow_start_stop_recording:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "the recording is not started or stopped by hand in this meeting")
    return [] if meeting.recording == message.on else [RecordingMarked(on=message.on, by=person.user)]


@view(RecordingMarked)
def _(event: RecordingMarked, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``on``, ``by``, ``total``."""
    return VisibleEvent(facts_of(event, on=event.on, by=event.by, total=meeting.recorded))


def _for_all(meeting: Meeting) -> dict[str, Any]:
    since = meeting.recording_since
    return {
        "recording": {
            "on": meeting.recording,
            "marked": meeting.marked,
            "since": since.wall if since else 0,
            "total": meeting.recorded,
        }
    }


FEATURE = Feature(__name__, "Recording", __doc__, messages=(Record,), for_all=_for_all)
