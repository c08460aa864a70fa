"""``create``: creates a meeting, or describes an existing one."""

from __future__ import annotations

from bbbd.api.call import Reply, succeed
from bbbd.api.java_dates import java_date
from bbbd.api.pictures import log_blocked
from bbbd.api.problems import Failed, Notice, Problem
from bbbd.api.server import Server
from bbbd.limits import Limit
from bbbd.meetings.breakouts import BREAKOUTS, MOST_BREAKOUTS
from bbbd.meetings.create_parameters import Create
from bbbd.meetings.creating import create_meeting
from bbbd.meetings.joining import secrets_match
from bbbd.meetings.model import Meeting


def create(server: Server, params: Create) -> Reply:
    """Create a meeting; if its id is in use already, succeed and change nothing."""
    if "," in params.meeting_id:
        raise Failed(Problem.INVALID_FORMAT)
    parent = _find_parent(server, params) if params.is_breakout else None
    found = server.meetings.find_external(params.meeting_id)
    if found is not None:
        if _differs(params.attendee_pw, found.created.attendee_pw) or _differs(
            params.moderator_pw, found.created.moderator_pw
        ):
            raise Failed(Problem.ID_NOT_UNIQUE)
        return summary(found, Notice.DUPLICATE)
    _check_capacity(server, params, parent)
    meeting = create_meeting(server.meetings, params, server.settings, parent)
    log_blocked(server.settings, meeting.internal_id, logo=params.logo, darklogo=params.darklogo)
    return summary(meeting, Notice.NONE)


def _differs(given: str, stored: str) -> bool:
    return bool(given) and not secrets_match(given, stored)


def _find_parent(server: Server, params: Create) -> Meeting:
    if not params.parent_meeting_id:
        raise Failed(Problem.PARENT_MISSING)
    parent = server.meetings.find_live(params.parent_meeting_id)
    if parent is None:
        raise Failed(Problem.PARENT_UNKNOWN)
    # The features of a meeting from an older journal do not say what its parameter said.
    if not (parent.has(BREAKOUTS) and parent.created.wanted.breakout_rooms_enabled):
        raise Failed(Problem.BREAKOUTS_DISABLED)
    if params.sequence is None:
        raise Failed(Problem.MISSING_SEQUENCE)
    return parent


def _check_capacity(server: Server, params: Create, parent: Meeting | None) -> None:
    settings = server.settings
    # The rooms of a meeting that runs belong to it.
    if parent is None and server.draining.is_on:
        raise Failed(Problem.DRAINING)
    if params.voice_bridge and server.meetings.bridge_is_used(params.voice_bridge):
        raise Failed(Problem.VOICE_BRIDGE)
    if settings.max_meetings and len(server.meetings) >= settings.max_meetings:
        raise Failed(Problem.MAX_MEETINGS)
    if parent is not None and len(parent.breakouts) >= MOST_BREAKOUTS:
        raise Failed(
            Problem.MAX_MEETINGS, f"A meeting may have {MOST_BREAKOUTS} breakout rooms.", limit=Limit.BREAKOUTS
        )
    if params.record and server.free_disk.is_low:
        raise Failed(Problem.DISK_FULL)


def summary(meeting: Meeting, notice: Notice) -> Reply:
    """Return the description of a meeting in create's answer."""
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
        ("createDate", java_date(created.create_time)),
        ("hasUserJoined", meeting.has_user_joined),
        ("duration", meeting.duration),
        ("hasBeenForciblyEnded", False),
        ("messageKey", key),
        ("message", message),
    )
    return Reply(reply.tree, outcome=key or "ok")
