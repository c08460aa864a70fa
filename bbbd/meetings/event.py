"""Events: the base of all of them, and those of the core: the whole meeting, and its people.

A journal has one line for each event, with its ``tag`` and its fields' names: both are a format on disk and are read
for ever. A field may be added with a default; none is removed, and a renamed one keeps its name on disk
(``msgspec.field(name=...)``). The journal's line has the time, so events have none. ``user`` is always an attendee's
internal id. The events of a feature are in its module; ``features.py`` has all.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from bbbd.meetings.create_parameters import Create
from bbbd.values.enums import GuestPolicy, GuestStatus, RecordingFormat, Role


class EndReason(StrEnum):
    """Why a meeting ended."""

    NOT_JOINED = "ENDED_WHEN_NOT_JOINED"
    DURATION = "ENDED_AFTER_EXCEEDING_DURATION"
    LAST_USER_LEFT = "ENDED_WHEN_LAST_USER_LEFT"
    INACTIVITY = "ENDED_DUE_TO_INACTIVITY"
    NO_MODERATOR = "ENDED_DUE_TO_NO_MODERATOR"
    API = "ENDED_FROM_API"
    MODERATOR = "ENDED_AFTER_USER_LOGGED_OUT"
    PARENT = "ENDED_WITH_PARENT"
    #: Only of breakout rooms: a moderator of the parent closed all.
    CLOSED = "BREAKOUT_ENDED_BY_MOD"
    REPLACED = "ENDED_WHEN_REPLACED"


class LeaveReason(StrEnum):
    """Why a person left, or a session ended. Only after ``LOST`` is the session of a person still valid."""

    LEFT = "left"
    LOST = "lost"
    REMOVED = "removed"
    INACTIVE = "inactive"
    #: Only of sessions: the person joined again, and waits with the new session.
    ELSEWHERE = "elsewhere"
    #: Only of people in a breakout room: they belong in another one now.
    MOVED = "moved"


class Microphone(StrEnum):
    """How a person takes part in the sound."""

    NONE = "none"
    LISTEN = "listen"
    MUTED = "muted"
    ON = "on"


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="e", forbid_unknown_fields=True):
    """The base of all events."""

    @property
    def kind(self) -> str:
        """The kind's name in journals, to clients and in the log."""
        return str(self.__struct_config__.tag)


class Created(Event, frozen=True, kw_only=True, tag="Created"):
    """The meeting was created: with the values from create, and with defaults that were chosen once."""

    internal_id: str
    create_time: int
    wanted: Create
    attendee_pw: str
    moderator_pw: str
    voice_bridge: str
    record: bool
    formats: tuple[RecordingFormat, ...] = (RecordingFormat.PRESENTATION,)
    parent: str = ""
    welcome: str = ""
    moderator_only_message: str = ""
    logout_url: str = ""
    disabled_features: tuple[str, ...] = ()
    max_inactivity: int = 0
    warn_before_inactivity: int = 0
    inspect_every: int = 0
    user_inactive_after: int = 0
    user_answers_within: int = 0
    users_timeout: int = 60_000
    waiting_guests_timeout: int = 120_000
    session_timeout: int = 14_400


class Resumed(Event, frozen=True, kw_only=True, tag="Resumed"):
    """The daemon started again. Every person who was in is away; timers that wait for people start again."""


class Restored(Event, frozen=True, kw_only=True, tag="Restored"):
    """The whole meeting as it was; it replaces all earlier events."""

    state: dict[str, Any]


class Ended(Event, frozen=True, kw_only=True, tag="Ended"):
    """The meeting is over."""

    why: EndReason


class InactivityWarned(Event, frozen=True, kw_only=True, tag="InactivityWarned"):
    """Nobody was active for long: moderators were warned that the meeting will end."""


class Registered(Event, frozen=True, kw_only=True, tag="Registered"):
    """A join made a session. The person is in after ``Joined``."""

    token: str
    auth_token: str
    user: str
    external_id: str
    name: str
    role: Role
    guest: bool
    status: GuestStatus
    avatar: str = ""
    layout: str = ""
    config_token: str = ""
    web_voice: str = ""
    client_url: str = ""
    customdata: dict[str, str] = {}


class SessionEnded(Event, frozen=True, kw_only=True, tag="SessionEnded"):
    """A session of a person who is not in ended: unused for too long (``LOST``), left, or replaced (``ELSEWHERE``).

    In a breakout room also because the person was removed from the parent (``REMOVED``).
    """

    token: str
    why: LeaveReason = LeaveReason.LOST


class Waited(Event, frozen=True, kw_only=True, tag="Waited"):
    """The holder of a session who is not in, mostly a waiting guest, is still there; ``away``: was there until now."""

    token: str
    away: bool = False


class GuestAnswered(Event, frozen=True, kw_only=True, tag="GuestAnswered"):
    """Waiting guests were let in or refused; with ``remember`` the answer also counts for their next join."""

    users: tuple[str, ...]
    admit: bool
    remember: bool = False
    by: str = ""


class GuestPolicyChanged(Event, frozen=True, kw_only=True, tag="GuestPolicyChanged"):
    """The guest policy was changed in the meeting."""

    policy: GuestPolicy
    by: str = ""


class LobbyMessageChanged(Event, frozen=True, kw_only=True, tag="LobbyMessageChanged"):
    """The message for waiting guests was changed."""

    text: str
    by: str = ""


class Joined(Event, frozen=True, kw_only=True, tag="Joined"):
    """A person came in with a session. An older session of the same person is void."""

    token: str


class Lost(Event, frozen=True, kw_only=True, tag="Lost"):
    """A person's connection was lost. They are still in until ``users_timeout`` has passed."""

    user: str


class Returned(Event, frozen=True, kw_only=True, tag="Returned"):
    """A person whose connection was lost is back."""

    user: str


class Left(Event, frozen=True, kw_only=True, tag="Left"):
    """A person is no longer in; ``for_good`` also refuses their return by another link."""

    user: str
    why: LeaveReason = LeaveReason.LEFT
    by: str = ""
    for_good: bool = False


class PresenceAsked(Event, frozen=True, kw_only=True, tag="Asked"):
    """A person was inactive for long and is asked whether they are there."""

    user: str


class PresenceConfirmed(Event, frozen=True, kw_only=True, tag="Answered"):
    """A person confirmed that they are there."""

    user: str


class RoleChanged(Event, frozen=True, kw_only=True, tag="RoleChanged"):
    """A person became moderator or viewer."""

    user: str
    role: Role
    by: str = ""


class PresenterChanged(Event, frozen=True, kw_only=True, tag="PresenterChanged"):
    """A person became the presenter; nobody is, when ``user`` is empty."""

    user: str
    by: str = ""


class LocksChanged(Event, frozen=True, kw_only=True, tag="LocksChanged"):
    """Lock settings were changed; ``locks`` has the names that they have in ``Create`` (``lock_cam``, …)."""

    locks: dict[str, bool]
    by: str = ""


class LockChanged(Event, frozen=True, kw_only=True, tag="LockChanged"):
    """One person was locked or unlocked."""

    user: str
    locked: bool
    by: str = ""


#: The events of the core.
EVENTS: tuple[type[Event], ...] = (
    Created,
    Resumed,
    Restored,
    Ended,
    InactivityWarned,
    Registered,
    SessionEnded,
    Waited,
    GuestAnswered,
    GuestPolicyChanged,
    LobbyMessageChanged,
    Joined,
    Lost,
    Returned,
    Left,
    PresenceAsked,
    PresenceConfirmed,
    RoleChanged,
    PresenterChanged,
    LocksChanged,
    LockChanged,
)
