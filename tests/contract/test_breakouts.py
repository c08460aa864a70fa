"""Breakout rooms: created with a parent, listed by it, ended with it."""

from __future__ import annotations

from typing import Any

import pytest
from kit import Answer, Caller, Memory, awaited


async def room(bbb: Caller, meeting_id: str, parent: str, **pairs: Any) -> Answer:
    return await bbb.call("create", meetingID=meeting_id, isBreakout="true", parentMeetingID=parent, **pairs)


@awaited
async def test_parent_and_rooms_tell_of_each_other(bbb: Caller) -> None:
    parent = await bbb.call("create", meetingID="parent", moderatorPW="mp")
    internal = parent.text("internalMeetingID") or ""
    one = await room(bbb, "room-1", "parent", sequence=1)
    other = await room(bbb, "room-2", internal, sequence=2, freeJoin="true")
    assert one.text("parentMeetingID") == other.text("parentMeetingID") == internal
    assert one.text("meetingID") == "room-1"
    info = await bbb.info("room-2")
    assert info.names[-5:] == ["isBreakout", "parentMeetingID", "sequence", "freeJoin", "breakout"]
    for path in ("", "breakout/"):
        told = [info.text(path + name) for name in ("parentMeetingID", "sequence", "freeJoin")]
        assert told == [internal, "2", "true"]
    listed = await bbb.info("parent")
    assert [one.text for one in listed.xml.findall("breakoutRooms/breakout")] == ["room-1", "room-2"]
    await bbb.call("end", meetingID="room-1")
    assert [one.text for one in (await bbb.info("parent")).xml.findall("breakoutRooms/breakout")] == ["room-2"]
    await bbb.call("end", meetingID="parent", password="mp")
    assert (await bbb.info("room-2")).key == "notFound"


@pytest.mark.parametrize(
    ("pairs", "key"),
    [
        ({}, "parentMeetingIdMissing"),
        ({"parentMeetingID": "none"}, "parentMeetingDoesNotExist"),
        ({"parentMeetingID": "parent"}, "missingParamSequence"),
        ({"parentMeetingID": "parent", "sequence": "one"}, "validationError"),
    ],
)
@awaited
async def test_what_a_room_needs(bbb: Caller, pairs: dict[str, str], key: str) -> None:
    await bbb.call("create", meetingID="parent")
    assert (await bbb.call("create", meetingID="room-x", isBreakout="true", **pairs)).key == key
    assert (await bbb.info("room-x")).key == "notFound"


@awaited
async def test_a_parent_has_so_many_rooms(bbb: Caller) -> None:
    await bbb.call("create", meetingID="many")
    for number in range(16):
        assert (await room(bbb, f"many-{number}", "many", sequence=number)).code == "SUCCESS"
    assert (await room(bbb, "many-16", "many", sequence=16)).key == "maxMeetingsReached"
    assert (await room(bbb, "many-3", "many", sequence=3)).key == "duplicateWarning"
    await bbb.call("end", meetingID="many")


@awaited
async def test_rooms_do_not_expire_by_themselves_and_start_unmuted(memory: Memory) -> None:
    await memory.call("create", meetingID="pa", meetingExpireIfNoUserJoinedInMinutes=0)
    await room(memory, "ro", "pa", sequence=1, muteOnStart="true")
    assert not memory.meeting("ro").created.wanted.mute_on_start
    assert "This server is running" not in memory.meeting("ro").created.welcome
    memory.advance(3600)
    assert (await memory.info("ro")).code == "SUCCESS"


@awaited
async def test_a_room_keeps_to_its_duration(memory: Memory) -> None:
    await memory.call("create", meetingID="pa", meetingExpireIfNoUserJoinedInMinutes=0)
    await room(memory, "ro", "pa", sequence=1, duration=1)
    memory.advance(62)
    assert (await memory.info("ro")).key == "notFound"
    assert "breakoutRooms" not in (await memory.info("pa")).names


@awaited
async def test_rooms_come_back_after_a_restart(memory: Memory) -> None:
    await memory.call("create", meetingID="pa")
    await room(memory, "ro", "pa", sequence=1)
    await memory.restart()
    assert (await memory.info("pa")).text("breakoutRooms/breakout") == "ro"
    await memory.call("end", meetingID="pa")
    assert (await memory.info("ro")).key == "notFound"


@awaited
async def test_a_room_whose_parent_cannot_be_told_is_not_created(memory: Memory, asked_for: set[str]) -> None:
    asked_for.add("call_failed")
    await memory.call("create", meetingID="pa")
    parent = memory.directory / "meetings" / f"{memory.meeting('pa').internal_id}.jsonl"
    parent.rename(parent.with_suffix(".away"))
    assert (await room(memory, "ro", "pa", sequence=1)).key == "internalError"
    parent.with_suffix(".away").rename(parent)
    assert (await memory.info("ro")).key == "notFound"
    await memory.restart()
    assert (await memory.info("ro")).key == "notFound"
