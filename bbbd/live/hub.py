"""Hub: all connections to one server. It finds their sessions, and passes events on to the rooms of meetings."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from bbbd import __version__
from bbbd.clock import Moment
from bbbd.limits import Limit, Refused
from bbbd.live.connection import Connection
from bbbd.live.features import visible_event
from bbbd.live.invitations import INVITATIONS, Invited, invited_to, read_invitation, signed
from bbbd.live.invitations import PATH as INVITATION_PATH
from bbbd.live.media_port import MediaPlane, NoMedia
from bbbd.live.protocol import CloseReason
from bbbd.live.room import Due, Member, Room
from bbbd.live.websocket import WebSocket
from bbbd.meetings.breakouts import PLANS, BreakoutClosed, BreakoutOpened, DurationChanged
from bbbd.meetings.event import (
    Ended,
    EndReason,
    Event,
    GuestAnswered,
    InactivityWarned,
    Joined,
    Left,
    PresenceAsked,
    SessionEnded,
)
from bbbd.meetings.expired_tokens import ExpiredToken, ExpiredTokens, reason_of
from bbbd.meetings.lifecycle import MINUTE
from bbbd.meetings.model import Meeting, Session, is_moderator
from bbbd.meetings.registry import Meetings
from bbbd.metrics.counting import Metrics
from bbbd.metrics.declarations import WEBSOCKET_CLOSED
from bbbd.settings.current import CurrentSettings
from bbbd.short_turns import ShortTurns, heard_until, in_slices
from bbbd.storage.group_commit import GroupCommit
from bbbd.values.enums import GuestStatus, Role

_log = Logger()

#: What a parent's page shows of its breakout rooms changes by these events of theirs, and by these of its own.
SEEN_FROM_PARENT = (Joined, Left, DurationChanged)
BREAKOUT_EVENTS = (*PLANS, BreakoutOpened, BreakoutClosed)
#: Seconds for which a room gathers events.
GATHERED = 0.05


class Hub:
    """All connections. ``sockets`` is the reactor's time; ``page`` is the version of the page.

    ``refused`` counts refusals by limits; ``join_link`` signs a join link with these parameters.
    """

    def __init__(
        self,
        *,
        meetings: Meetings,
        expired_tokens: ExpiredTokens,
        rounds: GroupCommit,
        sockets: IReactorTime,
        turns: ShortTurns,
        current: CurrentSettings,
        metrics: Metrics,
        page: str,
        refused: Refused,
        join_link: Callable[[Mapping[str, str]], str],
    ) -> None:
        self.refused = refused
        self.join_link = join_link
        self.server = f"bbbd {__version__}"
        self.page = page
        self.media: MediaPlane = NoMedia()
        self._meetings = meetings
        self._expired_tokens = expired_tokens
        self._rounds = rounds
        self._sockets = sockets
        self._turns = turns
        #: Rooms whose events have been gathered, in the order in which they are sent; whether sending is under way.
        self._gathered: deque[Room] = deque()
        self._is_sending = False
        self._current = current
        self._metrics = metrics
        self.rooms: dict[str, Room] = {}

    @property
    def connection_count(self) -> int:
        """The number of open connections."""
        return sum(len(room.connections) for room in self.rooms.values())

    # What connections need: ``Backend``.

    def now(self) -> Moment:
        """Return this moment."""
        return self._meetings.clock.now()

    def seconds(self) -> float:
        """Return steady seconds, as the reactor counts them."""
        return self._sockets.seconds()

    def heard_until(self) -> float:
        """Return the seconds until which all that had arrived has been handled."""
        return heard_until(self._sockets)

    def session(self, token: str) -> tuple[Meeting, Session] | None:
        """Return a session and its meeting."""
        return self._meetings.find_session(token)

    def happen(self, meeting: Meeting, event: Event) -> None:
        """Let an event happen. Raises ``OSError``."""
        self._meetings.happen(meeting, event)

    def end(self, meeting: Meeting, why: EndReason) -> None:
        """End a meeting."""
        self._meetings.end(meeting, why)

    def has_seat(self, meeting: Meeting, session: Session) -> bool:
        """Return whether a session may come in: there is a seat in the meeting, and one on the server."""
        return self._meetings.has_room(meeting, session.external_id, self._current.settings.max_attendees)

    def count_closed(self, reason: str) -> None:
        """Count a connection that ended."""
        self._metrics.count(WEBSOCKET_CLOSED, reason)

    def seat_limit(self, meeting: Meeting, session: Session) -> Limit | None:
        """Return the limit of the server that leaves a session without a seat, None if it is the meeting's own."""
        return Limit.ATTENDEES if self._meetings.has_room(meeting, session.external_id, 0) else None

    def is_full(self, meeting: Meeting) -> bool:
        """Return whether a meeting has stored all that it may: then only necessary events happen."""
        return self._meetings.is_full(meeting, self._current.settings.max_journal)

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        """Do something after so many seconds."""
        self._sockets.callLater(seconds, do)

    def publishes_recordings(self) -> bool:
        """Return whether recordings are published as soon as they are made."""
        return self._current.settings.publish_recordings

    def rooms_of(self, meeting: Meeting) -> list[Meeting]:
        """Return the live breakout rooms of a meeting, in the order in which they were opened."""
        return self._meetings.directory.rooms_of(meeting)

    def parent_of(self, room: Meeting) -> Meeting | None:
        """Return the live parent of a breakout room."""
        return self._meetings.directory.live.get(room.created.parent)

    def has_space(self, meetings: int) -> bool:
        """Return whether there may be so many more meetings on this server."""
        most = self._current.settings.max_meetings
        return not most or len(self._meetings) + meetings <= most

    def invitation(self, meeting: Meeting, role: Role) -> str:
        """Return the URL with which the server invites to a meeting in a role."""
        token = signed(self._current.secrets[0], meeting.internal_id, role)
        return f"{self._current.settings.url(INVITATION_PATH)}?token={token}"

    def invited(self, token: str) -> Invited | None:
        """Return what an invitation leads to, None when it is not valid, or no longer."""
        found = read_invitation(self._current.secrets, token)
        # By the internal id alone: an application may give another meeting any external id.
        meeting = self._meetings.directory.live.get(found[0]) if found is not None else None
        if found is None or meeting is None or not meeting.has(INVITATIONS):
            return None
        return invited_to(meeting, found[1], self.join_link)

    def largest_document(self) -> int:
        """Return how many bytes a document may have."""
        return self._current.settings.max_document

    def when_kept(self, do: Callable[[bool], None]) -> None:
        """Call a function when all events until now are on the disk; with False when writing failed."""
        settled = self._rounds.settled()
        settled.addCallbacks(lambda _none: do(True), lambda _failure: do(False))

    def reason(self, token: str) -> CloseReason:
        """Return why a token is no longer valid."""
        gone = self._expired_tokens.find(token)
        return CloseReason[gone.reason.name] if gone else CloseReason.UNKNOWN

    def tell(self, meeting: Meeting, user: str, t: str, **facts: object) -> None:
        """Send a message to the page of a person who is in."""
        room = self.rooms.get(meeting.internal_id)
        if room is not None and (connection := room.inside.get(user)) is not None:
            connection.tell(t, **facts)

    # Connections.

    def find_expired(self, token: str) -> ExpiredToken | None:
        """Return the expired token, None for an unknown one."""
        return self._expired_tokens.find(token)

    def state(self, token: str) -> tuple[str, str, str]:
        """Return the status of a token: state, reason, and the URL to open then."""
        found = self.session(token)
        if found is None:
            gone = self._expired_tokens.find(token)
            return (gone.reason.value, gone.why, gone.back) if gone else ("unknown", "", "")
        meeting, session = found
        back = meeting.created.logout_url
        if session.status is not GuestStatus.ALLOW:
            return ("waiting" if session.status is GuestStatus.WAIT else "denied"), "", back
        return ("open" if self.has_seat(meeting, session) else "full"), "", back

    def still_waits(self, token: str) -> None:
        """Note that a guest still waits, if the token is a guest's. Raises ``OSError``."""
        if (found := self.session(token)) and found[1].status is GuestStatus.WAIT:
            self._meetings.still_there(*found)

    def still_there(self, token: str) -> None:
        """Note that the holder of a session is still there. Raises ``OSError``."""
        if found := self.session(token):
            self._meetings.still_there(*found)

    def open(self, token: str, socket: WebSocket, caller: str) -> bool:
        """Open a connection for a token and its caller's address; False when the token has no session."""
        found = self.session(token)
        if found is None:
            return False
        meeting, session = found
        room = self.rooms.get(meeting.internal_id)
        if room is None:
            parent = self._meetings.find_live(meeting.created.parent)
            others = partial(self.rooms_of, meeting)
            room = self.rooms[meeting.internal_id] = Room(meeting, parent, others)
        connection = Connection(self, room, session, socket, caller)
        room.connections.add(connection)
        socket.listener = connection
        connection.welcome(session)
        return True

    # Events.

    def happened(self, meeting: Meeting, event: Event, at: Moment) -> None:
        """Handle an event of a meeting: a listener of ``Meetings``."""
        if (parent := self.rooms.get(meeting.created.parent)) is not None and isinstance(event, SEEN_FROM_PARENT):
            parent.note_breakouts()
            self._gather(parent)
        room = self.rooms.get(meeting.internal_id)
        if room is None:
            return
        expects = bool(meeting.created.wanted.groups or meeting.room_plan)
        if isinstance(event, BREAKOUT_EVENTS) or (expects and isinstance(event, Joined | Left)):
            room.note_breakouts()
            self._gather(room)
        if isinstance(event, Ended):
            self._end(room, event)
            return
        visible = visible_event(meeting, event, at)
        if visible is not None:
            room.add(visible, at)
            self._gather(room)
        self._ask(room, event)
        self._close_ended(room, event)

    def _end(self, room: Room, event: Ended) -> None:
        del self.rooms[room.meeting.internal_id]
        for connection in list(room.connections):
            connection.bye(CloseReason.ENDED, why=event.why)

    def _ask(self, room: Room, event: Event) -> None:
        created = room.meeting.created
        if isinstance(event, PresenceAsked) and (connection := room.inside.get(event.user)):
            connection.ask("you", created.user_answers_within * MINUTE // 1000)
        elif isinstance(event, InactivityWarned):
            seconds = min(created.warn_before_inactivity, created.max_inactivity) * MINUTE // 1000
            for user, connection in room.inside.items():
                if is_moderator(room.meeting.people[user]):
                    connection.ask("meeting", seconds)

    def _close_ended(self, room: Room, event: Event) -> None:
        if isinstance(event, Left) and (connection := room.inside.get(event.user)):
            by = room.meeting.people.get(event.by)
            reason = CloseReason[reason_of(event.why).name]
            if reason is CloseReason.MOVED:
                connection.moved()
            else:
                connection.bye(reason, by=by.name if by else "")
        elif isinstance(event, SessionEnded):
            for connection in [one for one in room.connections if one.token == event.token]:
                connection.bye(self.reason(event.token))
        elif isinstance(event, Joined):
            user = room.meeting.sessions[event.token].user
            connection = room.inside.get(user)
            if connection is not None and connection.token != event.token:
                connection.bye(CloseReason.ELSEWHERE)
        elif isinstance(event, GuestAnswered):
            # Admit guests after all listeners have handled this event.
            self._sockets.callLater(0, self._answered, room)

    def _answered(self, room: Room) -> None:
        for connection in list(room.waiting.values()):
            try:
                connection.answered()
            except OSError:
                _log.failure("a guest is not let in", event="guest_not_let_in")

    def gather(self, meeting: Meeting) -> None:
        """Send what waits in a meeting's room, soon."""
        if (room := self.rooms.get(meeting.internal_id)) is not None:
            self._gather(room)

    def _gather(self, room: Room) -> None:
        if not room.gathering:
            room.gathering = True
            self._sockets.callLater(GATHERED, self._flush, room)

    def _flush(self, room: Room) -> None:
        self._gathered.append(room)
        if not self._is_sending:
            self._send()

    def _send(self) -> None:
        self._is_sending = True
        Deferred.fromCoroutine(self._turns.each(self._due(), _write)).addBoth(self._sent)

    def _due(self) -> Iterator[Due]:
        """Give what is to be written to connections, room by room."""
        while self._gathered:
            room = self._gathered.popleft()
            if room.meeting.ended is not None:
                continue
            try:
                yield from room.flush(self.now())
            finally:
                room.gathering = False
            if room.has_news:
                self._gather(room)

    def _sent(self, result: object) -> None:
        self._is_sending = False
        if isinstance(result, Failure):
            _log.failure("events could not be sent", result, event="events_unsent")
        if self._gathered:
            self._send()

    def check_timeouts(self) -> None:
        """Check all connections: once a second."""
        for room in list(self.rooms.values()):
            try:
                room.note_lost(self)
            except OSError:
                _log.failure("a lost connection is not noted yet", event="loss_not_noted")
        connections = [connection for room in self.rooms.values() for connection in room.connections]
        in_slices(self._sockets, connections, self._check)

    def _check(self, members: Sequence[Member]) -> None:
        for connection in members:
            try:
                connection.check_timeouts()
            except OSError:
                _log.failure("a waiting guest could not be noted", event="wait_not_noted")

    def stop(self) -> None:
        """Close all connections: the server stops, and will be back."""
        for room in list(self.rooms.values()):
            for connection in list(room.connections):
                connection.server_stopping()


def _write(due: Due) -> None:
    write, frame = due
    write(frame)
