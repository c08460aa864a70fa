"""The environment of a server: files, time, threads and the network. The daemon has real ones, tests others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from twisted.internet.interfaces import IReactorTCP, IReactorTime

from bbbd.clock import Clock, stopwatch
from bbbd.egress.agent import Names, look_up
from bbbd.log import LogObserver
from bbbd.metrics.counting import Metrics
from bbbd.short_turns import ShortTurns
from bbbd.storage.disk import Disk
from bbbd.storage.group_commit import Thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The means of outgoing requests: real time, real sockets, and ``lookup``, which runs ``names`` in a thread."""

    reactor: IReactorTCP
    lookup: Thread
    names: Names = look_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Everything outside that a server needs.

    ``thread`` runs short waits for the disk, ``worker`` longer work, ``jobs`` conversions, which take longest,
    ``recordings`` the processing of recordings, which no conversion waits for.
    """

    disk: Disk
    clock: Clock
    timer: IReactorTime
    thread: Thread
    worker: Thread
    jobs: Thread
    recordings: Thread
    network: Network
    observer: LogObserver
    #: The timer of connections, where it is another one.
    sockets: IReactorTime | None = None
    #: The clock by which what is done in steps lets turns of the reactor pass.
    stopwatch: Callable[[], float] = stopwatch
    #: The counters and histograms of this server.
    metrics: Metrics = field(default_factory=Metrics)

    @property
    def socket_timer(self) -> IReactorTime:
        """The timer of connections: real time, also where developer mode moves the other timer."""
        return self.sockets or self.timer

    @property
    def turns(self) -> ShortTurns:
        """The means to do much in short turns of the reactor."""
        return ShortTurns(self.socket_timer, self.stopwatch)
