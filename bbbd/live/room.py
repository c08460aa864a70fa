"""Room: the connections of one meeting. It gathers events for a moment, then sends each viewer what they may see.

An event is encoded once, and a frame is made once for all who see the same. The room keeps the last events, so that a
connection that was lost for a moment gets the missed ones.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from bbbd.clock import Moment
from bbbd.live import protocol
from bbbd.live.backend import Backend
from bbbd.live.ballots import Ballots
from bbbd.live.breakout_list import breakouts_message
from bbbd.live.commands import Ephemeral, Throttled
from bbbd.live.lobby import lobby
from bbbd.live.protocol import CloseReason
from bbbd.live.rate_limits import SHARED_RATES, Buckets, RateLimits
from bbbd.live.snapshot import Snapshots
from bbbd.live.throttle import Throttle
from bbbd.live.visibility import Viewer, VisibleEvent, may_see, viewer_of
from bbbd.live.websocket import framed
from bbbd.meetings.event import Event, Lost
from bbbd.meetings.model import Meeting, Person

#: Events that a room keeps for resumed connections: so many, and so many bytes of them.
KEPT, KEPT_BYTES = 2000, 1 << 20

_NO_FACTS: dict[str, Any] = {}
#: A function that writes to a connection, and the bytes.
Due = tuple[Callable[[bytes], None], bytes]


class Member(Protocol):
    """A connection, as its room sees it."""

    token: str
    user: str
    #: The number of the last event in the last snapshot that was sent; queued events up to it are skipped.
    known: int

    def write(self, frame: bytes) -> None:
        """Send whole frames."""

    def offer(self, frame: bytes) -> None:
        """Send whole frames, unless earlier ones still wait."""

    def tell(self, t: str, **facts: object) -> None:
        """Send a message."""

    def place(self) -> str:
        """Return the message with a guest's place in the lobby, "" if it was sent before."""

    def ask(self, of: str, seconds: int) -> None:
        """Ask whether the person is there."""

    def answered(self) -> None:
        """Let the guest in or close, after a moderator's answer."""

    def bye(self, reason: CloseReason, **facts: object) -> None:
        """Send ``bye`` with the reason, and close the connection."""

    def moved(self) -> None:
        """Close the connection because the person belongs in another breakout room, and say where."""

    def server_stopping(self) -> None:
        """Close the connection because the server stops; it will be back."""

    def check_timeouts(self) -> None:
        """Check timeouts: once a second."""


class RoomEvent(NamedTuple):
    """An event as people see it, with its number and its JSON."""

    n: int
    shown: VisibleEvent
    text: str


