"""The plan of a recording's films: clocks, spans, pieces and grids, without a file of media."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest

from bbbd.composing.clock import Span, spans_of
from bbbd.composing.mjr import KeptFile, Packet, UnreadableMedia, read_mjr
from bbbd.composing.plan import (
    LONGEST,
    MOST_USES,
    Piece,
    Source,
    Use,
    camera_pieces,
    grid,
    screen_pieces,
    sound_pieces,
    stretches,
    uses_of,
)
from bbbd.presentation.timeline import Segment

BEGUN = 1_700_000_000_000


def mjr(packets: Iterable[tuple[int, int]], kind: str = "a") -> bytes:
    """Return a file of Janus with packets: when each came in milliseconds, and its RTP stamp."""
    head = json.dumps({"t": kind, "c": "opus", "s": BEGUN * 1000, "u": BEGUN * 1000}).encode()
    data = b"MJR00002" + len(head).to_bytes(2) + head
    for number, (came, stamp) in enumerate(packets):
        packet = struct.pack(">BBHII", 0x80, 111, number % 65_536, stamp % (1 << 32), 7) + b"data"
        data += struct.pack(">4sIH", b"MEET", came, len(packet)) + packet
    return data


def test_a_file_is_read_as_far_as_it_goes_and_its_stamps_turn_over(tmp_path: Path) -> None:
    path = tmp_path / "a.mjr"
    first = (1 << 32) - 960
    path.write_bytes(mjr((20 * n, first + 960 * n) for n in range(5))[:-3])
    found = read_mjr(path)
    assert found == KeptFile(True, BEGUN, [Packet(20 * n, 20.0 * n) for n in range(4)])
    path.write_bytes(mjr([(0, 96_000), (5, 95_040)]))
    assert [one.captured for one in read_mjr(path).packets] == [20, 0]


@pytest.mark.parametrize(
    "data",
    [b"", b"RIFF0000", b"MJR00002", b"MJR00002\x00\x02{}", mjr([]), mjr([(0, 0)])[:-1], mjr([(0, 0)], "d")],
)
def test_what_is_no_file_of_media_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.mjr").write_bytes(data)
    with pytest.raises(UnreadableMedia):
        read_mjr(tmp_path / "a.mjr")


def kept(packets: Iterable[tuple[float, float]], *, sound: bool = True) -> KeptFile:
    """Return a file by when its packets came and what their sender's clock said."""
    return KeptFile(sound, BEGUN, [Packet(round(came), captured) for came, captured in packets])


def test_late_packets_do_not_move_a_clock() -> None:
    # Each tenth packet is on time, the others are late by up to 90 ms; for two seconds all are.
    late = [(20 * n + n % 10 * 10 + (400 if 500 <= n < 550 else 0), 20.0 * n) for n in range(2000)]
    [span] = spans_of(kept(late))
    assert (span.file_begin, span.file_end) == (0, 40_000 - 20 + 20)
    assert span.rate == 1
    assert abs(span.begin - BEGUN) <= 10


@pytest.mark.parametrize("seconds", [3, 10, 25])
@pytest.mark.parametrize("empties", [True, False])
@pytest.mark.parametrize("length", [40, 300])
def test_a_queue_in_the_network_is_no_jump_of_a_clock(seconds: int, length: int, *, empties: bool) -> None:
    # All wait for 600 ms from the tenth second on; then they wait no more, at once or by and by.
    def wait(n: int) -> float:
        past = 20 * n - (10 + seconds) * 1000
        held = 20 * n >= 10_000 and past < 0
        return 600 if held else max(0.0, 600 - past / 5) if empties and past >= 0 else 0

    [span] = spans_of(kept((20 * n + wait(n), 20.0 * n) for n in range(length * 50)))
    assert abs(span.begin - BEGUN) <= 20
    assert abs(span.end - BEGUN - length * 1000) <= 40


