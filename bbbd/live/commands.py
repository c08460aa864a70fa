"""Commands: what each message of a person who is in does, and who may send it. Every right is checked here.

A command returns the events that happen, or another kind of answer: ``Reply``, ``Repeated``, ``Ephemeral`` or
``Throttled``. ``features.do`` is the only caller.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, NamedTuple, TypeVar

from bbbd.live import protocol
from bbbd.live.protocol import ClientMessage, CommandRefused, RefusalKey
from bbbd.live.rate_limits import RATES, SHARED_RATES, Rate
from bbbd.meetings.event import (
    Ended,
    EndReason,
    Event,
    GuestAnswered,
    GuestPolicyChanged,
    LeaveReason,
    Left,
    LobbyMessageChanged,
    LockChanged,
    LocksChanged,
    PresenceConfirmed,
    PresenterChanged,
    RoleChanged,
)
from bbbd.meetings.model import LOCKS, Meeting, Person, is_moderator
from bbbd.values.enums import Role
from bbbd.values.value_types import as_said


class Who(Enum):
    """Who may send a message."""

    ALL = "all"
    MODERATORS = "moderators"
    PRESENTER = "the presenter"


class Reply(NamedTuple):
    """An answer that is a message of its own, in place of ``ok``; nothing happens."""

    t: str
    facts: dict[str, Any]


class Repeated(NamedTuple):
    """The same was done before: nothing happens, and ``ok`` has ``known``."""


class Ephemeral(NamedTuple):
    """What is true for a moment, named ``kind``: sent to all others who are in as ``now``, stored nowhere.

    Of several between two frames the last one is sent, if ``holds`` still returns true.
    """

    kind: str
    by: str
    facts: dict[str, Any]
    holds: Callable[[], bool]


class Throttled(NamedTuple):
    """An event that happens once in ``every`` seconds at most; the last one does, if ``holds`` still returns true."""

    event: Event
    every: float
    holds: Callable[[], bool]


Answer = Sequence[Event] | Reply | Repeated | Ephemeral | Throttled

M = TypeVar("M", bound=ClientMessage)
#: A command's function: from the message, the meeting, its sender, and the sender's tab.
Function = Callable[[M, Meeting, Person, str], Answer]


class Command(NamedTuple):
    """A command: its function, who may, and the feature of the meeting that it needs, if it can be switched off."""

    function: Function[Any]
    who: Who
    needs: str


#: The command of each message; filled by ``command``.
COMMANDS: dict[type[ClientMessage], Command] = {}


def command(
    kind: type[M], *, who: Who = Who.ALL, needs: str = "", rate: Rate | None = None, shared_rate: Rate | None = None
) -> Callable[[Function[M]], Function[M]]:
    """Make a function the command of a message. A second command of the same message is refused.

    ``rate`` is of one person, ``shared_rate`` of all people of a meeting together.
    """

    def register(function: Function[M]) -> Function[M]:
        if kind in COMMANDS:
            raise TypeError(f"{kind.__name__} has a command already, in {COMMANDS[kind].function.__module__}")
        COMMANDS[kind] = Command(function, who, needs)
        if rate is not None:
            RATES[kind] = rate
        if shared_rate is not None:
            SHARED_RATES[kind] = shared_rate
        return function

    return register


def check_right(command: Command, meeting: Meeting, person: Person) -> None:
    """Check that somebody may send a message. Raises ``CommandRefused``."""
    if command.needs:
        need(meeting, command.needs)
    if command.who is Who.MODERATORS:
        need_moderator(person)
    if command.who is Who.PRESENTER and meeting.presenter != person.user:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "only who presents does this")


def cleaned(text: str, longest: int) -> str:
    """Return a text as others see it. Raises ``CommandRefused``."""
    if len(text) > longest:
        raise CommandRefused(RefusalKey.TOO_LONG, f"at most {longest} characters")
    shown = as_said(text)
    if not shown:
        raise CommandRefused(RefusalKey.MALFORMED, "there is nothing to say")
    return shown


def need_moderator(person: Person) -> None:
    """Check that somebody moderates. Raises ``CommandRefused``."""
    if not is_moderator(person):
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "only moderators do this")


def other_person(meeting: Meeting, user: str) -> Person:
    """Return somebody who is in. Raises ``CommandRefused``."""
    other = meeting.people.get(user)
    if other is None:
        raise CommandRefused(RefusalKey.GONE, "they are not in the meeting")
    return other


def need(meeting: Meeting, feature: str) -> None:
    """Check that a feature is not switched off in the meeting. Raises ``CommandRefused``."""
    if not meeting.has(feature):
        raise CommandRefused(RefusalKey.UNSUPPORTED, f"{feature} is switched off in this meeting")


@command(protocol.Here)
def _(_message: protocol.Here, _meeting: Meeting, person: Person, _tab: str) -> Answer:
    return [PresenceConfirmed(user=person.user)]


@command(protocol.MakePresenter, who=Who.MODERATORS)
def _(message: protocol.MakePresenter, meeting: Meeting, person: Person, _tab: str) -> Answer:
    other = other_person(meeting, message.who)
    return [] if meeting.presenter == other.user else [PresenterChanged(user=other.user, by=person.user)]


@command(protocol.SetRole, who=Who.MODERATORS)
def _(message: protocol.SetRole, meeting: Meeting, person: Person, _tab: str) -> Answer:
    other = other_person(meeting, message.who)
    if message.role is Role.MODERATOR and other.guest and not meeting.created.wanted.allow_promote_guest:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "guests do not become moderators in this meeting")
    if other.role is message.role:
        return []
    return [RoleChanged(user=other.user, role=message.role, by=person.user)]


@command(protocol.Remove, who=Who.MODERATORS)
def _(message: protocol.Remove, meeting: Meeting, person: Person, _tab: str) -> Answer:
    other = other_person(meeting, message.who)
    if other.user == person.user:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "nobody removes themselves: leave")
    return [Left(user=other.user, why=LeaveReason.REMOVED, by=person.user, for_good=message.for_good)]


@command(protocol.SetLocks, who=Who.MODERATORS)
def _(message: protocol.SetLocks, _meeting: Meeting, person: Person, _tab: str) -> Answer:
    locks = {LOCKS[str(name)]: on for name, on in message.locks.items()}
    return [LocksChanged(locks=locks, by=person.user)] if locks else []


@command(protocol.SetLock, who=Who.MODERATORS)
def _(message: protocol.SetLock, meeting: Meeting, person: Person, _tab: str) -> Answer:
    other = other_person(meeting, message.who)
    if is_moderator(other):
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "moderators are not locked")
    if other.locked == message.locked:
        return []
    return [LockChanged(user=other.user, locked=message.locked, by=person.user)]


@command(protocol.AnswerGuests, who=Who.MODERATORS)
def _(message: protocol.AnswerGuests, meeting: Meeting, person: Person, _tab: str) -> Answer:
    waiting = {session.user for session in meeting.waiting()}
    users = tuple(waiting if message.all else waiting.intersection(message.who))
    if not users:
        raise CommandRefused(RefusalKey.GONE, "none of them waits any more")
    return [GuestAnswered(users=users, admit=message.admit, remember=message.remember, by=person.user)]


@command(protocol.SetPolicy, who=Who.MODERATORS)
def _(message: protocol.SetPolicy, _meeting: Meeting, person: Person, _tab: str) -> Answer:
    return [GuestPolicyChanged(policy=message.policy, by=person.user)]


@command(protocol.SetNotice, who=Who.MODERATORS)
def _(message: protocol.SetNotice, _meeting: Meeting, person: Person, _tab: str) -> Answer:
    text = cleaned(message.text, protocol.LONGEST_NOTICE) if message.text.strip() else ""
    return [LobbyMessageChanged(text=text, by=person.user)]


@command(protocol.Leave)
def _(_message: protocol.Leave, _meeting: Meeting, person: Person, _tab: str) -> Answer:
    return [Left(user=person.user)]


@command(protocol.End, who=Who.MODERATORS)
def _(_message: protocol.End, _meeting: Meeting, _person: Person, _tab: str) -> Answer:
    return [Ended(why=EndReason.MODERATOR)]
