"""``twistd``, which measures the turns of its reactor: CPU time from one wait for events to the next.

Twice a second it writes a line to standard error, ``{"event": "turns", …}``: how many there were, the longest in ms,
and those over 20 ms. CPU time, since the wall time of a turn on a crowded machine says more about the machine.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

from twisted.internet import epollreactor


class TimedPoller:
    """Stands before the reactor's poller and measures what is done between two waits."""

    def __init__(self, poller: Any) -> None:
        self._poller = poller
        self._begun = time.thread_time()
        self._turns: list[float] = []
        self._told = time.monotonic()

    def poll(self, *arguments: Any) -> Any:
        """Wait for events."""
        self._turns.append(time.thread_time() - self._begun)
        if time.monotonic() - self._told > 0.5:
            self._tell()
        found = self._poller.poll(*arguments)
        self._begun = time.thread_time()
        return found

    def _tell(self) -> None:
        turns, self._turns, self._told = self._turns, [], time.monotonic()
        over = sum(turn > 0.02 for turn in turns)
        facts = {"event": "turns", "level": "info", "count": len(turns), "ms": max(turns) * 1000, "over": over}
        # Not sys.stderr, which twistd turns into its log.
        os.write(2, json.dumps(facts).encode() + b"\n")

    def __getattr__(self, name: str) -> Any:
        """Return anything else of the poller."""
        return getattr(self._poller, name)


def main() -> None:
    """Install the reactor with its poller measured, and run twistd."""
    epollreactor.install()
    from twisted.internet import reactor  # noqa: PLC0415 - the one that was just installed

    # Behind bbbd's own, which bounds the turns.
    reactor._poller = TimedPoller(reactor._poller)  # type: ignore[attr-defined]
    from twisted.scripts.twistd import run  # noqa: PLC0415 - it imports a reactor, if there is none

    run()


if __name__ == "__main__":
    main()
