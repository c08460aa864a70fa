"""All metrics of ``/metrics``: names, types, labels, meanings. ``docs/metrics.md`` is made from them.

Names are those of the bigbluebutton-exporter where it has the metric (``bbb_*``), so its dashboards work; bbbd's own
are ``bbbd_*``. Units are base units, and counters end in ``_total``. The values of each label are a closed set. No
label is an id, a name of a person or an address.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MetricType(StrEnum):
    """The type of a metric, as Prometheus knows it."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    GAUGE_HISTOGRAM = "gaugehistogram"


@dataclass(frozen=True, slots=True)
class Label:
    """A label: its values, or else the ``source`` of the closed set that they come from.

    A counter whose labels all have ``values`` starts at 0 for each of them, so that no increase is missed.
    """

    name: str
    values: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Metric:
    """A metric. ``buckets`` are the upper bounds of a histogram without the last, which is infinite."""

    name: str
    type: MetricType
    meaning: str
    labels: tuple[Label, ...] = ()
    buckets: tuple[float, ...] = ()


def _counter(name: str, meaning: str, *labels: Label) -> Metric:
    return Metric(name=name, type=MetricType.COUNTER, meaning=meaning, labels=labels)


def _gauge(name: str, meaning: str, *labels: Label) -> Metric:
    return Metric(name=name, type=MetricType.GAUGE, meaning=meaning, labels=labels)


def _histogram(name: str, meaning: str, buckets: tuple[float, ...], *labels: Label) -> Metric:
    return Metric(name=name, type=MetricType.HISTOGRAM, meaning=meaning, labels=labels, buckets=buckets)


def _rooms(name: str, meaning: str, buckets: tuple[float, ...]) -> Metric:
    return Metric(name=name, type=MetricType.GAUGE_HISTOGRAM, meaning=meaning, buckets=buckets)


_CALL = Label("call", source="the calls of calls.md, `root`, and `unknown`")
_SMALL_ROOMS = (0, 1, 5, 15, 30, 60, 90, 120)
_ROOMS = (*_SMALL_ROOMS, 150, 200, 250, 300, 400, 500)
_NO_MEDIA = " 0 where `bbbd.media` is off."
#: Label combinations of ``bbb_meetings_participants_origin``; the participants of further ones are ``OTHER``.
MOST_ORIGINS = 100
OTHER = "other"

# The names that dashboards of BigBlueButton know.

MEETINGS = _gauge("bbb_meetings", "Live meetings, breakout rooms included.")
PARTICIPANTS = _gauge("bbb_meetings_participants", "People in all meetings.")
PARTICIPANTS_MAX = _gauge("bbb_meetings_participants_max", "People in the largest meeting.")
LISTENERS = _gauge("bbb_meetings_listeners", f"People who only listen.{_NO_MEDIA}")
VOICE_PARTICIPANTS = _gauge("bbb_meetings_voice_participants", f"People with a microphone.{_NO_MEDIA}")
VIDEO_PARTICIPANTS = _gauge("bbb_meetings_video_participants", f"Shared cameras.{_NO_MEDIA}")
PARTICIPANTS_ORIGIN = _gauge(
    "bbb_meetings_participants_origin",
    "People by the application that created their meeting: its `meta_bbb-origin-server-name` and `meta_bbb-origin`,"
    f" in lower case. {MOST_ORIGINS} pairs at most; the people of all further ones are `{OTHER}`.",
    Label("server", source="`meta_bbb-origin-server-name`"),
    Label("name", source="`meta_bbb-origin`"),
)
PARTICIPANT_CLIENTS = _gauge(
    "bbb_meetings_participant_clients", "People by their client.", Label("type", values=("html5",))
)
ROOM_PARTICIPANTS = _rooms("bbb_room_participants", "Meetings by the number of people in them.", _ROOMS)
ROOM_LISTENERS = _rooms("bbb_room_listeners", f"Meetings by the number of people who only listen.{_NO_MEDIA}", _ROOMS)
ROOM_VOICE_PARTICIPANTS = _rooms(
    "bbb_room_voice_participants", f"Meetings by the number of people with a microphone.{_NO_MEDIA}", _SMALL_ROOMS
)
ROOM_VIDEO_PARTICIPANTS = _rooms(
    "bbb_room_video_participants", f"Meetings by the number of shared cameras.{_NO_MEDIA}", _SMALL_ROOMS
)
RECORDINGS_PROCESSING = _gauge("bbb_recordings_processing", "Recordings that are being made.")
RECORDINGS_PUBLISHED = _gauge("bbb_recordings_published", "Published recordings.")
RECORDINGS_UNPUBLISHED = _gauge("bbb_recordings_unpublished", "Unpublished recordings.")
RECORDINGS_DELETED = _gauge("bbb_recordings_deleted", "Deleted recordings whose files still exist.")
RECORDINGS_UNPROCESSED = _gauge(
    "bbb_recordings_unprocessed",
    "Recorded meetings whose recording is in work or waits for its turn.",
)
UNIQUE_MEETINGS = _counter("bbb_unique_meetings_total", "Created meetings, without breakout rooms.")
UNIQUE_BREAKOUT_ROOMS = _counter("bbb_unique_breakout_rooms_total", "Created breakout rooms.")
API_UP = _gauge("bbb_api_up", "1: the API answers.")
API_LATENCY = _histogram(
    "bbb_api_latency",
    "Seconds of calls with a valid checksum, from the request to the answer, in the buckets of the exporter.",
    (0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 5, 7.5, 10),
    Label("endpoint", source="the calls of calls.md"),
    Label("parameters", source="`state=` with one state for getRecordings, else empty"),
)
VERSION = _gauge("bbb_version", "1, with the version of the server as the label.", Label("version", source="bbbd's"))
EXPORTER = _gauge("bbb_exporter", "1, with the exporter's version: bbbd's.", Label("version", source="bbbd's"))

