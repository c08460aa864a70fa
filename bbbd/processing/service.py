"""The queue of recordings: it finds those that wait on the disk, and takes them through their steps, a few at a time.

There is no other list of work than the tickets on disk (``status_files.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from bbbd.clock import Clock
from bbbd.processing.child_process import ProcessingProcesses
from bbbd.processing.steps import Outcome, Steps
from bbbd.recordings.library import Library
from bbbd.recordings.uploaded_media import is_held
from bbbd.settings.current import CurrentSettings
from bbbd.storage.free_disk import FreeDisk
from bbbd.storage.group_commit import SyncFailed, Thread

_log = Logger()


class StepListener(Protocol):
    """Learns that a step of a recording began (``took`` is None) or ended, after so many milliseconds."""

    def __call__(self, name: str, record_id: str, took: int | None, *, success: bool) -> None:
        """``name`` is that of hooks, without ``rap-``: ``process-started``, say."""


class RecordingQueue:
    """Makes recordings of ended meetings. ``worker`` waits for the disk, ``jobs`` for processing."""

    def __init__(
        self,
        *,
        steps: Steps,
        processes: ProcessingProcesses,
        library: Library,
        worker: Thread,
        jobs: Thread,
        current: CurrentSettings,
        free_disk: FreeDisk,
        clock: Clock,
    ) -> None:
        self._steps = steps
        self._clock = clock
        self._processes = processes
        self._library = library
        self._worker = worker
        self._jobs = jobs
        self._current = current
        self._free_disk = free_disk
        #: Recordings that wait for a turn, in order, and those in work.
        self._due: dict[str, None] = {}
        self._in_work: set[str] = set()
        #: Those whose meetings have just ended.
        self._new: set[str] = set()
        #: Those that wait for what pages still send.
        self._held: set[str] = set()
        self._looking = self._stopped = self._told_of_disk = False
        #: Called with the id of each new recording, when its files are in their place.
        self.ready_listeners: list[Callable[[str], Coroutine[Any, Any, None]]] = []
        #: Called at the begin and the end of each step.
        self.step_listeners: list[StepListener] = []

    @property
    def busy(self) -> bool:
        """Whether a recording is in work, or waits for its turn."""
        return bool(self._in_work or self._due or self._new)

    @property
    def running(self) -> int:
        """The number of recordings in work."""
        return len(self._in_work)

    @property
    def waiting(self) -> int:
        """The number of recordings that wait for their turn."""
        return len(self._due.keys() | self._new | self._held)

    def start(self) -> None:
        """Remove what a kill left unfinished, and begin the recordings that wait. Waits for the disk."""
        self._steps.sweep()
        self.look()

    def stop(self) -> None:
        """Begin nothing more, and end what is in work; the next start does it again."""
        self._stopped = True
        self._due.clear()
        self._processes.stop()

    def kept(self, record_id: str) -> None:
        """Begin with a recording whose meeting has ended; it shows at once."""
        self._new.add(record_id)
        self._run(self._begin(record_id))

    async def _begin(self, record_id: str) -> None:
        try:
            if await self._worker(lambda: self._steps.status.ticket(record_id)) is None:
                return
            await self._library.reread(record_id)
            self._tell("archive-started", record_id)
            self._tell("archive-ended", record_id, 0)
            if not await self._is_held(record_id):
                self._add(record_id)
        finally:
            self._new.discard(record_id)
        self._begin_next()

    def look(self) -> None:
        """Begin the recordings that wait: those that a kill or the disk held up, and those that are to be rebuilt."""
        if not self._looking and not self._stopped:
            self._looking = True
            self._run(self._look())

    async def _look(self) -> None:
        try:
            for record_id in await self._worker(self._steps.status.waiting):
                if record_id in self._due or record_id in self._in_work or self._stopped:
                    continue
                if record_id not in self._held:
                    await self._worker(partial(self._steps.prepare, record_id))
                    await self._library.reread(record_id)
                if not await self._is_held(record_id):
                    self._add(record_id)
        finally:
            self._looking = False
        self._begin_next()

    async def _is_held(self, record_id: str) -> bool:
        held = await self._worker(partial(is_held, self._steps.status.raw(record_id), self._clock.now().wall))
        if held:
            self._held.add(record_id)
        else:
            self._held.discard(record_id)
        return held

    def _add(self, record_id: str) -> None:
        if record_id not in self._in_work and not self._stopped:
            self._due.setdefault(record_id)

    def _begin_next(self) -> None:
        if self._due and self._free_disk.is_low:
            if not self._told_of_disk:
                _log.error("recordings wait: the disk is nearly full", event="recording_waits")
            self._told_of_disk = True
            self._due.clear()
            return
        self._told_of_disk = False
        while self._due and len(self._in_work) < self._current.settings.processing_jobs:
            record_id = next(iter(self._due))
            del self._due[record_id]
            self._in_work.add(record_id)
            self._run(self._make(record_id))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        def failed(failure: Failure) -> None:
            if failure.check(OSError, SyncFailed):
                why = failure.getErrorMessage()
                _log.error("a recording waits: {why}", event="recording_waits", why=why)
            else:
                _log.failure("a recording waits", failure, event="recording_waits")

        Deferred.fromCoroutine(work).addErrback(failed)

    async def _make(self, record_id: str) -> None:
        outcome = Outcome.WAITS
        try:
            outcome = await self._through_all_steps(record_id)
        finally:
            self._in_work.discard(record_id)
            if outcome is not Outcome.WAITS:
                await self._library.reread(record_id)
            self._begin_next()

    async def _through_all_steps(self, record_id: str) -> Outcome:
        steps = self._steps
        if not await self._worker(partial(steps.is_processed, record_id)):
            outcome = await self._process(record_id)
            if outcome is not Outcome.DONE:
                return outcome
        return await self._publish(record_id)

    async def _process(self, record_id: str) -> Outcome:
        _log.info("{id}: processing begins", event="recording_processing", id=record_id)
        self._tell("process-started", record_id)
        outcome, took, _lacks = await self._jobs(partial(self._steps.process, record_id))
        if outcome is not Outcome.WAITS:
            self._tell("process-ended", record_id, took, success=outcome is Outcome.DONE)
        if outcome is Outcome.DONE:
            await self._library.reread(record_id)
            _log.info("{id}: processed in {ms} ms", event="recording_processed", id=record_id, ms=took)
        return outcome

    async def _publish(self, record_id: str) -> Outcome:
        steps = self._steps
        self._tell("publish-started", record_id)
        outcome = await self._worker(partial(steps.publish, record_id))
        if outcome is not Outcome.DONE:
            if outcome is Outcome.FAILED:
                self._tell("publish-ended", record_id, 0, success=False)
            return outcome
        await self._library.reread(record_id)
        for listener in self.ready_listeners:
            await listener(record_id)
        if await self._worker(partial(steps.export, record_id)) is Outcome.WAITS:
            return Outcome.WAITS
        await self._worker(partial(steps.finish, record_id))
        found = self._library.index.find(record_id)
        _log.info(
            "{id}: the recording is {state}",
            event="recording_published",
            id=record_id,
            state=found.place.value if found else "gone",
            audit=True,
        )
        return Outcome.DONE

    def _tell(self, name: str, record_id: str, took: int | None = None, *, success: bool = True) -> None:
        for listener in self.step_listeners:
            listener(name, record_id, took, success=success)
