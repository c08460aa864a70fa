"""All objects of one server, each made once and tied to the others. The daemon and the tests build it here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.web.resource import Resource

from bbbd.access import AccessLog
from bbbd.api.problems import Problem
from bbbd.api.resource import ApiResource, largest_body, too_large
from bbbd.api.server import Server
from bbbd.client.guesses import Guesses
from bbbd.client.pages import Directory, JoinPage, RootPage, StyleSheet
from bbbd.clock import Clock
from bbbd.configs import Configs
from bbbd.disk import Disk
from bbbd.incoming import Incoming
from bbbd.log import Observer
from bbbd.meetings.documents import Documents
from bbbd.meetings.journal import COMPACT_PAST, Journals
from bbbd.meetings.registry import Meetings
from bbbd.playback import upload
from bbbd.playback.files import Formats, Protected, Published
from bbbd.playback.foreign import ForeignPlayer
from bbbd.playback.player import Playback
from bbbd.playback.protection import Protection
from bbbd.playback.upload import Upload
from bbbd.recordings.importing import Importer
from bbbd.recordings.keeping import Keeping
from bbbd.recordings.layout import Layout
from bbbd.recordings.library import Library
from bbbd.recordings.spool import Requests, Sources, Spool
from bbbd.rounds import Rounds, Thread
from bbbd.settings import Settings
from bbbd.site import Request, Site
from bbbd.words import Sync

_log = Logger()


@dataclass(frozen=True, slots=True)
class Beat:
    """Something that is done again and again, every so many seconds."""

    seconds: float
    do: Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a server runs on. ``thread`` is for what waits for the disk shortly, ``worker`` for what takes long."""

    disk: Disk
    clock: Clock
    timer: IReactorTime
    thread: Thread
    worker: Thread
    observer: Observer


