"""Descriptions of meetings for ``getMeetingInfo`` and ``getMeetings``, cached until the next event."""

from __future__ import annotations

from typing import Any

from bbbd.api.java_dates import java_date
from bbbd.api.response_tree import PrerenderedXml, Rows, Tree, xml
from bbbd.clock import Moment
from bbbd.meetings.event import Ended, Event, Microphone
from bbbd.meetings.model import Meeting, Person


def _attendee(meeting: Meeting, person: Person) -> Tree:
    tree: list[tuple[str, Any]] = [
        ("userID", person.external_id),
        ("fullName", person.name),
        ("role", person.role.value),
        ("isPresenter", person.user == meeting.presenter),
        ("isListeningOnly", person.microphone is Microphone.LISTEN),
        ("hasJoinedVoice", person.microphone in (Microphone.MUTED, Microphone.ON)),
        ("hasVideo", person.cameras > 0),
        ("clientType", "HTML5"),
    ]
    customdata = meeting.customdata.get(person.external_id)
    if customdata:
        tree.append(("customdata", list(customdata.items())))
    return tree


def describe(meeting: Meeting) -> Tree:
    """Return the description of a meeting, in the reference's order."""
    created, params = meeting.created, meeting.created.wanted
    tree: list[tuple[str, Any]] = [
        ("meetingName", params.name),
        ("meetingID", meeting.external_id),
        ("internalMeetingID", meeting.internal_id),
        ("createTime", created.create_time),
        ("createDate", java_date(created.create_time)),
        ("voiceBridge", created.voice_bridge),
        ("dialNumber", params.dial_number),
        ("attendeePW", created.attendee_pw),
        ("moderatorPW", created.moderator_pw),
        ("running", meeting.running),
        ("duration", meeting.duration),
        ("hasUserJoined", meeting.has_user_joined),
        ("recording", created.record),
        ("hasBeenForciblyEnded", meeting.ended is not None),
        ("startTime", created.create_time),
        ("endTime", meeting.end_time),
        ("participantCount", len(meeting.people)),
        ("listenerCount", meeting.listeners()),
        ("voiceParticipantCount", meeting.voices()),
        ("videoCount", meeting.cameras()),
        ("maxUsers", params.max_participants),
        ("moderatorCount", meeting.moderators()),
        ("attendees", Rows("attendee", [_attendee(meeting, person) for person in meeting.people.values()])),
        ("metadata", list(params.metadata.items())),
        ("isBreakout", params.is_breakout),
    ]
    if params.is_breakout:
        room = [
            ("parentMeetingID", created.parent),
            ("sequence", params.sequence),
            ("freeJoin", params.free_join),
        ]
        tree += [*room, ("breakout", room)]
    if meeting.breakouts:
        tree.append(("breakoutRooms", Rows("breakout", list(meeting.breakouts.values()))))
    return tree


class DescriptionCache:
    """Cache of each live meeting's XML until its next event, since load balancers poll all meetings."""

    def __init__(self) -> None:
        self._cache: dict[str, tuple[int, str]] = {}

    def of(self, meeting: Meeting) -> PrerenderedXml:
        """Return the description of a meeting, from the cache if possible."""
        cached = self._cache.get(meeting.internal_id)
        if cached is None or cached[0] != meeting.n:
            cached = (meeting.n, xml(describe(meeting)))
            if meeting.ended is None:
                self._cache[meeting.internal_id] = cached
        return PrerenderedXml(cached[1], lambda: describe(meeting))

    def forget_ended(self, meeting: Meeting, event: Event, _at: Moment) -> None:
        """Drop an ended meeting from the cache."""
        if isinstance(event, Ended):
            self._cache.pop(meeting.internal_id, None)
