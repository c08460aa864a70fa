"""Kills at operations of the disk while documents come and are converted: what was answered becomes pages, once."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from documents import create, document, insert, picture
from kit import FaultyDisk, Memory
from test_kill import DyingDisk, now

Tell = Callable[[list[Any]], None]


async def story(memory: Memory, tell: Tell) -> None:
    tell(["asked", "create"])
    await create(memory, "demo", document("a.png", picture(size=(8, 8))))
    tell(["answered", "create"])
    memory.advance(1)
    tell(["asked", "insert"])
    assert (await insert(memory, "demo", document("b.png", picture(size=(9, 9))))).code == "SUCCESS"
    tell(["answered", "insert"])
    memory.advance(1)
    await create(memory, "recorded", document("c.png", picture(size=(7, 7))), record="true")
    memory.advance(1)
    tell(["asked", "end"])
    await memory.call("end", meetingID="recorded", password="mp")
    tell(["answered", "end"])


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
    """What was answered is there and has pages; what is there has an owner."""
    memory.advance(1)
    meeting = memory.app.meetings.find_live("demo")
    names = [deck.document.name for deck in meeting.decks.values()] if meeting else []
    if ["answered", "create"] in history:
        assert "a.png" in names
    if ["answered", "insert"] in history:
        assert "b.png" in names
    keys: set[str] = set()
    for one in memory.app.meetings:
        for deck in one.decks.values():
            assert (deck.state, deck.pages) == ("ready", 1), deck
            assert (directory / "slides" / deck.key / "slide-1.png").stat().st_size
            assert (directory / "slides" / deck.key / "textfiles" / "slide-1.txt").exists()
            keys.add(deck.key)
        assert one.stage is not None
    assert {path.name for path in (directory / "slides").iterdir()} == keys
    raw = list(directory.glob("recording/raw/*"))
    assert raw or ["answered", "end"] not in history
    for directory_of_one in raw:
        [deck_files] = (directory_of_one / "presentation").iterdir()
        assert (deck_files / "slide-1.png").stat().st_size
    assert not list(directory.rglob(".bbbd-*"))
    kept = {document.name for document in (directory / "presentations").iterdir()}
    live = [deck.document for one in memory.app.meetings for deck in one.decks.values()]
    assert kept == {document.kept.split("/")[0] for document in live}


def kill_at(operations: Iterator[int], tmp_path: Path) -> int:
    directory = tmp_path / "data"
    for operation in operations:
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
        (tmp_path / "history").write_text("")
        lived = live_until(operation, directory)
        history = [json.loads(line) for line in (tmp_path / "history").read_text().splitlines()]
        print(f"operation {operation}, after {str(history[-1:])[:90]}")
        for _start in range(2):
            memory = Memory(directory=directory, disk=FaultyDisk())
            now(check(memory, directory, history))
            memory.hang_up()
        if lived:
            return operation
    raise AssertionError("the story has no end")


@pytest.mark.faults
def test_a_kill_at_each_operation_leaves_pages_whole(tmp_path: Path) -> None:
    assert kill_at(iter(range(1, 10_000)), tmp_path) > 80


def test_a_kill_at_some_operations_leaves_pages_whole(tmp_path: Path) -> None:
    kill_at(iter([*range(1, 250, 29), 10_000]), tmp_path)
