"""A meeting as it is at this moment: who is in, what is on, what was said. Only ``fold.apply`` changes one.

The structures are plain, so that a whole meeting can be written as one line of its journal (``Restored``).
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from bbbd.clock import Moment
from bbbd.meetings.attendance import AttendanceRecord
from bbbd.meetings.create_parameters import Document
from bbbd.meetings.event import Created, EndReason, Microphone
from bbbd.values.enums import GuestPolicy, GuestStatus, Role

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
    """What a join made: the right to come in, known by its token. ``used`` is its last use."""

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
    #: Whether nothing is heard of them, as far as it is known.
    away: bool = False
    #: Their own marks of what they said last: they count for whoever was lost and comes back, too.
    said: list[str] = []


class Person(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Somebody who is in the meeting. ``away`` since their connection was lost; ``asked`` since they were silent."""

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


class ChatMessage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of the chat; ``to`` is empty when it is for all. ``n`` is its event's number."""

    n: int
    at: int
    user: str
    name: str
    text: str
    to: str = ""


class DeckState(StrEnum):
    """How far a deck has come."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"
    REMOVED = "removed"


class Deck(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What becomes of a document: ``pages`` under ``key`` when it is ready, ``why`` when it has failed."""

    deck: str
    document: Document
    state: DeckState = DeckState.WAITING
    tries: int = 0
    pages: int = 0
    key: str = ""
    why: str = ""


class Stage(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The page that everybody follows, and which part of it, in percent."""

    deck: str
    page: int
    x: float = 0
    y: float = 0
    w: float = 100
    h: float = 100


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
    #: Since when nobody has come in, everybody has left, no moderator is there; None while it is not so.
    empty_since: Moment | None = None
    left_since: Moment | None = None
    unmoderated_since: Moment | None = None
    active: Moment
    warned: Moment | None = None
    recording: bool = False
    marked: bool = False
    #: Since when it is recorded, and milliseconds of what was before.
    recording_since: Moment | None = None
    recorded: int = 0
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
    breakouts: dict[str, str] = {}
    #: In the order in which they came.
    decks: dict[str, Deck] = {}
    stage: Stage | None = None
    #: The deck that is to be shown as soon as it is ready, "" for none.
    next_deck: str = ""
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
        """Whether somebody is in."""
        return bool(self.people) and self.ended is None

    @property
    def is_breakout(self) -> bool:
        """Whether it is a breakout room."""
        return self.created.wanted.is_breakout

    def is_in(self, external_id: str) -> bool:
        """Tell whether the person whom the application knows by this id is in."""
        return any(person.external_id == external_id for person in self.people.values())

    def has(self, feature: str) -> bool:
        """Tell whether the meeting has a feature that can be switched off."""
        return feature not in self.created.disabled_features

    def moderators(self) -> int:
        """Return how many moderators are in."""
        return sum(person.role is Role.MODERATOR for person in self.people.values())

    def listeners(self) -> int:
        """Return how many only listen."""
        return sum(person.microphone is Microphone.LISTEN for person in self.people.values())

    def voices(self) -> int:
        """Return how many have a microphone, muted or not."""
        return sum(person.microphone in (Microphone.MUTED, Microphone.ON) for person in self.people.values())

    def cameras(self) -> int:
        """Return how many cameras are shown."""
        return sum(person.cameras for person in self.people.values())

    def waiting(self) -> list[Session]:
        """Return the sessions of guests who wait, in order."""
        return [session for session in self.sessions.values() if session.status is GuestStatus.WAIT]


def is_moderator(person: Person | Session) -> bool:
    """Tell whether a person moderates."""
    return person.role is Role.MODERATOR
