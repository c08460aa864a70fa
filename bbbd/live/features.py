"""All features of people in a meeting, in one place. Importing this module registers all commands and views."""

from __future__ import annotations

import json
from functools import reduce
from operator import or_

import msgspec

from bbbd.clock import Moment
from bbbd.live import (
    breakouts,
    chat,
    hands,
    invitations,
    lobby,
    locks,
    media,
    media_mesh,
    people,
    polls,
    protocol,
    recording,
    slides,
)
from bbbd.live.commands import COMMANDS, Answer, check_right
from bbbd.live.feature import Feature
from bbbd.live.protocol import (
    LARGEST,
    LARGEST_WITH_SDP,
    ClientMessage,
    Hello,
    Here,
    Leave,
    Ping,
    RefusalKey,
    UnreadableMessage,
)
from bbbd.live.visibility import VIEWS, VisibleEvent
from bbbd.meetings.event import Event
from bbbd.meetings.model import Meeting, Person

_CONNECTION = Feature(
    protocol.__name__, "Connection", "The messages of every connection.", messages=(Hello, Here, Leave, Ping)
)
#: The features, in the order in which the reference lists them; the core comes first.
FEATURES: tuple[Feature, ...] = (
    _CONNECTION,
    people.FEATURE,
    locks.FEATURE,
    lobby.FEATURE,
    invitations.FEATURE,
    chat.FEATURE,
    hands.FEATURE,
    polls.FEATURE,
    slides.FEATURE,
    media.FEATURE,
    media_mesh.FEATURE,
    recording.FEATURE,
    breakouts.FEATURE,
)
#: Every kind of message.
MESSAGES: tuple[type[ClientMessage], ...] = tuple(kind for feature in FEATURES for kind in feature.messages)

_decoder: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(reduce(or_, MESSAGES))


def read(text: str, size: int) -> ClientMessage:
    """Return a message of so many bytes. Raises ``UnreadableMessage`` with the field's name."""
    message, why = None, ""
    try:
        message = _decoder.decode(text) if size <= LARGEST_WITH_SDP else None
    except (msgspec.DecodeError, RecursionError) as fault:
        why = str(fault)
    if size > (message.largest if message is not None else LARGEST):
        raise UnreadableMessage(RefusalKey.TOO_LONG, f"a message has at most {LARGEST} bytes", _id_of(text))
    if message is not None:
        return message
    unknown = why.startswith("Invalid value") and why.endswith("`$.t`")
    raise UnreadableMessage(RefusalKey.UNSUPPORTED if unknown else RefusalKey.MALFORMED, why[:200], _id_of(text))


def _id_of(text: str) -> int | None:
    try:
        # Python's own reader takes half a character too, and numbers of any size: so the message's id is found.
        parts = json.loads(text)
    except (ValueError, RecursionError):
        parts = None
    asked = parts.get("id") if isinstance(parts, dict) else None
    return asked if type(asked) is int else None


def do(meeting: Meeting, person: Person, message: ClientMessage, tab: str) -> Answer:
    """Return the answer to a message of a person who is in. Raises ``CommandRefused``."""
    command = COMMANDS[type(message)]
    check_right(command, meeting, person)
    return command.function(message, meeting, person, tab)


def fills(message: ClientMessage, answer: Answer) -> bool:
    """Return whether an answer to a message fills the meeting's journal without need."""
    kind = COMMANDS[type(message)].fills
    return kind is not None and isinstance(answer, list) and any(isinstance(event, kind) for event in answer)


def visible_event(meeting: Meeting, event: Event, at: Moment) -> VisibleEvent | None:
    """Return what people see of an event that just happened to a meeting, None when it is nothing."""
    view = VIEWS.get(type(event))
    return view(event, meeting, at) if view else None