class App:
    """One server with its site and its beats. ``start`` before it is listened to; ``stop`` at the end."""

    def __init__(
        self, settings: Settings, secrets: tuple[str, ...], machine: Machine, *, compact_past: int = COMPACT_PAST
    ) -> None:
        disk, clock, timer = machine.disk, machine.clock, machine.timer
        directory = settings.directory
        self._disk = disk
        self._timer = timer
        self._clock = clock
        self._free_disk = disk.free(directory)
        rounds = Rounds(disk, machine.thread, wanted=lambda: self.server.settings.sync is Sync.ANSWERS)
        documents = Documents(disk, directory)
        self._journals = journals = Journals(disk, rounds, settings, documents, compact_past=compact_past)
        rounds.mend = journals.mend
        self.meetings = Meetings(clock, journals, ended_kept=lambda: self.server.settings.ended_kept)
        self.server = Server(
            settings=settings,
            secrets=secrets,
            meetings=self.meetings,
            rounds=rounds,
            documents=documents,
            configs=Configs(settings.configs),
            library=Library(disk, Layout.of(settings), clock, timer, machine.worker),
            worker=machine.worker,
            protection=Protection(clock),
            free_disk=lambda: self._free_disk,
        )
        self.meetings.listeners.append(self.server.descriptions.forget_ended)
        self._access = AccessLog(machine.observer, clock)
        self._guesses = Guesses()
        incoming = directory / "import"
        self._upload = Upload(
            disk, incoming / "uploads", machine.worker, lambda: self.server.settings, lambda: self.server.secrets,
            lambda: self._free_disk,
        )  # fmt: skip
        self.site = Site(
            self._root(),
            timer,
            lambda: self.server.settings,
            _Bodies(self.server, self._upload),
            self._access.refused,
        )
        importer = Importer(disk, self.server.library.layout)
        spools = [Spool(disk, incoming / "uploads", importer, unpublished=True)]
        if settings.import_spool:
            spools.append(Spool(disk, Path(settings.import_spool), importer))
        self._keeping = Keeping(
            self.server.library, disk, clock, machine.worker, lambda: self.server.settings,
            Sources(Requests(disk, incoming, importer), tuple(spools)),
        )  # fmt: skip
        self._loops: list[LoopingCall] = []

    def _root(self) -> RootPage:
        join_page = JoinPage(self.meetings, self._guesses)
        api = ApiResource(self.server, self._access)
        root = RootPage({problem.key: problem.message for problem in reversed(Problem)})
        client = Directory()
        for name, child in ((b"join", join_page), (b"guestWait", join_page), (b"page.css", StyleSheet())):
            client.putChild(name, child)
        bigbluebutton = _BigBlueButton(api)
        bigbluebutton.putChild(b"api", api)
        root.putChild(b"html5client", client)
        self._put_playback(root)
        root.putChild(b"bigbluebutton", bigbluebutton)
        place: Resource = root
        *outer, last = upload.PATH[1:].split(b"/")
        for name in outer:
            place.putChild(name, inner := Directory())
            place = inner
        place.putChild(last, self._upload)
        return root

    def _put_playback(self, root: RootPage) -> None:
        settings, worker = self.server.settings, self.server.worker
        published = Published(self.server.library, self.server.protection)
        formats = Formats(published, lambda: self.server.settings, worker)
        foreign = ForeignPlayer(Path(settings.player_dir), worker) if settings.player_dir else None
        video = formats.resource(b"video")
        root.putChild(b"playback", Playback(published, lambda: self.server.settings, foreign, video))
        root.putChild(b"recording", Protected(published, formats, lambda: self.server.settings))
        root.others = formats.resource

    def beats(self) -> tuple[Beat, ...]:
        """Return everything that is done again and again, in one table."""
        return (
            Beat(1, self.meetings.end_due),
            Beat(1, self.meetings.audit),
            Beat(1, self.meetings.note_creations),
            Beat(1, self.server.rounds.start),
            Beat(1, self.site.reap),
            Beat(1, self._watch_clock),
            Beat(5, self._look_at_disk),
            Beat(10, self.server.rounds.retry),
            Beat(1, self._keeping.take_in),
            Beat(3600, self._keeping.let_go),
            Beat(60, self._access.sum_up),
            Beat(self.server.settings.scan_seconds, self.server.library.look),
            Beat(60, self._guesses.forget),
            Beat(60, self.server.protection.forget),
        )

    def start(self) -> None:
        """Bring back the meetings that were there, and begin the beats. Waits for the disk; raises ``OSError``."""
        self.server.documents.sweep(self.meetings.restore())
        self.server.library.start()
        self._disk.sweep(self.server.settings.directory / "import" / "uploads")
        for beat in self.beats():
            loop = LoopingCall(_guarded, beat.do)
            loop.clock = self._timer
            loop.start(beat.seconds, now=False)
            self._loops.append(loop)

    async def stop(self) -> None:
        """End the beats and wait until the disk has everything."""
        for loop in self._loops:
            loop.stop()
        for ending in list(self.meetings.ending):
            await ending
        await self.server.rounds.settled()

    def _watch_clock(self) -> None:
        if step := self._clock.stepped():
            _log.warn("the wall clock was set by {ms} ms; no timer minds", event="clock_jumped", ms=step)

    async def _look(self) -> None:
        self._free_disk = await self.server.rounds.thread(lambda: self._disk.free(self.server.settings.directory))
        if self._free_disk >= self.server.settings.min_free_disk:
            await self._journals.keep_reserve()

    def _look_at_disk(self) -> None:
        Deferred.fromCoroutine(self._look()).addErrback(
            lambda failure: _log.failure("the disk cannot be looked at", failure, event="disk_unseen")
        )


class _Bodies:
    """The bodies of uploads are the uploads' matter, all others the calls'."""

    def __init__(self, server: Server, uploads: Upload) -> None:
        self._server = server
        self._uploads = uploads

    def largest(self, request: Request, path: bytes, method: bytes) -> int:
        if path == upload.PATH:
            return 0 if self._uploads.refusal(request, method) else self._uploads.largest()
        return largest_body(self._server, request, path, method)

    def too_large(self, request: Request, path: bytes, method: bytes, query: bytes) -> tuple[int, bytes, bytes] | None:
        if path == upload.PATH:
            return self._uploads.too_large(request, method)
        return too_large(request, path, method, query)

    def incoming(self, request: Request, path: bytes, method: bytes) -> Incoming | None:
        return self._uploads.incoming(request, method) if path == upload.PATH else None


class _BigBlueButton(Directory):
    """``/bigbluebutton``, with or without the last slash, answers as the API's root does."""

    def __init__(self, api: ApiResource) -> None:
        super().__init__()
        self._api = api
        self.putChild(b"", api)

    def render(self, request: object) -> int:
        return self._api.render(request)


def _guarded(do: Callable[[], object]) -> None:
    """Do it; what fails is logged, and done again at the next beat."""
    try:
        do()
    except Exception:
        _log.failure("a beat failed", event="beat_failed")
