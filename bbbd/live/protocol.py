"""What page and server say to each other: enough to write a client of one's own from.

**Opening.** ``GET /html5client/socket`` opens a WebSocket. It offers two subprotocols, ``bbbd.1`` and
``token.<sessionToken>``; ``bbbd.1`` is chosen. ``Host`` and ``Origin`` must be the server's (more: setting
``bbbd.clientOrigins``). A token that nobody has is refused with 403. Since a browser is not told why a WebSocket did
not open, ``GET /html5client/door`` with ``Authorization: Bearer <token>`` tells it: ``{"state", "reason", "back"}``,
``state`` being ``open``, ``waiting``, ``denied``, ``removed``, ``left``, ``full``, ``ended`` or ``unknown``.

**Messages** are text, one JSON object each, ``t`` first; the structures below are what a client sends. Every one may
have ``id``, a number: it is answered by exactly one ``{"t": "ok", "id"}`` or ``{"t": "no", "id", "key", "why"}`` (and
``wait``, seconds, when it was too much at a time), or by the end of the connection. An ``ok`` to what happens
comes when the disk has it; that to a ``chat.say`` has ``known``, true, when it was said before and so does not come
as an event again. The keys are those of ``RefusalKey``.

**Coming in.** The server says ``welcome`` at once. The client answers ``hello`` within five seconds, and is in: it
gets a ``snapshot``, then ``events``. A guest who must wait gets ``lobby`` with their place, again when it changes,
and the snapshot on the same socket when a moderator lets them in. Whoever was in before sends ``after``, the number
of the last event they know, with ``epoch``, the meeting's: when those since are still known, ``resumed`` comes in
place of the snapshot, and they follow.

**welcome** has ``v`` (of the protocol), ``server``, ``page`` (the version of the server's own page), ``you``,
``meeting``, ``limits`` (``chat`` and ``notice`` in characters, ``message`` and ``document`` in bytes) and ``now`` (the
server's time: milliseconds since 1970, as all times here but for ``seconds``). ``meeting`` is what create said:
``id``, ``internal``, ``name``, ``welcome`` (HTML that is safe to show, as is ``moderatorOnly``, which moderators alone
have), ``bannerText``, ``bannerColor``, ``logo``, ``darkLogo``, ``copyright``, ``back`` (where to go after it, or
``""``), ``layout``, ``record``, ``allowStartStopRecording``, ``notifyRecordingIsOn``, ``duration`` (minutes, 0 for
none), ``createTime``, ``ends`` (0 for never), ``breakout`` (null, or ``sequence`` and ``parentName``),
``disabledFeatures``, ``allowModsToUnmute``, ``muteOnStart``, ``maxParticipants``, ``allowPromoteGuest`` and
``logoutTimer`` (minutes, 0 for none).

**lobby** has ``place`` (from 1), ``of`` (how many wait) and ``message`` (of the moderators).

**snapshot** has ``epoch`` and ``n`` (of the last event in it), ``now``, ``you`` (``user``, ``name``, ``role``,
``guest``, ``locked``, ``presenter``, ``layout``), ``meeting``, ``people``, ``count`` and ``moderators`` (of all who
are in, those too who are hidden), ``presenter`` (a user, or ``""``), ``chat`` (the last 100 lines, oldest first;
``more`` says whether there are others), ``recording`` (``on`` now, ``marked`` at all, ``since`` when it is on,
``total`` milliseconds before), ``locks``, ``policy`` (of guests), ``userdata`` (of the join, as far as pages honour
it); for moderators ``lobby`` (those who wait: ``user``, ``name``, ``since``, ``away``) and ``lobbyMessage``.
``resumed`` has ``n``, ``epoch``, ``you``, ``count``, ``moderators``, and ``lobby`` for moderators. A person is
``user``, ``name``, ``role`` (``MODERATOR`` or ``VIEWER``), ``guest``, ``avatar`` (a URL, or ``""``), ``locked``,
``away`` (the connection is lost), ``hand`` (when it was raised, or 0), ``microphone`` (``none``, ``listen``,
``muted``, ``on``), ``cameras``, ``joined``. A line of the chat is ``n``, ``at``, ``user``, ``name``, ``text`` and
``to`` (``""`` for all). ``user`` is a person's id within the meeting, or ``""`` where an application wrote
(``sendChatMessage``). Names and texts are what people typed: show them as text.

**Events** come as ``{"t": "events", "list": […]}``. One is ``{"n", "at", "e", …}``: a number that grows (and skips
what is not for everybody), a time, and what happened: ``Joined`` (``person``, ``count``), ``Left`` (``user``, ``by``,
``count``, ``why``: ``left``, ``lost``, ``removed`` or ``inactive``), ``Lost`` and ``Returned`` (``user``: away, and
back), ``Chatted`` (``user``, ``name``, ``text``, ``to``, and ``key``, which is ``<tab>:<id>`` of who said it),
``ChatCleared`` (``by``), ``HandRaised``, ``HandLowered`` (``user``, ``by``), ``Reacted`` (``user``, ``emoji``),
``PresenterChanged`` (``user``, ``by``), ``RoleChanged`` (``user``, ``role``, ``locked``, ``by``), ``LocksChanged``
(``locks``, all of them, ``by``; viewers are locked by it), ``LockChanged`` (``user``, ``locked``, ``by``),
``MediaChanged`` (``user``, ``microphone``, ``cameras``, ``screen``), ``RecordingMarked`` (``on``, ``by``, ``total``),
those of slides, and for moderators ``GuestPolicyChanged`` (``policy``, ``by``), ``LobbyMessageChanged`` (``text``,
``by``) and ``Lobby`` (``waiting``: the whole list anew). ``Count`` (``count``) comes to whom others are hidden.
``Lobby`` and ``Count`` have no ``n``. Others come with later versions and are passed over, as are those whose ``n`` is
not above the last one known. Who may see more or less than before gets a new ``snapshot`` in their place.

**chat** answers ``chat.more``: ``id``, ``with``, ``messages`` and ``more``.

**Slides.** A deck is ``{"deck", "name", "state", "pages", "downloadable", "removable"}``, its ``state`` ``waiting``,
``ready`` or ``failed``, then with ``why``: words to be read behind the name. The snapshot has ``decks`` in their order,
and ``stage``: ``{"deck", "page", "x", "y", "w", "h"}``, the page that everybody follows (pages count from 1) and which
part of it, in percent; null when there is none. Of decks that are not ready only moderators and who presents know.
Events: ``DeckAdded`` and ``DeckConverted`` (``deck``: all of it, ``by``; one that was not known comes behind the
others), ``DeckFailed`` (``deck``: its id, ``name``, ``why``), ``DeckRemoved`` (``deck``: its id, ``by``, ``stage``:
null, or as it was), ``SlideShown`` (``deck``, ``page``, ``by``; the whole page is seen then) and ``SlideViewed``
(``x``, ``y``, ``w``, ``h``, ``by``). ``by`` is "" for what came by itself.

**now** tells what is true for a moment: it has ``k``, is no event, has no number, is in no snapshot, and does not come
to who is slow to read. With ``k`` ``pointer`` it is where who presents points, ``x`` and ``y`` in percent of the whole
page on the stage, whatever part of it is seen; without them, nowhere. It comes to all others who are in. It is to be
shown for two seconds unless it moves, not over another page, and not when another presents.

``GET /html5client/slides/<deck>/<page>`` with ``Authorization: Bearer <token>`` is a page: a PNG, no side of which is
longer than 1600; ``…/<page>/thumbnail`` is 176 wide; ``…/<page>/text`` is its text; ``…/<deck>/document`` is what it
was made of, where the deck is ``downloadable``. They never change: an ``ETag`` comes with them. Who presents sends a
document by ``POST /html5client/slides?name=<name>``, with the same header: the body is the document itself, its
``Content-Type`` is minded, ``downloadable=true`` and ``current=false`` (it is not shown by itself) may be in the query.
201 and ``{"deck"}`` say that it is kept; what becomes of it is told by events. Any other status comes with ``{"why"}``:
400, 403, 404, 405, 409 (too many), 413 (too large: ``limits.document`` of ``welcome``), 429, 507.

**Leaving.** ``leave`` ends it at once. A connection that breaks does not: for a minute the person is in, ``away``,
and the same token takes up where it was. A second connection of a token takes the first one's place. Before the
server closes it says ``bye`` with ``reason``, ``back`` (where to go) and ``again`` (seconds after which to come
again, or null); the close codes are those of ``CloseReason``.

**Life.** The server pings by the WebSocket's own pings; a client that wants to know latency and clock sends ``ping``
and gets ``pong`` (``at`` again, and ``now``). ``idle?`` asks whether somebody is there (``of``: ``you`` or
``meeting``; ``seconds``: left for an answer); ``here`` answers. A connection that does not read what it is sent is
closed.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Annotated, Any

import msgspec

VERSION = 1
#: The subprotocol's name, and what stands before a token.
PROTOCOL, TOKEN = "bbbd.1", "token."
#: Bytes of a message from a client.
LARGEST = 16 << 10


class RefusalKey(StrEnum):
    """Why something was not done."""

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
    """Something is not done. ``wait`` is in seconds, 0 when waiting does not help."""

    def __init__(self, key: RefusalKey, why: str, wait: float = 0) -> None:
        super().__init__(why)
        self.key = key
        self.wait = wait


class CloseReason(Enum):
    """Why a connection ends, with its close code; and after how many seconds to come again, None for never."""

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
    RESTART = ("restart", 1012, 1)


class ClientMessage(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="t", forbid_unknown_fields=True, omit_defaults=True
):
    """What a client sends. ``id`` asks for an answer."""

    id: int | None = None


User = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Tab = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Hello(ClientMessage, frozen=True, kw_only=True, tag="hello"):
    """The first message: the version, the tab (any text that stays the same for it), and the last event known."""

    v: int
    tab: Tab
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
