"""The body of a meeting's analytics callback: its attendees, their times and their activity."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from bbbd.clock import Moment
from bbbd.meetings.attendance import AttendanceRecord
from bbbd.meetings.model import Ballot, Meeting, Poll


def _date(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%dT%H:%M:%S.000+00:00}"


def _attendee(one: AttendanceRecord, until: int) -> dict[str, Any]:
    engagement = {
        "chats": one.chats,
        "talks": one.talks,
        "raisehand": one.hands,
        "emojis": one.emojis,
        "poll_votes": one.polls,
        "talk_time": one.talked // 1000,
    }
    return {
        "ext_user_id": one.external_id,
        "name": one.name,
        "moderator": one.moderator,
        "joins": [_date(when) for when in one.joins],
        "leaves": [_date(when) for when in one.leaves],
        "duration": one.present(until) // 1000,
        "engagement": engagement,
    }


def _attendees(meeting: Meeting, until: int) -> list[dict[str, Any]]:
    """Return the attendees; those without a ``userID`` of the application come last.

    Moodle stores the ids of its users, which are numbers, and stops at the first attendee that has none.
    """
    known = sorted(meeting.attended.items(), key=lambda pair: pair[1].external_id == pair[0])
    return [_attendee(one, until) for _user, one in known]


def _poll(poll: Poll) -> dict[str, Any]:
    """Return a poll with everybody's answer, and none when it was secret; a list where several could be chosen."""
    votes = {} if poll.secret else {user: _answer(poll, ballot) for user, ballot in poll.ballots.items()}
    return {
        "id": poll.poll,
        "type": poll.kind.value,
        "question": poll.question,
        "published": bool(poll.published),
        "options": list(poll.answers),
        "start": _date(poll.begun),
        "votes": votes,
    }


def _answer(poll: Poll, ballot: Ballot) -> str | list[str]:
    chosen = [poll.answers[place] for place in ballot.answers]
    return chosen if poll.multiple else ballot.text or chosen[0]


def describe(meeting: Meeting, now: Moment) -> str:
    """Return the callback's body as JSON: times in seconds, dates in UTC. ``now`` is the end of the meeting."""
    begun = meeting.created_at.wall
    wanted = meeting.created.wanted
    metadata = {name.replace("-", "_"): value for name, value in wanted.metadata.items()}
    metadata |= {"is_breakout": "true" if meeting.is_breakout else "false", "meeting_name": wanted.name}
    data = {
        "metadata": metadata,
        "duration": max(0, now.wall - begun) // 1000,
        "start": _date(begun),
        "finish": _date(now.wall),
        "attendees": _attendees(meeting, now.wall),
        "files": [],
        "polls": [_poll(poll) for poll in meeting.polls],
    }
    return json.dumps(
        {
            "version": "1.0",
            "meeting_id": meeting.external_id,
            "internal_meeting_id": meeting.internal_id,
            "data": data,
        }
    )
