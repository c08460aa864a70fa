"""A meeting as one person sees it when they come in."""

from __future__ import annotations

from typing import Any

import msgspec

from bbbd.clock import Moment
from bbbd.live import protocol
from bbbd.live.features import FEATURES
from bbbd.live.visibility import (
    Viewer,
    describe_locks,
    describe_person,
    describe_waiting,
    is_visible,
    viewer_of,
)
from bbbd.meetings.model import Meeting, Person, Session
from bbbd.values.enums import GuestStatus, Role

#: What the page honours of ``userdata-bbb_*`` of a join; the rest is only told again.
HONOURED = frozenset(
    (
        "bbb_override_default_locale",
        "bbb_client_title",
        "bbb_auto_join_audio",
        "bbb_listen_only_mode",
        "bbb_force_listen_only",
        "bbb_skip_check_audio",
        "bbb_skip_video_preview",
        "bbb_auto_share_webcam",
        "bbb_mirror_own_webcam",
        "bbb_show_participants_on_login",
        "bbb_show_public_chat_on_login",
        "bbb_hide_presentation_on_join",
        "bbb_hide_nav_bar",
        "bbb_hide_actions_bar",
        "bbb_shortcuts",
        "bbb_display_branding_area",
        "bbb_default_layout",
        "bbb_prefer_dark_theme",
        "bbb_preferred_camera_profile",
    )
)


class Snapshots:
    """Snapshots of one meeting. What is the same for all is made once for each state that the meeting is in.

    ``parent`` is the meeting whose breakout room it is.
    """

    def __init__(self, meeting: Meeting, parent: Meeting | None) -> None:
        self._meeting = meeting
        self._parent = parent
        self._n = -1
        self._people = msgspec.Raw(b"[]")
        self._common: dict[str, msgspec.Raw] = {}

    def snapshot(self, person: Person, now: Moment) -> str:
        """Return the message for somebody."""
        meeting, viewer = self._meeting, viewer_of(self._meeting, person)
        self._make_common()
        people = self._people if not viewer.restricted else _people(meeting, viewer)
        parts: dict[str, Any] = {
            "epoch": meeting.internal_id,
            "n": meeting.n,
            "now": now.wall,
            "you": describe_you(meeting, person),
            "meeting": self.face(moderator=viewer.moderator),
            "people": people,
            "count": len(meeting.people),
            "moderators": meeting.moderators(),
            "presenter": meeting.presenter,
            "locks": describe_locks(meeting.locks),
            "policy": meeting.policy,
            "userdata": _userdata(meeting, person),
            **self._common,
        }
        for feature in FEATURES:
            parts |= feature.for_viewer(meeting, viewer)
        if viewer.moderator:
            parts["lobbyMessage"] = meeting.lobby_message
            parts["lobby"] = lobby(meeting)
        return protocol.written("snapshot", **parts)

    def face(self, *, moderator: bool) -> dict[str, Any]:
        """Return what the meeting looks like."""
        told = _face(self._meeting, self._parent)
        if moderator:
            told["moderatorOnly"] = self._meeting.created.moderator_only_message
        return told

    def face_to(self, session: Session) -> dict[str, Any]:
        """Return who somebody is, and what the meeting looks like to them; they may have to wait yet."""
        moderator = session.role is Role.MODERATOR and session.status is GuestStatus.ALLOW
        return {"you": describe_session(session), "meeting": self.face(moderator=moderator)}

    def _make_common(self) -> None:
        if self._n != self._meeting.n:
            self._n = self._meeting.n
            everything = Viewer("", moderator=True, restricted=False)
            self._people = _people(self._meeting, everything)
            self._common = {
                name: protocol.encoded(part)
                for feature in FEATURES
                for name, part in feature.for_all(self._meeting).items()
            }


def describe_you(meeting: Meeting, person: Person) -> dict[str, Any]:
    """Return somebody as they see themselves."""
    return {
        "user": person.user,
        "name": person.name,
        "role": person.role,
        "guest": person.guest,
        "locked": person.locked,
        "presenter": meeting.presenter == person.user,
        "layout": meeting.sessions[person.session].layout,
    }


def resumed(meeting: Meeting, person: Person, now: Moment) -> str:
    """Return the message for somebody who knows all but the last events."""
    more = {"lobby": lobby(meeting)} if person.role is Role.MODERATOR else {}
    return protocol.written(
        "resumed",
        n=meeting.n,
        epoch=meeting.internal_id,
        now=now.wall,
        you=describe_you(meeting, person),
        count=len(meeting.people),
        moderators=meeting.moderators(),
        **more,
    )


def _people(meeting: Meeting, viewer: Viewer) -> msgspec.Raw:
    return protocol.encoded(
        [describe_person(person) for user, person in meeting.people.items() if is_visible(meeting, viewer, user)]
    )


def lobby(meeting: Meeting) -> list[dict[str, Any]]:
    """Return those who wait, in order."""
    return [describe_waiting(session) for session in meeting.waiting()]


def _userdata(meeting: Meeting, person: Person) -> dict[str, str]:
    given = meeting.customdata.get(person.external_id, {})
    return {name: value for name, value in given.items() if name in HONOURED}


def describe_session(session: Session) -> dict[str, Any]:
    """Return whose session it is, to themselves."""
    return {"user": session.user, "name": session.name, "role": session.role, "guest": session.guest}


def _face(meeting: Meeting, parent: Meeting | None) -> dict[str, Any]:
    """Return what a meeting looks like: all that create said and the page shows, but for what moderators alone see."""
    created, wanted = meeting.created, meeting.created.wanted
    return {
        "id": meeting.external_id,
        "internal": meeting.internal_id,
        "name": _name(meeting),
        "welcome": created.welcome,
        "bannerText": wanted.banner_text,
        "bannerColor": wanted.banner_color,
        "logo": wanted.logo,
        "darkLogo": wanted.darklogo,
        "copyright": wanted.copyright,
        "back": created.logout_url,
        "layout": wanted.layout,
        "record": created.record,
        "allowStartStopRecording": wanted.allow_start_stop_recording,
        "notifyRecordingIsOn": wanted.notify_recording,
        "duration": wanted.duration,
        "createTime": created.create_time,
        "ends": meeting.created_at.wall + wanted.duration * 60_000 if wanted.duration else 0,
        "breakout": (
            {"sequence": wanted.sequence or 0, "parentName": _name(parent) if parent else ""}
            if meeting.is_breakout
            else None
        ),
        "disabledFeatures": created.disabled_features,
        "allowModsToUnmute": wanted.allow_unmute,
        "muteOnStart": wanted.mute_on_start,
        "maxParticipants": wanted.max_participants,
        "allowPromoteGuest": wanted.allow_promote_guest,
        "logoutTimer": wanted.logout_timer,
    }


def _name(meeting: Meeting) -> str:
    return meeting.created.wanted.name or meeting.external_id
