"""``getJoinUrl``: a join link for another device of the same person. It expires with the meeting."""

from __future__ import annotations

from dataclasses import dataclass

from bbbd.api.call import Reply, succeed
from bbbd.api.join import CUSTOMDATA
from bbbd.api.join_links import join_link
from bbbd.api.problems import Failed, Problem
from bbbd.api.server import Server
from bbbd.api.sessions import OneSession, find_session
from bbbd.meetings.model import Meeting, Session
from bbbd.values.enums import GuestStatus
from bbbd.values.fields import given
from bbbd.values.value_types import BOOLEAN, TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class GetJoinUrl(OneSession):
    """Parameters of ``getJoinUrl``."""

    enforce_layout: str = given("enforceLayout", TEXT, "The initial layout of the page.", default="")
    replace_session: bool = given(
        "replaceSession", BOOLEAN, "Accepted, without effect: a new session always replaces the old one.", default=False
    )
    session_name: str = given("sessionName", TEXT, "Accepted, without effect.", default="")
    customdata: dict[str, str] = given("userdata-*", CUSTOMDATA, "Replace those of the join.", default={})


def get_join_url(server: Server, params: GetJoinUrl) -> Reply:
    """Return a signed join link for the person of a session, with their current role."""
    meeting, session = find_session(server, params.session_token)
    if session.status is not GuestStatus.ALLOW:
        # A link for a waiting guest would bypass the lobby.
        raise Failed(Problem.ACCESS_DENIED, exit_url=meeting.created.logout_url)
    url = join_link(server.current, _parameters(meeting, session, params))
    return succeed(("message", "Join URL provided successfully."), ("url", url))


def _parameters(meeting: Meeting, session: Session, params: GetJoinUrl) -> dict[str, str]:
    person = meeting.people.get(session.user)
    customdata = meeting.customdata.get(session.external_id, {}) | params.customdata
    kept = {
        "guest": "true" if session.guest else "",
        "avatarURL": session.avatar,
        "defaultLayout": session.layout,
        "enforceLayout": params.enforce_layout,
        "clientURL": session.client_url,
        "configToken": session.config_token,
        "webVoiceConf": session.web_voice,
    }
    return (
        {
            "fullName": session.name,
            "meetingID": meeting.external_id,
            "role": (person or session).role.value,
            "redirect": "true",
            "userID": session.external_id,
            "createTime": str(meeting.created.create_time),
        }
        | {name: value for name, value in kept.items() if value}
        | {f"userdata-{name}": value for name, value in customdata.items()}
    )
