"""Text track calls: getRecordingTextTracks, putRecordingTextTrack."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from twisted.logger import Logger

from bbbd.api.call import Reply, succeed
from bbbd.api.multipart_upload import MultipartUpload
from bbbd.api.problems import Failed, Notice, Problem, refused
from bbbd.api.response_tree import Rows
from bbbd.api.server import Server
from bbbd.recordings.index import Recording
from bbbd.recordings.layout import Place
from bbbd.texttracks.inbox import InboxNote
from bbbd.texttracks.indexes import TrackKind
from bbbd.texttracks.languages import LANGUAGE
from bbbd.values.fields import given
from bbbd.values.value_types import ANY_IDENTIFIER, enum, title_text

_log = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class GetTextTracks:
    """Parameters of ``getRecordingTextTracks``."""

    record_id: str = given("recordID", ANY_IDENTIFIER, "Its id; one alone.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PutTextTrack:
    """Parameters of ``putRecordingTextTrack``; without any file in the body the track is removed."""

    record_id: str = given("recordID", ANY_IDENTIFIER, "The recording's id; one alone.")
    kind: TrackKind = given("kind", enum(TrackKind), "The kind of the track.")
    lang: str = given("lang", LANGUAGE, "The language tag (RFC 5646); `_` is read as `-`.")
    label: str = given(
        "label", title_text(), "What it is called in lists. Empty: the language's English name.", default=""
    )
    upload: MultipartUpload | None = field(default=None)


async def _find(server: Server, record_id: str) -> Recording:
    await server.library.ready()
    found = server.library.index.find(record_id)
    if found is None or found.place not in (Place.PUBLISHED, Place.UNPUBLISHED):
        raise refused(Problem.NO_RECORDING_WITH_ID, record_id[:200])
    return found


async def get_recording_text_tracks(server: Server, params: GetTextTracks) -> Reply:
    """Return the text tracks of a recording, each with a link that is valid for an hour."""
    recording = await _find(server, params.record_id)
    tracks = await server.tracks.select(recording.record_id)
    settings = server.settings
    base = (settings.text_track_url or settings.server_url).rstrip("/")
    rows: list[Any] = [
        (
            ("href", base + server.track_links.link(recording.record_id, track.name, once=recording.protected)),
            ("kind", track.kind.value),
            ("label", track.label),
            ("lang", track.key.lang),
            ("source", track.source),
            *((("cuesLeftOut", track.left_out),) if settings.developer else ()),
        )
        for track in tracks
    ]
    return succeed(("tracks", Rows("track", rows)))


async def put_recording_text_track(server: Server, params: PutTextTrack) -> Reply:
    """Add an upload to the inbox for conversion; without a file, remove the track."""
    recording = await _find(server, params.record_id)
    upload = params.upload
    file = upload.end() if upload else None
    if file is not None and server.free_disk.is_low:
        raise Failed(Problem.DISK_FULL)
    note = InboxNote(
        record_id=recording.record_id,
        kind=params.kind.value,
        lang=params.lang,
        label=params.label,
        original_filename=upload.filename[:256] if upload else "",
        content_type=upload.content_type if upload else "",
    )
    if file is not None and file.dropped:
        # The client has disconnected; nobody receives this.
        raise Failed(Problem.TRACK_FAILED)
    try:
        await server.tracks.add(note, file)
    except OSError as fault:
        _log.error("text track could not be stored: {why}", event="track_failed", why=str(fault))
        return _reply("FAILED", recording.record_id, *Problem.TRACK_FAILED.value)
    return _reply("SUCCESS", recording.record_id, *Notice.TRACK_KEPT.value)


def _reply(returncode: str, record_id: str, key: str, message: str) -> Reply:
    tree = (("returncode", returncode), ("recordId", record_id), ("messageKey", key), ("message", message))
    return Reply(tree, outcome="ok" if returncode == "SUCCESS" else key)
