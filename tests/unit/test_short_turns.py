"""Work on many items goes in short turns, in its order, and none is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from harness import Memory, awaited
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock
from websocket_clients import inside, told

from bbbd.meetings import timers
from bbbd.meetings.event import EndReason
from bbbd.short_turns import MOST_CHECKED, ShortTurns, in_slices


@pytest.mark.parametrize(("weight", "slices"), [(1, 6), (100, 550), (10_000, 1100)])
def test_checks_go_by_slices_of_a_bounded_weight_within_a_second(weight: int, slices: int) -> None:
    clock = Clock()
    seen: list[list[int]] = []
    in_slices(clock, range(1100), lambda some: seen.append(list(some)), lambda _item: weight)
    assert len(seen) == 1
    for _ in range(1000):
        clock.advance(0.001)
    assert len(seen) == slices
    assert [item for some in seen for item in some] == list(range(1100))


@awaited
async def test_a_meeting_that_ended_before_its_slice_is_left_alone(memory: Memory) -> None:
    for number in range(MOST_CHECKED + 1):
        await memory.call("create", meetingID=f"m{number}")
    await memory.token("m0", "Ada", role="VIEWER")
    last = f"m{MOST_CHECKED}"
    await memory.token(last, "Ada", role="VIEWER")
    late = memory.meeting(last)
    memory.timer.rightNow += 10_000
    timers.remove_overdue(memory.app.meetings, memory.timer)
    assert not memory.meeting("m0").sessions
    memory.app.meetings.end(late, EndReason.API)
    ended_at = late.n
    memory.timer.advance(0.6)
    assert late.n == ended_at


class Turns(Clock):
    """A reactor's time that counts the turns which something gives way to."""

    given = 0

    def callLater(self, delay: float, callable: Callable[..., Any], *args: object, **kw: object) -> IDelayedCall:  # noqa: A002
        self.given += delay == 0
        return super().callLater(delay, callable, *args, **kw)


@awaited
async def test_what_is_said_to_many_is_sent_in_short_turns_and_in_its_order(tmp_path: Path) -> None:
    timer = Turns()
    memory = Memory(directory=tmp_path, timer=timer)
    for meeting_id in ("demo", "other"):
        await memory.call("create", meetingID=meeting_id)
    people = [await inside(memory, "demo", f"P{number}", role="MODERATOR") for number in range(30)]
    others = [await inside(memory, "other", f"P{number}", role="MODERATOR") for number in range(2)]
    told(*people, *others)
    # A clock that every look at it moves by a millisecond.
    timer.given, memory.app.hub._turns = 0, ShortTurns(timer, count(0, 0.001).__next__)
    for said in ("one", "two"):
        people[0].say("chat.say", text=said)
        others[0].say("chat.say", text=said)
        timer.advance(0.05)
    told(*people, *others)
    assert timer.given >= 2 * 30 // 5
    assert [[event["text"] for event in one.events("Chatted")] for one in (*people, *others)] == [["one", "two"]] * 32
    memory.hang_up()
