"""``twistd bbbd``: reads the command line and the settings, builds the server and runs it in the reactor.

No other module imports the reactor.
"""

from __future__ import annotations

import dataclasses
import os
import re
import resource
import signal
import sys
import syslog
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

from twisted.application.service import IServiceCollection, Service
from twisted.internet import reactor as installed_reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import (
    IListeningPort,
    IReactorCore,
    IReactorTCP,
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

from bbbd import __version__
from bbbd.assembly.app import App
from bbbd.assembly.options import DISK, SETTINGS, TAKEN, USAGE, Options, leave
from bbbd.clock import Clock
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

#: Seconds that a start waits for the lock of the data directory.
LOCK_WAIT = 5
_LOCK_HELD: list[int] = []
#: Signals whose default is to end the process, and that mean nothing to it. Those of faults, of a stop and of a
#: terminal keep their meaning.
_HARMLESS: tuple[int, ...] = tuple(
    sorted(
        {signal.SIGUSR2, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGIO}
        | ({getattr(signal, "SIGPWR", signal.SIGIO), getattr(signal, "SIGSTKFLT", signal.SIGIO)})
        | {number for number in signal.valid_signals() if number >= getattr(signal, "SIGRTMIN", signal.NSIG)}
    )
)


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
        self._endpoints = _endpoints(settings)
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
        self._current = current = CurrentSettings(_bounded(settings), secrets)
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
        def at(number: int, do: Callable[[], object]) -> None:
            from_thread = cast("IReactorThreads", self._reactor).callFromThread
            signal.signal(number, lambda _number, _frame: from_thread(do))

        for number in _HARMLESS:
            at(number, partial(_ignore, number))
        at(signal.SIGUSR1, self._reopen_log)
        at(signal.SIGHUP, self.reload)
        # Twisted's handlers would end the process by the signal, but a requested stop is a success.
        at(signal.SIGTERM, self._end)
        at(signal.SIGINT, self._end)

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
            kept, changed_fixed = _as_before(self._current.settings, settings)
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
        settings = self._running.adapted(_bounded(kept)) if isinstance(self._running, Developer) else _bounded(kept)
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


def _as_before(old: Settings, new: Settings) -> tuple[Settings, list[str]]:
    """Return the new settings with old values where a change needs a restart, and the names of those that changed."""
    fixed = [one for one in declarations(Settings) if one.more.get("restart")]
    before = {one.attribute: getattr(old, one.attribute) for one in fixed}
    changed_fixed = [one.name for one in fixed if getattr(new, one.attribute) != before[one.attribute]]
    return dataclasses.replace(new, **before), changed_fixed


def _bounded(settings: Settings) -> Settings:
    """Return the settings with the connections limited by the open descriptors, less a reserve for files."""
    most = max(resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200, 10)
    if 0 < settings.max_connections <= most:
        return settings
    _log.warn(
        "bbbd accepts only {most} connections: RLIMIT_NOFILE does not allow more",
        event="connections_lowered",
        most=most,
    )
    return dataclasses.replace(settings, max_connections=most)


async def _done(result: Deferred[None] | None) -> None:
    if result is not None:
        await result


def _endpoints(settings: Settings) -> list[IStreamServerEndpoint]:
    endpoints = []
    for text in settings.listen:
        try:
            endpoints.append(serverFromString(installed_reactor, text))
        except (ValueError, TypeError, LookupError) as fault:
            leave(SETTINGS, f'bbbd.listen: "{text}" is not a Twisted server endpoint ({fault})')
    return endpoints


def makeService(options: Options) -> Service:
    """Return the daemon for a command line; exit when it cannot start."""
    # No signal but those of a stop must end the process before the daemon can heed it.
    for number in (signal.SIGHUP, signal.SIGUSR1, *_HARMLESS):
        signal.signal(number, lambda _number, _frame: None)
    try:
        settings, warnings = read_settings(options.files, options.overrides)
    except BadSettings as fault:
        leave(SETTINGS, str(fault))
    disk, directory = Disk(), settings.directory
    try:
        disk.mkdir(directory)
        lock = _locked(disk, directory / "lock")
        if lock is None:
            leave(TAKEN, f"bbbd: {directory} is in use by another bbbd")
        _LOCK_HELD.append(lock)
        for name in ("meetings", "configs"):
            disk.mkdir(directory / name)
            disk.chmod(directory / name, 0o700)
        secrets = load_secrets(settings, disk)
        if (directory / "secret").exists():
            disk.chmod(directory / "secret", 0o600)
    except NoSecret as fault:
        leave(SETTINGS, f"bbbd: {fault}")
    except OSError as fault:
        leave(DISK, f"bbbd: {directory} cannot be used: {fault}")
    for warning in warnings:
        sys.stderr.write(f"{warning}\n")
    if settings.developer and not settings.developer_anywhere and (open_to := _not_loopback(settings)):
        leave(SETTINGS, f"bbbd: developer mode does not listen on {open_to} unless bbbd.developerAnywhere=true")
    os.umask(0o077)
    write, log_file = _log_target(options)
    observer = LogObserver(write, settings.log_level, settings.log_format)
    return Daemon(options, settings, secrets, observer, log_file)


def _log_target(options: Options) -> tuple[Callable[[str], object], LogFile | None]:
    """Return where the log goes by twistd's own options: syslog, a file, or standard error.

    As twistd documents it: without an option, a daemon in the background writes to ``twistd.log``.
    """
    twistd: Mapping[str, Any] = options.parent or {"nodaemon": True}
    in_foreground, name = twistd.get("nodaemon"), twistd.get("logfile")
    if twistd.get("syslog"):
        syslog.openlog(twistd.get("prefix") or "bbbd", syslog.LOG_PID, syslog.LOG_DAEMON)
        return lambda text: syslog.syslog(text.rstrip("\n")), None
    if name == "-":
        if not in_foreground:
            leave(USAGE, "bbbd: a daemon in the background cannot log to standard output")
        return partial(_write, "__stdout__"), None
    if in_foreground and not name:
        return partial(_write, "__stderr__"), None
    try:
        log_file = LogFile(Path(name or "twistd.log"))
    except OSError as fault:
        leave(DISK, f"bbbd: the log file cannot be written: {fault}")
    return log_file.write, log_file


def _ignore(number: signal.Signals | int) -> None:
    _log.info("signal {number} was ignored", event="signal_ignored", number=int(number))


def _locked(disk: Disk, path: Path) -> int | None:
    """Lock the data directory, or return None. A server that was killed just before may still hold the lock."""
    until = time.monotonic() + LOCK_WAIT
    while (lock := disk.lock(path)) is None and time.monotonic() < until:
        time.sleep(0.05)
    return lock


def _not_loopback(settings: Settings) -> str:
    """Return an endpoint that other machines can reach, empty when there is none."""
    for endpoint in settings.listen:
        interface = re.search(r"interface=((?:[^:\\]|\\.)*)", endpoint)
        host = interface[1].replace("\\", "") if interface else ""
        if host not in ("localhost", "::1") and not host.startswith("127.") and not endpoint.startswith("unix:"):
            return endpoint
    return ""


def _write(stream: str, text: str) -> None:
    """Write to a standard stream of the process, whatever Twisted has put in its place."""
    file = getattr(sys, stream)
    file.write(text)
    file.flush()
