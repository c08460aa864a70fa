"""Server: the services that calls use, assembled once at start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bbbd.api.describe import DescriptionCache
from bbbd.callbacks.hooks import Hooks
from bbbd.callbacks.outbox import Outbox
from bbbd.meetings.config_documents import ConfigDocuments
from bbbd.meetings.documents import Documents
from bbbd.meetings.draining import Draining
from bbbd.meetings.expired_tokens import ExpiredTokens
from bbbd.meetings.registry import Meetings
from bbbd.metrics.counting import Metrics
from bbbd.playback.protection import Protection
from bbbd.playback.tracklinks import TrackLinks
from bbbd.recordings.library import Library
from bbbd.settings.current import CurrentSettings
from bbbd.settings.settings import Settings
from bbbd.storage.free_disk import FreeDisk
from bbbd.storage.group_commit import GroupCommit, Thread
from bbbd.texttracks.service import TextTracks


@dataclass(slots=True, kw_only=True)
class Server:
    """The services of one server. A reload replaces ``settings`` as a whole; ``secrets`` are the shared secrets."""

    current: CurrentSettings
    meetings: Meetings
    expired_tokens: ExpiredTokens
    rounds: GroupCommit
    documents: Documents
    configs: ConfigDocuments
    library: Library
    protection: Protection
    tracks: TextTracks
    track_links: TrackLinks
    hooks: Hooks
    outbox: Outbox
    #: Logs a warning if a URL given by the application is one that is never called.
    look_at_url: Callable[[str], None]
    #: A thread for long work, apart from group commits.
    worker: Thread
    free_disk: FreeDisk
    draining: Draining
    metrics: Metrics
    descriptions: DescriptionCache

    @property
    def settings(self) -> Settings:
        """The settings of this moment."""
        return self.current.settings

    @property
    def secrets(self) -> tuple[str, ...]:
        """The shared secrets of this moment: the first signs, all are accepted."""
        return self.current.secrets
