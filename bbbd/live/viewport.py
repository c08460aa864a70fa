"""The part of a page that is shown, which moves as fast as a hand: a few times a second it is an event.

What comes in between is passed over, and the last always counts.
"""

from __future__ import annotations

from twisted.logger import Logger

from bbbd.live.backend import Backend
from bbbd.meetings.event import SlideViewed
from bbbd.meetings.model import Meeting

_log = Logger()

#: Seconds between two of a meeting.
EVERY = 0.2


class Viewports:
    """The views of one meeting's stage."""

    def __init__(self, meeting: Meeting) -> None:
        self._meeting = meeting
        self._free = 0.0
        #: The last view, with the page that it is of.
        self._next: tuple[SlideViewed, tuple[str, int]] | None = None
        self._waits = False

    def offer(self, view: SlideViewed, house: Backend) -> None:
        """Let a view happen, now or soon, unless another comes before. Raises ``OSError``."""
        stage = self._meeting.stage
        assert stage is not None
        self._next = (view, (stage.deck, stage.page))
        wait = self._free - house.seconds()
        if wait <= 0:
            self._happen(house)
        elif not self._waits:
            self._waits = True
            house.later(wait, lambda: self._happen_late(house))

    def _happen_late(self, house: Backend) -> None:
        self._waits = False
        try:
            self._happen(house)
        except OSError:
            _log.failure("a view of a page is lost", event="view_lost")

    def _happen(self, house: Backend) -> None:
        if self._next is None:
            return
        (view, page), self._next = self._next, None
        meeting, stage = self._meeting, self._meeting.stage
        is_same = stage is not None and (stage.deck, stage.page) == page
        if meeting.ended is None and is_same and meeting.presenter == view.by:
            self._free = house.seconds() + EVERY
            house.happen(meeting, view)
