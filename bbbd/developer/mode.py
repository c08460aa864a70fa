"""All servers of developer mode: the main one, and one more ``App`` for each namespace.

``/<name>/bigbluebutton/api`` is a server with its own clock. Its first call makes it, in a directory that a reset and
the next start delete.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.web.resource import Resource

from bbbd.assembly.app import App, no_progress
from bbbd.clock import Clock
from bbbd.developer.delivery_attempts import DeliveryAttempts
from bbbd.developer.faults import Faults
from bbbd.developer.moodle.namespace_state import NamespaceState
from bbbd.developer.movable_clock import MovableTimer
from bbbd.developer.people import VirtualPeople
from bbbd.developer.request_log import RecordedApi, RequestLog
from bbbd.environment import Environment
from bbbd.log import LogObserver, in_namespace
from bbbd.metrics.counting import Metrics
from bbbd.settings.current import CurrentSettings
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk
from bbbd.storage.group_commit import Thread
from bbbd.values.enums import LogLevel, Sync
from bbbd.values.value_types import NETWORKS

_log = Logger()

T = TypeVar("T")

#: The name of a namespace.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
#: Limit of namespaces.
MOST = 200
#: Real seconds that a move of the clock waits for due work.
WITHIN = 30
#: Seconds between two checks whether a server is busy.
PAUSE = 0.001
#: Directories and files of the data directory that a reset deletes.
_DATA = (
    "meetings",
    "events",
    "recording",
    "published",
    "unpublished",
    "deleted",
    "captions",
    "moves",
    "recordings.index",
    "import",
    "outbox",
    "hooks",
    "presentations",
    "slides",
    "configs",
    "newest",
)
_PRIVATE_NETWORKS = "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7 127.0.0.0/8 ::1/128"


def _named(thread: Thread, name: str) -> Thread:
    """Return threads whose work is logged under a namespace's name."""

    def run(work: Callable[[], T]) -> Deferred[T]:
        def named() -> T:
            with in_namespace(name):
                return work()

        return thread(named)

    return run


class NamespaceObserver(LogObserver):
    """The log of one namespace: it names the namespace, and level and format are the server's."""

    def __init__(self, observer: LogObserver, name: str) -> None:
        self._observer = observer
        self._name = name

    def wants(self, level: LogLevel) -> bool:
        """Return whether lines of a level are written."""
        return self._observer.wants(level)

    def write_line(self, *line: Any, **how: Any) -> None:
        """Write one line."""
        with in_namespace(self._name):
            self._observer.write_line(*line, **how)


class TooManyNamespaces(Exception):
    """The limit of namespaces is reached."""


@dataclass(slots=True)
class Namespace:
    """One server: a namespace, or the main server with an empty name."""

    name: str
    app: App
    timer: MovableTimer
    log: RequestLog
    faults: Faults
    people: VirtualPeople
    attempts: DeliveryAttempts
    moodle: NamespaceState
    #: A shared secret accepted besides the server's own, and used for signing; empty for none.
    secret: str = ""
    #: Held while the clock is moved, so that moves are sequential.
    moving: DeferredLock = field(default_factory=DeferredLock)


