"""Who was in a meeting, when, and what they did: kept for those who left too, as analytics want it."""

from __future__ import annotations

from functools import singledispatch

import msgspec

from bbbd.clock import Moment
from bbbd.meetings.event import Chatted, Event, HandRaised, Left, Reacted, RoleChanged, Talked
from bbbd.values.enums import Role


class AttendanceRecord(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Somebody who was in. Times are milliseconds since 1970; ``talked`` is milliseconds."""

    external_id: str
    name: str
    moderator: bool
    joins: list[int] = []
    leaves: list[int] = []
    chats: int = 0
    talks: int = 0
    talked: int = 0
    hands: int = 0
    emojis: int = 0

    def present(self, until: int) -> int:
        """Return how many milliseconds they were in, until a time when they still are."""
        leaves = [*self.leaves, *[until] * (len(self.joins) - len(self.leaves))]
        return sum(leave - join for join, leave in zip(self.joins, leaves, strict=True))


Register = dict[str, AttendanceRecord]


def enter(register: Register, user: str, attended: AttendanceRecord, at: Moment) -> None:
    """Note that somebody came in."""
    known = register.setdefault(user, attended)
    known.name, known.moderator = attended.name, known.moderator or attended.moderator
    known.joins.append(at.wall)


def note(register: Register, event: Event, at: Moment) -> None:
    """Note what an event says of those who are in."""
    _note(event, register, at)


@singledispatch
def _note(_event: Event, _register: Register, _at: Moment) -> None:
    """Most events say nothing of it."""


@_note.register
def _(event: Left, register: Register, at: Moment) -> None:
    if event.user in register:
        register[event.user].leaves.append(at.wall)


@_note.register
def _(event: Chatted, register: Register, _at: Moment) -> None:
    if event.user in register:
        register[event.user].chats += 1


@_note.register
def _(event: Talked, register: Register, _at: Moment) -> None:
    if event.user in register:
        register[event.user].talks += 1
        register[event.user].talked += event.milliseconds


@_note.register
def _(event: HandRaised, register: Register, _at: Moment) -> None:
    if event.user in register:
        register[event.user].hands += 1


@_note.register
def _(event: Reacted, register: Register, _at: Moment) -> None:
    if event.user in register:
        register[event.user].emojis += 1


@_note.register
def _(event: RoleChanged, register: Register, _at: Moment) -> None:
    if event.user in register and event.role is Role.MODERATOR:
        register[event.user].moderator = True
