"""Does what the inbox asks for, one after the other: converts an upload and puts it into its recording."""

from __future__ import annotations

from typing import NamedTuple

from twisted.logger import Logger

from bbbd.recordings.layout import Layout
from bbbd.storage.disk import Disk
from bbbd.texttracks.conversion import UnconvertibleUpload, UploadInterrupted, convert
from bbbd.texttracks.inbox import Inbox, WaitingUpload
from bbbd.texttracks.indexes import Track, TrackSource, exists
from bbbd.texttracks.languages import english_name
from bbbd.texttracks.track_changes import RecordingGone, put_track, remove_track

_log = Logger()

#: How often a conversion that is cut off is tried.
MOST_TRIES = 3
_GONE = "the recording is gone"


class QueueResult(NamedTuple):
    """What became of a note: ``why`` it was dropped, empty when it was done."""

    waiting: WaitingUpload
    why: str = ""


def process_all(disk: Disk, layout: Layout, inbox: Inbox) -> list[QueueResult]:
    """Do all that waits, the oldest first, and return what became of it. Waits long."""
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
    """Do what a note asks for, and return what became of it. Waits long.

    None is for what waits on, and so must all that comes later for the same recording: what the disk does not take now,
    and a conversion that was cut off, until it was cut off three times.
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
    _log.error("{path} waits on: {why}", event="track_waits", path=str(waiting.path), why=why)
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
        _log.warn("{id}: {kind} {lang} stay as they are: {why}", event="track_refused", why=why, **facts)
    else:
        done = "taken away" if waiting.file is None else "put in"
        _log.info("{id}: {kind} {lang} were {done}", event="track_changed", done=done, audit=True, **facts)
    return QueueResult(waiting, why)


def _convert_and_put(disk: Disk, layout: Layout, waiting: WaitingUpload) -> None:
    note, key = waiting.note, waiting.key
    assert waiting.file is not None
    text = convert(disk, waiting.file, waiting.path.parent, note.content_type, note.original_filename)
    try:
        label = note.label or english_name(key.lang)
        put_track(disk, layout, note.record_id, Track(key.kind, key.lang, label, TrackSource.UPLOAD, text))
    finally:
        disk.unlink(text)
