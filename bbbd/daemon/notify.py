"""Notifications to systemd (sd_notify): ready, reloading, stopping, a status for people, and the watchdog's signs.

Each is one datagram to the socket that ``$NOTIFY_SOCKET`` names; without it nothing is sent. The protocol is stable and
documented in sd_notify(3).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, MutableMapping

from twisted.logger import Logger

_log = Logger()

#: Seconds by which a notification extends the time that systemd gives to a start or a stop, and between two of them.
EXTENSION, EXTEND_EVERY = 30, 5


class Notifier:
    """Notifies systemd. ``address`` is that of its socket, empty for none; ``seconds`` the system's monotonic clock."""

    def __init__(self, address: str, seconds: Callable[[], float], watchdog: float = 0) -> None:
        #: Seconds within which systemd wants a sign of life; 0 for no watchdog.
        self.watchdog_seconds = watchdog
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._seconds = seconds
        self._status = ""
        self._extended: float | None = None
        self._failed = False

    @classmethod
    def taken_from(cls, environment: MutableMapping[str, str], seconds: Callable[[], float]) -> Notifier:
        """Return the notifier that an environment describes, and remove it from there: it is not for children."""
        address = environment.pop("NOTIFY_SOCKET", "")
        microseconds = environment.pop("WATCHDOG_USEC", "")
        own = environment.pop("WATCHDOG_PID", "") in ("", str(os.getpid()))
        watchdog = int(microseconds) / 1e6 if own and microseconds.isdigit() else 0
        return cls(address, seconds, watchdog if address else 0)

    @property
    def is_heard(self) -> bool:
        """Whether there is somebody to notify."""
        return bool(self._address)

    def ready(self) -> None:
        """Say that the start, or a reload, is over."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Say that a reload begins; ``ready`` ends it."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={int(self._seconds() * 1_000_000)}")

    def stopping(self) -> None:
        """Say that the stop begins, which has a time of its own."""
        self._extended = None
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Give the watchdog its sign of life."""
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """Show a line in ``systemctl status``, if it is another one than before."""
        if text != self._status:
            self._status = text
            self._send(f"STATUS={text}")

    def extend(self) -> None:
        """Ask for more time, for work that goes on; often called, seldom sent."""
        now = self._seconds()
        if self._extended is None or now - self._extended >= EXTEND_EVERY:
            self._extended = now
            self._send(f"EXTEND_TIMEOUT_USEC={EXTENSION * 1_000_000}")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
                sender.sendto("\n".join(lines).encode(), self._address)
        except OSError as fault:
            if not self._failed:
                _log.warn("systemd could not be notified: {why}", event="not_notified", why=str(fault))
            self._failed = True
        else:
            self._failed = False
