"""Snapshots: a meeting as one person sees it on joining. Each feature brings its parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from bbbd.clock import Moment
from bbbd.live import protocol
from bbbd.live.breakout_list import describe_breakouts, name_of_room
from bbbd.live.features import FEATURES
from bbbd.live.lobby import lobby
from bbbd.live.visibility import viewer_of
from bbbd.meetings.breakouts import keeps_chat
from bbbd.meetings.lifecycle import MINUTE
from bbbd.meetings.model import Meeting, Person, Session
from bbbd.meetings.recording import wanted_formats
from bbbd.values.enums import GuestStatus, Role

#: The ``userdata-bbb_*`` parameters of a join that the page uses; the others are not in snapshots.
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
    """Snapshots of one meeting. The parts that are the same for all are encoded once for each state of the meeting.

    ``parent`` is the meeting whose breakout room it is; ``breakouts`` returns its own breakout rooms.
    """

    def __init__(self, meeting: Meeting, parent: Meeting | None, breakouts: Callable[[], list[Meeting]]) -> None:
        self._meeting = meeting
        self._breakouts = breakouts
        self._parent = parent
        self._n = -1
        self._for_all: dict[str, msgspec.Raw] = {}

    def snapshot(self, person: Person, now: Moment) -> str:
        """Return the message for one person."""
        meeting, viewer = self._meeting, viewer_of(self._meeting, person)
        self._encode_common()
        parts: dict[str, Any] = {
            "epoch": meeting.internal_id,
            "n": meeting.n,
            "now": now.wall,
            "you": describe_you(meeting, person),
            "meeting": self.describe_meeting(moderator=viewer.moderator),
            "userdata": _userdata(meeting, person),
            **self._for_all,
            "breakouts": describe_breakouts(meeting, self._breakouts(), person),
        }
        for feature in FEATURES:
            parts |= feature.for_viewer(meeting, viewer)
        return protocol.written("snapshot", **parts)

    def _encode_common(self) -> None:
        if self._n != self._meeting.n:
            parts = [part for feature in FEATURES for part in feature.for_all(self._meeting).items()]
            self._for_all = {name: protocol.encoded(part) for name, part in parts}
            self._n = self._meeting.n

    def describe_meeting(self, *, moderator: bool) -> dict[str, Any]:
        """Return the meeting as ``welcome`` and snapshots have it."""
        described = _describe(self._meeting, self._parent)
        if moderator:
            described["moderatorOnly"] = self._meeting.created.moderator_only_message
        return described

    def describe_for(self, session: Session) -> dict[str, Any]:
        """Return ``you`` and ``meeting`` for the holder of a session, who may still have to wait."""
        moderator = session.role is Role.MODERATOR and session.status is GuestStatus.ALLOW
        return {"you": describe_session(session), "meeting": self.describe_meeting(moderator=moderator)}


def describe_you(meeting: Meeting, person: Person) -> dict[str, Any]:
    """Return a person as they see themselves."""
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
    """Return the message for a person who knows all but the last events."""
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


def _userdata(meeting: Meeting, person: Person) -> dict[str, str]:
    given = meeting.customdata.get(person.external_id, {})
    return {name: value for name, value in given.items() if name in HONOURED}


def describe_session(session: Session) -> dict[str, Any]:
    """Return the holder of a session, as they see themselves."""
    return {"user": session.user, "name": session.name, "role": session.role, "guest": session.guest}


def _describe(meeting: Meeting, parent: Meeting | None) -> dict[str, Any]:
    """Return a meeting: what create set and the page shows, but for what only moderators see."""
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
        "record": bool(wanted_formats(created)),
        "allowStartStopRecording": wanted.allow_start_stop_recording,
        "notifyRecordingIsOn": wanted.notify_recording,
        "duration": meeting.duration,
        "createTime": created.create_time,
        "ends": meeting.created_at.wall + meeting.duration * MINUTE if meeting.duration else 0,
        "breakout": (
            {
                "sequence": wanted.sequence or 0,
                "name": name_of_room(parent, meeting),
                "parentName": _name(parent) if parent else "",
                "keepsChat": parent is not None and keeps_chat(parent, meeting),
            }
            if meeting.is_breakout
            else None
        ),
        "disabledFeatures": created.disabled_features,
        "allowModsToUnmute": wanted.allow_unmute,
        "allowModsToEjectCameras": wanted.allow_eject_cameras,
        "muteOnStart": wanted.mute_on_start,
        "maxParticipants": wanted.max_participants,
        "maxPinnedCameras": wanted.max_pinned_cameras,
        "allowPromoteGuest": wanted.allow_promote_guest,
        "logoutTimer": wanted.logout_timer,
    }


def _name(meeting: Meeting) -> str:
    return meeting.created.wanted.name or meeting.external_id
