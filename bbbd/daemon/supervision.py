"""The process as systemd sees it: ready, reloading, a line of status, signs of life, stopping."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from bbbd.daemon.notify import Notifier
from bbbd.daemon.watchdog import Watchdog
from bbbd.storage.group_commit import Thread


class Supervision:
    """Keeps systemd informed. ``thread`` is the disk's; ``status`` returns the line that ``systemctl status`` shows."""

    def __init__(self, notifier: Notifier, timer: IReactorTime, thread: Thread, status: Callable[[], str]) -> None:
        self.notifier = notifier
        self._status = status
        self._watchdog = Watchdog(notifier, timer, thread)
        self._loop = LoopingCall(self.show_status)
        self._loop.clock = timer
        self._is_ready = False

    def ready(self) -> None:
        """Say that the server is ready, and begin to give signs of life."""
        self._is_ready = True
        self.notifier.ready()
        self._watchdog.start()
        self._loop.start(1)

    def reloading(self) -> None:
        """Say that a reload begins."""
        if self._is_ready:
            self.notifier.reloading()

    def reloaded(self) -> None:
        """Say that a reload is over."""
        if self._is_ready:
            self.notifier.ready()

    def stopping(self) -> None:
        """Say that the stop begins. Signs of life and status go on."""
        self._is_ready = False
        self.notifier.stopping()

    def show_status(self) -> None:
        """Show the status, once a second."""
        self.notifier.status(self._status())

    def stop(self) -> None:
        """End it: the process has only a few steps left."""
        self._watchdog.stop()
        if self._loop.running:
            self._loop.stop()
