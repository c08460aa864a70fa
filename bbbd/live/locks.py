"""Locks: what viewers may not do, all of them or one.

The snapshot has ``locks``: each lock by its name, true or false. Locks apply to viewers who are ``locked``, but not to
the presenter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from bbbd.clock import Moment
from bbbd.live.commands import Answer, Who, command, other_person
from bbbd.live.feature import Feature
from bbbd.live.protocol import ClientMessage, CommandRefused, RefusalKey, User
from bbbd.live.visibility import VisibleEvent, facts_of, view
from bbbd.meetings.event import LockChanged, LocksChanged
from bbbd.meetings.model import LOCKS, Meeting, Person, is_moderator
from bbbd.values.enums import Role


class SetLocks(ClientMessage, frozen=True, kw_only=True, tag="locks"):
    """Change lock settings: those named."""

    locks: dict[Literal[tuple(LOCKS)], bool]  # type: ignore[valid-type]


class SetLock(ClientMessage, frozen=True, kw_only=True, tag="lock"):
    """Lock or free one person."""

    who: User
    locked: bool


@command(SetLocks, who=Who.MODERATORS)
def _(message: SetLocks, _meeting: Meeting, person: Person, _tab: str) -> Answer:
    locks = {LOCKS[str(name)]: on for name, on in message.locks.items()}
    return [LocksChanged(locks=locks, by=person.user)] if locks else []


@command(SetLock, who=Who.MODERATORS)
def _(message: SetLock, meeting: Meeting, person: Person, _tab: str) -> Answer:
    other = other_person(meeting, message.who)
    if is_moderator(other):
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "moderators are not locked")
    if other.locked == message.locked:
        return []
    return [LockChanged(user=other.user, locked=message.locked, by=person.user)]


def describe_locks(locks: Mapping[str, bool]) -> dict[str, bool]:
    """Return lock settings by the names that clients have for them."""
    return {name: locks.get(inside, False) for name, inside in LOCKS.items()}


@view(LocksChanged)
def _(event: LocksChanged, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``locks``: all of them; ``by``. Every viewer is locked by it."""
    resync = (
        frozenset(user for user, one in meeting.people.items() if one.role is Role.VIEWER)
        if "lock_user_list" in event.locks
        else frozenset()
    )
    return VisibleEvent(facts_of(event, locks=describe_locks(meeting.locks), by=event.by), resync=resync)


@view(LockChanged)
def _(event: LockChanged, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``user``, ``locked``, ``by``."""
    hides = meeting.locks.get("lock_user_list", False)
    resync = frozenset((event.user,)) if hides else frozenset()
    return VisibleEvent(
        facts_of(event, user=event.user, locked=event.locked, by=event.by), about=event.user, resync=resync
    )


def _for_all(meeting: Meeting) -> dict[str, Any]:
    return {"locks": describe_locks(meeting.locks)}


FEATURE = Feature(__name__, "Locks", __doc__, messages=(SetLocks, SetLock), for_all=_for_all)
