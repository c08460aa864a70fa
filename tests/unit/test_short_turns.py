"""Turns of the reactor: a bounded number of events each, in their order, and none is forgotten."""

from __future__ import annotations

import gc
import socket
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import Memory, awaited
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock
from twisted.python import context
from twisted.python.failure import Failure
from websocket_clients import inside, told

from bbbd.meetings import timers
from bbbd.meetings.event import EndReason
from bbbd.metrics.counting import Metrics
from bbbd.monitoring.reactor_turns import ReactorTurns
from bbbd.short_turns import (
    MOST_CHECKED,
    MOST_COLLECTED,
    MOST_COUNTED,
    MOST_EVENTS,
    BoundedPoller,
    SeldomCollection,
    ShortTurns,
    heard_until,
    in_slices,
    shorten,
)


class Reader:
    """A readable descriptor, which notes that it was read. Its end fails, if the test says so."""

    def __init__(self, number: int, heard: list[int], fault: Exception | None = None) -> None:
        self.near, self.far = socket.socketpair()
        self.fault = fault
        self.contexts: list[object] = []
        self.number, self.heard = number, heard
        self.far.send(b"x")

    def fileno(self) -> int:
        return self.near.fileno()

    def logPrefix(self) -> str:
        return "reader"

    def doRead(self) -> Exception | None:
        self.near.recv(1)
        self.heard.append(self.number)
        self.contexts.append(context.get("system"))
        return self.fault

    def connectionLost(self, _reason: Failure) -> None:
        assert self.fault is not None
        raise self.fault


class Writer:
    """The other direction of a reader's descriptor, which notes that there was room."""

    def __init__(self, reader: Reader, heard: list[int]) -> None:
        self.fileno, self.logPrefix, self.number, self.heard = reader.fileno, reader.logPrefix, reader.number, heard

    def doWrite(self) -> None:
        self.heard.append(-self.number)


@pytest.fixture
def reactor() -> Iterator[Any]:
    made = EPollReactor()
    yield made
    made.removeAll()
    made._poller.close()


def test_a_turn_has_so_many_events_and_the_next_ones_the_others(reactor: Any) -> None:
    shorten(reactor, lambda: 0.0)
    heard: list[int] = []
    readers = [Reader(number, heard) for number in range(MOST_EVENTS * 2 + 5)]
    for reader in readers:
        reactor.addReader(reader)
    turns = []
    while len(heard) < len(readers):
        before = len(heard)
        # The first one writes without end; the others have their turn all the same.
        readers[0].far.send(b"x")
        reactor.doIteration(0)
        turns.append(len(heard) - before)
    assert max(turns) <= MOST_EVENTS
    for _ in range(5):
        reactor.doIteration(0)
    assert set(heard) == set(range(len(readers)))
    reactor.removeAll()
    for reader in readers:
        reader.near.close()
        reader.far.close()


def test_a_connection_whose_end_fails_keeps_nobody_waiting(reactor: Any, asked_for: set[str]) -> None:
    asked_for.add("connection_end_failed")
    shorten(reactor, lambda: 0.0)
    heard: list[int] = []
    readers = [Reader(0, heard), Reader(1, heard, LookupError()), Reader(2, heard)]
    for reader in readers:
        reactor.addReader(reader)
    reactor.doIteration(0)
    assert sorted(heard) == [0, 1, 2]
    # What failed is not read again.
    assert readers[1] not in reactor.getReaders()
    reactor.removeAll()
    for reader in readers:
        reader.near.close()
        reader.far.close()


def test_an_event_makes_no_context_for_the_log(reactor: Any) -> None:
    shorten(reactor, lambda: 0.0)
    reader = Reader(0, [])
    reactor.addReader(reader)
    reactor.doIteration(0)
    assert reader.contexts == [None]
    reactor.removeAll()
    reader.near.close()
    reader.far.close()


class Slow:
    """A precise clock, which every look at it moves by a millisecond."""

    now = 0.0

    def seconds(self) -> float:
        self.now += 0.001
        return self.now


