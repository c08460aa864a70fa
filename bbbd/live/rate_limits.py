"""How often somebody may say something: buckets that fill with time. Times are seconds that only go on."""

from __future__ import annotations

from collections import deque

from bbbd.live import protocol
from bbbd.live.protocol import ClientMessage, CommandRefused, RefusalKey

#: Refusals in so many seconds past which a connection is closed.
MOST_REFUSALS, REFUSALS_WITHIN = 100, 10


class Bucket:
    """Lets through ``rate`` a second, and ``burst`` at once."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._at = burst, now

    def take(self, now: float) -> float:
        """Take one; return 0, or after how many seconds there is one."""
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return (1 - self._left) / self._rate
        self._left -= 1
        return 0

    def put_back(self) -> None:
        """Put back the one that was taken."""
        self._left += 1


#: Kinds of messages that have a bucket of their own: rate and burst.
_RATES: dict[type[ClientMessage], tuple[float, float]] = {
    protocol.Hello: (0.5, 10),
    protocol.Say: (0.5, 5),
    protocol.React: (2, 4),
    protocol.ShowSlide: (10, 20),
    protocol.ViewSlide: (10, 20),
    protocol.Point: (15, 30),
}
_ALL = (10, 60)
#: Of a whole meeting's chat.
CHAT_RATE, CHAT_BURST = 20, 40


class RateLimits:
    """What one person may say, by however many connections."""

    def __init__(self, now: float) -> None:
        self._all = Bucket(*_ALL, now)
        self._kinds: dict[type[ClientMessage], Bucket] = {}
        self._refusals: deque[float] = deque(maxlen=MOST_REFUSALS)

    def any(self, now: float) -> None:
        """Count a message, whatever it says. Raises ``CommandRefused``."""
        _check(self._all.take(now))

    def one(self, message: ClientMessage, chat: Bucket, now: float) -> None:
        """Count a message of a kind; ``chat`` is the meeting's. Raises ``CommandRefused``."""
        rate = _RATES.get(type(message))
        if rate is None:
            return
        bucket = self._kinds.get(type(message))
        if bucket is None:
            bucket = self._kinds[type(message)] = Bucket(*rate, now)
        _check(bucket.take(now))
        if rate[0] > _ALL[0]:
            # What may come faster than all else does not use up what that has.
            self._all.put_back()
        if isinstance(message, protocol.Say):
            _check(chat.take(now))

    def refused(self, now: float) -> bool:
        """Count a refusal; tell whether they have become too many."""
        self._refusals.append(now)
        return len(self._refusals) == MOST_REFUSALS and now - self._refusals[0] <= REFUSALS_WITHIN


def _check(wait: float) -> None:
    if wait:
        raise CommandRefused(RefusalKey.TOO_MANY, "too much at a time", round(wait, 2) + 0.01)
