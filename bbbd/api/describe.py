"""Descriptions of meetings for ``getMeetingInfo`` and ``getMeetings``, cached until the next event.

After an event only what it changed is written anew: the texts of attendees who are as they were are used again, and
what ``create`` has set is written once. A list of all meetings is made of their texts.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, partial
from typing import Any

from bbbd.api.java_dates import java_date
from bbbd.api.negotiation import PLAIN, ResponseFormat
from bbbd.api.response_tree import PrerenderedXml, Rows, Tree, xml
from bbbd.clock import Moment
from bbbd.meetings.event import Ended, Event, Microphone
from bbbd.meetings.model import Meeting, Person
from bbbd.short_turns import ShortTurns
from bbbd.values.enums import Role

#: Rounds in which a list is completed while meetings change. What changes in the last one is written at once.
_ROUNDS = 10
_BEGIN, _END = b"<meeting>", b"</meeting>"

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
    rows = Rows("attendee", [_attendee(meeting, person) for person in meeting.people.values()])
    return [*_head(meeting), *_now(meeting), ("attendees", rows), *_tail(meeting), *_rooms(meeting)]


def _head(meeting: Meeting) -> Tree:
    """Return the first part of a description, which never changes."""
    created, params = meeting.created, meeting.created.wanted
    return [
        ("meetingName", params.name),
        ("meetingID", meeting.external_id),
        ("internalMeetingID", meeting.internal_id),
        ("createTime", created.create_time),
        ("createDate", java_date(created.create_time)),
        ("voiceBridge", created.voice_bridge),
        ("dialNumber", params.dial_number),
        ("attendeePW", created.attendee_pw),
        ("moderatorPW", created.moderator_pw),
    ]


def _now(meeting: Meeting) -> Tree:
    """Return the part of a description that changes, but for the attendees."""
    return [
        ("running", meeting.running),
        ("duration", meeting.duration),
        ("hasUserJoined", meeting.has_user_joined),
        ("recording", meeting.created.record),
        ("hasBeenForciblyEnded", meeting.ended is not None),
        ("startTime", meeting.created.create_time),
        ("endTime", meeting.end_time),
        ("participantCount", len(meeting.people)),
        ("listenerCount", meeting.listeners()),
        ("voiceParticipantCount", meeting.voices()),
        ("videoCount", meeting.cameras()),
        ("maxUsers", meeting.created.wanted.max_participants),
        ("moderatorCount", meeting.moderators()),
    ]


def _tail(meeting: Meeting) -> Tree:
    """Return the part of a description behind the attendees, which never changes."""
    created, params = meeting.created, meeting.created.wanted
    tree: list[tuple[str, Any]] = [("metadata", list(params.metadata.items())), ("isBreakout", params.is_breakout)]
    if params.is_breakout:
        room = [
            ("parentMeetingID", created.parent),
            ("sequence", params.sequence),
            ("freeJoin", params.free_join),
        ]
        tree += [*room, ("breakout", room)]
    return tree


def _rooms(meeting: Meeting) -> Tree:
    return [("breakoutRooms", Rows("breakout", list(meeting.breakouts.values())))] if meeting.breakouts else []


class _Description:
    """The texts of one meeting as of its ``n``-th event: the whole as an element of a list, and those of its parts.

    ``elements`` has the whole in XML, and by ``ResponseFormat.element_key`` in other formats that were asked for.
    """

    __slots__ = ("_attendees", "_head", "_tail", "elements", "n")

    def __init__(self, meeting: Meeting) -> None:
        self.n = -1
        self._head, self._tail = _BEGIN + xml(_head(meeting)), xml(_tail(meeting))
        self._attendees: dict[str, tuple[object, bytes]] = {}
        self.elements: dict[str, bytes] = {}

    def write(self, meeting: Meeting) -> None:
        """Write the whole, with the texts of those who are as they were."""
        before, self._attendees = self._attendees, {}
        texts = []
        for user, person in meeting.people.items():
            situation = _situation(meeting, person)
            shown = (situation, person.name, person.external_id, meeting.customdata.get(person.external_id))
            known = before.get(user)
            if known is None or known[0] != shown:
                own = xml(_names(person)) + state_xml(*situation) + xml(_customdata(meeting, person))
                known = (shown, b"<attendee>%b</attendee>" % own)
            self._attendees[user] = known
            texts.append(known[1])
        attendees = b"".join(texts)
        now, rooms = xml(_now(meeting)), xml(_rooms(meeting))
        written = b"%b%b<attendees>%b</attendees>%b%b%b" % (self._head, now, attendees, self._tail, rooms, _END)
        self.elements = {PLAIN.element_key: written}
        self.n = meeting.n


class DescriptionCache:
    """Cache of each meeting's text until its next event, since load balancers poll all meetings."""

    def __init__(self, turns: ShortTurns) -> None:
        self._turns = turns
        self._cache: dict[str, _Description] = {}

    def of(self, meeting: Meeting) -> PrerenderedXml:
        """Return the description of a meeting, from the cache if possible."""
        element = self._written(meeting, PLAIN).elements[PLAIN.element_key]
        return PrerenderedXml(element[len(_BEGIN) : -len(_END)], partial(describe, meeting))

    async def elements(self, meetings: Iterable[Meeting], form: ResponseFormat) -> list[bytes]:
        """Return the elements of a list of all meetings, as they are in one moment.

        What has changed is written before, in short turns, and what changes meanwhile in the next round.
        """
        key = form.element_key
        for _round in range(_ROUNDS):
            present, cache = list(meetings), self._cache
            found = [cache.get(meeting.created.internal_id) for meeting in present]
            changed = [
                meeting
                for meeting, known in zip(present, found, strict=True)
                if known is None or known.n != meeting.n or key not in known.elements
            ]
            if not changed:
                return [known.elements[key] for known in found if known is not None]
            await self._turns.each(changed, lambda meeting: self._written(meeting, form))
        return [self._written(meeting, form).elements[key] for meeting in meetings]

    def _written(self, meeting: Meeting, form: ResponseFormat) -> _Description:
        """Return a meeting's texts, written anew in this format if they are not as the meeting is."""
        known = self._cache.get(meeting.created.internal_id)
        if known is None:
            known = self._cache[meeting.internal_id] = _Description(meeting)
        if known.n != meeting.n:
            known.write(meeting)
        if form.element_key not in known.elements:
            known.elements[form.element_key] = form.element("meeting", describe(meeting))
        return known

    def forget_ended(self, meeting: Meeting, event: Event, _at: Moment) -> None:
        """Drop an ended meeting from the cache."""
        if isinstance(event, Ended):
            self._cache.pop(meeting.internal_id, None)

    def prune(self, meetings: Iterable[Meeting]) -> None:
        """Drop the ended meetings that are no longer found."""
        found = {meeting.internal_id for meeting in meetings}
        self._cache = {name: known for name, known in self._cache.items() if name in found}
