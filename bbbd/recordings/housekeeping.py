"""Periodic work on recordings: imports new archives, erases recordings older than the settings allow."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from bbbd.clock import Clock
from bbbd.limits import Limit, Refused
from bbbd.recordings.importer import ImportOutcome, recording_ids
from bbbd.recordings.index import MetadataKey
from bbbd.recordings.layout import Place
from bbbd.recordings.library import Library
from bbbd.recordings.retention import DAY, erase_deleted, erase_raw
from bbbd.recordings.spool import Requests, Spool
from bbbd.settings.current import CurrentSettings
from bbbd.storage.disk import Disk
from bbbd.storage.group_commit import Thread

_log = Logger()


class Housekeeping:
    """Imports and erases for one library. Each of the two jobs runs at most once at a time.

    ``refused`` counts refused archives.
    """

    def __init__(
        self,
        *,
        library: Library,
        disk: Disk,
        clock: Clock,
        worker: Thread,
        current: CurrentSettings,
        requests: Requests,
        spools: Sequence[Spool],
        refused: Refused,
    ) -> None:
        self._refused = refused
        self._library = library
        self._disk = disk
        self._clock = clock
        self._worker = worker
        self._current = current
        self._requests = requests
        self._spools = spools
        #: Called with the ids of imported recordings whose applications are to be notified.
        self.import_listeners: list[Callable[[list[str]], Coroutine[Any, Any, None]]] = []
        self._busy: set[str] = set()

    @property
    def busy(self) -> bool:
        """Whether old recordings are being erased: the one job here that depends on the clock."""
        return "erasing" in self._busy

    @property
    def is_importing(self) -> bool:
        """Whether archives are being searched for or imported."""
        return "import" in self._busy

    @property
    def waiting(self) -> int:
        """The number of archives that wait for their import."""
        return self._requests.waiting + sum(spool.waiting for spool in self._spools)

    def delete_unfinished(self) -> None:
        """Delete what a kill left unfinished of requests, spools and erasures; called at start. Waits for the disk."""
        self._requests.delete_unfinished(self._clock.now().wall)
        for spool in self._spools:
            spool.delete_unfinished()
        layout = self._library.layout
        for directory in (layout.captions, layout.recording / "raw"):
            self._disk.sweep(directory)

    def import_new(self) -> None:
        """Import the archives that have arrived."""
        self._begin("import", self._import_new)

    def erase_expired(self) -> None:
        """Erase recordings that are older than the settings allow."""
        self._begin("erasing", self._erase_expired)

    def _begin(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if name in self._busy:
            return
        self._busy.add(name)
        done = Deferred.fromCoroutine(work())
        done.addErrback(lambda failure: _log.failure("{what} failed", failure, event="keeping_failed", what=name))
        done.addCallback(lambda _none: self._busy.discard(name))

    async def _import_new(self) -> None:
        await self._library.ready()
        protect = self._current.settings.protect_recordings
        if answers := await self._worker(partial(self._requests.carry_out, protect=protect)):
            await self._library.refresh()
            ready = [
                record_id for done in answers.values() if done.notify for record_id in recording_ids(done.outcomes)
            ]
            for listener in self.import_listeners:
                await listener(ready)
            await self._worker(partial(self._requests.answer, answers))
            results = (one for done in answers.values() for one in done.outcomes)
            self._count(sum(one.outcome is ImportOutcome.REFUSED for one in results))
        for spool in self._spools:
            if await self._worker(partial(spool.import_new, protect=protect)):
                await self._library.refresh()
            refused, spool.refused = spool.refused, 0
            self._count(refused)

    def _count(self, refused: int) -> None:
        for _one in range(refused):
            self._refused(None, Limit.ARCHIVE)

    async def _erase_expired(self) -> None:
        await self._library.ready()
        settings, now, layout = self._current.settings, self._clock.now().wall, self._library.layout
        erased = await self._worker(lambda: erase_deleted(self._disk, layout, now, settings.deleted_kept_days))
        raw = await self._worker(lambda: erase_raw(self._disk, layout, now, settings.raw_kept_days))
        for path in (*erased, *raw):
            _log.info(
                "{path} was erased: it was older than the settings allow", event="erased", path=str(path), audit=True
            )
        for record_id in self._unpublished(now, settings.unpublished_kept_days):
            try:
                await self._library.delete((record_id,))
            except (OSError, ValueError, LookupError) as fault:
                _log.error("{id} cannot be deleted: {why}", event="keeping_failed", id=record_id, why=str(fault))
                continue
            _log.info(
                "{id} was deleted: it was unpublished for longer than the settings allow",
                event="deleted",
                id=record_id,
                audit=True,
            )
        if erased:
            await self._library.refresh()

    def _unpublished(self, now: int, days: int) -> list[str]:
        """Return the recordings whose formats have all been unpublished, and unchanged, for so many days."""
        if not days:
            return []
        index = self._library.index

        def is_old(key: MetadataKey) -> bool:
            stamp = index.stamp_of(key)
            return key.place is Place.UNPUBLISHED and stamp is not None and now - stamp.mtime // 1_000_000 > days * DAY

        directories = [(*one, ids) for one, ids in index.stamps.items() if one[0] is Place.UNPUBLISHED]
        keys = (MetadataKey(place, form, one) for place, form, ids in directories for one in ids)
        ids = dict.fromkeys(key.record_id for key in keys if is_old(key))
        return [one for one in ids if all(is_old(key) for key in index.keys_of(one) if key.place is not Place.DELETED)]
