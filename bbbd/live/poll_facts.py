"""A poll as people see it: everybody, the voter, and the presenter and moderators. ``polls.py`` has the messages."""

from __future__ import annotations

from typing import Any

from bbbd.live.visibility import Viewer, in_charge
from bbbd.meetings.model import Meeting, Poll, PollState
from bbbd.meetings.polls import last_poll, voter_of

#: Answers of a typed poll that people see, and results in a snapshot.
MOST_TOTALS, RESULTS_AT_ONCE = 50, 20


def describe_poll(poll: Poll) -> dict[str, Any]:
    """Return a poll as everybody sees it."""
    return {
        "poll": poll.poll,
        "n": poll.n,
        "at": poll.begun,
        "kind": poll.kind,
        "question": poll.question,
        "answers": poll.answers,
        "secret": poll.secret,
        "multiple": poll.multiple,
        "by": poll.by,
        "state": poll.state,
    }


def result(poll: Poll) -> dict[str, Any]:
    """Return the result of a poll that has ended."""
    shown, left_out = poll.totals[:MOST_TOTALS], poll.totals[MOST_TOTALS:]
    return {
        "totals": shown,
        "rest": sum(one.votes for one in left_out),
        "respondents": poll.respondents,
        "responders": poll.responders,
        "published": poll.published,
    }


def progress(poll: Poll) -> dict[str, Any]:
    """Return what those in charge see of an open poll: how many voted, and who what unless it is secret."""
    facts: dict[str, Any] = {"voted": len(poll.ballots)}
    return facts if poll.secret else facts | {"ballots": poll.ballots}


def for_all(meeting: Meeting) -> dict[str, Any]:
    """Return the parts of a snapshot that are the same for all: the poll, and the results that were published."""
    poll = last_poll(meeting)
    published = [one for one in meeting.polls if one.published]
    results = [
        {**describe_poll(one), **result(one), "publishedN": one.published_n} for one in published[-RESULTS_AT_ONCE:]
    ]
    shown = None if poll is None else describe_poll(poll) | (result(poll) if poll.published else {})
    return {"poll": shown, "results": results}


def for_viewer(meeting: Meeting, viewer: Viewer) -> dict[str, Any]:
    """Return the poll as one viewer sees it, if there is one."""
    poll = last_poll(meeting)
    if poll is None:
        return {}
    facts = describe_poll(poll)
    leads = viewer.user in in_charge(meeting)
    if poll.state is PollState.OPEN:
        facts |= progress(poll) if leads else {}
    elif leads or poll.published:
        facts |= result(poll)
    facts |= {"mine": True} if voter_of(meeting, poll, viewer.user) else {}
    return {"poll": facts}
