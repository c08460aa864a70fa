"""The budget of request bodies: bytes in hand, and disk reserved for bytes that have not arrived."""

from __future__ import annotations

from pathlib import Path

import pytest
from twisted.internet.defer import execute

from bbbd.http.body_budget import HELD_IN_MEMORY, BodyBudget, BodyShare, BodyUse
from bbbd.settings.current import CurrentSettings
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk
from bbbd.storage.free_disk import FreeDisk

MIB = 1 << 20


class SmallDisk(Disk):
    def free(self, path: Path) -> int:
        return 10 * MIB


@pytest.fixture
def budget() -> BodyBudget:
    current = CurrentSettings(Settings(min_free_disk=2 * MIB, max_bodies_in_hand=6 * MIB))
    return BodyBudget(current, FreeDisk(SmallDisk(), execute, current))


def test_all_bodies_together_have_a_limit(budget: BodyBudget) -> None:
    first, second = BodyShare(budget, BodyUse.STORED), BodyShare(budget, BodyUse.STORED)
    assert first.claim(4 * MIB)
    assert not second.claim(3 * MIB)
    first.release()
    assert second.claim(3 * MIB)


def test_a_body_without_a_length_is_counted_as_it_arrives(budget: BodyBudget) -> None:
    share = BodyShare(budget, BodyUse.HELD)
    assert share.claim(0)
    assert [share.arrive(2 * MIB) for _ in range(4)] == [True, True, True, False]
    share.release()
    assert budget.in_hand == 0


def test_the_disk_is_reserved_before_the_bytes_arrive(budget: BodyBudget) -> None:
    archive, other = BodyShare(budget, BodyUse.STORED_UNCOUNTED), BodyShare(budget, BodyUse.STORED_UNCOUNTED)
    assert archive.claim(7 * MIB)
    assert budget.in_hand == 0
    assert not other.claim(2 * MIB)
    assert archive.arrive(3 * MIB)
    # All of it may still wait for the disk, so that a measurement would not see it.
    assert (budget.free_disk.reserved, budget.free_disk.spare) == (7 * MIB, MIB)
    assert archive.arrive(3 * MIB)
    assert (budget.free_disk.reserved, budget.free_disk.spare) == (5 * MIB, MIB)
    archive.release()
    # What arrived is on the disk; what did not is free again.
    assert (budget.free_disk.reserved, budget.free_disk.spare) == (0, 2 * MIB)
    assert other.claim(2 * MIB)


def test_a_measurement_during_an_upload_does_not_hide_it(budget: BodyBudget) -> None:
    disk, share = budget.free_disk, BodyShare(budget, BodyUse.STORED)
    assert share.claim(6 * MIB)
    assert share.arrive(6 * MIB)
    # The disk has only two of them until now: it still says eight.
    disk.bytes = 8 * MIB
    assert disk.spare == 2 * MIB
    share.release()
    assert disk.spare == 2 * MIB


def test_a_body_that_becomes_a_file_needs_twice_its_length(budget: BodyBudget) -> None:
    small, large = BodyShare(budget, BodyUse.COPIED), BodyShare(budget, BodyUse.COPIED)
    assert large.claim(4 * MIB)
    assert large.arrive(4 * MIB)
    assert (budget.in_hand, budget.free_disk.spare) == (4 * MIB, 0)
    assert small.claim(HELD_IN_MEMORY)
    assert not small.claim(MIB)
    large.release()
    small.release()
    assert (budget.in_hand, budget.free_disk.reserved, budget.free_disk.spare) == (0, 0, 0)


def test_a_small_body_needs_no_disk_and_a_discarded_one_nothing(budget: BodyBudget) -> None:
    small, discarded = BodyShare(budget, BodyUse.HELD), BodyShare(budget, BodyUse.DISCARDED)
    budget.free_disk.bytes = 0
    assert small.claim(HELD_IN_MEMORY)
    large = BodyShare(budget, BodyUse.HELD)
    assert not large.claim(HELD_IN_MEMORY + 1)
    large.release()
    assert discarded.claim(100 * MIB)
    assert budget.in_hand == HELD_IN_MEMORY
