"""Conversion queue: processes the inbox in order, converting uploads and storing them in recordings."""

from __future__ import annotations

from typing import NamedTuple

from twisted.logger import Logger

from bbbd.recordings.layout import Layout
from bbbd.storage.disk import Disk
from bbbd.texttracks.conversion import UnconvertibleUpload, UploadInterrupted, convert
from bbbd.texttracks.inbox import Inbox, WaitingUpload
from bbbd.texttracks.indexes import Track, TrackSource, exists
from bbbd.texttracks.language_names import english_name
from bbbd.texttracks.track_changes import RecordingGone, put_track, remove_track

_log = Logger()

#: Attempts at a conversion that is interrupted.
MOST_TRIES = 3
_GONE = "the recording is gone"


class QueueResult(NamedTuple):
    """The result of a note: ``why`` it was refused, empty on success."""

    waiting: WaitingUpload
    why: str = ""


def process_all(disk: Disk, layout: Layout, inbox: Inbox) -> list[QueueResult]:
    """Process all waiting notes, the oldest first, and return their results. Blocks for long."""
    results: list[QueueResult] = []
    stuck: set[str] = set()
    for waiting in inbox.waiting():
        if waiting.note.record_id not in stuck:
            done = process(disk, layout, inbox, waiting)
            if done is None:
                stuck.add(waiting.note.record_id)
            else:
                results.append(done)
    return results


def process(disk: Disk, layout: Layout, inbox: Inbox, waiting: WaitingUpload) -> QueueResult | None:
    """Process a note and return its result. Blocks for long.

    None means that the note stays in the inbox: the disk failed, or the conversion was interrupted (up to three times).
    Later notes of the same recording must then wait too.
    """
    try:
        return _process(disk, layout, inbox, waiting)
    except UploadInterrupted as fault:
        inbox.interruptions[waiting.path] += 1
        if inbox.interruptions[waiting.path] >= MOST_TRIES:
            return _finish(inbox, waiting, str(fault))
        why = str(fault)
    except OSError as fault:
        why = str(fault)
    _log.error("{path} stays in the inbox: {why}", event="track_waits", path=str(waiting.path), why=why)
    return None


def _process(disk: Disk, layout: Layout, inbox: Inbox, waiting: WaitingUpload) -> QueueResult:
    note, key, why = waiting.note, waiting.key, ""
    with layout.lock:
        is_there = exists(layout, note.record_id)
    try:
        if not is_there:
            why = _GONE
        elif waiting.file is None:
            remove_track(disk, layout, note.record_id, key)
        elif not waiting.file.is_file():
            why = "its file is gone"
        else:
            _convert_and_put(disk, layout, waiting)
    except RecordingGone:
        why = _GONE
    except UnconvertibleUpload as fault:
        why = str(fault)
    return _finish(inbox, waiting, why)


def _finish(inbox: Inbox, waiting: WaitingUpload, why: str) -> QueueResult:
    note, key = waiting.note, waiting.key
    facts = {"id": note.record_id, "kind": key.kind.value, "lang": key.lang}
    inbox.delete(waiting)
    if why:
        _log.warn("{id}: {kind} {lang} not changed: {why}", event="track_refused", why=why, **facts)
    else:
        done = "removed" if waiting.file is None else "stored"
        _log.info("{id}: {kind} {lang} were {done}", event="track_changed", done=done, audit=True, **facts)
    return QueueResult(waiting, why)


def _convert_and_put(disk: Disk, layout: Layout, waiting: WaitingUpload) -> None:
    note, key = waiting.note, waiting.key
    assert waiting.file is not None
    converted = convert(disk, waiting.file, waiting.path.parent, note.content_type, note.original_filename)
    if converted.left_out:
        _log.warn(
            "{id}: {count} cues of {kind} {lang} were left out: they cannot be timed",
            event="track_cues_left_out",
            id=note.record_id,
            count=converted.left_out,
            kind=key.kind.value,
            lang=key.lang,
        )
    try:
        label = note.label or english_name(key.lang)
        put_track(
            disk,
            layout,
            note.record_id,
            Track(key.kind, key.lang, label, TrackSource.UPLOAD, converted.path, converted.left_out),
        )
    finally:
        disk.unlink(converted.path)
