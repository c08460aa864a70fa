"""What the tests stand on: one way to call a server, in memory or as a real daemon."""

from __future__ import annotations

import errno
import hashlib
import http.client
import io
import json
import os
import random
import resource
import signal
import socket
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, ParamSpec, cast
from urllib.parse import quote_plus

import pytest_twisted
import treq
from environment_reset import PATIENCE
from lxml import etree
from process_fork import Files, Process, Starter
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, execute
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IReactorTCP
from twisted.internet.task import Clock as ManualTimer
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent

from bbbd.assembly.app import App
from bbbd.callbacks.outbox import MOST_DUE
from bbbd.clock import Clock
from bbbd.environment import Environment, Network
from bbbd.http.site import Site
from bbbd.log import LogObserver
from bbbd.meetings.event import Event, Joined
from bbbd.meetings.journal import COMPACT_PAST
from bbbd.meetings.model import Meeting, Person
from bbbd.settings.current import CurrentSettings
from bbbd.settings.properties import read_settings
from bbbd.storage.disk import Disk
from bbbd.values.enums import LogFormat, LogLevel

SECRET = "639259d4-9dd8-4b25-bf01-95f9567eaf4b"
#: Wall time at which the tests' clock begins: 2018-07-09 17:03:29.613 UTC.
BEGUN = 1_531_155_809.613
FORM = "application/x-www-form-urlencoded"
#: Tests that are not about slides convert none, and those that are not about sound have no engine.
DEFAULT_SLIDES = "beans.presentationService.defaultUploadedPresentation"
PLAIN = {DEFAULT_SLIDES: "none", "bbbd.media": "off"}
ROOT = Path(__file__).resolve().parent.parent
STARTER = Starter()


P = ParamSpec("P")


def awaited(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, Any]:
    """Make a coroutine a test that pytest runs under the reactor."""
    made: Callable[P, Any] = pytest_twisted.ensureDeferred(test)
    return made


def query_of(pairs: dict[str, Any]) -> str:
    return "&".join(f"{quote_plus(name)}={quote_plus(str(value))}" for name, value in pairs.items())


def checksum(call: str, text: str | bytes, secret: str = SECRET, algorithm: str = "sha1") -> str:
    raw = text.encode() if isinstance(text, str) else text
    return hashlib.new(algorithm, call.encode() + raw + secret.encode()).hexdigest()


def signed(call: str, query: str = "", secret: str = SECRET, algorithm: str = "sha1") -> str:
    """Return the path and query of a signed call."""
    joint = "&" if query else ""
    return f"/bigbluebutton/api/{call}?{query}{joint}checksum={checksum(call, query, secret, algorithm)}"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, and what the API says in it."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def xml(self) -> etree._Element:
        return etree.fromstring(self.body)

    @property
    def json(self) -> Any:
        return json.loads(self.body)["response"]

    def text(self, path: str) -> str | None:
        return self.xml.findtext(path)

    @property
    def code(self) -> str | None:
        return self.text("returncode")

    @property
    def key(self) -> str | None:
        return self.text("messageKey")

    @property
    def names(self) -> list[str]:
        return [str(child.tag) for child in self.xml]


def parse(raw: bytes, method: str = "GET") -> Answer:
    """Return the one answer in the bytes of a connection."""

    class _Socket:
        def makefile(self, *_args: object, **_more: object) -> io.BytesIO:
            return io.BytesIO(raw)

    response = http.client.HTTPResponse(_Socket(), method=method)  # type: ignore[arg-type]
    response.begin()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read())


