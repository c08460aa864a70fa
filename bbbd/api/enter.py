"""``enter`` and ``guestWait``: questions of a client before it enters; neither enters the meeting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bbbd.api.call import Reply, succeed
from bbbd.api.join import no_room
from bbbd.api.problems import Failed, Notice, Problem
from bbbd.api.response_tree import Rows, Tree
from bbbd.api.server import Server
from bbbd.api.sessions import OneSession, find_session
from bbbd.meetings.model import Meeting, Session
from bbbd.values.enums import GuestStatus, Role
from bbbd.values.fields import given
from bbbd.values.urls import with_parameters
from bbbd.values.value_types import TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestWait(OneSession):
    """Parameters of ``guestWait``."""

    redirect: str = given(
        "redirect", TEXT, "Any value but `true` returns the status instead of a redirection.", default="true"
    )


def enter(server: Server, params: OneSession) -> Reply:
    """Return the person and the meeting to a client; waiting guests only get the person and the basics."""
    meeting, session = find_session(server, params.session_token)
    exit_url = meeting.created.logout_url
    if session.status is GuestStatus.DENY:
        raise Failed(Problem.GUEST_DENY, exit_url=exit_url)
    server.meetings.still_there(meeting, session)
    if not server.meetings.has_room(meeting, session.external_id, server.settings.max_attendees):
        raise no_room(server, meeting, session.external_id, Problem.FULL_TO_ENTER, exit_url)
    return succeed(*_person(meeting, session), *_meeting(server, meeting, session), *_data(meeting, session))


def _person(meeting: Meeting, session: Session) -> Tree:
    created, params = meeting.created, meeting.created.wanted
    return (
        ("fullname", session.name),
        ("confname", params.name),
        ("meetingID", meeting.internal_id),
        ("externMeetingID", meeting.external_id),
        ("externUserID", session.external_id),
        ("internalUserID", session.user),
        ("authToken", session.auth_token),
        ("role", session.role.value),
        ("guest", session.guest),
        ("guestStatus", session.status.value),
        ("conference", meeting.internal_id),
        ("room", meeting.internal_id),
        ("voicebridge", created.voice_bridge),
        ("dialnumber", params.dial_number),
        ("webvoiceconf", session.web_voice or params.web_voice or created.voice_bridge),
        ("mode", "LIVE"),
    )


def _meeting(server: Server, meeting: Meeting, session: Session) -> Tree:
    created, params = meeting.created, meeting.created.wanted
    admitted = session.status is GuestStatus.ALLOW
    tree: list[tuple[str, Any]] = [
        # A text in the reference, unlike the other flags.
        ("record", "true" if created.record else "false"),
        ("isBreakout", params.is_breakout),
        ("logoutTimer", params.logout_timer),
        ("allowStartStopRecording", params.allow_start_stop_recording),
        ("recordFullDurationMedia", params.record_full_duration),
        ("webcamsOnlyForModerator", meeting.locks["webcams_only_for_moderator"]),
        ("welcome", created.welcome if admitted else ""),
    ]
    if created.moderator_only_message and admitted and session.role is Role.MODERATOR:
        tree.append(("modOnlyMessage", created.moderator_only_message))
    if params.banner_text:
        tree += [("bannerText", params.banner_text), ("bannerColor", params.banner_color)]
    settings = server.settings
    return (
        *tree,
        ("customLogoURL", params.logo or (settings.default_logo_url if settings.use_default_logo else "")),
        ("customCopyright", params.copyright),
        ("muteOnStart", params.mute_on_start),
        ("allowModsToUnmuteUsers", params.allow_unmute),
        ("logoutUrl", created.logout_url),
        ("defaultLayout", session.layout or params.layout.value),
        ("avatarURL", session.avatar),
    )


def _data(meeting: Meeting, session: Session) -> Tree:
    params = meeting.created.wanted
    rooms = (
        ("record", params.breakout_rooms_record),
        ("privateChatEnabled", params.breakout_rooms_private_chat),
        ("captureNotes", params.breakout_rooms_capture_notes),
        ("captureSlides", params.breakout_rooms_capture_slides),
        ("captureNotesFilename", params.breakout_rooms_notes_name),
        ("captureSlidesFilename", params.breakout_rooms_slides_name),
    )
    metadata = params.metadata if session.status is GuestStatus.ALLOW else {}
    return (
        ("breakoutRooms", rooms),
        ("customdata", Rows("custdata", [(pair,) for pair in meeting.customdata.get(session.external_id, {}).items()])),
        ("metadata", Rows("metadata", [(pair,) for pair in metadata.items()])),
    )


def guest_wait(server: Server, params: GuestWait) -> Reply:
    """Return a guest's status, or redirect an admitted guest to the page."""
    meeting, session = find_session(server, params.session_token)
    if session.status is not GuestStatus.DENY:
        server.meetings.still_there(meeting, session)
    settings = server.settings
    waits = with_parameters(settings.guest_page, {"sessionToken": session.token})
    if session.status is GuestStatus.WAIT:
        return _reply(meeting, session, Notice.GUEST_WAITS, waits)
    if session.status is GuestStatus.DENY:
        return _reply(meeting, session, Notice.GUEST_REFUSED, meeting.created.logout_url)
    if not server.meetings.has_room(meeting, session.external_id, settings.max_attendees):
        return _reply(meeting, session, Notice.SEAT_WAIT, waits, GuestStatus.WAIT)
    url = with_parameters(session.client_url or settings.join_page, {"sessionToken": session.token})
    if params.redirect.lower() == "true":
        return Reply(location=url, outcome=Notice.GUEST_ALLOWED.value[0])
    return _reply(meeting, session, Notice.GUEST_ALLOWED, url)


def _reply(meeting: Meeting, session: Session, notice: Notice, url: str, status: GuestStatus | None = None) -> Reply:
    key, message = notice.value
    waiting = [one.token for one in meeting.waiting()] if session.status is GuestStatus.WAIT else []
    place = str(waiting.index(session.token) + 1) if waiting else ""
    reply = succeed(
        ("messageKey", key),
        ("message", message),
        ("meeting_id", meeting.internal_id),
        ("user_id", session.user),
        ("auth_token", session.auth_token),
        ("session_token", session.token),
        ("guestStatus", (status or session.status).value),
        ("lobbyMessage", meeting.lobby_message),
        ("url", url),
        ("positionInWaitingQueue", place),
    )
    return Reply(reply.tree, outcome=key)
