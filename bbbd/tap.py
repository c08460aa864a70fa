"""``twistd bbbd``: reads the command line and the settings, builds the server and runs it in the reactor.

No other module imports the reactor.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, cast

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
from twisted.logger import ILogObserver, Logger
from twisted.python.components import Componentized
from twisted.python.failure import Failure

from bbbd import __version__
from bbbd.assembly.app import App
from bbbd.clock import Clock, wall
from bbbd.daemon import data_directory, signals
from bbbd.daemon.bounded_turns import shorten
from bbbd.daemon.certificates import Certificates
from bbbd.daemon.endpoints import open_to_others, ports_of, server_endpoints
from bbbd.daemon.garbage import SeldomCollection
from bbbd.daemon.log_target import log_target, reopen
from bbbd.daemon.notify import Notifier
from bbbd.daemon.options import DISK, SETTINGS, Options, complain, leave
from bbbd.daemon.reload import NewSettings, Reloads, changed, read_again, within_descriptors
from bbbd.daemon.stopping import Waits
from bbbd.daemon.supervision import Supervision
from bbbd.daemon.threads import ThreadPools
from bbbd.daemon.turn_transport import gather_writes
from bbbd.environment import Environment, Network
from bbbd.log import LogFile, LogObserver
from bbbd.monitoring.reactor_turns import ReactorTurns
from bbbd.settings.applications import load_all_secrets
from bbbd.settings.current import CurrentSettings
from bbbd.settings.properties import BadSettings, read_settings
from bbbd.settings.secret import NoSecret, secret_file
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk
from bbbd.values.enums import LogLevel

if TYPE_CHECKING:
    from bbbd.developer.mode import Developer

_log = Logger()


#: Seconds at the end of a stop that are for requests and connections, not for meetings.
_AFTER_MEETINGS = 5


class Daemon(Service):
    """The running server. SIGHUP reloads the settings, SIGUSR1 reopens the log file."""

    def __init__(
        self,
        options: Options,
        settings: Settings,
        secrets: tuple[str, ...],
        applications: dict[str, str],
        observer: LogObserver,
        log_file: LogFile | None,
        notifier: Notifier,
    ) -> None:
        self._reactor = cast("IReactorCore", installed_reactor)
        self._timer = cast("IReactorTime", installed_reactor)
        # Timers must not follow the wall clock, which may be set back or forward.
        installed_reactor.seconds = time.monotonic  # type: ignore[method-assign]
        self._options = options
        self._observer = observer
        self._log_file = log_file
        self._threads = threads = ThreadPools(installed_reactor)
        self._ports: list[IListeningPort] = []
        self._is_stopping = False
        self._secrets = secrets = (*secrets, *applications.values())
        self._reloads = Reloads(self._reload)
        self._environment = environment = Environment(
            disk=Disk(),
            clock=Clock(self._timer),
            timer=self._timer,
            thread=threads.make("disk", 1),
            worker=threads.make("work", 4),
            jobs=threads.make("jobs", settings.workers or max(1, (os.cpu_count() or 1) - 1)),
            recordings=threads.make("recordings", settings.processing_jobs),
            network=Network(reactor=cast("IReactorTCP", installed_reactor), lookup=threads.make("names", 4)),
            observer=observer,
        )
        ReactorTurns(environment.metrics, time.perf_counter).watch(installed_reactor)
        # After that: what is done at the end of a turn is a part of it.
        self._turn_end = observer.turn_end = shorten(installed_reactor, time.perf_counter)
        self._waits = Waits(self._timer, notifier)
        self._supervision = Supervision(notifier, self._timer, environment.thread, self._status)
        self._current = current = CurrentSettings(within_descriptors(settings), secrets, applications=applications)
        self._certificates = Certificates(current, environment.worker, wall)
        self._endpoints = server_endpoints(settings, installed_reactor, self._certificates)
        self._running: App | Developer
        if settings.developer:
            from bbbd.developer.mode import Developer  # noqa: PLC0415 - no other server needs it
            from bbbd.developer.namespace_routes import site_of  # noqa: PLC0415 - as above

            self._running = Developer(current, environment)
            self._site = site_of(self._running, self._timer)
        else:
            self._running = App(current, environment)
            self._site = self._running.site
        self._app.monitoring.gauges.certificate_expires = lambda: self._certificates.expires

    @property
    def _app(self) -> App:
        """The server; in developer mode the main server."""
        return self._running if isinstance(self._running, App) else self._running.main.app

    def setServiceParent(self, parent: Any) -> None:
        """Join twistd's application, which logs through bbbd's observer from now on."""
        if isinstance(parent, Componentized):
            parent.setComponent(ILogObserver, self._observer)
        super().setServiceParent(IServiceCollection(parent))

    def startService(self) -> None:
        """Restore the meetings and listen."""
        super().startService()
        self._reactor.callWhenRunning(self._threads.start)
        self._reactor.callWhenRunning(self._catch_signals)
        self._reactor.callWhenRunning(self._log_start)
        try:
            self._running.start(self._supervision.notifier.extend)
        except OSError as fault:
            leave(DISK, f"bbbd: the data directory cannot be used: {fault}")
        # Before anybody can wait for it: with 10,000 meetings it takes 200 ms.
        SeldomCollection(self._timer).begin()
        failed: list[Failure] = []
        Deferred.fromCoroutine(self._listen()).addErrback(failed.append)
        if failed:
            leave(1, f"bbbd: cannot listen: {failed[0].getErrorMessage()} (where: bbbd.listen, BBBD_LISTEN)")
        if self._supervision.notifier.is_heard:
            self._reactor.callWhenRunning(lambda: Deferred.fromCoroutine(self._become_ready()))

    async def _become_ready(self) -> None:
        """Tell systemd that the server is ready, once the recordings have been looked through."""
        library = self._app.server.library
        await self._waits.until(lambda: not library.busy or self._is_stopping)
        if not self._is_stopping:
            self._supervision.ready()

    def _status(self) -> str:
        app = self._app
        meetings, people = len(app.meetings), app.meetings.directory.attendees()
        counts = f"{meetings} meeting{'s' if meetings != 1 else ''}, {people} {'people' if people != 1 else 'person'}"
        if self._is_stopping:
            return f"stopping: {counts}"
        return f"draining: {counts}" if app.server.draining.is_on else counts

    def _log_start(self) -> None:
        """Log the URL and the paths, after the signal handlers are installed."""
        settings = self._current.settings
        _log.info(
            "bbbd {version} listens at {url}; data in {data}, secret in {secret}; {meetings} meetings restored;"
            " settings: {changed}",
            event="started",
            version=__version__,
            url=settings.url("/bigbluebutton/api"),
            data=str(settings.directory),
            secret=str(secret_file(settings) or "the settings"),
            meetings=len(self._app.meetings),
            changed=", ".join(changed(Settings(), settings)) or "none",
            audit=True,
        )

    async def _listen(self) -> None:
        self._certificates.start(self._timer)
        for endpoint in self._endpoints:
            port = await endpoint.listen(self._site)
            if self._turn_end is not None:
                gather_writes(port, self._turn_end)
            self._ports.append(port)
        self._current.ports = ports_of(self._ports)

    def _catch_signals(self) -> None:
        effects: dict[signal.Signals, Callable[[], object]] = {
            signal.SIGUSR1: partial(reopen, self._log_file),
            signal.SIGHUP: self.reload,
            # Twisted's handlers would end the process by the signal, but a requested stop is a success.
            signal.SIGTERM: self._end,
            signal.SIGINT: self._end,
        }
        signals.heed(cast("IReactorThreads", self._reactor), effects)

    def _end(self) -> None:
        """Stop. A second signal waits for nothing but the disk."""
        if self._is_stopping:
            self._waits.are_cut = True
            self._running.hurry()
        else:
            self._is_stopping = True
            self._reactor.stop()

    def reload(self) -> None:
        """Read the settings again and apply those that can change at run time; any fault keeps all old settings."""
        self._reloads.ask()

    async def _reload(self) -> None:
        self._supervision.reloading()
        try:
            new = await self._environment.worker(partial(read_again, self._options, self._current.settings))
        except (BadSettings, NoSecret, OSError) as fault:
            _log.error(
                "the settings are unchanged: {faults}",
                event="reload_failed",
                faults="; ".join(str(fault).splitlines()),
                audit=True,
            )
        else:
            if not self._reloads.are_over:
                self._apply(new)
        self._supervision.reloaded()

    def _apply(self, new: NewSettings) -> None:
        for warning in new.warnings:
            _log.warn("{fault}", event="settings_warning", fault=str(warning))
        for name in new.fixed:
            _log.warn("{setting} needs a restart", event="needs_restart", setting=name)
        old, settings = self._current.settings, new.settings
        if not isinstance(self._running, App):
            settings = self._running.adapted(settings)
        names = changed(old, settings)
        if new.secrets != self._secrets and "securitySalt" not in names:
            names.append("the secret's file" if new.applications == self._current.applications else "applications")
        self._secrets = new.secrets
        self._current.settings = settings
        self._running.replace_secrets(new.secrets)
        self._current.applications = new.applications
        self._certificates.reload()
        self._observer.level, self._observer.format = settings.log_level, settings.log_format
        _log.info(
            "the settings were reloaded; changed: {changed}",
            event="reloaded",
            audit=True,
            changed=", ".join(names) or "none",
        )

    def stopService(self) -> Deferred[None]:
        """Stop: answer the requests in progress, close the connections, and sync everything to the disk.

        Nobody is made to leave and no meeting ends; the next start continues.
        """
        super().stopService()
        self._is_stopping = True
        return Deferred.fromCoroutine(self._drain_and_stop())

    async def _drain_and_stop(self) -> None:
        self._supervision.stopping()
        settings = self._current.settings
        until = self._timer.seconds() + settings.stop_within
        if settings.drain_on_stop:
            # People can still come back: everything goes on but the creation of meetings.
            _log.info("bbbd stops once its meetings have ended", event="draining_to_stop", audit=True)
            self._app.server.draining.begin_last()
            await self._waits.until(lambda: not len(self._app.meetings), until - _AFTER_MEETINGS)
        await self._stop(until)

    async def _stop(self, until: float) -> None:
        self._app.is_stopping = True
        _log.info("bbbd is stopping", event="stopping", audit=True)
        self._reloads.stop()
        for port in self._ports:
            await _done(port.stopListening())
        await self._waits.close_connections(self._site, until)
        try:
            await self._running.stop()
        except Exception:
            _log.failure("the last sync failed", event="last_sync_failed")
        await self._threads.end(self._waits, until)
        self._supervision.stop()
        self._certificates.stop()
        _log.info("bbbd has stopped", event="stopped", audit=True)


async def _done(result: Deferred[None] | None) -> None:
    """Wait for a port to be closed. The file of a unix socket may be gone: then there is nothing to take away."""
    if result is not None:
        with suppress(FileNotFoundError):
            await result


def makeService(options: Options) -> Service:
    """Return the daemon for a command line; exit when it cannot start."""
    signals.hold()
    notifier = Notifier.taken_from(os.environ, time.monotonic)
    try:
        settings, warnings = read_settings(options.files, options.overrides)
    except BadSettings as fault:
        leave(SETTINGS, str(fault))
    disk, directory = Disk(), settings.directory
    try:
        data_directory.take(disk, directory)
        secrets, applications = load_all_secrets(settings, disk)
        for name in ("secret", "applications"):
            if (directory / name).exists():
                disk.chmod(directory / name, 0o600)
    except NoSecret as fault:
        leave(SETTINGS, f"bbbd: {fault}")
    except OSError as fault:
        leave(DISK, f"bbbd: {directory} cannot be used: {fault}")
    for warning in warnings:
        complain(str(warning), LogLevel.WARN)
    if settings.developer and not settings.developer_anywhere and (open_to := open_to_others(settings)):
        leave(
            SETTINGS,
            f"bbbd: developer mode does not listen on {open_to} unless bbbd.developerAnywhere=true"
            " (--set bbbd.developerAnywhere=true, or BBBD_DEVELOPER_ANYWHERE=true)",
        )
    os.umask(0o077)
    target = log_target(options)
    observer = LogObserver(target.write, settings.log_level, settings.log_format, priorities=target.priorities)
    return Daemon(options, settings, secrets, applications, observer, target.file, notifier)
