"""Polls: the presenter asks, all others answer, and the presenter publishes the result.

A poll is ``{"poll", "n", "at", "kind", "question", "answers", "secret", "multiple", "by", "state"}``: ``n`` is the
number of the event that began it, ``state`` is ``open``, ``ended`` or ``published``. Its ``kind`` is ``YN`` (Yes, No),
``YNA`` (and Abstention), ``TF`` (True, False), ``A-2`` to ``A-6`` (letters), ``CUSTOM`` or ``R-`` (typed; it has no
answers). Show the words of the first three in the language of the person. An answer is named by its place, from 0.

``mine`` is true for a person who has voted. Of an open poll the presenter and moderators get ``voted``, the number of
those who have, and unless it is secret ``ballots``: for each user ``{"answers", "text"}``. Of one that has ended they
get the result, and all others when it is published: ``totals`` (a list of ``{"text", "votes"}`` in the order of the
answers, the most frequent first if they were typed), ``rest`` (votes for typed answers that the list left out),
``respondents`` (people who were asked), ``responders`` (people who answered), and ``published`` (a time, or 0).

A secret poll is secret from everybody, the server's disk too: nobody sees a result before its end, and what somebody
answered is kept in memory without a name. If the server stops meanwhile, the answers are lost, and all are asked again.

The snapshot has ``poll``: the one that is open, or on the stage, else null; and ``results``: the last 20 that were
published, each with its totals and ``publishedN``, the number of that event. Show them in the chat as well.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from bbbd.clock import Moment
from bbbd.live import poll_facts
from bbbd.live.ballots import Ballots
from bbbd.live.commands import Answer, BallotAct, Repeated, Who, cleaned, command
from bbbd.live.feature import Feature
from bbbd.live.protocol import ClientMessage, CommandRefused, RefusalKey
from bbbd.live.rate_limits import Rate
from bbbd.live.visibility import VisibleEvent, facts_of, in_charge, view
from bbbd.meetings.event import Event
from bbbd.meetings.model import Ballot, Meeting, Person, Poll, PollKind, PollState
from bbbd.meetings.polls import (
    ANSWERS,
    POLLS,
    PollClosed,
    PollEnded,
    PollPublished,
    PollReopened,
    PollStarted,
    PollVoted,
    last_poll,
    people_asked,
    totals,
    voter_of,
)

#: Characters of a question, and of an answer.
LONGEST_QUESTION, LONGEST_ANSWER = 500, 200
#: Answers of a poll that has its own.
FEWEST_ANSWERS, MOST_ANSWERS = 2, 20

_PollId = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class StartPoll(ClientMessage, frozen=True, kw_only=True, tag="poll.start"):
    """Begin a poll; ``answers`` only with the kind ``CUSTOM``: 2 to 20. The one before must have ended."""

    kind: PollKind
    question: str = ""
    answers: tuple[str, ...] = ()
    secret: bool = False
    multiple: bool = False


class Vote(ClientMessage, frozen=True, kw_only=True, tag="poll.vote"):
    """Answer: with the places of answers, one unless the poll is ``multiple``; with ``text`` if it is typed.

    Everybody but the presenter may, once, even if they leave and come back with the same ``userID``.
    """

    poll: _PollId
    answers: tuple[int, ...] = ()
    text: str = ""


class StopPoll(ClientMessage, frozen=True, kw_only=True, tag="poll.stop"):
    """End the poll, and publish its result if wanted."""

    poll: _PollId
    publish: bool = False


class PublishPoll(ClientMessage, frozen=True, kw_only=True, tag="poll.publish"):
    """Publish the result of the poll that has ended."""

    poll: _PollId


class ClosePoll(ClientMessage, frozen=True, kw_only=True, tag="poll.close"):
    """Take a poll that has ended from everybody's stage."""

    poll: _PollId


