"""Kills at operations of the disk while documents come and are converted: what was answered becomes pages, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from harness import Memory
from kill_points import Story, Tell, kill_at
from sample_documents import create, document, insert, picture


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


async def check(memory: Memory, history: list[list[Any]]) -> None:
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
            assert (memory.directory / "slides" / deck.key / "slide-1.png").stat().st_size
            assert (memory.directory / "slides" / deck.key / "textfiles" / "slide-1.txt").exists()
            keys.add(deck.key)
        assert one.stage is not None
    assert {path.name for path in (memory.directory / "slides").iterdir()} == keys
    raw = list(memory.directory.glob("recording/raw/*"))
    assert raw or ["answered", "end"] not in history
    for directory_of_one in raw:
        [deck_files] = (directory_of_one / "presentation").iterdir()
        assert (deck_files / "slide-1.png").stat().st_size
    assert not list(memory.directory.rglob(".bbbd-*"))
    kept = {document.name for document in (memory.directory / "presentations").iterdir()}
    live = [deck.document for one in memory.app.meetings for deck in one.decks.values()]
    assert kept == {document.kept.split("/")[0] for document in live}


STORY = Story(tell=story, check=check)


@pytest.mark.faults
@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.soak), 5])
def test_a_kill_at_every_so_many_operations_leaves_pages_whole(tmp_path: Path, step: int) -> None:
    assert kill_at(range(1, 10_000, step), STORY, tmp_path) > 80


def test_a_kill_at_some_operations_leaves_pages_whole(tmp_path: Path) -> None:
    kill_at([*range(20, 250, 61), 10_000], STORY, tmp_path)
