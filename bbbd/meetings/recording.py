"""Recording: switched on and off, who agreed to it, and whether a recording can come of a meeting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bbbd.clock import Moment
from bbbd.meetings.event import Created, Event
from bbbd.meetings.model import Meeting
from bbbd.meetings.rules import note_activity, rule
from bbbd.values.enums import RecordedMedia, RecordingFormat

#: The metadata that names formats not to be made: ``video,presentation`` or ``[video,presentation]``, in any case.
DISABLED_FORMATS = "bbb-disable-recording-formats"
#: From least to most.
_MORE = (RecordedMedia.OFF, RecordedMedia.SOUND, RecordedMedia.ALL)


class RecordingMarked(Event, frozen=True, kw_only=True, tag="RecordingMarked"):
    """Recording was switched on or off; ``by`` is empty when it started by itself.

    Who switches it on agrees to it; ``of`` is what was kept of people's media then.
    """

    on: bool
    by: str = ""
    of: RecordedMedia = RecordedMedia.ALL


class RecordingConsent(Event, frozen=True, kw_only=True, tag="RecordingConsent"):
    """A person agreed to being recorded, or refused; the last answer counts.

    ``of`` is what was kept of people's media then: who agreed to less did not agree to more.
    """

    user: str
    agrees: bool
    of: RecordedMedia = RecordedMedia.ALL


EVENTS: tuple[type[Event], ...] = (RecordingMarked, RecordingConsent)


@rule(RecordingMarked)
def _(event: RecordingMarked, meeting: Meeting, at: Moment) -> None:
    assert meeting.created.record
    if meeting.recording_since is not None:
        meeting.recorded += at.steady - meeting.recording_since.steady
    meeting.recording_since = at if event.on else None
    meeting.recording = event.on
    meeting.marked = meeting.marked or event.on
    # Who starts the recording knows of it; a refusal from before still counts.
    refused = meeting.consents.get(event.by) is False
    if event.on and event.by and not refused and not agreed_to(meeting, event.by, event.of):
        _agree(meeting, event.by, event.of)
    note_activity(meeting, event.by, at)


@rule(RecordingConsent)
def _(event: RecordingConsent, meeting: Meeting, at: Moment) -> None:
    if event.agrees:
        _agree(meeting, event.user, event.of)
    else:
        meeting.consents[event.user] = False
        meeting.consents_to.pop(event.user, None)
    note_activity(meeting, event.user, at)


def _agree(meeting: Meeting, user: str, to: RecordedMedia) -> None:
    meeting.consents[user] = True
    meeting.consents_to.pop(user, None)
    if to is not RecordedMedia.ALL:
        meeting.consents_to[user] = to


def agreed_to(meeting: Meeting, user: str, kept: RecordedMedia) -> bool:
    """Return whether a person agreed when as much as ``kept`` was kept of people's media, or more."""
    to = meeting.consents_to.get(user, RecordedMedia.ALL)
    return meeting.consents.get(user, False) and _MORE.index(to) >= _MORE.index(kept)


def wanted_formats(created: Created) -> tuple[RecordingFormat, ...]:
    """Return the playback formats that a meeting's recording would have, none when it cannot be recorded."""
    return without_disabled(created.formats, created.wanted.metadata) if created.record else ()


def without_disabled(formats: Iterable[RecordingFormat], metadata: Mapping[str, str]) -> tuple[RecordingFormat, ...]:
    """Return formats without those that a meeting's metadata disables."""
    named = metadata.get(DISABLED_FORMATS, "").strip().strip("[]").lower()
    disabled = {name.strip() for name in named.split(",")}
    return tuple(name for name in formats if name not in disabled)
