"""Meetings: defaults of ``create``, and the times at which a meeting ends by itself."""

from __future__ import annotations

from dataclasses import dataclass

from bbbd.values.enums import PageLayout
from bbbd.values.fields import given
from bbbd.values.value_types import BOOLEAN, COMMA_LIST, DIRECTORY, MINUTES, MULTILINE_TEXT, SECONDS, TEXT, enum, number

WELCOME = "Welcome to <b>%%CONFNAME%%</b>!"


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class MeetingSettings:
    """Settings of meetings."""

    welcome: str = given(
        "defaultWelcomeMessage",
        MULTILINE_TEXT,
        "The first message of the chat, as HTML. %%CONFNAME%%, %%CONFNUM%%, %%DIALNUM%% and %%SERVERURL%%"
        " are replaced.",
        default=WELCOME,
    )
    welcome_footer: str = given(
        "defaultWelcomeMessageFooter",
        MULTILINE_TEXT,
        "Appended to every welcome message, except in breakout rooms.",
        default="",
    )
    dial_number: str = given(
        "defaultDialAccessNumber",
        TEXT,
        "The telephone number shown to people (bbbd has no telephone bridge).",
        default="613-555-1234",
    )
    voice_digits: int = given(
        "defaultNumDigitsForTelVoice",
        number("a number of digits", 5, 30, why="nobody dials a longer one"),
        "The number of digits of a voice bridge number that bbbd makes.",
        default=5,
    )
    layout: PageLayout = given(
        "defaultMeetingLayout", enum(PageLayout), "The first layout of the page.", default=PageLayout.CUSTOM_LAYOUT
    )
    max_users: int = given(
        "defaultMaxUsers",
        number("a number of people"),
        "The largest number of people in a meeting; 0 is no limit.",
        default=0,
    )
    duration: int = given("defaultMeetingDuration", MINUTES, "The duration of a meeting; 0 is no limit.", default=0)
    disabled_features: tuple[str, ...] = given(
        "disabledFeatures", COMMA_LIST, "Features that the page hides.", default=()
    )
    expire_unjoined: int = given(
        "meetingExpireIfNoUserJoinedInMinutes",
        MINUTES,
        "A meeting that nobody joins ends after this time; 0 is never.",
        default=5,
    )
    expire_left: int = given(
        "meetingExpireWhenLastUserLeftInMinutes",
        MINUTES,
        "A meeting ends this long after the last person left; 0 is never.",
        default=1,
    )
    max_inactivity: int = given(
        "maxInactivityTimeoutMinutes",
        MINUTES,
        "A meeting without any activity ends after this time; 0 is never.",
        default=0,
    )
    warn_before_inactivity: int = given(
        "warnMinutesBeforeMax",
        MINUTES,
        "Moderators are warned this long before a meeting ends for inactivity.",
        default=5,
    )
    end_without_moderator: bool = given(
        "endWhenNoModerator", BOOLEAN, "A meeting ends when its last moderator has left.", default=False
    )
    end_without_moderator_after: int = given(
        "endWhenNoModeratorDelayInMinutes",
        MINUTES,
        "The delay before a meeting without a moderator ends; 0 is at once.",
        default=1,
    )
    breakout_rooms_enabled: bool = given(
        "breakoutRoomsEnabled", BOOLEAN, "Meetings may have breakout rooms.", default=True
    )
    breakout_rooms_record: bool = given("breakoutRoomsRecord", BOOLEAN, "Breakout rooms are recorded.", default=False)
    breakout_rooms_private_chat: bool = given(
        "breakoutRoomsPrivateChatEnabled", BOOLEAN, "Breakout rooms have private chat.", default=True
    )
    learning_dashboard: bool = given(
        "learningDashboardEnabled", BOOLEAN, "Accepted and stored; bbbd has no learning dashboard.", default=True
    )
    learning_dashboard_cleanup: int = given(
        "learningDashboardCleanupDelayInMinutes",
        MINUTES,
        "Accepted and stored; bbbd has no learning dashboard.",
        default=2,
    )
    ended_kept: int = given(
        "bbbd.endedMeetingKeptForSeconds",
        SECONDS,
        "How long an ended meeting is still visible to API calls.",
        default=0,
    )
    max_meetings: int = given(
        "bbbd.maxMeetings",
        number("a number of meetings"),
        "The largest number of live meetings; 0 is no limit.",
        default=1000,
    )
    config_dir: str = given(
        "configDir",
        DIRECTORY,
        "The directory of the config.xml files that a configToken may name. Empty: `configs` in the data directory.",
        default="",
        restart=True,
    )