class Room:
    """One meeting's connections.

    ``parent`` is the meeting whose breakout room it is; ``breakouts`` returns its own breakout rooms.
    """

    def __init__(self, meeting: Meeting, parent: Meeting | None, breakouts: Callable[[], list[Meeting]]) -> None:
        self.meeting = meeting
        self._breakouts = breakouts
        #: Whether the breakout rooms may look different, and how they did to each user last.
        self._breakouts_changed = False
        self._sent_breakouts: dict[str, str] = {}
        self.snapshots = Snapshots(meeting, parent, breakouts)
        #: Rate limits of all people together.
        self.shared = Buckets(SHARED_RATES)
        self.ballots = Ballots()
        self._throttles: dict[type[Event], Throttle] = {}
        #: The last ephemeral answer of each kind that was not sent yet.
        self._ephemerals: dict[str, Ephemeral] = {}
        #: All connections; those of people who are in, by user; those of guests who wait, by token.
        self.connections: set[Member] = set()
        self.inside: dict[str, Member] = {}
        self.waiting: dict[str, Member] = {}
        self.gathering = False
        #: Users whose connection was lost, until ``Lost`` is written.
        self.lost: set[str] = set()
        #: The rate limits of each user.
        self._limits: dict[str, RateLimits] = {}
        self._pending: list[RoomEvent] = []
        self._resync: set[str] = set()
        #: Whether the lobby may have changed, and the state of it that was sent last.
        self._lobby = False
        self._sent_lobby: tuple[str, list[dict[str, Any]]] | None = None
        self._past: deque[RoomEvent] = deque()
        self._past_bytes = 0
        #: Events after this number are kept.
        self._known_after = meeting.n

    def add(self, shown: VisibleEvent, at: Moment) -> None:
        """Queue the meeting's last event, as people see it."""
        self._lobby = self._lobby or shown.lobby
        if shown.others is not None:
            self.add(shown.others, at)
        if not shown.facts:
            return
        text = protocol.encoded({"n": self.meeting.n, "at": at.wall, **shown.facts})
        # The facts are in the text; kept as well, they would take three times its memory.
        event = RoomEvent(self.meeting.n, shown._replace(facts=_NO_FACTS, others=None), bytes(text).decode())
        self._pending.append(event)
        self._resync |= shown.resync
        self._past.append(event)
        self._past_bytes += len(event.text)
        while len(self._past) > KEPT or self._past_bytes > KEPT_BYTES:
            old = self._past.popleft()
            self._past_bytes -= len(old.text)
            self._known_after = old.n

    def note_breakouts(self) -> None:
        """Note that the breakout rooms may look different now."""
        self._breakouts_changed = True

    def breakouts_sent(self, user: str) -> None:
        """Note that a user got a snapshot, with the breakout rooms: the next change is sent in any case."""
        self._sent_breakouts.pop(user, None)

    def breakouts_for(self, person: Person) -> str:
        """Return the message with the breakout rooms for a person, "" if it was sent before."""
        text = breakouts_message(self.meeting, self._breakouts(), person)
        if self._sent_breakouts.get(person.user) == text:
            return ""
        self._sent_breakouts[person.user] = text
        return text

    def offer(self, answer: Ephemeral) -> None:
        """Queue an ephemeral answer in place of the last one of its kind."""
        self._ephemerals[answer.kind] = answer

    def throttle(self, answer: Throttled, backend: Backend) -> None:
        """Let a throttled event happen, now or soon. Raises ``OSError``."""
        kind = type(answer.event)
        if kind not in self._throttles:
            self._throttles[kind] = Throttle(self.meeting)
        self._throttles[kind].offer(answer, backend)

    @property
    def has_news(self) -> bool:
        """Whether anything waits to be sent."""
        waits = self._pending or self._resync or self._lobby or self._ephemerals
        return bool(waits or self._breakouts_changed)

    def limits_of(self, user: str, now: float) -> RateLimits:
        """Return the rate limits of a user; a new connection continues those of the earlier one."""
        if user not in self._limits:
            known = {session.user for session in self.meeting.sessions.values()}
            self._limits = {one: limits for one, limits in self._limits.items() if one in known}
            self._limits[user] = RateLimits(now)
        return self._limits[user]

    def remove(self, connection: Member) -> None:
        """Remove a connection."""
        self.connections.discard(connection)
        if self.inside.get(connection.user) is connection:
            del self.inside[connection.user]
        if self.waiting.get(connection.token) is connection:
            del self.waiting[connection.token]

    def note_lost(self, backend: Backend) -> None:
        """Write ``Lost`` for users whose connection was lost. Raises ``OSError``; then try again."""
        for user in list(self.lost):
            person = self.meeting.people.get(user)
            is_away = person is None or person.away is not None or self.meeting.ended is not None
            if not is_away and user not in self.inside:
                backend.happen(self.meeting, Lost(user=user))
            self.lost.discard(user)

    def missed(self, after: int, viewer: Viewer) -> list[str] | None:
        """Return the missed events; None if they are no longer kept, or the viewer's rights changed."""
        if after > self.meeting.n or after < self._known_after or viewer.restricted:
            return None
        since = [event for event in self._past if event.n > after]
        if any(viewer.user in event.shown.resync for event in since):
            return None
        return [event.text for event in since if may_see(self.meeting, event.shown, viewer)]

    def flush(self, now: Moment) -> list[Due]:
        """Return what to write to each connection, and empty the queue."""
        pending, self._pending = self._pending, []
        resync, self._resync = self._resync, set()
        changed = self._lobby_news()
        frames: dict[tuple[bool, bool], bytes] = {}
        due: list[Due] = []
        personal = any(event.shown.to is not None for event in pending)
        waiting = self._lobby_event(now) if changed else ""
        for user, connection in self.inside.items():
            person = self.meeting.people.get(user)
            if person is None:
                continue
            if user in resync:
                self.breakouts_sent(user)
                due.append((connection.write, framed(self.snapshots.snapshot(person, now))))
                continue
            viewer = viewer_of(self.meeting, person)
            late = bool(pending) and connection.known >= pending[0].n
            key = (viewer.moderator, personal or viewer.restricted or late)
            frame = frames.get(key) if not key[1] else None
            if frame is None:
                news = [event for event in pending if event.n > connection.known] if late else pending
                frame = self._frame(news, viewer, waiting, now)
                frames[key] = frame
            if frame:
                due.append((connection.write, frame))
        if changed:
            due += [
                (connection.write, framed(text)) for connection in self.waiting.values() if (text := connection.place())
            ]
        due += self._breakout_news()
        ephemerals, self._ephemerals = self._ephemerals, {}
        for answer in ephemerals.values():
            if answer.holds():
                frame = framed(protocol.written("now", k=answer.kind, **answer.facts))
                due += [(connection.offer, frame) for user, connection in self.inside.items() if user != answer.by]
        return due

    def _breakout_news(self) -> list[Due]:
        changed, self._breakouts_changed = self._breakouts_changed, False
        if not changed:
            return []
        self._sent_breakouts = {user: text for user, text in self._sent_breakouts.items() if user in self.inside}
        inside = [(connection, self.meeting.people.get(user)) for user, connection in self.inside.items()]
        texts = ((one, self.breakouts_for(person)) for one, person in inside if person is not None)
        return [(connection.write, framed(text)) for connection, text in texts if text]

    def lobby_was_sent(self) -> None:
        """Note that a moderator got the lobby in a snapshot: the next change is sent in any case."""
        self._sent_lobby = None

    def _lobby_news(self) -> bool:
        """Return whether the lobby differs from what was sent last: most events of guests change nothing in it."""
        happened, self._lobby = self._lobby, False
        if not happened:
            return False
        before, self._sent_lobby = self._sent_lobby, (self.meeting.lobby_message, lobby(self.meeting))
        return self._sent_lobby != before

    def _frame(self, pending: list[RoomEvent], viewer: Viewer, waiting: str, now: Moment) -> bytes:
        seen = [event.text for event in pending if may_see(self.meeting, event.shown, viewer)]
        if viewer.restricted and len(seen) < len(pending) and any(event.shown.about for event in pending):
            seen.append(self._count(now))
        if viewer.moderator and waiting:
            seen.append(waiting)
        return framed(listed(seen)) if seen else b""

    def _count(self, now: Moment) -> str:
        event = {"at": now.wall, "e": "Count", "count": len(self.meeting.people)}
        return bytes(protocol.encoded(event)).decode()

    def _lobby_event(self, now: Moment) -> str:
        event = {"at": now.wall, "e": "Lobby", "waiting": lobby(self.meeting)}
        return bytes(protocol.encoded(event)).decode()


def listed(texts: list[str]) -> str:
    """Return events as one message."""
    return f'{{"t":"events","list":[{",".join(texts)}]}}'
