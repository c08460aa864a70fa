"""Connections that send at the end of a turn: one call of the system, and otherwise as Twisted's."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from bbbd.daemon.bounded_turns import MOST_AT_END, shorten
from bbbd.daemon.turn_transport import gather_writes
from bbbd.metrics.counting import Metrics
from bbbd.monitoring.reactor_turns import ReactorTurns


class CountingPoller:
    """Stands before a poller and notes what it is told."""

    def __init__(self, poller: Any) -> None:
        self._poller = poller
        self.told: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.told.append(name)
        return getattr(self._poller, name)


class Server(Protocol):
    """Does to each connection what the test says, once for each time it is sent something."""

    transport: Any

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.ends = 0
        self.paused: list[bool] = []

    def dataReceived(self, data: bytes) -> None:
        self._turns.heard(self.transport, data)

    def connectionLost(self, _reason: Failure = Failure(Exception())) -> None:  # noqa: B008 - Twisted's signature
        self.ends += 1

    def pauseProducing(self) -> None:
        self.paused.append(True)

    def resumeProducing(self) -> None:
        self.paused.append(False)

    def stopProducing(self) -> None:
        pass


class Turns:
    """A reactor that the test turns, with a port whose connections send at the end of a turn."""

    def __init__(self, reactor: Any, path: Path | None) -> None:
        self.reactor = reactor
        self.system = reactor._poller = CountingPoller(reactor._poller)
        end = shorten(reactor, lambda: 0.0)
        assert end is not None
        self.end = end
        self.servers: list[Server] = []
        self.heard: Callable[[Any, bytes], None] = lambda transport, data: transport.write(data)
        factory: Any = Factory()
        factory.buildProtocol = self._build
        factory.noisy = False
        self.port = (
            reactor.listenUNIX(str(path), factory) if path else reactor.listenTCP(0, factory, interface="127.0.0.1")
        )
        self.address: Any = str(path) if path else ("127.0.0.1", self.port.getHost().port)
        gather_writes(self.port, end)
        self.clients: list[socket.socket] = []

    def _build(self, _address: object) -> Server:
        self.servers.append(Server(self))
        return self.servers[-1]

    def connect(self) -> tuple[socket.socket, Server]:
        """Return a new connection's both ends."""
        client = socket.socket(socket.AF_UNIX if isinstance(self.address, str) else socket.AF_INET)
        client.settimeout(20)
        client.connect(self.address)
        self.clients.append(client)
        before = len(self.servers)
        self.turn(lambda: len(self.servers) > before)
        return client, self.servers[-1]

    def turn(self, done: Callable[[], object]) -> None:
        """Turn the reactor until something is so."""
        while not done():
            self.reactor.runUntilCurrent()
            self.reactor.doIteration(1)

    def ask(self, client: socket.socket, data: bytes = b"x") -> None:
        """Send something, and have the server hear it."""
        heard, self.heard = self.heard, self.heard
        done: list[bytes] = []

        def hear(transport: Any, got: bytes) -> None:
            heard(transport, got)
            done.append(got)

        self.heard = hear
        client.sendall(data)
        self.turn(lambda: done)
        self.heard = heard
        # What is at the end of the turn is done before the next wait.
        self.reactor.doIteration(0)


@pytest.fixture(params=["tcp", "unix"])
def turns(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Turns]:
    made: Any = EPollReactor()
    turns = Turns(made, tmp_path / "socket" if request.param == "unix" else None)
    yield turns
    for client in turns.clients:
        client.close()
    for server in turns.servers:
        server.transport.abortConnection()
    turns.port.stopListening()
    made.runUntilCurrent()
    made.removeAll()
    made._poller.close()


class CountingSocket:
    """Stands before a socket and notes how much it is given to send."""

    def __init__(self, plain: socket.socket) -> None:
        self._plain = plain
        self.sent: list[int] = []

    def send(self, data: bytes) -> int:
        self.sent.append(len(data))
        return self._plain.send(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)


def test_an_answer_is_one_call_of_the_system(turns: Turns) -> None:
    client, server = turns.connect()
    counting = server.transport.socket = CountingSocket(server.transport.socket)

    def answer(transport: Any, _data: bytes) -> None:
        for piece in (b"head ", b"body"):
            transport.write(piece)
        transport.writeSequence([b" and", b" more"])

    turns.heard = answer
    turns.system.told.clear()
    turns.ask(client)
    assert client.recv(100) == b"head body and more"
    assert counting.sent == [18]
    # Epoll was asked for events, and told nothing.
    assert set(turns.system.told) <= {"poll"}