@dataclass
class Caller(ABC):
    """Calls a server; the two kinds below say how the bytes go there and back."""

    secret: str = SECRET

    @abstractmethod
    async def fetch(
        self, target: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """Send a request and return its answer."""

    async def call(self, call: str, *, headers: Any = None, **pairs: Any) -> Answer:
        """Call by GET with SHA-1."""
        return await self.fetch(signed(call, query_of(pairs), self.secret), headers=headers)

    async def query(self, call: str, query: str, **more: Any) -> Answer:
        """Call with a raw query string."""
        return await self.fetch(signed(call, query, self.secret), **more)

    async def post(self, call: str, form: str, **more: Any) -> Answer:
        """Post a form as it is, with the raw reading's checksum in it."""
        body = f"{form}&checksum={checksum(call, form, self.secret)}".encode()
        return await self.fetch(
            f"/bigbluebutton/api/{call}", "POST", {"Content-Type": FORM} | more.pop("headers", {}), body, **more
        )

    async def info(self, meeting_id: str) -> Answer:
        return await self.call("getMeetingInfo", meetingID=meeting_id)

    async def token(self, meeting_id: str, name: str, **pairs: Any) -> str:
        """Join and return the session token."""
        answer = await self.call("join", meetingID=meeting_id, fullName=name, redirect="false", **pairs)
        token = answer.text("session_token")
        assert token, answer.body
        return token


@contextmanager
def no_descriptors() -> Iterator[None]:
    """Have this process open no file."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


class FaultyDisk(Disk):
    """A disk on which a test can make an operation fail: ``faults`` by its name."""

    def __init__(self) -> None:
        self.faults: dict[str, Exception] = {}
        self.short = False
        self.full_until_gone: Path | None = None
        self.refuse_rename = ""
        #: How often a rename was refused.
        self.refused = 0

    def write(self, descriptor: int, data: bytes) -> int:
        if "write" in self.faults:
            raise self.faults["write"]
        if self.full_until_gone is not None and self.full_until_gone.exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(descriptor, data[: len(data) // 2] if self.short else data)

    def rename(self, source: Path, target: Path) -> None:
        if self.refuse_rename == str(target):
            self.refused += 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().rename(source, target)

    def fdatasync(self, descriptor: int) -> None:
        if "fdatasync" in self.faults:
            raise self.faults["fdatasync"]
        super().fdatasync(descriptor)

    def sync_all(self) -> None:
        """Do nothing: no test cuts the machine's power, and others' files would be waited for too."""


class Wire(StringTransport):
    """A connection without a socket: what the server does to it is done, and can be looked at."""

    def __init__(self, site: Site, host: str) -> None:
        super().__init__(peerAddress=IPv4Address("TCP", host, 50_000))
        self.closed = self.half_closed = False
        self.channel = cast("Any", site.buildProtocol(self.getPeer()))
        self.refused = self.channel is None
        if not self.refused:
            self.channel.makeConnection(self)

    def send(self, raw: bytes) -> None:
        self.channel.dataReceived(raw)

    def got(self) -> bytes:
        return bytes(self.value())

    def hang_up(self) -> None:
        if not self.closed:
            self.closed = True
            self.channel.connectionLost(Failure(ConnectionDone()))

    def loseConnection(self) -> None:
        self.hang_up()

    def abortConnection(self) -> None:
        self.hang_up()

    def loseWriteConnection(self) -> None:
        self.half_closed = True


class Held:
    """The real reactor, but that its timers run by a clock that the test moves."""

    def __init__(self, timer: ManualTimer) -> None:
        from twisted.internet import reactor  # noqa: PLC0415 - only where there is one

        self._real = cast("Any", reactor)
        self.callLater = timer.callLater

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def network(names: dict[str, list[str]], waiting: ManualTimer | None = None) -> Network:
    """Return the real network, but for what names stand for, and how long one waits: by a clock that the test moves."""
    reactor = cast("IReactorTCP", Held(waiting or ManualTimer()))
    return Network(reactor=reactor, lookup=execute, names=lambda host: names.get(host, [host]))


@dataclass
class Memory(Caller):
    """A whole server in this process, reached without a port, whose clock the test moves."""

    directory: Path = field(default_factory=Path)
    settings: dict[str, str] = field(default_factory=dict)
    timer: ManualTimer = field(default_factory=ManualTimer)
    disk: Any = field(default_factory=FaultyDisk)
    compact_past: int = COMPACT_PAST
    most_due: int = MOST_DUE
    wall_offset: float = 0.0
    wires: list[Wire] = field(default_factory=list)
    #: What each name stands for when this server calls it.
    names: dict[str, list[str]] = field(default_factory=dict)
    #: The network's clock: no answer is late until the test moves it, however slow the machine is.
    waiting: ManualTimer = field(default_factory=ManualTimer)
    lines: list[str] = field(default_factory=list)
    #: The clock by which turns are short: by this one nothing takes any time.
    stopwatch: Callable[[], float] = lambda: 0.0
    #: Where the processing of recordings runs: at once, unless a test holds it.
    processing: Any = execute
    #: Where short work for the disk runs.
    worker: Any = execute
    app: App = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        given = {
            "bbbd.dataDir": str(self.directory),
            "bigbluebutton.web.serverURL": "http://bbb.example.org",
            **PLAIN,
        }
        settings, _warnings = read_settings(["/dev/null"], given | self.settings)
        settings.directory.mkdir(exist_ok=True)
        clock = Clock(self.timer, lambda: BEGUN + self.wall_offset + self.timer.seconds())
        machine = Environment(
            disk=self.disk,
            clock=clock,
            timer=self.timer,
            thread=execute,
            worker=self.worker,
            jobs=execute,
            recordings=self.processing,
            network=network(self.names, self.waiting),
            observer=LogObserver(self.lines.append, LogLevel.INFO, LogFormat.JSON),
            stopwatch=self.stopwatch,
        )
        current = CurrentSettings(settings, (self.secret,))
        self.app = App(current, machine, compact_past=self.compact_past, most_due=self.most_due)
        self.app.start()
        self.settle(lambda: not self.app.server.library._lock.locked)

    async def restart(self, seconds: float = 0) -> None:
        """Stop as a kill does, be down for so long, and start again."""
        self.app._tasks.stop()
        for call in self.timer.getDelayedCalls():
            call.cancel()
        # A killed process does not notice that its connections end, so it writes nothing of them.
        self.wires.clear()
        self.timer.rightNow += seconds
        self.start()

    def advance(self, seconds: float, step: float = 0) -> None:
        """Move the clock in steps of a second, as most periodic tasks have it, of ten for hours; then by the rest."""
        step = step or (1 if seconds <= 3600 else 10)
        for _ in range(int(seconds // step)):
            self.timer.advance(step)
        self.timer.advance(seconds % step)

    def connect(self, host: str = "192.0.2.1") -> Wire:
        self.wires.append(Wire(self.app.site, host))
        return self.wires[-1]

    def settle(self, done: Callable[[], bool]) -> None:
        """Let what waits only for a turn of the reactor go on, until something is done or nothing is left."""
        for _ in range(1000):
            if done():
                return
            self.timer.advance(0)

    def look(self) -> None:
        """Have the recordings looked through now."""
        library = self.app.server.library
        library.look()
        self.settle(lambda: not library._lock.locked)

    def hang_up(self) -> None:
        """Close the connections that a test left open."""
        for wire in self.wires:
            if not wire.refused:
                wire.hang_up()

    def send(self, raw: bytes) -> bytes:
        """Send raw bytes over a new connection and return what came back."""
        wire = self.connect()
        wire.send(raw)
        self.settle(lambda: bool(wire.got()))
        wire.hang_up()
        return wire.got()

    async def fetch(
        self, target: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        lines = [f"{method} {target} HTTP/1.1", "Host: bbb.example.org"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body or method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        return parse(self.send("\r\n".join((*lines, "", "")).encode() + body), method)

    def told(self, event: str) -> list[dict[str, Any]]:
        """Return the lines of the access log of one kind."""
        return [line for line in map(json.loads, self.lines) if line["event"] == event]

    def meeting(self, meeting_id: str) -> Meeting:
        found = self.app.meetings.find(meeting_id)
        assert found is not None
        return found

    def happen(self, meeting_id: str, event: Event) -> None:
        self.app.meetings.happen(self.meeting(meeting_id), event)

    async def enter(self, meeting_id: str, name: str, **pairs: Any) -> Person:
        """Join and come in, as the page will do it."""
        token = await self.token(meeting_id, name, **pairs)
        meeting = self.meeting(meeting_id)
        self.app.meetings.happen(meeting, Joined(token=token))
        return meeting.people[meeting.sessions[token].user]


async def until(done: Callable[[], bool], why: Callable[[], str] = lambda: "it did not happen") -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, why()
        await _turn()


def free_port() -> int:
    """Return a port that nobody listens on, below those that Linux gives to connections: none of them takes it."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("0.0.0.0", port))
            return port


@dataclass
class Daemon(Caller):
    """A real ``twistd bbbd`` on loopback."""

    directory: Path = field(default_factory=Path)
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    arguments: list[str] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    _log_begin: int = 0
    process: Process = field(init=False)
    starts: bool = True
    #: Whether address and directory are said by flags, or in the settings file.
    flags: bool = True
    _reader: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.directory.mkdir(exist_ok=True)
        self.file = self.directory.parent / f"{self.directory.name}.properties"
        self.write_settings()
        if self.starts:
            self.start()

    @property
    def endpoint(self) -> str:
        """Where it listens, as Twisted writes it."""
        return f"tcp:{self.port}:interface=127.0.0.1"

    @property
    def origin(self) -> str:
        """Its URL, without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def agent(self) -> IAgent | None:
        """What fetches from it; None is the usual one."""
        return None

    def write_settings(self) -> None:
        given = {"securitySalt": self.secret, "bbbd.logLevel": "info", **PLAIN} | self.settings
        if not self.flags:
            given |= {"bbbd.dataDir": str(self.directory), "bbbd.listen": self.endpoint}
        self.file.write_text("".join(f"{name}={value}\n" for name, value in given.items()))

    def start(self) -> None:
        self._started = threading.Event()
        arguments = [
            "-n",
            "--pidfile=",
            "bbbd",
            "--settings",
            str(self.file),
            *(("--data-dir", str(self.directory), "--listen", self.endpoint) if self.flags else ()),
            *self.arguments,
        ]
        reading, writing = os.pipe()
        with Path(os.devnull).open("r+") as nothing, os.fdopen(writing, "w") as error:
            self.process = self.launch(arguments, (nothing, nothing, error))
        self._reader = threading.Thread(target=self._read, args=(reading,), daemon=True)
        self._reader.start()
        assert self._started.wait(PATIENCE), self.log

    def launch(self, arguments: list[str], files: Files) -> Process:
        """Start the process."""
        return STARTER.start("twistd", arguments, files, environment())

    def _read(self, descriptor: int) -> None:
        with os.fdopen(descriptor) as log:
            for line in log:
                try:
                    told = json.loads(line)
                except ValueError:
                    told = {"level": "error", "event": "raw", "message": line}
                self.log.append(told)
                if told["event"] == "started":
                    self._started.set()
        self._started.set()

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the process and return its status."""
        self.process.send_signal(how)
        return self.wait()

    def wait(self) -> int:
        """Wait for the process to end and return its status."""
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return status

    async def restart(self, how: signal.Signals = signal.SIGKILL) -> None:
        self.end(how)
        self.start()

    async def until_logged(self, event: str, count: int = 1) -> dict[str, Any]:
        """Wait until the log has a line of a kind."""
        await until(lambda: self.logged(event) >= count, lambda: f"{event} was not logged: {self.log}")
        return [line for line in self.log[self._log_begin :] if line["event"] == event][count - 1]

    def logged(self, event: str) -> int:
        """Return how many lines of a kind the log has, since it was forgotten."""
        return sum(line["event"] == event for line in self.log[self._log_begin :])

    def forget_log(self) -> None:
        """Count what is logged from now on: what went before is another test's."""
        self._log_begin = len(self.log)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def send(self, raw: bytes) -> bytes:
        """Send raw bytes over a new connection and return all that comes back until it is closed."""
        with self.connect() as connection:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            pieces = []
            while piece := connection.recv(65536):
                pieces.append(piece)
            return b"".join(pieces)

    async def fetch(
        self, target: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        response = await treq.request(
            method,
            self.origin + target,
            agent=self.agent,
            data=body if body or method == "POST" else None,
            headers=Headers({name: [value] for name, value in (headers or {}).items()}),
            allow_redirects=False,
            persistent=False,
            timeout=PATIENCE,
        )
        return await answer_of(response)


async def answer_of(response: Any) -> Answer:
    """Return the answer that a response of treq becomes; of several values of a header the last one."""
    names = {
        name.decode().lower(): values[-1].decode("latin-1") for name, values in response.headers.getAllRawHeaders()
    }
    return Answer(response.code, names, await treq.content(response))


def _turn() -> Deferred[None]:
    """Let the reactor and the other threads go on for a moment."""
    from twisted.internet import reactor  # noqa: PLC0415 - only where there is one
    from twisted.internet.task import deferLater  # noqa: PLC0415

    return deferLater(reactor, 0.01)


def environment(**more: str) -> dict[str, str]:
    """Return this process's environment, and more."""
    return {**os.environ, **more}


def run(*arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run the ``bbbd`` command."""
    return _run("bbbd", *arguments, stdin=stdin, **more)


def run_twistd(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run ``twistd bbbd``."""
    return _run("twistd", "-n", "--pidfile=", "bbbd", *arguments, **more)


def _run(script: str, *arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    with TemporaryFile("w+") as given, TemporaryFile("w+") as said, TemporaryFile("w+") as complained:
        given.write(stdin)
        given.seek(0)
        process = STARTER.start(script, list(arguments), (given, said, complained), environment(**more))
        try:
            status = process.wait(PATIENCE)
        finally:
            process.kill()
        for file in (said, complained):
            file.seek(0)
        return subprocess.CompletedProcess([script, *arguments], status, said.read(), complained.read())
