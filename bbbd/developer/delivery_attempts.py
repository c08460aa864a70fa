"""Delivery attempts of callbacks, recorded for the control API."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import msgspec

from bbbd.callbacks.deliveries import CallbackKind, Delivery
from bbbd.clock import Clock

#: Limit of stored attempts.
MOST = 10_000


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One delivery attempt of a callback and its result; ``at`` in milliseconds since 1970."""

    number: int
    entry: Delivery
    status: int | None
    why: str
    at: int

    def describe(self) -> dict[str, Any]:
        """Return the attempt for JSON."""
        return {
            "id": self.number,
            "kind": self.entry.kind.value,
            "url": self.entry.url,
            "said": self.entry.content,
            "meeting": self.entry.meeting,
            "tries": self.entry.tries + 1,
            "status": self.status,
            "answer": self.why,
            "refusal": self.entry.answer,
            "at": self.at,
        }

    def repeated(self, now: int) -> Delivery:
        """Return the delivery as a new one that is due now."""
        receiver = self.entry.url if self.entry.kind is CallbackKind.HOOK else self.entry.receiver
        return msgspec.structs.replace(
            self.entry, tries=0, next_try_at=0, last_result="", answer="", created_at=now, receiver=receiver
        )


@dataclass(slots=True)
class DeliveryAttempts:
    """The delivery attempts of one server, the latest last."""

    clock: Clock
    items: deque[DeliveryAttempt] = field(default_factory=lambda: deque(maxlen=MOST))
    count: int = 0

    def add(self, entry: Delivery, status: int | None, why: str) -> None:
        """Record an attempt."""
        self.count += 1
        self.items.append(DeliveryAttempt(self.count, entry, status, why, self.clock.now().wall))
