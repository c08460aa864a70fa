"""Sound, cameras and screens: what each person sends and hears, and what is kept of it for a recording."""

from __future__ import annotations

from enum import StrEnum

from bbbd.clock import Moment
from bbbd.meetings.event import Event, Microphone
from bbbd.meetings.model import Meeting
from bbbd.meetings.rules import note_activity, rule


class TrackKind(StrEnum):
    """What a track carries."""

    MICROPHONE = "microphone"
    CAMERA = "camera"
    SCREEN = "screen"
    SCREEN_SOUND = "screenSound"

    @property
    def is_sound(self) -> bool:
        """Whether it is sound."""
        return self in (TrackKind.MICROPHONE, TrackKind.SCREEN_SOUND)

    @property
    def is_screen(self) -> bool:
        """Whether it belongs to a shared screen."""
        return self in (TrackKind.SCREEN, TrackKind.SCREEN_SOUND)


class CutReason(StrEnum):
    """Why a stretch of media was cut short, or is not kept."""

    DISK = "disk"
    ENGINE = "engine"
    REFUSED = "refused"


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


class MediaKept(Event, frozen=True, kw_only=True, tag="MediaKept"):
    """A track of a person is kept in a file from ``start`` on; with ``end`` it was until then. Milliseconds since 1970.

    A file may have several stretches, one after the other. What a meeting's end ends has no second event.
    """

    user: str
    track: TrackKind
    file: str
    start: int
    end: int = 0
    engine: str = "janus"


class MediaCut(Event, frozen=True, kw_only=True, tag="MediaCut"):
    """A stretch broke, or could not begin (then it has no file)."""

    user: str
    track: TrackKind
    why: CutReason
    file: str = ""


EVENTS: tuple[type[Event], ...] = (MediaChanged, Talked, MediaKept, MediaCut)


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


@rule(MediaKept)
def _(event: MediaKept, meeting: Meeting, _at: Moment) -> None:
    # A stretch ends with the person's stay, and is told after it.
    if (person := meeting.people.get(event.user)) is not None:
        if event.end:
            person.kept.pop(event.file, None)
        else:
            person.kept[event.file] = event.track.value


@rule(MediaCut)
def _(event: MediaCut, meeting: Meeting, _at: Moment) -> None:
    if (person := meeting.people.get(event.user)) is not None:
        person.kept.pop(event.file, None)
