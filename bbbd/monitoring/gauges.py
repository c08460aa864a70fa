"""The gauges: what is true at the moment of a scrape, from memory alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bbbd import __version__
from bbbd.callbacks.outbox import Outbox
from bbbd.clock import Clock
from bbbd.live.hub import Hub
from bbbd.meetings.event import Microphone
from bbbd.meetings.registry import Meetings
from bbbd.metrics import declarations as declared
from bbbd.metrics.counting import Histogram, LabelValues
from bbbd.metrics.declarations import MOST_ORIGINS, OTHER, Metric
from bbbd.monitoring.health import Readiness
from bbbd.processing.service import RecordingQueue
from bbbd.recordings.parts import RecordingParts
from bbbd.slides.service import Slides
from bbbd.storage.free_disk import FreeDisk
from bbbd.texttracks.service import TextTracks

#: Metadata of a meeting that name the application that created it.
_SERVER, _NAME = "bbb-origin-server-name", "bbb-origin"
#: The most characters of a label.
_LONGEST = 100
#: The gauges of recordings, each with the state that an index has for them.
_RECORDINGS = (
    (declared.RECORDINGS_PUBLISHED, "published"),
    (declared.RECORDINGS_UNPUBLISHED, "unpublished"),
    (declared.RECORDINGS_DELETED, "deleted"),
    (declared.RECORDINGS_PROCESSING, "processing"),
)
#: One value of a gauge.
Sample = tuple[Metric, LabelValues, float]


@dataclass(slots=True)
class Sizes:
    """The numbers of people, listeners, microphones and cameras in each live meeting."""

    people: list[int] = field(default_factory=list)
    listeners: list[int] = field(default_factory=list)
    voices: list[int] = field(default_factory=list)
    cameras: list[int] = field(default_factory=list)


class Gauges:
    """The gauges of one server."""

    def __init__(
        self,
        *,
        clock: Clock,
        meetings: Meetings,
        hub: Hub,
        outbox: Outbox,
        recordings: RecordingParts,
        tracks: TextTracks,
        slides: Slides,
        recording_queue: RecordingQueue,
        free_disk: FreeDisk,
        readiness: Readiness,
    ) -> None:
        #: Returns the seconds since 1970 at which the certificate expires, None without one.
        self.certificate_expires: Callable[[], float | None] = lambda: None
        #: Returns of each Janus whether it answers, and the numbers of its meetings and people.
        self.janus: Callable[[], Sequence[tuple[bool, int, int]]] = tuple
        self._clock = clock
        self._meetings = meetings
        self._hub = hub
        self._outbox = outbox
        self._recordings = recordings
        self._tracks = tracks
        self._slides = slides
        self._recording_queue = recording_queue
        self._free_disk = free_disk
        self._readiness = readiness
        #: Label values of origins. They stay for as long as the server runs, so that there are never more of them.
        self._origins: set[tuple[str, str]] = set()

    def sizes(self) -> Sizes:
        """Return the sizes of all live meetings."""
        found = Sizes()
        for meeting in self._meetings.directory.live.values():
            people = meeting.people
            found.people.append(len(people))
            has_media = any(one.cameras or one.microphone is not Microphone.NONE for one in people.values())
            found.listeners.append(meeting.listeners() if has_media else 0)
            found.voices.append(meeting.voices() if has_media else 0)
            found.cameras.append(meeting.cameras() if has_media else 0)
        return found

    def samples(self, sizes: Sizes) -> Iterator[Sample]:
        """Give the values of all gauges that have one."""
        yield from self._of_meetings(sizes)
        yield from self._of_recordings()
        yield from self._of_jobs()
        yield from self._of_janus()
        now = self._clock.now().wall
        oldest = self._outbox.oldest()
        for metric, value in (
            (declared.API_UP, 1),
            (declared.WEBSOCKETS, self._hub.connection_count),
            (declared.JOURNAL_BYTES, self._meetings.journals.size),
            (declared.CALLBACKS_DUE, len(self._outbox)),
            (declared.CALLBACK_OLDEST, 0 if oldest is None else max(0, now - oldest) / 1000),
            (declared.DISK_FREE, self._free_disk.bytes),
            (declared.READY, self._readiness.why_not() is None),
            (declared.DRAINING, self._readiness.draining.is_on),
        ):
            yield metric, (), value
        if (expires := self.certificate_expires()) is not None:
            yield declared.CERTIFICATE_EXPIRY, (), expires - now / 1000
        for version in (declared.VERSION, declared.EXPORTER):
            yield version, (__version__,), 1

    def _of_meetings(self, sizes: Sizes) -> Iterator[Sample]:
        people = sum(sizes.people)
        yield declared.MEETINGS, (), len(sizes.people)
        yield declared.PARTICIPANTS, (), people
        yield declared.PARTICIPANTS_MAX, (), max(sizes.people, default=0)
        yield declared.LISTENERS, (), sum(sizes.listeners)
        yield declared.VOICE_PARTICIPANTS, (), sum(sizes.voices)
        yield declared.VIDEO_PARTICIPANTS, (), sum(sizes.cameras)
        yield declared.PARTICIPANT_CLIENTS, ("html5",), people
        for origin, count in self._people_by_origin().items():
            yield declared.PARTICIPANTS_ORIGIN, origin, count

    def _people_by_origin(self) -> Counter[tuple[str, str]]:
        """Return the number of people by the origin of their meeting."""
        found: Counter[tuple[str, str]] = Counter()
        for meeting in self._meetings.directory.live.values():
            if meeting.people:
                told = meeting.created.wanted.metadata.get
                origin = (told(_SERVER, "").lower()[:_LONGEST], told(_NAME, "").lower()[:_LONGEST])
                if origin not in self._origins:
                    if len(self._origins) < MOST_ORIGINS:
                        self._origins.add(origin)
                    else:
                        origin = (OTHER, OTHER)
                found[origin] += len(meeting.people)
        return found

    def _of_janus(self) -> Iterator[Sample]:
        for place, (is_up, meetings, people) in enumerate(self.janus(), 1):
            yield declared.JANUS_UP, (str(place),), is_up
            yield declared.JANUS_MEETINGS, (str(place),), meetings
            yield declared.JANUS_PARTICIPANTS, (str(place),), people

    @staticmethod
    def rooms(sizes: Sizes) -> Iterator[tuple[Metric, Histogram]]:
        """Give the gauge histograms: how many meetings there are of each size."""
        for metric, counts in (
            (declared.ROOM_PARTICIPANTS, sizes.people),
            (declared.ROOM_LISTENERS, sizes.listeners),
            (declared.ROOM_VOICE_PARTICIPANTS, sizes.voices),
            (declared.ROOM_VIDEO_PARTICIPANTS, sizes.cameras),
        ):
            histogram = Histogram(metric.buckets)
            for count in counts:
                histogram.observe(count)
            yield metric, histogram

    def _of_recordings(self) -> Iterator[Sample]:
        for metric, state in _RECORDINGS:
            yield metric, (), self._recordings.library.index.count(state)
        yield declared.RECORDINGS_UNPROCESSED, (), self._recording_queue.running + self._recording_queue.waiting

    def _of_jobs(self) -> Iterator[Sample]:
        importer, housekeeping = self._recordings.importer, self._recordings.housekeeping
        for kind, running, waiting in (
            ("slides", self._slides.running, self._slides.waiting),
            ("tracks", self._tracks.running, self._tracks.waiting),
            ("import", int(importer.running), housekeeping.waiting),
            ("recordings", self._recording_queue.running, self._recording_queue.waiting),
        ):
            yield declared.JOBS, (kind, "running"), running
            yield declared.JOBS, (kind, "waiting"), waiting
