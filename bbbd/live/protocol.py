"""The protocol between page and server: the envelope of messages, and the messages of a connection.

The messages and events of features are in the module of each; ``make docs`` writes all of them, behind this text, into
``docs/protocol.md``. That page is enough to write a client from.

**Opening.** ``GET /html5client/socket`` opens a WebSocket. The client offers two subprotocols, ``bbbd.1`` and
``token.<sessionToken>``; the server chooses ``bbbd.1``. ``Host`` and ``Origin`` must be the server's (others: setting
``bbbd.clientOrigins``). The server refuses an unknown token with 403. A browser does not learn why a WebSocket did not
open, so ``GET /html5client/door`` with ``Authorization: Bearer <token>`` returns ``{"state", "reason", "back"}``;
``state`` is ``open``, ``waiting``, ``denied``, ``removed``, ``left``, ``full``, ``ended`` or ``unknown``. When
``Host``, or the page's origin (sent as ``?origin=``), is not this server's, ``address`` is the one that the server
expects. Without a token both answer 401.

**Messages** are text, one JSON object each, ``t`` first. Each message of a client may have ``id``, a number: the server
then answers with exactly one ``{"t": "ok", "id"}`` or ``{"t": "no", "id", "key", "why"}`` (and ``wait``, seconds, when
it was too much at a time), with a message that is the answer, or it closes the connection. The ``ok`` of a change is
sent when the change is on the disk; the ``ok`` of a ``chat.say`` has ``known``, true, when the same was written before
and so does not come as an event again. Unknown fields are refused. Once a meeting has stored all that it may (setting
``bbbd.maxJournal``), messages, reactions and raised hands are refused with the key ``full``.

**Joining.** The server sends ``welcome`` at once. The client sends ``hello`` within five seconds, and is in (a
first message that is malformed is answered with ``no`` and ``bye``, and the connection is closed): the server
sends a ``snapshot``, then ``events``. A guest who must wait gets ``lobby`` instead, and the snapshot on the same socket
when a moderator lets them in. A client that was in before sends ``after``, the number of the last event it knows, with
``epoch``, that of the meeting: when the later events are still stored, and the person had not left meanwhile, the
server sends ``resumed`` in place of the snapshot, then those events.

**welcome** has ``v`` (of the protocol), ``server``, ``page`` (the version of the server's own page),
``publishesRecordings`` (or they stay unpublished at first), ``you``, ``meeting``, ``limits`` (``chat`` and ``notice``
in characters, ``message`` and ``document`` in bytes) and ``now`` (the server's time: milliseconds since 1970, as all
times here but for ``seconds``). ``meeting`` has what create set: ``id``, ``internal``, ``name``, ``welcome`` (HTML that
is safe to show, as is ``moderatorOnly``, which only moderators get), ``bannerText``, ``bannerColor``, ``logo``,
``darkLogo``, ``copyright``, ``back`` (the URL to open after the meeting, or ``""``), ``layout``, ``record`` (whether a
recording can come of it), ``allowStartStopRecording``, ``notifyRecordingIsOn``, ``duration`` (minutes, 0 for none),
``createTime``, ``ends`` (0 for never), ``breakout`` (null, or what a breakout room is), ``disabledFeatures``,
``allowModsToUnmute``, ``allowModsToEjectCameras``, ``muteOnStart``, ``maxParticipants``, ``maxPinnedCameras``,
``allowPromoteGuest`` and ``logoutTimer`` (minutes, 0 for none).

**snapshot** has ``epoch`` and ``n`` (of the last event in it), ``now``, ``you`` (``user``, ``name``, ``role``,
``guest``, ``locked``, ``presenter``, ``layout``), ``meeting``, ``userdata`` (of the join, as far as pages use it), and
the parts of each feature. ``resumed`` has ``n``, ``epoch``, ``now``, ``you``, ``count``, ``moderators``, and ``lobby``
for moderators. ``user`` is a person's id within the meeting. Names and texts are what people typed: show them as text.

**Events** are sent as ``{"t": "events", "list": […]}``. Each is ``{"n", "at", "e", …}``: a number that grows (and skips
what this viewer may not see), a time, the kind of event, and its facts. ``by`` is the user who did it. ``Lobby`` and
``Count`` have no ``n``. Ignore kinds that you do not know, since later versions add some, and events whose ``n`` is not
above the last one known. A viewer who may see more or less than before gets a new ``snapshot`` in their place.

**now** says what is true for a moment: it has ``k``, is no event, has no number, is in no snapshot, and is not sent to
a client that is slow to read.

**Leaving.** ``leave`` ends the stay at once. A broken connection does not: for a minute the person is in, ``away``, and
the same token resumes. A second connection of a token replaces the first. Before the server closes a connection it
sends ``bye`` with ``reason``, ``back`` (the URL to open then) and ``again`` (seconds after which to connect again, or
null); with ``why`` at the meeting's end, ``by`` (a name, or ``""``) when the person left or was removed, and ``follow``
when they were moved to another breakout room.

**Life.** The server sends the WebSocket's own pings; a client that wants latency and clock sends ``ping`` and gets
``pong`` (``at`` again, and ``now``). ``idle?`` asks whether the person is there (``of``: ``you`` or ``meeting``;
``seconds``: left for an answer); ``here`` answers. The server closes a connection that does not read what it sends.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Annotated, Any, ClassVar

import msgspec

VERSION = 1
#: The subprotocol's name, and what stands before a token.
PROTOCOL, TOKEN = "bbbd.1", "token."
#: Bytes of a message from a client, and of one with a description of media.
LARGEST, LARGEST_WITH_SDP = 16 << 10, 64 << 10


class RefusalKey(StrEnum):
    """Why a message was refused."""

    NOT_ALLOWED = "notAllowed"
    LOCKED = "locked"
    TOO_MANY = "tooMany"
    TOO_LONG = "tooLong"
    GONE = "gone"
    MALFORMED = "malformed"
    UNSUPPORTED = "unsupported"
    FULL = "full"
    UNAVAILABLE = "unavailable"


class CommandRefused(Exception):
    """A message is refused. ``wait`` is in seconds, 0 when waiting does not help."""

    def __init__(self, key: RefusalKey, why: str, wait: float = 0) -> None:
        super().__init__(why)
        self.key = key
        self.wait = wait


class CloseReason(Enum):
    """Why a connection ends: its name, its close code, and after how many seconds to connect again, None for never."""

    LEFT = ("left", 4000, None)
    ENDED = ("ended", 4001, None)
    REMOVED = ("removed", 4002, None)
    ELSEWHERE = ("elsewhere", 4003, None)
    DENIED = ("denied", 4004, None)
    FULL = ("full", 4005, 15)
    IDLE = ("idle", 4006, None)
    FLOOD = ("flood", 4007, None)
    SLOW = ("slow", 4008, 1)
    OUTDATED = ("outdated", 4009, None)
    TIMEOUT = ("timeout", 4010, 1)
    UNKNOWN = ("unknown", 4011, None)
    MALFORMED = ("malformed", 4012, None)
    MOVED = ("moved", 4013, None)
    RESTART = ("restart", 1012, 1)


class ClientMessage(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="t", forbid_unknown_fields=True, omit_defaults=True
):
    """What a client sends. ``id`` asks for an answer; ``largest`` is the most bytes of such a message."""

    largest: ClassVar[int] = LARGEST
    id: int | None = None


User = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Tab = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Hello(ClientMessage, frozen=True, kw_only=True, tag="hello"):
    """The first message: the version, the tab (any text that stays the same for it), and the last event known.

    Without ``tab`` the server does not recognise a message that is sent again.
    """

    v: int
    tab: Tab = ""
    after: int | None = None
    epoch: str = ""
    lang: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Leave(ClientMessage, frozen=True, kw_only=True, tag="leave"):
    """Leave for good."""


class Here(ClientMessage, frozen=True, kw_only=True, tag="here"):
    """Answer ``idle?``."""


class Ping(ClientMessage, frozen=True, kw_only=True, tag="ping"):
    """Ask for ``pong``, which has ``at`` again, and the server's time."""

    at: float


_encoder = msgspec.json.Encoder()


class UnreadableMessage(CommandRefused):
    """A message cannot be read; ``id`` is that of the message, if it can be read."""

    def __init__(self, key: RefusalKey, why: str, asked: int | None) -> None:
        super().__init__(key, why)
        self.id = asked


def written(t: str, **fields: Any) -> str:
    """Return a message of the server, ``t`` first."""
    return _encoder.encode({"t": t, **fields}).decode()


def encoded(value: Any) -> msgspec.Raw:
    """Return a part of a message, encoded once to be used in several."""
    return msgspec.Raw(_encoder.encode(value))
