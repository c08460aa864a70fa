"""``enter`` and ``guestWait``: what a client asks on its way in. Nobody is in the meeting by them yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bbbd.api.call import Reply, succeed
from bbbd.api.problems import Failed, Notice, Problem
from bbbd.api.response_tree import Rows, Tree
from bbbd.api.server import Server
from bbbd.api.sessions import OneSession, find_session
from bbbd.http.urls import with_parameters
from bbbd.meetings.model import Meeting, Session
from bbbd.values.enums import GuestStatus, Role
from bbbd.values.fields import given
from bbbd.values.value_types import TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestWait(OneSession):
    """A guest who asks how it stands."""

    redirect: str = given(
        "redirect", TEXT, "Anything but `true` tells it even to those who may go on to the page.", default="true"
    )


def enter(server: Server, wanted: OneSession) -> Reply:
    """Tell a client who it is and what the meeting is like; those who still wait are told who they are alone."""
    meeting, session = find_session(server, wanted.session_token)
    way_out = meeting.created.logout_url
    if session.status is GuestStatus.DENY:
        raise Failed(Problem.GUEST_DENY, way_out=way_out)
    server.meetings.still_there(meeting, session)
    if not server.meetings.has_room(meeting, session.external_id, server.settings.max_attendees):
        raise Failed(Problem.FULL_TO_ENTER, way_out=way_out)
    return succeed(*_who(meeting, session), *_meeting(server, meeting, session), *_data(meeting, session))


def _who(meeting: Meeting, session: Session) -> Tree:
    created, wanted = meeting.created, meeting.created.wanted
    return (
        ("fullname", session.name),
        ("confname", wanted.name),
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
        ("dialnumber", wanted.dial_number),
        ("webvoiceconf", session.web_voice or wanted.web_voice or created.voice_bridge),
        ("mode", "LIVE"),
    )


def _meeting(server: Server, meeting: Meeting, session: Session) -> Tree:
    created, wanted = meeting.created, meeting.created.wanted
    admitted = session.status is GuestStatus.ALLOW
    tree: list[tuple[str, Any]] = [
        # A text in the reference too, where all the others are truths.
        ("record", "true" if created.record else "false"),
        ("isBreakout", wanted.is_breakout),
        ("logoutTimer", wanted.logout_timer),
        ("allowStartStopRecording", wanted.allow_start_stop_recording),
        ("recordFullDurationMedia", wanted.record_full_duration),
        ("webcamsOnlyForModerator", meeting.locks["webcams_only_for_moderator"]),
        ("welcome", created.welcome if admitted else ""),
    ]
    if created.moderator_only_message and admitted and session.role is Role.MODERATOR:
        tree.append(("modOnlyMessage", created.moderator_only_message))
    if wanted.banner_text:
        tree += [("bannerText", wanted.banner_text), ("bannerColor", wanted.banner_color)]
    settings = server.settings
    return (
        *tree,
        ("customLogoURL", wanted.logo or (settings.default_logo_url if settings.use_default_logo else "")),
        ("customCopyright", wanted.copyright),
        ("muteOnStart", wanted.mute_on_start),
        ("allowModsToUnmuteUsers", wanted.allow_unmute),
        ("logoutUrl", created.logout_url),
        ("defaultLayout", session.layout or wanted.layout.value),
        ("avatarURL", session.avatar),
    )


def _data(meeting: Meeting, session: Session) -> Tree:
    wanted = meeting.created.wanted
    rooms = (
        ("record", wanted.breakout_rooms_record),
        ("privateChatEnabled", wanted.breakout_rooms_private_chat),
        ("captureNotes", wanted.breakout_rooms_capture_notes),
        ("captureSlides", wanted.breakout_rooms_capture_slides),
        ("captureNotesFilename", wanted.breakout_rooms_notes_name),
        ("captureSlidesFilename", wanted.breakout_rooms_slides_name),
    )
    metadata = wanted.metadata if session.status is GuestStatus.ALLOW else {}
    return (
        ("breakoutRooms", rooms),
        ("customdata", Rows("custdata", [(pair,) for pair in meeting.customdata.get(session.external_id, {}).items()])),
        ("metadata", Rows("metadata", [(pair,) for pair in metadata.items()])),
    )


def guest_wait(server: Server, wanted: GuestWait) -> Reply:
    """Tell a guest how it stands, or send who may come in on to the page."""
    meeting, session = find_session(server, wanted.session_token)
    if session.status is not GuestStatus.DENY:
        server.meetings.still_there(meeting, session)
    settings = server.settings
    waits = with_parameters(settings.guest_page, {"sessionToken": session.token})
    if session.status is GuestStatus.WAIT:
        return _told(meeting, session, Notice.GUEST_WAITS, waits)
    if session.status is GuestStatus.DENY:
        return _told(meeting, session, Notice.GUEST_REFUSED, meeting.created.logout_url)
    if not server.meetings.has_room(meeting, session.external_id, settings.max_attendees):
        return _told(meeting, session, Notice.SEAT_WAIT, waits, GuestStatus.WAIT)
    url = with_parameters(session.client_url or settings.join_page, {"sessionToken": session.token})
    if wanted.redirect.lower() == "true":
        return Reply(location=url, outcome=Notice.GUEST_ALLOWED.value[0])
    return _told(meeting, session, Notice.GUEST_ALLOWED, url)


def _told(meeting: Meeting, session: Session, notice: Notice, url: str, status: GuestStatus | None = None) -> Reply:
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
