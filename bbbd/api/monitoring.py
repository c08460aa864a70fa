"""Monitoring calls: isMeetingRunning, getMeetingInfo, getMeetings, getSessions."""

from __future__ import annotations

from dataclasses import dataclass

from bbbd.api.call import NoParameters, Reply, succeed
from bbbd.api.problems import Failed, Notice, Problem
from bbbd.api.response_tree import Rows
from bbbd.api.server import Server
from bbbd.values.fields import given
from bbbd.values.value_types import ANY_IDENTIFIER


@dataclass(frozen=True, slots=True, kw_only=True)
class OneMeeting:
    """Parameters of calls about one meeting."""

    meeting_id: str = given("meetingID", ANY_IDENTIFIER, "The meeting, by external id or by full internal id.")


def is_meeting_running(server: Server, params: OneMeeting) -> Reply:
    """Return whether anybody is in a meeting; false for an unknown meeting."""
    meeting = server.meetings.find(params.meeting_id)
    return succeed(("running", meeting is not None and meeting.running))


def get_meeting_info(server: Server, params: OneMeeting) -> Reply:
    """Return the details of a meeting."""
    meeting = server.meetings.find(params.meeting_id)
    if meeting is None:
        raise Failed(Problem.NOT_FOUND)
    return succeed(("", server.descriptions.of(meeting)))


def get_meetings(server: Server, _params: NoParameters) -> Reply:
    """Return the details of all meetings."""
    meetings = list(server.meetings)
    rows = ("meetings", Rows("meeting", [server.descriptions.of(meeting) for meeting in meetings]))
    if meetings:
        return succeed(rows)
    key, message = Notice.NO_MEETINGS.value
    return Reply(succeed(rows, ("messageKey", key), ("message", message)).tree, outcome=key)


def get_sessions(server: Server, _params: NoParameters) -> Reply:
    """Return the sessions of all meetings."""
    rows = [
        (("meetingID", meeting.internal_id), ("meetingName", meeting.created.wanted.name), ("userName", session.name))
        for meeting in server.meetings
        for session in meeting.sessions.values()
    ]
    sessions = ("sessions", Rows("meeting", rows))
    if rows:
        return succeed(sessions)
    key, message = Notice.NO_SESSIONS.value
    return Reply(succeed(sessions, ("messageKey", key), ("message", message)).tree, outcome=key)
