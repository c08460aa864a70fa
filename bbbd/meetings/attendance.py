"""Attendance records for analytics: stays and activities of each person, kept after they left."""

from __future__ import annotations

import msgspec

from bbbd.clock import Moment


class AttendanceRecord(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A person who was in. Times are milliseconds since 1970; ``talked`` is milliseconds."""

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
    polls: int = 0

    def present(self, until: int) -> int:
        """Return the milliseconds of all stays; ``until`` ends the stay of a person who is still in."""
        leaves = [*self.leaves, *[until] * (len(self.joins) - len(self.leaves))]
        return sum(leave - join for join, leave in zip(self.joins, leaves, strict=True))


Register = dict[str, AttendanceRecord]


def enter(register: Register, user: str, attended: AttendanceRecord, at: Moment) -> None:
    """Note that a person came in."""
    known = register.setdefault(user, attended)
    known.name, known.moderator = attended.name, known.moderator or attended.moderator
    known.joins.append(at.wall)
