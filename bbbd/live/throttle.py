"""Throttle: an event that follows the movement of a hand happens a few times a second, the last one always.

The ones in between are discarded.
"""

from __future__ import annotations

from twisted.logger import Logger

from bbbd.live.backend import Backend
from bbbd.live.commands import Throttled
from bbbd.meetings.model import Meeting

_log = Logger()


class Throttle:
    """The throttle of one kind of event in one meeting."""

    def __init__(self, meeting: Meeting) -> None:
        self._meeting = meeting
        self._free = 0.0
        self._next: Throttled | None = None
        self._waits = False

    def offer(self, answer: Throttled, backend: Backend) -> None:
        """Let an event happen, now or soon, unless another replaces it before. Raises ``OSError``."""
        self._next = answer
        wait = self._free - backend.seconds()
        if wait <= 0:
            self._happen(backend)
        elif not self._waits:
            self._waits = True
            backend.later(wait, lambda: self._happen_late(backend))

    def _happen_late(self, backend: Backend) -> None:
        self._waits = False
        try:
            self._happen(backend)
        except OSError:
            _log.failure("a view of a page is lost", event="view_lost")

    def _happen(self, backend: Backend) -> None:
        answer, self._next = self._next, None
        if answer is not None and self._meeting.ended is None and answer.holds():
            self._free = backend.seconds() + answer.every
            backend.happen(self._meeting, answer.event)
