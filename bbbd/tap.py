"""``twistd bbbd``: reads the command line and the settings, builds the server and runs it in the reactor.

No other module imports the reactor.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from twisted.application.service import IServiceCollection, Service
from twisted.internet import reactor as installed_reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IListeningPort,
    IReactorCore,
    IReactorTCP,
    IReactorThreads,
    IReactorTime,
)
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThreadPool
from twisted.logger import ILogObserver, Logger
from twisted.python.components import Componentized
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from bbbd import __version__
from bbbd.assembly.app import App
from bbbd.clock import Clock
from bbbd.daemon import data_directory, signals
from bbbd.daemon.endpoints import open_to_others, server_endpoints
from bbbd.daemon.log_target import log_target
from bbbd.daemon.options import DISK, SETTINGS, Options, leave
from bbbd.daemon.reload import as_before, within_descriptors
from bbbd.developer.mode import Developer
from bbbd.developer.namespace_routes import site_of
from bbbd.environment import Environment, Network
from bbbd.log import LogFile, LogObserver
from bbbd.settings.current import CurrentSettings
from bbbd.settings.properties import BadSettings, read_settings
from bbbd.settings.secret import NoSecret, load_secrets, secret_file
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk
from bbbd.values.fields import declarations

_log = Logger()


class Daemon(Service):
    """The running server. SIGHUP reloads the settings, SIGUSR1 reopens the log file."""

    def __init__(
        self,
        options: Options,
        settings: Settings,
        secrets: tuple[str, ...],
        observer: LogObserver,
        log_file: LogFile | None,
    ) -> None:
        self._reactor = cast("IReactorCore", installed_reactor)
        self._timer = cast("IReactorTime", installed_reactor)
        # Timers must not follow the wall clock, which may be set back or forward.
        installed_reactor.seconds = time.monotonic  # type: ignore[method-assign]
        self._options = options
        self._observer = observer
        self._log_file = log_file
        self._pools: list[ThreadPool] = []
        self._ports: list[IListeningPort] = []
        self._is_stopping = self._stop_now = False
        self._endpoints = server_endpoints(settings, installed_reactor)
        environment = Environment(
            disk=Disk(),
            clock=Clock(self._timer),
            timer=self._timer,
            thread=self._threads("disk", 1),
            worker=self._threads("work", 4),
            jobs=self._threads("jobs", settings.workers or max(1, (os.cpu_count() or 1) - 1)),
            network=Network(reactor=cast("IReactorTCP", installed_reactor), lookup=self._threads("names", 4)),
            observer=observer,
        )
        self._current = current = CurrentSettings(within_descriptors(settings), secrets)
        self._running: App | Developer
        if settings.developer:
            self._running = Developer(current, environment)
            self._site = site_of(self._running, self._timer)
        else:
            self._running = App(current, environment)
            self._site = self._running.site

    @property
    def _app(self) -> App:
        """The server; in developer mode the main server."""
        return self._running if isinstance(self._running, App) else self._running.main.app

    def _threads(self, name: str, most: int) -> Callable[[Any], Deferred[Any]]:
        """Return a function that runs other functions in a pool of threads of their own."""
        pool = ThreadPool(1, most, name=name)
        self._pools.append(pool)
        return partial(deferToThreadPool, cast("IReactorThreads", self._reactor), pool)

    def setServiceParent(self, parent: Any) -> None:
        """Join twistd's application, which logs through bbbd's observer from now on."""
        if isinstance(parent, Componentized):
            parent.setComponent(ILogObserver, self._observer)
        super().setServiceParent(IServiceCollection(parent))

    def startService(self) -> None:
        """Restore the meetings and listen."""
        super().startService()
        for pool in self._pools:
            self._reactor.callWhenRunning(pool.start)
        self._reactor.callWhenRunning(self._catch_signals)
        self._reactor.callWhenRunning(self._log_start)
        try:
            self._running.start()
        except OSError as fault:
            leave(DISK, f"bbbd: the data directory cannot be used: {fault}")
        failed: list[Failure] = []
        Deferred.fromCoroutine(self._listen()).addErrback(failed.append)
        if failed:
            leave(1, f"bbbd: cannot listen: {failed[0].getErrorMessage()}")

    def _log_start(self) -> None:
        """Log the URL and the paths, after the signal handlers are installed."""
        settings = self._current.settings
        _log.info(
            "bbbd {version} listens at {url}; data in {data}, secret in {secret}; {meetings} meetings restored",
            event="started",
            version=__version__,
            url=settings.url("/bigbluebutton/api"),
            data=str(settings.directory),
            secret=str(secret_file(settings) or "the settings"),
            meetings=len(self._app.meetings),
            audit=True,
        )

    async def _listen(self) -> None:
        for endpoint in self._endpoints:
            self._ports.append(await endpoint.listen(self._site))

    def _catch_signals(self) -> None:
        effects: dict[signal.Signals, Callable[[], object]] = {
            signal.SIGUSR1: self._reopen_log,
            signal.SIGHUP: self.reload,
            # Twisted's handlers would end the process by the signal, but a requested stop is a success.
            signal.SIGTERM: self._end,
            signal.SIGINT: self._end,
        }
        signals.heed(cast("IReactorThreads", self._reactor), effects)

    def _reopen_log(self) -> None:
        """Reopen the log file, as after a rotation; without one there is nothing to do."""
        if self._log_file is None:
            return
        try:
            self._log_file.reopen()
        except OSError as fault:
            _log.error("the log file cannot be opened again: {why}", event="log_not_reopened", why=str(fault))
        else:
            _log.info("the log file was opened again", event="log_reopened", audit=True)

    def _end(self) -> None:
        """Stop. A second signal does not wait for requests in progress."""
        if self._is_stopping:
            self._stop_now = True
        else:
            self._is_stopping = True
            self._reactor.stop()

    def reload(self) -> None:
        """Read the settings again and apply those that can change at run time; any fault keeps all old settings."""
        try:
            settings, warnings = read_settings(self._options.files, self._options.overrides)
            # A setting that needs a restart keeps its value, and so does everything that depends on it.
            kept, changed_fixed = as_before(self._current.settings, settings)
            secrets = load_secrets(kept, Disk())
        except (BadSettings, NoSecret, OSError) as fault:
            _log.error(
                "the settings are unchanged: {faults}",
                event="reload_failed",
                faults="; ".join(str(fault).splitlines()),
            )
            return
        for warning in warnings:
            _log.warn("{fault}", event="settings_warning", fault=str(warning))
        for name in changed_fixed:
            _log.warn("{setting} needs a restart", event="needs_restart", setting=name)
        old = self._current.settings
        settings = within_descriptors(kept)
        if isinstance(self._running, Developer):
            settings = self._running.adapted(settings)
        changed = [
            one.name
            for one in declarations(Settings)
            if getattr(settings, one.attribute) != getattr(old, one.attribute)
        ]
        self._current.settings = settings
        self._running.replace_secrets(secrets)
        self._observer.level, self._observer.format = settings.log_level, settings.log_format
        _log.info(
            "the settings were reloaded; changed: {changed}",
            event="reloaded",
            audit=True,
            changed=", ".join(changed) or "none",
        )

    def stopService(self) -> Deferred[None]:
        """Stop: refuse new connections, answer the requests in progress, and sync everything to the disk."""
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        settings, site = self._current.settings, self._site
        _log.info("bbbd is stopping", event="stopping", audit=True)
        for port in self._ports:
            await _done(port.stopListening())
        until = self._timer.seconds() + settings.stop_within
        site.close_idle()
        while site.channels and self._timer.seconds() < until and not self._stop_now:
            await deferLater(self._timer, 0.05)
            site.close_idle()
        try:
            await self._running.stop()
        except Exception:
            _log.failure("the last sync failed", event="last_sync_failed")
        for pool in self._pools:
            pool.stop()
        _log.info("bbbd has stopped", event="stopped", audit=True)


async def _done(result: Deferred[None] | None) -> None:
    if result is not None:
        await result


def makeService(options: Options) -> Service:
    """Return the daemon for a command line; exit when it cannot start."""
    signals.hold()
    try:
        settings, warnings = read_settings(options.files, options.overrides)
    except BadSettings as fault:
        leave(SETTINGS, str(fault))
    disk, directory = Disk(), settings.directory
    try:
        data_directory.take(disk, directory)
        secrets = load_secrets(settings, disk)
        if (directory / "secret").exists():
            disk.chmod(directory / "secret", 0o600)
    except NoSecret as fault:
        leave(SETTINGS, f"bbbd: {fault}")
    except OSError as fault:
        leave(DISK, f"bbbd: {directory} cannot be used: {fault}")
    for warning in warnings:
        sys.stderr.write(f"{warning}\n")
    if settings.developer and not settings.developer_anywhere and (open_to := open_to_others(settings)):
        leave(
            SETTINGS,
            f"bbbd: developer mode does not listen on {open_to} unless bbbd.developerAnywhere=true"
            " (--set bbbd.developerAnywhere=true, or BBBD_DEVELOPER_ANYWHERE=true)",
        )
    os.umask(0o077)
    write, log_file = log_target(options)
    observer = LogObserver(write, settings.log_level, settings.log_format)
    return Daemon(options, settings, secrets, observer, log_file)
