"""``end``: ends a meeting immediately."""

from __future__ import annotations

from dataclasses import dataclass

from bbbd.api.call import Reply, succeed
from bbbd.api.problems import Failed, Notice, Problem
from bbbd.api.server import Server
from bbbd.meetings.event import EndReason
from bbbd.meetings.joining import secrets_match
from bbbd.values.fields import given
from bbbd.values.value_types import ANY_IDENTIFIER


@dataclass(frozen=True, slots=True, kw_only=True)
class EndMeeting:
    """Parameters of ``end``."""

    meeting_id: str = given("meetingID", ANY_IDENTIFIER, "The meeting.")
    password: str = given(
        "password", ANY_IDENTIFIER, "The moderators' password; needed when create was given one.", default=""
    )


def end(server: Server, params: EndMeeting) -> Reply:
    """End a meeting. A meeting that has ended already is not changed."""
    meeting = server.meetings.find(params.meeting_id)
    if meeting is None:
        raise Failed(Problem.NOT_FOUND_TO_END)
    needed = meeting.created.wanted.moderator_pw
    if (needed or params.password) and not secrets_match(params.password, meeting.created.moderator_pw):
        raise Failed(Problem.END_PASSWORD)
    server.meetings.end(meeting, EndReason.API)
    key, message = Notice.END_SENT.value
    return Reply(succeed(("messageKey", key), ("message", message)).tree)
