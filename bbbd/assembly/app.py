"""All objects of one server, each made once and tied to the others. The daemon and the tests build it here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.web.resource import Resource

from bbbd.api.server import Server
from bbbd.assembly.routes import RoutedBodyPolicy, Routes
from bbbd.assembly.slides import slides_of
from bbbd.callbacks.dependencies import DeliveryDependencies
from bbbd.callbacks.hooks import Hooks
from bbbd.callbacks.outbox import Outbox
from bbbd.callbacks.outbox_store import OutboxStore
from bbbd.callbacks.publisher import Publisher
from bbbd.callbacks.recording_ready import NotifiedRecordings, RecordingPublisher
from bbbd.egress.agent import OutgoingAgent
from bbbd.egress.ssrf_guard import SsrfGuard
from bbbd.environment import Environment, Network
from bbbd.http.access_log import AccessLog
from bbbd.http.site import Site
from bbbd.http.token_rate_limit import TokenRateLimit
from bbbd.live.document_uploads import DocumentUploads
from bbbd.live.document_uploads import UploadStorage as UploadRoom
from bbbd.live.hub import Hub
from bbbd.live.slide_files import SlideFiles
from bbbd.meetings.config_documents import ConfigDocuments
from bbbd.meetings.documents import Documents
from bbbd.meetings.expired_tokens import ExpiredTokens
from bbbd.meetings.journal import COMPACT_PAST, Journals
from bbbd.meetings.registry import Meetings
from bbbd.page.join_page import bundled
from bbbd.playback.protection import Protection
from bbbd.playback.tracklinks import TrackLinks
from bbbd.playback.upload import ArchiveUpload
from bbbd.recordings.housekeeping import Housekeeping
from bbbd.recordings.importer import Importer
from bbbd.recordings.layout import Layout
from bbbd.recordings.library import Library
from bbbd.recordings.spool import ImportSources, Requests, Spool
from bbbd.settings.current import CurrentSettings
from bbbd.slides.page_store import PageStore
from bbbd.slides.references import PageReferences
from bbbd.storage.free_disk import FreeDisk
from bbbd.storage.group_commit import GroupCommit
from bbbd.texttracks.service import TextTracks

_log = Logger()


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """Something that is done again and again, every so many seconds."""

    seconds: float
    do: Callable[[], object]


class App:
    """One server with its site and its beats. ``start`` before it is listened to; ``stop`` at the end."""

    def __init__(
        self,
        current: CurrentSettings,
        machine: Environment,
        *,
        compact_past: int = COMPACT_PAST,
        before_api: Callable[[Resource], Resource] = lambda api: api,
    ) -> None:
        disk, clock, timer = machine.disk, machine.clock, machine.timer
        settings = current.settings
        directory = settings.directory
        self._disk = disk
        self._timer = timer
        self._clock = clock
        self._current = current
        self._free_disk = FreeDisk(disk, machine.thread, current)
        layout = Layout.of(settings)
        rounds = GroupCommit(disk, machine.thread, current)
        documents = Documents(disk, directory)
        store = PageStore(disk, directory)
        holdings = PageReferences(store, machine.thread)
        self._journals = journals = Journals(disk, rounds, settings, (documents, holdings), compact_past=compact_past)
        rounds.mend = journals.mend
        self.meetings = Meetings(clock, journals, current)
        self.outgoing = outgoing = self._outgoing(machine.network)
        box = OutboxStore(disk, directory / "outbox")
        means = DeliveryDependencies(
            outgoing=outgoing,
            rounds=rounds,
            clock=clock,
            timer=timer,
            worker=machine.worker,
            current=current,
        )
        self.server = Server(
            current=current,
            meetings=self.meetings,
            departures=ExpiredTokens(self.meetings, current),
            rounds=rounds,
            documents=documents,
            configs=ConfigDocuments(settings.configs),
            library=Library(disk, layout, clock, timer, machine.worker),
            tracks=TextTracks(disk, layout, clock, machine.worker),
            track_links=TrackLinks(clock, current),
            hooks=Hooks(disk, directory / "hooks", rounds),
            outbox=Outbox(box, means),
            look_at_url=outgoing.look_at,
            worker=machine.worker,
            protection=Protection(clock),
            free_disk=self._free_disk,
        )
        self.meetings.listeners.append(self.server.descriptions.forget_ended)
        self.server.library.listeners.append(self.server.tracks.mend)
        self.access = AccessLog(machine.observer, clock)
        self.guesses = TokenRateLimit()
        coming = directory / "import"
        received = ArchiveUpload(
            disk,
            coming / "uploads",
            machine.worker,
            current,
            self._free_disk,
        )
        sockets = machine.sockets or timer
        self.slides = slides_of(self.server, machine, (store, holdings))
        self.hub = Hub(self.meetings, self.server.departures, rounds, sockets, current, bundled().version)
        self.meetings.listeners += [self.slides.happened, self.server.departures.happened, self.hub.happened]
        uploads = DocumentUploads(
            self.hub,
            self.guesses,
            UploadRoom(disk, documents, rounds, machine.worker),
            current,
            self._free_disk,
        )
        pages = SlideFiles(uploads, store, machine.worker)
        tree = Routes(self.server, self.hub, self.access, received, pages)
        self.site = Site(
            tree.root(before_api),
            sockets,
            current,
            RoutedBodyPolicy(self.server, received, uploads),
            self.access.refused,
        )
        importer = Importer(disk, layout)
        spools = [Spool(disk, coming / "uploads", importer, unpublished=True)]
        if settings.import_spool:
            spools.append(Spool(disk, Path(settings.import_spool), importer))
        self._keeping = Housekeeping(
            self.server.library,
            disk,
            clock,
            machine.worker,
            current,
            ImportSources(Requests(disk, coming, importer), tuple(spools)),
        )
        hooks, outbox = self.server.hooks, self.server.outbox
        self.meetings.herald = Publisher(outbox, hooks, current, outgoing.look_at).foretell
        told = RecordingPublisher(
            self.server.library, outbox, hooks, NotifiedRecordings(disk, box), (clock, rounds, machine.worker)
        )
        self._keeping.heralds.append(told.published)
        outbox.failed_hooks.append(self._drop_hook)
        self._loops: list[LoopingCall] = []

    def _outgoing(self, network: Network) -> OutgoingAgent:
        guard = SsrfGuard(self._current)
        return OutgoingAgent(network.reactor, guard, network.names, network.lookup, self._current)

    def _drop_hook(self, hook_id: str) -> None:
        """Remove a hook that could not be called for long; what was still due to it is kept aside."""
        self.server.hooks.remove(hook_id)
        self.server.outbox.forget_hook(hook_id, aside=True)
        _log.error("hook {id} is gone: it could not be called for long", event="hook_dropped", id=hook_id)

    def beats(self) -> tuple[PeriodicTask, ...]:
        """Return everything that is done again and again, in one table."""
        return (
            PeriodicTask(1, self.meetings.end_due),
            PeriodicTask(1, self.meetings.audit),
            PeriodicTask(1, self.meetings.note_creations),
            PeriodicTask(1, self.server.rounds.start),
            PeriodicTask(1, self.site.reap),
            PeriodicTask(1, self.hub.beat),
            PeriodicTask(1, self.server.departures.forget),
            PeriodicTask(1, self._watch_clock),
            PeriodicTask(5, self._look_at_disk),
            PeriodicTask(10, self.server.rounds.retry),
            PeriodicTask(1, self._keeping.take_in),
            PeriodicTask(3600, self._keeping.let_go),
            PeriodicTask(60, self.access.sum_up),
            PeriodicTask(self.server.settings.scan_seconds, self.server.library.look),
            PeriodicTask(60, self.guesses.forget),
            PeriodicTask(60, self.server.protection.forget),
            PeriodicTask(60, self.server.track_links.forget),
            PeriodicTask(30, self.server.tracks.work),
            PeriodicTask(30, self.slides.work),
            PeriodicTask(1, self.server.outbox.send_due),
            PeriodicTask(2, self.server.outbox.try_again),
            PeriodicTask(3600, self.server.outbox.tidy),
        )

    def start(self) -> None:
        """Bring back the meetings that were there, and begin the beats. Waits for the disk; raises ``OSError``."""
        self.server.hooks.start()
        self.server.outbox.prepare()
        found = self.meetings.restore(self.server.outbox.forget_unhappened)
        self.server.documents.sweep(found)
        self.slides.start(found)
        self.server.departures.start()
        self.server.outbox.start(self.server.hooks.find)
        self.server.library.start()
        self.server.tracks.start()
        self._disk.sweep(self.server.settings.directory / "import" / "uploads")
        for beat in self.beats():
            loop = LoopingCall(_guarded, beat.do)
            loop.clock = self._timer
            loop.start(beat.seconds, now=False)
            self._loops.append(loop)

    def use(self, secrets: tuple[str, ...]) -> None:
        """Sign and check with other secrets from now on."""
        self._current.secrets = secrets

    def busy(self) -> bool:
        """Tell whether something that fell due is still being done."""
        server = self.server
        return bool(
            self.meetings.ending
            or server.rounds.busy
            or server.outbox.busy
            or server.tracks.busy
            or server.library.busy
            or self._keeping.busy
            or self.slides.busy
        )

    def looking(self) -> bool:
        """Tell whether archives that have come are being looked for, or taken in."""
        return self._keeping.looking

    async def stop(self) -> None:
        """End the beats and wait until the disk has everything."""
        for loop in self._loops:
            loop.stop()
        self.hub.stop()
        self.server.tracks.stop()
        self.slides.stop()
        await self.server.outbox.stop()
        for ending in list(self.meetings.ending):
            await ending
        await self.server.rounds.settled()

    def _watch_clock(self) -> None:
        if step := self._clock.stepped():
            _log.warn("the wall clock was set by {ms} ms; no timer minds", event="clock_jumped", ms=step)

    async def _look(self) -> None:
        await self._free_disk.measure()
        if not self._free_disk.is_low:
            await self._journals.keep_reserve()

    def _look_at_disk(self) -> None:
        Deferred.fromCoroutine(self._look()).addErrback(
            lambda failure: _log.failure("the disk cannot be looked at", failure, event="disk_unseen")
        )


def _guarded(do: Callable[[], object]) -> None:
    """Do it; what fails is logged, and done again at the next beat."""
    try:
        do()
    except Exception:
        _log.failure("a beat failed", event="beat_failed")
