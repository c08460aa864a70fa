"""Polls: a question of the presenter's, and the answers of the others.

A journal says of a secret poll who has voted, and never what: the ballots are counted in memory alone
(``live/ballots.py``), and become one event of totals when the poll ends. A restart loses them, so the poll is then
asked anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from bbbd.clock import Moment
from bbbd.meetings.event import Event
from bbbd.meetings.model import AnswerTotal, Ballot, Meeting, Poll, PollKind, PollState
from bbbd.meetings.rules import note_activity, rule

#: The feature's name in ``disabledFeatures``.
POLLS = "polls"
#: The answers of each kind that has its own, as BigBlueButton spells them.
ANSWERS: dict[PollKind, tuple[str, ...]] = {
    PollKind.YES_NO: ("Yes", "No"),
    PollKind.YES_NO_ABSTENTION: ("Yes", "No", "Abstention"),
    PollKind.TRUE_FALSE: ("True", "False"),
    **{kind: tuple("ABCDEF"[: int(kind[2:])]) for kind in PollKind if kind.startswith("A-")},
}


class PollStarted(Event, frozen=True, kw_only=True, tag="PollStarted"):
    """A poll began, with its possible answers; a typed one has none. ``multiple``: several may be chosen."""

    poll: str
    poll_kind: PollKind = msgspec.field(name="kind")
    question: str
    answers: tuple[str, ...]
    secret: bool
    multiple: bool
    by: str


class PollVoted(Event, frozen=True, kw_only=True, tag="PollVoted"):
    """A person voted. The answers, by their places, or the text are empty when the poll is secret."""

    poll: str
    user: str
    answers: tuple[int, ...] = ()
    text: str = ""


class PollReopened(Event, frozen=True, kw_only=True, tag="PollReopened"):
    """The ballots of a secret poll were lost with the process that counted them: everybody is asked anew."""

    poll: str


class PollEnded(Event, frozen=True, kw_only=True, tag="PollEnded"):
    """A poll ended. ``respondents`` were asked, ``responders`` answered. Nobody but the presenter sees the result."""

    poll: str
    totals: tuple[AnswerTotal, ...]
    respondents: int
    responders: int
    by: str


class PollPublished(Event, frozen=True, kw_only=True, tag="PollPublished"):
    """The result of a poll that had ended was shown to everybody."""

    poll: str
    by: str


class PollClosed(Event, frozen=True, kw_only=True, tag="PollClosed"):
    """A poll that had ended was taken from the stage."""

    poll: str
    by: str


EVENTS: tuple[type[Event], ...] = (PollStarted, PollVoted, PollReopened, PollEnded, PollPublished, PollClosed)


def poll_of(meeting: Meeting, poll_id: str, *states: PollState) -> Poll:
    """Return the meeting's last poll, which must have the id and one of the states."""
    poll = meeting.polls[-1]
    assert poll.poll == poll_id
    assert poll.state in states
    return poll


def last_poll(meeting: Meeting) -> Poll | None:
    """Return the poll that is open or on the stage, None when there is none."""
    last = meeting.polls[-1] if meeting.polls else None
    return last if last is not None and last.state is not PollState.CLOSED else None


def voter_of(meeting: Meeting, poll: Poll, user: str) -> str:
    """Return the user as whom a person has voted, "" if they have not: who left and came back is another user."""
    if user in poll.ballots:
        return user
    known = _external_id(meeting, user)
    return next((voter for voter in poll.ballots if _external_id(meeting, voter) == known), "")


def people_asked(meeting: Meeting, poll: Poll) -> int:
    """Return how many people could answer: those who did, and all who are in but the presenter."""
    voters = {_external_id(meeting, user) for user in poll.ballots}
    return len(voters | {one.external_id for one in meeting.people.values() if one.user != meeting.presenter})


def _external_id(meeting: Meeting, user: str) -> str:
    record = meeting.attended.get(user)
    return record.external_id if record is not None else user


def totals(answers: Iterable[str], chosen: Iterable[int], texts: Iterable[str]) -> tuple[AnswerTotal, ...]:
    """Return how often each answer was chosen; of typed ones, those that were typed, the most frequent first."""
    counts = Counter(chosen)
    typed = sorted(Counter(texts).items(), key=lambda one: (-one[1], one[0]))
    return (
        *(AnswerTotal(text=text, votes=counts[place]) for place, text in enumerate(answers)),
        *(AnswerTotal(text=text, votes=votes) for text, votes in typed),
    )


def lost_ballots(meeting: Meeting) -> PollReopened | None:
    """Return the event that a start lets happen: that an open secret poll, in which people voted, is asked anew."""
    poll = last_poll(meeting)
    is_lost = poll is not None and poll.state is PollState.OPEN and poll.secret and poll.ballots
    return PollReopened(poll=poll.poll) if poll is not None and is_lost else None


@rule(PollStarted)
def _(event: PollStarted, meeting: Meeting, at: Moment) -> None:
    before = last_poll(meeting)
    assert before is None or before.state is not PollState.OPEN
    if before is not None:
        before.state = PollState.CLOSED
    meeting.polls.append(
        Poll(
            poll=event.poll,
            n=meeting.n + 1,
            begun=at.wall,
            kind=event.poll_kind,
            question=event.question,
            answers=event.answers,
            secret=event.secret,
            multiple=event.multiple,
            by=event.by,
        )
    )
    note_activity(meeting, event.by, at)


@rule(PollVoted)
def _(event: PollVoted, meeting: Meeting, at: Moment) -> None:
    poll = poll_of(meeting, event.poll, PollState.OPEN)
    assert event.user not in poll.ballots
    assert not (poll.secret and (event.answers or event.text))
    poll.ballots[event.user] = Ballot(answers=event.answers, text=event.text)
    if record := meeting.attended.get(event.user):
        record.polls += 1
    note_activity(meeting, event.user, at)


@rule(PollReopened)
def _(event: PollReopened, meeting: Meeting, _at: Moment) -> None:
    poll = poll_of(meeting, event.poll, PollState.OPEN)
    for user in poll.ballots:
        if record := meeting.attended.get(user):
            record.polls -= 1
    poll.ballots = {}


@rule(PollEnded)
def _(event: PollEnded, meeting: Meeting, at: Moment) -> None:
    poll = poll_of(meeting, event.poll, PollState.OPEN)
    poll.state, poll.totals = PollState.ENDED, event.totals
    poll.respondents, poll.responders = event.respondents, event.responders
    note_activity(meeting, event.by, at)


@rule(PollPublished)
def _(event: PollPublished, meeting: Meeting, at: Moment) -> None:
    poll = poll_of(meeting, event.poll, PollState.ENDED)
    poll.state, poll.published, poll.published_n = PollState.PUBLISHED, at.wall, meeting.n + 1
    note_activity(meeting, event.by, at)


@rule(PollClosed)
def _(event: PollClosed, meeting: Meeting, at: Moment) -> None:
    poll_of(meeting, event.poll, PollState.ENDED, PollState.PUBLISHED).state = PollState.CLOSED
    note_activity(meeting, event.by, at)
