"""``join``: creates a session for a person and redirects to the page. The person enters the meeting later."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bbbd.api.call import Reply, succeed
from bbbd.api.pictures import log_blocked
from bbbd.api.problems import Failed, Notice, Problem
from bbbd.api.query import Query
from bbbd.api.server import Server
from bbbd.limits import Limit
from bbbd.meetings.breakout_rooms import is_banned
from bbbd.meetings.event import Registered
from bbbd.meetings.joining import LOBBY, guest_status, register, role_of
from bbbd.meetings.model import Meeting
from bbbd.values.enums import GuestStatus, Role
from bbbd.values.fields import Prefixed, given
from bbbd.values.urls import with_parameters
from bbbd.values.value_types import (
    ANY_IDENTIFIER,
    BOOLEAN,
    HTTP_URL,
    LONGEST_NAME,
    TEXT,
    ValueType,
    enum,
    http_url,
    person_name,
)

_PAGE = ValueType(HTTP_URL.allowed, lambda given: given)
CUSTOMDATA = Prefixed(
    "userdata-", re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII), lowered=False, kind=ValueType("a text", str)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Parameters of ``join``."""

    full_name: str = given("fullName", person_name(LONGEST_NAME), "The displayed name.")
    meeting_id: str = given("meetingID", ANY_IDENTIFIER, "The meeting.")
    password: str = given("password", ANY_IDENTIFIER, "The moderators' or the attendees' password.", default="")
    role: Role | None = given("role", enum(Role), "The role; overrides the password.", default=None)
    create_time: str = given(
        "createTime", TEXT, "The meeting's createTime; the link then expires with the meeting.", default=""
    )
    user_id: str = given("userID", ANY_IDENTIFIER, "The application's id of the person.", default="")
    web_voice: str = given("webVoiceConf", TEXT, "Accepted, without effect.", default="")
    config_token: str = given("configToken", ANY_IDENTIFIER, "A config.xml to use, from setConfigXML.", default="")
    layout: str = given("defaultLayout", TEXT, "The initial layout of the page.", default="")
    enforce_layout: str = given("enforceLayout", TEXT, "The same; overrides it.", default="")
    avatar: str = given("avatarURL", TEXT, "A picture of the person.", default="")
    redirect: str = given(
        "redirect", TEXT, "Any value but `true` returns XML instead of a redirection.", default="true"
    )
    client_url: str = given("clientURL", HTTP_URL, "The URL of another client, in place of bbbd's page.", default="")
    via_html5: bool = given("joinViaHtml5", BOOLEAN, "Accepted, without effect.", default=False)
    guest: bool | None = given("guest", BOOLEAN, "Whether the person is a guest.", default=None)
    authenticated: bool = given("auth", BOOLEAN, "Whether the application authenticated the person.", default=False)
    not_on_dashboard: bool = given("excludeFromDashboard", BOOLEAN, "Accepted, without effect.", default=False)
    logout_url: str = given("logoutURL", _PAGE, "The page for a browser after a failed join.", default="")
    error_url: str = given(("errorRedirectUrl", "redirectErrorUrl"), _PAGE, "The same; overrides it.", default="")
    customdata: dict[str, str] = given(
        "userdata-*", CUSTOMDATA, "Custom data, returned by other calls; some of them change the page.", default={}
    )


def join(server: Server, params: Join) -> Reply:
    """Create a session, and redirect the browser with it or describe it in XML."""
    meeting = server.meetings.find(params.meeting_id)
    if meeting is None:
        raise Failed(Problem.INVALID_MEETING)
    if params.create_time and params.create_time != str(meeting.created.create_time):
        raise Failed(Problem.CREATE_TIME)
    if meeting.ended is not None:
        raise Failed(Problem.FORCIBLY_ENDED)
    role = role_of(meeting, params.role, params.password)
    if role is None:
        raise Failed(Problem.JOIN_PASSWORD)
    if params.config_token and not (
        params.config_token in meeting.configs or server.configs.find(params.config_token) is not None
    ):
        raise Failed(Problem.NO_CONFIG)
    status = _guest_status(server, meeting, params, role)
    event = _register(server, meeting, params, role, status)
    server.meetings.happen(meeting, event)
    log_blocked(server.settings, meeting.internal_id, avatarURL=event.avatar)
    return _reply(server, meeting, event, params)


