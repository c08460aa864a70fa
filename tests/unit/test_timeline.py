"""A recording's time: pauses are cut out, and every moment of the meeting has one place in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbbd.presentation.timeline import Segment, Timeline, seconds, segments_of, tenths

ON, OFF = True, False


@pytest.mark.parametrize(
    ("marks", "segments"),
    [
        ([], ()),
        ([(200, ON), (300, OFF)], ((200, 300),)),
        ([(200, ON)], ((200, 1000),)),
        ([(200, ON), (300, OFF), (500, ON)], ((200, 300), (500, 1000))),
        # A second mark of a kind changes nothing; a mark before the begin counts from there.
        ([(200, ON), (250, ON), (300, OFF), (400, OFF)], ((200, 300),)),
        ([(50, ON), (300, OFF)], ((100, 300),)),
        ([(200, OFF), (300, ON)], ((300, 1000),)),
        # On and off in the same moment record nothing.
        ([(200, ON), (200, OFF)], ()),
        ([(1000, ON)], ()),
    ],
)
def test_segments_lie_between_marks(marks: list[tuple[int, bool]], segments: tuple[tuple[int, int], ...]) -> None:
    assert segments_of(marks, 100, 1000) == segments


@pytest.mark.parametrize(
    ("at", "time", "recorded"),
    [
        (0, 0, False),
        (999, 0, False),
        (1000, 0, True),
        (1500, 500, True),
        (3000, 2000, True),
        # A moment in the pause has the time at which the segment before it ends.
        (3001, 2000, False),
        (4999, 2000, False),
        (5000, 2000, True),
        (5500, 2500, True),
        (6000, 3000, True),
        (9999, 3000, False),
    ],
)
def test_a_moment_has_a_time_in_the_recording(at: int, time: int, *, recorded: bool) -> None:
    timeline = Timeline((Segment(1000, 3000), Segment(5000, 6000)))
    assert (timeline.time(at), timeline.is_recorded(at), timeline.duration) == (time, recorded, 3000)


@pytest.mark.parametrize(
    ("begin", "end", "overlaps"),
    [
        (0, 999, False),
        (0, 1000, True),
        (1500, 1600, True),
        (3500, 4500, False),
        (3500, 5000, True),
        (6001, 9000, False),
    ],
)
def test_a_stretch_overlaps_a_segment(begin: int, end: int, *, overlaps: bool) -> None:
    assert Timeline((Segment(1000, 3000), Segment(5000, 6000))).overlaps(begin, end) is overlaps


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "0.0"), (49, "0.0"), (50, "0.1"), (999, "1.0"), (12_340, "12.3"), (3_600_000, "3600.0")],
)
def test_times_in_files_are_seconds_with_one_decimal(milliseconds: int, text: str) -> None:
    assert seconds(tenths(milliseconds)) == text


MARKS = st.lists(st.tuples(st.integers(0, 10_000), st.booleans()), max_size=30).map(sorted)


@given(MARKS, st.lists(st.integers(-100, 11_000), min_size=2, max_size=20))
def test_time_never_goes_back_and_passes_only_while_recording_is_on(
    marks: list[tuple[int, bool]], moments: list[int]
) -> None:
    timeline = Timeline(segments_of(marks, 0, 10_000))
    assert timeline.duration == sum(end - begin for begin, end in timeline.segments)
    for before, after in zip(sorted(moments), sorted(moments)[1:], strict=False):
        passed = timeline.time(after) - timeline.time(before)
        assert passed == sum(max(0, min(end, after) - max(begin, before)) for begin, end in timeline.segments)
        assert 0 <= timeline.time(after) <= timeline.duration
