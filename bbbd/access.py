"""The access log: one line a call, with its outcome and never its query.

Failed checksums of one address are told one by one up to a number a minute, then as a sum: whoever guesses must
not fill the disk.
"""

from __future__ import annotations

from collections import Counter

from twisted.logger import Logger

_log = Logger()

#: Failed checksums of one address that are told one by one in a minute.
FAILURES_TOLD = 60
_FAILURE = "checksumError"


class AccessLog:
    """Tells of calls. ``sum_up`` is called once a minute."""

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()

    def call(self, name: str, outcome: str, seconds: float, caller: str, request: str) -> None:
        """Tell of one call."""
        if outcome == _FAILURE:
            self._failures[caller] += 1
            if self._failures[caller] > FAILURES_TOLD:
                return
        _log.info(
            "{call} {outcome} {ms} ms from {caller}",
            event="call", call=name, outcome=outcome, ms=round(seconds * 1000, 1), caller=caller, request=request,
        )  # fmt: skip

    def sum_up(self) -> None:
        """Tell how many failed checksums were not told."""
        failures, self._failures = self._failures, Counter()
        for caller, count in failures.items():
            if count > FAILURES_TOLD:
                _log.warn(
                    "{count} more calls from {caller} failed with checksumError within a minute",
                    event="checksum_failures", count=count - FAILURES_TOLD, caller=caller,
                )  # fmt: skip