@command(StartPoll, who=Who.PRESENTER, needs=POLLS, rate=Rate(0.5, 5), fills=PollStarted)
def _(message: StartPoll, meeting: Meeting, person: Person, _tab: str) -> Answer:
    before = last_poll(meeting)
    if before is not None and before.state is PollState.OPEN:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "another poll is open")
    if message.multiple and message.kind is PollKind.TYPED:
        raise CommandRefused(RefusalKey.MALFORMED, "a typed answer is one")
    started = PollStarted(
        poll=_new_id(meeting),
        poll_kind=message.kind,
        question=cleaned(message.question, LONGEST_QUESTION) if message.question.strip() else "",
        answers=_answers(message),
        secret=message.secret,
        multiple=message.multiple,
        by=person.user,
    )
    return [started]


def _new_id(meeting: Meeting) -> str:
    """Return the id of a new poll, in the form that recordings have: what was on the stage, and a number."""
    place = f"{meeting.stage.deck}/{meeting.stage.page}" if meeting.stage is not None else "public/1"
    return f"{place}/{meeting.created.create_time + meeting.n}"


def _answers(message: StartPoll) -> tuple[str, ...]:
    if message.kind is not PollKind.CUSTOM:
        if message.answers:
            raise CommandRefused(RefusalKey.MALFORMED, "only CUSTOM has answers of its own")
        return ANSWERS.get(message.kind, ())
    if not FEWEST_ANSWERS <= len(message.answers) <= MOST_ANSWERS:
        raise CommandRefused(RefusalKey.MALFORMED, f"a poll has {FEWEST_ANSWERS} to {MOST_ANSWERS} answers")
    answers = tuple(cleaned(answer, LONGEST_ANSWER) for answer in message.answers)
    if len(set(answers)) < len(answers):
        raise CommandRefused(RefusalKey.MALFORMED, "two answers are the same")
    return answers


@command(Vote, needs=POLLS, rate=Rate(2, 10))
def _(message: Vote, meeting: Meeting, person: Person, _tab: str) -> Answer:
    poll = _poll(meeting, message.poll, PollState.OPEN)
    if meeting.presenter == person.user:
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "who presents asks, and does not answer")
    ballot = _ballot(message, poll)
    if voter := voter_of(meeting, poll, person.user):
        if not poll.secret and poll.ballots[voter] == ballot:
            return Repeated()
        raise CommandRefused(RefusalKey.NOT_ALLOWED, "you have answered already")
    if not poll.secret:
        return [PollVoted(poll=poll.poll, user=person.user, answers=ballot.answers, text=ballot.text)]
    voted = PollVoted(poll=poll.poll, user=person.user)
    return BallotAct(lambda _ballots: [voted], lambda ballots: ballots.cast(poll.poll, ballot.answers, ballot.text))


def _ballot(message: Vote, poll: Poll) -> Ballot:
    """Return a vote, if the poll allows it. Raises ``CommandRefused``."""
    if poll.kind is PollKind.TYPED:
        if message.answers:
            raise CommandRefused(RefusalKey.MALFORMED, "this poll wants a text")
        return Ballot(text=cleaned(message.text, LONGEST_ANSWER))
    if message.text:
        raise CommandRefused(RefusalKey.MALFORMED, "this poll wants no text")
    chosen = tuple(sorted(set(message.answers)))
    if len(chosen) < len(message.answers) or not all(0 <= place < len(poll.answers) for place in chosen):
        raise CommandRefused(RefusalKey.MALFORMED, "this is not one of the answers")
    if not chosen or (len(chosen) > 1 and not poll.multiple):
        raise CommandRefused(RefusalKey.MALFORMED, "choose one answer" if chosen else "choose an answer")
    return Ballot(answers=chosen)


@command(StopPoll, who=Who.PRESENTER, needs=POLLS)
def _(message: StopPoll, meeting: Meeting, person: Person, _tab: str) -> Answer:
    poll = _poll(meeting, message.poll, PollState.OPEN)
    asked = people_asked(meeting, poll)

    def events(ballots: Ballots) -> list[Event]:
        result, count = ballots.totals(poll.poll, poll.answers) if poll.secret else _counted(poll)
        ended = PollEnded(poll=poll.poll, totals=result, respondents=asked, responders=count, by=person.user)
        return [ended, PollPublished(poll=poll.poll, by=person.user)] if message.publish else [ended]

    return BallotAct(events)


