"""``twistd bbbd``: reads the command line and settings, builds the server and runs it under the reactor.

The only module that knows the reactor.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

from twisted.application.service import IServiceCollection, Service
from twisted.internet import reactor as installed_reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import (
    IListeningPort,
    IReactorCore,
    IReactorThreads,
    IReactorTime,
    IStreamServerEndpoint,
)
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThreadPool
from twisted.logger import ILogObserver, Logger
from twisted.python.components import Componentized
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool
from twisted.python.usage import Options as UsageOptions
from twisted.python.usage import UsageError

from bbbd import __version__
from bbbd.app import App
from bbbd.clock import Clock
from bbbd.declared import declarations
from bbbd.disk import Disk
from bbbd.docs import settings_help
from bbbd.log import Observer
from bbbd.secret import NoSecret, load_secrets, secret_file
from bbbd.settings import Settings
from bbbd.settings_files import BadSettings, read_settings

_log = Logger()
T = TypeVar("T")

#: Exit statuses, as sysexits.h has them.
USAGE, TAKEN, DISK, SETTINGS = 64, 73, 74, 78
_LOCK_HELD: list[int] = []


def _exit(status: int, text: str) -> NoReturn:
    sys.stderr.write(f"{text}\n")
    raise SystemExit(status)


class Options(UsageOptions):
    """Runs a BigBlueButton API endpoint. Flags win over the settings files."""

    synopsis = "Usage: twistd -n --pidfile= bbbd [options]"

    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []
        self.listen: list[str] = []
        self.overrides: dict[str, str] = {}

    def opt_settings(self, file: str) -> None:
        """A .properties file (may be repeated; later ones win)."""
        self.files.append(file)

    def opt_listen(self, endpoint: str) -> None:
        """A Twisted server endpoint, as tcp:8090:interface=127.0.0.1 (may be repeated)."""
        self.listen.append(endpoint)
        self.overrides["bbbd.listen"] = " ".join(self.listen)

    def opt_data_dir(self, directory: str) -> None:
        """Where everything is kept."""
        self.overrides["bbbd.dataDir"] = directory

    def opt_log_format(self, shape: str) -> None:
        """Lines of json, or text for a terminal."""
        self.overrides["bbbd.logFormat"] = shape

    def opt_version(self) -> None:
        """Tell the version."""
        sys.stdout.write(f"bbbd {__version__}\n")
        raise SystemExit(0)

    def parseArgs(self, *rest: str) -> None:
        """Refuse what is no option."""
        if rest:
            raise UsageError(f"{rest[0]} is not an option")

    def parseOptions(self, options: Any = None) -> None:
        """Read the command line; what is wrong with it ends the start with 64."""
        try:
            super().parseOptions(options)
        except UsageError as fault:
            _exit(USAGE, f"bbbd: {fault}; see twistd bbbd --help")

    def getUsage(self, width: int | None = None) -> str:
        """Return the help, with every setting."""
        return f"{super().getUsage(width)}\n{settings_help()}"


class Daemon(Service):
    """The running server: listens, reloads at SIGHUP, stops when its requests in hand are answered."""

    def __init__(self, options: Options, settings: Settings, secrets: tuple[str, ...], observer: Observer) -> None:
        self._reactor = cast("IReactorCore", installed_reactor)
        self._timer = cast("IReactorTime", installed_reactor)
        # Timers must not follow the wall clock, which is set back and forth.
        installed_reactor.seconds = time.monotonic  # type: ignore[method-assign]
        self._options = options
        self._observer = observer
        self._pool = ThreadPool(1, 1, name="disk")
        self._ports: list[IListeningPort] = []
        self._ending = self._hurried = False
        self._endpoints = _endpoints(settings)
        self._app = App(
            settings, secrets, disk=Disk(), clock=Clock(self._timer), timer=self._timer, thread=self._in_thread
        )

    def _in_thread(self, function: Any) -> Deferred[Any]:
        return deferToThreadPool(cast("IReactorThreads", self._reactor), self._pool, function)

    def setServiceParent(self, parent: Any) -> None:
        """Become part of twistd's application, which logs through bbbd's observer from here on."""
        if isinstance(parent, Componentized):
            parent.setComponent(ILogObserver, self._observer)
        super().setServiceParent(IServiceCollection(parent))

    def startService(self) -> None:
        """Bring back the meetings and listen."""
        super().startService()
        settings = self._app.server.settings
        self._reactor.callWhenRunning(self._pool.start)
        self._reactor.callWhenRunning(self._catch_signals)
        try:
            self._app.start()
        except OSError as fault:
            _exit(DISK, f"bbbd: the data directory cannot be used: {fault}")
        failed: list[Failure] = []
        Deferred.fromCoroutine(self._listen()).addErrback(failed.append)
        if failed:
            _exit(1, f"bbbd: cannot listen: {failed[0].getErrorMessage()}")
        _log.info(
            "bbbd {version} answers at {url}; data in {data}, secret in {secret}; {meetings} meetings are back",
            event="started", version=__version__, url=settings.url("/bigbluebutton/api"),
            data=str(settings.directory), secret=str(secret_file(settings) or "the settings"),
            meetings=len(self._app.meetings), audit=True,
        )  # fmt: skip

    async def _listen(self) -> None:
        for endpoint in self._endpoints:
            self._ports.append(await endpoint.listen(self._app.site))

    def _catch_signals(self) -> None:
        def at(number: int, do: Callable[[], object]) -> None:
            from_thread = cast("IReactorThreads", self._reactor).callFromThread
            signal.signal(number, lambda _number, _frame: from_thread(do))

        at(signal.SIGHUP, self.reload)
        # Twisted's own handlers would end the process by the signal: a stop that was asked for is a success.
        at(signal.SIGTERM, self._end)
        at(signal.SIGINT, self._end)

    def _end(self) -> None:
        """Stop; the second time, without waiting for requests in hand."""
        if self._ending:
            self._hurried = True
        else:
            self._ending = True
            self._reactor.stop()

    def reload(self) -> None:
        """Read the settings again and use those that can be changed; with any fault keep all as they are."""
        try:
            settings, warnings = read_settings(self._options.files, self._options.overrides)
            secrets = load_secrets(settings, Disk())
        except (BadSettings, NoSecret, OSError) as fault:
            _log.error("settings are kept as they were: {faults}", event="reload_failed", faults=str(fault))
            return
        for warning in warnings:
            _log.warn("{fault}", event="settings_warning", fault=str(warning))
        old, changed = self._app.server.settings, []
        for declared in declarations(Settings):
            before = getattr(old, declared.attribute)
            if getattr(settings, declared.attribute) == before:
                continue
            if declared.more.get("restart"):
                _log.warn("{setting} needs a restart", event="needs_restart", setting=declared.name)
                settings = dataclasses.replace(settings, **{declared.attribute: before})
            else:
                changed.append(declared.name)
        self._app.server.settings = settings
        self._app.server.secrets = secrets
        self._observer.level, self._observer.shape = settings.log_level, settings.log_format
        _log.info(
            "settings were read again; changed: {changed}",
            event="reloaded",
            audit=True,
            changed=", ".join(changed) or "none",
        )

    def stopService(self) -> Deferred[None]:
        """Stop: no new connections, requests in hand answered, everything on the disk."""
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        settings, site = self._app.server.settings, self._app.site
        _log.info("bbbd is stopping", event="stopping", audit=True)
        for port in self._ports:
            await _done(port.stopListening())
        until = self._timer.seconds() + settings.stop_within
        site.close_idle()
        while site.channels and self._timer.seconds() < until and not self._hurried:
            await deferLater(self._timer, 0.05)
            site.close_idle()
        try:
            await self._app.stop()
        except Exception:
            _log.failure("the last sync failed", event="last_sync_failed")
        self._pool.stop()
        _log.info("bbbd has stopped", event="stopped", audit=True)


async def _done(result: Deferred[None] | None) -> None:
    if result is not None:
        await result


def _endpoints(settings: Settings) -> list[IStreamServerEndpoint]:
    endpoints = []
    for text in settings.listen:
        try:
            endpoints.append(serverFromString(installed_reactor, text))
        except (ValueError, TypeError, LookupError) as fault:
            _exit(SETTINGS, f'bbbd.listen: "{text}" is not a Twisted server endpoint ({fault})')
    return endpoints


def makeService(options: Options) -> Service:
    """Return the daemon that the command line asks for; ends the process for what speaks against it."""
    try:
        settings, warnings = read_settings(options.files, options.overrides)
    except BadSettings as fault:
        _exit(SETTINGS, str(fault))
    disk, directory = Disk(), settings.directory
    try:
        disk.mkdir(directory)
        lock = disk.lock(directory / "lock")
        if lock is None:
            _exit(TAKEN, f"bbbd: {directory} is taken by another bbbd")
        _LOCK_HELD.append(lock)
        for name in ("meetings", "configs"):
            disk.mkdir(directory / name)
        secrets = load_secrets(settings, disk)
    except NoSecret as fault:
        _exit(SETTINGS, f"bbbd: {fault}")
    except OSError as fault:
        _exit(DISK, f"bbbd: {directory} cannot be used: {fault}")
    for warning in warnings:
        sys.stderr.write(f"{warning}\n")
    os.umask(0o077)
    observer = Observer(_to_stderr, settings.log_level, settings.log_format)
    return Daemon(options, settings, secrets, observer)


def _to_stderr(text: str) -> None:
    assert sys.__stderr__ is not None
    sys.__stderr__.write(text)
    sys.__stderr__.flush()
