"""What goes by itself: deleted, unpublished and raw recordings that are older than they are to be kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from harness import BEGUN, Memory, awaited
from sample_recordings import make, places

DAY = 86_400


def pass_days(memory: Memory, days: float) -> None:
    """Let days go by on the wall clock, and the hour until somebody looks."""
    memory.wall_offset += days * DAY
    memory.advance(3601)


@awaited
async def test_what_was_deleted_here_is_erased_after_its_days_and_nothing_else(
    memory_with: Callable[..., Memory],
) -> None:
    memory = memory_with(bbbd__deletedRecordingsKeptForDays="10")
    own = make(memory.directory)
    before = make(memory.directory, "before", place="deleted")
    memory.look()
    assert (await memory.call("deleteRecordings", recordID=own)).text("deleted") == "true"
    pass_days(memory, 9)
    assert places(memory.directory, own) == {"deleted/presentation"}
    pass_days(memory, 1)
    assert places(memory.directory, own) == set()
    assert places(memory.directory, before) == {"deleted/presentation"}
    assert (await memory.call("getRecordings", recordID=own, state="any")).text("messageKey") == "noRecordings"


@awaited
async def test_nothing_is_erased_where_days_are_zero(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__deletedRecordingsKeptForDays="0")
    own = make(memory.directory)
    hidden = make(memory.directory, "hidden", place="unpublished")
    memory.look()
    await memory.call("deleteRecordings", recordID=own)
    pass_days(memory, 10_000)
    assert places(memory.directory, own) == {"deleted/presentation"}
    assert places(memory.directory, hidden) == {"unpublished/presentation"}


@awaited
async def test_unpublished_and_raw_ones_go_where_it_is_wished(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__unpublishedRecordingsKeptForDays="5", bbbd__rawRecordingsKeptForDays="5")
    own = make(memory.directory, place="unpublished")
    seen = make(memory.directory, "seen")
    raw = memory.directory / "recording" / "raw" / own
    raw.mkdir(parents=True)
    for path in (raw, *memory.directory.glob("*/*/*/metadata.xml")):
        os.utime(path, (BEGUN, BEGUN))
    memory.look()
    pass_days(memory, 4)
    assert raw.exists()
    assert places(memory.directory, own) == {"unpublished/presentation"}
    pass_days(memory, 1)
    assert not raw.exists()
    assert places(memory.directory, own) == {"deleted/presentation"}
    assert places(memory.directory, seen) == {"published/presentation"}


@awaited
async def test_recordings_that_come_are_protected_where_it_is_wished(
    memory_with: Callable[..., Memory], tmp_path: Path
) -> None:
    memory = memory_with(bbbd__protectRecordings="true")
    spool = memory.directory / "import"
    own = make(tmp_path / "elsewhere")
    (spool / "one.ask").parent.mkdir(exist_ok=True)
    source = tmp_path / "elsewhere" / "published" / "presentation" / own
    (spool / "one.ask").write_text(f'{{"path": "{source}", "unpublished": false}}')
    memory.advance(2)
    answer = await memory.call("getRecordings", recordID=own)
    assert answer.text("recordings/recording/protected") == "true"
    assert "/recording/" in (answer.text("recordings/recording/playback/format/url") or "")


@awaited
async def test_a_recording_with_a_published_format_is_not_deleted_for_its_unpublished_one(
    memory_with: Callable[..., Memory],
) -> None:
    memory = memory_with(bbbd__unpublishedRecordingsKeptForDays="5")
    own = make(memory.directory, place="unpublished")
    make(memory.directory, form="podcast")
    for path in memory.directory.glob("*/*/*/metadata.xml"):
        os.utime(path, (BEGUN, BEGUN))
    memory.look()
    pass_days(memory, 100)
    assert places(memory.directory, own) == {"unpublished/presentation", "published/podcast"}
