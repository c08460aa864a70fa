"""What the delivery of callbacks works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.interfaces import IReactorTime

from bbbd.clock import Clock
from bbbd.egress.agent import OutgoingAgent
from bbbd.storage.group_commit import GroupCommit, Thread


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDependencies:
    """What an outbox works with. ``secret`` signs; ``ready_hours`` bounds the tries of a recording's callback."""

    outgoing: OutgoingAgent
    rounds: GroupCommit
    clock: Clock
    timer: IReactorTime
    worker: Thread
    secret: Callable[[], str]
    ready_hours: Callable[[], int]
