"""Breakout rooms follow from their parent's plan: which are created, and what happens to those that are there.

Pure: state in, events out. ``registry.Meetings`` lets them happen after each event of a plan, at each start, and once a
second, so that a kill or a full disk between a parent and its rooms is made up for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha1
from typing import Any

from bbbd.clock import Moment
from bbbd.meetings.breakouts import BREAKOUTS, DurationChanged, open_plan, room_for
from bbbd.meetings.chat import Chatted
from bbbd.meetings.create_parameters import Create
from bbbd.meetings.event import Ended, EndReason, Event, LeaveReason, Left, SessionEnded
from bbbd.meetings.lifecycle import MINUTE
from bbbd.meetings.model import LOCKS, Meeting, Person, PlannedRoom, RoomPlan, is_moderator
from bbbd.values.enums import GuestPolicy


def room_id(parent: Meeting, sequence: int, at: int) -> str:
    """Return the external id of a room that is opened in the page at a time: BigBlueButton's form."""
    text = f"{parent.internal_id}-{at}-{sequence}"
    return f"{sha1(text.encode(), usedforsecurity=False).hexdigest()}-{at}"


def missing_rooms(parent: Meeting) -> list[PlannedRoom]:
    """Return the rooms that were opened and are no meetings yet."""
    plan = open_plan(parent)
    return [room for room in plan.rooms if not room.internal_id] if plan is not None and parent.ended is None else []


def wanted_room(parent: Meeting, room: PlannedRoom, now: Moment) -> Create:
    """Return the parameters of a room: its parent's, but for what a group of its own has."""
    plan, created, wanted = parent.room_plan, parent.created, parent.created.wanted
    assert plan is not None
    records = wanted.breakout_rooms_record and created.record
    unlocked: dict[str, Any] = dict.fromkeys(LOCKS.values(), False)
    left = -(-(plan.opened.steady + plan.minutes * MINUTE - now.steady) // MINUTE)
    return dataclasses.replace(
        wanted,
        **unlocked,
        meeting_id=room.meeting_id,
        name=f"{wanted.name or wanted.meeting_id} ({room.name})",
        attendee_pw=created.attendee_pw,
        moderator_pw=created.moderator_pw,
        voice_bridge="",
        max_participants=0,
        logout_url=created.logout_url,
        record=records,
        # Nobody may be there who could switch it on.
        auto_start_recording=records,
        duration=max(1, left) if plan.minutes else 0,
        is_breakout=True,
        parent_meeting_id=parent.internal_id,
        sequence=room.sequence,
        free_join=plan.free_join,
        moderator_only_message="",
        mute_on_start=False,
        # Those who come were let in by the parent.
        guest_policy=GuestPolicy.ALWAYS_ACCEPT,
        end_without_moderator=False,
        groups=(),
        disabled_features=tuple(dict.fromkeys((*created.disabled_features, BREAKOUTS))),
        disabled_features_exclude=tuple(
            name for name in wanted.disabled_features_exclude if name not in (*created.disabled_features, BREAKOUTS)
        ),
        breakout_rooms_enabled=False,
        slides_url="",
        slides_name="",
        documents=(),
    )


def user_in_parent(parent: Meeting, room: Meeting, external_id: str) -> str:
    """Return who a person in a room is in its parent: their internal id there, "" for nobody.

    An application's link may have the same external id as in the parent; bbbd's own have another (``id_in_room``).
    """
    if user := _user_of_link(parent, room, external_id):
        return user
    return next((one for one, record in parent.attended.items() if record.external_id == external_id), "")


def id_in_room(user: str, room: Meeting) -> str:
    """Return the external id that a person of the parent has in a room, as BigBlueButton makes it."""
    return f"{user}-{room.created.wanted.sequence or 0}"


def _user_of_link(parent: Meeting, room: Meeting, external_id: str) -> str:
    user = external_id.removesuffix(id_in_room("", room))
    return user if user != external_id and user in parent.attended else ""


def events_of_rooms(parent: Meeting, live: Mapping[str, Meeting]) -> Iterator[tuple[Meeting, Event]]:
    """Give what is to happen to rooms so that they fit their parent's plan. Let it happen before asking for the next.

    ``live`` has live meetings by their internal ids.
    """
    plan = parent.room_plan
    for planned in plan.rooms if plan is not None else ():
        room = live.get(planned.internal_id)
        if plan is None or room is None or room.ended is not None:
            continue
        if plan.closed:
            yield room, Ended(why=EndReason.CLOSED)
            continue
        if (minutes := _minutes(parent, plan, room)) > room.duration > 0:
            yield room, DurationChanged(minutes=minutes)
        for message in plan.messages:
            if message.number > room.announced:
                yield room, Chatted(user="", name=message.name, text=message.text, key=f"all:{message.number}")
        for person in list(room.people.values()):
            if _is_misplaced(parent, plan, planned, room, person):
                yield room, Left(user=person.user, why=LeaveReason.MOVED)


def removals(parent: Meeting, rooms: Sequence[Meeting], event: Left) -> Iterator[tuple[Meeting, Event]]:
    """Give the leaves of a person who was removed from a meeting from its rooms, and the ends of sessions there."""
    for room in rooms:
        for person in list(room.people.values()):
            if user_in_parent(parent, room, person.external_id) == event.user:
                yield room, Left(user=person.user, why=LeaveReason.REMOVED, for_good=event.for_good)
        for session in list(room.sessions.values()):
            if user_in_parent(parent, room, session.external_id) == event.user:
                yield room, SessionEnded(token=session.token, why=LeaveReason.REMOVED)


def is_banned(parent: Meeting | None, meeting: Meeting, external_id: str) -> bool:
    """Return whether a person was removed for good: from a meeting, or from the parent of a breakout room.

    Who had a link into a room and was not in it then is not banned in the room itself.
    """
    if external_id in meeting.banned or parent is None:
        return external_id in meeting.banned
    user = user_in_parent(parent, meeting, external_id)
    return user != "" and parent.attended[user].external_id in parent.banned


def _minutes(parent: Meeting, plan: RoomPlan, room: Meeting) -> int:
    """Return how long a room lasts after its creation, by the plan; 0 is without end."""
    if not plan.minutes:
        return 0
    end = plan.opened.steady + plan.minutes * MINUTE
    if parent.duration:
        end = min(end, parent.created_at.steady + parent.duration * MINUTE)
    return -(-(end - room.created_at.steady) // MINUTE)


def _is_misplaced(parent: Meeting, plan: RoomPlan, planned: PlannedRoom, room: Meeting, person: Person) -> bool:
    """Return whether a person is in a room where they do not belong. Moderators visit every room.

    Whom an application sent into a room stays there.
    """
    user = _user_of_link(parent, room, person.external_id)
    if not user or is_moderator(person):
        return False
    return room_for(plan, user, parent.attended[user].external_id) is not planned
