"""Real receivers of callbacks on loopback, that answer well, badly, slowly, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qs, parse_qsl, urlsplit

from harness import Memory, until
from twisted.internet.interfaces import IAddress, IListeningPort, IReactorTCP, IReactorTime
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.python.failure import Failure


@dataclass(frozen=True)
class Got:
    """A request that came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode(), strict_parsing=True).items()}

    @property
    def event(self) -> dict[str, Any]:
        """What a hook was sent."""
        (event,) = json.loads(self.form["event"])
        data: dict[str, Any] = event["data"]
        return data


Answer = Callable[["_Connection"], None]


def status(code: int, body: bytes = b"ok", headers: str = "") -> Answer:
    """Answer with a status."""

    def answer(connection: _Connection) -> None:
        connection.say(f"HTTP/1.1 {code} Said\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body)

    return answer


def raw(data: bytes, *, close: bool = False) -> Answer:
    """Say something, and perhaps hang up."""

    def answer(connection: _Connection) -> None:
        connection.say(data)
        if close:
            connection.hang_up()

    return answer


def endless(piece: bytes, head: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> Answer:
    """Never come to an end."""

    def answer(connection: _Connection) -> None:
        connection.say(head)
        connection.go_on(piece)

    return answer


class _Connection(Protocol):
    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.buffer = b""
        self.lost = False

    def say(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)

    def hang_up(self) -> None:
        assert self.transport is not None
        self.transport.loseConnection()

    def go_on(self, piece: bytes) -> None:
        from twisted.internet import reactor  # noqa: PLC0415 - only where there is one

        if not self.lost:
            self.say(piece)
            cast("IReactorTime", reactor).callLater(0, self.go_on, piece)

    def connectionMade(self) -> None:
        self.receiver.connections.add(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost = True
        self.receiver.connections.discard(self)

    def dataReceived(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        if len(body) < int(headers.get("content-length", 0)):
            return
        self.buffer = b""
        method, target, _version = first.split(" ")
        self.receiver.take(self, Got(method, target, headers, body))


class _Connections(ServerFactory):
    noisy = False

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver

    def buildProtocol(self, addr: IAddress | None) -> _Connection:
        return _Connection(self.receiver)


@dataclass
class Receiver:
    """A receiver. ``plan`` holds the next answers; behind them all are ``usual``."""

    usual: Answer = field(default_factory=lambda: status(200))
    plan: list[Answer] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    connections: set[_Connection] = field(default_factory=set)
    most: int = 0
    port: int = 0
    _listening: IListeningPort | None = None

    def listen(self, port: int = 0) -> Receiver:
        from twisted.internet import reactor  # noqa: PLC0415 - only where there is one

        tcp = cast("IReactorTCP", reactor)
        self._listening = tcp.listenTCP(port, _Connections(self), interface="127.0.0.1", backlog=2000)
        self.port = self._listening.getHost().port  # type: ignore[attr-defined]
        return self

    async def close(self) -> None:
        """Listen no more and hang up."""
        if self._listening is not None:
            stopped = self._listening.stopListening()
            self._listening = None
            if stopped is not None:
                await stopped
        for connection in list(self.connections):
            connection.hang_up()
        await until(lambda: not self.connections)

    def url(self, path: str = "/cb") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def take(self, connection: _Connection, got: Got) -> None:
        self.got.append(got)
        self.most = max(self.most, len(self.connections))
        (self.plan.pop(0) if self.plan else self.usual)(connection)

    async def has(self, count: int) -> list[Got]:
        """Return what came, once it is so many."""
        await until(lambda: len(self.got) >= count)
        return self.got


async def told_by(memory: Memory, receiver: Receiver, count: int) -> list[Got]:
    """Return what a receiver was told by a server in memory, once so many calls have come."""
    outbox = memory.app.server.outbox
    for _ in range(count):
        memory.advance(1)
        await until(lambda: not outbox._attempts and not outbox._pumping)
    return await receiver.has(count)
