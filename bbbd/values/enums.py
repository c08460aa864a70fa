"""The closed sets that settings, parameters and meetings share, in the API's own spelling."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What an attendee may do."""

    MODERATOR = "MODERATOR"
    VIEWER = "VIEWER"


class GuestPolicy(StrEnum):
    """What happens to people who join as guests."""

    ALWAYS_ACCEPT = "ALWAYS_ACCEPT"
    ALWAYS_DENY = "ALWAYS_DENY"
    ASK_MODERATOR = "ASK_MODERATOR"
    ALWAYS_ACCEPT_AUTH = "ALWAYS_ACCEPT_AUTH"


class GuestStatus(StrEnum):
    """Whether somebody may come in."""

    ALLOW = "ALLOW"
    WAIT = "WAIT"
    DENY = "DENY"


class PageLayout(StrEnum):
    """How the page is laid out at first."""

    CUSTOM_LAYOUT = "CUSTOM_LAYOUT"
    SMART_LAYOUT = "SMART_LAYOUT"
    PRESENTATION_FOCUS = "PRESENTATION_FOCUS"
    VIDEO_FOCUS = "VIDEO_FOCUS"
    CAMERAS_ONLY = "CAMERAS_ONLY"
    PARTICIPANTS_CHAT_ONLY = "PARTICIPANTS_CHAT_ONLY"
    PRESENTATION_ONLY = "PRESENTATION_ONLY"


class Algorithm(StrEnum):
    """A digest that a checksum may be."""

    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


class Sync(StrEnum):
    """Which answers wait until the disk has what they promise."""

    ANSWERS = "answers"
    NEVER = "never"


class LogLevel(StrEnum):
    """The least level that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"
    CRITICAL = "critical"


class LogFormat(StrEnum):
    """How a line of the log looks."""

    JSON = "json"
    TEXT = "text"
