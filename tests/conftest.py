"""Fixtures: a server in memory, a real daemon, and either of them, also with Janus; and no error goes unseen."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
import pytest_twisted
from callback_receivers import Receiver
from environment_reset import make_even
from harness import STARTER, Caller, Daemon, Memory
from hypothesis import HealthCheck, settings
from media_harness import Attendee, Come, Endpoints, Janus, Network
from tls_receivers import HOST, Authority, SecureReceiver
from twisted.internet.ssl import CertificateOptions
from twisted.logger import ILogObserver, LogEvent, LogLevel, globalLogPublisher

# How long an example takes says more of the machine than of the code, and so does how long it takes to draw one.
# Examples are fewer than Hypothesis has by itself: readers of strangers' bytes have fuzzers beside them (make fuzz).
settings.register_profile("bbbd", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bbbd")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Know whether processes are to be started as users start them, imports and all; and where a long run goes on."""
    parser.addoption("--fresh", action="store_true", help="start every process anew; slower")
    parser.addoption("--seed", type=int, help="the seed of a long run, as it was printed, to have the same again")
    parser.addoption("--skip", type=int, default=0, help="how many cuts of a long run were done, to go on behind them")


def pytest_configure(config: pytest.Config) -> None:
    """Begin everywhere with the same surroundings; the processes of a run that are started later have them too."""
    config.add_cleanup(make_even())
    STARTER.forks = not config.getoption("fresh")
    config.add_cleanup(STARTER.end)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Give back what a run has written, which may lie in memory; not before its end, as servers may still write."""
    if exitstatus == 0 and not hasattr(session.config, "workerinput"):
        factory: pytest.TempPathFactory = session.config._tmp_path_factory  # type: ignore[attr-defined]
        shutil.rmtree(factory.getbasetemp(), ignore_errors=True)


@pytest.fixture
def logged() -> Iterator[list[LogEvent]]:
    """Every event that this process logs; the lines in memory of what a daemon would write."""
    events: list[LogEvent] = []
    observer = cast("ILogObserver", events.append)
    globalLogPublisher.addObserver(observer)
    yield events
    globalLogPublisher.removeObserver(observer)


@pytest.fixture
def asked_for() -> set[str]:
    """The kinds of errors that a test asks for, by their event's word."""
    return set()


@pytest.fixture(autouse=True)
def no_error_unseen(logged: list[LogEvent], asked_for: set[str]) -> Iterator[None]:
    """Fail a test that logged an error it did not ask for: a lost Deferred, a listener, a beat."""
    yield
    unseen = [
        event
        for event in logged
        if event.get("log_level") in (LogLevel.error, LogLevel.critical) and event.get("event") not in asked_for
    ]
    assert not unseen, unseen


@pytest.fixture
def memory(memory_with: Callable[..., Memory]) -> Memory:
    return memory_with()


@pytest.fixture
def memory_with(tmp_path: Path) -> Iterator[Callable[..., Memory]]:
    """Make a server in memory with settings."""
    servers: list[Memory] = []

    def make(**settings: str) -> Memory:
        given = {name.replace("__", "."): value for name, value in settings.items()}
        servers.append(Memory(directory=tmp_path, settings=given))
        return servers[-1]

    yield make
    for server in servers:
        server.hang_up()


@pytest.fixture
def start_daemon(asked_for: set[str]) -> Iterator[Callable[..., Daemon]]:
    """Start daemons; at the end each is stopped, and none may have logged an error that was not asked for."""
    daemons: list[Daemon] = []
    with tempfile.TemporaryDirectory(prefix="bbbd-test-") as directory:

        def start(kind: type[Daemon] = Daemon, **more: object) -> Daemon:
            more.setdefault("directory", Path(directory) / f"data{len(daemons)}")
            daemons.append(kind(**more))  # type: ignore[arg-type]
            return daemons[-1]

        yield start
        for daemon in daemons:
            if daemon.process.poll() is None:
                assert daemon.end() == 0
            unseen = [
                line for line in daemon.log if line["level"] in ("error", "critical") and line["event"] not in asked_for
            ]
            assert not unseen, unseen


@pytest_twisted.async_yield_fixture  # type: ignore[untyped-decorator] # it has no types
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver of callbacks."""
    listening = Receiver().listen()
    yield listening
    await listening.close()


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority("The Authority")


@pytest.fixture
def pem(tmp_path: Path, authority: Authority) -> Path:
    """The authority's file."""
    path = tmp_path.parent / f"{tmp_path.name}.pem"
    path.write_bytes(authority.pem)
    return path


@pytest_twisted.async_yield_fixture  # type: ignore[untyped-decorator] # it has no types
async def secure() -> AsyncIterator[Callable[..., SecureReceiver]]:
    """Make a receiver that shows a certificate."""
    receivers: list[SecureReceiver] = []

    def listen(certificate: CertificateOptions, host: str = HOST) -> SecureReceiver:
        receivers.append(SecureReceiver(certificate=certificate, host=host).listen())
        return receivers[-1]

    yield listen
    for receiver in receivers:
        await receiver.close()


@pytest.fixture(scope="session")
def shared_daemon() -> Iterator[Daemon]:
    """One daemon for all tests that only call it; they use meetings of their own."""
    with tempfile.TemporaryDirectory(prefix="bbbd-test-") as directory:
        daemon = Daemon(directory=Path(directory) / "data")
        yield daemon
        assert daemon.end() == 0
        assert not [line for line in daemon.log if line["level"] in ("error", "critical")]


@pytest.fixture(params=["memory", "daemon"])
def bbb(request: pytest.FixtureRequest) -> Caller:
    """A server, once in memory and once as a daemon: what the API promises holds for both."""
    if request.param == "memory":
        memory: Memory = request.getfixturevalue("memory")
        return memory
    daemon: Daemon = request.getfixturevalue("shared_daemon")
    daemon.forget_log()
    return daemon


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    network = Network()
    yield network
    network.end()


@pytest.fixture(scope="module")
def janus(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Janus]:
    janus = Janus(network, tmp_path_factory.mktemp("janus"))
    yield janus
    janus.end()


@pytest.fixture(scope="module")
def endpoints() -> Iterator[Endpoints]:
    endpoints = Endpoints()
    yield endpoints
    endpoints.end()


@pytest.fixture
def media_daemon(janus: Janus, start_daemon: Callable[..., Daemon]) -> Daemon:
    """A daemon with Janus beside it."""
    return start_daemon(settings=janus.settings)


@pytest.fixture
def come(media_daemon: Daemon, endpoints: Endpoints) -> Iterator[Come]:
    """Let somebody come in."""
    everybody: list[Attendee] = []

    async def enter(name: str, role: str = "VIEWER", **pairs: str) -> Attendee:
        token = await media_daemon.token("demo", name, role=role, **pairs)
        everybody.append(Attendee(media_daemon, token, name, endpoints))
        return everybody[-1]

    yield enter
    for one in everybody:
        one.socket.close()
        endpoints.ask(one.name, "close")
