"""How long developer mode waits for others: a minute of its machine's time is here a part of a second."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest_twisted
from callback_receivers import Receiver, raw
from harness import SECRET, Wire, awaited, network, parse, query_of, signed, until
from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred, execute
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from zope.interface import implementer

from bbbd.clock import Clock
from bbbd.developer.mode import WITHIN, Developer
from bbbd.developer.namespace_routes import site_of
from bbbd.environment import Environment
from bbbd.http.deadlines import HEAD_WITHIN, IDLE
from bbbd.log import LogObserver
from bbbd.settings.current import CurrentSettings
from bbbd.settings.properties import read_settings
from bbbd.storage.disk import Disk
from bbbd.values.enums import LogFormat, LogLevel

RATE = 100


@implementer(IReactorTime)
class Hurried:
    """The reactor's time, but faster."""

    def __init__(self) -> None:
        from twisted.internet import reactor  # noqa: PLC0415 - only where there is one

        self._reactor = cast("IReactorTime", reactor)
        self._begun = self._reactor.seconds()

    def seconds(self) -> float:
        return (self._reactor.seconds() - self._begun) * RATE

    def callLater(self, delay: float, callable: Callable[..., object], *args: object, **kw: object) -> IDelayedCall:  # noqa: A002 - Twisted's name
        def fire() -> None:
            call.called = 1
            callable(*args, **kw)

        real = self._reactor.callLater(delay / RATE, fire)
        call = DelayedCall(
            self.seconds() + delay, callable, args, kw, lambda _call: real.cancel(), lambda _call: None, self.seconds
        )
        return cast("IDelayedCall", call)

    def getDelayedCalls(self) -> list[IDelayedCall]:
        return []


@dataclass
class Hasty:
    """Developer mode in this process, on time that hurries."""

    developer: Developer
    time: Hurried

    def __post_init__(self) -> None:
        self.site = site_of(self.developer, self.time)

    async def call(self, name: str, call: str, **pairs: Any) -> str | None:
        wire = Wire(self.site, "127.0.0.1")
        wire.send(f"GET /{name}{signed(call, query_of(pairs))} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await until(lambda: bool(wire.got()))
        return parse(wire.got()).code

    async def passes(self, seconds: float) -> None:
        """Let time pass."""
        end = self.time.seconds() + seconds
        await until(lambda: self.time.seconds() >= end)


@pytest_twisted.async_yield_fixture  # type: ignore[untyped-decorator] # it has no types
async def hasty(tmp_path: Path) -> AsyncIterator[Hasty]:
    settings, _warnings = read_settings(["/dev/null"], {"bbbd.dataDir": str(tmp_path), "bbbd.sync": "never"})
    time = Hurried()
    for name in ("meetings", "configs"):
        (tmp_path / name).mkdir()
    observer = LogObserver(lambda _text: None, LogLevel.INFO, LogFormat.JSON)
    machine = Environment(
        disk=Disk(),
        clock=Clock(time),
        timer=time,
        thread=execute,
        jobs=execute,
        recordings=execute,
        worker=execute,
        network=network({}),
        observer=observer,
    )
    developer = Developer(CurrentSettings(settings, (SECRET,)), machine)
    developer.start()
    yield Hasty(developer, time)
    await developer.stop()


@awaited
async def test_a_silent_receiver_does_not_hold_up_a_move_for_ever(hasty: Hasty, receiver: Receiver) -> None:
    receiver.usual = raw(b"")
    assert await hasty.call("one", "create", meetingID="demo", meta_endCallbackUrl=receiver.url()) == "SUCCESS"
    assert await hasty.call("one", "end", meetingID="demo") == "SUCCESS"
    begun = hasty.time.seconds()
    moved = Deferred.fromCoroutine(hasty.developer.move(hasty.developer.space("one"), 1))
    await receiver.has(1)
    await until(lambda: bool(moved.called))
    assert hasty.time.seconds() - begun >= WITHIN
    assert len(receiver.connections) == 1
    await receiver.close()


@awaited
async def test_slow_and_idle_connections_are_closed_in_developer_mode_too(hasty: Hasty) -> None:
    slow, idle = Wire(hasty.site, "192.0.2.1"), Wire(hasty.site, "192.0.2.2")
    slow.send(b"GET / HT")
    await hasty.passes(HEAD_WITHIN + 5)
    assert slow.got().startswith(b"HTTP/1.1 408 ")
    await hasty.passes(IDLE)
    assert (slow.closed, idle.closed) == (True, True)
