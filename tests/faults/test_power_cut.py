"""Power cuts at every operation of the disk: what was answered is there after the start, which never fails."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import test_kill
import test_kill_formats
import test_kill_recordings
import test_kill_slides
import test_kill_tracks
import test_kill_uploads
from due_callbacks import due_callbacks
from harness import FaultyDisk, Memory
from kill_points import Story, Tell
from power import Cuts, cut_at, recorded
from sample_archives import layout_at
from test_kill_imports import prepare, state

from bbbd.recordings.importer import Importer
from bbbd.recordings.transactions import TransactionRunner
from bbbd.storage.disk import Disk

#: What a start may say of what was never answered.
MAY_BE_SAID = {"hook_damaged", "callback_damaged"}
RECEIVER = "http://receiver.example"
#: Calls whose answers wait for the disk, and for all that was written before them.
_SYNCED = ("create", "end", "config")


def promised(history: list[Any]) -> list[Any]:
    """Return the lines that a cut keeps: what people did in a room is there when a later call was answered."""
    last = max((place for place, line in enumerate(history) if line.get("answered") in _SYNCED), default=-1)
    return [
        line for place, line in enumerate(history) if place <= last or line.get("answered") not in ("joined", "chat")
    ]


async def callbacks(memory: Memory, tell: Tell) -> None:
    """Let a hook and callbacks become due; their receiver has no address, so they stay so."""

    async def call(name: str, **pairs: str) -> None:
        tell(["asked", name, pairs.get("meetingID", "")])
        answer = await memory.call(name, **pairs)
        assert answer.code == "SUCCESS", answer.body
        tell(["answered", name, pairs.get("meetingID", "")])

    await call("create", meetingID="one", meetingEndedURL=f"{RECEIVER}/one")
    await call("hooks/create", callbackURL=f"{RECEIVER}/hook")
    await call("end", meetingID="one")
    memory.advance(2)
    await call("create", meetingID="two", meetingEndedURL=f"{RECEIVER}/two")
    await call("end", meetingID="two")


async def check_callbacks(memory: Memory, history: list[list[str]]) -> None:
    answered = {(name, meeting) for what, name, meeting in history if what == "answered"}
    asked = {(name, meeting) for what, name, meeting in history if what == "asked"}
    hooks = len((await memory.call("hooks/list")).xml.findall("hooks/hook"))
    assert hooks <= (("hooks/create", "") in asked)
    assert hooks or ("hooks/create", "") not in answered
    due = [entry.url for entry in due_callbacks(memory.directory)]
    for meeting in ("one", "two"):
        ends = due.count(f"{RECEIVER}/{meeting}")
        assert ends <= (("end", meeting) in asked)
        assert ends == 1 or ("end", meeting) not in answered
        assert (await memory.info(meeting)).code == "FAILED" or ("end", meeting) not in answered
    assert not list(memory.directory.rglob(".bbbd-*"))


STORIES: dict[str, tuple[Story, Callable[[list[Any]], list[Any]]]] = {
    "meetings": (test_kill.STORY, promised),
    "recordings": (test_kill_recordings.STORY, list),
    "tracks": (test_kill_tracks.STORY, list),
    "slides": (test_kill_slides.STORY, list),
    "uploads": (test_kill_uploads.STORY, list),
    "formats": (test_kill_formats.STORY, list),
    "callbacks": (Story(tell=callbacks, check=check_callbacks), list),
}


def cut(name: str, cuts: Cuts, tmp_path: Path) -> None:
    print(f"seed {cuts.seed}")
    if name == "imports":
        cut_imports(cuts, tmp_path)
    else:
        story, kept = STORIES[name]
        cut_at(story, tmp_path, cuts, kept)


def cut_imports(cuts: Cuts, tmp_path: Path) -> None:
    """An archive is taken in: after a cut the recording is wholly old or wholly new, and new once that was answered."""
    archive, root, left = prepare(tmp_path), tmp_path / "data", tmp_path / "left"

    def live(disk: Disk, tell: Tell) -> None:
        Importer(disk, layout_at(root)).import_from(archive)
        tell("answered")

    record = recorded(root, live)
    for done, (place, chosen) in enumerate(record.cuts(cuts), cuts.skip):
        shutil.rmtree(left, ignore_errors=True)
        record.disk.after(place).write_out(left, random.Random(chosen))
        # The note of what arrives has whole paths, and those are the old ones.
        shutil.rmtree(root)
        left.rename(root)
        print(f"cut {done} after operation {place} of {len(record.disk.record)}, kept by {chosen}")
        for _start in range(2):
            TransactionRunner(FaultyDisk(), layout_at(root)).finish()
            found = state(root)
            assert found == "new" or not record.history(place)
            assert not list(root.rglob(".bbbd-*"))


@pytest.mark.parametrize("name", [*STORIES, "imports"])
def test_some_power_cuts_lose_nothing_that_was_answered(name: str, tmp_path: Path, asked_for: set[str]) -> None:
    asked_for |= MAY_BE_SAID
    number = 2 if name in ("slides", "formats") else 10
    cut(name, Cuts(number, seed=number), tmp_path)


@pytest.mark.faults
@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("meetings", 200),
        ("recordings", 100),
        ("tracks", 30),
        ("slides", 8),
        ("callbacks", 150),
        ("imports", 150),
        ("uploads", 150),
        ("formats", 25),
    ],
)
def test_power_cuts_lose_nothing_that_was_answered(name: str, number: int, tmp_path: Path, asked_for: set[str]) -> None:
    asked_for |= MAY_BE_SAID
    cut(name, Cuts(number, seed=number), tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("meetings", 4000),
        ("recordings", 2000),
        ("tracks", 500),
        ("slides", 100),
        ("callbacks", 2400),
        ("imports", 1000),
        ("uploads", 1000),
        ("formats", 300),
    ],
)
def test_ten_thousand_power_cuts_lose_nothing(
    name: str, number: int, tmp_path: Path, asked_for: set[str], request: pytest.FixtureRequest
) -> None:
    """A short run is the same each time, this one draws its own; ``--seed`` and ``--skip`` go on with one before."""
    asked_for |= MAY_BE_SAID
    given = request.config.getoption("--seed")
    seed = random.randrange(10**6) if given is None else given
    cut(name, Cuts(number, seed, request.config.getoption("--skip")), tmp_path)
