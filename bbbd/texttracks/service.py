"""The text tracks of one server's recordings: found on disk, and changed by uploads, which wait in the inbox."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

import msgspec
from twisted.internet.defer import Deferred, DeferredLock
from twisted.logger import Logger
from twisted.python.failure import Failure

from bbbd.clock import Clock
from bbbd.recordings.layout import Layout
from bbbd.storage.disk import Disk
from bbbd.storage.group_commit import Thread
from bbbd.storage.spooled_body import SpooledBody
from bbbd.texttracks.conversion_queue import process
from bbbd.texttracks.inbox import Inbox, InboxNote
from bbbd.texttracks.indexes import Track, is_inside, tracks_of
from bbbd.texttracks.track_changes import restore_in_player

_log = Logger()

#: Bytes of an upload that may wait for the disk: few, since many may come at once.
_MOST_WAITING = 128 << 10


class TextTracks:
    """Finds text tracks, keeps uploads and has them done. ``worker`` runs what waits for the disk."""

    def __init__(self, disk: Disk, layout: Layout, clock: Clock, worker: Thread) -> None:
        self.layout = layout
        self._disk = disk
        self._clock = clock
        self._worker = worker
        self._inbox = Inbox(disk, layout)
        self._adding = DeferredLock()
        self._processing = False
        self._again = self._stopped = False

    @property
    def busy(self) -> bool:
        """Whether uploads are being done."""
        return self._processing

    def start(self) -> None:
        """Remove what was left unfinished. Waits for the disk."""
        self._inbox.delete_unfinished()
        self._inbox.waiting()
        self.process_inbox()

    def select(self, record_id: str) -> Deferred[list[Track]]:
        """Return the tracks of a recording whose files are there; its id has passed its pattern."""
        return self._worker(lambda: [track for track in tracks_of(self.layout, record_id) if is_inside(track.path)])

    def incoming(self, pause: Callable[[], None], resume: Callable[[], None]) -> SpooledBody:
        """Return where the file of an upload goes while it comes."""
        return SpooledBody(self._disk, self._inbox.directory, self._worker, pause, resume, most_waiting=_MOST_WAITING)

    async def add(self, note: InboxNote, file: SpooledBody | None) -> None:
        """Have an upload wait, or without a file a track's end; what is kept later is done later. ``OSError``."""
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
        """Do what waits, unless that is under way; then it is looked for once more."""
        self._again = True
        if self._processing:
            return
        self._processing = True

        def failed(failure: Failure) -> None:
            _log.failure("the inbox of text tracks could not be worked on", failure, event="tracks_failed")

        def done(_none: object) -> None:
            self._processing = False

        Deferred.fromCoroutine(self._process_inbox()).addErrback(failed).addBoth(done)

    async def _process_inbox(self) -> None:
        while self._again and not self._stopped:
            self._again = False
            stuck: set[str] = set()
            for waiting in await self._worker(self._inbox.waiting):
                if self._stopped:
                    return
                record_id = waiting.note.record_id
                if record_id in stuck:
                    continue
                if await self._worker(partial(process, self._disk, self.layout, self._inbox, waiting)) is None:
                    stuck.add(record_id)

    def stop(self) -> None:
        """Begin nothing more; what waits is done at the next start."""
        self._stopped = True

    def restore_in_players(self, record_ids: Collection[str]) -> None:
        """Put uploads back into the player's index of recordings that came anew."""

        def failed(failure: Failure) -> None:
            _log.failure("a player's index could not be mended", failure, event="tracks_failed")

        self._worker(partial(self._restore, tuple(record_ids))).addErrback(failed)

    def _restore(self, record_ids: tuple[str, ...]) -> None:
        for record_id in record_ids:
            if (self.layout.captions / record_id).is_dir() and restore_in_player(self._disk, self.layout, record_id):
                _log.info("{id}: its text tracks are in the player again", event="tracks_mended", id=record_id)
