"""What is known of a meeting while its journal is read: its people, sessions, decks and stage.

The journal's times are the wall clock's. Where that clock was set back, the history goes on from the time before: the
step takes no time. A journal that was lost while its meeting ran begins with ``Restored``, the whole meeting as one
line: of what was before, the history then has the people's stays, the last messages of the chat, the decks, the stage,
the polls and whether recording was on; earlier recording marks and pages are lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bbbd.clock import Moment
from bbbd.history import happenings as seen
from bbbd.history.happenings import Happening, UnreadableHistory
from bbbd.meetings import decks, event, fold, polls
from bbbd.meetings.event import Created, Microphone
from bbbd.meetings.journal_format import Line
from bbbd.meetings.model import Deck, DeckState, Meeting, PollState, Session
from bbbd.values.enums import Role

WHOLE = (0.0, 0.0, 100.0, 100.0)


class Attendee:
    """A person as the history knows them while it is read."""

    __slots__ = ("external_id", "inside", "name", "role", "token", "voice")

    def __init__(self, external_id: str, name: str, role: Role) -> None:
        self.external_id = external_id
        self.name = name
        self.role = role
        self.inside = False
        self.token = ""
        self.voice = Microphone.NONE


class PollStory:
    """A poll as the history knows it while it is read."""

    __slots__ = ("ended", "started", "typed")

    def __init__(self, started: polls.PollStarted) -> None:
        self.started = started
        self.typed: list[str] = []
        self.ended: polls.PollEnded | None = None

    def begun(self, at: int) -> Happening:
        """Return its beginning."""
        one = self.started
        return seen.PollStarted(
            at=at,
            poll=one.poll,
            kind=one.poll_kind.value,
            question=one.question,
            options=one.answers,
            secret=one.secret,
        )

    def answers(self, at: int, voted: polls.PollVoted) -> Iterator[Happening]:
        """Give what somebody answered; of a secret poll, nothing."""
        chosen = [(place, self.started.answers[place]) for place in voted.answers]
        if voted.text:
            if voted.text not in self.typed:
                self.typed.append(voted.text)
            chosen = [(self.typed.index(voted.text), voted.text)]
        for number, answer in chosen:
            yield seen.PollAnswered(at=at, poll=voted.poll, user=voted.user, number=number, answer=answer)

    def result(self, at: int) -> Happening:
        """Return its result, as it was published."""
        assert self.ended is not None
        answers = (
            seen.PollAnswer(number=number, text=one.text, votes=one.votes)
            for number, one in enumerate(self.ended.totals)
        )
        return seen.PollPublished(
            at=at,
            poll=self.started.poll,
            kind=self.started.poll_kind.value,
            question=self.started.question,
            answers=tuple(answers),
            respondents=self.ended.respondents,
            responders=self.ended.responders,
        )


class Story:
    """Turns events into happenings, one after the other."""

    def __init__(self) -> None:
        self.created: Created | None = None
        self.begin = 0
        #: The time of the last event, and by how much the wall clock was behind it.
        self.now = 0
        self.happenings: list[Happening] = []
        self.rooms: dict[str, None] = {}
        self._behind = 0
        self._wall = 0
        self.sessions: dict[str, event.Registered] = {}
        self.people: dict[str, Attendee] = {}
        self.decks: dict[str, Deck] = {}
        self.stage: tuple[str, int] | None = None
        self.view = WHOLE
        #: Of each poll its beginning, the texts that were typed, in the order of their first mention, and the end.
        self.polls: dict[str, PollStory] = {}

    def pass_to(self, at: int) -> None:
        """Let time pass to the next event's; the wall clock never takes it back."""
        self._behind += max(0, self._wall - at)
        self._wall = at
        self.now = at + self._behind

    def start(self, line: Line) -> None:
        """Begin with the first event of a journal. Raises ``UnreadableHistory``."""
        self.now = self._wall = line.at
        if isinstance(line.event, Created):
            self.created, self.begin = line.event, line.at
            self.decks = decks.decks_of(line.event)
        elif isinstance(line.event, event.Restored):
            self._restore(fold.restored(line.event, Moment(line.at, 0)))
        else:
            raise UnreadableHistory("the journal does not begin with a meeting's creation")

    def _restore(self, meeting: Meeting) -> None:
        self.created, self.begin = meeting.created, min(meeting.created_at.wall, self.now)
        self.decks = meeting.decks
        self.rooms = dict.fromkeys(meeting.breakouts)
        for session in meeting.sessions.values():
            self.sessions[session.token] = _registered(session)
        found = [*self._restored_people(meeting), *self._restored_stage(meeting), *self._restored_polls(meeting)]
        found += [self.message(one.at, one.user, one.name, one.text) for one in meeting.chat if not one.to]
        if meeting.recording_since is not None:
            found.append(seen.RecordingMarked(at=meeting.recording_since.wall, on=True))
        limited = (replace(one, at=min(max(one.at, self.begin), self.now)) for one in found)
        self.happenings += sorted(limited, key=lambda one: one.at)

    def _restored_people(self, meeting: Meeting) -> Iterator[Happening]:
        for user, one in meeting.people.items():
            self.people[user] = Attendee(one.external_id, one.name, one.role)
        for user, record in meeting.attended.items():
            role = Role.MODERATOR if record.moderator else Role.VIEWER
            known = self.people[user] = Attendee(record.external_id, record.name, role)
            if (person := meeting.people.get(user)) is not None:
                known.inside, known.role, known.token = True, person.role, person.session
                known.voice = person.microphone
            for at in record.joins:
                yield seen.PersonJoined(
                    at=at, user=user, external_id=record.external_id, name=record.name, role=known.role
                )
            for at in record.leaves:
                yield seen.PersonLeft(at=at, user=user)

    def _restored_stage(self, meeting: Meeting) -> Iterator[Happening]:
        for deck in meeting.decks.values():
            if deck.state is DeckState.READY:
                yield converted(deck, self.begin)
        if (stage := meeting.stage) is not None:
            self.stage, self.view = (stage.deck, stage.page), (stage.x, stage.y, stage.w, stage.h)
            yield seen.DeckShared(at=self.begin, deck=stage.deck)
            yield seen.PageShown(at=self.begin, deck=stage.deck, page=stage.page)
            if self.view != WHOLE:
                yield viewed(self.begin, self.stage, self.view)

    def _restored_polls(self, meeting: Meeting) -> Iterator[Happening]:
        for poll in meeting.polls:
            started = polls.PollStarted(
                poll=poll.poll,
                poll_kind=poll.kind,
                question=poll.question,
                answers=poll.answers,
                secret=poll.secret,
                multiple=poll.multiple,
                by=poll.by,
            )
            known = self.polls[poll.poll] = PollStory(started)
            yield known.begun(poll.begun)
            for user, ballot in poll.ballots.items():
                voted = polls.PollVoted(poll=poll.poll, user=user, answers=ballot.answers, text=ballot.text)
                yield from known.answers(poll.begun, voted)
            if poll.state is not PollState.OPEN:
                known.ended = polls.PollEnded(
                    poll=poll.poll,
                    totals=poll.totals,
                    respondents=poll.respondents,
                    responders=poll.responders,
                    by=poll.by,
                )
            if poll.published:
                yield known.result(poll.published)

    def message(self, at: int, user: str, name: str, text: str) -> Happening:
        """Return a message to all."""
        person = self.people.get(user)
        role = person.role if person else Role.VIEWER
        return seen.Chatted(at=at, user=user, name=name, role=role, text=text, emphasized=role is Role.MODERATOR)


def converted(deck: Deck, at: int, name: str = "") -> Happening:
    """Return the conversion of a deck; ``name`` is its better name, if one was found."""
    document = deck.document
    return seen.DeckConverted(at=at, deck=deck.deck, name=name or document.name, downloadable=document.downloadable)


def viewed(at: int, stage: tuple[str, int], view: tuple[float, float, float, float]) -> Happening:
    """Return the change of the visible part of the stage."""
    return seen.PartViewed(at=at, deck=stage[0], page=stage[1], x=view[0], y=view[1], w=view[2], h=view[3])


def _registered(session: Session) -> event.Registered:
    return event.Registered(
        token=session.token,
        auth_token=session.auth_token,
        user=session.user,
        external_id=session.external_id,
        name=session.name,
        role=session.role,
        guest=session.guest,
        status=session.status,
    )
