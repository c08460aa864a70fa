"""Makes the parts of a server that take what pages record of themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bbbd.clock import Moment
from bbbd.environment import Environment
from bbbd.http.token_rate_limit import TokenRateLimit
from bbbd.live.hub import Hub
from bbbd.meetings.event import Ended, Event
from bbbd.meetings.model import Meeting
from bbbd.meetings.recording import RecordingConsent
from bbbd.meetings.registry import Meetings
from bbbd.settings.current import CurrentSettings
from bbbd.storage.free_disk import FreeDisk
from bbbd.storage.group_commit import GroupCommit
from bbbd.uploads.files import UploadFiles
from bbbd.uploads.keeping import KeptTracks
from bbbd.uploads.resource import MediaUploadsResource
from bbbd.uploads.service import MediaUploads


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadParts:
    """The uploads of one server: the service, its resource, and the listener of meetings."""

    uploads: MediaUploads
    resource: MediaUploadsResource
    happened: Callable[[Meeting, Event, Moment], None]


def make(
    environment: Environment,
    current: CurrentSettings,
    *,
    hub: Hub,
    meetings: Meetings,
    rounds: GroupCommit,
    free_disk: FreeDisk,
    guesses: TokenRateLimit,
    late: Callable[[str], None],
) -> UploadParts:
    """Return the parts for one server. ``late`` is told, in a thread, of what comes after a meeting's end."""
    kept = KeptTracks(hub, environment.clock.now)
    uploads = MediaUploads(
        hub=hub,
        meetings=meetings,
        files=UploadFiles(environment.disk, current.settings.recording / "raw"),
        kept=kept,
        rounds=rounds,
        worker=environment.worker,
        current=current,
        free_disk=free_disk,
        late=late,
    )

    def happened(meeting: Meeting, event: Event, at: Moment) -> None:
        kept.happened(meeting, event, at)
        if isinstance(event, Ended):
            uploads.ended(meeting)
        elif isinstance(event, RecordingConsent) and not event.agrees:
            uploads.withdrawn(meeting, event.user)

    resource = MediaUploadsResource(uploads, guesses, environment.worker)
    return UploadParts(uploads=uploads, resource=resource, happened=happened)
