"""Turns of the reactor: a bounded number of events each, in their order, and none is forgotten."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.epollreactor import EPollReactor

from bbbd.short_turns import MOST_EVENTS, shorten


class Reader:
    """A readable descriptor, which notes that it was read."""

    def __init__(self, number: int, heard: list[int]) -> None:
        self.near, self.far = socket.socketpair()
        self.number, self.heard = number, heard
        self.far.send(b"x")

    def fileno(self) -> int:
        return self.near.fileno()

    def logPrefix(self) -> str:
        return "reader"

    def doRead(self) -> None:
        self.near.recv(1)
        self.heard.append(self.number)


@pytest.fixture
def reactor() -> Iterator[Any]:
    made = EPollReactor()
    yield made
    made.removeAll()
    made._poller.close()


def test_a_turn_has_so_many_events_and_the_next_ones_the_others(reactor: Any) -> None:
    shorten(reactor)
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


def test_another_reactor_stays_as_it_is() -> None:
    class Other:
        _poller = object()

    other = Other()
    before = other._poller
    shorten(other)
    assert other._poller is before
