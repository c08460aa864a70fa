"""Text track service of one server: lists tracks, and takes uploads into the inbox."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

import msgspec
from twisted.internet.defer import Deferred, DeferredLock
from twisted.logger import Logger
from twisted.python.failure import Failure

from bbbd.clock import Clock
from bbbd.metrics.counting import Metrics
from bbbd.metrics.declarations import CONVERSIONS
from bbbd.recordings.layout import Layout
from bbbd.storage.disk import Disk
from bbbd.storage.group_commit import Thread
from bbbd.storage.spooled_body import SpooledBody
from bbbd.texttracks.conversion_queue import process
from bbbd.texttracks.inbox import Inbox, InboxNote, WaitingUpload
from bbbd.texttracks.indexes import Track, is_inside, tracks_of
from bbbd.texttracks.track_changes import restore_in_player

_log = Logger()

#: Bytes of an upload buffered in memory: few, since there may be many uploads at once.
_MOST_WAITING = 128 << 10


class TextTracks:
    """Lists text tracks, stores uploads and processes them. ``worker`` runs blocking functions."""

    def __init__(self, disk: Disk, layout: Layout, clock: Clock, worker: Thread, metrics: Metrics) -> None:
        self.layout = layout
        self._disk = disk
        self._clock = clock
        self._worker = worker
        self._metrics = metrics
        self._inbox = Inbox(disk, layout)
        self._adding = DeferredLock()
        self._processing = False
        self._again = self._stopped = False
        #: How many uploads are being processed, 0 or 1, and how many wait, as the last look found.
        self.running = self.waiting = 0

    @property
    def busy(self) -> bool:
        """True while the inbox is processed."""
        return self._processing

    def start(self) -> None:
        """Delete unfinished uploads and process the inbox. Blocks on the disk."""
        self._inbox.delete_unfinished()
        self._inbox.waiting()
        self.process_inbox()

    def select(self, record_id: str) -> Deferred[list[Track]]:
        """Return the tracks of a recording whose files exist. The record id must be validated before."""
        return self._worker(lambda: [track for track in tracks_of(self.layout, record_id) if is_inside(track.path)])

    def incoming(self, pause: Callable[[], None], resume: Callable[[], None]) -> SpooledBody:
        """Return the spool file for the body of an upload."""
        return SpooledBody(self._disk, self._inbox.directory, self._worker, pause, resume, most_waiting=_MOST_WAITING)

    async def add(self, note: InboxNote, file: SpooledBody | None) -> None:
        """Add an upload to the inbox; without a file it removes the track. Order is kept. Raises ``OSError``."""
        if file is not None:
            file.hold()
        await self._adding.acquire()
        try:
            number = self._inbox.number(self._clock.now().wall)
            name = ""
            if file is not None:
                await file.keep(name := f"{note.record_id}-{number}-track.txt")
            await self._worker(partial(self._add, number, msgspec.structs.replace(note, temp_filename=name)))
        finally:
            self._adding.release()
        self.process_inbox()

    def _add(self, number: int, note: InboxNote) -> None:
        try:
            self._inbox.add(number, note)
        except OSError:
            if note.temp_filename:
                self._disk.unlink(self._inbox.directory / note.temp_filename)
            raise

    def process_inbox(self) -> None:
        """Process the inbox; if that is running already, run it once more afterwards."""
        self._again = True
        if self._processing:
            return
        self._processing = True

        def failed(failure: Failure) -> None:
            _log.failure("the inbox of text tracks could not be processed", failure, event="tracks_failed")

        def done(_none: object) -> None:
            self._processing = False

        Deferred.fromCoroutine(self._process_inbox()).addErrback(failed).addBoth(done)

    async def _process_inbox(self) -> None:
        while self._again and not self._stopped:
            self._again = False
            stuck: set[str] = set()
            found = await self._worker(self._inbox.waiting)
            self.waiting = len(found)
            for waiting in found:
                if self._stopped:
                    return
                if waiting.note.record_id not in stuck and not await self._process(waiting):
                    stuck.add(waiting.note.record_id)

    async def _process(self, waiting: WaitingUpload) -> bool:
        """Process an upload; return whether it is settled."""
        self.waiting -= 1
        self.running = 1
        try:
            result = await self._worker(partial(process, self._disk, self.layout, self._inbox, waiting))
        finally:
            self.running = 0
        if result is None:
            self.waiting += 1
        elif waiting.file is not None:
            self._metrics.count(CONVERSIONS, "tracks", "failed" if result.why else "done")
        return result is not None

    def stop(self) -> None:
        """Process no further uploads; the rest is processed after the next start."""
        self._stopped = True

    def restore_in_players(self, record_ids: Collection[str]) -> None:
        """Restore uploaded tracks in the player's index of recordings that were rebuilt."""

        def failed(failure: Failure) -> None:
            _log.failure("text tracks could not be restored in a player's index", failure, event="tracks_failed")

        self._worker(partial(self._restore, tuple(record_ids))).addErrback(failed)

    def _restore(self, record_ids: tuple[str, ...]) -> None:
        for record_id in record_ids:
            if (self.layout.captions / record_id).is_dir() and restore_in_player(self._disk, self.layout, record_id):
                _log.info("{id}: text tracks restored in the player's index", event="tracks_mended", id=record_id)
