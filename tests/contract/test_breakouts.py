"""Breakout rooms: created with a parent, listed by it, ended with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import Answer, Caller, Memory, awaited

from bbbd.meetings.chat import Chatted
from bbbd.meetings.event import InactivityWarned, Left


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
        ({"parentMeetingID": "closed", "sequence": "1"}, "breakoutRoomsDisabled"),
        ({"parentMeetingID": "without", "sequence": "1"}, "breakoutRoomsDisabled"),
    ],
)
@awaited
async def test_what_a_room_needs(bbb: Caller, pairs: dict[str, str], key: str) -> None:
    await bbb.call("create", meetingID="parent")
    await bbb.call("create", meetingID="closed", breakoutRoomsEnabled="false")
    await bbb.call("create", meetingID="without", disabledFeatures="breakoutRooms")
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
    # A directory in place of the journal cannot be written to; a missing journal would be written anew.
    parent.mkdir()
    assert (await room(memory, "ro", "pa", sequence=1)).key == "internalError"
    parent.rmdir()
    parent.with_suffix(".away").rename(parent)
    assert (await memory.info("ro")).key == "notFound"
    await memory.restart()
    assert (await memory.info("ro")).key == "notFound"


@pytest.mark.parametrize(("given", "told"), [(90, "60"), (0, "60"), (60, "60"), (15, "15")])
@awaited
async def test_a_rooms_duration_is_cut_to_its_parents_rest(bbb: Caller, given: int, told: str) -> None:
    await bbb.call("create", meetingID=f"cut-{given}", duration=60)
    made = await room(bbb, f"cut-room-{given}", f"cut-{given}", sequence=1, duration=given)
    assert made.text("duration") == (await bbb.info(f"cut-room-{given}")).text("duration") == told


@awaited
async def test_a_late_room_has_what_is_left(memory: Memory) -> None:
    await memory.call("create", meetingID="pa", duration=60, meetingExpireIfNoUserJoinedInMinutes=0)
    memory.advance(45 * 60 + 30)
    assert (await room(memory, "ro", "pa", sequence=1, duration=60)).text("duration") == "15"


async def lives(memory: Memory, meeting_id: str) -> bool:
    return (await memory.info(meeting_id)).code == "SUCCESS"


@awaited
async def test_a_parent_that_nobody_joined_lives_while_somebody_is_in_a_room(memory: Memory) -> None:
    await memory.call("create", meetingID="pa")
    await room(memory, "ro", "pa", sequence=1)
    person = await memory.enter("ro", "Ann", role="VIEWER")
    memory.advance(3600)
    assert await lives(memory, "pa")
    memory.happen("ro", Left(user=person.user))
    memory.advance(60)
    assert await lives(memory, "pa")
    memory.advance(1)
    assert not await lives(memory, "pa")


@pytest.mark.parametrize("closes", [False, True])
@awaited
async def test_all_have_left_once_the_rooms_are_empty_too(memory: Memory, *, closes: bool) -> None:
    await memory.call("create", meetingID="pa")
    await room(memory, "ro", "pa", sequence=1)
    await memory.enter("ro", "Ann", role="VIEWER")
    memory.happen("pa", Left(user=(await memory.enter("pa", "Bob", role="VIEWER")).user))
    memory.advance(3600)
    assert await lives(memory, "pa")
    if closes:
        await memory.call("end", meetingID="ro")
    else:
        memory.happen("ro", Left(user=next(iter(memory.meeting("ro").people))))
    memory.advance(60)
    assert await lives(memory, "pa")
    memory.advance(1)
    assert not await lives(memory, "pa")


@awaited
async def test_an_empty_room_that_closes_lengthens_nothing(memory: Memory) -> None:
    await memory.call("create", meetingID="pa", meetingExpireIfNoUserJoinedInMinutes=2)
    await room(memory, "ro", "pa", sequence=1)
    memory.advance(100)
    await memory.call("end", meetingID="ro")
    memory.advance(20)
    assert await lives(memory, "pa")
    memory.advance(1)
    assert not await lives(memory, "pa")


@pytest.mark.parametrize("closes", [False, True])
@awaited
async def test_a_moderator_in_a_room_is_one_of_the_parent(memory: Memory, *, closes: bool) -> None:
    await memory.call("create", meetingID="pa", endWhenNoModerator="true")
    await room(memory, "ro", "pa", sequence=1)
    await memory.enter("pa", "Vic", role="VIEWER")
    here = await memory.enter("pa", "Mo", role="MODERATOR")
    await memory.enter("ro", "Mo", role="MODERATOR")
    memory.happen("pa", Left(user=here.user))
    memory.advance(3600)
    assert await lives(memory, "pa")
    if closes:
        await memory.call("end", meetingID="ro")
    else:
        memory.happen("ro", Left(user=next(iter(memory.meeting("ro").people))))
    memory.advance(60)
    assert await lives(memory, "pa")
    memory.advance(1)
    assert not await lives(memory, "pa")


@awaited
async def test_who_is_active_in_a_room_keeps_the_parent_awake(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(maxInactivityTimeoutMinutes="10", warnMinutesBeforeMax="2")
    await memory.call("create", meetingID="pa")
    await room(memory, "ro", "pa", sequence=1)
    await memory.enter("pa", "Mo", role="MODERATOR")
    ann = await memory.enter("ro", "Ann", role="MODERATOR")
    warned = []
    memory.app.meetings.listeners.append(
        lambda meeting, event, _at: warned.append(meeting.external_id) if isinstance(event, InactivityWarned) else None
    )
    for minute in range(12):
        memory.advance(60)
        memory.happen("ro", Chatted(user=ann.user, text=f"{minute}"))
    assert "pa" not in warned
    memory.advance(8 * 60 + 2)
    assert "pa" in warned
    memory.happen("ro", Chatted(user=ann.user, text="Still here"))
    memory.advance(7 * 60)
    assert await lives(memory, "pa")
    memory.advance(3 * 60 + 2)
    assert not await lives(memory, "pa")


@awaited
async def test_a_parent_knows_after_a_restart_who_was_in_its_rooms(memory: Memory) -> None:
    await memory.call("create", meetingID="pa")
    await room(memory, "ro", "pa", sequence=1)
    await memory.enter("ro", "Ann", role="VIEWER")
    await memory.call("end", meetingID="ro")
    await memory.restart()
    memory.advance(60)
    assert await lives(memory, "pa")
    memory.advance(1)
    assert not await lives(memory, "pa")
