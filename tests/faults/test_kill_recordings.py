"""Kills at every operation of the disk while recordings change: all formats are in the old place or in the new."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kit import FaultyDisk, Memory
from recorded import make, places
from test_kill import DyingDisk, now

Tell = Callable[[list[Any]], None]


async def change(memory: Memory, tell: Tell, call: str, names: str, **pairs: str) -> None:
    ids = {name: make_id(name) for name in names}
    tell(["asked", call, names, pairs])
    answer = await memory.call(call, recordID=",".join(ids.values()), **pairs)
    assert answer.code == "SUCCESS", answer.body
    tell(["answered", call, names, pairs])


def make_id(name: str) -> str:
    from recorded import record_id  # noqa: PLC0415

    return record_id(name)


async def story(memory: Memory, tell: Tell) -> None:
    await change(memory, tell, "publishRecordings", "xy", publish="false")
    await change(memory, tell, "updateRecordings", "xy", meta_a="new", meta_b="")
    await change(memory, tell, "publishRecordings", "y", publish="true")
    await change(memory, tell, "deleteRecordings", "xy")


def prepare(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    for form in ("presentation", "video"):
        make(directory, "x", form=form, meta={"a": "old", "b": "old"})
    make(directory, "y", meta={"a": "old", "b": "old"})


def live_until(operation: int, directory: Path) -> bool:
    child = os.fork()
    if not child:
        status = 1
        try:
            with (directory.parent / "history").open("w") as history:

                def tell(line: list[Any]) -> None:
                    history.write(json.dumps(line) + "\n")
                    history.flush()

                now(story(Memory(directory=directory, disk=DyingDisk(operation)), tell))
            status = 0
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, 9), f"the story failed at operation {operation}"
    return status == 0


async def check(memory: Memory, directory: Path, history: list[list[Any]]) -> None:
    """Each recording is as the last answer said, or as what was asked after it would have it; never in between."""
    states = {"x": ["published"], "y": ["published"]}
    metas = {"x": ["old"], "y": ["old"]}
    for what, call, names, pairs in history:
        for name in names:
            table, value = metas, "new"
            if call != "updateRecordings":
                table = states
                value = {"true": "published", "false": "unpublished"}.get(pairs.get("publish", ""), "deleted")
            table[name] = [value] if what == "answered" else [*table[name], value]
    for name in "xy":
        own = make_id(name)
        there = {place.split("/")[0] for place in places(directory, own)}
        assert len(there) == 1, there
        assert there <= set(states[name])
        assert len(places(directory, own)) == (2 if name == "x" else 1)
        recording = (await memory.call("getRecordings", recordID=own, state="any")).xml.find("recordings/recording")
        assert recording is not None
        assert {recording.findtext("state")} == there
        assert recording.findtext("metadata/a") in metas[name]
        texts = [path.read_text() for path in directory.glob(f"*/*/{own}/metadata.xml")]
        assert len({text.count("<a>new</a>") for text in texts}) == 1
        assert all(f"<state>{next(iter(there))}</state>" in text for text in texts)
    both = {place.split("/")[0] for name in "xy" for place in places(directory, make_id(name))}
    if history[-1][:2] == ["asked", "deleteRecordings"]:
        assert both == {"deleted"} or "deleted" not in both
    assert not list((directory / "moves").iterdir())
    assert not list(directory.rglob(".bbbd-*"))


def kill_at(operations: Iterator[int], tmp_path: Path) -> int:
    directory = tmp_path / "data"
    for operation in operations:
        prepare(directory)
        (tmp_path / "history").write_text("")
        lived = live_until(operation, directory)
        history = [json.loads(line) for line in (tmp_path / "history").read_text().splitlines()]
        print(f"operation {operation}, after {str(history[-1:])[:90]}")
        for _start in range(2):
            memory = Memory(directory=directory, disk=FaultyDisk())
            if history:
                now(check(memory, directory, history))
            memory.hang_up()
        if lived:
            return operation
    raise AssertionError("the story has no end")


@pytest.mark.faults
def test_a_kill_at_each_operation_leaves_recordings_whole(tmp_path: Path) -> None:
    assert kill_at(iter(range(1, 10_000)), tmp_path) > 100


def test_a_kill_at_some_operations_leaves_recordings_whole(tmp_path: Path) -> None:
    kill_at(iter([*range(1, 200, 13), 10_000]), tmp_path)
