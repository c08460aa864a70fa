"""Turns of the reactor: a bounded number of events each, in their order, and none is forgotten."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.task import Clock
from twisted.python import context
from twisted.python.failure import Failure

from bbbd.daemon.bounded_turns import MOST_EVENTS, BoundedPoller, shorten
from bbbd.metrics.counting import Metrics
from bbbd.monitoring.reactor_turns import ReactorTurns
from bbbd.short_turns import heard_until


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
