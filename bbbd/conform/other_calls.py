"""Cases of breakout rooms, and of optional calls: hooks, insertDocument."""

from __future__ import annotations

from bbbd.conform.assertions import (
    expect_answer,
    expect_equal,
    expect_failure,
    expect_names,
    expect_success,
)
from bbbd.conform.case import beyond, decided, must
from bbbd.conform.message_keys import MessageKey
from bbbd.conform.world import PASSWORDS, CaseMeeting, World

_ROOM = {"name": "Room", "isBreakout": "true", **PASSWORDS}


async def _orphan(world: World) -> None:
    expect_failure(await world.create(world.new_id(), **_ROOM, sequence="1"))


async def _room_faults(world: World) -> None:
    meeting = await world.meeting()
    expect_failure(await world.create(world.new_id(), **_ROOM, sequence="1"), MessageKey.PARENT_MISSING)
    expect_failure(
        await world.create(world.new_id(), **_ROOM, sequence="1", parentMeetingID=world.new_id()),
        MessageKey.PARENT_UNKNOWN,
    )
    expect_failure(
        await world.create(world.new_id(), **_ROOM, parentMeetingID=meeting.meeting_id), MessageKey.MISSING_SEQUENCE
    )


async def _room(world: World) -> None:
    parent = await world.meeting()
    meeting_id = world.new_id()
    pairs = {"parentMeetingID": parent.meeting_id, "sequence": "1", "freeJoin": "false"}
    meeting = CaseMeeting(meeting_id, expect_success(await world.create(meeting_id, **_ROOM, **pairs)))
    internal = parent.value("internalMeetingID")
    expect_equal("parentMeetingID", meeting.value("parentMeetingID"), internal)
    info = (await world.info(meeting)).root
    expect_equal("isBreakout", info.findtext("isBreakout"), "true")
    for path in ("", "breakout/"):
        expect_equal(f"{path}parentMeetingID", info.findtext(f"{path}parentMeetingID"), internal)
        expect_equal(f"{path}sequence", info.findtext(f"{path}sequence"), "1")
        expect_equal(f"{path}freeJoin", info.findtext(f"{path}freeJoin"), "false")
    rooms = (await world.info(parent)).root.findall("breakoutRooms/breakout")
    expect_equal("the parent's breakout rooms", [room.text for room in rooms], [meeting_id])


async def _hooks(world: World) -> None:
    expect_names("the answer", expect_success(await world.call("hooks/list")).names, ("hooks",))


async def _unsigned_hooks(world: World) -> None:
    expect_failure(expect_answer(await world.get("hooks/list", "checksum=0")), MessageKey.CHECKSUM)


async def _no_hook(world: World) -> None:
    expect_failure(await world.call("hooks/destroy"), MessageKey.MISSING_HOOK_ID)


async def _unknown_hook(world: World) -> None:
    expect_failure(await world.call("hooks/destroy", hookID="bbbd-conform-none"), MessageKey.MISSING_HOOK)


async def _hook_to_nowhere(world: World) -> None:
    expect_failure(await world.call("hooks/create"))


async def _insert(world: World) -> None:
    query = world.endpoint.signed("insertDocument", f"meetingID={world.new_id()}")
    expect_failure(await world.post("insertDocument", "<modules/>", query=query, kind="application/xml"))


CASES = (
    must(
        "create",
        "a breakout room without a parent is refused",
        "Must be provided when creating a breakout room, the parent room must be running.",
        _orphan,
        "create",
    ),
    decided(
        "create",
        "what is wrong with a breakout room is told by its key",
        "parentMeetingIdMissing, parentMeetingDoesNotExist, missingParamSequence.",
        _room_faults,
        "create",
    ),
    decided(
        "getMeetingInfo",
        "a breakout room tells its parent, and the parent its rooms",
        "getMeetingInfo of a breakout has parentMeetingID, sequence and freeJoin directly, and inside <breakout>.",
        _room,
        "create",
        "getMeetingInfo",
    ),
    beyond("Hooks/List", "hooks are listed", "bbb-webhooks lists its hooks by hooks/list.", _hooks, "hooks/list"),
    beyond(
        "Hooks/List",
        "listing hooks needs a checksum",
        "hooks/list is the name that is signed.",
        _unsigned_hooks,
        "hooks/list",
    ),
    beyond(
        "Hooks/Destroy",
        "removing a hook without a hookID is refused",
        "Its messageKey is missingParamHookID.",
        _no_hook,
        "hooks/destroy",
    ),
    beyond(
        "Hooks/Destroy",
        "removing a hook that nobody knows is refused",
        "Its messageKey is destroyMissingHook.",
        _unknown_hook,
        "hooks/destroy",
    ),
    beyond(
        "Hooks/Create",
        "a hook without a callbackURL is refused",
        "callbackURL is required.",
        _hook_to_nowhere,
        "hooks/create",
    ),
    beyond(
        "insertDocument",
        "a document for a meeting that nobody knows is refused",
        "Since 2.5, insertDocument puts slides into a running meeting.",
        _insert,
        "insertDocument",
    ),
)
