"""Cases of breakout rooms, and of calls that only some endpoints have: hooks, insertDocument."""

from __future__ import annotations

from bbbd.conform.assertions import agrees, has, read, refused, succeeded
from bbbd.conform.case import beyond, decided, must
from bbbd.conform.message_keys import MessageKey
from bbbd.conform.world import PASSWORDS, CaseMeeting, World

_ROOM = {"name": "Room", "isBreakout": "true", **PASSWORDS}


async def _orphan(world: World) -> None:
    refused(await world.create(world.new_id(), **_ROOM, sequence="1"))


async def _room_faults(world: World) -> None:
    made = await world.meeting()
    refused(await world.create(world.new_id(), **_ROOM, sequence="1"), MessageKey.PARENT_MISSING)
    refused(
        await world.create(world.new_id(), **_ROOM, sequence="1", parentMeetingID=world.new_id()),
        MessageKey.PARENT_UNKNOWN,
    )
    refused(await world.create(world.new_id(), **_ROOM, parentMeetingID=made.meeting_id), MessageKey.MISSING_SEQUENCE)


async def _room(world: World) -> None:
    parent = await world.meeting()
    meeting_id = world.new_id()
    pairs = {"parentMeetingID": parent.meeting_id, "sequence": "1", "freeJoin": "false"}
    made = CaseMeeting(meeting_id, succeeded(await world.create(meeting_id, **_ROOM, **pairs)))
    internal = parent.word("internalMeetingID")
    agrees("parentMeetingID", made.word("parentMeetingID"), internal)
    info = (await world.info(made)).root
    agrees("isBreakout", info.findtext("isBreakout"), "true")
    for path in ("", "breakout/"):
        agrees(f"{path}parentMeetingID", info.findtext(f"{path}parentMeetingID"), internal)
        agrees(f"{path}sequence", info.findtext(f"{path}sequence"), "1")
        agrees(f"{path}freeJoin", info.findtext(f"{path}freeJoin"), "false")
    rooms = (await world.info(parent)).root.findall("breakoutRooms/breakout")
    agrees("the parent's breakout rooms", [room.text for room in rooms], [meeting_id])


async def _hooks(world: World) -> None:
    has("the answer", succeeded(await world.call("hooks/list")).names, ("hooks",))


async def _unsigned_hooks(world: World) -> None:
    refused(read(await world.get("hooks/list", "checksum=0")), MessageKey.CHECKSUM)


async def _no_hook(world: World) -> None:
    refused(await world.call("hooks/destroy"), MessageKey.MISSING_HOOK_ID)


async def _unknown_hook(world: World) -> None:
    refused(await world.call("hooks/destroy", hookID="bbbd-conform-none"), MessageKey.MISSING_HOOK)


async def _hook_to_nowhere(world: World) -> None:
    refused(await world.call("hooks/create"))


async def _insert(world: World) -> None:
    query = world.endpoint.signed("insertDocument", f"meetingID={world.new_id()}")
    refused(await world.post("insertDocument", "<modules/>", query=query, kind="application/xml"))


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