def _guest_status(server: Server, meeting: Meeting, params: Join, role: Role) -> GuestStatus:
    """Return whether the person is admitted or waits. Raises ``Failed`` if refused."""
    if is_banned(server.meetings.directory.live.get(meeting.created.parent), meeting, params.user_id):
        raise Failed(Problem.GUEST_DENIED)
    again = params.user_id != "" and meeting.is_in(params.user_id)
    if not server.meetings.has_room(meeting, params.user_id, server.settings.max_attendees):
        raise no_room(server, meeting, params.user_id, Problem.FULL)
    if again:
        return GuestStatus.ALLOW
    status = guest_status(
        meeting.policy,
        role,
        guest=params.guest,
        authenticated=params.authenticated,
        newer=server.settings.authenticated_guest,
    )
    if status is GuestStatus.WAIT and params.user_id in meeting.answers:
        status = GuestStatus.ALLOW if meeting.answers[params.user_id] else GuestStatus.DENY
    if status is GuestStatus.DENY:
        raise Failed(Problem.GUEST_DENIED)
    if status is GuestStatus.WAIT and _lobby_is_full(meeting, params.user_id):
        raise Failed(Problem.GUEST_DENIED, limit=Limit.WAITING_GUESTS)
    return status


def no_room(server: Server, meeting: Meeting, external_id: str, problem: Problem, exit_url: str = "") -> Failed:
    """Return the failure of a person who finds no seat: the meeting's own number is no limit of the server."""
    in_meeting = server.meetings.has_room(meeting, external_id, 0)
    return Failed(problem, exit_url=exit_url, limit=Limit.ATTENDEES if in_meeting else None)


def _lobby_is_full(meeting: Meeting, user_id: str) -> bool:
    """Return whether no more guests may wait. A guest who waits already needs no second place."""
    others = [session for session in meeting.waiting() if not user_id or session.external_id != user_id]
    return len(others) >= LOBBY


def _register(server: Server, meeting: Meeting, params: Join, role: Role, status: GuestStatus) -> Registered:
    settings = server.settings
    return register(
        meeting,
        external_id=params.user_id,
        name=params.full_name,
        role=role,
        guest=params.guest is True,
        status=status,
        avatar=params.avatar or (settings.default_avatar_url if settings.use_default_avatar else ""),
        layout=params.enforce_layout or params.layout,
        config_token=params.config_token or meeting.default_config,
        web_voice=params.web_voice,
        client_url=params.client_url,
        customdata=params.customdata,
    )


def _reply(server: Server, meeting: Meeting, session: Registered, params: Join) -> Reply:
    waits = session.status is GuestStatus.WAIT
    key, message = (Notice.GUEST_WAIT if waits else Notice.JOINED).value
    parameters = {"sessionToken": session.token}
    locale = params.customdata.get("bbb_override_default_locale", "")
    if waits and locale:
        parameters["locale"] = locale
    page = server.settings.guest_page if waits else params.client_url or server.settings.join_page
    url = with_parameters(page, parameters)
    if params.redirect.lower() == "true":
        return Reply(location=url, outcome=key)
    reply = succeed(
        ("messageKey", key),
        ("message", message),
        ("meeting_id", meeting.internal_id),
        ("user_id", session.user),
        ("auth_token", session.auth_token),
        ("session_token", session.token),
        ("guestStatus", session.status.value),
        ("url", url),
    )
    return Reply(reply.tree, outcome=key)


def page_on_failure(server: Server, query: Query) -> str:
    """Return the page for a browser after a failed join, "" for none. The query is empty unless it was signed.

    A URL of the join that is no http(s) URL is not redirected to: then the answer is XML.
    """
    given = ((query.find(name) or "").strip() for name in ("errorRedirectUrl", "redirectErrorUrl", "logoutURL"))
    own = next((url for url in given if url and url.lower() != "default"), "")
    return http_url(own) if own else server.settings.error_redirect_url or server.settings.way_out
