"""One person's connection, from the first message to the last. Commands are in the modules of features."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from bbbd.limits import Limit
from bbbd.live import protocol
from bbbd.live.audit import log_act
from bbbd.live.backend import Backend
from bbbd.live.breakout_links import way_after_move, way_back
from bbbd.live.commands import (
    BallotAct,
    Decided,
    DirectMessage,
    DirectReply,
    Done,
    Ephemeral,
    MediaRequest,
    Repeated,
    ServerRequest,
    Throttled,
)
from bbbd.live.features import FEATURES, do, fills, read
from bbbd.live.protocol import ClientMessage, CloseReason, CommandRefused, RefusalKey, UnreadableMessage, written
from bbbd.live.room import Room, listed
from bbbd.live.snapshot import resumed
from bbbd.live.visibility import viewer_of
from bbbd.live.websocket import WebSocket
from bbbd.meetings.event import Ended, Event, Joined, LeaveReason, Returned, SessionEnded, Waited
from bbbd.meetings.model import Session
from bbbd.values.enums import GuestStatus, Role

_log = Logger()

#: Seconds: until the first message, between two pings, and without any sign of life.
HELLO_WITHIN, PING_EVERY, DEAD_AFTER = 5, 20, 45
#: Seconds without any sign of life until the last ping. Without it no connection is dead: this process may have been
#: stopped itself, with the client's messages of that time still unread.
LAST_PING_AFTER = 43


#: The limits behind the keys of refusals.
_LIMITS = {
    RefusalKey.TOO_MANY: Limit.MESSAGE_RATE,
    RefusalKey.TOO_LONG: Limit.TEXT,
    RefusalKey.FULL: Limit.JOURNAL,
}


class ConnectionState(Enum):
    """The state of a connection."""

    OPEN = auto()
    WAITING = auto()
    IN = auto()
    OVER = auto()


class Connection:
    """A connection with a session."""

    def __init__(self, backend: Backend, room: Room, session: Session, socket: WebSocket, caller: str) -> None:
        self.token = session.token
        self.user = session.user
        self._external_id, self._name = session.external_id, session.name
        self.state = ConnectionState.OPEN
        self._backend = backend
        self._room = room
        self._meeting = room.meeting
        self._socket = socket
        self._caller = caller
        self._limits = room.limits_of(session.user, backend.seconds())
        self._opened_at = self._last_sign = self._last_ping = backend.seconds()
        #: The first ping is earlier, by chance: of many who come at once, not all are pinged at once ever after.
        self._ping_after = 1 + ord(session.token[-1]) % PING_EVERY
        self._final_ping_sent = False
        #: The number of the last event in the last snapshot that was sent; queued events up to it are skipped.
        self.known = 0
        self._tab = ""
        self._sent_place = ""
        self._after: tuple[int, str] | None = None

    def welcome(self, session: Session) -> None:
        """Send ``welcome``."""
        limits = {
            **{name: limit for feature in FEATURES for name, limit in feature.limits.items()},
            "message": protocol.LARGEST,
            "document": self._backend.largest_document(),
        }
        self._say(
            "welcome",
            v=protocol.VERSION,
            server=self._backend.server,
            page=self._backend.page,
            publishesRecordings=self._backend.publishes_recordings(),
            **self._room.snapshots.describe_for(session),
            limits=limits,
            media=self._backend.media.describe(session.user),
            now=self._backend.now().wall,
        )

    def _say(self, t: str, **fields: object) -> None:
        self._socket.send(written(t, **fields))

    def write(self, frame: bytes) -> None:
        """Send whole frames."""
        self._socket.write(frame)

    def offer(self, frame: bytes) -> None:
        """Send whole frames, unless earlier ones still wait."""
        self._socket.offer(frame)

    # Messages of the client.

    def limited(self, limit: Limit) -> None:
        """Count a refusal by a limit."""
        self._backend.refused(self._caller, limit)

    def note_alive(self) -> None:
        """Note that the client is alive."""
        self._last_sign = self._backend.seconds()
        self._final_ping_sent = False

    def message_received(self, text: str, size: int) -> None:
        """Handle a message; a faulty one is refused, and changes nothing."""
        now = self._backend.seconds()
        asked: int | None = None
        try:
            self._limits.any(now)
            message = read(text, size)
            asked = message.id
            self._limits.one(type(message), now)
            self._room.shared.take(type(message), now)
            self._process(message)
        except CommandRefused as fault:
            self._refuse(asked if not isinstance(fault, UnreadableMessage) else fault.id, fault, now)
            if self.state is ConnectionState.OPEN and fault.key in (RefusalKey.MALFORMED, RefusalKey.TOO_LONG):
                self.bye(CloseReason.MALFORMED)
        except OSError:
            self._refuse(asked, CommandRefused(RefusalKey.UNAVAILABLE, "the server cannot keep it; try again", 5), now)

    def _refuse(self, asked: int | None, fault: CommandRefused, now: float) -> None:
        if self.state is ConnectionState.OVER:
            return
        if (limit := _LIMITS.get(fault.key)) is not None:
            is_large = limit is Limit.TEXT and isinstance(fault, UnreadableMessage)
            self.limited(Limit.MESSAGE if is_large else limit)
        more = {"wait": fault.wait} if fault.wait else {}
        self._say("no", id=asked, key=fault.key, why=str(fault), **more)
        if self._limits.refused(now):
            self.bye(CloseReason.FLOOD)

    def _process(self, message: ClientMessage) -> None:
        if isinstance(message, protocol.Ping):
            self._say("pong", at=message.at, now=self._backend.now().wall)
        elif isinstance(message, protocol.Hello):
            self._hello(message)
        elif self.state is ConnectionState.WAITING and isinstance(message, protocol.Leave):
            self._backend.happen(self._meeting, SessionEnded(token=self.token, why=LeaveReason.LEFT))
        elif self.state is not ConnectionState.IN:
            raise CommandRefused(
                RefusalKey.NOT_ALLOWED, "say hello first" if self.state is ConnectionState.OPEN else "wait to be let in"
            )
        else:
            answer = do(self._meeting, self._meeting.people[self.user], message, self._tab)
            if isinstance(answer, ServerRequest):
                answer = answer.ask(self._backend)
            if fills(message, answer) and self._backend.is_full(self._meeting):
                raise CommandRefused(RefusalKey.FULL, "the meeting has stored all that it may")
            self._answer_command(message.id, answer)

    def _answer_command(self, asked: int | None, answer: Decided) -> None:
        if isinstance(answer, DirectReply):
            self._say(answer.t, id=asked, **answer.facts)
        elif isinstance(answer, MediaRequest):
            Deferred.fromCoroutine(self._ask_media(asked, answer))
        elif isinstance(answer, Ephemeral | DirectMessage):
            self._pass_on(answer)
            if asked is not None:
                self._answer(asked, kept=True)
        else:
            self._change(asked, answer)

    def _change(self, asked: int | None, answer: Sequence[Event] | Repeated | Throttled | BallotAct | Done) -> None:
        known = isinstance(answer, Repeated)
        if isinstance(answer, Throttled):
            self._room.throttle(answer, self._backend)
        elif isinstance(answer, BallotAct):
            self._act(answer)
        elif not isinstance(answer, Repeated):
            for event in answer.events if isinstance(answer, Done) else answer:
                self._happen(event)
        if isinstance(answer, Done):
            reply = answer.reply
            self._backend.when_kept(lambda kept: self._reply(asked, reply, kept=kept))
        elif asked is not None:
            self._backend.when_kept(lambda kept: self._answer(asked, kept=kept, known=known))

    def _act(self, answer: BallotAct) -> None:
        for event in answer.events(self._room.ballots):
            self._happen(event)
        if answer.then is not None:
            answer.then(self._room.ballots)

    def _pass_on(self, answer: Ephemeral | DirectMessage) -> None:
        if isinstance(answer, DirectMessage):
            self._backend.tell(self._meeting, answer.user, answer.t, **answer.facts)
        else:
            self._room.offer(answer)
            self._backend.gather(self._meeting)

    async def _ask_media(self, asked: int | None, request: MediaRequest) -> None:
        try:
            reply = await request.ask(self._backend.media)
        except CommandRefused as fault:
            self._refuse(asked, fault, self._backend.seconds())
            return
        except Exception:
            _log.failure("a request of the media plane failed", event="media_failed")
            failed = CommandRefused(RefusalKey.UNAVAILABLE, "the server failed; try again", 5)
            self._refuse(asked, failed, self._backend.seconds())
            return
        if self.state is ConnectionState.OVER:
            return
        if reply is not None:
            self._say(reply.t, id=asked, **reply.facts)
        elif asked is not None:
            self._answer(asked, kept=True)

    def tell(self, t: str, **facts: object) -> None:
        """Send a message of another feature's."""
        self._say(t, **facts)

    def _happen(self, event: Event) -> None:
        if isinstance(event, Ended):
            self._backend.end(self._meeting, event.why)
        else:
            self._backend.happen(self._meeting, event)
        log_act(self._meeting, event, self.user)

    def _answer(self, asked: int, *, kept: bool, known: bool = False) -> None:
        if self.state is ConnectionState.OVER:
            return
        if kept:
            self._say("ok", id=asked, **({"known": True} if known else {}))
        else:
            self._say("no", id=asked, key=RefusalKey.UNAVAILABLE, why="the disk does not take it", wait=5)

    def _reply(self, asked: int | None, reply: DirectReply, *, kept: bool) -> None:
        if kept and self.state is not ConnectionState.OVER:
            self._say(reply.t, id=asked, **reply.facts)
        elif asked is not None:
            self._answer(asked, kept=False)

    # Joining.

    def _hello(self, hello: protocol.Hello) -> None:
        if self.state is not ConnectionState.OPEN:
            raise CommandRefused(RefusalKey.NOT_ALLOWED, "hello was said already")
        if hello.v != protocol.VERSION:
            self.bye(CloseReason.OUTDATED)
            return
        self._tab = hello.tab
        self._after = (hello.after, hello.epoch) if hello.after is not None else None
        found = self._backend.session(self.token)
        if found is None:
            self.bye(self._backend.reason(self.token))
        elif found[1].status is GuestStatus.WAIT:
            self._wait()
        elif found[1].status is GuestStatus.DENY:
            self.bye(CloseReason.DENIED)
        else:
            self.enter()

    def _wait(self) -> None:
        other = self._room.waiting.get(self.token)
        self.state = ConnectionState.WAITING
        self._room.waiting[self.token] = self
        if other is not None:
            other.bye(CloseReason.ELSEWHERE)
        self._backend.happen(self._meeting, Waited(token=self.token))
        self._socket.send(self.place())

    def place(self) -> str:
        """Return the message with a guest's place in the lobby, "" if it was sent before."""
        waiting = [session.token for session in self._meeting.waiting()]
        if self.token not in waiting:
            return ""
        place = waiting.index(self.token) + 1
        text = written("lobby", place=place, of=len(waiting), message=self._meeting.lobby_message)
        if text == self._sent_place:
            return ""
        self._sent_place = text
        return text

    def answered(self) -> None:
        """Let the guest in or close, after a moderator's answer."""
        found = self._backend.session(self.token)
        if self.state is not ConnectionState.WAITING or found is None or found[1].status is GuestStatus.WAIT:
            return
        self._room.waiting.pop(self.token, None)
        if found[1].status is GuestStatus.ALLOW:
            self.enter()
        else:
            self.bye(CloseReason.DENIED)

    def enter(self) -> None:
        """Let the person in: for the first time, again, or in place of another connection."""
        found = self._backend.session(self.token)
        if found is None:
            self.bye(self._backend.reason(self.token))
            return
        meeting, session = found
        if not self._backend.has_seat(meeting, session):
            self._backend.still_there(self.token)
            if (limit := self._backend.seat_limit(meeting, session)) is not None:
                self.limited(limit)
            self.bye(CloseReason.FULL)
            return
        person = meeting.people.get(self.user)
        if person is None:
            # Events for certain people alone were not for somebody who had left: a snapshot has what came of them.
            self._after = None
        if person is None or person.session != self.token:
            self._backend.happen(meeting, Joined(token=self.token))
        elif person.away is not None:
            self._backend.happen(meeting, Returned(user=self.user))
        other = self._room.inside.get(self.user)
        self.state = ConnectionState.IN
        self._room.inside[self.user] = self
        if other is not None:
            other.bye(CloseReason.ELSEWHERE)
        self._send_snapshot()

    def _send_snapshot(self) -> None:
        person = self._meeting.people.get(self.user)
        if person is None or self.state is not ConnectionState.IN:
            return
        missed = None
        if self._after is not None and self._after[1] == self._meeting.internal_id:
            missed = self._room.missed(self._after[0], viewer_of(self._meeting, person))
        self._after, self.known = None, self._meeting.n
        self._room.breakouts_sent(self.user)
        if person.role is Role.MODERATOR:
            self._room.lobby_was_sent()
        if missed is None:
            self._socket.send(self._room.snapshots.snapshot(person, self._backend.now()))
        else:
            self._socket.send(resumed(self._meeting, person, self._backend.now()))
            if missed:
                self._socket.send(listed(missed))
            self._socket.send(self._room.breakouts_for(person))

    def ask(self, of: str, seconds: int) -> None:
        """Ask whether the person is there."""
        self._say("idle?", of=of, seconds=seconds)

    # Leaving.

    def moved(self) -> None:
        """Close the connection because the person belongs in another breakout room, and say where."""
        back, follow = way_after_move(self._backend, self._meeting, self._external_id, self._name)
        self.bye(CloseReason.MOVED, back=back or self._meeting.created.logout_url, follow=follow)

    def _back(self, reason: CloseReason) -> str:
        """Return the URL to open after the meeting: after a breakout room it is the parent's, for this person."""
        meeting, back = self._meeting, ""
        if meeting.is_breakout and reason is not CloseReason.REMOVED:
            back = way_back(self._backend, meeting, self._external_id, self._name)
        return back or meeting.created.logout_url

    def bye(self, reason: CloseReason, **facts: object) -> None:
        """Send ``bye`` with the reason, and close the connection."""
        if self.state is ConnectionState.OVER:
            return
        name, code, again = reason.value
        self._backend.count_closed(name)
        if reason is CloseReason.FLOOD:
            # The connection is cut off, but the person has not left: as when a connection breaks.
            self._note_loss()
        self.state = ConnectionState.OVER
        self._room.remove(self)
        self._say("bye", **({"reason": name, "back": self._back(reason), "again": again} | facts))
        self._socket.close(code, name)

    def cut_off(self) -> None:
        """Close the connection because it sends too much."""
        self.limited(Limit.FRAMES)
        self.bye(CloseReason.FLOOD)

    def server_stopping(self) -> None:
        """Close the connection because the server stops; it will be back."""
        self.bye(CloseReason.RESTART)

    def connection_lost(self, reason: str) -> None:
        """Handle a lost connection: a person who was in is away, unless a later connection replaced this one."""
        if self.state is not ConnectionState.OVER:
            self._backend.count_closed(reason)
            self._note_loss()

    def _note_loss(self) -> None:
        was, self.state = self.state, ConnectionState.OVER
        if self._room.inside.get(self.user) is self:
            self._room.lost.add(self.user)
        self._room.remove(self)
        try:
            self._room.note_lost(self._backend)
            if was is ConnectionState.WAITING and self._backend.session(self.token) is not None:
                self._backend.happen(self._meeting, Waited(token=self.token, away=True))
        except OSError:
            _log.failure("a lost connection is not noted yet", event="loss_not_noted")

    def check_timeouts(self) -> None:
        """Check timeouts: once a second."""
        self._socket.tick()
        # The tick may have cut off a client that reads too slowly.
        if self.state is ConnectionState.OVER:
            return
        now, heard = self._backend.seconds(), self._backend.heard_until()
        if self.state is ConnectionState.OPEN and heard - self._opened_at > HELLO_WITHIN:
            self.bye(CloseReason.TIMEOUT)
        elif heard - self._last_sign > DEAD_AFTER and self._final_ping_sent:
            self.limited(Limit.SILENCE)
            self._socket.abort()
        elif now - self._last_sign > LAST_PING_AFTER and not self._final_ping_sent:
            self._final_ping_sent, self._last_ping = True, now
            self._socket.ping()
        elif now - max(self._last_ping, self._last_sign) > self._ping_after:
            self._last_ping, self._ping_after = now, PING_EVERY
            self._socket.ping()
        if self.state is ConnectionState.WAITING:
            self._backend.still_there(self.token)
