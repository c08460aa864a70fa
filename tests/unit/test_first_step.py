"""What runs at once as far as it goes, and further when what it waits for is there."""

from __future__ import annotations

from twisted.internet.defer import Deferred, fail, succeed

from bbbd.api.first_step import run


def test_what_waits_for_nothing_is_done_at_once() -> None:
    steps: list[str] = []

    async def work() -> None:
        steps.append(await succeed("there"))

    run(work(), lambda: steps.append("done"))
    assert steps == ["there", "done"]


def test_what_waits_goes_on_when_it_is_there() -> None:
    first: Deferred[str] = Deferred()
    second: Deferred[str] = Deferred()
    steps: list[str] = []

    async def work() -> None:
        steps.append(await first)
        try:
            await second
        except KeyError as fault:
            steps.append(f"no {fault.args[0]}")
        steps.append(await succeed("last"))

    run(work(), lambda: steps.append("done"))
    assert steps == []
    first.callback("first")
    assert steps == ["first"]
    second.errback(KeyError("second"))
    assert steps == ["first", "no second", "last", "done"]


def test_a_failure_that_is_there_is_raised_at_once() -> None:
    steps: list[str] = []

    async def work() -> None:
        try:
            await fail(KeyError("x"))
        except KeyError:
            steps.append("raised")

    run(work(), lambda: steps.append("done"))
    assert steps == ["raised", "done"]