@pytest.mark.parametrize("drift", [-0.0004, 0.00005, 0.0004])
def test_a_drift_of_three_hours_is_taken_out(drift: float) -> None:
    hours = 3 * 3_600_000
    packets = [(20 * n * (1 + drift) + n * 7 % 40, 20.0 * n) for n in range(0, hours // 20, 5)]
    [span] = spans_of(kept(packets))
    assert span.rate == pytest.approx(1 + drift, abs=1e-6)
    for file_time in (0, hours // 2, hours - 1000):
        at = span.begin + (file_time - span.file_begin) * span.rate
        assert at == pytest.approx(BEGUN + file_time * (1 + drift), abs=20)
        assert span.file_time(at) == pytest.approx(file_time)


def test_a_clock_that_jumps_and_a_hole_begin_new_spans() -> None:
    # The sender's clock stood still for 3 s; later nothing came for 10 s, while the clock went on.
    steady = [(20 * n, 20.0 * n) for n in range(500)]
    after = [(10_000 + 3000 + 20 * n, 10_000.0 + 20 * n) for n in range(500)]
    hole = [(33_000 + 20 * n, 30_000.0 + 20 * n) for n in range(100)]
    spans = spans_of(kept([*steady, *after, *hole]))
    assert [(one.file_begin, one.file_end, one.begin - BEGUN) for one in spans] == [
        (0, 10_000, 0),
        (10_000, 20_000, 13_000),
        (30_000, 32_000, 33_000),
    ]


SEGMENTS = (Segment(1000, 11_000), Segment(21_000, 41_000))


def source(user: str, *spans: tuple[float, float], path: str = "") -> Source:
    """Return somebody's file with spans on the server's clock, each of which begins at 0 in the file."""
    return Source(user, path or user, tuple(Span(0, end - begin, begin, 1) for begin, end in spans))


def test_pauses_are_cut_out_of_what_is_used() -> None:
    found = uses_of([source("a", (0, 25_000)), source("b", (12_000, 20_000)), source("c", (30_000, 50_000))], SEGMENTS)
    assert [(one.user, one.begin, one.end, one.file_begin) for one in found] == [
        ("a", 0, 10_000, 1000),
        ("a", 10_000, 14_000, 21_000),
        ("c", 19_000, 30_000, 0),
    ]


def test_a_drifting_file_is_read_where_its_moment_is() -> None:
    [use] = uses_of([Source("a", "a", (Span(500, 100_500, 0, 1.001),))], (Segment(50_050, 60_060),))
    assert use.file_begin == pytest.approx(50_500)
    part = use.part(5005, 7000)
    assert part is not None
    assert part.file_begin == pytest.approx(55_500)
    assert use.part(20_000, 30_000) is None


def seen(pieces: list[Piece]) -> list[tuple[int, int, list[str]]]:
    return [(piece.begin, piece.end, [one.user for one in piece.uses]) for piece in pieces]


def use(user: str, begin: float, end: float) -> Use:
    return Use(user, user, begin, end, 0, 1)


def test_the_grid_changes_with_the_meeting() -> None:
    uses = [use("a", 0, 9000), use("b", 4030, 20_000), use("c", 9400, 12_000)]
    # Everybody keeps their order; less than a second between two changes is one change.
    assert seen(camera_pieces(uses, 20_000)) == [
        (0, 4000, ["a"]),
        (4000, 9000, ["a", "b"]),
        (9000, 12_000, ["b", "c"]),
        (12_000, 20_000, ["b"]),
    ]
    assert seen(camera_pieces([], 700)) == [(0, 700, [])]


def test_pieces_are_whole_and_not_too_long() -> None:
    duration = 3 * LONGEST + 1234
    for pieces in (camera_pieces([use("a", 10, 2 * LONGEST)], duration), sound_pieces([use("a", 10, 500)], duration)):
        assert pieces[0].begin == 0
        assert pieces[-1].end == duration
        assert all(one.end == after.begin for one, after in pairwise(pieces))
        assert all(0 < one.end - one.begin <= LONGEST for one in pieces)
    assert len(sound_pieces([use("a", 10, 500)], duration)[1].uses) == 0


def test_of_several_screens_the_last_is_shown() -> None:
    pieces = screen_pieces([use("a", 0, 10_000), use("b", 6000, 8000)], 20_000)
    assert seen(pieces) == [(0, 6000, ["a"]), (6000, 8000, ["b"]), (8000, 10_000, ["a"]), (10_000, 20_000, [])]
    assert stretches(pieces) == [(0, 10_000)]


@pytest.mark.parametrize("count", range(17))
def test_pictures_have_places_that_do_not_overlap(count: int) -> None:
    tiles = grid(count, 640, 480)
    assert len(tiles) == count
    taken: set[tuple[int, int]] = set()
    for tile in tiles:
        assert all(side % 2 == 0 for side in tile)
        assert tile.x >= 0
        assert tile.y >= 0
        assert tile.x + tile.width <= 640
        assert tile.y + tile.height <= 480
        own = {(x, y) for x in range(tile.x, tile.x + tile.width, 2) for y in range(tile.y, tile.y + tile.height, 2)}
        assert not own & taken
        taken |= own


def test_sound_of_many_spans_is_made_in_shorter_pieces() -> None:
    uses = [Use("a", "a", at, at + 900, at, 1) for at in range(0, 200_000, 1000)]
    found = sound_pieces(uses, 200_000)
    assert [found[0].begin, found[-1].end] == [0, 200_000]
    assert all(one.end == after.begin for one, after in pairwise(found))
    assert max(len(one.uses) for one in found) <= MOST_USES
    assert sum(use.end - use.begin for one in found for use in one.uses) == 200 * 900
    # However many speak at once: a piece is not cut to nothing.
    crowd = [Use(str(number), "a", 0, 3000, 0, 1) for number in range(200)]
    assert min(one.end - one.begin for one in sound_pieces(crowd, 3000)) >= 750
