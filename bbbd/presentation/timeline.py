"""A recording's time: the recorded segments of a meeting one after the other, with the pauses cut out.

The times of a history are milliseconds since 1970, those of a recording milliseconds since its begin. In files they are
seconds with one decimal, so two moments in the same tenth of a second are one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from bbbd.history.happenings import History, RecordingMarked


class Segment(NamedTuple):
    """A stretch of a meeting that was recorded, in milliseconds since 1970."""

    begin: int
    end: int


def segments_of(marks: Iterable[tuple[int, bool]], begin: int, end: int) -> tuple[Segment, ...]:
    """Return the segments between marks (when, on or off). One that is still open ends with the meeting.

    A second mark of the same kind changes nothing, and a segment without length is none.
    """
    found: list[Segment] = []
    since: int | None = None
    for at, on in marks:
        if on and since is None:
            since = max(begin, at)
        elif not on and since is not None:
            found.append(Segment(since, at))
            since = None
    if since is not None:
        found.append(Segment(since, end))
    return tuple(segment for segment in found if segment.begin < segment.end)


def recorded_segments(history: History, *, whole_meeting: bool = False) -> tuple[Segment, ...]:
    """Return what was recorded of a meeting; with ``whole_meeting`` all of one without marks."""
    marks = [(one.at, one.on) for one in history.happenings if isinstance(one, RecordingMarked)]
    if whole_meeting and not any(on for _at, on in marks):
        marks = [(history.begin, True)]
    return segments_of(marks, history.begin, history.end)


class Timeline:
    """Maps the times of a meeting to those of its recording."""

    def __init__(self, segments: Iterable[Segment]) -> None:
        self.segments = tuple(segments)
        self._begins = [segment.begin for segment in self.segments]
        #: The recorded milliseconds before each segment, and at last all.
        self._before = [0, *accumulate(segment.end - segment.begin for segment in self.segments)]

    @property
    def duration(self) -> int:
        """The length of the recording in milliseconds."""
        return self._before[-1]

    def time(self, at: int) -> int:
        """Return a moment's time in the recording, in milliseconds.

        A moment in a pause has the time at which the segment before it ends, one before all segments is 0.
        """
        place = bisect_right(self._begins, at) - 1
        if place < 0:
            return 0
        segment = self.segments[place]
        return self._before[place] + min(at, segment.end) - segment.begin

    def is_recorded(self, at: int) -> bool:
        """Return whether a moment is in a segment."""
        place = bisect_right(self._begins, at) - 1
        return place >= 0 and at <= self.segments[place].end

    def overlaps(self, begin: int, end: int) -> bool:
        """Return whether a stretch of the meeting has a moment in a segment."""
        place = bisect_right(self._begins, end) - 1
        return place >= 0 and begin <= self.segments[place].end


def tenths(milliseconds: int) -> int:
    """Return a time of a recording in tenths of a second, rounded."""
    return (milliseconds + 50) // 100


def seconds(time: int) -> str:
    """Return tenths of a second as files have them: seconds with one decimal."""
    return f"{time // 10}.{time % 10}"
