"""Makes the parts of a server that play its recordings and take in those of others."""

from __future__ import annotations

from dataclasses import dataclass

from bbbd.environment import Environment
from bbbd.playback.protection import Protection
from bbbd.playback.tracklinks import TrackLinks
from bbbd.playback.upload import ArchiveUpload
from bbbd.recordings.parts import RecordingParts
from bbbd.settings.current import CurrentSettings
from bbbd.storage.free_disk import FreeDisk


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackParts:
    """The protected links of one server, and its upload of archives."""

    protection: Protection
    track_links: TrackLinks
    archive_upload: ArchiveUpload


def make(
    environment: Environment, current: CurrentSettings, *, recordings: RecordingParts, free_disk: FreeDisk
) -> PlaybackParts:
    """Return the parts for one server."""
    return PlaybackParts(
        protection=Protection(environment.clock),
        track_links=TrackLinks(environment.clock, current),
        archive_upload=ArchiveUpload(environment.disk, recordings.uploads, environment.worker, current, free_disk),
    )