def _counted(poll: Poll) -> tuple[tuple[Any, ...], int]:
    """Return the totals of an open poll, and the number of its ballots."""
    ballots = poll.ballots.values()
    chosen = (place for ballot in ballots for place in ballot.answers)
    return totals(poll.answers, chosen, (ballot.text for ballot in ballots if ballot.text)), len(ballots)


@command(PublishPoll, who=Who.PRESENTER, needs=POLLS)
def _(message: PublishPoll, meeting: Meeting, person: Person, _tab: str) -> Answer:
    return [PollPublished(poll=_poll(meeting, message.poll, PollState.ENDED).poll, by=person.user)]


@command(ClosePoll, who=Who.PRESENTER, needs=POLLS)
def _(message: ClosePoll, meeting: Meeting, person: Person, _tab: str) -> Answer:
    poll = _poll(meeting, message.poll, PollState.ENDED, PollState.PUBLISHED)
    return [PollClosed(poll=poll.poll, by=person.user)]


def _poll(meeting: Meeting, poll_id: str, *states: PollState) -> Poll:
    """Return the meeting's last poll, if it has the id and one of the states. Raises ``CommandRefused``."""
    poll = last_poll(meeting)
    if poll is None or poll.poll != poll_id or poll.state not in states:
        raise CommandRefused(
            RefusalKey.GONE, "this poll is over" if PollState.OPEN in states else "there is no such poll"
        )
    return poll


@view(PollStarted)
def _(event: PollStarted, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``poll``, all of it. It takes the place of the one before."""
    return VisibleEvent(facts_of(event, poll=poll_facts.describe_poll(meeting.polls[-1])))


@view(PollVoted)
def _(event: PollVoted, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``poll``: its id; ``user``, ``answers``, ``text``: for the voter, the presenter and moderators, nobody else.

    Of a secret poll the voter gets ``poll`` and ``user``, the presenter and moderators get ``poll`` and ``voted``.
    """
    poll, leaders = meeting.polls[-1], in_charge(meeting)
    voter = frozenset((event.user,))
    if not poll.secret:
        facts = facts_of(event, poll=event.poll, user=event.user, answers=event.answers, text=event.text)
        return VisibleEvent(facts, to=leaders | voter)
    progress = VisibleEvent(facts_of(event, poll=event.poll, voted=len(poll.ballots)), to=leaders - voter)
    own = facts_of(event, poll=event.poll, user=event.user)
    if event.user in leaders:
        own["voted"] = len(poll.ballots)
    return VisibleEvent(own, to=voter, others=progress)


@view(PollReopened)
def _(event: PollReopened, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``poll``: its id. Nobody has voted: ask again."""
    return VisibleEvent(facts_of(event, poll=event.poll))


@view(PollEnded)
def _(event: PollEnded, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``poll``: its id; ``by``; for the presenter and moderators the result."""
    leaders = in_charge(meeting)
    facts = facts_of(event, poll=event.poll, by=event.by)
    others = VisibleEvent(facts, to=frozenset(meeting.people) - leaders)
    return VisibleEvent(facts | poll_facts.result(meeting.polls[-1]), to=leaders, others=others)


@view(PollPublished)
def _(event: PollPublished, meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``poll``: its id; ``by``; the result."""
    return VisibleEvent(facts_of(event, poll=event.poll, by=event.by, **poll_facts.result(meeting.polls[-1])))


@view(PollClosed)
def _(event: PollClosed, _meeting: Meeting, _at: Moment) -> VisibleEvent | None:
    """``poll``: its id; ``by``. It is no longer on the stage; a result that was published stays in the chat."""
    return VisibleEvent(facts_of(event, poll=event.poll, by=event.by))


FEATURE = Feature(
    __name__,
    "Polls",
    __doc__,
    messages=(StartPoll, Vote, StopPoll, PublishPoll, ClosePoll),
    for_all=poll_facts.for_all,
    for_viewer=poll_facts.for_viewer,
    limits={"question": LONGEST_QUESTION, "answer": LONGEST_ANSWER, "answers": MOST_ANSWERS},
)
