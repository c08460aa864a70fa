"""Recording: switched on and off, who agreed to it, and whether a recording can come of a meeting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bbbd.clock import Moment
from bbbd.meetings.event import Created, Event
from bbbd.meetings.model import Meeting
from bbbd.meetings.rules import note_activity, rule
from bbbd.values.enums import RecordingFormat

#: The metadata that names formats not to be made: ``video,presentation`` or ``[video,presentation]``, in any case.
DISABLED_FORMATS = "bbb-disable-recording-formats"


class RecordingMarked(Event, frozen=True, kw_only=True, tag="RecordingMarked"):
    """Recording was switched on or off; ``by`` is empty when it started by itself."""

    on: bool
    by: str = ""


class RecordingConsent(Event, frozen=True, kw_only=True, tag="RecordingConsent"):
    """A person agreed to being recorded, or refused; the last answer counts."""

    user: str
    agrees: bool


EVENTS: tuple[type[Event], ...] = (RecordingMarked, RecordingConsent)


@rule(RecordingMarked)
def _(event: RecordingMarked, meeting: Meeting, at: Moment) -> None:
    assert meeting.created.record
    if meeting.recording_since is not None:
        meeting.recorded += at.steady - meeting.recording_since.steady
    meeting.recording_since = at if event.on else None
    meeting.recording = event.on
    meeting.marked = meeting.marked or event.on
    if event.on and event.by:
        # Who starts the recording knows of it; a refusal from before still counts.
        meeting.consents.setdefault(event.by, True)
    note_activity(meeting, event.by, at)


@rule(RecordingConsent)
def _(event: RecordingConsent, meeting: Meeting, at: Moment) -> None:
    meeting.consents[event.user] = event.agrees
    note_activity(meeting, event.user, at)


def wanted_formats(created: Created) -> tuple[RecordingFormat, ...]:
    """Return the playback formats that a meeting's recording would have, none when it cannot be recorded."""
    return without_disabled(created.formats, created.wanted.metadata) if created.record else ()


def without_disabled(formats: Iterable[RecordingFormat], metadata: Mapping[str, str]) -> tuple[RecordingFormat, ...]:
    """Return formats without those that a meeting's metadata disables."""
    named = metadata.get(DISABLED_FORMATS, "").strip().strip("[]").lower()
    disabled = {name.strip() for name in named.split(",")}
    return tuple(name for name in formats if name not in disabled)
