"""The time limits of one connection: for a head, between requests, for a client to read its answers and to close.

The time limit of a body is its own (``body_flow.py``). An answer that is being prepared has none here.
"""

from __future__ import annotations

from collections.abc import Callable

#: The client reads an answer within so many seconds, plus one second for each so many bytes of it.
TAKE_WITHIN = 30
TAKE_RATE = 64 << 10
#: Seconds: for a head or a TLS handshake, between requests, and for the client to close after a refusal.
HEAD_WITHIN, IDLE, LINGER = 15, 75, 5
#: Seconds for the head of a probe on a connection above the limits.
PROBE_WITHIN = 5


class Deadlines:
    """The time limits of a connection. ``seconds`` is the clock of connections."""

    #: Since when a head or body has been incomplete, None if none has begun.
    begun: float | None = None
    #: Bytes of bodies of answers that were written since the client last had read everything.
    unread = 0
    _until: float | None = None
    _read_until: float | None = None

    def __init__(self, seconds: Callable[[], float], *, is_probe: bool) -> None:
        self._seconds = seconds
        self._head_within = PROBE_WITHIN if is_probe else HEAD_WITHIN
        self._first_within = PROBE_WITHIN if is_probe else IDLE

    def await_handshake(self) -> None:
        """Limit the time of a TLS handshake."""
        self._until = self._seconds() + self._head_within

    def await_first(self) -> None:
        """Limit the time until the first request."""
        self._until = self._seconds() + self._first_within

    def await_next(self) -> None:
        """Limit the time until the next request."""
        self.begun = None
        self._until = self._seconds() + IDLE
        if self._read_until is None:
            self.unread = 0

    def await_rest(self, *, of_head: bool) -> None:
        """Limit the time of a head whose beginning has come. A body only begins."""
        self.begun = self._seconds()
        if of_head:
            self._until = self.begun + self._head_within

    def await_nothing(self) -> None:
        """End the time limit: it is the server's turn."""
        self._until = None

    def await_end(self) -> None:
        """Limit the time for the client to close."""
        self._until = self._seconds() + LINGER

    def await_reader(self) -> None:
        """Limit the time for the client to read what was written."""
        if self._read_until is None:
            self._read_until = self._seconds() + TAKE_WITHIN + self.unread / TAKE_RATE

    def all_read(self) -> None:
        """End that time limit."""
        self._read_until = None
        self.unread = 0

    @property
    def awaits_reader(self) -> bool:
        """Whether the client still has to read what was written."""
        return self._read_until is not None

    def passed(self, now: float) -> bool | None:
        """Return whether the time is over; None if there is no limit."""
        until = self._until if self._read_until is None else self._read_until
        return None if until is None else now > until
