"""The clock that can be moved, whatever is done with it: each call comes once, at its time, in order."""

from __future__ import annotations

from developer_harness import Bench
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.interfaces import IDelayedCall

#: Eighths of seconds add up exactly.
EIGHTHS = st.integers(0, 400).map(lambda number: number / 8)
DOINGS = st.lists(
    st.one_of(
        st.tuples(st.just("later"), EIGHTHS),
        st.tuples(st.just("real"), EIGHTHS),
        st.tuples(st.just("move"), EIGHTHS),
        st.tuples(st.just("cancel"), st.integers(0, 30).map(float)),
        st.tuples(st.just("reset"), EIGHTHS),
    ),
    max_size=40,
)


@given(DOINGS)
def test_whatever_is_done_each_call_comes_once_at_its_time_and_in_order(doings: list[tuple[str, float]]) -> None:
    bench = Bench()
    calls: dict[str, IDelayedCall] = {}
    due: dict[str, float] = {}
    now = 0.0
    for what, number in doings:
        active = [name for name, call in calls.items() if call.active()]
        before = len(bench.called)
        if what == "later":
            name = f"call {len(calls)}"
            calls[name], due[name] = bench.later(number, name), now + number
        elif what == "cancel" and active:
            calls[active[int(number) % len(active)]].cancel()
        elif what == "reset" and active:
            name = active[int(number * 8) % len(active)]
            calls[name].reset(number)
            due[name] = now + number
        elif what in ("real", "move"):
            if what == "move":
                assert bench.move(number).called
            else:
                bench.real.advance(number)
            now += number
            # Whatever was due is there, and nothing else.
            assert sorted(bench.names[before:]) == sorted(name for name in active if due[name] <= now)
        assert bench.timer.seconds() == now
        came = bench.called[before:]
        assert [due[name] for name, _at in came] == sorted(due[name] for name, _at in came)
        assert all(due[name] <= at <= now for name, at in came)
    assert len(set(bench.names)) == len(bench.names)
