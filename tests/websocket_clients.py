"""People with a WebSocket, as a client of another maker has one: in memory, and over a real connection."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

from environment_reset import PATIENCE
from harness import Caller, Daemon, Memory, Wire
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Ping,
    Pong,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)


class Member:
    """A client's end. ``write`` sends bytes; what came is given to ``feed``."""

    #: Where the socket is: in developer mode a namespace has one of its own.
    target = "/html5client/socket"

    def __init__(self, host: str, token: str, write: Callable[[bytes], object], **headers: str) -> None:
        self.got: list[dict[str, Any]] = []
        self.raw: list[str] = []
        self.closed: tuple[int, str] | None = None
        self.status: int | None = None
        self.pinged = 0
        self.answers_pings = True
        self._write = write
        self._frames = WSConnection(ConnectionType.CLIENT)
        self._text = ""
        more = {"Origin": f"http://{host}"} | headers
        opening = Request(
            host=more.pop("Host", host),
            target=self.target,
            subprotocols=["bbbd.1", f"token.{token}"],
            extra_headers=[(name.encode(), value.encode()) for name, value in more.items()],
        )
        write(self._frames.send(opening))

    def feed(self, data: bytes) -> None:
        if not data or self.closed:
            return
        self._frames.receive_data(data)
        for event in self._frames.events():
            if isinstance(event, AcceptConnection):
                assert event.subprotocol == "bbbd.1"
                assert not event.extensions
                self.status = 101
            elif isinstance(event, RejectConnection):
                self.status = event.status_code
            elif isinstance(event, TextMessage):
                self._text += event.data
                if event.message_finished:
                    self.raw.append(self._text)
                    self.got.append(json.loads(self._text))
                    self._text = ""
            elif isinstance(event, Ping):
                self.pinged += 1
                if self.answers_pings:
                    self._write(self._frames.send(event.response()))
            elif isinstance(event, CloseConnection):
                self.closed = (event.code, event.reason or "")
                # The server may be gone for good already.
                with suppress(OSError):
                    self._write(self._frames.send(event.response()))
            else:
                assert isinstance(event, (Pong, RejectData))

    def say(self, t: str, **fields: Any) -> None:
        self.say_raw(json.dumps({"t": t, **fields}, ensure_ascii=False))

    def say_raw(self, text: str) -> None:
        self._write(self._frames.send(TextMessage(data=text)))

    def write_raw(self, data: bytes) -> None:
        self._write(data)

    def hello(self, **more: Any) -> None:
        self.say("hello", **({"v": 1, "tab": "tab"} | more))

    def all(self, t: str) -> list[dict[str, Any]]:
        """Return what was said of one kind."""
        return [one for one in self.got if one["t"] == t]

    def last(self, t: str) -> dict[str, Any]:
        found = self.all(t)
        assert found, f"no {t} in {self.got}"
        return found[-1]

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        """Return the events that were told, of some kinds or of all."""
        every = [event for message in self.all("events") for event in message["list"]]
        return [event for event in every if not kinds or event["e"] in kinds]

    def forget(self) -> None:
        """Forget what was said until now."""
        self.got.clear()
        self.raw.clear()


class InMemory(Member):
    """Somebody at a server in this process."""

    def __init__(self, memory: Memory, token: str, **headers: str) -> None:
        self.memory, self.token = memory, token
        self.wire: Wire = memory.connect()
        self._read = 0
        super().__init__("bbb.example.org", token, self.wire.send, **headers)
        self.listen()

    def listen(self) -> None:
        """Hear what has come."""
        got = self.wire.got()
        self._read, begin = len(got), self._read
        self.feed(got[begin:])

    def ask(self, t: str, **fields: Any) -> dict[str, Any]:
        """Say something with an id, and return what is answered."""
        asked, before = fields.setdefault("id", len(self.got) + 1000), len(self.got)
        self.say(t, **fields)
        self.memory.settle(lambda: bool(self._answers(asked, before)))
        [answer] = self._answers(asked, before)
        return answer

    def _answers(self, asked: int, before: int) -> list[dict[str, Any]]:
        self.listen()
        return [one for one in self.got[before:] if one.get("id") == asked]

    def hang_up(self) -> None:
        self.wire.hang_up()

    def until(self, done: Callable[[], bool]) -> None:
        """Let what has been gathered be told until something has come."""
        for _ in range(20):
            if done():
                return
            told(self)
        raise AssertionError(f"it has not come: {self.got}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        self.hang_up()


def told(*members: InMemory) -> None:
    """Let everybody hear what has been gathered."""
    members[0].memory.timer.advance(0.06)
    members[0].memory.timer.advance(0)
    members[0].memory.timer.advance(0.06)
    for member in members:
        member.listen()


async def inside(memory: Memory, meeting_id: str, name: str, **pairs: str) -> InMemory:
    """Join, open a WebSocket and be in."""
    member = InMemory(memory, await memory.token(meeting_id, name, **pairs))
    member.hello()
    told(member)
    return member


class Connected(Member):
    """Somebody at a real daemon; it is read from while one waits for something."""

    def __init__(self, daemon: Daemon, token: str, path: str = "", **headers: str) -> None:
        self.daemon, self.token = daemon, token
        self.target = path + Member.target
        self.socket = daemon.connect()
        given = {"Origin": daemon.origin} | headers
        try:
            super().__init__(f"127.0.0.1:{daemon.port}", token, self.socket.sendall, **given)
            self.until(lambda: self.status is not None)
        except BaseException:
            # The daemon may be killed at that moment.
            self.socket.close()
            raise

    def until(self, done: Callable[[], bool]) -> None:
        """Read until a condition holds. Pings keep the connection alive, so the wait has an end of its own."""
        end = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < end, f"nothing of the kind within {PATIENCE} s: {self.got}"
            try:
                data = self.socket.recv(65_536)
            except ConnectionResetError:
                data = b""
            if not data:
                assert done(), f"the connection is closed: {self.got}"
                return
            self.feed(data)

    def again(self) -> Connected:
        """Connect anew with the same token."""
        return Connected(self.daemon, self.token)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        self.socket.close()


def member_at(bbb: Caller, token: str) -> InMemory | Connected:
    """Open a WebSocket at either kind of server."""
    if isinstance(bbb, Memory):
        return InMemory(bbb, token)
    assert isinstance(bbb, Daemon)
    return Connected(bbb, token)


def enter_at(bbb: Caller, token: str) -> InMemory | Connected:
    """Open a WebSocket with a token, and be in."""
    member = member_at(bbb, token)
    member.hello()
    member.until(lambda: bool(member.all("snapshot")))
    return member


def welcome_of(bbb: Caller, token: str) -> dict[str, Any]:
    """Return the first words that a session gets, of either kind of server."""
    if isinstance(bbb, Memory):
        return InMemory(bbb, token).last("welcome")
    assert isinstance(bbb, Daemon)
    with Connected(bbb, token) as member:
        member.until(lambda: bool(member.got))
        return member.last("welcome")


async def connected(daemon: Daemon, caller: Caller, meeting_id: str, name: str, **pairs: str) -> Connected:
    """Join at a daemon and be in."""
    member = Connected(daemon, await caller.token(meeting_id, name, **pairs))
    member.hello()
    member.until(lambda: bool(member.all("snapshot")))
    return member
