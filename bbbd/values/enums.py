"""Enums shared by settings, parameters and meetings, spelled as in the API."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """The role of an attendee."""

    MODERATOR = "MODERATOR"
    VIEWER = "VIEWER"


class GuestPolicy(StrEnum):
    """The treatment of people who join as guests."""

    ALWAYS_ACCEPT = "ALWAYS_ACCEPT"
    ALWAYS_DENY = "ALWAYS_DENY"
    ASK_MODERATOR = "ASK_MODERATOR"
    ALWAYS_ACCEPT_AUTH = "ALWAYS_ACCEPT_AUTH"


class GuestStatus(StrEnum):
    """The decision on a guest: admitted, waiting or refused."""

    ALLOW = "ALLOW"
    WAIT = "WAIT"
    DENY = "DENY"


class RecordedMedia(StrEnum):
    """What of people's media is kept while recording is on."""

    ALL = "all"
    SOUND = "sound"
    OFF = "off"


class PageLayout(StrEnum):
    """The initial layout of the page, by the names of all versions of BigBlueButton."""

    CUSTOM_LAYOUT = "CUSTOM_LAYOUT"
    SMART_LAYOUT = "SMART_LAYOUT"
    PRESENTATION_FOCUS = "PRESENTATION_FOCUS"
    VIDEO_FOCUS = "VIDEO_FOCUS"
    CAMERAS_ONLY = "CAMERAS_ONLY"
    PARTICIPANTS_CHAT_ONLY = "PARTICIPANTS_CHAT_ONLY"
    PARTICIPANTS_AND_CHAT_ONLY = "PARTICIPANTS_AND_CHAT_ONLY"
    PRESENTATION_ONLY = "PRESENTATION_ONLY"
    MEDIA_ONLY = "MEDIA_ONLY"
    UNIFIED_LAYOUT = "UNIFIED_LAYOUT"
    PLUGINS_ONLY = "PLUGINS_ONLY"


class Algorithm(StrEnum):
    """A digest algorithm for checksums."""

    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


class RecordingFormat(StrEnum):
    """A playback format that bbbd makes of a meeting."""

    PRESENTATION = "presentation"
    PODCAST = "podcast"
    VIDEO = "video"


class Sync(StrEnum):
    """Durability: answers to changes wait for fsync, or never."""

    ANSWERS = "answers"
    NEVER = "never"


class LogLevel(StrEnum):
    """The lowest level that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"
    CRITICAL = "critical"


class TlsVersion(StrEnum):
    """A version of TLS."""

    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


class LogFormat(StrEnum):
    """The format of a log line."""

    JSON = "json"
    TEXT = "text"
