"""Descriptions of meetings for ``getMeetingInfo`` and ``getMeetings``, cached until the next event.

After an event only what it changed is written anew: the texts of attendees who are as they were are used again.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from bbbd.api.java_dates import java_date
from bbbd.api.response_tree import PrerenderedXml, Rows, Tree, xml
from bbbd.clock import Moment
from bbbd.meetings.event import Ended, Event, Microphone
from bbbd.meetings.model import Meeting, Person
from bbbd.values.enums import Role

#: Whether an attendee presents, their role and microphone, and whether their camera is on.
_Situation = tuple[bool, Role, Microphone, bool]


def _attendee(meeting: Meeting, person: Person) -> Tree:
    return [*_names(person), *_state(*_situation(meeting, person)), *_customdata(meeting, person)]


def _names(person: Person) -> Tree:
    return [("userID", person.external_id), ("fullName", person.name)]


def _situation(meeting: Meeting, person: Person) -> _Situation:
    return person.user == meeting.presenter, person.role, person.microphone, person.cameras > 0


def _state(presents: bool, role: Role, microphone: Microphone, has_video: bool) -> Tree:  # noqa: FBT001
    return [
        ("role", role.value),
        ("isPresenter", presents),
        ("isListeningOnly", microphone is Microphone.LISTEN),
        ("hasJoinedVoice", microphone in (Microphone.MUTED, Microphone.ON)),
        ("hasVideo", has_video),
        ("clientType", "HTML5"),
    ]


@cache
def state_xml(*situation: *_Situation) -> bytes:
    """Return the text of what many attendees have in common: there are few of them."""
    return xml(_state(*situation))


def _customdata(meeting: Meeting, person: Person) -> Tree:
    found = meeting.customdata.get(person.external_id)
    return [("customdata", list(found.items()))] if found else []


def describe(meeting: Meeting) -> Tree:
    """Return the description of a meeting, in the reference's order."""
    return _describe(meeting, [_attendee(meeting, person) for person in meeting.people.values()])


def _describe(meeting: Meeting, attendees: list[Any]) -> Tree:
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
        ("attendees", Rows("attendee", attendees)),
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


class _Description:
    """The texts of one meeting: the whole, as of its ``n``-th event, and those of its attendees by user."""

    __slots__ = ("_attendees", "n", "text")

    def __init__(self) -> None:
        self.n = -1
        self.text = PrerenderedXml(b"", list)
        self._attendees: dict[str, tuple[object, PrerenderedXml]] = {}

    def write(self, meeting: Meeting) -> None:
        """Write the whole, with the texts of those who are as they were."""
        before, self._attendees = self._attendees, {}
        for person in meeting.people.values():
            situation = _situation(meeting, person)
            shown = (situation, person.name, person.external_id, meeting.customdata.get(person.external_id))
            known = before.get(person.user)
            if known is None or known[0] != shown:
                own = xml(_names(person)) + state_xml(*situation) + xml(_customdata(meeting, person))
                known = (shown, PrerenderedXml(own, list))
            self._attendees[person.user] = known
        written = xml(_describe(meeting, [text for _shown, text in self._attendees.values()]))
        self.text = PrerenderedXml(written, partial(describe, meeting))
        self.n = meeting.n


class DescriptionCache:
    """Cache of each live meeting's XML until its next event, since load balancers poll all meetings."""

    def __init__(self) -> None:
        self._cache: dict[str, _Description] = {}

    def of(self, meeting: Meeting) -> PrerenderedXml:
        """Return the description of a meeting, from the cache if possible."""
        known = self._cache.get(meeting.internal_id) or _Description()
        if known.n != meeting.n:
            known.write(meeting)
            if meeting.ended is None:
                self._cache[meeting.internal_id] = known
        return known.text

    def forget_ended(self, meeting: Meeting, event: Event, _at: Moment) -> None:
        """Drop an ended meeting from the cache."""
        if isinstance(event, Ended):
            self._cache.pop(meeting.internal_id, None)
