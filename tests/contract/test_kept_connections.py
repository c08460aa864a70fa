"""Callbacks that follow one another share a connection, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from callback_receivers import Receiver, _Connection, raw, status, told_by
from harness import Memory, awaited, until
from twisted.logger import LogEvent

from bbbd.egress.outgoing_request import OutgoingRequest

EVENTS = 12


@pytest.fixture
def memory(memory_with: Callable[..., Memory]) -> Memory:
    return memory_with(bbbd__callbackNetworks="127.0.0.0/8")


@pytest.fixture
def connections(receiver: Receiver) -> list[_Connection]:
    """The connection of each request that came."""
    found: list[_Connection] = []
    take = receiver.take

    def note(connection: _Connection, got: Any) -> None:
        found.append(connection)
        take(connection, got)

    receiver.take = note  # type: ignore[method-assign]
    return found


async def make_due(memory: Memory, url: str, events: int = EVENTS) -> None:
    """Make calls due to one hook: the last one has no other behind it."""
    await memory.call("hooks/create", callbackURL=url, eventID="meeting-created")
    for number in range(events):
        await memory.call("create", meetingID=f"m{number}")


@awaited
async def test_calls_that_follow_one_another_share_a_connection(
    memory: Memory, receiver: Receiver, connections: list[_Connection]
) -> None:
    await make_due(memory, receiver.url())
    got = await told_by(memory, receiver, EVENTS)
    assert len(set(connections)) == 1
    assert ["connection" in one.headers for one in got] == [False] * (EVENTS - 1) + [True]
    assert len({one.form["event"] for one in got}) == EVENTS
    await until(lambda: not receiver.connections)


@pytest.mark.parametrize(
    "answer", [status(200, headers="Connection: close\r\n"), raw(b"HTTP/1.1 200 OK\r\n\r\n", close=True)]
)
@awaited
async def test_a_receiver_that_closes_is_called_anew(
    memory: Memory, receiver: Receiver, connections: list[_Connection], answer: Any
) -> None:
    receiver.usual = answer
    await make_due(memory, receiver.url())
    await told_by(memory, receiver, EVENTS)
    assert len(set(connections)) == EVENTS


@awaited
async def test_a_receiver_that_closes_as_it_is_called_is_called_again_at_once(
    memory: Memory, receiver: Receiver, connections: list[_Connection]
) -> None:
    receiver.plan = [status(200), raw(b"", close=True)]
    await make_due(memory, receiver.url(), 3)
    got = await told_by(memory, receiver, 4)
    assert [one.form["event"] for one in got[1:3]] == [got[1].form["event"]] * 2
    assert [connections.index(one) for one in connections] == [0, 0, 2, 2]
    assert not memory.app.server.outbox


@awaited
async def test_a_half_answer_on_a_shared_connection_is_a_failure(
    memory: Memory, receiver: Receiver, logged: list[LogEvent]
) -> None:
    receiver.plan = [status(200), raw(b"HTTP/1.1 2", close=True)]
    await make_due(memory, receiver.url(), 2)
    await told_by(memory, receiver, 2)
    assert [one["event"] for one in logged if str(one.get("event")).startswith("callback_f")] == ["callback_failed"]


@awaited
async def test_an_answer_in_advance_is_for_nobody(
    memory: Memory, receiver: Receiver, connections: list[_Connection]
) -> None:
    """Whoever answers twice has not taken the next call."""
    receiver.usual = status(500)
    receiver.plan = [raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" * 2)]
    await make_due(memory, receiver.url(), 2)
    await told_by(memory, receiver, 2)
    assert len(memory.app.server.outbox) == 1
    assert connections[0] is not connections[1]


@awaited
async def test_an_address_is_checked_for_each_call_on_a_shared_connection(
    memory: Memory, receiver: Receiver, asked_for: set[str]
) -> None:
    """A port that has become bbbd's own is not called, not even over a connection that was there before."""
    asked_for.add("callback_given_up")
    await make_due(memory, receiver.url(), 3)

    def answer(connection: _Connection) -> None:
        memory.app.outgoing._current.ports |= {receiver.port}
        status(200)(connection)

    receiver.plan = [answer]
    await told_by(memory, receiver, 1)
    memory.advance(1)
    await until(lambda: not memory.app.server.outbox._attempts)
    assert len(receiver.got) == 1
    assert len(memory.app.server.outbox) == 2


@awaited
async def test_a_receiver_that_always_closes_is_called_again_at_once_but_once(
    memory: Memory, receiver: Receiver, connections: list[_Connection]
) -> None:
    """Only a kept connection may have been closed for its age; behind a new one the pauses of failures begin."""
    outbox = memory.app.server.outbox
    receiver.plan, receiver.usual = [status(200)], raw(b"", close=True)
    await make_due(memory, receiver.url(), 3)
    for seconds, calls in ((0, 3), (0.09, 3), (0.02, 4), (0.45, 4), (0.1, 5)):
        memory.advance(seconds)
        await until(lambda: not outbox.busy)
        assert len(receiver.got) == calls
    assert [connections.index(one) for one in connections] == [0, 0, 2, 3, 4]
    assert len({got.form["event"] for got in receiver.got[1:]}) == 1


@awaited
async def test_a_request_for_which_there_is_no_room_arrives_whole_and_so_does_the_next(
    memory: Memory, receiver: Receiver, connections: list[_Connection]
) -> None:
    bodies = [bytes([number]) * (8 << 20) for number in (1, 2)] + [b"short"]
    for body in bodies:
        request = OutgoingRequest("POST", receiver.url("/large"), body)
        assert (await memory.app.outgoing.send(request, more=True)).status == 200
    assert [got.body == body for got, body in zip(receiver.got, bodies, strict=True)] == [True] * 3
    assert len(set(connections)) == 1
