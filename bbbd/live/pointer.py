"""Where who presents points on the page: told to those who are in as it moves, and kept nowhere.

Of several places between two frames the last is told; to whom it is not told the next one will be.
"""

from __future__ import annotations

from bbbd.live.protocol import Point, written
from bbbd.live.websocket import framed
from bbbd.meetings.model import Meeting


class Pointer:
    """The pointer of one meeting."""

    def __init__(self, meeting: Meeting) -> None:
        self._meeting = meeting
        #: The last place, and what it is a place of.
        self._next: tuple[Point, tuple[str, str, int] | None] | None = None

    def move(self, point: Point) -> None:
        """Take where who presents points now."""
        self._next = (point, self._shown())

    @property
    def has_moved(self) -> bool:
        """Whether there is something to tell."""
        return self._next is not None

    def take(self) -> bytes:
        """Return what is to be told as a frame, b"" for nothing: as when it is of a page before."""
        if self._next is None:
            return b""
        (point, shown), self._next = self._next, None
        if shown != self._shown():
            return b""
        place = {} if point.is_off else {"x": point.x, "y": point.y}
        return framed(written("now", k="pointer", **place))

    def _shown(self) -> tuple[str, str, int] | None:
        stage = self._meeting.stage
        return None if stage is None else (self._meeting.presenter, stage.deck, stage.page)
