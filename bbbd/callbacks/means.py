"""What the delivery of callbacks works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.interfaces import IReactorTime

from bbbd.clock import Clock
from bbbd.egress.outgoing import Outgoing
from bbbd.storage.rounds import Rounds, Thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What an outbox works with. ``secret`` signs; ``ready_hours`` bounds the tries of a recording's callback."""

    outgoing: Outgoing
    rounds: Rounds
    clock: Clock
    timer: IReactorTime
    worker: Thread
    secret: Callable[[], str]
    ready_hours: Callable[[], int]
