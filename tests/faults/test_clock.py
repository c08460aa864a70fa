"""A wall clock that is set, by hand or by the calendar: nobody leaves, nothing ends, and no time repeats."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import BEGUN, Memory, awaited
from websocket_clients import inside, told

HOUR, DAY = 3600, 86_400
#: Seconds by which the clock is set: by hand, and past the last second that a signed number of 32 bits has.
JUMPS = (
    -HOUR,
    2**31 - BEGUN - 30,
    *(
        pytest.param(jump, marks=pytest.mark.faults)
        for jump in (HOUR, DAY, -DAY, 366 * DAY, 2**32 - BEGUN - 30, 10 - BEGUN)
    ),
)


@pytest.mark.parametrize("jump", JUMPS)
@awaited
async def test_nobody_leaves_and_nothing_ends_when_the_clock_is_set(memory: Memory, jump: float) -> None:
    await memory.call("create", meetingID="demo", duration=30, meetingEndedURL="http://receiver.example/ended")
    ada = await inside(memory, "demo", "Ada", role="VIEWER")
    for offset in (jump, 0, jump):
        memory.wall_offset = offset
        for _ in range(60):
            memory.advance(1)
            told(ada)
    assert not ada.wire.closed
    info = await memory.info("demo")
    assert (info.code, info.text("participantCount")) == ("SUCCESS", "1")
    for _ in range(1500):
        memory.timer.advance(1)
        ada.listen()
    assert (await memory.info("demo")).code == "SUCCESS"
    for _ in range(150):
        memory.timer.advance(1)
        ada.listen()
    assert (await memory.info("demo")).key == "notFound"
    assert len(list((memory.directory / "outbox").glob("*.json*"))) == 1


@pytest.mark.parametrize("jump", JUMPS)
@awaited
async def test_a_start_at_another_time_finds_all_and_no_creation_time_repeats(memory: Memory, jump: float) -> None:
    first = await memory.call("create", meetingID="demo", meetingExpireIfNoUserJoinedInMinutes=0)
    other = await memory.call("create", meetingID="other")
    token = await memory.token("demo", "Ada", role="VIEWER")
    memory.advance(2)
    await memory.call("end", meetingID="other")
    memory.wall_offset = jump
    await memory.restart(1)
    assert (await memory.info("demo")).text("createTime") == first.text("createTime")
    assert (await memory.fetch(f"/html5client/join?sessionToken={token}")).status == 200
    again = await memory.call("create", meetingID="other")
    assert again.code == "SUCCESS"
    assert int(again.text("createTime") or 0) > int(other.text("createTime") or 0)
    assert again.text("internalMeetingID") != other.text("internalMeetingID")


@pytest.fixture
def berlin() -> Iterator[None]:
    """A time zone whose clocks change twice a year."""
    before = os.environ["TZ"]
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    yield
    os.environ["TZ"] = before
    time.tzset()


#: Half an hour before Berlin's clocks went forward and back in 2026.
CHANGES = (1_774_744_200, 1_792_888_200)


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize("moment", CHANGES)
@awaited
async def test_summer_time_changes_no_duration_and_no_order(tmp_path: Path, moment: int) -> None:
    memory = Memory(directory=tmp_path / "data", wall_offset=moment - BEGUN)
    assert time.localtime(moment).tm_isdst != time.localtime(moment + HOUR).tm_isdst
    first = await memory.call("create", meetingID="demo", duration=60)
    ada = await inside(memory, "demo", "Ada", role="VIEWER")
    for _ in range(3590):
        memory.timer.advance(1)
        ada.listen()
    second = await memory.call("create", meetingID="second")
    between = int(second.text("createTime") or 0) - int(first.text("createTime") or 0)
    assert 3590 * 1000 <= between < 3591 * 1000
    assert (await memory.info("demo")).code == "SUCCESS"
    for _ in range(20):
        memory.timer.advance(1)
        ada.listen()
    assert (await memory.info("demo")).key == "notFound"
    assert "UTC" in (first.text("createDate") or "")
    memory.hang_up()
