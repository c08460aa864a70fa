"""Makes the part of a server that keeps the text tracks of recordings."""

from __future__ import annotations

from bbbd.environment import Environment
from bbbd.recordings.parts import RecordingParts
from bbbd.texttracks.service import TextTracks


def make(environment: Environment, recordings: RecordingParts) -> TextTracks:
    """Return the text tracks of one server; they follow the changes of its library."""
    tracks = TextTracks(environment.disk, recordings.layout, environment.clock, environment.worker, environment.metrics)
    recordings.library.listeners.append(tracks.restore_in_players)
    return tracks
