"""How long a wrong checksum takes says nothing of how much of it is right."""

from __future__ import annotations

import gc
import math
import random
import time

import pytest
from harness import SECRET, checksum

from bbbd.api.checksum import is_valid

#: Welch's t from which two samples are no longer of one distribution, as side-channel work has it (TVLA).
DIFFERENT = 4.5
QUERY = b"meetingID=demo&name=Demo"


def welch(one: list[int], other: list[int]) -> float:
    """Return Welch's t of two samples, each without its slowest tenth: those were interrupted."""

    def moments(sample: list[int]) -> tuple[float, float, int]:
        kept = sorted(sample)[: len(sample) * 9 // 10]
        mean = sum(kept) / len(kept)
        return mean, sum((value - mean) ** 2 for value in kept) / (len(kept) - 1), len(kept)

    (mean, variance, count), (mean2, variance2, count2) = moments(one), moments(other)
    return (mean - mean2) / math.sqrt(variance / count + variance2 / count2)


def measured(first: bytes, second: bytes, calls: int) -> float:
    """Return Welch's t of the times of two checksums, asked in random order."""
    chance = random.Random(1)
    times: dict[bytes, list[int]] = {first: [], second: []}
    order = [first, second] * (calls // 2)
    chance.shuffle(order)
    gc.disable()
    try:
        for given in order:
            begun = time.perf_counter_ns()
            valid = is_valid("create", [QUERY], given, [SECRET, "another"], ("sha1", "sha256"))
            times[given].append(time.perf_counter_ns() - begun)
            assert not valid
    finally:
        gc.enable()
    return welch(times[first], times[second])


@pytest.mark.soak
def test_the_time_of_a_wrong_checksum_does_not_tell_how_much_of_it_is_right() -> None:
    """All digits wrong against all but the last right; a compare that stops early differs by much more."""
    right = checksum("create", QUERY)
    other = {digit: f"{(int(digit, 16) + 1) % 16:x}" for digit in "0123456789abcdef"}
    wrong = "".join(other[digit] for digit in right).encode()
    nearly = (right[:-1] + other[right[-1]]).encode()
    found = [measured(wrong, nearly, 200_000) for _ in range(3)]
    print(f"Welch's t of wrong and nearly right checksums: {found}")
    # A machine that is busy with something else moves one of them.
    assert min(map(abs, found)) < DIFFERENT


def test_the_measure_tells_a_compare_that_stops_early() -> None:
    """The statistics work: times that differ by a tenth of their spread are told apart."""
    chance = random.Random(2)
    same = [int(chance.gauss(1000, 50)) for _ in range(20_000)]
    again = [int(chance.gauss(1000, 50)) for _ in range(20_000)]
    longer = [int(chance.gauss(1005, 50)) for _ in range(20_000)]
    assert abs(welch(same, again)) < DIFFERENT < abs(welch(same, longer))
