"""The turns of the reactor: what held it is measured, waiting is not."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from bbbd.metrics.counting import Metrics
from bbbd.metrics.declarations import REACTOR_STALL
from bbbd.monitoring.reactor_turns import PERIOD, ReactorTurns


@dataclass
class Poller:
    """A poller that waits by the clock of the test."""

    now: float = 1000.0
    waits: float = 0.0
    fails: bool = False
    registered: list[int] = field(default_factory=list)

    def poll(self, *arguments: object) -> list[object]:
        self.now += self.waits
        if self.fails:
            raise InterruptedError
        return list(arguments)

    def register(self, descriptor: int) -> None:
        self.registered.append(descriptor)

    modify = unregister = register

    def fileno(self) -> int:
        return 7


class Reactor:
    def __init__(self, poller: Poller) -> None:
        self._poller = poller


def watched(poller: Poller) -> tuple[Reactor, ReactorTurns, Metrics]:
    metrics, reactor = Metrics(), Reactor(poller)
    turns = ReactorTurns(metrics, lambda: poller.now)
    assert turns.watch(reactor)
    return reactor, turns, metrics


def test_a_turn_is_what_lies_between_two_waits() -> None:
    poller = Poller(waits=30)
    reactor, turns, metrics = watched(poller)
    assert reactor._poller.poll(1, 8) == [1, 8]
    poller.now += 0.25
    reactor._poller.poll(1, 8)
    poller.now += 0.003
    reactor._poller.poll(1, 8)
    series = metrics.series(REACTOR_STALL)
    assert sum(series.in_buckets) == 2
    assert series.total == pytest.approx(0.253)
    assert turns.longest() == pytest.approx(0.25)


def test_a_wait_that_a_signal_ended_is_none_of_the_turn() -> None:
    poller = Poller(waits=30, fails=True)
    reactor, _turns, metrics = watched(poller)
    for _ in range(2):
        with pytest.raises(InterruptedError):
            reactor._poller.poll()
        poller.now += 1
    assert metrics.series(REACTOR_STALL).total == pytest.approx(1)


def test_the_longest_turn_is_forgotten_after_a_while() -> None:
    poller = Poller()
    reactor, turns, _metrics = watched(poller)
    reactor._poller.poll()
    poller.now += 2
    reactor._poller.poll()
    for seconds, longest in ((PERIOD - 5, 2), (10, 2), (PERIOD, 0.1), (PERIOD, 0.1)):
        poller.waits = seconds
        reactor._poller.poll()
        poller.waits = 0
        poller.now += 0.1
        reactor._poller.poll()
        assert turns.longest() == pytest.approx(longest)


def test_all_else_of_a_poller_is_as_before() -> None:
    poller = Poller()
    reactor, _turns, _metrics = watched(poller)
    reactor._poller.register(3)
    assert poller.registered == [3]
    assert reactor._poller.fileno() == 7


def test_a_reactor_without_a_poller_is_not_measured() -> None:
    metrics = Metrics()
    assert not ReactorTurns(metrics, lambda: 0.0).watch(object())
    assert metrics.gauges == {}
    assert metrics.histograms(REACTOR_STALL) == {}