# bbbd's own.

REQUESTS = _counter(
    "bbbd_requests_total",
    "Calls by their outcome: `ok` or a messageKey.",
    _CALL,
    Label("outcome", source="`ok`, `methodNotAllowed`, the messageKeys of calls.md"),
)
REQUEST_SECONDS = _histogram(
    "bbbd_request_seconds",
    "Seconds from the request of a call to its answer.",
    (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    _CALL,
)
CHECKSUM_FAILURES = _counter(
    "bbbd_checksum_failures_total",
    "Calls without a valid checksum. `algorithm`: its length is that of no digest algorithm that is allowed.",
    Label("reason", values=("missing", "algorithm", "wrong", "unreadable")),
)
WEBSOCKETS = _gauge("bbbd_websockets", "Open WebSockets of people, those in waiting rooms included.")
WEBSOCKET_CLOSED = _counter(
    "bbbd_websocket_closed_total",
    "Ended WebSockets of people by the reason: that of `bye` in protocol.md. Without a `bye`: `lost` (the connection"
    " broke), `silent` (no sign of life for 45 s), `unreadable`, `notText` and `tooLarge` (what the client sent).",
    Label("reason", source="the reasons of `bye`, and these"),
)
EVENTS = _counter("bbbd_events_total", "Events of meetings.", Label("kind", source="the events of events.md"))
JOURNAL_BYTES = _gauge("bbbd_journal_bytes", "Bytes of the journals of all live meetings.")
JOURNAL_SYNC_SECONDS = _histogram(
    "bbbd_journal_sync_seconds",
    "Seconds of a group commit: the disk has taken everything that was written before it began.",
    (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
JOURNAL_FAULTS = _counter(
    "bbbd_journal_faults_total",
    "Faults of the disk. `sync`: a file could not be synced. `write`: a line of a journal could not be written. `torn`:"
    " a start cut off the end of a journal. `damaged`: a start left out a journal. `lost`: a journal vanished and was"
    " written anew. `broken`: a journal could not be written anew.",
    Label("what", values=("sync", "write", "torn", "damaged", "lost", "broken")),
)
CALLBACKS_DUE = _gauge("bbbd_callbacks_due", "Callbacks that are due, those that wait for another try included.")
CALLBACKS = _counter(
    "bbbd_callbacks_total",
    "Tries of callbacks by their outcome. `failed` ones are tried again, `given_up` ones are not.",
    Label("kind", values=("end", "analytics", "event", "ready", "hook")),
    Label("outcome", values=("taken", "failed", "given_up")),
)
CALLBACK_OLDEST = _gauge("bbbd_callback_oldest_seconds", "Age of the oldest callback that is due; 0 for none.")
REACTOR_STALL = _histogram(
    "bbbd_reactor_stall_seconds",
    "Seconds of each turn of the reactor: nothing else is served meanwhile. Absent where the reactor has no poller.",
    (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
REACTOR_LONGEST = _gauge(
    "bbbd_reactor_longest_turn_seconds",
    "The longest turn of the reactor in this minute and the one before. Absent where the reactor has no poller.",
)
JOBS = _gauge(
    "bbbd_jobs",
    "Work in processes and threads of its own: slides, text tracks, imports of archives, recordings of meetings.",
    Label("kind", values=("slides", "tracks", "import", "recordings")),
    Label("state", values=("running", "waiting")),
)
CONVERSIONS = _counter(
    "bbbd_conversions_total",
    "Ended conversions, imports and recordings. `failed`: the file is at fault.",
    Label("kind", values=("slides", "tracks", "import", "recordings")),
    Label("outcome", values=("done", "failed")),
)
REFUSED = _counter(
    "bbbd_refused_total",
    "Requests, messages, connections and others that a limit refused.",
    Label("limit", source="the words of limits, see limits.md"),
)
CERTIFICATE_EXPIRY = _gauge(
    "bbbd_certificate_expiry_seconds", "Seconds until the certificate expires. Absent where bbbd has none."
)
DISK_FREE = _gauge("bbbd_disk_free_bytes", "Free bytes on the data directory's disk, measured every 5 seconds.")
_JANUS = Label("janus", source="the places of `bbbd.janus`: `1`, `2`, …")
JANUS_UP = _gauge("bbbd_janus_up", "1: this Janus answers. Absent where `bbbd.janus` names none.", _JANUS)
JANUS_MEETINGS = _gauge("bbbd_janus_meetings", "Meetings whose sound and pictures are this Janus'.", _JANUS)
JANUS_PARTICIPANTS = _gauge("bbbd_janus_participants", "People in the meetings of this Janus.", _JANUS)
CLOCK_JUMPS = _counter("bbbd_clock_jumps_total", "Steps of the wall clock of more than 2 seconds.")
READY = _gauge("bbbd_ready", "1: `/readyz` answers 200.")
DRAINING = _gauge("bbbd_draining", "1: new meetings are refused, so that the server can be stopped.")

# Those of the process, by the names of all Prometheus clients.

PROCESS = (
    _counter("process_cpu_seconds_total", "Seconds of processor time."),
    _gauge("process_virtual_memory_bytes", "Virtual memory."),
    _gauge("process_resident_memory_bytes", "Resident memory."),
    _gauge("process_start_time_seconds", "Start of the process, in seconds since 1970."),
    _gauge("process_open_fds", "Open file descriptors."),
    _gauge("process_max_fds", "The limit of open file descriptors."),
)

#: All of them, in the order of the reference.
METRICS = (*(one for one in tuple(vars().values()) if isinstance(one, Metric)), *PROCESS)
