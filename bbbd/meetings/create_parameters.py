"""Parameters of ``create``: the contract's and the later ones, each declared once.

The default of a parameter is the setting that its declaration names, at the time of the call. A live meeting keeps the
values of its creation; later changes of settings do not reach it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bbbd.meetings.groups import GROUPS
from bbbd.values.enums import GuestPolicy, PageLayout
from bbbd.values.fields import FromSetting, Prefixed, given
from bbbd.values.value_types import (
    ANY_IDENTIFIER,
    BOOLEAN,
    COLOUR,
    COMMA_LIST,
    DIGITS,
    DURATION,
    MINUTES,
    MULTILINE_TEXT,
    TEXT,
    ValueType,
    enum,
    identifier,
    number,
    title_text,
)

#: Identifiers of meetings: 2 to 256 characters. The comma has an error of its own (``invalidFormat``).
MEETING_ID = identifier(2, 256)
#: Metadata: names are a letter, then letters, digits, ``-``, ``_``; kept in lower case, the value as sent.
METADATA = Prefixed(
    "meta_", re.compile(r"[A-Za-z][A-Za-z0-9_-]*", re.ASCII), lowered=True, kind=ValueType("a text", str)
)

#: Old clients send a negative number for "no limit".
_LIMIT = number("a number", negative=0)
#: A number of digits, kept as it was sent. One of zeros alone is absent: old clients send it for "none".
_VOICE_BRIDGE = ValueType(DIGITS.allowed, lambda given: DIGITS.read(given) if given.strip("0") else "")


_ONE_ENGINE = "Kept, without effect: all sound and pictures of a server go through the engine of `bbbd.media`."


def _logout_url(given: str) -> str:
    """Return the URL as sent, "" for ``default``. One that is no http(s) URL is returned by calls, but never linked."""
    url = TEXT.read(given)
    return "" if url.lower() == "default" else url


_LOGOUT_URL = ValueType(TEXT.allowed, _logout_url)


def _setting(attribute: str) -> FromSetting:
    return FromSetting(attribute)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A source of slides: a URL, or a file below ``presentations`` (``kept``, its path).

    A file that ends in ``.base64`` has the document in that encoding, any other the document itself. A ``current``
    document is shown as soon as it is converted. ``standard`` is the server's default presentation, found at the time
    of conversion; a ``spare`` document is converted only after all others have failed. ``content_type`` is the
    sender's.
    """

    name: str
    url: str = ""
    kept: str = ""
    current: bool = False
    downloadable: bool = False
    removable: bool = True
    standard: bool = False
    spare: bool = False
    content_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """The parameters of one ``create``."""

    meeting_id: str = given("meetingID", MEETING_ID, "The application's name for the meeting.")
    name: str = given("name", title_text(), "The name that people see.", default="")
    attendee_pw: str = given(
        "attendeePW", ANY_IDENTIFIER, "The password of viewers. Generated if not given.", default=""
    )
    moderator_pw: str = given(
        "moderatorPW", ANY_IDENTIFIER, "The password of moderators. Generated if not given.", default=""
    )
    welcome: str = given("welcome", MULTILINE_TEXT, "First message of the chat.", default=_setting("welcome"))
    dial_number: str = given(
        "dialNumber", TEXT, "The telephone number that is returned and shown.", default=_setting("dial_number")
    )
    voice_bridge: str = given(
        "voiceBridge", _VOICE_BRIDGE, "The voice conference's number. Generated if not given.", default=""
    )
    web_voice: str = given("webVoice", TEXT, "Voice conference of browsers; kept, without effect.", default="")
    max_participants: int = given("maxParticipants", _LIMIT, "Seats; 0 is no limit.", default=_setting("max_users"))
    logout_url: str = given("logoutURL", _LOGOUT_URL, "The page that people open after the meeting.", default="")
    login_url: str = given("loginURL", TEXT, "Kept, without effect.", default="")
    record: bool = given("record", BOOLEAN, "Whether the meeting may be recorded.", default=False)
    duration: int = given(
        "duration", DURATION, "Minutes until the meeting ends; 0 is never.", default=_setting("duration")
    )
    is_breakout: bool = given("isBreakout", BOOLEAN, "Whether it is a breakout room.", default=False)
    parent_meeting_id: str = given(
        "parentMeetingID", ANY_IDENTIFIER, "The breakout room's parent, by external or internal id.", default=""
    )
    sequence: int | None = given("sequence", number("a number"), "The breakout room's number.", default=None)
    free_join: bool = given("freeJoin", BOOLEAN, "Whether people may choose their breakout room.", default=False)
    metadata: dict[str, str] = given("meta_*", METADATA, "Metadata; stored and returned.", default={})
    moderator_only_message: str = given(
        "moderatorOnlyMessage", MULTILINE_TEXT, "Like welcome, for moderators.", default=""
    )
    auto_start_recording: bool = given(
        "autoStartRecording",
        BOOLEAN,
        "Start recording when the first user joins.",
        default=_setting("auto_start_recording"),
    )
    allow_start_stop_recording: bool = given(
        "allowStartStopRecording",
        BOOLEAN,
        "Moderators may start and stop recording.",
        default=_setting("allow_start_stop_recording"),
    )
    record_full_duration: bool = given(
        "recordFullDurationMedia",
        BOOLEAN,
        "Record media outside the marks too.",
        default=_setting("record_full_duration"),
    )
    notify_recording: bool = given(
        "notifyRecordingIsOn", BOOLEAN, "Notify everybody when recording starts.", default=_setting("notify_recording")
    )
    keep_events: bool = given(
        ("meetingKeepEvents", "keepEvents"),
        BOOLEAN,
        "Keep the events of a meeting that is not recorded.",
        default=_setting("keep_events"),
    )
    webcams_only_for_moderator: bool = given(
        "webcamsOnlyForModerator",
        BOOLEAN,
        "Viewers' cameras are for moderators only.",
        default=_setting("webcams_only_for_moderator"),
    )
    logo: str = given("logo", TEXT, "The URL of a logo for the top of the page.", default="")
    darklogo: str = given("darklogo", TEXT, "The same for the dark theme.", default="")
    banner_text: str = given("bannerText", TEXT, "The text of a banner at the top of the page.", default="")
    banner_color: str = given("bannerColor", COLOUR, "The banner's colour.", default="")
    copyright: str = given("copyright", TEXT, "Shown under the page.", default="")
    mute_on_start: bool = given("muteOnStart", BOOLEAN, "People enter muted.", default=_setting("mute_on_start"))
    allow_unmute: bool = given(
        "allowModsToUnmuteUsers", BOOLEAN, "Moderators may unmute others.", default=_setting("allow_unmute")
    )
    allow_eject_cameras: bool = given(
        "allowModsToEjectCameras",
        BOOLEAN,
        "Moderators may switch off others' cameras.",
        default=_setting("allow_eject_cameras"),
    )
    lock_cam: bool = given(
        "lockSettingsDisableCam", BOOLEAN, "Viewers may not share a camera.", default=_setting("lock_cam")
    )
    lock_mic: bool = given("lockSettingsDisableMic", BOOLEAN, "Viewers may only listen.", default=_setting("lock_mic"))
    lock_private_chat: bool = given(
        "lockSettingsDisablePrivateChat", BOOLEAN, "No private chat for viewers.", default=_setting("lock_private_chat")
    )
    lock_public_chat: bool = given(
        "lockSettingsDisablePublicChat", BOOLEAN, "No public chat for viewers.", default=_setting("lock_public_chat")
    )
    lock_notes: bool = given(
        ("lockSettingsDisableNotes", "lockSettingsDisableNote"),
        BOOLEAN,
        "No notes for viewers.",
        default=_setting("lock_notes"),
    )
    lock_layout: bool = given(
        "lockSettingsLockedLayout", BOOLEAN, "The layout is locked.", default=_setting("lock_layout")
    )
    lock_user_list: bool = given(
        "lockSettingsHideUserList", BOOLEAN, "Viewers do not see other viewers.", default=_setting("lock_user_list")
    )
    lock_cursor: bool = given(
        "lockSettingsHideViewersCursor", BOOLEAN, "Viewers' pointers are hidden.", default=_setting("lock_cursor")
    )
    lock_annotation: bool = given(
        "lockSettingsHideViewersAnnotation",
        BOOLEAN,
        "Viewers' drawings are hidden.",
        default=_setting("lock_annotation"),
    )
    lock_on_join: bool = given(
        "lockSettingsLockOnJoin",
        BOOLEAN,
        "Locks apply to people when they join. Counts only with lockSettingsLockOnJoinConfigurable=true.",
        default=_setting("lock_on_join"),
    )
    lock_on_join_configurable: bool = given(
        "lockSettingsLockOnJoinConfigurable",
        BOOLEAN,
        "Whether lockSettingsLockOnJoin counts.",
        default=_setting("lock_on_join_configurable"),
    )
    guest_policy: GuestPolicy = given(
        "guestPolicy", enum(GuestPolicy), "The policy for people who join as guests.", default=_setting("guest_policy")
    )
    allow_promote_guest: bool = given(
        "allowPromoteGuestToModerator", BOOLEAN, "Guests may become moderators.", default=False
    )
    end_without_moderator: bool = given(
        "endWhenNoModerator",
        BOOLEAN,
        "End when the last moderator has left.",
        default=_setting("end_without_moderator"),
    )
    end_without_moderator_after: int = given(
        "endWhenNoModeratorDelayInMinutes",
        MINUTES,
        "The delay of endWhenNoModerator; 0 is at once.",
        default=_setting("end_without_moderator_after"),
    )
    meeting_ended_url: str = given(
        "meetingEndedURL", TEXT, "The URL that is called when the meeting has ended.", default=""
    )
    logout_timer: int = given(
        "logoutTimer",
        MINUTES,
        "After this time without activity the page asks whether the person is still there; 0 is never.",
        default=_setting("logout_timer"),
    )
    layout: PageLayout = given(
        "meetingLayout",
        enum(PageLayout, otherwise=PageLayout.CUSTOM_LAYOUT),
        "How the page is laid out at first.",
        default=_setting("layout"),
    )
    learning_dashboard: bool = given(
        "learningDashboardEnabled", BOOLEAN, "Kept, without effect.", default=_setting("learning_dashboard")
    )
    learning_dashboard_cleanup: int = given(
        "learningDashboardCleanupDelayInMinutes",
        MINUTES,
        "Kept, without effect.",
        default=_setting("learning_dashboard_cleanup"),
    )
    allow_requests_without_session: bool = given(
        "allowRequestsWithoutSession", BOOLEAN, "Kept, without effect: bbbd asks for no cookie.", default=False
    )
    virtual_backgrounds_disabled: bool = given(
        "virtualBackgroundsDisabled", BOOLEAN, "Kept, without effect.", default=False
    )
    camera_bridge: str = given("cameraBridge", TEXT, _ONE_ENGINE, default="")
    screen_share_bridge: str = given("screenShareBridge", TEXT, _ONE_ENGINE, default="")
    audio_bridge: str = given("audioBridge", TEXT, _ONE_ENGINE, default="")
    user_camera_cap: int = given(
        "userCameraCap", number(), "Cameras of one person; 0 is no limit.", default=_setting("user_camera_cap")
    )
    meeting_camera_cap: int = given(
        "meetingCameraCap", number(), "Cameras of all; 0 is no limit.", default=_setting("meeting_camera_cap")
    )
    max_pinned_cameras: int = given(
        "maxPinnedCameras", number(), "Cameras that can be pinned.", default=_setting("max_pinned_cameras")
    )
    expire_unjoined: int = given(
        "meetingExpireIfNoUserJoinedInMinutes",
        MINUTES,
        "End after this when nobody joins; 0 is never.",
        default=_setting("expire_unjoined"),
    )
    expire_left: int = given(
        "meetingExpireWhenLastUserLeftInMinutes",
        MINUTES,
        "End after this when all have left; 0 is never.",
        default=_setting("expire_left"),
    )
    groups: tuple[dict[str, Any], ...] = given("groups", GROUPS, "Groups for breakout rooms.", default=())
    disabled_features: tuple[str, ...] = given(
        "disabledFeatures",
        COMMA_LIST,
        "Features that the page does not have, in addition to those of the setting.",
        default=(),
    )
    disabled_features_exclude: tuple[str, ...] = given(
        "disabledFeaturesExclude",
        COMMA_LIST,
        "Features that the page has although the setting disables them.",
        default=(),
    )
    breakout_rooms_enabled: bool = given(
        "breakoutRoomsEnabled",
        BOOLEAN,
        "Whether there may be breakout rooms.",
        default=_setting("breakout_rooms_enabled"),
    )
    breakout_rooms_record: bool = given(
        "breakoutRoomsRecord", BOOLEAN, "Record breakout rooms.", default=_setting("breakout_rooms_record")
    )
    breakout_rooms_private_chat: bool = given(
        "breakoutRoomsPrivateChatEnabled",
        BOOLEAN,
        "Private chat in breakout rooms.",
        default=_setting("breakout_rooms_private_chat"),
    )
    breakout_rooms_capture_slides: bool = given(
        "breakoutRoomsCaptureSlides", BOOLEAN, "Kept, without effect.", default=False
    )
    breakout_rooms_capture_notes: bool = given(
        "breakoutRoomsCaptureNotes", BOOLEAN, "Kept, without effect.", default=False
    )
    breakout_rooms_slides_name: str = given(
        "breakoutRoomsCaptureSlidesFilename", TEXT, "Kept, without effect.", default=""
    )
    breakout_rooms_notes_name: str = given(
        "breakoutRoomsCaptureNotesFilename", TEXT, "Kept, without effect.", default=""
    )
    slides_override_default: bool = given(
        "preUploadedPresentationOverrideDefault",
        BOOLEAN,
        "The meeting's own slides replace the default ones.",
        default=_setting("slides_override_default"),
    )
    slides_url: str = given("preUploadedPresentation", TEXT, "Slides by URL, beside those of the body.", default="")
    slides_name: str = given("preUploadedPresentationName", title_text(), "The file name of those slides.", default="")
    upload_external_url: str = given("presentationUploadExternalUrl", TEXT, "A page for uploads elsewhere.", default="")
    upload_external_description: str = given(
        "presentationUploadExternalDescription", TEXT, "The description of that page.", default=""
    )
    #: From the body, not from a parameter.
    documents: tuple[Document, ...] = ()
    #: The name of the application that signed the call, if it has a secret of its own.
    application: str = ""
