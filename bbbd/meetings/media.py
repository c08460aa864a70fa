"""Sound, cameras and screens: what each person sends and hears."""

from __future__ import annotations

from bbbd.clock import Moment
from bbbd.meetings.event import Event, Microphone
from bbbd.meetings.model import Meeting
from bbbd.meetings.rules import note_activity, rule


class MediaChanged(Event, frozen=True, kw_only=True, tag="MediaChanged"):
    """A person's microphone, number of cameras or screen changed; ``by`` is empty when the person did it."""

    user: str
    microphone: Microphone
    cameras: int = 0
    screen: bool = False
    by: str = ""


class Talked(Event, frozen=True, kw_only=True, tag="Talked"):
    """A person spoke for so many milliseconds since their last ``Talked``."""

    user: str
    milliseconds: int


EVENTS: tuple[type[Event], ...] = (MediaChanged, Talked)


@rule(MediaChanged)
def _(event: MediaChanged, meeting: Meeting, at: Moment) -> None:
    person = meeting.people[event.user]
    person.microphone, person.cameras, person.screen = event.microphone, event.cameras, event.screen
    note_activity(meeting, event.by or event.user, at)


@rule(Talked)
def _(event: Talked, meeting: Meeting, at: Moment) -> None:
    meeting.people[event.user].talked += event.milliseconds
    if record := meeting.attended.get(event.user):
        record.talks += 1
        record.talked += event.milliseconds
    note_activity(meeting, event.user, at)
