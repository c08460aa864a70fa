"""Breakout rooms that are opened in the page: a class is split, moved, written to and called back."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from harness import Memory, awaited
from websocket_clients import InMemory, inside, told

from bbbd.meetings.breakouts import BreakoutsClosed, BreakoutsOpened, RoomWanted

CLASS = {"name": "Biology 101", "welcome": "Hello", "meetingExpireIfNoUserJoinedInMinutes": "0"}


def user(member: InMemory) -> str:
    return str(member.last("welcome")["you"]["user"])


def breakouts(member: InMemory) -> dict[str, Any] | None:
    """Return the breakout rooms as somebody sees them now."""
    told(member)
    last = [one for one in member.got if one["t"] in ("snapshot", "breakouts")][-1]
    found = last["breakouts"]
    assert found is None or isinstance(found, dict)
    return found


def seen(member: InMemory) -> dict[str, Any]:
    found = breakouts(member)
    assert found is not None
    return found


async def follow(memory: Memory, url: str) -> InMemory:
    """Open a join link as a browser does, and be in."""
    assert memory.secret not in url
    parts = urlsplit(url)
    answer = await memory.fetch(f"{parts.path}?{parts.query}")
    [token] = parse_qs(urlsplit(answer.headers["location"]).query)["sessionToken"]
    member = InMemory(memory, token)
    member.hello()
    told(member)
    return member


async def go(memory: Memory, member: InMemory, room: int) -> InMemory:
    answer = member.ask("breakout.go", room=room)
    assert answer["t"] == "breakout.go", answer
    return await follow(memory, answer["url"])


async def a_class(memory: Memory, **more: str) -> tuple[InMemory, InMemory, InMemory]:
    assert (await memory.call("create", meetingID="bio", **CLASS, **more)).code == "SUCCESS"
    teacher = await inside(memory, "bio", "Ada", role="MODERATOR")
    bob = await inside(memory, "bio", "Bob", role="VIEWER", userID="b")
    cyd = await inside(memory, "bio", "Cyd", role="VIEWER", userID="c")
    return teacher, bob, cyd


def open_rooms(teacher: InMemory, *assigned: list[InMemory], **more: Any) -> None:
    rooms = [
        {"name": f"Room {number}", "users": [user(one) for one in members]}
        for number, members in enumerate(assigned, start=1)
    ]
    assert teacher.ask("breakout.open", rooms=rooms, **more)["t"] == "ok"
    told(teacher)


@awaited
async def test_a_class_of_thirty_is_split_moved_written_to_and_called_back(memory: Memory) -> None:  # noqa: PLR0915 - one lesson
    await memory.call("create", meetingID="bio", **CLASS)
    teacher = await inside(memory, "bio", "Ada", role="MODERATOR")
    helper = await inside(memory, "bio", "Hal", role="MODERATOR")
    pupils = [await inside(memory, "bio", f"Pupil {number}", role="VIEWER") for number in range(28)]
    groups = [pupils[number::6] for number in range(6)]
    open_rooms(teacher, *groups, minutes=20, keepChat=True)

    # Rooms are meetings, as the API has them.
    listed = [one.text or "" for one in (await memory.info("bio")).xml.findall("breakoutRooms/breakout")]
    assert len(listed) == 6
    parent = memory.meeting("bio")
    for sequence, room_id in enumerate(listed, start=1):
        info = await memory.info(room_id)
        assert (info.text("isBreakout"), info.text("sequence"), info.text("freeJoin")) == (
            "true",
            str(sequence),
            "false",
        )
        assert info.text("parentMeetingID") == parent.internal_id
        assert (info.text("meetingName"), info.text("duration")) == (f"Biology 101 (Room {sequence})", "20")

    # Each sees the own room alone, and enters it as the same person.
    inside_rooms = []
    for number, group in enumerate(groups, start=1):
        for pupil in group:
            found = seen(pupil)
            assert (found["mine"], [one["sequence"] for one in found["rooms"]]) == (number, [number])
            assert "people" not in found["rooms"][0]
            assert pupil.ask("breakout.go", room=number % 6 + 1)["key"] == "notAllowed"
            inside_rooms.append(await go(memory, pupil, number))
    first = inside_rooms[0]
    snapshot = first.last("snapshot")
    assert snapshot["meeting"]["breakout"] == {
        "sequence": 1,
        "name": "Room 1",
        "parentName": "Biology 101",
        "keepsChat": True,
    }
    assert snapshot["you"]["role"] == "VIEWER"
    # A group works by itself: somebody presents.
    assert memory.meeting(listed[0]).presenter == user(first)
    found = seen(teacher)
    assert [one["count"] for one in found["rooms"]] == [len(group) for group in groups]
    assert {one["user"] for one in found["rooms"][0]["people"]} == {user(one) for one in groups[0]}
    assert set(found["rooms"][1]["assigned"]) == {user(one) for one in groups[1]}

    # Moved while the rooms are open: out of one, and led into the other.
    moved, where = groups[0][1], inside_rooms[1]
    assert teacher.ask("breakout.move", who=user(moved), room=4)["t"] == "ok"
    told(where)
    bye = where.last("bye")
    assert (bye["reason"], bye["follow"]) == ("moved", True)
    there = await follow(memory, bye["back"])
    assert there.last("snapshot")["meeting"]["breakout"]["sequence"] == 4
    assert seen(moved)["mine"] == 4

    # A word to all, more time, a visit.
    for member in (first, there):
        member.forget()
    assert teacher.ask("breakout.say", text="Five more minutes")["t"] == "ok"
    assert teacher.ask("breakout.extend", minutes=5)["t"] == "ok"
    told(first, there)
    for member in (first, there):
        [said] = member.events("Chatted")
        assert (said["name"], said["text"], said["user"]) == ("Ada", "Five more minutes", "")
        [longer] = member.events("DurationChanged")
        assert longer["duration"] == 25
    assert (await memory.info(listed[5])).text("duration") == "25"
    visitor = await go(memory, helper, 2)
    assert visitor.last("snapshot")["you"]["role"] == "MODERATOR"
    assert visitor.last("snapshot")["presenter"] == user(inside_rooms[len(groups[0])])

    # The group talks; closing brings all back, and keeps what was written to all.
    assert first.ask("chat.say", text="It is a cell")["t"] == "ok"
    assert teacher.ask("breakout.close")["t"] == "ok"
    told(first, teacher)
    bye = first.last("bye")
    assert (bye["reason"], bye["why"]) == ("ended", "BREAKOUT_ENDED_BY_MOD")
    back = await follow(memory, bye["back"])
    assert back.last("snapshot")["meeting"]["id"] == "bio"
    assert user(back) == user(groups[0][0])
    assert "breakoutRooms" not in (await memory.info("bio")).names
    assert all([(await memory.info(room)).key == "notFound" for room in listed])
    found = seen(teacher)
    assert (found["open"], found["rooms"], len(found["kept"])) == (False, [], 1)
    chat = teacher.ask("breakout.chat", room=found["kept"][0]["room"])
    assert (chat["name"], [(one["name"], one["text"]) for one in chat["lines"]]) == (
        "Room 1",
        [("Pupil 0", "It is a cell")],
    )
    assert breakouts(pupils[5]) is None
    # And again.
    open_rooms(teacher, pupils[:1])


@awaited
async def test_rooms_to_choose(memory: Memory) -> None:
    teacher, bob, cyd = await a_class(memory)
    open_rooms(teacher, [bob], [], freeJoin=True)
    found = seen(cyd)
    assert (found["mine"], [one["name"] for one in found["rooms"]]) == (0, ["Room 1", "Room 2"])
    in_two = await go(memory, cyd, 2)
    assert seen(cyd)["mine"] == 2
    assert [one["count"] for one in seen(bob)["rooms"]] == [0, 1]
    # Another choice leaves the first room; nothing there leads anywhere by itself.
    await go(memory, cyd, 1)
    told(in_two)
    assert (in_two.last("bye")["reason"], in_two.last("bye")["follow"]) == ("moved", False)
    # Out of all rooms, by a moderator.
    assert teacher.ask("breakout.move", who=user(cyd), room=0)["t"] == "ok"
    assert seen(cyd)["mine"] == 0


@awaited
async def test_rooms_of_groups_take_those_who_come_later(memory: Memory) -> None:
    groups = '[{"id":"1","name":"Owls","roster":["b","x"]},{"id":"2","name":"Bats","roster":["c"]}]'
    teacher, bob, cyd = await a_class(memory, groups=groups)
    found = seen(teacher)
    assert [(one["id"], one["name"], one["users"], one["others"]) for one in found["groups"]] == [
        ("1", "Owls", [user(bob)], 1),
        ("2", "Bats", [user(cyd)], 0),
    ]
    rooms = [{"name": one["name"], "users": one["users"], "group": one["id"]} for one in found["groups"]]
    assert teacher.ask("breakout.open", rooms=rooms)["t"] == "ok"
    late = await inside(memory, "bio", "Xen", role="VIEWER", userID="x")
    assert seen(late)["mine"] == 1
    assert set(seen(teacher)["rooms"][0]["assigned"]) == {user(bob), user(late)}
    stranger = await inside(memory, "bio", "Zoe", role="VIEWER", userID="z")
    assert breakouts(stranger) is None


@awaited
async def test_rooms_of_calls_are_shown_too(memory: Memory) -> None:
    teacher, bob, _cyd = await a_class(memory)
    await memory.call("create", meetingID="r1", isBreakout="true", parentMeetingID="bio", sequence=1, name="Owls")
    await memory.call(
        "create", meetingID="r2", isBreakout="true", parentMeetingID="bio", sequence=2, name="Bats", freeJoin="true"
    )
    assert [(one["sequence"], one["name"]) for one in seen(teacher)["rooms"]] == [(1, "Owls"), (2, "Bats")]
    assert [one["name"] for one in seen(bob)["rooms"]] == ["Bats"]
    assert bob.ask("breakout.go", room=1)["key"] == "notAllowed"
    in_bats = await go(memory, bob, 2)
    assert [one["user"] for one in seen(teacher)["rooms"][1]["people"]] == [user(bob)]
    # Whoever has no room does not belong in one that a call numbered 0.
    await memory.call("create", meetingID="r0", isBreakout="true", parentMeetingID="bio", sequence=0)
    assert [one["name"] for one in seen(bob)["rooms"]] == ["Bats"]
    assert bob.ask("breakout.go", room=0)["key"] == "notAllowed"
    await memory.call("end", meetingID="r0")
    # Those that are opened in the page have the next numbers.
    open_rooms(teacher, [bob])
    assert [one["sequence"] for one in seen(teacher)["rooms"]] == [1, 2, 3]
    back = in_bats.ask("breakout.back")
    assert user(await follow(memory, back["url"])) == user(bob)
    await memory.call("end", meetingID="bio")
    assert (await memory.info("r1")).key == "notFound"


@awaited
async def test_private_chat_and_recording_of_rooms_are_as_create_says(memory: Memory) -> None:
    more = {"record": "true", "breakoutRoomsRecord": "true", "breakoutRoomsPrivateChatEnabled": "false"}
    teacher, bob, cyd = await a_class(memory, lockSettingsDisableMic="true", **more)
    open_rooms(teacher, [bob, cyd])
    one, other = await go(memory, bob, 1), await go(memory, cyd, 1)
    meeting = one.last("snapshot")["meeting"]
    assert {"privateChat", "breakoutRooms"} <= set(meeting["disabledFeatures"])
    assert one.ask("chat.say", text="psst", to=user(other))["key"] == "unsupported"
    assert one.last("snapshot")["recording"]["on"]
    assert not one.last("snapshot")["locks"]["mic"]
    # No rooms within rooms.
    assert one.ask("breakout.open", rooms=[{"name": "x"}])["key"] == "unsupported"


@awaited
async def test_who_is_removed_from_the_meeting_is_removed_from_its_rooms(memory: Memory) -> None:
    teacher, bob, _cyd = await a_class(memory)
    open_rooms(teacher, [bob])
    link = bob.ask("breakout.go", room=1)["url"]
    there = await follow(memory, link)
    assert teacher.ask("remove", who=user(bob), forGood=True)["t"] == "ok"
    told(there)
    assert there.last("bye")["reason"] == "removed"
    assert "checksum" not in there.last("bye")["back"]
    # The link into the room is still valid as such, but the person may not come back.
    parts = urlsplit(link.replace("redirect=true", "redirect=false"))
    assert parts.path.endswith("/join")
    room = memory.app.meetings.directory.rooms_of(memory.meeting("bio"))[0]
    assert room.banned == [f"{user(bob)}-1"]


@awaited
async def test_who_is_removed_for_good_does_not_come_in_by_a_link_from_before(memory: Memory) -> None:
    teacher, bob, cyd = await a_class(memory)
    open_rooms(teacher, [bob, cyd])
    links = [urlsplit(one.ask("breakout.go", room=1)["url"]) for one in (bob, cyd)]
    answer = await memory.fetch(f"{links[0].path}?{links[0].query}")
    [token] = parse_qs(urlsplit(answer.headers["location"]).query)["sessionToken"]
    for one in (bob, cyd):
        assert teacher.ask("remove", who=user(one), forGood=one is bob)["t"] == "ok"
    # A session of the room that nobody had entered, a link that nobody had followed; who may come back, may here too.
    assert memory.app.meetings.find_session(token) is None
    for link, refused in zip(links, (True, False), strict=True):
        answer = await memory.fetch(f"{link.path}?{link.query}")
        assert (b"guestDeniedAccess" in answer.body, "location" in answer.headers) == (refused, not refused)


@awaited
async def test_time_runs_out_room_by_room(memory: Memory) -> None:
    teacher, bob, _cyd = await a_class(memory, duration="30")
    open_rooms(teacher, [bob], minutes=600)
    # A room ends with its meeting at the latest.
    assert seen(teacher)["rooms"][0]["ends"] // 60_000 == memory.meeting("bio").created_at.wall // 60_000 + 30
    assert teacher.ask("breakout.extend", minutes=1)["key"] == "notAllowed"
    assert teacher.ask("breakout.close")["t"] == "ok"
    assert teacher.ask("breakout.say", text="x")["key"] == "gone"
    open_rooms(teacher, [bob], [], minutes=1)
    memory.advance(62)
    plan = memory.meeting("bio").room_plan
    assert plan is not None
    assert not plan.is_open
    assert "breakoutRooms" not in (await memory.info("bio")).names


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"rooms": []}, "malformed"),
    ({"rooms": [{"name": "x"}] * 17}, "malformed"),
    ({"rooms": [{"name": " \u200b"}]}, "malformed"),
    ({"rooms": [{"name": "x" * 65}]}, "tooLong"),
    ({"rooms": [{"name": "x", "group": "9"}]}, "gone"),
    ({"rooms": [{"name": "x"}], "minutes": -1}, "malformed"),
    ({"rooms": [{"name": "x"}], "minutes": 1441}, "malformed"),
    ({"rooms": [{"name": "x", "who": ["b"]}]}, "malformed"),
]


@pytest.mark.parametrize(("fields", "key"), REFUSED)
@awaited
async def test_what_cannot_be_opened_changes_nothing(memory: Memory, fields: dict[str, Any], key: str) -> None:
    teacher, _bob, _cyd = await a_class(memory)
    before = memory.meeting("bio").n
    answer = teacher.ask("breakout.open", **fields)
    assert (answer["t"], answer.get("key")) == ("no", key)
    assert memory.meeting("bio").n == before


@awaited
async def test_one_person_belongs_in_one_room_and_a_server_has_so_many_meetings(memory: Memory) -> None:
    teacher, bob, _cyd = await a_class(memory)
    twice = [{"name": "a", "users": [user(bob)]}, {"name": "b", "users": [user(bob)]}]
    assert teacher.ask("breakout.open", rooms=twice)["key"] == "malformed"
    memory.settings["bbbd.maxMeetings"] = "2"
    await memory.restart()
    for member in (teacher, bob):
        member.__init__(memory, member.token)  # type: ignore[misc]
        member.hello()
    told(teacher, bob)
    assert teacher.ask("breakout.open", rooms=[{"name": "a"}, {"name": "b"}])["key"] == "unavailable"
    open_rooms(teacher, [bob])
    assert teacher.ask("breakout.open", rooms=[{"name": "c"}])["key"] == "notAllowed"


@awaited
async def test_a_kill_between_a_plan_and_its_rooms_is_made_up_for(memory: Memory) -> None:
    """What the parent's journal has follows at the next start: rooms, their end, and words to all."""
    _teacher, bob, _cyd = await a_class(memory)
    memory.app.meetings.make_room = lambda _parent, _planned: None
    rooms = tuple(
        RoomWanted(
            meeting_id=f"room-{number}", sequence=number, name=f"Room {number}", users=(user(bob),) * (number == 1)
        )
        for number in (1, 2)
    )
    memory.happen("bio", BreakoutsOpened(rooms=rooms, minutes=30, keep_chat=True))
    assert memory.app.meetings.find_live("room-1") is None
    await memory.restart(61)
    assert (await memory.info("room-1")).text("sequence") == "1"
    # It ends with the others, not half an hour after the start.
    assert (await memory.info("room-2")).text("duration") == "29"
    back = InMemory(memory, bob.token)
    back.hello()
    told(back)
    there = await go(memory, back, 1)
    assert there.ask("chat.say", text="Kept")["t"] == "ok"
    await memory.restart()
    assert memory.meeting("room-1").chat[-1].text == "Kept"
    # The end of the plan alone, then a kill.
    memory.app.meetings._follow_plan = lambda parent: None  # type: ignore[method-assign]
    memory.happen("bio", BreakoutsClosed())
    assert memory.app.meetings.find_live("room-1") is not None
    await memory.restart()
    assert memory.app.meetings.find_live("room-1") is None
    [kept] = memory.meeting("bio").kept_chats
    assert [one.text for one in kept.lines] == ["Kept"]
    await memory.restart()
    assert memory.meeting("bio").kept_chats == [kept]
