"""Kills at every operation of the disk while text tracks come and go: each is wholly old or wholly new."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from harness import Memory
from kill_points import Story, Tell, kill_at
from sample_recordings import make, record_id
from sample_tracks import SRT, player_index, put, text_of, tracks

OWN = record_id("demo")
#: Kind, language, and the word in the text; None takes the track away.
STEPS: tuple[tuple[str, str, str | None], ...] = (
    ("captions", "en", "first"),
    ("captions", "en", "second"),
    ("subtitles", "en", "third"),
    ("captions", "en", None),
)


async def story(memory: Memory, tell: Tell) -> None:
    for step in STEPS:
        kind, lang, word = step
        tell(["asked", *step])
        data = None if word is None else SRT.replace(b"Hello", word.encode())
        answer = await put(memory, OWN, data, kind, lang)
        assert answer.json["returncode"] == "SUCCESS", answer.body
        tell(["answered", *step])


async def check(memory: Memory, history: list[list[Any]]) -> None:
    """Each track is as the last answer said, or as what was asked after it would have it."""
    memory.advance(31)
    may: dict[str, list[str | None]] = {"captions": [None], "subtitles": [None]}
    for what, kind, _lang, word in history:
        may[kind] = [word] if what == "answered" else [*may[kind], word]
    found = {one["kind"]: one for one in await tracks(memory, OWN)}
    for kind, words in may.items():
        word = (await text_of(memory, found[kind])).split()[4] if kind in found else None
        assert word in words, (kind, word, words)
    player = memory.directory / "published" / "presentation" / OWN
    in_player = player_index(player) if (player / "captions.json").exists() else []
    chosen = "captions" if "captions" in found else "subtitles"
    assert [kind for kind, _lang, _label in in_player] == ([chosen] if found else [])
    if found:
        assert (player / "caption_en.vtt").read_text() == await text_of(memory, found[chosen])
    inbox = memory.directory / "captions" / "inbox"
    assert not inbox.exists() or not list(inbox.iterdir())
    assert not list(memory.directory.rglob(".bbbd-*"))
    files = {path.name for path in memory.directory.glob(f"captions/{OWN}/*.vtt")}
    assert files == {f"{kind}_en.vtt" for kind in found}


STORY = Story(tell=story, check=check, prepare=make)


@pytest.mark.faults
def test_a_kill_at_each_operation_leaves_a_track_old_or_new(tmp_path: Path) -> None:
    assert kill_at(range(1, 10_000), STORY, tmp_path) > 80


def test_a_kill_at_some_operations_leaves_a_track_old_or_new(tmp_path: Path) -> None:
    kill_at([*range(1, 150, 13), 10_000], STORY, tmp_path)
