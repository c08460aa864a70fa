"""Commands: what each message of a person who is in does, and who may send it. Every right is checked here.

A command returns the events that happen, or another kind of answer: ``DirectReply``, ``Repeated``, ``Ephemeral``,
``Throttled``, ``DirectMessage``, ``BallotAct``, ``MediaRequest``, ``ServerRequest`` or ``Done``. ``features.do`` is the
only caller.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from enum import Enum
from typing import Any, NamedTuple, TypeVar

from bbbd.live.backend import Backend
from bbbd.live.ballots import Ballots
from bbbd.live.media_port import MediaPlane
from bbbd.live.protocol import ClientMessage, CommandRefused, RefusalKey
from bbbd.live.rate_limits import RATES, SHARED_RATES, Rate
from bbbd.meetings.event import Event
from bbbd.meetings.model import Meeting, Person, is_moderator
from bbbd.values.texts import chat_text


class Who(Enum):
    """The people who may send a message."""

    ALL = "everybody"
    MODERATORS = "moderators"
    PRESENTER = "the presenter"


class DirectReply(NamedTuple):
    """An answer that is a message of its own, in place of ``ok``; nothing happens."""

    t: str
    facts: dict[str, Any]


class Repeated(NamedTuple):
    """The same was done before: nothing happens, and ``ok`` has ``known``."""


class Ephemeral(NamedTuple):
    """A momentary fact, named ``kind``: sent to all others who are in as ``now``, stored nowhere.

    Of several between two frames the last one is sent, if ``holds`` still returns true.
    """

    kind: str
    by: str
    facts: dict[str, Any]
    holds: Callable[[], bool]


class Throttled(NamedTuple):
    """An event that happens once in ``every`` seconds at most; the last one does, if ``holds`` still returns true."""

    event: Event
    every: float
    holds: Callable[[], bool]


class DirectMessage(NamedTuple):
    """A message for one other person; nothing happens."""

    user: str
    t: str
    facts: dict[str, Any]


class BallotAct(NamedTuple):
    """Events that need the meeting's ballot box, or fill it: ``events`` gets the box, ``then`` once they happened."""

    events: Callable[[Ballots], Sequence[Event]]
    then: Callable[[Ballots], None] | None = None


class MediaRequest(NamedTuple):
    """A request of the media plane, whose answer comes later: ``ask`` gets the plane, and may return a reply."""

    ask: Callable[[MediaPlane], Coroutine[Any, Any, DirectReply | None]]


class Done(NamedTuple):
    """Events, and a reply in place of ``ok`` once they are on the disk."""

    events: tuple[Event, ...]
    reply: DirectReply


Decided = (
    Sequence[Event] | DirectReply | Repeated | Ephemeral | Throttled | DirectMessage | BallotAct | MediaRequest | Done
)


class ServerRequest(NamedTuple):
    """A question that other meetings or the clock decide: ``ask`` gets the server, and returns the answer at once."""

    ask: Callable[[Backend], Decided]


Answer = Decided | ServerRequest

M = TypeVar("M", bound=ClientMessage)
#: A command's function: from the message, the meeting, its sender, and the sender's tab.
Function = Callable[[M, Meeting, Person, str], Answer]


class Command(NamedTuple):
    """A command: its function, who may, and the feature of the meeting that it needs, if it can be switched off.

    ``fills`` is its event that a meeting refuses once it has stored all that it may (``bbbd.maxJournal``).
    """

    function: Function[Any]
    who: Who
    needs: str
    fills: type[Event] | None


#: The command of each message; filled by ``command``.
COMMANDS: dict[type[ClientMessage], Command] = {}


def command(
    kind: type[M],
    *,
    who: Who = Who.ALL,
    needs: str = "",
    rate: Rate | None = None,
    shared_rate: Rate | None = None,
    fills: type[Event] | None = None,
) -> Callable[[Function[M]], Function[M]]:
    """Make a function the command of a message. A second command of the same message is refused.

    ``rate`` is of one person, ``shared_rate`` of all people of a meeting together.
    """

    def register(function: Function[M]) -> Function[M]:
        if kind in COMMANDS:
            raise TypeError(f"{kind.__name__} has a command already, in {COMMANDS[kind].function.__module__}")
        COMMANDS[kind] = Command(function, who, needs, fills)
        if rate is not None:
            RATES[kind] = rate
        if shared_rate is not None:
            SHARED_RATES[kind] = shared_rate
        return function

    return register


def check_right(command: Command, meeting: Meeting, person: Person) -> None:
    """Check that a person may send a message. Raises ``CommandRefused``."""
    if command.needs:
        need(meeting, command.needs)
    if command.who is Who.MODERATORS:
        need_moderator(person)
    if command.who is Who.PRESENTER and meeting.presenter != person.user:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "only who presents does this")


def cleaned(text: str, longest: int) -> str:
    """Return a text as others see it. Raises ``CommandRefused``."""
    if len(text) > longest:
        raise CommandRefused(RefusalKey.TOO_LONG, f"at most {longest} characters")
    shown = chat_text(text)
    if not shown:
        raise CommandRefused(RefusalKey.MALFORMED, "there is nothing to say")
    return shown


def need_moderator(person: Person) -> None:
    """Check that a person is a moderator. Raises ``CommandRefused``."""
    if not is_moderator(person):
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "only moderators do this")


def other_person(meeting: Meeting, user: str) -> Person:
    """Return another person who is in. Raises ``CommandRefused``."""
    other = meeting.people.get(user)
    if other is None:
        raise CommandRefused(RefusalKey.GONE, "they are not in the meeting")
    return other


def need(meeting: Meeting, feature: str) -> None:
    """Check that a feature is not switched off in the meeting. Raises ``CommandRefused``."""
    if not meeting.has(feature):
        raise CommandRefused(RefusalKey.UNSUPPORTED, f"{feature} is switched off in this meeting")
