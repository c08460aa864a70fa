"""Monitoring calls: isMeetingRunning, getMeetingInfo, getMeetings, getSessions."""

from __future__ import annotations

from dataclasses import dataclass

from bbbd.api.call import NoParameters, Reply, succeed
from bbbd.api.negotiation import PLAIN, ResponseFormat
from bbbd.api.problems import Failed, Notice, Problem
from bbbd.api.response_tree import Rows, WrittenRows
from bbbd.api.server import Server
from bbbd.values.fields import given
from bbbd.values.value_types import ANY_IDENTIFIER

#: More sessions are written in a thread.
_WRITTEN_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class OneMeeting:
    """Parameters of calls about one meeting."""

    meeting_id: str = given("meetingID", ANY_IDENTIFIER, "The meeting, by external id or by full internal id.")


@dataclass(frozen=True, slots=True)
class GetMeetings:
    """No parameters but the format of the answer."""

    form: ResponseFormat = PLAIN


_RUNNING, _NOT_RUNNING = succeed(("running", True)), succeed(("running", False))


def is_meeting_running(server: Server, params: OneMeeting) -> Reply:
    """Return whether anybody is in a meeting; false for an unknown meeting."""
    meeting = server.meetings.find(params.meeting_id)
    return _RUNNING if meeting is not None and meeting.running else _NOT_RUNNING


def get_meeting_info(server: Server, params: OneMeeting) -> Reply:
    """Return the details of a meeting."""
    meeting = server.meetings.find(params.meeting_id)
    if meeting is None:
        raise Failed(Problem.NOT_FOUND)
    return succeed(("", server.descriptions.of(meeting)))


async def get_meetings(server: Server, params: GetMeetings) -> Reply:
    """Return the details of all meetings."""
    return list_of_meetings(WrittenRows(await server.descriptions.elements(server.meetings, params.form)))


def list_of_meetings(rows: Rows | WrittenRows) -> Reply:
    """Return the answer that lists meetings."""
    if rows.values if isinstance(rows, Rows) else rows.elements:
        return succeed(("meetings", rows))
    key, message = Notice.NO_MEETINGS.value
    return Reply(succeed(("meetings", rows), ("messageKey", key), ("message", message)).tree, outcome=key)


def get_sessions(server: Server, _params: NoParameters) -> Reply:
    """Return the sessions of all meetings."""
    rows = [
        (("meetingID", meeting.internal_id), ("meetingName", meeting.created.wanted.name), ("userName", session.name))
        for meeting in server.meetings
        for session in meeting.sessions.values()
    ]
    sessions = ("sessions", Rows("meeting", rows))
    if rows:
        return Reply(succeed(sessions).tree, is_long=len(rows) > _WRITTEN_AT_ONCE)
    key, message = Notice.NO_SESSIONS.value
    return Reply(succeed(sessions, ("messageKey", key), ("message", message)).tree, outcome=key)
