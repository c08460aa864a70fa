"""People: guests, inactive people, sessions, and the rights of viewers and moderators."""

from __future__ import annotations

from dataclasses import dataclass

from bbbd.values.enums import GuestPolicy
from bbbd.values.fields import given
from bbbd.values.value_types import BOOLEAN, MILLISECONDS, MINUTES, enum, number


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class PeopleSettings:
    """Settings of people."""

    guest_policy: GuestPolicy = given(
        "defaultGuestPolicy",
        enum(GuestPolicy),
        "Whether guests enter, wait for a moderator, or are refused.",
        default=GuestPolicy.ALWAYS_ACCEPT,
    )
    authenticated_guest: bool = given(
        "authenticatedGuest",
        BOOLEAN,
        "The guest policy also applies to people who join without `guest=false`, as on newer BigBlueButton servers.",
        default=False,
    )
    inspect_every: int = given(
        "userInactivityInspectTimerInMinutes",
        MINUTES,
        "How often bbbd looks for inactive people; 0 is never.",
        default=0,
    )
    user_inactive_after: int = given(
        "userInactivityThresholdInMinutes",
        MINUTES,
        "A person without any activity for this time is asked to confirm their presence.",
        default=30,
    )
    user_answers_within: int = given(
        "userActivitySignResponseDelayInMinutes",
        MINUTES,
        "A person who does not confirm within this time is logged out.",
        default=5,
    )
    logout_timer: int = given(
        "clientLogoutTimerInMinutes",
        MINUTES,
        "Sent to the page: the time after which the page asks people to confirm their presence.",
        default=0,
    )
    users_timeout: int = given(
        "usersTimeout",
        MILLISECONDS,
        "A person who joined but never connected, or lost the connection, is removed after this time.",
        default=60_000,
    )
    waiting_guests_timeout: int = given(
        "waitingGuestUsersTimeout",
        MILLISECONDS,
        "A guest whose page no longer asks is removed from the lobby after this time.",
        default=120_000,
    )
    session_timeout: int = given(
        "defaultHttpSessionTimeout",
        number("a number of seconds", 1),
        "An unused session expires after this time.",
        default=14_400,
    )
    max_attendees: int = given(
        "bbbd.maxAttendees",
        number("a number of people"),
        "The largest number of people in all meetings together; 0 is no limit.",
        default=5000,
    )
    webcams_only_for_moderator: bool = given(
        "webcamsOnlyForModerator", BOOLEAN, "Only moderators see the cameras of viewers.", default=False
    )
    mute_on_start: bool = given("muteOnStart", BOOLEAN, "People are muted when they enter.", default=False)
    allow_unmute: bool = given("allowModsToUnmuteUsers", BOOLEAN, "Moderators may unmute other people.", default=False)
    allow_eject_cameras: bool = given(
        "allowModsToEjectCameras", BOOLEAN, "Moderators may switch off the cameras of other people.", default=False
    )
    meeting_camera_cap: int = given(
        "meetingCameraCap", number(), "The largest number of cameras in a meeting; 0 is no limit.", default=0
    )
    user_camera_cap: int = given(
        "userCameraCap", number(), "The largest number of cameras of one person; 0 is no limit.", default=3
    )
    max_pinned_cameras: int = given("maxPinnedCameras", number(), "The largest number of pinned cameras.", default=3)
    lock_cam: bool = given("lockSettingsDisableCam", BOOLEAN, "Viewers may not share a camera.", default=False)
    lock_mic: bool = given("lockSettingsDisableMic", BOOLEAN, "Viewers may only listen.", default=False)
    lock_private_chat: bool = given(
        "lockSettingsDisablePrivateChat", BOOLEAN, "Viewers may not use private chat.", default=False
    )
    lock_public_chat: bool = given(
        "lockSettingsDisablePublicChat", BOOLEAN, "Viewers may not use the public chat.", default=False
    )
    lock_notes: bool = given(
        ("lockSettingsDisableNotes", "lockSettingsDisableNote"), BOOLEAN, "Viewers may not write notes.", default=False
    )
    lock_layout: bool = given("lockSettingsLockedLayout", BOOLEAN, "Viewers may not change the layout.", default=False)
    lock_user_list: bool = given(
        "lockSettingsHideUserList", BOOLEAN, "Viewers do not see other viewers.", default=False
    )
    lock_cursor: bool = given(
        "lockSettingsHideViewersCursor", BOOLEAN, "Viewers do not see the pointers of other viewers.", default=False
    )
    lock_annotation: bool = given(
        "lockSettingsHideViewersAnnotation", BOOLEAN, "Viewers do not see the drawings of other viewers.", default=False
    )
    lock_on_join: bool = given(
        "lockSettingsLockOnJoin", BOOLEAN, "Locks apply to people from the moment they join.", default=True
    )
    lock_on_join_configurable: bool = given(
        "lockSettingsLockOnJoinConfigurable", BOOLEAN, "`create` may set lockSettingsLockOnJoin.", default=False
    )
