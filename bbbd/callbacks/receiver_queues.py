"""The queues of receivers: a fair scheduler that sends each receiver one call at a time, and each host a few."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlsplit

from bbbd.callbacks.deliveries import Delivery

#: Limits of simultaneous calls: in all, and to one host.
MOST_AT_ONCE = 100
MOST_TO_ONE_HOST = 20


@lru_cache(maxsize=1024)
def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL: the part that may be logged."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}" + (f":{parts.port}" if parts.port else "")


@dataclass(slots=True, eq=False)
class ReceiverQueue:
    """The entries of one receiver, by their numbers. Times are milliseconds of the steady clock.

    ``fresh`` is in order, and no entry of it is tried before ``not_before``. ``failed`` is a heap of entries and their
    times, which others may overtake; an ``ordered`` queue has none. ``scheduled`` is the queue's time in the schedule,
    None for a queue without one.
    """

    key: str
    origin: str
    ordered: bool
    fresh: deque[int] = field(default_factory=deque)
    failed: list[tuple[int, int]] = field(default_factory=list)
    not_before: int = 0
    scheduled: int | None = None
    busy: bool = False
    #: The entry that is being sent.
    sending: int | None = None

    def due(self) -> int | None:
        """Return the time of the next try, None for an empty queue."""
        times = [self.not_before] if self.fresh else []
        times += [self.failed[0][0]] if self.failed else []
        return min(times, default=None)

    def take(self, now: int) -> int:
        """Remove and return the entry that is tried next."""
        if self.failed and (self.failed[0][0] <= now or not self.fresh):
            return heapq.heappop(self.failed)[1]
        return self.fresh.popleft()


class ReceiverQueues:
    """All due entries, by receiver."""

    def __init__(self) -> None:
        self._queues: dict[str, ReceiverQueue] = {}
        self._schedule_heap: list[tuple[int, int, ReceiverQueue]] = []
        self._blocked: dict[str, deque[ReceiverQueue]] = {}
        self._origins: Counter[str] = Counter()
        self._busy = 0
        self._order = 0
        self._entries = 0
        #: When each due entry was made, in milliseconds since 1970; those that are being sent are due as well.
        self._made: dict[int, int] = {}
        self._now = 0

    def __len__(self) -> int:
        """Return the number of waiting entries."""
        return self._entries

    def oldest(self) -> int | None:
        """Return when the oldest due entry was made, in milliseconds since 1970; None when nothing is due."""
        return min(self._made.values(), default=None)

    def put(self, number: int, entry: Delivery, due: int = 0) -> None:
        """Append an entry to its receiver's queue, not to be tried before a time."""
        queue = self._queues.get(entry.queue_key)
        if queue is None:
            queue = self._queues[entry.queue_key] = ReceiverQueue(entry.queue_key, origin_of(entry.url), entry.ordered)
        if due and not entry.ordered:
            heapq.heappush(queue.failed, (due, number))
        else:
            queue.fresh.append(number)
            queue.not_before = max(queue.not_before, due)
        self._entries += 1
        self._made[number] = entry.created_at
        self._schedule(queue)

    def put_back(self, queue: ReceiverQueue, number: int, due: int) -> None:
        """Return a failed entry to its queue: to the front if the others wait for it."""
        if queue.ordered:
            queue.fresh.appendleft(number)
            queue.not_before = due
        else:
            heapq.heappush(queue.failed, (due, number))
        self._entries += 1
        queue.sending = None

    def remove(self, number: int, entry: Delivery) -> None:
        """Remove an entry that was just added and has not been tried."""
        self._queues[entry.queue_key].fresh.remove(number)
        self._entries -= 1
        del self._made[number]

    def clear(self, key: str) -> list[int]:
        """Remove all waiting entries of a receiver, and return their numbers."""
        queue = self._queues.get(key)
        if queue is None:
            return []
        numbers = [*queue.fresh, *(number for _due, number in queue.failed)]
        queue.fresh.clear()
        queue.failed.clear()
        self._entries -= len(numbers)
        for number in numbers:
            del self._made[number]
        return numbers

    def _schedule(self, queue: ReceiverQueue) -> None:
        due = queue.due()
        if queue.busy or due is None:
            return
        # Fairness: a queue that was just served goes behind the waiting ones, however old its entries are.
        due = max(due, self._now)
        if queue.scheduled is not None and queue.scheduled <= due:
            return
        queue.scheduled = due
        self._order += 1
        heapq.heappush(self._schedule_heap, (due, self._order, queue))

    def next(self, now: int) -> tuple[ReceiverQueue, int] | None:
        """Remove the entry that is tried next; its queue is busy until ``release``. None if nothing may be sent now."""
        self._now = max(self._now, now)
        while self._busy < MOST_AT_ONCE and self._schedule_heap and self._schedule_heap[0][0] <= now:
            scheduled, _order, queue = heapq.heappop(self._schedule_heap)
            if queue.scheduled != scheduled:
                continue
            queue.scheduled = None
            due = queue.due()
            if due is None or due > now:
                self._requeue(queue)
            elif self._origins[queue.origin] >= MOST_TO_ONE_HOST:
                queue.busy = True
                self._blocked.setdefault(queue.origin, deque()).append(queue)
            else:
                queue.busy = True
                self._busy += 1
                self._origins[queue.origin] += 1
                self._entries -= 1
                queue.sending = number = queue.take(now)
                return queue, number
        return None

    def has_more(self, queue: ReceiverQueue) -> bool:
        """Return whether a call to the same host follows as soon as that of a queue has ended."""
        return bool(queue.fresh or self._blocked.get(queue.origin))

    def release(self, queue: ReceiverQueue) -> None:
        """Note that the call of a queue has ended. Its entry is settled unless it was put back."""
        if queue.sending is not None:
            self._made.pop(queue.sending, None)
            queue.sending = None
        self._busy -= 1
        self._origins[queue.origin] -= 1
        if not self._origins[queue.origin]:
            del self._origins[queue.origin]
        if blocked := self._blocked.get(queue.origin):
            self._requeue(blocked.popleft())
            if not blocked:
                del self._blocked[queue.origin]
        self._requeue(queue)

    def _requeue(self, queue: ReceiverQueue) -> None:
        queue.busy = False
        if queue.due() is None:
            self._queues.pop(queue.key, None)
        else:
            self._schedule(queue)
