"""What a server runs on: files, time, threads and the network. The daemon has real ones, tests others."""

from __future__ import annotations

from dataclasses import dataclass

from twisted.internet.interfaces import IReactorTCP, IReactorTime

from bbbd.clock import Clock
from bbbd.egress.agent import Names, look_up
from bbbd.log import LogObserver
from bbbd.storage.disk import Disk
from bbbd.storage.group_commit import Thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What calls go out by: real time and real sockets; ``lookup`` runs ``names``, which may hang."""

    reactor: IReactorTCP
    lookup: Thread
    names: Names = look_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What a server runs on.

    ``thread`` is for what waits for the disk shortly, ``worker`` for what takes long, ``jobs`` for conversions, which
    take longest.
    """

    disk: Disk
    clock: Clock
    timer: IReactorTime
    thread: Thread
    worker: Thread
    jobs: Thread
    network: Network
    observer: LogObserver
    #: Time as sockets know it, where that is not the timer's.
    sockets: IReactorTime | None = None