@pytest.fixture
def slow(reactor: Any) -> Any:
    """Return a reactor each of whose events takes a millisecond."""
    reactor._poller = BoundedPoller(reactor._poller, reactor.seconds, Slow().seconds)
    return reactor


def test_events_that_take_long_are_handled_in_several_turns_and_none_waits_for_ever(slow: Any) -> None:
    heard: list[int] = []
    readers = [Reader(number, heard) for number in range(18)]
    for reader in readers:
        slow.addReader(reader)
    turns = []
    for _ in range(8):
        before = len(heard)
        # All of them write without end.
        for reader in readers:
            reader.far.send(b"x")
        slow.doIteration(0)
        turns.append(len(heard) - before)
    assert turns == [5] * 8
    assert [heard.count(reader.number) for reader in readers] == [3] * 4 + [2] * 14
    slow.removeAll()
    for reader in readers:
        reader.near.close()
        reader.far.close()


def test_who_is_left_for_the_next_turn_may_end_or_pause_before(slow: Any) -> None:
    heard: list[int] = []
    readers = [Reader(number, heard) for number in range(10)]
    for reader in readers:
        slow.addReader(reader)
    slow.doIteration(0)
    assert heard == [0, 1, 2, 3, 4]
    slow.removeReader(readers[5])
    slow.addWriter(Writer(readers[6], heard))
    slow.removeReader(readers[6])
    slow.doIteration(0)
    slow.doIteration(0)
    assert heard[5:9] == [7, 8, 9, -6]
    assert 5 not in heard
    assert 6 not in heard
    slow.removeAll()
    for reader in readers:
        reader.near.close()
        reader.far.close()


def test_what_waits_here_is_not_held_against_its_sender(reactor: Any) -> None:
    clock = Clock()
    reactor.seconds = clock.seconds
    shorten(reactor, lambda: 0.0)
    heard: list[int] = []
    readers = [Reader(number, heard) for number in range(MOST_EVENTS * 2 + 5)]
    for reader in readers:
        reactor.addReader(reader)
    until = []
    for _turn in range(3):
        clock.advance(10)
        reactor.doIteration(0)
        until.append((clock.seconds(), heard_until(reactor)))
    # Two turns had as many events as they may: there may be more. Then it was known that all are handled.
    assert until == [(10, 0), (20, 0), (30, 30)]
    for _turn in range(6):
        for reader in readers:
            reader.far.send(b"x")
        clock.advance(10)
        reactor.doIteration(0)
    assert (clock.seconds(), heard_until(reactor)) == (90, 60)
    reactor.removeAll()
    for reader in readers:
        reader.near.close()
        reader.far.close()


def test_what_waits_is_known_behind_another_poller_too(reactor: Any) -> None:
    reactor.seconds = lambda: 100.0
    shorten(reactor, lambda: 0.0)
    assert ReactorTurns(Metrics(), lambda: 0.0).watch(reactor)
    reactor.seconds = lambda: 110.0
    assert heard_until(reactor) == 100


def test_another_reactor_stays_as_it_is() -> None:
    class Other(Clock):
        _poller = object()

    other = Other()
    before = other._poller
    assert shorten(other, other.seconds) is None
    assert other._poller is before
    assert heard_until(other) == other.seconds()


@pytest.fixture
def collection() -> Iterator[None]:
    """Have the collection of garbage be as before afterwards."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


class Knot:
    """An object in a cycle, which only a collection frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.mark.usefixtures("collection")
def test_old_garbage_is_collected_when_there_is_little_or_after_an_hour() -> None:
    clock = Clock()
    knot = Knot()
    SeldomCollection(clock).begin()
    # What there was at the beginning is not looked at any more.
    frozen = weakref.ref(knot)
    del knot
    knot = Knot()
    freed = weakref.ref(knot)
    gc.collect(1)
    del knot
    clock.advance(60)
    assert freed() is None
    assert frozen() is not None
    many = [[number] for number in range(2 * MOST_COLLECTED)]
    knot = Knot()
    kept = weakref.ref(knot)
    gc.collect(1)
    del knot
    for _ in range(58):
        clock.advance(60)
    assert kept() is not None
    for _ in range(3):
        clock.advance(60)
    assert kept() is None
    assert many


