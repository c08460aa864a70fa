"""Signals: which ones a daemon heeds, and which ones must not end it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import partial
from types import FrameType

from twisted.internet.interfaces import IReactorThreads
from twisted.logger import Logger

_log = Logger()

#: Signals whose default is to end the process, and that mean nothing to it. Those of faults, of a stop and of a
#: terminal keep their meaning.
_HARMLESS: tuple[int, ...] = tuple(
    sorted(
        {signal.SIGUSR2, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGIO}
        | ({getattr(signal, "SIGPWR", signal.SIGIO), getattr(signal, "SIGSTKFLT", signal.SIGIO)})
        | {number for number in signal.valid_signals() if number >= getattr(signal, "SIGRTMIN", signal.NSIG)}
    )
)


def hold() -> None:
    """Let no signal but those of a stop end the process, before the daemon can heed it."""
    for number in (signal.SIGHUP, signal.SIGUSR1, *_HARMLESS):
        signal.signal(number, lambda _number, _frame: None)


def heed(reactor: IReactorThreads, effects: dict[signal.Signals, Callable[[], object]]) -> None:
    """Call a function in the reactor's thread for each of these signals; log the harmless others."""
    for number in _HARMLESS:
        signal.signal(number, _in_reactor(reactor, partial(_ignore, number)))
    for number, effect in effects.items():
        signal.signal(number, _in_reactor(reactor, effect))


def _in_reactor(reactor: IReactorThreads, effect: Callable[[], object]) -> Callable[[int, FrameType | None], object]:
    return lambda _number, _frame: reactor.callFromThread(effect)


def _ignore(number: signal.Signals | int) -> None:
    _log.info("signal {number} was ignored", event="signal_ignored", number=int(number))
