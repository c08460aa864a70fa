"""Periodic tasks: work that runs every so many seconds, and goes on when it fails.

Tasks of the same period run one after another at one tick: a second has one timer, however many tasks it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

_log = Logger()


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """A task that runs every so many seconds."""

    seconds: float
    run: Callable[[], object]


class PeriodicTasks:
    """The running tasks of one server."""

    def __init__(self, timer: IReactorTime) -> None:
        self._timer = timer
        self._loops: list[LoopingCall] = []

    def start(self, tasks: Iterable[PeriodicTask]) -> None:
        """Begin tasks; each runs for the first time after its own seconds."""
        by_period: dict[float, list[Callable[[], object]]] = {}
        for task in tasks:
            by_period.setdefault(task.seconds, []).append(task.run)
        for seconds, runs in by_period.items():
            loop = LoopingCall(_tick, runs)
            loop.clock = self._timer
            loop.start(seconds, now=False)
            self._loops.append(loop)

    def stop(self) -> None:
        """End all tasks."""
        for loop in self._loops:
            loop.stop()


def _tick(runs: Iterable[Callable[[], object]]) -> None:
    """Run each task; a failure is logged, and the task runs again at its next time."""
    for run in runs:
        try:
            run()
        except Exception:
            _log.failure("a periodic task failed", event="beat_failed")
