"""The access log: one line for each call, with its outcome, never with its query. It also counts the calls.

Failed checksums of one address are logged one by one up to a number a minute, then as a sum: a guesser must not fill
the disk. Refusals by limits are logged as sums alone. Lines go directly to the observer, since every call writes one,
and those of calls are written together at the end of the reactor's turn.
"""

from __future__ import annotations

from collections import Counter

from bbbd.clock import Clock
from bbbd.limits import Limit
from bbbd.log import LogObserver
from bbbd.metrics.counting import Metrics
from bbbd.metrics.declarations import REFUSED, REQUEST_SECONDS, REQUESTS
from bbbd.values.enums import LogLevel

#: Failed checksums of one address that are logged one by one in a minute.
MOST_FAILURES_LOGGED = 60
#: Sums of refusals in a minute, each of one limit and one address; those of further addresses are one sum.
MOST_SUMS = 1000
_OTHERS = "others"
_FAILURE = "checksumError"


class AccessLog:
    """Logs calls. ``log_sums`` is called once a minute."""

    def __init__(self, observer: LogObserver, clock: Clock, metrics: Metrics) -> None:
        self._observer = observer
        self._clock = clock
        self._metrics = metrics
        self._failures: Counter[str] = Counter()
        self._refused: Counter[tuple[str | None, Limit]] = Counter()

    def call(self, name: str, outcome: str, seconds: float, caller: str, request: str) -> None:
        """Log and count one call."""
        self._metrics.count(REQUESTS, name, outcome)
        self._metrics.observe(REQUEST_SECONDS, seconds, name)
        if outcome == _FAILURE:
            self._failures[caller] += 1
            if self._failures[caller] > MOST_FAILURES_LOGGED:
                return
        if self._observer.wants(LogLevel.INFO):
            ms = round(seconds * 1000, 1)
            fields = {"call": name, "outcome": outcome, "ms": ms, "from": caller, "request": request}
            self._write(LogLevel.INFO, "call", f"{name} {outcome} {ms} ms from {caller}", fields, may_wait=True)

    def refused(self, caller: str | None, limit: Limit) -> None:
        """Count a refusal by a limit: to an address ("" for a unix socket), or None where nobody asked."""
        self._metrics.count(REFUSED, limit)
        if len(self._refused) >= MOST_SUMS and (caller, limit) not in self._refused:
            caller = _OTHERS
        self._refused[caller, limit] += 1

    def log_sums(self) -> None:
        """Log how many refusals there were, and how many failed checksums were not logged one by one."""
        refused, self._refused = self._refused, Counter()
        for (caller, limit), count in refused.items():
            fields: dict[str, object] = {"limit": limit.value, "count": count}
            if caller is not None:
                fields["from"] = caller or "unix"
            to = f" to {fields['from']}" if "from" in fields else ""
            message = f"the limit {limit} refused something {count} times{to} within a minute"
            self._write(LogLevel.WARN, "refused", message, fields)
        failures, self._failures = self._failures, Counter()
        for caller, count in failures.items():
            if count > MOST_FAILURES_LOGGED:
                more = count - MOST_FAILURES_LOGGED
                message = f"{more} more calls from {caller} failed with {_FAILURE} within a minute"
                self._write(LogLevel.WARN, "checksum_failures", message, {"count": more, "from": caller})

    def _write(
        self, level: LogLevel, event: str, message: str, fields: dict[str, object], *, may_wait: bool = False
    ) -> None:
        self._observer.write_line(level, event, message, fields, self._clock.now().wall / 1000, may_wait=may_wait)
