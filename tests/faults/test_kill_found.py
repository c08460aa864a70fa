"""Kills during the first start on a data directory that an earlier bbbd left: the next start finds all of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from golden_directory import DUE, PATIENT, check_meetings, check_recordings, due, lay
from harness import Memory
from kill_points import Story, Tell, kill_at, never

from bbbd.storage.disk import Disk


def start(directory: Path, disk: Disk) -> Memory:
    # At a time of its own: what is due was tried by nobody, and finds no address.
    return Memory(directory=directory, disk=disk, settings=PATIENT, wall_offset=3600, processing=never)


async def take_up(memory: Memory, tell: Tell) -> None:
    """Let the track be converted and the request be done."""
    tell("started")
    memory.advance(3)
    tell("taken up")


async def check(memory: Memory, _history: list[Any]) -> None:
    memory.advance(3)
    await check_meetings(memory)
    await check_recordings(memory, memory.directory)
    left = due(memory.directory)
    # A kill may have had twice what is wanted again: it is due anew before its wish is forgotten. The hook also hears
    # each time that the processing of the recording begins.
    assert sorted({*left}) == sorted(DUE), left
    assert len([one for one in left if one not in ("again", "hook")]) == len(DUE) - 2, left
    assert not list(memory.directory.rglob(".bbbd-*"))
    assert [path.name for path in (memory.directory / "import").glob("golden.*")] == ["golden.answer"]


STORY = Story(tell=take_up, check=check, prepare=lay, start=start)


@pytest.mark.faults
def test_a_kill_at_each_operation_of_the_first_start_loses_nothing(tmp_path: Path, asked_for: set[str]) -> None:
    asked_for.add("callback_given_up")
    assert kill_at(range(1, 10_000), STORY, tmp_path) > 60


def test_a_kill_at_some_operations_of_the_first_start_loses_nothing(tmp_path: Path, asked_for: set[str]) -> None:
    asked_for.add("callback_given_up")
    kill_at([*range(1, 120, 17), 121, 10_000], STORY, tmp_path)
