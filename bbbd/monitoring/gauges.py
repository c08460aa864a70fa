"""The gauges: what is true at the moment of a scrape, from memory alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bbbd import __version__
from bbbd.callbacks.outbox import Outbox
from bbbd.clock import Clock
from bbbd.live.hub import Hub
from bbbd.meetings.model import Meeting
from bbbd.meetings.registry import Meetings
from bbbd.metrics import declarations as declared
from bbbd.metrics.counting import Histogram, LabelValues
from bbbd.metrics.declarations import MOST_ORIGINS, OTHER, Metric
from bbbd.monitoring.health import Readiness
from bbbd.recordings.parts import RecordingParts
from bbbd.slides.service import Slides
from bbbd.storage.free_disk import FreeDisk
from bbbd.texttracks.service import TextTracks

#: Metadata of a meeting that name the application that created it.
_ORIGIN = ("bbb-origin-server-name", "bbb-origin")
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
        free_disk: FreeDisk,
        readiness: Readiness,
    ) -> None:
        #: Seconds since 1970 at which the certificate expires, None without one.
        self.certificate_expires: float | None = None
        self._clock = clock
        self._meetings = meetings
        self._hub = hub
        self._outbox = outbox
        self._recordings = recordings
        self._tracks = tracks
        self._slides = slides
        self._free_disk = free_disk
        self._readiness = readiness
        #: Label values of origins. They stay for as long as the server runs, so that there are never more of them.
        self._origins: set[tuple[str, str]] = set()

    def samples(self) -> Iterator[Sample]:
        """Give the values of all gauges that have one."""
        meetings = list(self._meetings.directory.live.values())
        yield from self._of_meetings(meetings)
        yield from self._of_recordings()
        yield from self._of_jobs()
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
            (declared.DRAINING, self._readiness.draining()),
        ):
            yield metric, (), value
        if self.certificate_expires is not None:
            yield declared.CERTIFICATE_EXPIRY, (), self.certificate_expires - now / 1000
        for version in (declared.VERSION, declared.EXPORTER):
            yield version, (__version__,), 1

    def _of_meetings(self, meetings: list[Meeting]) -> Iterator[Sample]:
        people = [len(meeting.people) for meeting in meetings]
        yield declared.MEETINGS, (), len(meetings)
        yield declared.PARTICIPANTS, (), sum(people)
        yield declared.PARTICIPANTS_MAX, (), max(people, default=0)
        yield declared.LISTENERS, (), sum(meeting.listeners() for meeting in meetings)
        yield declared.VOICE_PARTICIPANTS, (), sum(meeting.voices() for meeting in meetings)
        yield declared.VIDEO_PARTICIPANTS, (), sum(meeting.cameras() for meeting in meetings)
        yield declared.PARTICIPANT_CLIENTS, ("html5",), sum(people)
        for origin, count in self._origins_of(meetings).items():
            yield declared.PARTICIPANTS_ORIGIN, origin, count

    def _origins_of(self, meetings: list[Meeting]) -> Counter[tuple[str, str]]:
        """Return the number of people by the origin of their meeting."""
        found: Counter[tuple[str, str]] = Counter()
        for meeting in meetings:
            if meeting.people:
                server, name = (meeting.created.wanted.metadata.get(key, "").lower()[:_LONGEST] for key in _ORIGIN)
                origin = (server, name)
                if origin not in self._origins and len(self._origins) >= MOST_ORIGINS:
                    origin = (OTHER, OTHER)
                else:
                    self._origins.add(origin)
                found[origin] += len(meeting.people)
        return found

    def rooms(self) -> Iterator[tuple[Metric, Histogram]]:
        """Give the gauge histograms: how many meetings there are of each size."""
        sizes: dict[Metric, Histogram] = {
            metric: Histogram(metric.buckets)
            for metric in (
                declared.ROOM_PARTICIPANTS,
                declared.ROOM_LISTENERS,
                declared.ROOM_VOICE_PARTICIPANTS,
                declared.ROOM_VIDEO_PARTICIPANTS,
            )
        }
        for meeting in self._meetings.directory.live.values():
            sizes[declared.ROOM_PARTICIPANTS].observe(len(meeting.people))
            sizes[declared.ROOM_LISTENERS].observe(meeting.listeners())
            sizes[declared.ROOM_VOICE_PARTICIPANTS].observe(meeting.voices())
            sizes[declared.ROOM_VIDEO_PARTICIPANTS].observe(meeting.cameras())
        yield from sizes.items()

    def _of_recordings(self) -> Iterator[Sample]:
        for metric, state in _RECORDINGS:
            yield metric, (), self._recordings.library.index.count(state)

    def _of_jobs(self) -> Iterator[Sample]:
        importer, housekeeping = self._recordings.importer, self._recordings.housekeeping
        for kind, running, waiting in (
            ("slides", self._slides.running, self._slides.waiting),
            ("tracks", self._tracks.running, self._tracks.waiting),
            ("import", int(importer.running), housekeeping.waiting),
        ):
            yield declared.JOBS, (kind, "running"), running
            yield declared.JOBS, (kind, "waiting"), waiting
