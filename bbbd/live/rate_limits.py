"""Rate limits of messages: token buckets. Times are steady seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from bbbd.live.protocol import ClientMessage, CommandRefused, Hello, RefusalKey

#: So many refusals in so many seconds close a connection.
MOST_REFUSALS, REFUSALS_WITHIN = 100, 10


class Bucket:
    """A token bucket: it lets ``rate`` a second through, and ``burst`` at once."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._at = burst, now

    def take(self, now: float) -> float:
        """Take a token; return 0, or after how many seconds there is one."""
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return (1 - self._left) / self._rate
        self._left -= 1
        return 0

    def put_back(self) -> None:
        """Put back the token that was taken."""
        self._left += 1


class Rate(NamedTuple):
    """So many a second, and ``burst`` at once."""

    rate: float
    burst: float


#: Rates of messages with a bucket of their own, for one person; ``commands.command`` adds those of commands.
RATES: dict[type[ClientMessage], Rate] = {Hello: Rate(0.5, 10)}
#: Rates of messages of all people of a meeting together.
SHARED_RATES: dict[type[ClientMessage], Rate] = {}
_ALL = Rate(10, 60)


class Buckets:
    """A bucket for each kind of message that has a rate."""

    def __init__(self, rates: Mapping[type[ClientMessage], Rate]) -> None:
        self._rates = rates
        self._kinds: dict[type[ClientMessage], Bucket] = {}

    def take(self, kind: type[ClientMessage], now: float) -> None:
        """Count a message, if its kind has a rate. Raises ``CommandRefused``."""
        rate = self._rates.get(kind)
        if rate is None:
            return
        bucket = self._kinds.get(kind)
        if bucket is None:
            bucket = self._kinds[kind] = Bucket(*rate, now)
        _check(bucket.take(now))


class RateLimits:
    """The limits of one person, over all their connections."""

    def __init__(self, now: float) -> None:
        self._all = Bucket(*_ALL, now)
        self._kinds = Buckets(RATES)
        self._refusals: deque[float] = deque(maxlen=MOST_REFUSALS)

    def any(self, now: float) -> None:
        """Count a message, whatever its kind. Raises ``CommandRefused``."""
        _check(self._all.take(now))

    def one(self, kind: type[ClientMessage], now: float) -> None:
        """Count a message of a kind. Raises ``CommandRefused``."""
        self._kinds.take(kind, now)
        if kind in RATES and RATES[kind].rate > _ALL.rate:
            # Message types with a higher rate do not consume the general budget.
            self._all.put_back()

    def refused(self, now: float) -> bool:
        """Count a refusal; return whether there are too many."""
        self._refusals.append(now)
        return len(self._refusals) == MOST_REFUSALS and now - self._refusals[0] <= REFUSALS_WITHIN


def _check(wait: float) -> None:
    if wait:
        raise CommandRefused(RefusalKey.TOO_MANY, "too much at a time", round(wait, 2) + 0.01)
