"""The track that speech recognition makes of a recording: the API's source ``automatic``."""

from __future__ import annotations

from pathlib import Path

from bbbd.recordings.kept_media import transcript_of
from bbbd.recordings.layout import Layout
from bbbd.storage.disk import Disk
from bbbd.texttracks.indexes import Track, TrackKind, TrackSource
from bbbd.texttracks.language_names import english_name
from bbbd.texttracks.track_changes import put_track

_MODE = 0o644


def automatic_track(directory: Path) -> Track | None:
    """Return the track whose text is in a directory, None if there is none. Waits for the disk."""
    if (found := transcript_of(directory)) is None:
        return None
    path, lang = found
    return Track(TrackKind.CAPTIONS, lang, english_name(lang), TrackSource.AUTOMATIC, path)


def put_automatic_track(disk: Disk, layout: Layout, record_id: str, directory: Path) -> None:
    """Give a recording the track whose text is in a directory, if there is one. Waits for the disk.

    Done again it changes nothing, and it replaces nobody's own. Raises ``RecordingGone`` and ``OSError``.
    """
    if (track := automatic_track(directory)) is None:
        return
    disk.mkdir(layout.captions, 0o755)
    copied = disk.copy(track.path, layout.captions, _MODE)
    try:
        put_track(disk, layout, record_id, track._replace(path=copied))
    finally:
        disk.unlink(copied)
