"""Everything that can happen in a meeting. A meeting is the fold of these.

Each is written to the meeting's journal as one line, under its ``tag`` and its fields' names: both are a format on
disk, read for ever. A field may be added with a default; none is removed, and a renamed one keeps its name on disk
(``msgspec.field(name=...)``). Times are not in them: the journal's line has the time. ``user`` is always an attendee's
internal id.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from bbbd.meetings.create_parameters import Create
from bbbd.values.enums import GuestPolicy, GuestStatus, Role


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
    REPLACED = "ENDED_WHEN_REPLACED"


class LeaveReason(StrEnum):
    """Why somebody left. ``LOST`` alone leaves the session good for coming back."""

    LEFT = "left"
    LOST = "lost"
    REMOVED = "removed"
    INACTIVE = "inactive"


class Microphone(StrEnum):
    """How somebody takes part in the sound."""

    NONE = "none"
    LISTEN = "listen"
    MUTED = "muted"
    ON = "on"


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="e", forbid_unknown_fields=True):
    """Something that happened."""

    @property
    def kind(self) -> str:
        """The kind's name in journals, to clients and in the log."""
        return str(self.__struct_config__.tag)


class Created(Event, frozen=True, kw_only=True, tag="Created"):
    """The meeting was created. Said by create, or left out there and decided once: passwords, bridge, timers."""

    internal_id: str
    create_time: int
    wanted: Create
    attendee_pw: str
    moderator_pw: str
    voice_bridge: str
    record: bool
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
    """The daemon started again. Everybody who was in is away; timers that wait for people start again."""


class Restored(Event, frozen=True, kw_only=True, tag="Restored"):
    """The whole meeting as it was, in place of all the events before."""

    state: dict[str, Any]


class Ended(Event, frozen=True, kw_only=True, tag="Ended"):
    """The meeting is over."""

    why: EndReason


class InactivityWarned(Event, frozen=True, kw_only=True, tag="InactivityWarned"):
    """Nobody has done anything for long; moderators were told that the meeting will end."""


class Registered(Event, frozen=True, kw_only=True, tag="Registered"):
    """Somebody joined: a session was made. They are not in before ``Joined``."""

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
    """A session of somebody who is not in ended: unused for too long (``LOST``), or because they left."""

    token: str
    why: LeaveReason = LeaveReason.LOST


class Waited(Event, frozen=True, kw_only=True, tag="Waited"):
    """Somebody with a session who is not in, a waiting guest most often, is still there; ``away``: was until now."""

    token: str
    away: bool = False


class GuestAnswered(Event, frozen=True, kw_only=True, tag="GuestAnswered"):
    """Waiting guests were let in or refused; ``remember`` keeps the answer for their next join."""

    users: tuple[str, ...]
    admit: bool
    remember: bool = False
    by: str = ""


class GuestPolicyChanged(Event, frozen=True, kw_only=True, tag="GuestPolicyChanged"):
    """The guest policy was changed in the meeting."""

    policy: GuestPolicy
    by: str = ""


class LobbyMessageChanged(Event, frozen=True, kw_only=True, tag="LobbyMessageChanged"):
    """What waiting guests are told."""

    text: str
    by: str = ""


class Joined(Event, frozen=True, kw_only=True, tag="Joined"):
    """Somebody came in with a session. An older session of the same person is void."""

    token: str


class Lost(Event, frozen=True, kw_only=True, tag="Lost"):
    """Somebody's connection was lost; they are in until ``users_timeout`` has passed."""

    user: str


class Returned(Event, frozen=True, kw_only=True, tag="Returned"):
    """They are back."""

    user: str


class Left(Event, frozen=True, kw_only=True, tag="Left"):
    """Somebody is no longer in; ``for_good`` refuses their return by another link too."""

    user: str
    why: LeaveReason = LeaveReason.LEFT
    by: str = ""
    for_good: bool = False


class PresenceAsked(Event, frozen=True, kw_only=True, tag="Asked"):
    """Somebody was silent for long and is asked whether they are there."""

    user: str


class PresenceConfirmed(Event, frozen=True, kw_only=True, tag="Answered"):
    """They are."""

    user: str


class RoleChanged(Event, frozen=True, kw_only=True, tag="RoleChanged"):
    """Somebody became moderator or viewer."""

    user: str
    role: Role
    by: str = ""


class PresenterChanged(Event, frozen=True, kw_only=True, tag="PresenterChanged"):
    """Somebody became the presenter; nobody when ``user`` is empty."""

    user: str
    by: str = ""


class LocksChanged(Event, frozen=True, kw_only=True, tag="LocksChanged"):
    """Lock settings were changed, by the names that create has for them inside (``lock_cam``, …)."""

    locks: dict[str, bool]
    by: str = ""


class LockChanged(Event, frozen=True, kw_only=True, tag="LockChanged"):
    """One person was locked or freed."""

    user: str
    locked: bool
    by: str = ""


class MediaChanged(Event, frozen=True, kw_only=True, tag="MediaChanged"):
    """Somebody's microphone, number of cameras or screen changed."""

    user: str
    microphone: Microphone
    cameras: int = 0
    screen: bool = False


class Talked(Event, frozen=True, kw_only=True, tag="Talked"):
    """Somebody spoke for so many milliseconds since the last time that this was told."""

    user: str
    milliseconds: int


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
    MediaChanged,
    Talked,
)
