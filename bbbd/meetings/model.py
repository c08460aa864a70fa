"""The state of a meeting: people, sessions, chat, slides, recording. Only ``fold.apply`` changes it.

The structures are plain, so that a whole meeting can be written as one line of its journal (``Restored``).
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from bbbd.clock import Moment
from bbbd.meetings.attendance import AttendanceRecord
from bbbd.meetings.create_parameters import Document
from bbbd.meetings.event import Created, EndReason, Microphone
from bbbd.values.enums import GuestPolicy, GuestStatus, RecordedMedia, Role

#: The lock settings: the name that clients have for each, and its name in ``Create`` and in journals.
LOCKS = {
    "cam": "lock_cam",
    "mic": "lock_mic",
    "privateChat": "lock_private_chat",
    "publicChat": "lock_public_chat",
    "notes": "lock_notes",
    "layout": "lock_layout",
    "userList": "lock_user_list",
    "cursor": "lock_cursor",
    "annotation": "lock_annotation",
    "webcamsOnlyForModerator": "webcams_only_for_moderator",
}


class Session(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The result of a join: the right to enter, identified by its token. ``used`` is the time of its last use."""

    token: str
    auth_token: str
    user: str
    external_id: str
    name: str
    role: Role
    guest: bool
    status: GuestStatus
    avatar: str
    layout: str
    config_token: str
    web_voice: str
    client_url: str
    used: Moment
    entered: bool = False
    rated: bool = False
    #: Milliseconds since 1970 when it was made.
    since: int = 0
    #: Whether the holder's connection is lost.
    away: bool = False
    #: Keys of the person's last chat messages, by which a message that is sent again after a reconnect is recognized.
    said: list[str] = []


