"""Kills at every operation of the disk while a page sends what it recorded: what was answered is there, and goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from harness import Memory
from kill_points import Story, Tell, kill_at, never
from recorded_pages import MESH, PATH, recorded_pair

from bbbd.storage.disk import Disk

#: What the page records, and the length of each piece.
DATA = b"".join(b"%07d\n" % number for number in range(1000))
PIECE = 1700


def start(directory: Path, disk: Disk) -> Memory:
    return Memory(directory=directory, disk=disk, settings=MESH, processing=never)


async def story(memory: Memory, tell: Tell) -> None:
    ada, _bob = await recorded_pair(memory)
    upload = await ada.begun()
    tell(["begun", upload, ada.token])
    for begin in range(0, 3 * PIECE, PIECE):
        tell(["asked", begin + PIECE])
        assert (await ada.adds(upload, begin, DATA[begin : begin + PIECE], ada.now())).status == 204
        tell(["answered", begin + PIECE])
    assert (await memory.call("end", meetingID="demo")).code == "SUCCESS"
    tell(["asked", 4 * PIECE])
    assert (await ada.adds(upload, 3 * PIECE, DATA[3 * PIECE : 4 * PIECE])).status == 204
    tell(["answered", 4 * PIECE])
    assert (await ada.done(upload, 4 * PIECE)).status == 204
    tell(["done"])


async def check(memory: Memory, history: list[list[Any]]) -> None:
    begun = next((one for one in history if one[0] == "begun"), None)
    if begun is None:
        return
    _word, upload, token = begun
    headers = {"Authorization": f"Bearer {token}"}
    told = await memory.fetch(f"{PATH}/{upload}", "HEAD", headers)
    assert told.status == 200
    length = int(told.headers["upload-offset"])
    answered = max((one[1] for one in history if one[0] == "answered"), default=0)
    asked = max((one[1] for one in history if one[0] == "asked"), default=0)
    # Each start goes on a little.
    assert answered <= length <= asked + 8
    if ["done"] not in history:
        more = await memory.fetch(
            f"{PATH}/{upload}", "PATCH", headers | {"Upload-Offset": str(length)}, DATA[length : length + 8]
        )
        # It may be complete, though nobody was told.
        assert more.status == 204 or length >= 4 * PIECE
    [media] = memory.directory.glob(f"recording/raw/*/uploads/{upload}.media")
    assert media.read_bytes().startswith(DATA[:length])
    assert not list(memory.directory.rglob("uploads/.bbbd-*")) or ["done"] not in history


STORY = Story(tell=story, check=check, start=start)


@pytest.mark.faults
def test_a_kill_at_each_operation_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    assert kill_at(range(1, 10_000), STORY, tmp_path) > 50


def test_a_kill_at_some_operations_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    kill_at([*range(20, 120, 9), 10_000], STORY, tmp_path)
