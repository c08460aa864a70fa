"""Connections to receivers that stay open for a moment, for the next request to the same place (keep-alive).

What leads elsewhere never shares one: scheme, host, port and the settings of its time are its key, and its address
is checked anew for each request. Name and certificate are those of when it was made, so it serves for a minute at most.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

from twisted.internet.interfaces import IReactorTime

from bbbd.egress.receiver_connection import ReceiverConnection
from bbbd.egress.ssrf_guard import Target
from bbbd.settings.settings import Settings

#: Seconds that a connection waits for the next request: less than receivers do. Seconds that it serves in all.
IDLE, LONGEST = 1.5, 60
#: Connections that wait.
MOST = 100


@dataclass(frozen=True, slots=True, eq=False)
class KeptConnection:
    """A connection to an address that was checked."""

    connection: ReceiverConnection
    target: Target
    address: str
    settings: Settings
    made_at: float


class _Waiting(NamedTuple):
    kept: KeptConnection
    until: float


class KeptConnections:
    """The connections that wait, the latest last."""

    def __init__(self, timer: IReactorTime) -> None:
        self._timer = timer
        self._waiting: OrderedDict[int, _Waiting] = OrderedDict()
        self._by_target: dict[Target, list[KeptConnection]] = {}
        self._is_sweeping = False

    def take(self, target: Target, settings: Settings) -> KeptConnection | None:
        """Return an open connection to a target, which no longer waits; None if there is none."""
        while of_target := self._by_target.get(target):
            kept = of_target[-1]
            self._remove(kept)
            if kept.connection.is_open and kept.settings is settings and self._serves(kept):
                return kept
            kept.connection.close()
        return None

    def keep(self, kept: KeptConnection) -> None:
        """Have a connection wait, if it is still open."""
        if not kept.connection.is_open or not self._serves(kept):
            kept.connection.close()
            return
        if len(self._waiting) >= MOST:
            self._close(next(iter(self._waiting.values())).kept)
        self._waiting[id(kept)] = _Waiting(kept, self._timer.seconds() + IDLE)
        self._by_target.setdefault(kept.target, []).append(kept)
        self._sweep_later()

    def _serves(self, kept: KeptConnection) -> bool:
        return self._timer.seconds() - kept.made_at < LONGEST

    def _remove(self, kept: KeptConnection) -> None:
        del self._waiting[id(kept)]
        of_target = self._by_target[kept.target]
        of_target.remove(kept)
        if not of_target:
            del self._by_target[kept.target]

    def _close(self, kept: KeptConnection) -> None:
        self._remove(kept)
        kept.connection.close()

    def _sweep_later(self) -> None:
        if not self._is_sweeping:
            self._is_sweeping = True
            self._timer.callLater(IDLE, self._sweep)

    def _sweep(self) -> None:
        """Close what has waited long enough, or was closed by its receiver."""
        self._is_sweeping = False
        now = self._timer.seconds()
        for waiting in list(self._waiting.values()):
            if waiting.until <= now or not waiting.kept.connection.is_open:
                self._close(waiting.kept)
        if self._waiting:
            self._sweep_later()
