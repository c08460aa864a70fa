"""``create``: begins a meeting, or tells of the one that is there."""

from __future__ import annotations

from bbbd.api.call import Reply, succeed
from bbbd.api.java_dates import created_on
from bbbd.api.problems import Failed, Notice, Problem
from bbbd.api.server import Server
from bbbd.meetings.create_parameters import Create
from bbbd.meetings.creating import create_meeting
from bbbd.meetings.joining import same
from bbbd.meetings.model import Meeting

#: Breakout rooms that one meeting may have.
MOST_BREAKOUTS = 16


def create(server: Server, wanted: Create) -> Reply:
    """Begin a meeting; for an id that lives already, succeed and change nothing."""
    if "," in wanted.meeting_id:
        raise Failed(Problem.INVALID_FORMAT)
    parent = _parent(server, wanted) if wanted.is_breakout else None
    found = server.meetings.find_external(wanted.meeting_id)
    if found is not None:
        if _differs(wanted.attendee_pw, found.created.attendee_pw) or _differs(
            wanted.moderator_pw, found.created.moderator_pw
        ):
            raise Failed(Problem.ID_NOT_UNIQUE)
        return summary(found, Notice.DUPLICATE)
    _find_room(server, wanted, parent)
    return summary(create_meeting(server.meetings, wanted, server.settings, parent), Notice.NONE)


def _differs(sent: str, kept: str) -> bool:
    return bool(sent) and not same(sent, kept)


def _parent(server: Server, wanted: Create) -> Meeting:
    if not wanted.parent_meeting_id:
        raise Failed(Problem.PARENT_MISSING)
    parent = server.meetings.find_live(wanted.parent_meeting_id)
    if parent is None:
        raise Failed(Problem.PARENT_UNKNOWN)
    if wanted.sequence is None:
        raise Failed(Problem.MISSING_SEQUENCE)
    return parent


def _find_room(server: Server, wanted: Create, parent: Meeting | None) -> None:
    settings = server.settings
    if wanted.voice_bridge and server.meetings.bridge_is_used(wanted.voice_bridge):
        raise Failed(Problem.VOICE_BRIDGE)
    if settings.max_meetings and len(server.meetings) >= settings.max_meetings:
        raise Failed(Problem.MAX_MEETINGS)
    if parent is not None and len(parent.breakouts) >= MOST_BREAKOUTS:
        raise Failed(Problem.MAX_MEETINGS, f"A meeting may have {MOST_BREAKOUTS} breakout rooms.")
    if wanted.record and server.free_disk.is_low:
        raise Failed(Problem.DISK_FULL)


def summary(meeting: Meeting, notice: Notice) -> Reply:
    """Return what create tells of a meeting."""
    created = meeting.created
    key, message = notice.value
    reply = succeed(
        ("meetingID", meeting.external_id),
        ("internalMeetingID", meeting.internal_id),
        ("parentMeetingID", created.parent or "bbb-none"),
        ("attendeePW", created.attendee_pw),
        ("moderatorPW", created.moderator_pw),
        ("createTime", created.create_time),
        ("voiceBridge", created.voice_bridge),
        ("dialNumber", created.wanted.dial_number),
        ("createDate", created_on(created.create_time)),
        ("hasUserJoined", meeting.has_user_joined),
        ("duration", created.wanted.duration),
        ("hasBeenForciblyEnded", False),
        ("messageKey", key),
        ("message", message),
    )
    return Reply(reply.tree, outcome=key or "ok")
