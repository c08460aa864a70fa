"""A meeting's breakout rooms as one person sees them: ``breakouts`` in snapshots and in the message of that name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bbbd.live.protocol import written
from bbbd.meetings.breakout_rooms import user_in_parent
from bbbd.meetings.breakouts import MOST_BREAKOUTS, open_plan, room_for
from bbbd.meetings.lifecycle import MINUTE
from bbbd.meetings.model import Meeting, Person, RoomPlan, is_moderator


def room_of(plan: RoomPlan | None, person: Person) -> int:
    """Return the number of the room where a person belongs, 0 for none."""
    found = room_for(plan, person.user, person.external_id) if plan is not None else None
    return found.sequence if found is not None and not found.over else 0


def number_of(room: Meeting) -> int:
    """Return a room's number."""
    return room.created.wanted.sequence or 0


def may_enter(room: Meeting, mine: int, *, moderates: bool) -> bool:
    """Return whether a person may go to a room: it is their own (``mine`` is its number, 0 for none), or free."""
    # A call may have created a room with the number 0, which is nobody's own.
    return moderates or (mine > 0 and number_of(room) == mine) or room.created.wanted.free_join


def end_of(plan: RoomPlan | None) -> int:
    """Return when the rooms end, in milliseconds since 1970; 0 is never."""
    return plan.opened.wall + plan.minutes * MINUTE if plan is not None and plan.minutes else 0


def describe_breakouts(meeting: Meeting, rooms: Sequence[Meeting], person: Person) -> dict[str, Any] | None:
    """Return the breakout rooms (``rooms`` are the live ones) as one person sees them."""
    plan = open_plan(meeting)
    mine, moderates = room_of(plan, person), is_moderator(person) and not meeting.is_breakout
    seen = [room for room in rooms if may_enter(room, mine, moderates=moderates)]
    if not (moderates or seen):
        return None
    described: dict[str, Any] = {
        "open": plan is not None,
        "freeJoin": plan is not None and plan.free_join,
        "ends": end_of(plan),
        "keepsChat": plan is not None and plan.keep_chat,
        "mine": mine,
        "rooms": [_describe_room(meeting, plan, room, moderates=moderates) for room in seen],
    }
    if moderates:
        described["groups"] = _groups(meeting)
        described["kept"] = [
            {"room": one.internal_id, "sequence": one.sequence, "name": one.name, "at": one.at, "lines": len(one.lines)}
            for one in meeting.kept_chats
        ]
    return described


def _describe_room(parent: Meeting, plan: RoomPlan | None, room: Meeting, *, moderates: bool) -> dict[str, Any]:
    described: dict[str, Any] = {
        "sequence": number_of(room),
        "name": name_of_room(parent, room),
        "freeJoin": room.created.wanted.free_join,
        "ends": room.created_at.wall + room.duration * MINUTE if room.duration else 0,
        "count": len(room.people),
    }
    if moderates:
        planned = next((one for one in plan.rooms if one.internal_id == room.internal_id), None) if plan else None
        described["planned"] = planned is not None
        described["assigned"] = _assigned(parent, plan, planned.sequence) if plan and planned else []
        described["people"] = [
            {"user": user_in_parent(parent, room, one.external_id), "name": one.name} for one in room.people.values()
        ]
    return described


def _assigned(parent: Meeting, plan: RoomPlan, sequence: int) -> list[str]:
    found = ((user, room_for(plan, user, record.external_id)) for user, record in parent.attended.items())
    return [user for user, room in found if room is not None and room.sequence == sequence]


def name_of_room(parent: Meeting | None, room: Meeting) -> str:
    """Return a room's own name, without its parent's."""
    plan = parent.room_plan if parent is not None else None
    planned = next((one for one in plan.rooms if one.internal_id == room.internal_id), None) if plan else None
    return planned.name if planned else room.created.wanted.name or room.external_id


def _groups(meeting: Meeting) -> list[dict[str, Any]]:
    here = {person.external_id: person.user for person in meeting.people.values()}
    return [
        {
            "id": group["id"],
            "name": group["name"],
            "users": [here[one] for one in dict.fromkeys(group["roster"]) if one in here],
            "others": sum(one not in here for one in group["roster"]),
        }
        for group in meeting.created.wanted.groups[:MOST_BREAKOUTS]
    ]


def breakouts_message(meeting: Meeting, rooms: Sequence[Meeting], person: Person) -> str:
    """Return the message ``breakouts`` for one person."""
    return written("breakouts", breakouts=describe_breakouts(meeting, rooms, person))
