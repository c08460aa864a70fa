"""Breakout rooms after a kill at any operation of the disk: rooms follow from their parent's plan, and lose nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from harness import Memory
from kill_points import Story, Tell, kill_at

from bbbd.meetings.breakouts import (
    BreakoutMoved,
    BreakoutsAnnounced,
    BreakoutsClosed,
    BreakoutsExtended,
    BreakoutsOpened,
    RoomWanted,
)
from bbbd.meetings.chat import Chatted
from bbbd.meetings.event import Event

ROOMS = ("room-1", "room-2")


async def tell_story(memory: Memory, tell: Tell) -> None:
    """Two rooms: opened, entered, written to, moved between, extended, closed."""
    created = await memory.call("create", meetingID="bio", meetingExpireIfNoUserJoinedInMinutes="0")
    assert created.code == "SUCCESS"
    tell("created")
    bob = await memory.enter("bio", "Bob", role="VIEWER", userID="b")

    def happens(what: str, event: Event) -> None:
        tell(f"asked {what}")
        memory.happen("bio", event)
        tell(what)

    rooms = tuple(
        RoomWanted(meeting_id=name, sequence=number, name=name, users=(bob.user,) if number == 1 else ())
        for number, name in enumerate(ROOMS, start=1)
    )
    happens("opened", BreakoutsOpened(rooms=rooms, minutes=30, keep_chat=True))
    there = await memory.enter("room-1", "Bob", role="VIEWER", userID=f"{bob.user}-1")
    memory.happen("room-1", Chatted(user=there.user, text="Among us"))
    tell("chatted")
    happens("said", BreakoutsAnnounced(name="Ada", text="Soon back"))
    happens("extended", BreakoutsExtended(minutes=40))
    happens("moved", BreakoutMoved(user=bob.user, sequence=2))
    happens("closed", BreakoutsClosed())


async def check(memory: Memory, history: list[Any]) -> None:
    """Assert that what was answered is so, and that rooms and plan fit each other."""
    told = set(history)
    if "created" not in told:
        return
    bio = memory.meeting("bio")
    plan, rooms = bio.room_plan, [memory.app.meetings.find_live(name) for name in ROOMS]
    live = [room for room in rooms if room is not None]
    assert (plan is not None) or "opened" not in told
    # All or none of the rooms.
    assert len(live) == (2 if plan is not None and not plan.closed else 0)
    assert sorted(bio.breakouts.values()) == sorted(room.external_id for room in live)
    for room in live:
        heard = [message.text for message in room.chat].count("Soon back")
        assert heard <= 1
        assert heard == 1 or "said" not in told
        assert room.duration == (40 if plan is not None and plan.minutes == 40 else 30)
    if "moved" in told and live:
        assert not live[0].people
    if "closed" in told or (plan is not None and plan.closed):
        assert not live
        assert [line.text for chat in bio.kept_chats for line in chat.lines] == ["Among us"]
    elif "chatted" in told:
        assert "Among us" in [message.text for message in live[0].chat]


STORY = Story(tell=tell_story, check=check)


@pytest.mark.faults
def test_a_kill_at_each_operation_of_the_disk_leaves_rooms_that_fit_their_plan(tmp_path: Path) -> None:
    operations = kill_at(range(1, 10_000), STORY, tmp_path)
    assert operations > 50


def test_a_kill_at_some_operations_of_the_disk_leaves_rooms_that_fit_their_plan(tmp_path: Path) -> None:
    kill_at([*range(30, 120, 13), 10_000], STORY, tmp_path)
