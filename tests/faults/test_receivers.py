"""Receivers of callbacks and resolvers that take for ever: each attempt has its end, and others go on meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from callback_receivers import Receiver, raw, status
from harness import Memory, awaited, until
from twisted.internet.defer import Deferred

from bbbd.egress.agent import WITHIN

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def memory(memory_with: Callable[..., Memory]) -> Memory:
    return memory_with(bbbd__callbackNetworks="127.0.0.0/8")


async def end(memory: Memory, url: str) -> None:
    """Make a call due, and begin it."""
    await memory.call("create", meetingID="demo", meetingEndedURL=url)
    await memory.call("end", meetingID="demo")
    memory.advance(1)


def tries(memory: Memory) -> list[tuple[int, str]]:
    """Return how often each due call was tried, and what was said last."""
    due = [json.loads(path.read_text()) for path in sorted((memory.directory / "outbox").glob("*.json*"))]
    return [(one.get("tries", 0), one.get("last", "")) for one in due]


def is_idle(memory: Memory) -> bool:
    outbox = memory.app.server.outbox
    return not outbox._attempts and not outbox._pumping


@awaited
async def test_an_answer_of_a_byte_a_second_is_none(memory: Memory, receiver: Receiver) -> None:
    receiver.usual = raw(b"")
    await end(memory, receiver.url())
    await receiver.has(1)
    (connection,) = receiver.connections
    for place in range(WITHIN + 2):
        if not connection.lost:
            connection.say(ANSWER[place : place + 1])
        memory.waiting.advance(1)
    await until(lambda: connection.lost)
    await until(lambda: is_idle(memory))
    assert [count for count, _last in tries(memory)] == [1]
    receiver.usual = status(200)
    memory.advance(31)
    await receiver.has(2)
    await until(lambda: is_idle(memory))
    assert not tries(memory)


@awaited
async def test_a_resolver_that_hangs_holds_up_neither_calls_to_others_nor_the_server(
    memory: Memory, receiver: Receiver
) -> None:
    outgoing = memory.app.outgoing
    look_up: Any = outgoing._lookup
    hanging: list[Deferred[Any]] = []

    def hang(function: Any) -> Deferred[Any]:
        if getattr(function, "args", None) == ("hangs.example",):
            hanging.append(Deferred())
            return hanging[-1]
        found: Deferred[Any] = look_up(function)
        return found

    outgoing._lookup = hang
    await end(memory, "http://hangs.example/ended")
    await until(lambda: bool(hanging))
    await end(memory, receiver.url("/other"))
    assert [got.target for got in await receiver.has(1)] == ["/other"]
    assert (await memory.call("getMeetings")).code == "SUCCESS"
    memory.waiting.advance(WITHIN + 1)
    await until(lambda: is_idle(memory))
    assert tries(memory) == [(1, f"no answer within {WITHIN} s")]


@awaited
async def test_a_receiver_that_resets_behind_its_head_has_taken_the_call(memory: Memory, receiver: Receiver) -> None:
    receiver.usual = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", close=True)
    await end(memory, receiver.url())
    await receiver.has(1)
    await until(lambda: is_idle(memory))
    memory.advance(600, 10)
    assert not tries(memory)
    assert len(receiver.got) == 1
