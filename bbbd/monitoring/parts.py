"""Makes the parts of a server that let it be monitored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from twisted.web.resource import Resource

from bbbd.callbacks.outbox import Outbox
from bbbd.environment import Environment
from bbbd.live.hub import Hub
from bbbd.meetings.draining import Draining
from bbbd.meetings.registry import Meetings
from bbbd.metrics.declarations import CONVERSIONS
from bbbd.monitoring.event_counter import EventCounter
from bbbd.monitoring.gauges import Gauges
from bbbd.monitoring.health import Healthz, Readiness, Readyz
from bbbd.monitoring.metrics_resource import MetricsResource
from bbbd.processing.service import RecordingQueue
from bbbd.recordings.parts import RecordingParts
from bbbd.settings.current import CurrentSettings
from bbbd.slides.service import Slides
from bbbd.storage.free_disk import FreeDisk
from bbbd.storage.group_commit import GroupCommit
from bbbd.texttracks.service import TextTracks


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringParts:
    """The monitoring of one server. ``resources`` are those of the root, by name."""

    readiness: Readiness
    gauges: Gauges
    events: EventCounter
    resources: Mapping[bytes, Resource]


def make(
    environment: Environment,
    current: CurrentSettings,
    *,
    rounds: GroupCommit,
    meetings: Meetings,
    hub: Hub,
    outbox: Outbox,
    recordings: RecordingParts,
    tracks: TextTracks,
    slides: Slides,
    recording_queue: RecordingQueue,
    free_disk: FreeDisk,
    draining: Draining,
) -> MonitoringParts:
    """Return the parts for one server."""

    def counted(name: str, record_id: str, took: int | None, *, success: bool) -> None:  # noqa: ARG001 - a listener
        if name == "process-ended":
            environment.metrics.count(CONVERSIONS, "recordings", "done" if success else "failed")

    recording_queue.step_listeners.append(counted)
    readiness = Readiness(current, rounds, free_disk, draining)
    gauges = Gauges(
        clock=environment.clock,
        meetings=meetings,
        hub=hub,
        outbox=outbox,
        recordings=recordings,
        tracks=tracks,
        slides=slides,
        recording_queue=recording_queue,
        free_disk=free_disk,
        readiness=readiness,
    )
    resources = {
        b"healthz": Healthz(),
        b"readyz": Readyz(readiness),
        b"metrics": MetricsResource(current, environment.metrics, gauges),
    }
    return MonitoringParts(
        readiness=readiness, gauges=gauges, events=EventCounter(environment.metrics), resources=resources
    )