class Person(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A person in the meeting. ``away``: since the connection was lost; ``asked``: since they were asked for a sign."""

    user: str
    external_id: str
    name: str
    role: Role
    guest: bool
    avatar: str
    session: str
    locked: bool
    joined: Moment
    active: Moment
    away: Moment | None = None
    asked: Moment | None = None
    microphone: Microphone = Microphone.NONE
    cameras: int = 0
    screen: bool = False
    hand: Moment | None = None
    talked: int = 0
    #: Files in which tracks of this person are being kept, with the kind of each.
    kept: dict[str, str] = {}


class ChatMessage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of the chat; ``to`` is empty when it is for all. ``n`` is its event's number."""

    n: int
    at: int
    user: str
    name: str
    text: str
    to: str = ""


class DeckState(StrEnum):
    """The state of a deck."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"
    REMOVED = "removed"


class Deck(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A document and its conversion: ``pages`` below ``key`` once it is ready, ``why`` if it failed."""

    deck: str
    document: Document
    state: DeckState = DeckState.WAITING
    tries: int = 0
    pages: int = 0
    key: str = ""
    why: str = ""


class Stage(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The page that everybody follows, and the visible part of it in percent."""

    deck: str
    page: int
    x: float = 0
    y: float = 0
    w: float = 100
    h: float = 100


class PollKind(StrEnum):
    """The kind of a poll's answers; the values are BigBlueButton's."""

    YES_NO = "YN"
    YES_NO_ABSTENTION = "YNA"
    TRUE_FALSE = "TF"
    A2 = "A-2"
    A3 = "A-3"
    A4 = "A-4"
    A5 = "A-5"
    A6 = "A-6"
    CUSTOM = "CUSTOM"
    TYPED = "R-"


class PollState(StrEnum):
    """The state of a poll. A closed one is neither open nor on the stage."""

    OPEN = "open"
    ENDED = "ended"
    PUBLISHED = "published"
    CLOSED = "closed"


class AnswerTotal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer of a poll, and how many people gave it."""

    text: str
    votes: int


class Ballot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person answered in a poll: places of answers, or a text. Both are empty when the poll is secret."""

    answers: tuple[int, ...] = ()
    text: str = ""


class Poll(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A poll. ``n`` is the number of the event that began it, ``published_n`` of the one that published it."""

    poll: str
    n: int
    #: Milliseconds since 1970; of the publication 0 while there was none.
    begun: int
    kind: PollKind
    question: str
    answers: tuple[str, ...]
    secret: bool
    multiple: bool
    by: str
    state: PollState = PollState.OPEN
    #: By user.
    ballots: dict[str, Ballot] = {}
    totals: tuple[AnswerTotal, ...] = ()
    respondents: int = 0
    responders: int = 0
    published: int = 0
    published_n: int = 0


class PlannedRoom(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A breakout room that was opened in the page: the meeting that it becomes, and those who belong in it.

    ``users`` are internal ids in this meeting; ``roster`` are external ids of those who come in later.
    """

    meeting_id: str
    sequence: int
    name: str
    users: list[str] = []
    roster: list[str] = []
    #: Its internal id once it is a meeting, and whether it has ended.
    internal_id: str = ""
    over: bool = False


class RoomMessage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message to all breakout rooms; they are numbered from 1."""

    number: int
    name: str
    text: str


class RoomPlan(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The breakout rooms that were opened together. They end so many ``minutes`` after ``opened``; 0 is never."""

    opened: Moment
    rooms: list[PlannedRoom]
    minutes: int
    free_join: bool
    keep_chat: bool
    closed: bool = False
    #: Users who chose their room themselves.
    chose: list[str] = []
    #: The number of messages to all rooms, and the last of them.
    said: int = 0
    messages: list[RoomMessage] = []

    @property
    def is_open(self) -> bool:
        """Whether there are rooms, or soon will be."""
        return not self.closed and not all(room.over for room in self.rooms)


class KeptLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of a breakout room's chat."""

    at: int
    name: str
    text: str


class KeptChat(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The public chat of a breakout room that has ended at ``at``."""

    internal_id: str
    sequence: int
    name: str
    at: int
    lines: tuple[KeptLine, ...]


class Meeting(msgspec.Struct, kw_only=True, eq=False, forbid_unknown_fields=True):
    """A meeting. ``n`` is the number of its last event; times are on both clocks."""

    created: Created
    created_at: Moment
    n: int = 0
    ended: EndReason | None = None
    end_time: int = 0
    has_user_joined: bool = False
    people: dict[str, Person] = {}
    sessions: dict[str, Session] = {}
    presenter: str = ""
    #: The begin of each state, None outside it: nobody has entered yet, everybody has left, no moderator is in.
    empty_since: Moment | None = None
    left_since: Moment | None = None
    unmoderated_since: Moment | None = None
    active: Moment
    warned: Moment | None = None
    recording: bool = False
    marked: bool = False
    #: The begin of the running recording, and the milliseconds recorded before.
    recording_since: Moment | None = None
    recorded: int = 0
    #: Who agreed to being recorded, and who refused, by internal user id; nobody else has answered.
    consents: dict[str, bool] = {}
    #: Those who agreed when less than all of their media would be kept: to what.
    consents_to: dict[str, RecordedMedia] = {}
    policy: GuestPolicy
    lobby_message: str = ""
    answers: dict[str, bool] = {}
    #: External ids of those who were removed for good.
    banned: list[str] = []
    locks: dict[str, bool] = {}
    lock_on_join: bool = True
    chat: list[ChatMessage] = []
    customdata: dict[str, dict[str, str]] = {}
    configs: dict[str, str] = {}
    default_config: str = ""
    #: External ids of its breakout rooms, by their internal ids.
    breakouts: dict[str, str] = {}
    #: Those that were opened in the page last, and the chats that were kept of them.
    room_plan: RoomPlan | None = None
    kept_chats: list[KeptChat] = []
    #: Of a breakout room: how many messages to all rooms it has, and its minutes when they were changed.
    announced: int = 0
    lasts: int | None = None
    #: In the order of their addition.
    decks: dict[str, Deck] = {}
    stage: Stage | None = None
    #: The deck that is to be shown as soon as it is ready, "" for none.
    next_deck: str = ""
    #: In the order of their beginning; only the last may be open, or on the stage.
    polls: list[Poll] = []
    #: Everybody who was in, by their internal ids.
    attended: dict[str, AttendanceRecord] = {}

    @property
    def internal_id(self) -> str:
        """The id that bbbd made."""
        return self.created.internal_id

    @property
    def external_id(self) -> str:
        """The id that the application gave."""
        return self.created.wanted.meeting_id

    @property
    def running(self) -> bool:
        """True while people are in."""
        return bool(self.people) and self.ended is None

    @property
    def is_breakout(self) -> bool:
        """Whether it is a breakout room."""
        return self.created.wanted.is_breakout

    @property
    def duration(self) -> int:
        """The minutes from its creation to its end; 0 is never."""
        return self.created.wanted.duration if self.lasts is None else self.lasts

    def is_in(self, external_id: str) -> bool:
        """Return whether the person with this external id is in."""
        return any(person.external_id == external_id for person in self.people.values())

    def has(self, feature: str) -> bool:
        """Return whether a feature that can be switched off is on."""
        return feature not in self.created.disabled_features

    def moderators(self) -> int:
        """Return the number of moderators who are in."""
        return [person.role for person in self.people.values()].count(Role.MODERATOR)

    def listeners(self) -> int:
        """Return the number of people who only listen."""
        return [person.microphone for person in self.people.values()].count(Microphone.LISTEN)

    def voices(self) -> int:
        """Return the number of people with a microphone, muted or not."""
        microphones = [person.microphone for person in self.people.values()]
        return microphones.count(Microphone.MUTED) + microphones.count(Microphone.ON)

    def cameras(self) -> int:
        """Return the number of shared cameras."""
        return sum([person.cameras for person in self.people.values()])

    def waiting(self) -> list[Session]:
        """Return the sessions of guests who wait, in order."""
        return [session for session in self.sessions.values() if session.status is GuestStatus.WAIT]


def is_moderator(person: Person | Session) -> bool:
    """Return whether a person is a moderator."""
    return person.role is Role.MODERATOR
