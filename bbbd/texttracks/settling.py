"""Does what the inbox asks for, one after the other: converts an upload and puts it into its recording."""

from __future__ import annotations

from typing import NamedTuple

from twisted.logger import Logger

from bbbd.disk import Disk
from bbbd.recordings.layout import Layout
from bbbd.texttracks.changing import put_track, remove_track
from bbbd.texttracks.converting import Unconvertible, convert
from bbbd.texttracks.inbox import Inbox, Waiting
from bbbd.texttracks.indexes import Source, Track, exists
from bbbd.texttracks.languages import english_name

_log = Logger()


class Settled(NamedTuple):
    """What became of a note: ``why`` it was dropped, empty when it was done."""

    waiting: Waiting
    why: str = ""


def settle_all(disk: Disk, layout: Layout, inbox: Inbox) -> list[Settled]:
    """Do all that waits, the oldest first, and return what became of it. Waits long.

    What the disk does not take now waits on, and holds up what comes later for the same recording alone.
    """
    settled: list[Settled] = []
    stuck: set[str] = set()
    for waiting in inbox.waiting():
        if waiting.note.record_id in stuck:
            continue
        try:
            settled.append(_settle(disk, layout, inbox, waiting))
        except OSError as fault:
            stuck.add(waiting.note.record_id)
            _log.error("{path} waits on: {why}", event="track_waits", path=str(waiting.path), why=str(fault))
    return settled


def _settle(disk: Disk, layout: Layout, inbox: Inbox, waiting: Waiting) -> Settled:
    note, key = waiting.note, waiting.key
    facts = {"id": note.record_id, "kind": key.kind.value, "lang": key.lang}
    why = ""
    if not exists(layout, note.record_id):
        why = "the recording is gone"
    elif waiting.file is None:
        remove_track(disk, layout, note.record_id, key)
    elif not waiting.file.is_file():
        why = "its file is gone"
    else:
        try:
            _put(disk, layout, waiting)
        except Unconvertible as fault:
            why = str(fault)
    inbox.done(waiting)
    if why:
        _log.warn("{id}: {kind} {lang} stay as they are: {why}", event="track_refused", why=why, **facts)
    else:
        done = "taken away" if waiting.file is None else "put in"
        _log.info("{id}: {kind} {lang} were {done}", event="track_changed", done=done, audit=True, **facts)
    return Settled(waiting, why)


def _put(disk: Disk, layout: Layout, waiting: Waiting) -> None:
    note, key = waiting.note, waiting.key
    assert waiting.file is not None
    text = convert(disk, waiting.file, waiting.path.parent, note.content_type, note.original_filename)
    try:
        label = note.label or english_name(key.lang)
        put_track(disk, layout, note.record_id, Track(key.kind, key.lang, label, Source.UPLOAD, text))
    finally:
        disk.unlink(text)
