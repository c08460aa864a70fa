"""The watchdog: a sign of life to systemd, given only while the reactor turns and the thread of the disk works.

A process that is stuck gives none, and systemd kills and restarts it. That loses nothing: what was answered is on the
disk.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from bbbd.daemon.notify import Notifier
from bbbd.storage.group_commit import Thread


class Watchdog:
    """Gives signs of life, three in each period of systemd's. ``thread`` is the disk's."""

    def __init__(self, notifier: Notifier, timer: IReactorTime, thread: Thread) -> None:
        self._notifier = notifier
        self._thread = thread
        self._loop = LoopingCall(self._turn)
        self._loop.clock = timer
        #: What the thread has not done yet.
        self._asked: Deferred[None] | None = None

    def start(self) -> None:
        """Begin, if systemd watches."""
        if self._notifier.watchdog_seconds:
            self._loop.start(self._notifier.watchdog_seconds / 3)

    def stop(self) -> None:
        """End. The process has a few more steps to its end."""
        if self._loop.running:
            self._loop.stop()

    def _turn(self) -> None:
        """Ask the thread in a turn of the reactor; its answer, in another turn, is the sign."""
        if self._asked is None:
            self._asked = self._thread(_nothing)
            self._asked.addCallbacks(self._answered, self._unanswered)

    def _answered(self, _none: None) -> None:
        self._asked = None
        self._notifier.alive()

    def _unanswered(self, _failure: Failure) -> None:
        self._asked = None


def _nothing() -> None:
    """Do nothing: to have done it is the answer."""
