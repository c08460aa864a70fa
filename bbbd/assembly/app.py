"""One server: all its parts, its site and its periodic tasks. The daemon, developer mode and the tests make it here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import Resource

import bbbd.callbacks.parts
import bbbd.live.parts
import bbbd.media.parts
import bbbd.meetings.parts
import bbbd.monitoring.parts
import bbbd.playback.parts
import bbbd.processing.parts
import bbbd.recordings.parts
import bbbd.slides.parts
import bbbd.texttracks.parts
import bbbd.uploads.parts
from bbbd.api.describe import DescriptionCache
from bbbd.api.join_links import join_link
from bbbd.api.server import Server
from bbbd.assembly.periodic_tasks import PeriodicTask, PeriodicTasks
from bbbd.assembly.routes import RoutedBodyPolicy, Routes
from bbbd.callbacks.outbox import MOST_DUE
from bbbd.environment import Environment
from bbbd.http.access_log import AccessLog
from bbbd.http.body_budget import BodyBudget
from bbbd.http.site import Site
from bbbd.http.token_rate_limit import TokenRateLimit
from bbbd.meetings import timers
from bbbd.meetings.draining import Draining
from bbbd.meetings.journal import COMPACT_PAST
from bbbd.meetings.restore import restore
from bbbd.metrics.declarations import CLOCK_JUMPS
from bbbd.page.files import bundled
from bbbd.settings.current import CurrentSettings
from bbbd.slides.page_store import PageStore
from bbbd.slides.references import PageReferences
from bbbd.storage.free_disk import FreeDisk
from bbbd.storage.group_commit import GroupCommit

_log = Logger()


def no_progress() -> None:
    """Show no progress."""


def _bare(api: Resource) -> Resource:
    return api


class App:
    """One server. Call ``start`` before it is listened to, ``stop`` at the end.

    Each package makes its own parts; their arguments say in which order. ``before_api`` returns the resource that
    stands before the API.
    """

    def __init__(
        self,
        current: CurrentSettings,
        environment: Environment,
        *,
        compact_past: int = COMPACT_PAST,
        most_due: int = MOST_DUE,
        before_api: Callable[[Resource], Resource] = _bare,
    ) -> None:
        disk = environment.disk
        self._current = current
        self._environment = environment
        self._free_disk = free_disk = FreeDisk(disk, environment.thread, current)
        self.access = AccessLog(environment.observer, environment.clock, environment.metrics)
        self.guesses = guesses = TokenRateLimit(self.access.refused)
        rounds = GroupCommit(disk, environment.thread, current, environment.metrics)
        store = PageStore(disk, current.settings.directory)
        references = PageReferences(store, environment.thread)
        self._recordings = recordings = bbbd.recordings.parts.make(environment, current, refused=self.access.refused)
        tracks = bbbd.texttracks.parts.make(environment, recordings)
        processing = bbbd.processing.parts.make(environment, current, recordings=recordings, free_disk=free_disk)
        self._recording_queue = processing.queue
        callbacks = bbbd.callbacks.parts.make(
            environment, current, rounds=rounds, recordings=recordings, refused=self.access.refused, most_due=most_due
        )
        self._meetings = meetings = bbbd.meetings.parts.make(
            environment,
            current,
            rounds=rounds,
            pages=references,
            recorder=processing.recorder,
            publisher=callbacks.publisher.foretell,
            compact_past=compact_past,
        )
        self.slides = bbbd.slides.parts.make(
            environment,
            current,
            meetings=meetings,
            store=store,
            references=references,
            free_disk=free_disk,
            refused=self.access.refused,
        )
        processing.queue.ready_listeners.append(callbacks.recordings.made)
        processing.queue.step_listeners.append(callbacks.recordings.stepped)
        live = bbbd.live.parts.make(
            environment,
            current,
            rounds=rounds,
            meetings=meetings,
            page_store=store,
            free_disk=free_disk,
            guesses=guesses,
            page_version=bundled(modules=current.settings.page_modules).version,
            refused=self.access.refused,
            join_link=partial(join_link, current),
        )
        playback = bbbd.playback.parts.make(environment, current, recordings=recordings, free_disk=free_disk)
        self.meetings, self.hub, self.outgoing = meetings.meetings, live.hub, callbacks.outgoing
        self.server = Server(
            current=current,
            meetings=meetings.meetings,
            expired_tokens=meetings.expired_tokens,
            rounds=rounds,
            documents=meetings.documents,
            configs=meetings.configs,
            library=recordings.library,
            tracks=tracks,
            track_links=playback.track_links,
            hooks=callbacks.hooks,
            outbox=callbacks.outbox,
            look_at_url=callbacks.outgoing.warn_of,
            worker=environment.worker,
            protection=playback.protection,
            free_disk=free_disk,
            draining=Draining(current.settings.directory, environment.thread),
            metrics=environment.metrics,
            descriptions=DescriptionCache(environment.turns),
        )
        self.meetings.listeners += [
            self.server.descriptions.forget_ended,
            self.slides.happened,
            meetings.expired_tokens.happened,
            self.hub.happened,
        ]
        self._media = bbbd.media.parts.make(environment, current, meetings=meetings.meetings, hub=live.hub)
        self._uploads = uploads = bbbd.uploads.parts.make(
            environment,
            current,
            hub=live.hub,
            meetings=meetings.meetings,
            rounds=rounds,
            free_disk=free_disk,
            guesses=guesses,
            late=processing.note_more,
        )
        self.meetings.listeners.append(uploads.happened)
        self.monitoring = monitoring = bbbd.monitoring.parts.make(
            environment,
            current,
            rounds=rounds,
            meetings=meetings.meetings,
            hub=live.hub,
            outbox=callbacks.outbox,
            recordings=recordings,
            tracks=tracks,
            slides=self.slides,
            recording_queue=processing.queue,
            free_disk=free_disk,
            draining=self.server.draining,
        )
        if self._media is not None:
            monitoring.gauges.janus = self._media.counts
        self.meetings.listeners.append(monitoring.events.happened)
        routes = Routes(self.server, live, self.access, playback.archive_upload, uploads.resource, monitoring.resources)
        self.site = Site(
            routes.root(before_api),
            environment.socket_timer,
            current,
            RoutedBodyPolicy(self.server, playback.archive_upload, live.document_uploads, uploads.resource),
            BodyBudget(current, free_disk),
            self.access.refused,
        )
        self._tasks = PeriodicTasks(environment.timer)

    @property
    def is_stopping(self) -> bool:
        """Whether the server stops: then it is not ready."""
        return self.monitoring.readiness.is_stopping

    @is_stopping.setter
    def is_stopping(self, stops: bool) -> None:
        self.monitoring.readiness.is_stopping = stops

    def periodic_tasks(self) -> tuple[PeriodicTask, ...]:
        """Return all periodic tasks of the server."""
        server, housekeeping = self.server, self._recordings.housekeeping
        return (
            PeriodicTask(1, partial(timers.reconcile, self.meetings, self._environment.timer)),
            PeriodicTask(1, partial(timers.end_due, self.meetings)),
            PeriodicTask(1, partial(timers.remove_overdue, self.meetings, self._environment.timer)),
            PeriodicTask(1, partial(timers.save_creation_time, self.meetings)),
            PeriodicTask(1, server.rounds.start),
            PeriodicTask(1, self.site.reap),
            PeriodicTask(1, self.hub.check_timeouts),
            PeriodicTask(1, server.expired_tokens.forget),
            PeriodicTask(1, self._watch_clock),
            PeriodicTask(1, server.draining.look),
            PeriodicTask(5, self._start_measurement),
            PeriodicTask(10, server.rounds.retry),
            PeriodicTask(1, housekeeping.import_new),
            PeriodicTask(3600, housekeeping.erase_expired),
            PeriodicTask(60, self.access.log_sums),
            PeriodicTask(60, partial(server.descriptions.prune, self.meetings)),
            PeriodicTask(server.settings.scan_seconds, server.library.look),
            PeriodicTask(60, self.guesses.reset),
            PeriodicTask(60, self._uploads.uploads.forget),
            PeriodicTask(60, server.protection.expire),
            PeriodicTask(60, server.track_links.expire),
            PeriodicTask(30, server.tracks.process_inbox),
            PeriodicTask(30, self.slides.work),
            PeriodicTask(5, self._recording_queue.look),
            *([PeriodicTask(5, self._media.look_at_disk)] if self._media is not None else []),
            PeriodicTask(1, server.outbox.send_due),
            PeriodicTask(2, server.outbox.retry),
            PeriodicTask(3600, server.outbox.delete_oldest),
        )

    def start(self, progress: Callable[[], None] = no_progress) -> None:
        """Restore the meetings and begin the periodic tasks. Waits for the disk; raises ``OSError``.

        ``progress`` is called while it goes on.
        """
        self.server.draining.start()
        self.server.hooks.start(self.server.settings.permanent_hooks)
        self.server.outbox.prepare()
        found = restore(self.meetings, self.server.outbox.delete_unhappened, progress)
        self.server.documents.sweep(found)
        self.slides.start(found)
        self.server.expired_tokens.start()
        self.server.outbox.start()
        self.server.library.start()
        self.server.library.ready().addCallback(self.monitoring.readiness.started)
        self.server.tracks.start()
        self._recording_queue.start()
        self._environment.disk.sweep(self._recordings.uploads)
        self._recordings.housekeeping.delete_unfinished()
        self._tasks.start(self.periodic_tasks())
        if self._media is not None:
            self._media.start()

    def replace_secrets(self, secrets: tuple[str, ...]) -> None:
        """Replace the shared secrets: the first one signs, all are accepted."""
        self._current.secrets = secrets

    def busy(self) -> bool:
        """Return whether due work is still in progress."""
        server = self.server
        return bool(
            self.meetings.ending
            or server.rounds.busy
            or server.outbox.busy
            or server.tracks.busy
            or server.library.busy
            or self._recordings.housekeeping.busy
            or self.slides.busy
            or self._recording_queue.busy
        )

    def looking(self) -> bool:
        """Return whether archives are being looked for or imported."""
        return self._recordings.housekeeping.is_importing

    def hurry(self) -> None:
        """Cut short the waits of a stop that others cause: for receivers of callbacks."""
        self.server.outbox.hurry()

    async def stop(self) -> None:
        """End the periodic tasks and wait until the disk has everything."""
        self._tasks.stop()
        self.meetings.is_stopped = True
        if self._media is not None:
            self._media.stop()
        self.hub.stop()
        self.server.tracks.stop()
        self.slides.stop()
        self._recording_queue.stop()
        await self.server.outbox.stop()
        for ending in list(self.meetings.ending):
            await ending
        await self.server.rounds.settled()

    def _watch_clock(self) -> None:
        if step := self._environment.clock.stepped():
            self._environment.metrics.count(CLOCK_JUMPS)
            _log.warn("the wall clock was set by {ms} ms; timers are not affected", event="clock_jumped", ms=step)

    async def _measure_disk(self) -> None:
        await self._free_disk.measure()
        if not self._free_disk.is_low:
            await self._meetings.journals.keep_reserve()

    def _start_measurement(self) -> None:
        def failed(failure: Failure) -> None:
            _log.failure("the free disk space cannot be measured", failure, event="disk_unseen")

        Deferred.fromCoroutine(self._measure_disk()).addErrback(failed)
