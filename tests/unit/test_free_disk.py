"""When a disk counts as nearly full: measured in a thread, judged by the settings of the moment."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, execute

from bbbd.settings.current import CurrentSettings
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk
from bbbd.storage.free_disk import FreeDisk


class SmallDisk(Disk):
    """Has as many free bytes as a test says."""

    def __init__(self, free: int) -> None:
        self.left = free

    def free(self, path: Path) -> int:
        return self.left


@pytest.mark.parametrize(("free", "spare"), [(99, -1), (100, 0), (101, 1), (0, -100)])
def test_a_disk_is_low_below_the_setting(free: int, spare: int) -> None:
    found = FreeDisk(SmallDisk(free), execute, CurrentSettings(Settings(min_free_disk=100)))
    assert (found.bytes, found.spare, found.is_low) == (free, spare, spare < 0)


def test_a_measurement_counts_from_then_on() -> None:
    disk = SmallDisk(100)
    found = FreeDisk(disk, execute, CurrentSettings(Settings(min_free_disk=100)))
    disk.left = 99
    assert not found.is_low
    Deferred.fromCoroutine(found.measure())
    assert found.is_low


def test_an_upload_under_way_does_not_make_a_disk_full_that_has_its_place() -> None:
    disk = SmallDisk(300)
    found = FreeDisk(disk, execute, CurrentSettings(Settings(min_free_disk=100)))
    assert found.reserve(200)
    assert not found.reserve(1)
    disk.left = 100
    Deferred.fromCoroutine(found.measure())
    assert (found.is_low, found.reserve(1)) == (False, False)
    found.release(200)
    assert (found.is_low, found.reserve(1)) == (False, False)


def test_what_is_filled_during_a_measurement_is_not_forgotten() -> None:
    measured: Deferred[Any] = Deferred()
    found = FreeDisk(SmallDisk(500), lambda _free: measured, CurrentSettings(Settings(min_free_disk=100)))
    Deferred.fromCoroutine(found.measure())
    assert found.reserve(300)
    found.fill(300)
    measured.callback(500)
    assert (found.bytes, found.spare) == (200, 100)


def test_a_reload_counts_at_once() -> None:
    current = CurrentSettings(Settings(min_free_disk=100))
    found = FreeDisk(SmallDisk(150), execute, current)
    current.settings = dataclasses.replace(current.settings, min_free_disk=200)
    assert found.is_low
