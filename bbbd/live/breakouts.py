"""Breakout rooms: moderators open and close them, move people between them, write to all; people go where they belong.

The snapshot has ``breakouts``, and the message ``breakouts`` has it again (``breakouts``) whenever it changes: null, or
``open`` (whether rooms are open that were opened in the page), ``freeJoin``, ``ends`` (0 for never), ``keepsChat``,
``mine`` (the number of one's own room, or 0) and ``rooms``: all for moderators, else one's own and those that one may
choose. A room is ``sequence`` (its number), ``name``, ``freeJoin``, ``ends`` and ``count``; for moderators also
``planned`` (whether it was opened in the page, so that people can be moved to it), ``assigned`` (users who belong
there) and ``people`` (those who are in it: ``user``, "" for somebody who is not known in this meeting, and ``name``).
Moderators also have ``groups`` of create (``id``, ``name``, ``users`` who are in, and ``others``, how many are not) and
``kept``, the chats that were kept of ended rooms (``room``, ``sequence``, ``name``, ``at``, and ``lines``, their
number).

``breakout.go`` is answered with ``breakout.go`` (``url``: a join link that the server signed for this person), and so
is ``breakout.back``; ``breakout.chat`` with ``breakout.chat`` (``name``, ``lines``: ``at``, ``name``, ``text``).

In a room ``meeting.breakout`` has ``sequence``, ``name``, ``parentName`` and ``keepsChat``. ``back`` of ``bye`` is a
link to the parent; when the person was moved (``moved``) it leads to their new room, and ``follow`` says whether to go
there at once.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from bbbd.clock import Moment
from bbbd.live.backend import Backend
from bbbd.live.breakout_links import link_to_room, way_back
from bbbd.live.breakout_list import end_of, may_enter, number_of, room_of
from bbbd.live.commands import Answer, Decided, DirectReply, Done, ServerRequest, Who, cleaned, command
from bbbd.live.feature import Feature
from bbbd.live.protocol import ClientMessage, CommandRefused, RefusalKey, User
from bbbd.live.rate_limits import Rate
from bbbd.live.visibility import VisibleEvent, facts_of, view
from bbbd.meetings.breakout_rooms import room_id
from bbbd.meetings.breakouts import (
    BREAKOUTS,
    MOST_BREAKOUTS,
    BreakoutMoved,
    BreakoutsAnnounced,
    BreakoutsClosed,
    BreakoutsExtended,
    BreakoutsOpened,
    DurationChanged,
    RoomWanted,
    open_plan,
    room_for,
)
from bbbd.meetings.lifecycle import MINUTE, minutes_left
from bbbd.meetings.model import Meeting, Person, RoomPlan, is_moderator
from bbbd.values.texts import is_visible, title

#: Characters of a room's name and of a message to all rooms; people of one room; minutes.
LONGEST_ROOM_NAME, LONGEST_MESSAGE, MOST_ASSIGNED, MOST_MINUTES = 64, 2000, 500, 24 * 60


class NewRoom(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A room that is to be opened: its name, those who belong there, and the group of create that does."""

    name: Annotated[str, msgspec.Meta(max_length=4 * LONGEST_ROOM_NAME)]
    users: Annotated[list[User], msgspec.Meta(max_length=MOST_ASSIGNED)] = msgspec.field(default_factory=list)
    group: Annotated[str, msgspec.Meta(max_length=256)] = ""


class OpenRooms(ClientMessage, frozen=True, kw_only=True, tag="breakout.open"):
    """Open rooms, for so many ``minutes`` (0 is without end). ``keepChat`` keeps what is written to all in a room."""

    rooms: Annotated[list[NewRoom], msgspec.Meta(min_length=1, max_length=MOST_BREAKOUTS)]
    minutes: Annotated[int, msgspec.Meta(ge=0, le=MOST_MINUTES)] = 0
    free_join: bool = msgspec.field(default=False, name="freeJoin")
    keep_chat: bool = msgspec.field(default=False, name="keepChat")


Number = Annotated[int, msgspec.Meta(ge=0, le=1 << 31)]


class GoToRoom(ClientMessage, frozen=True, kw_only=True, tag="breakout.go"):
    """Ask for a link into a room. Who chooses a room (``freeJoin``) belongs there from then on."""

    room: Number


class GoBack(ClientMessage, frozen=True, kw_only=True, tag="breakout.back"):
    """Ask, in a breakout room, for a link to its parent."""


class MovePerson(ClientMessage, frozen=True, kw_only=True, tag="breakout.move"):
    """Move a person to another room, 0 for none. Who is in a room leaves it, and is led to the new one."""

    who: User
    room: Number


