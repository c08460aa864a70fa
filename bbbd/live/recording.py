"""Recording: started and stopped by moderators, or by itself, and who agreed to it.

The snapshot has ``recording``: ``on`` now, ``marked`` at all, ``since`` when it is on (or 0), and ``total``
milliseconds before; and ``consent``: whether the person agreed to being recorded, null before they answered. Sound,
camera and screen of somebody who did not agree are not kept; they are still heard and seen. An answer holds as long as
the person has the same ``user``, also after they left and came back, and may be changed at any time. Who starts the
recording agrees by that. ``agreedTo``, where they agreed: what was kept of people's media then, ``off``, ``sound`` or
``all``, as ``keeps`` of ``media`` said; where more is kept now, they did not agree to it, and are asked again.
"""

from __future__ import annotations

from typing import Any

from bbbd.clock import Moment
from bbbd.live.backend import Backend
from bbbd.live.commands import Answer, Decided, ServerRequest, Who, command
from bbbd.live.feature import Feature
from bbbd.live.protocol import ClientMessage, CommandRefused, RefusalKey
from bbbd.live.rate_limits import Rate
from bbbd.live.visibility import Viewer, VisibleEvent, facts_of, view
from bbbd.meetings.model import Meeting, Person
from bbbd.meetings.recording import RecordingConsent, RecordingMarked, agreed_to, wanted_formats
from bbbd.values.enums import RecordedMedia


class Record(ClientMessage, frozen=True, kw_only=True, tag="record"):
    """Start or stop the recording, where create allows it."""

    on: bool


class Consent(ClientMessage, frozen=True, kw_only=True, tag="record.consent"):
    """Agree to being recorded, or refuse, in a meeting that can be recorded."""

    agrees: bool


@command(Record, who=Who.MODERATORS)
def _(message: Record, meeting: Meeting, person: Person, _tab: str) -> Answer:
    _need_formats(meeting)
    if not meeting.created.wanted.allow_start_stop_recording:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "the recording is not started or stopped by hand in this meeting")

    def ask(server: Backend) -> Decided:
        marked = RecordingMarked(on=message.on, by=person.user, of=server.media.keeps)
        return [] if meeting.recording == message.on else [marked]

    return ServerRequest(ask)


@command(Consent, rate=Rate(0.5, 10))
def _(message: Consent, meeting: Meeting, person: Person, _tab: str) -> Answer:
    _need_formats(meeting)

    def ask(server: Backend) -> Decided:
        kept = server.media.keeps
        is_known = agreed_to(meeting, person.user, kept) if message.agrees else consent is False
        return [] if is_known else [RecordingConsent(user=person.user, agrees=message.agrees, of=kept)]

    consent = meeting.consents.get(person.user)
    return ServerRequest(ask)


def _need_formats(meeting: Meeting) -> None:
    if not wanted_formats(meeting.created):
        raise CommandRefused(RefusalKey.UNSUPPORTED, "this meeting is not recorded")


@view(RecordingMarked)
def _(event: RecordingMarked, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``on``, ``by``, ``total``."""
    return VisibleEvent(facts_of(event, on=event.on, by=event.by, total=meeting.recorded))


@view(RecordingConsent)
def _(event: RecordingConsent, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``agrees``; only the person themselves sees it."""
    return VisibleEvent(facts_of(event, agrees=event.agrees), to=frozenset((event.user,)))


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


def _for_viewer(meeting: Meeting, viewer: Viewer) -> dict[str, Any]:
    consent = meeting.consents.get(viewer.user)
    to = {"agreedTo": meeting.consents_to.get(viewer.user, RecordedMedia.ALL)} if consent else {}
    return {"consent": consent, **to}


FEATURE = Feature(__name__, "Recording", __doc__, messages=(Record, Consent), for_all=_for_all, for_viewer=_for_viewer)
