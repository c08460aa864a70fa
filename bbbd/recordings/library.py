"""The recordings of one server: keeps the index up to date, and makes changes one after the other."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from bbbd.clock import Clock
from bbbd.recordings.index import FileStamp, Index, MetadataKey
from bbbd.recordings.index_snapshot import write_snapshot
from bbbd.recordings.layout import Layout, Place
from bbbd.recordings.loading import LoadedIndex, load_index
from bbbd.recordings.metadata import Metadata
from bbbd.recordings.queries import Found, RecordingQuery, selecting
from bbbd.recordings.scan import ScanResult, read_file, read_recording, scan
from bbbd.recordings.transactions import TransactionRunner, TransactionStep, edit_steps, move_steps
from bbbd.storage.disk import Disk
from bbbd.storage.group_commit import Thread

_log = Logger()

#: Formats that are added to the index in one turn of the reactor.
_SLICE = 100
#: The snapshot is written anew once one in so many has changed: that of a hundred thousand recordings has 110 MB, and a
#: start reads the few that are not in it.
_WORTH_KEEPING = 100
#: Milliseconds after which a snapshot that the disk did not take is tried again: all of it is written, and in vain.
_TRY_AGAIN = 3_600_000


class UnknownRecording(LookupError):
    """No published or unpublished recording has this id."""


class Library:
    """Finds recordings in ``index`` and changes them. ``worker`` runs blocking functions."""

    def __init__(self, disk: Disk, layout: Layout, clock: Clock, timer: IReactorTime, worker: Thread) -> None:
        self.index = Index()
        self.layout = layout
        self._disk = disk
        self._clock = clock
        self._timer = timer
        self._worker = worker
        self._transactions = TransactionRunner(disk, layout)
        self._broken: dict[MetadataKey, tuple[FileStamp, str]] = {}
        self._unseen: dict[str, str] = {}
        #: Formats that have changed since the snapshot was written.
        self._unkept = 0
        #: The steady time from which on a snapshot is tried again that could not be written.
        self._keep_again: int | None = None
        self._lock = DeferredLock()
        #: Held while tables of the index are made.
        self._making = DeferredLock()
        self._ready = False
        self._waiting: list[Deferred[None]] = []
        #: Called with the ids of recordings that somebody else added or changed.
        self.listeners: list[Callable[[set[str]], None]] = []
        #: Called with the ids of recordings that a call moved, and their new place.
        self.move_listeners: list[Callable[[tuple[str, ...], Place], None]] = []

    @property
    def broken(self) -> dict[MetadataKey, str]:
        """The files that cannot be read, each with the reason."""
        return {key: why for key, (_stamp, why) in self._broken.items()}

    @property
    def busy(self) -> bool:
        """Whether a scan or a change is running."""
        return self._lock.locked

    def ready(self) -> Deferred[None]:
        """Fire once the first scan is complete."""
        waiter: Deferred[None] = Deferred()
        if self._ready:
            waiter.callback(None)
        else:
            self._waiting.append(waiter)
        return waiter

    def start(self) -> None:
        """Finish interrupted changes, and start the first scan."""
        self._start(self._locked(self._first_scan))

    def look(self) -> None:
        """Scan for the changes of others, unless a scan or a change is running."""
        if not self._lock.locked:
            self._start(self._locked(self._scan if self._ready else self._first_scan))

    async def refresh(self) -> None:
        """Scan for new recordings, after the running scan or change."""
        await self.ready()
        await self._locked(self._scan)

    async def reread(self, record_id: str) -> None:
        """Read the files of one recording, after the running scan or change: cheaper than a scan of all."""
        await self.ready()
        await self._locked(lambda: self._reread(record_id))

    async def _reread(self, record_id: str) -> None:
        added = await self._worker(lambda: read_recording(self.layout, record_id))
        changed = any(self.index.stamp_of(key) != stamp for key, stamp, _metadata in added)
        there = {key for key, _stamp, _metadata in added}
        self.index.change([key for key in self.index.keys_of(record_id) if key not in there], added)
        if changed:
            self._unkept += 1
        for listener in self.listeners if changed else ():
            listener({record_id})

    def _start(self, work: Coroutine[Any, Any, object]) -> None:
        def failed(failure: Failure) -> None:
            _log.failure("the scan of recordings failed", failure, event="scan_failed")

        Deferred.fromCoroutine(work).addErrback(failed)

    async def _locked(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        await self._lock.acquire()
        try:
            await work()
        finally:
            self._lock.release()

    async def _first_scan(self) -> None:
        loaded = await self._worker(self._load_index)
        self.index = loaded.index
        await self._apply(loaded.changes)
        if not loaded.is_from_snapshot:
            self._unkept += len(self.index) or 1
        self._ready = True
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            waiter.callback(None)
        await self._keep()

    def _load_index(self) -> LoadedIndex:
        self._transactions.finish()
        return load_index(self.layout)

    async def _scan(self) -> None:
        try:
            await self._worker(self._transactions.mend)
        except OSError as fault:
            _log.error("a change of recordings stays half done: {why}", event="move_unfinished", why=str(fault))
        changes = await self._worker(lambda: scan(self.layout, self.index.stamps, self._broken))
        await self._apply(changes)
        if changes.added:
            added = {key.record_id for key, _stamp, _metadata in changes.added}
            for listener in self.listeners:
                listener(added)
        await self._keep()

    async def _apply(self, changes: ScanResult) -> None:
        """Bring the index up to date."""
        self._log_problems(changes)
        self._unkept += len(changes.removed) + len(changes.added)
        for begin in range(0, len(changes.removed), _SLICE):
            self.index.change(changes.removed[begin : begin + _SLICE], ())
            await self._next_turn()
        for begin in range(0, len(changes.added), _SLICE):
            self.index.change((), changes.added[begin : begin + _SLICE])
            await self._next_turn()

    async def _keep(self) -> None:
        """Keep the index for the next start, if enough has changed. Nothing changes it meanwhile."""
        index, path, now = self.index, self.layout.snapshot, self._clock.now().steady
        if not self._unkept or self._unkept * _WORTH_KEEPING < len(index):
            return
        if self._keep_again is not None and now < self._keep_again:
            return
        try:
            await self._worker(lambda: write_snapshot(self._disk, path, len(index), index.parts()))
            self._unkept, self._keep_again = 0, None
        except OSError as fault:
            # It is only a cache; a full disk must not hide the recordings.
            if self._keep_again is None:
                _log.error("the index is not kept for the next start: {why}", event="index_unwritten", why=str(fault))
            self._keep_again = now + _TRY_AGAIN

    async def select(self, query: RecordingQuery) -> Found:
        """Return one page of the recordings that match, newest first, and the number of all that match."""
        await self.ready()
        names = [name for name, _pattern in query.meta]
        while self.index.missing_tables(names):
            await self._make_tables(names)
        steps = selecting(self.index, query)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                found: Found = end.value
                return found
            await self._next_turn()

    async def _make_tables(self, names: list[str]) -> None:
        """Make the tables of names that are missing, in a thread; scans and changes do not wait for it."""
        await self._making.acquire()
        try:
            if self.index.missing_tables(names):
                with self.index.making_tables(names) as fill:
                    await self._worker(fill)
        finally:
            self._making.release()

    def _next_turn(self) -> Deferred[None]:
        """Give the reactor a turn."""
        return deferLater(self._timer, 0)

    def _log_problems(self, changes: ScanResult) -> None:
        for key, (stamp, why) in changes.unreadable.items():
            if self._broken.get(key, (None, ""))[0] != stamp:
                _log.warn(
                    "{path} is not listed: {why}",
                    event="recording_left_out",
                    why=why,
                    path=str(self.layout.metadata(key.place, key.format, key.record_id)),
                )
        for path, why in changes.unseen.items():
            if path not in self._unseen:
                _log.error("{path} cannot be scanned: {why}", event="recordings_unseen", path=path, why=why)
        self._broken, self._unseen = changes.unreadable, changes.unseen

    def _keys(self, record_ids: tuple[str, ...], places: tuple[Place, ...]) -> list[MetadataKey]:
        keys = []
        for record_id in dict.fromkeys(record_ids):
            own = [key for key in self.index.keys_of(record_id) if key.place in places]
            if not own:
                raise UnknownRecording(record_id)
            keys += own
        return keys

    async def publish(self, record_ids: tuple[str, ...], *, publish: bool) -> None:
        """Publish or unpublish recordings, all or none.

        Raises ``UnknownRecording``, ``UnreadableMetadata`` and ``OSError``.
        """
        target = Place.PUBLISHED if publish else Place.UNPUBLISHED
        await self._change(record_ids, lambda keys: move_steps(keys, target))
        self._notify_moved(record_ids, target)

    def _notify_moved(self, record_ids: tuple[str, ...], target: Place) -> None:
        for listener in self.move_listeners:
            listener(record_ids, target)

    async def delete(self, record_ids: tuple[str, ...]) -> None:
        """Move recordings to ``deleted``, all or none. Raises as ``publish``."""
        now = self._clock.now().wall
        await self._change(record_ids, lambda keys: move_steps(keys, Place.DELETED, deleted_at=now))
        self._notify_moved(record_ids, Place.DELETED)

    async def update(self, record_ids: tuple[str, ...], meta: Mapping[str, str], protected: str = "") -> None:
        """Set metadata (an empty value removes it) in all formats of recordings, or in none. Raises as ``publish``."""
        await self._change(record_ids, lambda keys: edit_steps(keys, meta, protected))

    async def _change(
        self, record_ids: tuple[str, ...], steps_of: Callable[[list[MetadataKey]], tuple[TransactionStep, ...]]
    ) -> None:
        await self.ready()
        await self._lock.acquire()
        try:
            keys = self._keys(record_ids, (Place.PUBLISHED, Place.UNPUBLISHED))
            steps = steps_of(keys)
            if steps:
                try:
                    changed = await self._worker(lambda: self._do(steps))
                except BaseException:
                    await self._scan()
                    raise
                self.index.change([MetadataKey(step.source, step.format, step.record_id) for step in steps], changed)
                self._unkept += len(changed)
        finally:
            self._lock.release()

    def _do(self, steps: tuple[TransactionStep, ...]) -> list[tuple[MetadataKey, FileStamp, Metadata]]:
        self._transactions.do(steps)
        added = []
        for step in steps:
            key = MetadataKey(step.target, step.format, step.record_id)
            path = self.layout.metadata(*key)
            status = path.stat()
            added.append((key, FileStamp(status.st_mtime_ns, status.st_size), read_file(key, str(path))))
        return added
