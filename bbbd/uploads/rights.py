"""Whose page may record itself now, and of what."""

from __future__ import annotations

from bbbd.live.media_port import MediaPlane
from bbbd.live.media_rights import may_be_recorded
from bbbd.meetings.model import Meeting, Person
from bbbd.meetings.people import ejected
from bbbd.meetings.recording import wanted_formats
from bbbd.uploads.facts import CLOCKS_DIFFER, UploadRefused, Wanted
from bbbd.uploads.keeping import KINDS, sends
from bbbd.values.enums import RecordedMedia

#: Milliseconds after their removal in which the pieces of those who were removed for good are still taken.
_GRACE = 120_000


def check_not_ejected(meeting: Meeting | None, then: dict[str, int], user: str, now: int) -> None:
    """Check that a person was not removed for good a while ago. ``then`` tells when, of a meeting that is over.

    Raises ``UploadRefused``.
    """
    gone = then if meeting is None else ejected(meeting)
    if user in gone and now > gone[user] + _GRACE:
        raise UploadRefused(410, "This person was removed from the meeting.")


def refusal(plane: MediaPlane, meeting: Meeting, person: Person, kind: str) -> tuple[int, str] | None:
    """Return status and reason for which a kind is not kept of a person now, None if it is."""
    tracks, only_sound = KINDS[kind], plane.keeps is RecordedMedia.SOUND
    if not plane.pages_record:
        return 409, "On this server pages do not record."
    for is_so, why in (
        (bool(wanted_formats(meeting.created)), "This meeting is not recorded."),
        (
            plane.keeps is not RecordedMedia.OFF and all(one.is_sound or not only_sound for one in tracks),
            "This server does not keep that (bbbd.recordMedia).",
        ),
        (meeting.consents.get(person.user) is True, "This person has not agreed to being recorded."),
        (
            may_be_recorded(meeting, person, plane.keeps),
            "Recording is not on, or this person agreed to less being kept.",
        ),
        (all(sends(person, track) for track in tracks), "This person does not send that now."),
    ):
        if not is_so:
            return 403, why
    return None


def check_rights(plane: MediaPlane, meeting: Meeting, person: Person, wanted: Wanted) -> None:
    """Check that a person's page may begin what it asks for now. Raises ``UploadRefused``."""
    if meeting.ended is not None or meeting.people.get(person.user) is not person:
        raise UploadRefused(403, "This is for those who are in the meeting.")
    if (refused := refusal(plane, meeting, person, wanted.kind)) is not None:
        raise UploadRefused(*refused)
    since = meeting.recording_since.wall if meeting.recording_since else meeting.created_at.wall
    if wanted.started_at < since - CLOCKS_DIFFER:
        raise UploadRefused(400, "startedAt must be after recording was switched on.")
