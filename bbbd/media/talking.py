"""Who speaks: what an engine reports becomes ``Talked``, and the list that people see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bbbd.clock import Clock
from bbbd.live.media_port import MediaOutlet
from bbbd.live.protocol import written
from bbbd.live.visibility import Viewer, is_visible
from bbbd.meetings.event import Event, Microphone
from bbbd.meetings.media import Talked
from bbbd.meetings.model import Meeting

#: Milliseconds of speech that count as having talked.
TALKED_LEAST = 300


class SpeakersRoom(Protocol):
    """A meeting: since when each person speaks who does, and when each spoke last; steady milliseconds."""

    meeting: Meeting
    speaking: dict[str, int]
    spoke: dict[str, int]


class Talking:
    """Who speaks in all meetings. ``happen`` lets an event happen, and may not raise."""

    def __init__(self, outlet: MediaOutlet, clock: Clock, happen: Callable[[Meeting, Event], None]) -> None:
        self._outlet = outlet
        self._clock = clock
        self._happen = happen

    def begin(self, room: SpeakersRoom, user: str) -> None:
        """Note that a person begins to speak; who is muted does not."""
        person, now = room.meeting.people.get(user), self._clock.now().steady
        if person is None or person.microphone is not Microphone.ON:
            return
        room.spoke[user] = now
        if user not in room.speaking:
            room.speaking[user] = now
            self._tell(room)

    def end(self, room: SpeakersRoom, user: str) -> None:
        """Note that a person ceased to speak, if they did."""
        since = room.speaking.pop(user, None)
        if since is None:
            return
        now = self._clock.now().steady
        room.spoke[user] = now
        if now - since >= TALKED_LEAST and user in room.meeting.people and room.meeting.ended is None:
            self._happen(room.meeting, Talked(user=user, milliseconds=now - since))
        self._tell(room)

    def _tell(self, room: SpeakersRoom) -> None:
        meeting, speaking = room.meeting, list(room.speaking)

        def seen(viewer: Viewer) -> str:
            return written("now", k="talking", users=[one for one in speaking if is_visible(meeting, viewer, one)])

        self._outlet.tell_each(meeting, seen)


def tell_health(outlet: MediaOutlet, meeting: Meeting, user: str, level: str) -> None:
    """Tell a person and the moderators how good the person's connection is."""
    text = written("now", k="health", user=user, level=level)
    outlet.tell_each(meeting, lambda viewer: text if viewer.moderator or viewer.user == user else "")
