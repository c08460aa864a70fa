"""The clock that can be moved: timers fall due by real time and by moves alike, each once, in order."""

from __future__ import annotations

import pytest
from developer_harness import Bench
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import LoopingCall, deferLater

from bbbd.developer.movable_clock import LONGEST


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_without_moves_it_is_real_time(bench: Bench) -> None:
    bench.real.advance(5)
    assert (bench.timer.seconds(), bench.timer.offset) == (5, 0)
    bench.later(2, "b")
    bench.later(1, "a")
    for _ in range(8):
        bench.real.advance(0.5)
    assert bench.called == [("a", 6), ("b", 7)]


def test_a_move_brings_what_falls_due_in_order(bench: Bench) -> None:
    for delay in (3, 0, 2.5, 1, 3):
        bench.later(delay, str(delay))
    assert bench.move(2.75).called
    assert bench.called == [("0", 0), ("1", 1), ("2.5", 2.75)]
    assert (bench.timer.seconds(), bench.timer.offset) == (2.75, 2.75)
    bench.real.advance(0.25)
    assert bench.called[3:] == [("3", 3), ("3", 3)]


def test_what_is_left_comes_by_real_time_after_a_move(bench: Bench) -> None:
    bench.later(100, "late")
    bench.move(90)
    bench.real.advance(9)
    assert bench.called == []
    bench.real.advance(1)
    assert bench.called == [("late", 100)]
    assert bench.timer.seconds() == 100


def test_real_time_goes_on_between_moves(bench: Bench) -> None:
    bench.move(10)
    bench.real.advance(10)
    bench.later(15, "x")
    bench.move(10)
    bench.real.advance(4)
    assert bench.called == []
    bench.real.advance(1)
    assert bench.called == [("x", 35)]


def test_what_is_cancelled_does_not_come(bench: Bench) -> None:
    calls = [bench.later(delay, str(delay)) for delay in (1, 2, 3)]
    calls[0].cancel()
    bench.move(1.5)
    calls[1].cancel()
    bench.move(5)
    assert bench.called == [("3", 3.5)]
    assert [call.active() for call in calls] == [False, False, False]
    bench.real.advance(60)
    assert bench.real.getDelayedCalls() == []


@pytest.mark.parametrize("moved", [True, False])
def test_what_is_put_off_or_brought_forward_comes_then(bench: Bench, *, moved: bool) -> None:
    def go(seconds: float) -> None:
        if moved:
            bench.move(seconds)
        else:
            bench.real.advance(seconds)

    off, forward, delayed = bench.later(2, "off"), bench.later(50, "forward"), bench.later(3, "delayed")
    off.reset(20)
    forward.reset(5)
    delayed.delay(5)
    for seconds, names in ((4, []), (1, ["forward"]), (3, ["delayed"]), (11, []), (1, ["off"])):
        before = len(bench.called)
        go(seconds)
        assert bench.names[before:] == names
    assert bench.called == [("forward", 5), ("delayed", 8), ("off", 20)]


def test_what_is_brought_forward_to_now_comes_now(bench: Bench) -> None:
    call = bench.later(1000, "x")
    bench.real.advance(1)
    call.reset(0)
    bench.real.advance(0)
    assert bench.called == [("x", 1)]


def test_a_loop_beats_once_a_step(bench: Bench) -> None:
    beats: list[float] = []
    loop = LoopingCall(lambda: beats.append(bench.timer.seconds()))
    loop.clock = bench.timer
    loop.start(1, now=False)
    bench.real.advance(1)
    bench.move(3)
    bench.real.advance(1)
    assert beats == [1, 2, 3, 4, 5]
    bench.move(5 * 3600)
    assert len(beats) == 5 + 1800
    assert beats == sorted(set(beats))
    loop.stop()
    bench.real.advance(60)
    assert bench.real.getDelayedCalls() == []


def test_what_is_called_may_call_later(bench: Bench) -> None:
    def again(left: int) -> None:
        bench.note(str(left))
        if left:
            bench.timer.callLater(2 if left % 2 else 0, again, left - 1)

    bench.timer.callLater(1, again, 4)
    bench.move(4)
    assert bench.called == [("4", 1), ("3", 1), ("2", 3), ("1", 3)]
    bench.real.advance(1)
    assert bench.called[4:] == [("0", 5)]


