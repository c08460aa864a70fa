"""The outbox: a queue on disk for each receiver, with retries (at-least-once delivery).

An entry is on the disk before its first try and is deleted when it is settled: a restart or a kill loses none, and
repeats at most the entries that were being sent. A slow or dead receiver delays only its own entries: each receiver
gets one call at a time, and each host a few.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import msgspec
from twisted.internet.defer import Deferred, DeferredList, TimeoutError  # noqa: A004 - Twisted's
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from bbbd.callbacks.deliveries import CallbackKind, Delivery, is_taken, next_try, next_try_of_hook, request_of
from bbbd.callbacks.hooks import Hooks
from bbbd.callbacks.outbox_entries import OutboxEntries
from bbbd.callbacks.receiver_queues import ReceiverQueue, ReceiverQueues, origin_of
from bbbd.callbacks.refusals import excerpt
from bbbd.clock import Clock
from bbbd.egress.agent import OutgoingAgent, Unanswered
from bbbd.egress.ssrf_guard import ForbiddenTarget
from bbbd.limits import Limit, Refused
from bbbd.metrics.counting import Metrics
from bbbd.metrics.declarations import CALLBACKS
from bbbd.settings.current import CurrentSettings

_log = Logger()

T = TypeVar("T")

#: The limit of due entries; above it, hooks get no new ones.
MOST_DUE = 100_000
#: Seconds that running calls may take when the server stops.
STOP_WITHIN = 5
#: Calls a second at a start, so that overdue entries are not all sent at once.
START_RATE = 100
_SPREAD = 10_000
#: Entries that one turn reads at a start.
_SLICE = 500
#: Milliseconds between two calls of ``send_due``; an entry that is due sooner has a timer of its own.
_BEAT = 1000
#: Milliseconds until the disk is tried again that did not give or take an entry.
_PAUSE = 60_000


#: The part of a log line for an answer that refuses a callback.
_ANSWER = ', "{answer}"'


class Outbox:
    """Holds the notifications that are due and delivers them. A hook that fails for too long is removed.

    Above ``most_due`` of them hooks get no new ones, which ``refused`` counts.
    """

    def __init__(
        self,
        *,
        entries: OutboxEntries,
        hooks: Hooks,
        outgoing: OutgoingAgent,
        clock: Clock,
        timer: IReactorTime,
        current: CurrentSettings,
        metrics: Metrics,
        refused: Refused,
        most_due: int,
    ) -> None:
        #: Called after each try: with the entry, the status (None for no answer), and the result in words.
        self.listeners: list[Callable[[Delivery, int | None, str], None]] = []
        self._entries = entries
        self._hooks = hooks
        self._outgoing = outgoing
        self._clock = clock
        self._timer = timer
        self._current = current
        self._metrics = metrics
        self._refused = refused
        self._most_due = most_due
        self._queues = ReceiverQueues()
        self._attempts: set[Deferred[None]] = set()
        self._ending: Deferred[Any] | None = None
        self._in_hurry = False
        #: Entries that were added before those on the disk were read.
        self._added_early: list[tuple[int, Delivery]] | None = []
        self._stopped = self._pumping = self._full = self._retrying = False

    def __len__(self) -> int:
        """Return the number of notifications that are due."""
        return len(self._queues) + len(self._attempts) + len(self._added_early or ())

    def oldest(self) -> int | None:
        """Return when the oldest due notification was made, in milliseconds since 1970; None when nothing is due."""
        return self._queues.oldest()

    @property
    def busy(self) -> bool:
        """Whether a delivery is under way, or about to begin."""
        return bool(self._attempts) or self._pumping or self._added_early is not None or self._retrying

    def prepare(self) -> None:
        """Make the directories. Waits for the disk."""
        self._entries.prepare()

    def delete_unhappened(self, last_events: Mapping[str, int]) -> None:
        """Remove the entries of events that did not reach their journal. Waits for the disk."""
        self._entries.delete_unhappened(last_events)

    def start(self) -> None:
        """Begin to deliver the entries on the disk, except those for hooks that no longer exist."""
        loaded = Deferred.fromCoroutine(self._load())
        loaded.addErrback(lambda failure: _log.failure("the outbox cannot be read", failure, event="outbox_unread"))

    def _is_orphaned(self, entry: Delivery) -> bool:
        """Return whether an entry is for a hook that no longer exists."""
        return entry.kind is CallbackKind.HOOK and entry.receiver != entry.url and not self._hooks.find(entry.receiver)

    async def _from_disk(self, read: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Read what is on the disk. What does not work now is tried again: until then nothing is sent."""
        while True:
            try:
                return await read()
            except OSError as fault:
                text = "the outbox cannot be read: {why}; it is tried again in {seconds} s"
                _log.error(text, event="outbox_unread", why=str(fault), seconds=_PAUSE // 1000)
                await deferLater(self._timer, _PAUSE / 1000)

    async def _load(self) -> None:
        numbers = await self._from_disk(self._entries.find)
        overdue = 0
        for begin in range(0, len(numbers), _SLICE):
            some = numbers[begin : begin + _SLICE]
            orphaned = []
            for number, entry in await self._from_disk(partial(self._entries.load, some)):
                if self._is_orphaned(entry):
                    orphaned.append(number)
                    continue
                now = self._clock.now()
                wait = max(entry.next_try_at - now.wall, min(overdue * 1000 // START_RATE, _SPREAD), 0)
                overdue += bool(entry.tries)
                self._queues.put(number, entry, now.steady + wait if entry.tries else 0)
                self._entries.remember(number, entry)
            await self._delete_unsent(orphaned)
        added_early, self._added_early = self._added_early or [], None
        read = set(numbers)
        # Their hooks may have been removed meanwhile.
        hookless = {number for number, entry in added_early if self._is_orphaned(entry)}
        for number, entry in added_early:
            if number not in read and number not in hookless:
                self._queues.put(number, entry)
                self._entries.remember(number, entry)
        self._pump()
        await self._delete_unsent(hookless)

    async def _delete_unsent(self, numbers: Collection[int]) -> None:
        """Delete entries whose hooks are gone. The next start does what the disk does not take."""
        with suppress(OSError):
            await self._entries.delete(numbers)
        self._entries.sweep()

    def add(self, entries: Iterable[Delivery], *, must: bool = False) -> list[int]:
        """Queue entries and return their numbers. A full disk leaves them in memory until it takes them.

        With ``must``, any other fault of the disk refuses them: ``OSError``, and none of them is due.
        """
        taken: list[Delivery] = []
        for entry in entries:
            if len(self) + len(taken) >= self._most_due and entry.kind is CallbackKind.HOOK:
                self._refused(None, Limit.CALLBACKS)
                self._log_full()
            else:
                taken.append(entry)
        numbers = self._entries.add(taken, must=must)
        if not numbers:
            return []
        for number, entry in zip(numbers, taken, strict=True):
            if self._added_early is not None:
                self._added_early.append((number, entry))
            else:
                self._queues.put(number, entry)
                self._entries.remember(number, entry)
        if not self._pumping:
            self._pumping = True
            self._timer.callLater(0, self._pump)
        return numbers

    def _log_full(self) -> None:
        if not self._full:
            self._full = True
            _log.error("{due} callbacks are due: hooks get no new ones", event="callbacks_full", due=len(self))

    def take_back(self, numbers: list[int]) -> None:
        """Remove entries that were just added: their event did not happen."""
        for number in reversed(numbers):
            entry = self._entries.take_back(number)
            if entry is not None and self._added_early is None:
                self._queues.remove(number, entry)
        self._entries.leave(numbers)
        if self._added_early is not None:
            self._added_early = [pair for pair in self._added_early if pair[0] not in numbers]

    def send_due(self) -> None:
        """Try the entries that are due now."""
        self._full = self._full and len(self) >= self._most_due
        self._entries.write_again()
        self._entries.sweep()
        self._pump()

    def _pump(self) -> None:
        self._pumping = False
        while (
            not self._stopped and self._added_early is None and (found := self._queues.next(self._clock.now().steady))
        ):
            self._begin(*found)

    def _begin(self, queue: ReceiverQueue, number: int) -> None:
        done = Deferred.fromCoroutine(self._attempt(queue, number))
        self._attempts.add(done)

        def ended(result: Failure | None) -> None:
            self._attempts.discard(done)
            if result is not None and not self._stopped:
                _log.failure("a callback broke", result, event="callback_broke")
            self._queues.release(queue)
            self._pump()
            if not self._attempts:
                self._entries.sweep()

        done.addBoth(ended)

    async def _attempt(self, queue: ReceiverQueue, number: int) -> None:
        await self._entries.settled()
        try:
            entry = await self._entries.read(number)
            if entry is None:
                return
            status, why, entry = await self._call(entry, more=self._queues.has_more(queue))
            for listener in self.listeners:
                listener(entry, status, why)
            if is_taken(entry.kind, status):
                self._metrics.count(CALLBACKS, entry.kind.value, "taken")
                if entry.kind is CallbackKind.HOOK:
                    self._hooks.note_success(entry.receiver)
                await self._settle(number, entry, why)
            else:
                await self._failed(queue, number, entry, status, why)
        except OSError as fault:
            # It could not be read, or the result not written: the entry is due again, and is perhaps sent twice.
            self._queues.put_back(queue, number, self._clock.now().steady + _PAUSE)
            _log.error("the outbox cannot be read or written: {why}", event="outbox_unwritten", why=str(fault))

    async def _call(self, entry: Delivery, *, more: bool) -> tuple[int | None, str, Delivery]:
        """Call a receiver. Return the status, None for no answer, that in words, and the entry with the answer."""
        secrets = self._current.secrets
        hook = self._hooks.find(entry.receiver) if entry.kind is CallbackKind.HOOK else None
        secret = self._current.secret_of(hook.application if hook else entry.application)
        request = request_of(entry, secret, self._clock.now().wall, self._current.settings)
        try:
            answer = await self._outgoing.send(request, more=more)
        except (ForbiddenTarget, Unanswered) as fault:
            return None, str(fault), msgspec.structs.replace(entry, answer="")
        refusal = "" if 200 <= answer.status < 300 else excerpt(answer, request, secrets)
        return answer.status, f"status {answer.status}", msgspec.structs.replace(entry, answer=refusal)

    async def _settle(self, number: int, entry: Delivery, why: str) -> None:
        await self._entries.delete([number])
        _log.info(
            "{kind} callback to {origin}: {why}" + _ANSWER * bool(entry.answer),
            event="callback_done",
            kind=entry.kind.value,
            origin=origin_of(entry.url),
            why=why,
            answer=entry.answer,
            meeting=entry.meeting,
        )

    async def _failed(self, queue: ReceiverQueue, number: int, entry: Delivery, status: int | None, why: str) -> None:
        if self._is_orphaned(entry):
            self._metrics.count(CALLBACKS, entry.kind.value, "given_up")
            await self._settle(number, entry, f"{why}; its hook is gone")
            return
        now = self._clock.now()
        settings = self._current.settings
        hook = self._hooks.note_failure(entry.receiver, status, now.wall) if entry.kind is CallbackKind.HOOK else None
        if hook is not None:
            next_at = next_try_of_hook(entry, hook, now.wall, settings.hook_hours)
        else:
            next_at = next_try(entry, status, now.wall, settings.ready_hours)
        updated = msgspec.structs.replace(entry, tries=entry.tries + 1, last_result=why, next_try_at=next_at or 0)
        self._metrics.count(CALLBACKS, entry.kind.value, "given_up" if next_at is None else "failed")
        facts = {"kind": entry.kind.value, "origin": origin_of(entry.url), "why": why, "meeting": entry.meeting}
        facts |= {"answer": entry.answer}
        if next_at is None:
            await self._entries.give_up(number, updated)
            text = "{kind} callback to {origin} is given up: {why}" + _ANSWER * bool(entry.answer)
            _log.error(text, event="callback_given_up", **facts)
            if hook is not None and not hook.permanent:
                self._remove_hook(hook.id)
            return
        await self._entries.change(number, updated)
        self._queues.put_back(queue, number, now.steady + next_at - now.wall)
        if next_at - now.wall < _BEAT:
            self._timer.callLater((next_at - now.wall) / 1000, self._pump)
        _log.warn(
            "{kind} callback to {origin} failed: {why}" + _ANSWER * bool(entry.answer) + "; tried again in {seconds} s",
            event="callback_failed",
            seconds=(next_at - now.wall) / 1000,
            **facts,
        )

    def _remove_hook(self, hook_id: str) -> None:
        """Remove a hook that failed for too long, and give up its other entries."""
        self._hooks.remove(hook_id)
        self.discard_hook(hook_id, aside=True)
        _log.error("hook {id} is removed: it failed for too long", event="hook_dropped", id=hook_id)

    def discard_hook(self, hook: str, *, aside: bool = False) -> None:
        """Delete the entries of a hook that no longer exists, or give them up (``aside``)."""
        done = Deferred.fromCoroutine(self._forget_hook(hook, aside=aside))
        done.addErrback(lambda failure: _log.failure("the outbox fails", failure, event="outbox_failed"))

    async def _forget_hook(self, hook: str, *, aside: bool) -> None:
        for number in self._queues.clear(f"{CallbackKind.HOOK.value} {hook}"):
            entry = await self._entries.read(number)
            if entry is not None and aside:
                await self._entries.give_up(number, entry)
            else:
                await self._entries.delete([number])
        self._entries.sweep()

    def retry(self) -> None:
        """Queue again the given-up entries that an operator asked for."""
        if self._added_early is not None or self._retrying:
            return
        self._retrying = True
        done = Deferred.fromCoroutine(self._retry())
        done.addErrback(lambda failure: _log.failure("the outbox fails", failure, event="outbox_failed"))

        def ended(_none: object) -> None:
            self._retrying = False

        done.addCallback(ended)

    async def _retry(self) -> None:
        for path, entry in await self._entries.to_retry():
            now = self._clock.now().wall
            # A hook's timestamp stays, but its hook may be gone; a recording's day begins anew.
            changes = {"receiver": entry.url} if entry.kind is CallbackKind.HOOK else {"created_at": now}
            self.add([msgspec.structs.replace(entry, tries=0, next_try_at=0, last_result="", answer="", **changes)])
            await self._entries.delete_retried(path)

    def delete_oldest(self) -> None:
        """Delete the oldest given-up entries above the limit."""
        self._entries.delete_oldest()

    def hurry(self) -> None:
        """Have a stop wait for no delivery."""
        self._in_hurry = True
        if self._ending is not None and not self._ending.called:
            self._ending.cancel()

    async def stop(self) -> None:
        """Begin no more deliveries; those under way get a few seconds, and are tried again at the next start."""
        self._stopped = True
        attempts = list(self._attempts)
        ended = self._ending = DeferredList(attempts)
        if not ended.called:
            ended.addTimeout(0 if self._in_hurry else STOP_WITHIN, self._timer)
        # A cancelled wait leaves those that still run.
        with suppress(TimeoutError):
            await ended
        for attempt in attempts:
            attempt.cancel()
