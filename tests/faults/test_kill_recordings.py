"""Kills at every operation of the disk while recordings change: all formats are in the old place or in the new."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from harness import Memory
from kill_points import Story, Tell, kill_at
from sample_recordings import make, places, record_id


async def change(memory: Memory, tell: Tell, call: str, names: str, **pairs: str) -> None:
    ids = {name: record_id(name) for name in names}
    tell(["asked", call, names, pairs])
    answer = await memory.call(call, recordID=",".join(ids.values()), **pairs)
    assert answer.code == "SUCCESS", answer.body
    tell(["answered", call, names, pairs])


async def story(memory: Memory, tell: Tell) -> None:
    await change(memory, tell, "publishRecordings", "xy", publish="false")
    await change(memory, tell, "updateRecordings", "xy", meta_a="new", meta_b="")
    await change(memory, tell, "publishRecordings", "y", publish="true")
    await change(memory, tell, "deleteRecordings", "xy")


def prepare(directory: Path) -> None:
    for form in ("presentation", "video"):
        make(directory, "x", form=form, meta={"a": "old", "b": "old"})
    make(directory, "y", meta={"a": "old", "b": "old"})


async def check(memory: Memory, history: list[list[Any]]) -> None:
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
        own = record_id(name)
        there = {place.split("/")[0] for place in places(memory.directory, own)}
        assert len(there) == 1, there
        assert there <= set(states[name])
        assert len(places(memory.directory, own)) == (2 if name == "x" else 1)
        recording = (await memory.call("getRecordings", recordID=own, state="any")).xml.find("recordings/recording")
        assert recording is not None
        assert {recording.findtext("state")} == there
        assert recording.findtext("metadata/a") in metas[name]
        texts = [path.read_text() for path in memory.directory.glob(f"*/*/{own}/metadata.xml")]
        assert len({text.count("<a>new</a>") for text in texts}) == 1
        assert all(f"<state>{next(iter(there))}</state>" in text for text in texts)
    both = {place.split("/")[0] for name in "xy" for place in places(memory.directory, record_id(name))}
    if history and history[-1][:2] == ["asked", "deleteRecordings"]:
        assert both == {"deleted"} or "deleted" not in both
    assert not list((memory.directory / "moves").iterdir())
    assert not list(memory.directory.rglob(".bbbd-*"))


STORY = Story(tell=story, check=check, prepare=prepare)


@pytest.mark.faults
def test_a_kill_at_each_operation_leaves_recordings_whole(tmp_path: Path) -> None:
    assert kill_at(range(1, 10_000), STORY, tmp_path) > 100


def test_a_kill_at_some_operations_leaves_recordings_whole(tmp_path: Path) -> None:
    kill_at([*range(1, 200, 13), 10_000], STORY, tmp_path)
