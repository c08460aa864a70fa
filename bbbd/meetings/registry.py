"""All live meetings, and the one door through which anything happens in them.

``happen`` writes an event to the meeting's journal, lets it happen, stores the next deadline and tells the
listeners, in this order: nobody is told what the journal does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from bbbd.clock import Clock, Moment
from bbbd.meetings import fold
from bbbd.meetings.breakouts import BreakoutClosed, BreakoutOpened
from bbbd.meetings.event import (
    Created,
    Ended,
    EndReason,
    Event,
    InactivityWarned,
    LeaveReason,
    Left,
    Resumed,
    SessionEnded,
    Waited,
)
from bbbd.meetings.joining import has_seat
from bbbd.meetings.journal import Journals
from bbbd.meetings.lifecycle import Deadline, audit, follows, next_deadline, session_lives
from bbbd.meetings.model import Meeting, Session
from bbbd.settings.current import CurrentSettings

_log = Logger()

#: Ids whose last creation time is remembered, so that it never repeats however the clock is set.
CREATE_TIMES_KEPT = 10_000
#: Told of every event, after it happened. What a listener raises is logged and stops nobody else.
Listener = Callable[[Meeting, Event, Moment], None]
#: Told of every event before it happens, and before it is in the journal, so that what it makes due is on the disk
#: when it is; returns what takes that back when the event does not happen after all.
Herald = Callable[[Meeting, Event, Moment], Callable[[], None] | None]


class Meetings:
    """The meetings of one server."""

    def __init__(self, clock: Clock, journals: Journals, current: CurrentSettings, herald: Herald) -> None:
        self.clock = clock
        self.listeners: list[Listener] = []
        self._herald = herald
        self._journals = journals
        self._current = current
        self._live: dict[str, Meeting] = {}
        self._by_external: dict[str, Meeting] = {}
        self._tokens: dict[str, Meeting] = {}
        self._deadlines: dict[str, Deadline] = {}
        #: Ended meetings that are still found, with the steady time until when.
        self._ended: dict[str, tuple[Meeting, int]] = {}
        self._last_created: dict[str, int] = {}
        self._rewriting: set[str] = set()
        #: The last creation time before this start: none after it goes back, however the clock was set meanwhile.
        self._created_before = 0
        self._newest = 0
        self._reconciling = False
        #: Fires for each meeting whose end is being put away; a stop waits for them.
        self.ending: set[Deferred[None]] = set()

    def __iter__(self) -> Iterator[Meeting]:
        """Give all that are found: the live ones in the order of their creation, then ended ones still kept."""
        yield from self._live.values()
        for meeting, _until in self._ended.values():
            if meeting.external_id not in self._by_external:
                yield meeting

    def __len__(self) -> int:
        """Return how many are live."""
        return len(self._live)

    def find(self, meeting_id: str) -> Meeting | None:
        """Return the meeting of an external id or of a full internal id; one that ended only while it is kept."""
        found = self.find_live(meeting_id)
        if found is None and self._ended:
            kept = [one for one, _ in self._ended.values() if meeting_id in (one.external_id, one.internal_id)]
            found = kept[-1] if kept else None
        return found

    def find_live(self, meeting_id: str) -> Meeting | None:
        """Return the meeting of an external id or of a full internal id, unless it has ended."""
        return self._by_external.get(meeting_id) or self._live.get(meeting_id)

    def find_external(self, external_id: str) -> Meeting | None:
        """Return the live meeting of an external id."""
        return self._by_external.get(external_id)

    def find_session(self, token: str) -> tuple[Meeting, Session] | None:
        """Return a session and its meeting."""
        meeting = self._tokens.get(token)
        return (meeting, meeting.sessions[token]) if meeting else None

    def attendees(self) -> int:
        """Return how many people are in all meetings."""
        return sum(len(meeting.people) for meeting in self._live.values())

    def has_room(self, meeting: Meeting, external_id: str, most: int) -> bool:
        """Tell whether somebody could come in: who is in already, or a seat is free and ``most`` are not in yet.

        ``most`` is the limit for all meetings together, 0 for none.
        """
        if external_id and meeting.is_in(external_id):
            return True
        return has_seat(meeting, external_id) and not (most and self.attendees() >= most)

    def still_there(self, meeting: Meeting, session: Session) -> None:
        """Note that whoever holds a session is on the way: a line of the journal now and then, not at each look."""
        since = self.clock.now().steady - session.used.steady
        is_in = session.entered and session.user in meeting.people
        if not is_in and since > session_lives(meeting, session) / 8:
            self.happen(meeting, Waited(token=session.token))

    def leave(self, meeting: Meeting, session: Session) -> None:
        """Let whoever holds a session leave by it, from the meeting or on the way in."""
        person = meeting.people.get(session.user)
        is_in = person is not None and person.session == session.token
        ended = SessionEnded(token=session.token, why=LeaveReason.LEFT)
        self.happen(meeting, Left(user=session.user) if is_in else ended)

    def bridge_is_used(self, voice_bridge: str) -> bool:
        """Tell whether a live meeting has this voice bridge."""
        return any(meeting.created.voice_bridge == voice_bridge for meeting in self._live.values())

    def is_full(self, meeting: Meeting, most: int) -> bool:
        """Tell whether a meeting's journal has so many bytes that only what must be is still written."""
        return self._journals.length(meeting.internal_id) > most

    def next_create_time(self, external_id: str) -> int:
        """Return a creation time in milliseconds that no earlier meeting of this id has, nor one after it."""
        return max(self.clock.now().wall, self._last_created.get(external_id, 0) + 1, self._created_before + 1)

    def create(self, created: Created) -> Meeting:
        """Begin a meeting. Raises ``OSError`` when its journal cannot be written; then there is none."""
        now = self.clock.now()
        meeting = fold.begin(created, now)
        take_back = self._foretell(meeting, created, now)
        try:
            self._journals.begin(created, now)
        except OSError:
            take_back()
            raise
        self._newest = max(self._newest, created.create_time)
        self._add(meeting)
        self._tell(meeting, created, now)
        if created.parent:
            try:
                self.happen(self._live[created.parent], _opened(meeting))
            except OSError:
                self._remove(meeting)
                self._journals.forget(meeting.internal_id)
                take_back()
                raise
        return meeting

    def happen(self, meeting: Meeting, event: Event) -> None:
        """Let an event happen to a meeting, and what follows from it. Raises ``OSError`` when it cannot be written."""
        following: Event | None = event
        while following is not None:
            self._happen(meeting, following)
            following = follows(meeting) if meeting.ended is None else None
        if isinstance(event, Ended):
            self._after_end(meeting)

    def _happen(self, meeting: Meeting, event: Event) -> None:
        now = self.clock.now()
        take_back = self._foretell(meeting, event, now)
        try:
            self._apply(meeting, event, now)
        except Exception:
            take_back()
            raise
        self._tell(meeting, event, now)

    def _apply(self, meeting: Meeting, event: Event, now: Moment) -> None:
        length = self._journals.add(meeting, event, now)
        before = set(meeting.sessions)
        try:
            fold.apply(meeting, event, now)
        except Exception:
            self._journals.take_back(meeting, length)
            raise
        self._index(meeting, before)

    def _foretell(self, meeting: Meeting, event: Event, now: Moment) -> Callable[[], None]:
        try:
            return self._herald(meeting, event, now) or _nothing
        except Exception:
            _log.failure("nobody is told of {kind}", event="herald_failed", kind=event.kind)
            return _nothing

    def _index(self, meeting: Meeting, before: set[str]) -> None:
        for token in before - meeting.sessions.keys():
            del self._tokens[token]
        for token in meeting.sessions.keys() - before:
            self._tokens[token] = meeting
        deadline = None if meeting.ended else next_deadline(meeting)
        if deadline is None:
            self._deadlines.pop(meeting.internal_id, None)
        else:
            self._deadlines[meeting.internal_id] = deadline

    def _tell(self, meeting: Meeting, event: Event, now: Moment) -> None:
        for listener in self.listeners:
            try:
                listener(meeting, event, now)
            except Exception:
                _log.failure("a listener failed at {kind}", event="listener_failed", kind=event.kind)

    def _add(self, meeting: Meeting) -> None:
        self._live[meeting.internal_id] = meeting
        other = self._by_external.get(meeting.external_id)
        if other is None or other.created.create_time < meeting.created.create_time:
            self._by_external[meeting.external_id] = meeting
        self._last_created.pop(meeting.external_id, None)
        self._last_created[meeting.external_id] = meeting.created.create_time
        if len(self._last_created) > CREATE_TIMES_KEPT:
            del self._last_created[next(iter(self._last_created))]
        self._index(meeting, set())

    def end(self, meeting: Meeting, why: EndReason) -> None:
        """End a meeting and its breakout rooms."""
        if meeting.ended is None:
            self.happen(meeting, Ended(why=why))

    def _remove(self, meeting: Meeting) -> None:
        del self._live[meeting.internal_id]
        if self._by_external.get(meeting.external_id) is meeting:
            del self._by_external[meeting.external_id]
        self._deadlines.pop(meeting.internal_id, None)

    def _after_end(self, meeting: Meeting) -> None:
        self._remove(meeting)
        kept = self._current.settings.ended_kept
        if kept:
            self._ended[meeting.internal_id] = (meeting, self.clock.now().steady + kept * 1000)
        _log.info("a meeting ended: {why}", event="meeting_ended", why=meeting.ended, meeting=meeting.internal_id)
        if not kept:
            self._put_away(meeting)
        # What cannot be written now is written at a later beat; this meeting has ended all the same.
        self._reconcile()

    def _put_away(self, meeting: Meeting) -> None:
        """Move or remove an ended meeting's journal, once the disk has its end."""
        done = Deferred.fromCoroutine(self._journals.end(meeting))
        self.ending.add(done)

        def failed(failure: Failure) -> None:
            _log.failure("the journal of an ended meeting stays where it is", failure, event="journal_stays")

        def gone(_result: None) -> None:
            self.ending.discard(done)

        done.addErrback(failed)
        done.addCallback(gone)

    def restore(self, found_last: Callable[[Mapping[str, int]], None] = lambda _last: None) -> list[Meeting]:
        """Bring back the meetings whose journals are there, and do the rest of what a stop or kill cut short.

        ``found_last`` is given the number of the last event in each journal, before anything more happens. Return all
        whose files are still needed: the live ones, and those that are being put away.
        """
        now = self.clock.now()
        self._created_before = self._journals.last_creation()
        found = list(self._journals.restore(now))
        found_last({meeting.internal_id: meeting.n for meeting in found})
        for meeting in found:
            if meeting.ended is None:
                self._add(meeting)
            elif (left := self._current.settings.ended_kept * 1000 - max(0, now.wall - meeting.end_time)) > 0:
                self._ended[meeting.internal_id] = (meeting, now.steady + left)
            else:
                self._put_away(meeting)
        for meeting in list(self._live.values()):
            self._guarded(partial(self.happen, event=Resumed()), meeting)
        self._reconcile()
        return found

    def _reconcile(self) -> None:
        """Make all meetings fit each other, whatever a kill or a full disk prevented.

        A breakout room ends with its parent, a parent lists its rooms, and of two meetings with one external id (a
        copy of the files made while they changed can hold both) the older one ends.
        """
        if self._reconciling:
            return
        self._reconciling = True
        for meeting in list(self._live.values()):
            self._guarded(self._reconcile_one, meeting)
        self._reconciling = False

    def _reconcile_one(self, meeting: Meeting) -> None:
        parent = meeting.created.parent
        if self._by_external.get(meeting.external_id) is not meeting:
            self.end(meeting, EndReason.REPLACED)
        elif parent and parent not in self._live:
            self.end(meeting, EndReason.PARENT)
        elif parent and meeting.internal_id not in self._live[parent].breakouts:
            self.happen(self._live[parent], _opened(meeting))
        for internal_id in [room for room in meeting.breakouts if room not in self._live]:
            if meeting.ended is None:
                self.happen(meeting, BreakoutClosed(internal_id=internal_id))

    def end_due(self) -> None:
        """End what is due, warn of inactivity, and let go of ended meetings that were kept long enough."""
        self._reconcile()
        now = self.clock.now()
        due = [(when, name) for name, (when, _why) in self._deadlines.items() if now.steady > when]
        for _when, internal_id in sorted(due):
            if (meeting := self._live.get(internal_id)) is not None:
                self._guarded(self._fall_due, meeting)
        for internal_id, (meeting, until) in list(self._ended.items()):
            if now.steady > until:
                del self._ended[internal_id]
                self._put_away(meeting)

    def _fall_due(self, meeting: Meeting) -> None:
        deadline = self._deadlines[meeting.internal_id]
        if deadline.why is None:
            self.happen(meeting, InactivityWarned())
        else:
            self.end(meeting, deadline.why)

    def audit(self) -> None:
        """Let go of people and sessions that are due, and write journals anew that have grown long."""
        now = self.clock.now()
        for meeting in list(self._live.values()):
            for event in audit(meeting, now):
                self._guarded(partial(self.happen, event=event), meeting)
            if self._journals.wants_compaction(meeting) and meeting.internal_id not in self._rewriting:
                self._write_anew(meeting, now)

    def _write_anew(self, meeting: Meeting, now: Moment) -> None:
        self._rewriting.add(meeting.internal_id)
        done = Deferred.fromCoroutine(self._journals.write_anew(meeting, now))
        done.addErrback(lambda failure: _log.failure("a journal stays long", failure, event="journal_stays_long"))
        done.addCallback(lambda _none: self._rewriting.discard(meeting.internal_id))

    def note_creations(self) -> None:
        """Keep on disk when a meeting was created last, for the next start."""
        if self._newest > self._created_before:
            self._created_before, self._newest = self._newest, 0
            noted = self._journals.note_creation(self._created_before)
            noted.addErrback(lambda failure: _log.failure("not noted", failure, event="creation_not_noted"))

    def _guarded(self, do: Callable[[Meeting], None], meeting: Meeting) -> None:
        """Do it to one meeting, so that what fails there (a full disk) stops no other."""
        try:
            do(meeting)
        except Exception:
            _log.failure("a timer of a meeting failed", event="timer_failed", meeting=meeting.internal_id)


def _nothing() -> None:
    """Take nothing back."""


def _opened(room: Meeting) -> BreakoutOpened:
    return BreakoutOpened(
        internal_id=room.internal_id, external_id=room.external_id, sequence=room.created.wanted.sequence or 0
    )