class Extend(ClientMessage, frozen=True, kw_only=True, tag="breakout.extend"):
    """Keep the rooms open for so many more minutes."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=MOST_MINUTES)]


class SayToRooms(ClientMessage, frozen=True, kw_only=True, tag="breakout.say"):
    """Write to all rooms that were opened in the page."""

    text: str


class CloseRooms(ClientMessage, frozen=True, kw_only=True, tag="breakout.close"):
    """Close the rooms."""


class ReadChat(ClientMessage, frozen=True, kw_only=True, tag="breakout.chat"):
    """Ask for the chat that was kept of a room; ``room`` is as in ``kept``."""

    room: Annotated[str, msgspec.Meta(max_length=256)]


def _plan(meeting: Meeting) -> RoomPlan:
    plan = open_plan(meeting)
    if plan is None:
        raise CommandRefused(RefusalKey.GONE, "no rooms are open")
    return plan


@command(OpenRooms, who=Who.MODERATORS, needs=BREAKOUTS, rate=Rate(0.2, 5), fills=BreakoutsOpened)
def _(message: OpenRooms, meeting: Meeting, person: Person, _tab: str) -> Answer:
    if meeting.is_breakout:
        raise CommandRefused(RefusalKey.UNSUPPORTED, "a breakout room has no rooms of its own")
    if open_plan(meeting) is not None:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "rooms are open already: close them first")

    def ask(server: Backend) -> Decided:
        others = server.rooms_of(meeting)
        if len(others) + len(message.rooms) > MOST_BREAKOUTS:
            raise CommandRefused(RefusalKey.NOT_ALLOWED, f"a meeting has at most {MOST_BREAKOUTS} breakout rooms")
        if not server.has_space(len(message.rooms)):
            raise CommandRefused(RefusalKey.UNAVAILABLE, "the server has no space for so many meetings")
        first = 1 + max((room.created.wanted.sequence or 0 for room in others), default=0)
        now = server.now()
        rooms = tuple(_rooms(message, meeting, first, now.wall))
        rest = minutes_left(meeting, now)
        return [
            BreakoutsOpened(
                rooms=rooms,
                minutes=min(message.minutes, rest) if message.minutes and rest else message.minutes,
                free_join=message.free_join,
                keep_chat=message.keep_chat,
                by=person.user,
            )
        ]

    return ServerRequest(ask)


def _rooms(message: OpenRooms, meeting: Meeting, first: int, at: int) -> list[RoomWanted]:
    rosters = {group["id"]: group["roster"] for group in meeting.created.wanted.groups}
    taken: set[str] = set()
    rooms = []
    for sequence, room in enumerate(message.rooms, start=first):
        name = title(room.name)
        if len(name) > LONGEST_ROOM_NAME:
            raise CommandRefused(RefusalKey.TOO_LONG, f"a room's name has at most {LONGEST_ROOM_NAME} characters")
        if not is_visible(name):
            raise CommandRefused(RefusalKey.MALFORMED, "a room has a name")
        if room.group and room.group not in rosters:
            raise CommandRefused(RefusalKey.GONE, "there is no such group")
        users = [user for user in dict.fromkeys(room.users) if user in meeting.people]
        if not taken.isdisjoint(users):
            raise CommandRefused(RefusalKey.MALFORMED, "a person belongs in one room")
        taken.update(users)
        # Who is in is where the moderator put them, whatever the group says.
        here = {one.external_id for one in meeting.people.values()}
        roster = [one for one in rosters.get(room.group, ()) if one not in here]
        rooms.append(
            RoomWanted(
                meeting_id=room_id(meeting, sequence, at),
                sequence=sequence,
                name=name,
                users=tuple(users),
                roster=tuple(roster),
            )
        )
    return rooms


@command(GoToRoom, needs=BREAKOUTS, rate=Rate(0.5, 10))
def _(message: GoToRoom, meeting: Meeting, person: Person, _tab: str) -> Answer:
    def ask(server: Backend) -> Decided:
        plan = open_plan(meeting)
        room = next((one for one in server.rooms_of(meeting) if number_of(one) == message.room), None)
        if room is None:
            raise CommandRefused(RefusalKey.GONE, "there is no such room")
        mine = room_of(plan, person)
        if not may_enter(room, mine, moderates=is_moderator(person)):
            raise CommandRefused(RefusalKey.NOT_ALLOWED, "this is not your room")
        reply = DirectReply("breakout.go", {"url": link_to_room(server, meeting, room, person)})
        chooses = plan is not None and _is_planned(plan, room) and number_of(room) != mine and not is_moderator(person)
        if not chooses:
            return reply
        return Done((BreakoutMoved(user=person.user, sequence=message.room, by=person.user),), reply)

    return ServerRequest(ask)


def _is_planned(plan: RoomPlan | None, room: Meeting) -> bool:
    return plan is not None and any(one.internal_id == room.internal_id for one in plan.rooms)


@command(GoBack, rate=Rate(0.5, 10))
def _(_message: GoBack, meeting: Meeting, person: Person, _tab: str) -> Answer:
    def ask(server: Backend) -> Decided:
        url = way_back(server, meeting, person.external_id, person.name)
        if not url:
            raise CommandRefused(RefusalKey.GONE, "there is no way back from here")
        return DirectReply("breakout.back", {"url": url})

    return ServerRequest(ask)


@command(MovePerson, who=Who.MODERATORS, needs=BREAKOUTS)
def _(message: MovePerson, meeting: Meeting, person: Person, _tab: str) -> Answer:
    plan = _plan(meeting)
    if message.who not in meeting.attended:
        raise CommandRefused(RefusalKey.GONE, "they are not in the meeting")
    if message.room and not any(room.sequence == message.room and not room.over for room in plan.rooms):
        raise CommandRefused(RefusalKey.GONE, "there is no such room")
    now = room_for(plan, message.who, meeting.attended[message.who].external_id)
    if (now.sequence if now else 0) == message.room:
        return []
    return [BreakoutMoved(user=message.who, sequence=message.room, by=person.user)]


@command(Extend, who=Who.MODERATORS, needs=BREAKOUTS, rate=Rate(0.5, 10))
def _(message: Extend, meeting: Meeting, person: Person, _tab: str) -> Answer:
    plan = _plan(meeting)
    if not plan.minutes:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "the rooms have no end")

    def ask(server: Backend) -> Decided:
        now = server.now()
        minutes, rest = plan.minutes + message.minutes, minutes_left(meeting, now)
        if rest:
            minutes = min(minutes, (now.steady - plan.opened.steady) // MINUTE + rest)
        if minutes <= plan.minutes:
            raise CommandRefused(RefusalKey.NOT_ALLOWED, "the meeting itself ends then")
        return [BreakoutsExtended(minutes=minutes, by=person.user)]

    return ServerRequest(ask)


@command(SayToRooms, who=Who.MODERATORS, needs=BREAKOUTS, rate=Rate(0.5, 5), fills=BreakoutsAnnounced)
def _(message: SayToRooms, meeting: Meeting, person: Person, _tab: str) -> Answer:
    _plan(meeting)
    text = cleaned(message.text, LONGEST_MESSAGE)
    return [BreakoutsAnnounced(name=person.name, text=text, by=person.user)]


@command(CloseRooms, who=Who.MODERATORS, needs=BREAKOUTS)
def _(_message: CloseRooms, meeting: Meeting, person: Person, _tab: str) -> Answer:
    _plan(meeting)
    return [BreakoutsClosed(by=person.user)]


@command(ReadChat, who=Who.MODERATORS, rate=Rate(1, 20))
def _(message: ReadChat, meeting: Meeting, _person: Person, _tab: str) -> Answer:
    kept = next((one for one in meeting.kept_chats if one.internal_id == message.room), None)
    if kept is None:
        raise CommandRefused(RefusalKey.GONE, "no chat was kept of this room")
    return DirectReply("breakout.chat", {"name": kept.name, "lines": kept.lines})


# What people see.


@view(BreakoutsOpened)
def _(event: BreakoutsOpened, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``rooms`` (their number), ``minutes``, ``by``."""
    return VisibleEvent(facts_of(event, rooms=len(event.rooms), minutes=event.minutes, by=event.by))


