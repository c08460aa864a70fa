"""The audit log of people: acts of moderators, with the internal user id of each, and their target.

A line is written at every log level. It has ids and settings, never names of people or texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import msgspec
from twisted.logger import Logger

from bbbd.meetings.breakouts import (
    BreakoutMoved,
    BreakoutsAnnounced,
    BreakoutsClosed,
    BreakoutsExtended,
    BreakoutsOpened,
)
from bbbd.meetings.chat import ChatCleared
from bbbd.meetings.event import (
    Ended,
    Event,
    GuestAnswered,
    GuestPolicyChanged,
    LeaveReason,
    Left,
    LobbyMessageChanged,
    LockChanged,
    LocksChanged,
    PresenterChanged,
    RoleChanged,
)
from bbbd.meetings.model import Meeting
from bbbd.meetings.polls import PollClosed, PollEnded, PollPublished, PollStarted
from bbbd.meetings.recording import RecordingMarked
from bbbd.meetings.slides import DeckRemoved
from bbbd.values.enums import Role

_log = Logger()

#: The kinds of events that are logged.
ACTS = (
    BreakoutMoved,
    BreakoutsAnnounced,
    BreakoutsClosed,
    BreakoutsExtended,
    BreakoutsOpened,
    ChatCleared,
    DeckRemoved,
    Ended,
    GuestAnswered,
    GuestPolicyChanged,
    Left,
    LobbyMessageChanged,
    LockChanged,
    LocksChanged,
    PollClosed,
    PollEnded,
    PollPublished,
    PollStarted,
    PresenterChanged,
    RecordingMarked,
    RoleChanged,
)
#: Fields that the line has elsewhere, or that are written by people.
_HIDDEN = ("by", "text", "name", "rooms", "question", "answers", "totals")


def log_act(meeting: Meeting, event: Event, user: str) -> None:
    """Log an act of a person, if it is one that is logged. Who leaves by themselves does nothing to others."""
    if not isinstance(event, ACTS) or (isinstance(event, Left) and event.why is not LeaveReason.REMOVED):
        return
    if isinstance(event, BreakoutMoved) and event.user == user:
        return
    _log_fact(meeting, event.kind, msgspec.structs.asdict(event), user)


def log_invitation(meeting: Meeting, role: Role, user: str) -> None:
    """Log that a person was given a link that lets others in."""
    _log_fact(meeting, "Invited", {"role": role}, user)


def _log_fact(meeting: Meeting, act: str, facts: Mapping[str, object], user: str) -> None:
    _log.info(
        "{user}: {act} {target}",
        event="act",
        act=act,
        target=" ".join(f"{name}={_text(value)}" for name, value in facts.items() if name not in _HIDDEN),
        user=user,
        meeting=meeting.internal_id,
        audit=True,
    )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Mapping):
        return ",".join(f"{name}:{_text(one)}" for name, one in value.items())
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
