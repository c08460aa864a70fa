"""The clock of what pages recorded: from slices and the times at which they came."""

from __future__ import annotations

import pytest

from bbbd.composing.page_files import FilePacket, PageFile, spans_of_page
from bbbd.recordings.uploaded_media import Slice, parse_slices, slice_line

BEGUN = 1_531_155_809_613


def page_file(length: int, rate: float = 1.0, jump: tuple[int, int] = (0, 0)) -> PageFile:
    """Return a file with sound from 100 ms on and pictures from 0 on, each packet 10 bytes long."""
    packets: list[FilePacket] = []
    for at in range(0, length, 20):
        time = at * rate + (jump[1] if jump[0] and at >= jump[0] else 0)
        for stream in (0, 1):
            if stream == 1 or at >= 100:
                packets.append(FilePacket(stream, time, 10 * len(packets)))
    return PageFile(0, 1, packets)


def slices_of(file: PageFile, length: int, lateness: list[int], jump: tuple[int, int] = (0, 0)) -> list[Slice]:
    """Return slices of two seconds by the server's clock, each so late."""
    found: list[Slice] = []
    for number, at in enumerate(range(2000, length + 1, 2000)):
        # What the device slept passed on the server's clock, not in the file.
        slept = jump[1] if jump[0] and at > jump[0] else 0
        size = 10 * sum(1 for one in file.packets if one.at < at)
        found.append(Slice(size, BEGUN + at + slept + lateness[number % len(lateness)], 0))
    return found


@pytest.mark.parametrize("stream", [0, 1])
def test_the_slice_that_came_soonest_tells_the_time(stream: int) -> None:
    file = page_file(20_000)
    [span] = spans_of_page(file, stream, slices_of(file, 20_000, [400, 35, 900, 20, 60]), BEGUN - 5000)
    begin = 100 if stream == 0 else 0
    assert (span.file_begin, span.file_end, span.rate) == (0, 20_000 - begin, 1)
    assert span.begin == pytest.approx(BEGUN + begin + 40, abs=25)


def test_without_slices_the_page_s_own_word_counts() -> None:
    file = page_file(2000)
    for slices in ([], [Slice(1000, 0, 0)]):
        [span] = spans_of_page(file, 0, slices, BEGUN)
        assert (span.begin, span.file_end) == (BEGUN + 100, 1900)


def test_a_clock_that_drifts_is_followed_where_the_file_is_long() -> None:
    length = 3 * 3600 * 1000 // 10
    packets = [FilePacket(0, at * 1.0001, 10 * place) for place, at in enumerate(range(0, length, 500))]
    file = PageFile(0, None, packets)
    slices = [
        Slice(10 * (at // 500 + 1), BEGUN + at + (number * 37) % 150, 0)
        for number, at in enumerate(range(2000, length, 2000))
    ]
    [span] = spans_of_page(file, 0, slices, BEGUN)
    assert span.end == pytest.approx(BEGUN + length - 480, abs=60)
    assert span.begin == pytest.approx(BEGUN, abs=60)


def test_where_the_device_slept_a_new_span_begins() -> None:
    file = page_file(40_000)
    jump = (20_000, 60_000)
    first, second = spans_of_page(file, 1, slices_of(file, 40_000, [30, 700, 60], jump), BEGUN)
    assert first.end == pytest.approx(BEGUN + 20_000, abs=100)
    assert second.begin == pytest.approx(BEGUN + 80_000, abs=2100)
    assert second.end == pytest.approx(BEGUN + 100_000, abs=100)


def test_slices_are_read_to_the_first_that_is_torn_or_nonsense() -> None:
    lines = [Slice(3, 0, 1), Slice(9, 5, 6)]
    data = b"".join(map(slice_line, lines))
    assert parse_slices(data) == (lines, len(data))
    for tail in (b"12 0 1", b"8 0 1\n", b"x\n12 0 1\n", b"\0\0\0\0\n", b"12  1\n", b"12 0 1 1\n"):
        assert parse_slices(data + tail) == (lines, len(data))
    assert parse_slices(b"") == ([], 0)
