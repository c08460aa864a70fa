"""Breakout rooms of a meeting: opened by calls or in the page, moved between, extended, closed.

Rooms that are opened in the page begin as an event of their parent, the plan. They follow from it
(``breakout_rooms.py``): so a kill between the parent and its rooms is made up for at the next start.
"""

from __future__ import annotations

import msgspec

from bbbd.clock import Moment
from bbbd.meetings.event import Event
from bbbd.meetings.model import KeptChat, KeptLine, Meeting, PlannedRoom, RoomMessage, RoomPlan
from bbbd.meetings.rules import note_activity, rule

#: The names by which ``disabledFeatures`` switches breakout rooms and private chat off.
BREAKOUTS, PRIVATE_CHAT = "breakoutRooms", "privateChat"
#: Limit of breakout rooms per meeting.
MOST_BREAKOUTS = 16
#: Chats of ended rooms that a meeting keeps, and the most characters of each: the last ones.
CHATS_KEPT, LONGEST_KEPT = 32, 100_000
#: Messages to all rooms that a meeting keeps until each room has them.
MESSAGES_KEPT = 20


class RoomWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A breakout room that is to be opened; see ``PlannedRoom``."""

    meeting_id: str
    sequence: int
    name: str
    users: tuple[str, ...] = ()
    roster: tuple[str, ...] = ()


class BreakoutsOpened(Event, frozen=True, kw_only=True, tag="BreakoutsOpened"):
    """A moderator opened breakout rooms, for so many ``minutes`` (0 is without end). The rooms follow from this."""

    rooms: tuple[RoomWanted, ...]
    minutes: int = 0
    free_join: bool = False
    keep_chat: bool = False
    by: str = ""


class BreakoutMoved(Event, frozen=True, kw_only=True, tag="BreakoutMoved"):
    """A person belongs in another room, 0 for none: moved by a moderator, or by their own choice."""

    user: str
    sequence: int
    by: str = ""


class BreakoutsExtended(Event, frozen=True, kw_only=True, tag="BreakoutsExtended"):
    """The rooms are open for so many minutes in all."""

    minutes: int
    by: str = ""


class BreakoutsAnnounced(Event, frozen=True, kw_only=True, tag="BreakoutsAnnounced"):
    """A moderator wrote to all rooms."""

    name: str
    text: str
    by: str = ""


class BreakoutsClosed(Event, frozen=True, kw_only=True, tag="BreakoutsClosed"):
    """A moderator closed the rooms."""

    by: str = ""


class BreakoutOpened(Event, frozen=True, kw_only=True, tag="BreakoutOpened"):
    """A breakout room of this meeting was created."""

    internal_id: str
    external_id: str
    sequence: int


class BreakoutClosed(Event, frozen=True, kw_only=True, omit_defaults=True, tag="BreakoutClosed"):
    """A breakout room of this meeting ended. People in it counted as present here.

    How many milliseconds ago the last person and the last moderator left the room, and somebody was active in it; None
    when nobody was. ``chat`` is its public chat, if that is kept.
    """

    internal_id: str
    left_ago: int | None = None
    unmoderated_ago: int | None = None
    active_ago: int | None = None
    chat: tuple[KeptLine, ...] = ()


class DurationChanged(Event, frozen=True, kw_only=True, tag="DurationChanged"):
    """This breakout room ends so many minutes after its creation."""

    minutes: int


#: The events of a parent that its rooms follow.
PLANS = (BreakoutsOpened, BreakoutMoved, BreakoutsExtended, BreakoutsAnnounced, BreakoutsClosed)
EVENTS: tuple[type[Event], ...] = (*PLANS, BreakoutOpened, BreakoutClosed, DurationChanged)


def open_plan(meeting: Meeting) -> RoomPlan | None:
    """Return the rooms that were opened in the page, None when none are open."""
    plan = meeting.room_plan
    return plan if plan is not None and plan.is_open else None


def room_for(plan: RoomPlan, user: str, external_id: str) -> PlannedRoom | None:
    """Return the room where a person belongs."""
    by_user = next((room for room in plan.rooms if user in room.users), None)
    return by_user or next((room for room in plan.rooms if external_id in room.roster), None)


@rule(BreakoutsOpened)
def _(event: BreakoutsOpened, meeting: Meeting, at: Moment) -> None:
    assert open_plan(meeting) is None
    meeting.room_plan = RoomPlan(
        opened=at,
        rooms=[
            PlannedRoom(
                meeting_id=room.meeting_id,
                sequence=room.sequence,
                name=room.name,
                users=list(room.users),
                roster=list(room.roster),
            )
            for room in event.rooms
        ],
        minutes=event.minutes,
        free_join=event.free_join,
        keep_chat=event.keep_chat,
    )
    note_activity(meeting, event.by, at)


@rule(BreakoutMoved)
def _(event: BreakoutMoved, meeting: Meeting, at: Moment) -> None:
    plan = open_plan(meeting)
    assert plan is not None
    external_id = meeting.attended[event.user].external_id
    rooms = {room.sequence: room for room in plan.rooms}
    target = rooms[event.sequence] if event.sequence else None
    for room in plan.rooms:
        room.users = [user for user in room.users if user != event.user]
        room.roster = [one for one in room.roster if one != external_id]
    if target is not None:
        target.users.append(event.user)
    plan.chose = [user for user in plan.chose if user != event.user]
    if event.by == event.user:
        plan.chose.append(event.user)
    note_activity(meeting, event.by, at)


@rule(BreakoutsExtended)
def _(event: BreakoutsExtended, meeting: Meeting, at: Moment) -> None:
    plan = open_plan(meeting)
    assert plan is not None
    plan.minutes = event.minutes
    note_activity(meeting, event.by, at)


@rule(BreakoutsAnnounced)
def _(event: BreakoutsAnnounced, meeting: Meeting, at: Moment) -> None:
    plan = open_plan(meeting)
    assert plan is not None
    plan.said += 1
    plan.messages.append(RoomMessage(number=plan.said, name=event.name, text=event.text))
    del plan.messages[:-MESSAGES_KEPT]
    note_activity(meeting, event.by, at)


@rule(BreakoutsClosed)
def _(event: BreakoutsClosed, meeting: Meeting, at: Moment) -> None:
    plan = open_plan(meeting)
    assert plan is not None
    plan.closed = True
    note_activity(meeting, event.by, at)


@rule(BreakoutOpened)
def _(event: BreakoutOpened, meeting: Meeting, _at: Moment) -> None:
    meeting.breakouts[event.internal_id] = event.external_id
    for room in meeting.room_plan.rooms if meeting.room_plan else ():
        if room.meeting_id == event.external_id:
            room.internal_id = event.internal_id


@rule(BreakoutClosed)
def _(event: BreakoutClosed, meeting: Meeting, at: Moment) -> None:
    del meeting.breakouts[event.internal_id]
    for room in meeting.room_plan.rooms if meeting.room_plan else ():
        if room.internal_id == event.internal_id:
            room.over = True
            if event.chat:
                kept = KeptChat(
                    internal_id=event.internal_id, sequence=room.sequence, name=room.name, at=at.wall, lines=event.chat
                )
                meeting.kept_chats.append(kept)
                del meeting.kept_chats[:-CHATS_KEPT]
    if event.left_ago is not None and not meeting.people:
        meeting.empty_since = None
        meeting.left_since = _later(meeting.left_since, at, event.left_ago)
    if event.unmoderated_ago is not None and not meeting.moderators():
        meeting.unmoderated_since = _later(meeting.unmoderated_since, at, event.unmoderated_ago)
    if event.active_ago is not None and (active := _later(meeting.active, at, event.active_ago)) != meeting.active:
        meeting.active, meeting.warned = active, None


def _later(known: Moment | None, at: Moment, ago: int) -> Moment:
    moment = Moment(at.wall - ago, at.steady - ago)
    return moment if known is None or known.steady < moment.steady else known


@rule(DurationChanged)
def _(event: DurationChanged, meeting: Meeting, _at: Moment) -> None:
    assert meeting.is_breakout
    meeting.lasts = event.minutes


def breakout_opened(room: Meeting) -> BreakoutOpened:
    """Return the event by which a parent lists a breakout room."""
    return BreakoutOpened(
        internal_id=room.internal_id, external_id=room.external_id, sequence=room.created.wanted.sequence or 0
    )


def breakout_closed(room: Meeting, now: Moment, parent: Meeting) -> BreakoutClosed:
    """Return the event by which a parent learns that a breakout room has ended."""

    def ago(since: Moment | None) -> int | None:
        return None if since is None else max(0, now.steady - since.steady)

    return BreakoutClosed(
        internal_id=room.internal_id,
        left_ago=0 if room.people else ago(room.left_since),
        unmoderated_ago=0 if room.moderators() else ago(room.unmoderated_since),
        active_ago=ago(room.active) if room.has_user_joined else None,
        chat=_chat_to_keep(room) if keeps_chat(parent, room) else (),
    )


def keeps_chat(parent: Meeting, room: Meeting) -> bool:
    """Return whether a room's public chat is kept for the moderators of its parent."""
    plan = parent.room_plan
    planned = plan is not None and any(one.internal_id == room.internal_id for one in plan.rooms)
    return planned and plan is not None and plan.keep_chat


def _chat_to_keep(room: Meeting) -> tuple[KeptLine, ...]:
    """Return the last lines of a room's public chat, but for what the parent's moderators wrote to all rooms."""
    left, kept = LONGEST_KEPT, []
    for message in reversed(room.chat):
        if message.to or not message.user:
            continue
        left -= len(message.text) + len(message.name)
        if left < 0:
            break
        kept.append(KeptLine(at=message.at, name=message.name, text=message.text))
    return tuple(reversed(kept))
