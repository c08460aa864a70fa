"""Event operations of the back office: actions of people, and the analytics of a meeting."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bbbd.api.problems import Failed, Problem
from bbbd.api.response_tree import Tree
from bbbd.callbacks import analytics
from bbbd.callbacks.deliveries import CallbackKind, Delivery, request_of
from bbbd.callbacks.publisher import ANALYTICS
from bbbd.clock import Moment
from bbbd.developer.moodle.answers import NO, YES, tree_of
from bbbd.developer.moodle.context import OperationContext
from bbbd.developer.moodle.namespace_state import SECRET
from bbbd.meetings.model import Meeting
from bbbd.values.fields import given
from bbbd.values.value_types import ANY_IDENTIFIER, BOOLEAN, HTTP_URL, TEXT, enum

_ATTENDEE = "We could not find an attendee with this attendee Id"


class EventType(StrEnum):
    """Actions of a person, by the mock's names."""

    JOIN = "join"
    CHATS = "chats"
    TALKS = "talks"
    EMOJIS = "emojis"
    RAISEHAND = "raisehand"
    POLL_VOTE = "poll_vote"
    POLL_VOTES = "poll_votes"
    TALK_TIME = "talk_time"
    ATTENDANCE = "attendance"


#: The corresponding actions of virtual people in the meeting.
_ACTIONS: dict[EventType, tuple[str, dict[str, Any]]] = {
    EventType.CHATS: ("chat", {}),
    EventType.TALKS: ("speak", {"seconds": 0.001}),
    EventType.EMOJIS: ("react", {}),
    EventType.RAISEHAND: ("raise hand", {}),
}
#: The fields of the analytics, where they have other names.
_FIELDS = {EventType.POLL_VOTE: EventType.POLL_VOTES.value, EventType.ATTENDANCE: "duration"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMeetingEvent:
    """Parameters of ``addMeetingEvent``."""

    meeting_id: str = given("meetingID", ANY_IDENTIFIER, "The meeting.")
    attendee_id: str = given("attendeeID", ANY_IDENTIFIER, "The user id of a person who was in the meeting.")
    event_type: EventType = given("eventType", enum(EventType), "The action.", default=EventType.JOIN)
    event_data: str = given("eventData", TEXT, "Seconds, for attendance and talk_time.", default="")


async def add_meeting_event(context: OperationContext, params: AddMeetingEvent) -> Tree:
    """Perform an action as a person. If they have left, or the meeting has no such action, only analytics change."""
    meeting = context.meeting(params.meeting_id)
    if params.attendee_id not in {one.external_id for one in meeting.attended.values()}:
        raise Failed(Problem.NOT_FOUND, _ATTENDEE)
    kind, seconds = params.event_type, 1
    if kind is EventType.ATTENDANCE or (kind is EventType.TALK_TIME and params.event_data):
        if not (params.event_data.isascii() and params.event_data.isdigit() and len(params.event_data) <= 9):
            raise Failed(Problem.VALIDATION, f"eventData: of {kind} it is a number of seconds")
        seconds = int(params.event_data)
    done = _ACTIONS.get(kind)
    if done is not None and meeting.ended is None and meeting.is_in(params.attendee_id):
        context.space.people.act(meeting, params.attendee_id, *done)
    elif kind is not EventType.JOIN:
        context.state.event_counts[meeting.internal_id][params.attendee_id][_FIELDS.get(kind, kind.value)] += seconds
    return [("error", NO)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAllEvents:
    """Parameters of ``sendAllEvents``."""

    meeting_id: str = given("meetingID", ANY_IDENTIFIER, "The meeting.")
    send: bool = given("sendQuery", BOOLEAN, "True to post the analytics, false to return them.", default=False)
    secret: str = given("secret", ANY_IDENTIFIER, "The secret that signs them.", default=SECRET)


async def send_all_events(context: OperationContext, params: SendAllEvents) -> Tree:
    """Return a meeting's analytics, including events of `addMeetingEvent`.

    With `sendQuery`, post them, signed, to its `meta_analytics-callback-url`; `error` then reports a failure.
    """
    meeting = context.meeting(params.meeting_id)
    now = context.server.meetings.clock.now()
    report = _report(context, meeting, now)
    if not params.send:
        return [("error", NO), ("data", tree_of(report))]
    url = meeting.created.wanted.metadata.get(ANALYTICS, "").replace("&amp;", "&")
    try:
        HTTP_URL.read(url)
    except ValueError:
        raise Failed(Problem.VALIDATION, f"The meeting has no meta_{ANALYTICS} that is a URL") from None
    entry = Delivery(
        kind=CallbackKind.ANALYTICS,
        url=url,
        receiver=url,
        content=json.dumps(report),
        meeting=meeting.internal_id,
        created_at=now.wall,
    )
    accepted = await context.state.send(entry, request_of(entry, params.secret, now.wall, context.server.settings))
    return [("error", NO if accepted else YES)]


def _report(context: OperationContext, meeting: Meeting, now: Moment) -> dict[str, Any]:
    """Return a meeting's analytics with the counts of added events."""
    until = now if meeting.ended is None else now.at_wall(meeting.end_time)
    report: dict[str, Any] = json.loads(analytics.describe(meeting, until))
    counts = context.state.event_counts.get(meeting.internal_id, {})
    for attendee in report["data"]["attendees"]:
        for name, count in counts.get(attendee["ext_user_id"], Counter[str]()).items():
            whole = attendee if name in attendee else attendee["engagement"]
            whole[name] = whole.get(name, 0) + count
    return report