@view(BreakoutMoved)
def _(event: BreakoutMoved, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``user``, ``room`` (its number, or 0), ``by``. Only for that person."""
    facts = facts_of(event, user=event.user, room=event.sequence, by=event.by)
    return VisibleEvent(facts, to=frozenset((event.user,)))


@view(BreakoutsExtended)
def _(event: BreakoutsExtended, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``ends``, ``by``."""
    return VisibleEvent(facts_of(event, ends=end_of(meeting.room_plan), by=event.by))


@view(BreakoutsAnnounced)
def _(event: BreakoutsAnnounced, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``name``, ``text``, ``by``. Moderators only; in the rooms it is a line of the chat."""
    return VisibleEvent(facts_of(event, name=event.name, text=event.text, by=event.by), moderators=True)


@view(BreakoutsClosed)
def _(event: BreakoutsClosed, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``by``."""
    return VisibleEvent(facts_of(event, by=event.by))


@view(DurationChanged)
def _(event: DurationChanged, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """In a room: ``duration`` (minutes), ``ends``."""
    ends = meeting.created_at.wall + event.minutes * MINUTE
    return VisibleEvent(facts_of(event, duration=event.minutes, ends=ends))


FEATURE = Feature(
    __name__,
    "Breakout rooms",
    __doc__,
    messages=(OpenRooms, GoToRoom, GoBack, MovePerson, Extend, SayToRooms, CloseRooms, ReadChat),
    limits={"rooms": MOST_BREAKOUTS, "roomName": LONGEST_ROOM_NAME, "roomMessage": LONGEST_MESSAGE},
)
