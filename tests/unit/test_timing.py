"""The time of a checksum's check says nothing of how much of it is right: Welch's t test."""

from __future__ import annotations

import random
import time
from math import sqrt
from statistics import fmean, variance

import pytest

from bbbd.api.checksum import is_valid, sign

SECRETS = ("639259d4-9dd8-4b25-bf01-95f9567eaf4b", "another secret")
TEXT = b"meetingID=demo&fullName=Ada&role=VIEWER"
#: Checks of one round, in a random order; the slowest twentieth is the machine's own doing.
CHECKS = 40_000
#: A difference is there in every round; what a crowded machine does is not.
ROUNDS = 5


def welch(one: list[float], other: list[float]) -> float:
    """Return Welch's t of two samples."""
    spread = variance(one) / len(one) + variance(other) / len(other)
    return abs(fmean(one) - fmean(other)) / sqrt(spread)


def measured(forms: dict[bool, bytes], chance: random.Random) -> float:
    """Return the t of the times that two wrong checksums take."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(CHECKS):
        kind = chance.random() < 0.5
        # A new object each time: the place of one in memory takes longer or shorter than that of another.
        form = bytes(bytearray(forms[kind]))
        begun = time.perf_counter_ns()
        valid = is_valid("join", [TEXT], form, SECRETS, ("sha1",))
        taken[kind].append(time.perf_counter_ns() - begun)
        assert not valid
    return welch(*(sorted(times)[: len(times) * 19 // 20] for times in taken.values()))


@pytest.mark.soak
@pytest.mark.parametrize("right", [1, 39])
def test_right_digits_at_the_beginning_take_no_longer(right: int) -> None:
    good = sign("join", TEXT, SECRETS[0], "sha1")
    flipped = "".join("0" if digit != "0" else "1" for digit in good)
    forms = {True: (good[:right] + flipped[right:]).encode(), False: flipped.encode()}
    chance = random.Random(1)
    assert min(measured(forms, chance) for _ in range(ROUNDS)) < 4.5
