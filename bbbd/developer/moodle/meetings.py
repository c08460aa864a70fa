"""Meeting operations of the back office: create a running meeting with people, list all meetings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha1
from secrets import token_bytes

from bbbd.api.create import create, summary
from bbbd.api.problems import Failed, Notice, Problem
from bbbd.api.query import Query
from bbbd.api.response_tree import Tree
from bbbd.api.server import Server
from bbbd.developer.moodle.answers import numbered
from bbbd.developer.moodle.context import OperationContext
from bbbd.developer.people import MOST
from bbbd.meetings.create_parameters import METADATA, Create
from bbbd.meetings.event import Joined
from bbbd.meetings.joining import register
from bbbd.meetings.model import Meeting
from bbbd.values.enums import GuestStatus, Role
from bbbd.values.fields import given, read
from bbbd.values.value_types import (
    ANY_IDENTIFIER,
    BOOLEAN,
    COMMA_LIST,
    DIGITS,
    TEXT,
    ValueType,
    identifier,
    number,
    title_text,
)

PARENT = "We could not find a parent meeting with that meeting ID"
#: User ids for people given as a count: numbers, like Moodle's, outside the range of test users.
_FIRST = 1_000_000
_USER = identifier(1, 256)


def _users(given_ids: Iterable[object]) -> tuple[str, ...]:
    users = tuple(dict.fromkeys(_USER.read(str(one).strip()) for one in given_ids))
    if len(users) > MOST:
        raise ValueError(f"names {len(users)} people; allowed are {MOST}")
    return users


def _participants(given_text: str) -> tuple[str, ...]:
    try:
        found = json.loads(given_text)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= MOST:
        return tuple(str(_FIRST + one) for one in range(found))
    if not isinstance(found, list) or not all(type(one) in (str, int) for one in found):
        raise ValueError(f"is not {PARTICIPANTS.allowed}")
    return _users(found)


MODERATORS = ValueType("user ids with commas between", lambda ids: _users(COMMA_LIST.read(ids)))
PARTICIPANTS = ValueType(f"a number of at most {MOST}, or a JSON array of user ids", _participants)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateMeeting:
    """Parameters of ``createMeeting``."""

    meeting_id: str = given("meetingID", ANY_IDENTIFIER, "Its id; generated if missing.", default="")
    attendee_pw: str = given("attendeePW", ANY_IDENTIFIER, "The viewers' password.")
    moderator_pw: str = given("moderatorPW", ANY_IDENTIFIER, "The moderators' password.")
    name: str = given(("name", "meetingName"), title_text(), "Its name.")
    max_users: int = given("maxUsers", number(), "Seats; 0 is no limit.", default=0)
    voice_bridge: str = given("voiceBridge", DIGITS, "The voice bridge; ignored if 0 or in use.", default="")
    dial_number: str = given("dialNumber", TEXT, "A telephone number to return.", default="")
    moderators: tuple[str, ...] = given("moderators", MODERATORS, "Moderators in the meeting.", default=())
    participants: tuple[str, ...] = given("participants", PARTICIPANTS, "Viewers in the meeting.", default=())
    is_breakout: bool = given("isBreakout", BOOLEAN, "Whether it is a breakout room.", default=False)
    parent: str = given("parentMeetingID", ANY_IDENTIFIER, "The breakout room's parent.", default="")
    sequence: int = given("sequence", number(most=10_000), "Its number; the next one if missing.", default=0)
    free_join: bool = given("freeJoin", BOOLEAN, "As in create.", default=False)
    rooms_enabled: bool = given("breakoutRoomsEnabled", BOOLEAN, "As in create.", default=True)
    rooms_record: bool = given("breakoutRoomsRecord", BOOLEAN, "As in create.", default=True)
    rooms_private_chat: bool = given("breakoutRoomsPrivateChatEnabled", BOOLEAN, "As in create.", default=True)
    metadata: dict[str, str] = given(
        "meta_*", METADATA, "Metadata to store and return; callbacks are sent.", default={}
    )

    def create_parameters(self, server: Server, sequence: int) -> Create:
        """Return the parameters of create. The meeting has no timeouts, as in the mock."""
        bridge = "" if not self.voice_bridge.strip("0") else self.voice_bridge
        pairs: dict[str, object] = {
            "meetingID": self.meeting_id or sha1(token_bytes(20), usedforsecurity=False).hexdigest(),
            "attendeePW": self.attendee_pw,
            "moderatorPW": self.moderator_pw,
            "name": self.name,
            "maxParticipants": self.max_users,
            "dialNumber": self.dial_number,
            "voiceBridge": "" if server.meetings.bridge_is_used(bridge) else bridge,
            "freeJoin": self.free_join,
            "breakoutRoomsEnabled": self.rooms_enabled,
            "breakoutRoomsRecord": self.rooms_record,
            "breakoutRoomsPrivateChatEnabled": self.rooms_private_chat,
            "meetingExpireIfNoUserJoinedInMinutes": 0,
            "meetingExpireWhenLastUserLeftInMinutes": 0,
        }
        if self.is_breakout:
            pairs |= {"isBreakout": True, "parentMeetingID": self.parent, "sequence": sequence}
        params = read(Create, Query([(name, str(value)) for name, value in pairs.items()]), server.settings)
        return replace(params, metadata=self.metadata)


async def create_meeting(context: OperationContext, params: CreateMeeting) -> Tree:
    """Create a running meeting with people in it; a repeated call for a live meeting changes nothing."""
    server, state = context.server, context.state
    parent = server.meetings.find_live(params.parent) if params.is_breakout else None
    if params.is_breakout and parent is None:
        raise Failed(Problem.NOT_FOUND, PARENT)
    sequence = params.sequence or (len(state.rooms[parent.internal_id]) + 1 if parent else 0)
    create_parameters = params.create_parameters(server, sequence)
    lives = server.meetings.find_external(create_parameters.meeting_id) is not None
    reply = create(server, create_parameters)
    if lives:
        return reply.tree[1:]
    meeting = server.meetings.find_external(create_parameters.meeting_id)
    assert meeting is not None
    state.running.add(meeting.internal_id)
    for role, users in ((Role.MODERATOR, params.moderators), (Role.VIEWER, params.participants)):
        for index, user in enumerate(users):
            _enter(server, meeting, user, f"{_NAMES[role]} {index}", role)
    return summary(meeting, Notice.NONE).tree[1:]


_NAMES = {Role.MODERATOR: "Moderator", Role.VIEWER: "Participant"}


def _enter(server: Server, meeting: Meeting, user: str, name: str, role: Role) -> None:
    """Let a person enter even if the meeting is full, since tests create full meetings this way."""
    event = register(
        meeting,
        external_id=user,
        name=name,
        role=role,
        guest=False,
        status=GuestStatus.ALLOW,
        avatar="",
        layout="",
        config_token="",
        web_voice="",
        client_url="",
        customdata={},
    )
    server.meetings.happen(meeting, event)
    server.meetings.happen(meeting, Joined(token=event.token))


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSelection:
    """No parameters."""


async def list_meetings(context: OperationContext, _params: NoSelection) -> Tree:
    """List all live meetings, `<meetings><_0>…`."""
    return [("meetings", numbered(context.state.describe(meeting) for meeting in context.server.meetings))]