@pytest.mark.usefixtures("collection")
def test_very_many_objects_are_not_even_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []
    count = gc.get_objects

    def noted(generation: int) -> list[Any]:
        counted.append(generation)
        return count(generation)

    monkeypatch.setattr(gc, "get_objects", noted)
    clock = Clock()
    SeldomCollection(clock).begin()
    clock.advance(60)
    assert counted == [2]
    many = [[number] for number in range(2 * MOST_COUNTED)]
    clock.advance(60)
    assert counted == [2]
    del many
    clock.advance(60)
    assert counted == [2, 2]


@pytest.mark.parametrize(("weight", "slices"), [(1, 6), (100, 550), (10_000, 1100)])
def test_checks_go_by_slices_of_a_bounded_weight_within_a_second(weight: int, slices: int) -> None:
    clock = Clock()
    seen: list[list[int]] = []
    in_slices(clock, range(1100), lambda some: seen.append(list(some)), lambda _item: weight)
    assert len(seen) == 1
    for _ in range(1000):
        clock.advance(0.001)
    assert len(seen) == slices
    assert [item for some in seen for item in some] == list(range(1100))


@awaited
async def test_a_meeting_that_ended_before_its_slice_is_left_alone(memory: Memory) -> None:
    for number in range(MOST_CHECKED + 1):
        await memory.call("create", meetingID=f"m{number}")
    await memory.token("m0", "Ada", role="VIEWER")
    last = f"m{MOST_CHECKED}"
    await memory.token(last, "Ada", role="VIEWER")
    late = memory.meeting(last)
    memory.timer.rightNow += 10_000
    timers.remove_overdue(memory.app.meetings, memory.timer)
    assert not memory.meeting("m0").sessions
    memory.app.meetings.end(late, EndReason.API)
    ended_at = late.n
    memory.timer.advance(0.6)
    assert late.n == ended_at


@awaited
async def test_a_connection_that_ended_is_no_garbage(memory: Memory) -> None:
    await memory.call("create", meetingID="demo")
    ada = await inside(memory, "demo", "Ada", role="VIEWER")
    websocket = ada.wire.channel.upgraded
    gone = [weakref.ref(websocket), weakref.ref(websocket.listener)]
    del websocket
    gc.disable()
    try:
        ada.hang_up()
        told(ada)
        memory.wires.clear()
        del ada
        assert [one() for one in gone] == [None, None]
    finally:
        gc.enable()


class Turns(Clock):
    """A reactor's time that counts the turns which something gives way to."""

    given = 0

    def callLater(self, delay: float, callable: Callable[..., Any], *args: object, **kw: object) -> IDelayedCall:  # noqa: A002
        self.given += delay == 0
        return super().callLater(delay, callable, *args, **kw)


@awaited
async def test_what_is_said_to_many_is_sent_in_short_turns_and_in_its_order(tmp_path: Path) -> None:
    timer = Turns()
    memory = Memory(directory=tmp_path, timer=timer)
    for meeting_id in ("demo", "other"):
        await memory.call("create", meetingID=meeting_id)
    people = [await inside(memory, "demo", f"P{number}", role="MODERATOR") for number in range(30)]
    others = [await inside(memory, "other", f"P{number}", role="MODERATOR") for number in range(2)]
    told(*people, *others)
    timer.given, memory.app.hub._turns = 0, ShortTurns(timer, Slow().seconds)
    for said in ("one", "two"):
        people[0].say("chat.say", text=said)
        others[0].say("chat.say", text=said)
        timer.advance(0.05)
    told(*people, *others)
    assert timer.given >= 2 * 30 // 5
    assert [[event["text"] for event in one.events("Chatted")] for one in (*people, *others)] == [["one", "two"]] * 32
    memory.hang_up()
