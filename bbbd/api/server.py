"""What the calls act on: the objects of one server, tied once at start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bbbd.api.describe import DescriptionCache
from bbbd.callbacks.hooks import Hooks
from bbbd.callbacks.outbox import Outbox
from bbbd.meetings.config_documents import ConfigDocuments
from bbbd.meetings.documents import Documents
from bbbd.meetings.expired_tokens import ExpiredTokens
from bbbd.meetings.registry import Meetings
from bbbd.playback.protection import Protection
from bbbd.playback.tracklinks import TrackLinks
from bbbd.recordings.library import Library
from bbbd.settings.settings import Settings
from bbbd.storage.group_commit import GroupCommit, Thread
from bbbd.texttracks.service import TextTracks


@dataclass(slots=True, kw_only=True)
class Server:
    """One server. ``settings`` is replaced as a whole by a reload; ``secrets`` are those that sign."""

    settings: Settings
    secrets: tuple[str, ...]
    meetings: Meetings
    departures: ExpiredTokens
    rounds: GroupCommit
    documents: Documents
    configs: ConfigDocuments
    library: Library
    protection: Protection
    tracks: TextTracks
    track_links: TrackLinks
    hooks: Hooks
    outbox: Outbox
    #: Tells in the log when a URL that was named is one that is not called.
    look_at_url: Callable[[str], None]
    #: Runs what takes long and waits for nobody's answer on the disk.
    worker: Thread
    #: How many bytes are free on the data directory's disk, as it was looked at last.
    free_disk: Callable[[], int]
    descriptions: DescriptionCache = field(default_factory=DescriptionCache)
