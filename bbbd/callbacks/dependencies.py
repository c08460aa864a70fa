"""What the delivery of callbacks works with."""

from __future__ import annotations

from dataclasses import dataclass

from twisted.internet.interfaces import IReactorTime

from bbbd.clock import Clock
from bbbd.egress.agent import OutgoingAgent
from bbbd.settings.current import CurrentSettings
from bbbd.storage.group_commit import GroupCommit, Thread


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDependencies:
    """What an outbox works with."""

    outgoing: OutgoingAgent
    rounds: GroupCommit
    clock: Clock
    timer: IReactorTime
    worker: Thread
    current: CurrentSettings
