"""Runs a coroutine at once as far as it goes: most calls wait for nothing, and need no Deferred."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import Any

from twisted.internet.defer import Deferred


def run(coroutine: Coroutine[Any, Any, None], done: Callable[[], None]) -> None:
    """Run a coroutine that raises nothing, and then ``done``: now, or when what it waits for is there."""
    try:
        waited = coroutine.send(None)
    except StopIteration:
        done()
    else:
        Deferred.fromCoroutine(_further_steps(coroutine, waited)).addBoth(lambda _none: done())


def _further_steps(coroutine: Coroutine[Any, Any, None], waited: Any) -> Generator[Any, Any, None]:
    """Return the steps of a coroutine whose first one ended with something to wait for."""
    while True:
        try:
            try:
                result = yield waited
            except BaseException as fault:
                waited = coroutine.throw(fault)
            else:
                waited = coroutine.send(result)
        except StopIteration:
            return
