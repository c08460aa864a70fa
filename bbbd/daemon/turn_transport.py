"""Connections that send what they write in a turn of the reactor at its end, all of it by one call of the system.

Twisted has epoll say first whether there is room, in the next turn, and then not to say it again. Nearly always there
is. What does not fit, or goes to a connection that is lost, is left to Twisted, which finds out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from twisted.internet import tcp, unix


class TurnConnection(tcp.Server):
    """A connection of TCP. ``turn_end`` has what is left to do at the end of the present turn."""

    def __init__(self, turn_end: deque[Callable[[], bool]], *arguments: Any) -> None:
        self._turn_end = turn_end
        #: Written in this turn, and not sent.
        self._written: list[bytes] = []
        self._written_length = 0
        super().__init__(*arguments)

    def write(self, data: bytes) -> None:
        """Keep bytes until the end of the turn. What is much, or follows what waits for room, is Twisted's."""
        if self._tempDataLen or self.dataBuffer:
            super().write(data)  # type: ignore[no-untyped-call]
            return
        if not self._written:
            self._turn_end.append(self._send)
        self._written.append(data)
        self._written_length += len(data)
        if self._written_length > self.bufferSize:
            self._hand_over()

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Write several pieces."""
        self.write(b"".join(iovec))

    def doWrite(self) -> Any:
        """Send what waited for room."""
        self._hand_over()
        return super().doWrite()  # type: ignore[no-untyped-call]

    def _send(self) -> bool:
        """Send what was written, and return whether a rest is left to Twisted."""
        data = self._take()
        if not data or not self.connected or self._aborting or self._writeDisconnected:
            return False
        try:
            sent = self.socket.send(data)
        except OSError:
            sent = 0
        if sent == len(data):
            return False
        super().write(data[sent:])  # type: ignore[no-untyped-call]
        return True

    def _hand_over(self) -> None:
        """Leave to Twisted what was written, which also pauses a producer of too much."""
        if data := self._take():
            super().write(data)  # type: ignore[no-untyped-call]

    def _take(self) -> bytes:
        written, self._written = self._written, []
        self._written_length = 0
        return written[0] if len(written) == 1 else b"".join(written)


class UnixTurnConnection(TurnConnection, unix.Server):
    """A connection of a unix socket."""


def gather_writes(port: Any, turn_end: deque[Callable[[], bool]]) -> None:
    """Have the future connections of a port send at the end of each turn."""
    port.transport = partial(UnixTurnConnection if isinstance(port, unix.Port) else TurnConnection, turn_end)