def test_what_does_not_fit_is_sent_when_there_is_room_and_its_producer_waits(turns: Turns) -> None:
    client, server = turns.connect()
    server.transport.registerProducer(server, True)
    pieces = [bytes([number]) * 500_000 for number in range(20)]

    def answer(transport: Any, _data: bytes) -> None:
        for piece in pieces:
            transport.write(piece)

    turns.heard = answer
    turns.ask(client)
    assert server.paused[:1] == [True]
    got = bytearray()
    client.setblocking(False)

    def read() -> bool:
        with suppress(BlockingIOError):
            got.extend(client.recv(1 << 20))
        return len(got) >= sum(map(len, pieces))

    turns.turn(read)
    assert bytes(got) == b"".join(pieces)
    turns.turn(lambda: server.paused[-1] is False)


def test_what_is_written_before_a_close_arrives(turns: Turns) -> None:
    for close in ("loseConnection", "loseWriteConnection"):
        client, _server = turns.connect()

        def answer(transport: Any, data: bytes, close: str = close) -> None:
            transport.write(data)
            getattr(transport, close)()

        turns.heard = answer
        turns.ask(client, b"the last one")
        turns.turn(lambda: turns.reactor.getWriters() == [])
        assert client.recv(100) == b"the last one"
        assert client.recv(100) == b""
        client.close()
        turns.turn(lambda: turns.servers[-1].ends == 1)


def test_nothing_is_sent_after_an_abort(turns: Turns) -> None:
    client, server = turns.connect()

    def answer(transport: Any, data: bytes) -> None:
        transport.write(data)
        transport.abortConnection()
        transport.write(data)

    turns.heard = answer
    turns.ask(client)
    turns.turn(lambda: server.ends == 1)
    with suppress(ConnectionResetError):
        assert client.recv(100) == b""


def test_a_connection_that_is_lost_ends_once(turns: Turns) -> None:
    client, server = turns.connect()
    transport = server.transport
    if client.family == socket.AF_INET:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    transport.write(b"nobody reads this")
    turns.turn(lambda: server.ends)
    transport.write(b"nor this")
    turns.reactor.doIteration(0)
    assert server.ends == 1


def noted(done: list[Any], what: object, *, is_urgent: bool = False) -> bool:
    """Note that something was done at the end of a turn."""
    done.append(what)
    return is_urgent


def test_the_next_turn_comes_at_once_when_something_is_due(turns: Turns) -> None:
    done: list[str] = []
    turns.end.append(partial(noted, done, "it", is_urgent=True))
    turns.reactor.doIteration(60)
    assert done == ["it"]


def test_a_turn_ends_for_many_connections_in_several_turns(turns: Turns) -> None:
    done: list[int] = []
    turns.end.extend(partial(noted, done, number) for number in range(2 * MOST_AT_END + 1))
    counts = []
    for _turn in range(3):
        # The next turn comes at once, though nobody sends anything.
        turns.reactor.doIteration(60 if len(done) <= MOST_AT_END else 0)
        counts.append(len(done))
    assert counts == [MOST_AT_END, 2 * MOST_AT_END, 2 * MOST_AT_END + 1]
    assert done == sorted(done)


def test_a_fault_at_the_end_of_a_turn_does_not_keep_the_others_from_it(turns: Turns) -> None:
    done: list[str] = []

    def fail() -> bool:
        raise LookupError

    turns.end.extend((partial(noted, done, "before"), fail, partial(noted, done, "after")))
    with pytest.raises(LookupError):
        turns.reactor.doIteration(0)
    turns.reactor.doIteration(0)
    assert done == ["before", "after"]


def test_what_a_turn_ends_with_is_measured_as_a_part_of_it() -> None:
    reactor: Any = EPollReactor()
    metrics, now = Metrics(), [0.0]
    measured = ReactorTurns(metrics, lambda: now[0])
    assert measured.watch(reactor)
    end = shorten(reactor, lambda: 0.0)
    assert end is not None
    reactor.doIteration(0)

    def take_two_seconds() -> bool:
        now[0] += 2
        return False

    end.append(take_two_seconds)
    reactor.doIteration(0)
    assert measured.longest() == 2
    reactor.removeAll()
    reactor._poller.close()
