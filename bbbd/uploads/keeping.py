"""What the journal tells of tracks that pages record: ``MediaKept`` at begin and end, ``MediaCut`` when one breaks.

A track ends when its person no longer sends it, left, took back their consent, or when recording is switched off. Pages
end their files by the same rules, and send their last bytes after that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from twisted.logger import Logger

from bbbd.clock import Moment
from bbbd.live.hub import Hub
from bbbd.live.media_rights import may_be_recorded
from bbbd.meetings.event import Ended, Event, Left, Microphone, RoleChanged
from bbbd.meetings.media import CutReason, MediaChanged, MediaCut, MediaKept, TrackKind
from bbbd.meetings.model import Meeting, Person
from bbbd.meetings.recording import RecordingConsent, RecordingMarked

_log = Logger()

#: What a file may hold: the kinds of its tracks, by their word.
KINDS: dict[str, tuple[TrackKind, ...]] = {
    "microphone": (TrackKind.MICROPHONE,),
    "camera": (TrackKind.CAMERA,),
    "microphone+camera": (TrackKind.MICROPHONE, TrackKind.CAMERA),
    "screen": (TrackKind.SCREEN,),
    "screenSound": (TrackKind.SCREEN_SOUND,),
    "screen+screenSound": (TrackKind.SCREEN, TrackKind.SCREEN_SOUND),
}
#: What ends tracks.
_ENDS = (RecordingMarked, RecordingConsent, MediaChanged, Left, RoleChanged)


class OpenTrack(NamedTuple):
    """A track that goes on: whose, of what, and since when."""

    user: str
    track: TrackKind
    start: int


def track_file(name: str, track: TrackKind) -> str:
    """Return the file of a track, as the journal and the raw files have it."""
    return f"{name}-{'audio' if track.is_sound else 'video'}-0.webm"


def sends(person: Person, track: TrackKind) -> bool:
    """Return whether a person sends a kind of track now, muted or not."""
    if track is TrackKind.MICROPHONE:
        return person.microphone in (Microphone.MUTED, Microphone.ON)
    return bool(person.cameras) if track is TrackKind.CAMERA else person.screen


def _open_tracks(meeting: Meeting) -> dict[str, OpenTrack]:
    """Return the tracks of pages that go on, as the meeting has them: after a start."""
    return {
        file: OpenTrack(user, TrackKind(track), int(file.rpartition("_")[2].partition("-")[0]))
        for user, person in meeting.people.items()
        for file, track in person.kept.items()
        if file.endswith(".webm")
    }


class KeptTracks:
    """The tracks of all meetings that pages record. A listener of meetings."""

    def __init__(self, hub: Hub, now: Callable[[], Moment]) -> None:
        self._hub = hub
        self._now = now
        self._open: dict[str, dict[str, OpenTrack]] = {}

    def _of(self, meeting: Meeting) -> dict[str, OpenTrack]:
        if meeting.internal_id not in self._open:
            self._open[meeting.internal_id] = _open_tracks(meeting)
        return self._open[meeting.internal_id]

    def knows(self, meeting: Meeting, name: str, kind: str) -> bool:
        """Return whether the journal has all tracks of a file, which go on."""
        return all(track_file(name, track) in self._of(meeting) for track in KINDS[kind])

    def begin(self, meeting: Meeting, user: str, name: str, kind: str, start: int) -> None:
        """Tell that the tracks of a file are kept from now on. Raises ``OSError``."""
        known = self._of(meeting)
        for track in KINDS[kind]:
            file = track_file(name, track)
            if file not in known:
                self._hub.happen(meeting, MediaKept(user=user, track=track, file=file, start=start, engine="mesh"))
                known[file] = OpenTrack(user, track, start)

    def cut(self, meeting: Meeting, user: str, name: str, kind: str, why: CutReason) -> None:
        """Tell that a file is cut short, or cannot begin (without ``name``)."""
        for track in KINDS[kind]:
            file = track_file(name, track) if name else ""
            if not name or self._of(meeting).pop(file, None) is not None:
                self._happen(meeting, MediaCut(user=user, track=track, why=why, file=file))

    def end(self, meeting: Meeting, name: str, kind: str) -> None:
        """Tell that the tracks of a file are kept no longer: it is complete."""
        for track in KINDS[kind]:
            self._end(meeting, track_file(name, track))

    def _end(self, meeting: Meeting, file: str) -> None:
        ended = self._of(meeting).pop(file, None)
        if ended is not None:
            user, track, start = ended
            end = max(self._now().wall, start + 1)
            kept = MediaKept(user=user, track=track, file=file, start=start, end=end, engine="mesh")
            self._happen(meeting, kept)

    def happened(self, meeting: Meeting, event: Event, _at: Moment) -> None:
        """End the tracks that an event ends."""
        if isinstance(event, Ended):
            self._open.pop(meeting.internal_id, None)
        elif isinstance(event, _ENDS) and meeting.ended is None and meeting.created.record:
            kept = self._hub.media.keeps
            for file, (user, track, _start) in list(self._of(meeting).items()):
                person = meeting.people.get(user)
                if person is None or not sends(person, track) or not may_be_recorded(meeting, person, kept):
                    self._end(meeting, file)

    def _happen(self, meeting: Meeting, event: Event) -> None:
        try:
            self._hub.happen(meeting, event)
        except OSError:
            _log.failure("a change of what is recorded is not kept", event="media_not_kept")
