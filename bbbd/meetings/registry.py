"""The door: every event happens to a meeting by ``Meetings.happen``, the only way to change one.

It writes the event to the meeting's journal, applies it, and then notifies the listeners: no listener gets an
event that the journal does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from bbbd.clock import Clock, Moment
from bbbd.meetings import fold
from bbbd.meetings.breakout_rooms import events_of_rooms, missing_rooms, removals
from bbbd.meetings.breakouts import PLANS, breakout_closed, breakout_opened
from bbbd.meetings.creation_times import CreationTimes
from bbbd.meetings.directory import Directory
from bbbd.meetings.event import (
    Created,
    Ended,
    EndReason,
    Event,
    LeaveReason,
    Left,
    SessionEnded,
    Waited,
)
from bbbd.meetings.journal import Journals
from bbbd.meetings.lifecycle import follows, session_lives
from bbbd.meetings.model import Meeting, PlannedRoom, Session
from bbbd.meetings.reconcile import mismatches
from bbbd.settings.current import CurrentSettings
from bbbd.storage.group_commit import SyncFailed

_log = Logger()

#: Milliseconds until the journal of an ended meeting that could not be archived is archived again.
ARCHIVE_AGAIN = 10_000
#: Gets every event after it happened. An exception of one listener is logged and stops no other.
Listener = Callable[[Meeting, Event, Moment], None]
#: Gets every event before the journal has it, and stores the notifications that are due for it on the disk.
#: Returns a function that deletes them if the event does not happen.
Publisher = Callable[[Meeting, Event, Moment], Callable[[], None] | None]
#: Creates a breakout room that a meeting planned.
RoomMaker = Callable[[Meeting, PlannedRoom], None]


class Meetings:
    """The meetings of one server: a directory to find them, and the door through which they change."""

    def __init__(self, clock: Clock, journals: Journals, current: CurrentSettings, publisher: Publisher) -> None:
        self.clock = clock
        self.journals = journals
        self.directory = Directory()
        self.creation_times = CreationTimes()
        self.listeners: list[Listener] = []
        #: One for each meeting whose journal is being archived; a stop waits for them.
        self.ending: set[Deferred[None]] = set()
        #: Whether the server has stopped: then nothing more happens by itself.
        self.is_stopped = False
        self._current = current
        self._publisher = publisher
        self._reconciling = False
        #: Set once there is something that creates meetings.
        self.make_room: RoomMaker = _no_room
        #: Ended meetings whose journals are still in place, each with the steady time of the next attempt.
        self._unarchived: dict[str, tuple[Meeting, int]] = {}

    # Finding meetings: the directory's methods.

    def __iter__(self) -> Iterator[Meeting]:
        """Give the live meetings in the order of their creation, then the ended ones that are still found."""
        return iter(self.directory)

    def __len__(self) -> int:
        """Return the number of live meetings."""
        return len(self.directory.live)

    def find(self, meeting_id: str) -> Meeting | None:
        """Return the meeting of an external id or a full internal id: the live one, else the one that ended last."""
        return self.directory.find(meeting_id)

    def find_live(self, meeting_id: str) -> Meeting | None:
        """Return the live meeting of an external id or a full internal id."""
        return self.directory.find_live(meeting_id)

    def find_external(self, external_id: str) -> Meeting | None:
        """Return the live meeting of an external id."""
        return self.directory.find_external(external_id)

    def find_session(self, token: str) -> tuple[Meeting, Session] | None:
        """Return the session of a token and its meeting."""
        return self.directory.find_session(token)

    def has_room(self, meeting: Meeting, external_id: str, most: int) -> bool:
        """Return whether a person could come in; ``most`` limits the people in all meetings, 0 does not."""
        return self.directory.has_room(meeting, external_id, most)

    def bridge_is_used(self, voice_bridge: str) -> bool:
        """Return whether a live meeting has this voice bridge."""
        return self.directory.bridge_is_used(voice_bridge)

    def is_full(self, meeting: Meeting, most: int) -> bool:
        """Return whether a meeting's journal is longer than ``most`` bytes: then only necessary events happen."""
        return self.journals.length(meeting.internal_id) > most

    def next_create_time(self, external_id: str) -> int:
        """Return the creation time for a new meeting, in milliseconds since 1970."""
        return self.creation_times.next(external_id, self.clock.now().wall)

    @property
    def ended_kept(self) -> int:
        """The milliseconds for which an ended meeting is still found."""
        return self._current.settings.ended_kept * 1000

    # The door.

    def create(self, created: Created) -> Meeting:
        """Begin a meeting. Raises ``OSError`` when its journal cannot be written; then there is no meeting."""
        now = self.clock.now()
        meeting = fold.begin(created, now)
        take_back = self._publish(meeting, created, now)
        try:
            self.journals.begin(meeting, now)
        except OSError:
            take_back()
            raise
        self.directory.add(meeting)
        self.creation_times.add(meeting.external_id, created.create_time)
        self._notify(meeting, created, now)
        if created.parent:
            try:
                self.happen(self.directory.live[created.parent], breakout_opened(meeting))
            except OSError:
                self.directory.remove(meeting)
                self.journals.forget(meeting.internal_id)
                take_back()
                raise
        return meeting

    def happen(self, meeting: Meeting, event: Event) -> None:
        """Let an event happen to a meeting, and the events that follow. Raises ``OSError`` if it cannot be written."""
        following: Event | None = event
        while following is not None:
            self._happen(meeting, following)
            following = follows(meeting) if meeting.ended is None else None
        if isinstance(event, Ended):
            self._after_end(meeting)
        elif isinstance(event, PLANS):
            self._follow_plan(meeting)
        elif isinstance(event, Left) and event.why is LeaveReason.REMOVED:
            for room, gone in removals(meeting, self.directory.rooms_of(meeting), event):
                self.attempt(room, gone)

    def _happen(self, meeting: Meeting, event: Event) -> None:
        now = self.clock.now()
        take_back = self._publish(meeting, event, now)
        try:
            self._apply(meeting, event, now)
        except Exception:
            take_back()
            raise
        self._notify(meeting, event, now)

    def _apply(self, meeting: Meeting, event: Event, now: Moment) -> None:
        length = self.journals.add(meeting, event, now)
        before = set(meeting.sessions)
        try:
            fold.apply(meeting, event, now)
        except Exception:
            self.journals.take_back(meeting, length)
            raise
        self.directory.refresh(meeting, before)

    def _publish(self, meeting: Meeting, event: Event, now: Moment) -> Callable[[], None]:
        try:
            return self._publisher(meeting, event, now) or _nothing
        except OSError:
            raise
        except Exception:
            _log.failure("notifications of {kind} could not be queued", event="herald_failed", kind=event.kind)
            return _nothing

    def _notify(self, meeting: Meeting, event: Event, now: Moment) -> None:
        for listener in self.listeners:
            try:
                listener(meeting, event, now)
            except Exception:
                _log.failure("a listener failed at {kind}", event="listener_failed", kind=event.kind)

    def end(self, meeting: Meeting, why: EndReason) -> None:
        """End a meeting and its breakout rooms."""
        if meeting.ended is None:
            self.happen(meeting, Ended(why=why))

    def attempt(self, meeting: Meeting, event: Event) -> None:
        """Let an event happen. A failure (a full disk) is logged, so that it stops no other meeting."""
        try:
            self.happen(meeting, event)
        except Exception:
            _log.failure("a timer of a meeting failed", event="timer_failed", meeting=meeting.internal_id)

    def reconcile(self, meetings: Sequence[Meeting]) -> None:
        """Let the events happen that make parents, rooms and external ids of meetings consistent."""
        # Each of these events may end a meeting, which asks for this again.
        if self._reconciling:
            return
        self._reconciling = True
        try:
            for meeting, event in mismatches(self.directory, meetings):
                self.attempt(meeting, event)
            for meeting in [one for one in meetings if one.room_plan is not None and one.ended is None]:
                self._follow_plan(meeting)
        finally:
            self._reconciling = False

    def _follow_plan(self, parent: Meeting) -> None:
        """Create the rooms that were opened, and let happen to all rooms what follows from the plan."""
        for planned in missing_rooms(parent):
            try:
                self.make_room(parent, planned)
            except Exception:
                _log.failure("a breakout room could not be created", event="timer_failed", meeting=parent.internal_id)
        for room, event in events_of_rooms(parent, self.directory.live):
            self.attempt(room, event)

    def _after_end(self, meeting: Meeting) -> None:
        self.directory.remove(meeting)
        kept = self.ended_kept
        if kept:
            self.directory.keep_ended(meeting, self.clock.now().steady + kept)
        _log.info("a meeting ended: {why}", event="meeting_ended", why=meeting.ended, meeting=meeting.internal_id)
        parent = self.directory.live.get(meeting.created.parent)
        if parent is not None and meeting.internal_id in parent.breakouts:
            self.attempt(parent, breakout_closed(meeting, self.clock.now(), parent))
        # Only now: until its parent has the room's chat, the room's journal does.
        if not kept:
            self.archive(meeting)
        # An event that cannot be written now happens a second later; this meeting has ended nevertheless.
        self.reconcile([*self.directory.rooms_of(meeting), *([parent] if parent is not None else [])])

    def archive(self, meeting: Meeting) -> None:
        """Move or delete an ended meeting's journal, once its end is on the disk."""
        done = Deferred.fromCoroutine(self.journals.end(meeting))
        self.ending.add(done)

        def failed(failure: Failure) -> None:
            self._unarchived[meeting.internal_id] = (meeting, self.clock.now().steady + ARCHIVE_AGAIN)
            if failure.check(OSError, SyncFailed):
                _log.error(
                    "the journal of {meeting}, which has ended, stays where it is for now: {why}",
                    event="journal_stays",
                    meeting=meeting.internal_id,
                    why=failure.getErrorMessage(),
                )
            else:
                _log.failure("the journal of an ended meeting stays where it is", failure, event="journal_stays")

        def gone(_result: None) -> None:
            self.ending.discard(done)

        done.addErrback(failed)
        done.addCallback(gone)

    def archive_again(self) -> None:
        """Try again to put away the journals that the disk did not let move, each some seconds after its last try."""
        now = self.clock.now().steady
        for internal_id, (meeting, when) in list(self._unarchived.items()):
            if now > when:
                del self._unarchived[internal_id]
                self.archive(meeting)

    # Sessions.

    def still_there(self, meeting: Meeting, session: Session) -> None:
        """Note that the holder of a session is entering or waiting; the journal gets a line at intervals only."""
        since = self.clock.now().steady - session.used.steady
        is_in = session.entered and session.user in meeting.people
        if not is_in and since > session_lives(meeting, session) / 8:
            self.happen(meeting, Waited(token=session.token))

    def leave(self, meeting: Meeting, session: Session) -> None:
        """Let the holder of a session leave, from the meeting or before entering it."""
        person = meeting.people.get(session.user)
        is_in = person is not None and person.session == session.token
        ended = SessionEnded(token=session.token, why=LeaveReason.LEFT)
        self.happen(meeting, Left(user=session.user) if is_in else ended)


def _no_room(_parent: Meeting, _planned: PlannedRoom) -> None:
    """Create nothing."""


def _nothing() -> None:
    """Take nothing back: the event made no notification due."""