def test_time_stands_still_while_something_is_waited_for(bench: Bench) -> None:
    answers: list[Deferred[None]] = []

    async def settled() -> None:
        if bench.names == ["a"] and not answers:
            answers.append(Deferred())
            await answers[0]

    bench.later(1, "a")
    bench.later(2, "b")
    moved = bench.move(3, settled)
    assert bench.called == [("a", 1)]
    bench.real.advance(60)
    assert (bench.called, bench.timer.seconds(), moved.called) == ([("a", 1)], 1, False)
    answers[0].callback(None)
    assert moved.called
    assert (bench.called, bench.timer.seconds()) == ([("a", 1), ("b", 2)], 3)
    # What real time passed meanwhile does not count.
    bench.real.advance(1)
    assert bench.timer.seconds() == 4


def test_a_turn_that_is_waited_for_comes_while_time_stands_still(bench: Bench) -> None:
    turns = 0

    async def settled() -> None:
        nonlocal turns
        await deferLater(bench.timer, 0, lambda: None)
        turns += 1

    moved = bench.move(3, settled)
    for _ in range(10):
        bench.real.advance(0)
    assert moved.called
    assert turns >= 3
    assert bench.timer.seconds() == 3


def test_a_call_that_is_made_in_a_move_comes_when_it_is_due(bench: Bench) -> None:
    gate: Deferred[None] = Deferred()

    async def settled() -> None:
        await gate

    moved = bench.move(10, settled)
    at = bench.timer.seconds()
    bench.later(2, "soon")
    bench.later(30, "late")
    gate.callback(None)
    assert moved.called
    assert bench.called == [("soon", at + 2)]
    bench.real.advance(at + 30 - 10)
    assert bench.names == ["soon", "late"]


def test_a_move_of_nothing_still_waits_until_all_is_done(bench: Bench) -> None:
    gate: Deferred[None] = Deferred()

    async def settled() -> None:
        await gate

    moved = bench.move(0, settled)
    assert not moved.called
    gate.callback(None)
    assert moved.called
    assert bench.timer.seconds() == 0


@pytest.mark.parametrize("moved", [True, False])
def test_a_call_that_fails_stops_no_other(bench: Bench, asked_for: set[str], *, moved: bool) -> None:
    asked_for.add("timer_failed")

    def fails() -> None:
        raise ValueError("a timer's fault")

    bench.later(1, "before")
    bench.timer.callLater(1, fails)
    bench.later(1, "beside")
    bench.later(2, "behind")
    for _ in range(3):
        if moved:
            assert bench.move(1).called
        else:
            bench.real.advance(1)
    assert bench.called == [("before", 1), ("beside", 1), ("behind", 2)]
    assert bench.timer.seconds() == 3


def test_a_move_whose_waiting_fails_ends_where_it_is(bench: Bench) -> None:
    async def settled() -> None:
        if bench.called:
            raise OSError("broken")

    bench.later(2, "a")
    bench.later(4, "b")
    failed: list[object] = []
    bench.move(10, settled).addErrback(lambda failure: failed.append(failure.type))
    assert failed == [OSError]
    assert (bench.called, bench.timer.seconds()) == ([("a", 2)], 2)
    bench.real.advance(2)
    assert bench.names == ["a", "b"]
    assert bench.move(1).called


@pytest.mark.parametrize(
    "seconds", [1, 3600, 4 * 3600, 4 * 3600 + 1, 24 * 3600, 48 * 3600 + 1, 30 * 24 * 3600, 100 * 24 * 3600, LONGEST]
)
def test_a_move_has_a_bounded_number_of_steps_and_ends_where_it_should(bench: Bench, seconds: int) -> None:
    steps: list[float] = []

    def settled() -> Deferred[None]:
        steps.append(bench.timer.seconds())
        return succeed(None)

    assert bench.move(seconds, settled).called
    assert bench.timer.seconds() == steps[-1] == seconds
    assert len(steps) < 60_000
    assert steps == sorted(steps)