class Developer:
    """All servers of developer mode. ``machine`` is the environment of the main server."""

    def __init__(self, current: CurrentSettings, machine: Environment) -> None:
        self._machine = machine
        self._real = machine.timer
        #: The settings and secrets of the main server; a reset keeps them.
        self.current = current
        current.settings = self.adapted(current.settings)
        self._secrets = current.secrets
        self.main = self._make_app("", current)
        self.spaces: dict[str, Namespace] = {}
        self._numbers = count(1)

    @staticmethod
    def adapted(settings: Settings) -> Settings:
        """Return settings for developer mode: callbacks and slides may use private networks."""
        private = NETWORKS.read(_PRIVATE_NETWORKS)
        return dataclasses.replace(
            settings, callback_networks=private, slides_networks=private, slides_blocked_hosts=()
        )

    def _make_app(self, name: str, current: CurrentSettings) -> Namespace:
        timer = MovableTimer(self._real, name)
        clock = Clock(timer, timer.wall)
        machine = dataclasses.replace(
            self._machine,
            timer=timer,
            clock=clock,
            sockets=self._real,
            thread=_named(self._machine.thread, name),
            worker=_named(self._machine.worker, name),
            jobs=_named(self._machine.jobs, name),
            recordings=_named(self._machine.recordings, name),
            observer=NamespaceObserver(self._machine.observer, name),
            metrics=Metrics() if name else self._machine.metrics,
        )
        log, faults = RequestLog(), Faults()
        app = App(
            current,
            machine,
            before_api=partial(RecordedApi, log=log, faults=faults, timer=self._real, clock=clock),
        )
        attempts = DeliveryAttempts(clock)
        app.server.outbox.listeners.append(attempts.add)
        people = VirtualPeople(app.meetings, current)
        return Namespace(name, app, timer, log, faults, people, attempts, NamespaceState(app, attempts))

    def record_requests(self, space: Namespace, resource: Resource, faults: Faults, prefix: str = "") -> RecordedApi:
        """Wrap a resource so that its requests are recorded in a server's log and faults are applied."""
        clock = space.app.meetings.clock
        return RecordedApi(resource, log=space.log, faults=faults, timer=self._real, clock=clock, prefix=prefix)

    @property
    def disk(self) -> Disk:
        """The disk of all servers."""
        return self._machine.disk

    @property
    def _namespaces(self) -> Path:
        return self.current.settings.directory / "namespaces"

    def start(self, progress: Callable[[], None] = no_progress) -> None:
        """Delete the namespaces of the last run and start the main server. Blocks on the disk."""
        self._machine.disk.remove_tree(self._namespaces)
        self.main.app.start(progress)
        _log.warn("developer mode: not for production", event="developer_mode")

    def hurry(self) -> None:
        """Cut short the waits of a stop."""
        for space in (*self.spaces.values(), self.main):
            space.app.hurry()

    async def stop(self) -> None:
        """Stop all servers."""
        for space in (*self.spaces.values(), self.main):
            await space.app.stop()

    def space(self, name: str) -> Namespace:
        """Return a namespace; create it if needed. Raises ``TooManyNamespaces``."""
        found = self.spaces.get(name)
        if found is None:
            if len(self.spaces) >= MOST:
                raise TooManyNamespaces
            found = self.spaces[name] = self._begin(name)
        return found

    def _begin(self, name: str) -> Namespace:
        main = self.current.settings
        # One of its own each time: what is left of the one before is still being removed.
        directory = self._namespaces / f"{name}.{next(self._numbers)}"
        settings = dataclasses.replace(
            main,
            data_dir=str(directory),
            named_url=main.url(f"/{name}"),
            published_dir="",
            unpublished_dir="",
            deleted_dir="",
            recording_dir="",
            captions_dir="",
            config_dir="",
            import_spool="",
            export_spool="",
            sync=Sync.NEVER,
        )
        for part in ("meetings", "configs"):
            self._machine.disk.mkdir(directory / part)
        space = self._make_app(name, CurrentSettings(settings, self._secrets))
        with in_namespace(name):
            space.app.start()
        return space

    async def reset(self, name: str) -> None:
        """Delete all data of a server, and a namespace itself."""
        space = self.spaces.pop(name, None) if name else self.main
        if space is None:
            return
        settings = space.app.server.settings
        await space.app.stop()
        # What is still looked through must not miss the directories that go.
        await self._settle(partial(self._at_work, space))
        if name:
            await self._machine.worker(partial(self._machine.disk.remove_tree, settings.directory))
            return
        await self._machine.worker(partial(self._wipe, settings.directory))
        self.current.secrets = self._secrets
        self.main = self._make_app("", self.current)
        self.main.app.start()

    def _wipe(self, directory: Path) -> None:
        for path in (directory / name for name in _DATA):
            remove = self._machine.disk.remove_tree if path.is_dir() else self._machine.disk.unlink
            remove(path)
        for name in ("meetings", "configs"):
            self._machine.disk.mkdir(directory / name)

    async def reset_all(self) -> None:
        """Delete all namespaces and all data of the main server."""
        for name in [*self.spaces, ""]:
            await self.reset(name)

    async def move(self, space: Namespace, seconds: float) -> None:
        """Move a server's clock and wait until all due work is done."""
        await space.moving.run(lambda: Deferred.fromCoroutine(self._move(space, seconds)))
        _log.info("the clock was moved by {s} s", event="clock_moved", s=seconds, space=space.name, audit=True)

    async def _move(self, space: Namespace, seconds: float) -> None:
        await space.timer.move(seconds, partial(self._settle, space.app.busy))
        # What comes in comes by real time: it is not waited for at each step, which would make each a look at the disk.
        await self._settle(partial(self._at_work, space))

    @staticmethod
    def _at_work(space: Namespace) -> bool:
        return space.app.busy() or space.app.looking()

    async def _settle(self, busy: Callable[[], bool]) -> None:
        """Wait until a server is idle, up to ``WITHIN`` seconds."""
        end = self._real.seconds() + WITHIN
        while busy() and self._real.seconds() < end:
            # A pause, since polling without one would starve the awaited threads.
            await deferLater(self._real, PAUSE)

    def replace_secrets(self, secrets: tuple[str, ...]) -> None:
        """Replace the shared secrets of all servers."""
        self._secrets = secrets
        for space in (self.main, *self.spaces.values()):
            space.app.replace_secrets((*filter(None, (space.secret,)), *secrets))

    def accept_secret(self, space: Namespace, secret: str) -> None:
        """Add a shared secret to a server, and sign with it."""
        if space.secret != secret:
            space.secret = secret
            space.app.replace_secrets((secret, *self._secrets))
