"""Kills at every operation of the disk while text tracks come and go: each is wholly old or wholly new."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kit import FaultyDisk, Memory
from recorded import make, record_id
from test_kill import DyingDisk, now
from tracks import SRT, player_index, put, text_of, tracks

OWN = record_id("demo")
Tell = Callable[[list[Any]], None]
#: Kind, language, and the word in the text; None takes the track away.
STEPS: tuple[tuple[str, str, str | None], ...] = (
    ("captions", "en", "first"), ("captions", "en", "second"), ("subtitles", "en", "third"), ("captions", "en", None),
)  # fmt: skip


async def story(memory: Memory, tell: Tell) -> None:
    for step in STEPS:
        kind, lang, word = step
        tell(["asked", *step])
        data = None if word is None else SRT.replace(b"Hello", word.encode())
        answer = await put(memory, OWN, data, kind, lang)
        assert answer.json["returncode"] == "SUCCESS", answer.body
        tell(["answered", *step])


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
    """Each track is as the last answer said, or as what was asked after it would have it."""
    memory.advance(31)
    may: dict[str, list[str | None]] = {"captions": [None], "subtitles": [None]}
    for what, kind, _lang, word in history:
        may[kind] = [word] if what == "answered" else [*may[kind], word]
    found = {one["kind"]: one for one in await tracks(memory, OWN)}
    for kind, words in may.items():
        word = (await text_of(memory, found[kind])).split()[4] if kind in found else None
        assert word in words, (kind, word, words)
    player = directory / "published" / "presentation" / OWN
    in_player = player_index(player) if (player / "captions.json").exists() else []
    chosen = "captions" if "captions" in found else "subtitles"
    assert [kind for kind, _lang, _label in in_player] == ([chosen] if found else [])
    if found:
        assert (player / "caption_en.vtt").read_text() == await text_of(memory, found[chosen])
    inbox = directory / "captions" / "inbox"
    assert not inbox.exists() or not list(inbox.iterdir())
    assert not list(directory.rglob(".bbbd-*"))
    files = {path.name for path in directory.glob(f"captions/{OWN}/*.vtt")}
    assert files == {f"{kind}_en.vtt" for kind in found}


def kill_at(operations: Iterator[int], tmp_path: Path) -> int:
    directory = tmp_path / "data"
    for operation in operations:
        shutil.rmtree(directory, ignore_errors=True)
        make(directory)
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
def test_a_kill_at_each_operation_leaves_a_track_old_or_new(tmp_path: Path) -> None:
    assert kill_at(iter(range(1, 10_000)), tmp_path) > 80


def test_a_kill_at_some_operations_leaves_a_track_old_or_new(tmp_path: Path) -> None:
    kill_at(iter([*range(1, 150, 13), 10_000]), tmp_path)
