"""Cases of create: its answer, and repeated calls."""

from __future__ import annotations

import hashlib

from bbbd.conform.assertions import (
    ContractMismatch,
    expect_equal,
    expect_failure,
    expect_match,
    expect_names,
    expect_order,
    expect_success,
)
from bbbd.conform.case import decided, must, should
from bbbd.conform.message_keys import MessageKey
from bbbd.conform.world import PASSWORDS, World

_ALWAYS = (
    "returncode",
    "meetingID",
    "internalMeetingID",
    "parentMeetingID",
    "attendeePW",
    "moderatorPW",
    "createTime",
    "voiceBridge",
    "dialNumber",
    "createDate",
    "hasUserJoined",
    "duration",
    "hasBeenForciblyEnded",
)
_SAME = ("internalMeetingID", "createTime", "attendeePW", "moderatorPW", "voiceBridge", "duration")
_DATE = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9] \S+ 20[0-9]{2}"


async def _fields(world: World) -> None:
    meeting_id = world.new_id()
    found = expect_success(await world.create(meeting_id, name="Fields", **PASSWORDS))
    expect_names("the answer", found.names, _ALWAYS)
    expect_equal("meetingID", found.texts["meetingID"], meeting_id)


async def _order(world: World) -> None:
    meeting = await world.meeting()
    expect_order("the answer", meeting.created.names, (*_ALWAYS, "messageKey", "message"))


async def _create_time(world: World) -> None:
    meeting = await world.meeting()
    expect_match("createTime", meeting.created.texts.get("createTime"), r"[1-9][0-9]{12}")


async def _create_date(world: World) -> None:
    meeting = await world.meeting()
    expect_match("createDate", meeting.created.texts.get("createDate"), _DATE)


async def _internal_id(world: World) -> None:
    meeting = await world.meeting()
    expect_match(
        "internalMeetingID",
        meeting.created.texts.get("internalMeetingID"),
        f"[0-9a-f]{{40}}-{meeting.value('createTime')}",
    )


async def _internal_id_is_sha1(world: World) -> None:
    meeting = await world.meeting()
    digest = hashlib.sha1(meeting.meeting_id.encode(), usedforsecurity=False).hexdigest()
    expect_equal("internalMeetingID", meeting.value("internalMeetingID"), f"{digest}-{meeting.value('createTime')}")


async def _fresh(world: World) -> None:
    meeting = await world.meeting()
    expect_equal("hasUserJoined", meeting.value("hasUserJoined"), "false")
    expect_equal("hasBeenForciblyEnded", meeting.value("hasBeenForciblyEnded"), "false")


async def _no_parent(world: World) -> None:
    expect_equal("parentMeetingID", (await world.meeting()).value("parentMeetingID"), "bbb-none")


async def _passwords_kept(world: World) -> None:
    meeting = await world.meeting(attendeePW="own-ap-1", moderatorPW="own-mp-2")
    expect_equal("attendeePW", meeting.value("attendeePW"), "own-ap-1")
    expect_equal("moderatorPW", meeting.value("moderatorPW"), "own-mp-2")


async def _passwords_made(world: World) -> None:
    one = expect_success(await world.create(world.new_id(), name="One"))
    other = expect_success(await world.create(world.new_id(), name="Other"))
    for name in ("attendeePW", "moderatorPW"):
        expect_match(name, one.texts.get(name), ".+")
        if one.texts[name] == other.texts.get(name):
            raise ContractMismatch(f"two meetings have the same {name}")


async def _again(world: World) -> None:
    meeting = await world.meeting()
    expect_success(await world.create(meeting.meeting_id, name="bbbd conform", **PASSWORDS), MessageKey.DUPLICATE)


async def _again_the_same(world: World) -> None:
    meeting = await world.meeting()
    again = expect_success(await world.create(meeting.meeting_id, name="bbbd conform", **PASSWORDS))
    for name in _SAME:
        expect_equal(f"{name} of the second answer", again.texts.get(name, ""), meeting.value(name))


async def _again_without_passwords(world: World) -> None:
    meeting = await world.meeting()
    expect_success(await world.create(meeting.meeting_id, name="bbbd conform"), MessageKey.DUPLICATE)


async def _again_changes_nothing(world: World) -> None:
    meeting = await world.meeting(meta_kept="first")
    expect_success(
        await world.create(meeting.meeting_id, name="Another", meta_kept="second", duration="7", **PASSWORDS)
    )
    info = await world.info(meeting)
    expect_equal("meetingName", info.texts.get("meetingName"), "bbbd conform")
    expect_equal("duration", info.texts.get("duration"), "0")
    expect_equal("metadata", info.root.findtext("metadata/kept"), "first")


async def _other_passwords(world: World) -> None:
    meeting = await world.meeting()
    for name in PASSWORDS:
        expect_failure(
            await world.create(meeting.meeting_id, **(PASSWORDS | {name: "another-one"})), MessageKey.NOT_UNIQUE
        )


async def _no_id(world: World) -> None:
    expect_failure(await world.call("create", name="No id"), MessageKey.MISSING_MEETING_ID)
    expect_failure(await world.call("create", name="No id", meetingID=""), MessageKey.MISSING_MEETING_ID)


_AGAIN = "The create call is idempotent: you can call it multiple times with the same parameters without side effects."
_EXAMPLE = "<parentMeetingID>bbb-none</parentMeetingID> <attendeePW>ap</attendeePW> <moderatorPW>mp</moderatorPW>"
_RANDOM = "If no attendeePW is provided, the create call will return a randomly generated attendeePW password"

CASES = (
    must("create", "create tells every field of the contract's answer", _EXAMPLE, _fields, "create"),
    should("create", "create tells its fields in the order of the contract's example", _EXAMPLE, _order),
    must(
        "create",
        "createTime is in milliseconds",
        "<createTime>1531155809613</createTime>",
        _create_time,
    ),
    should(
        "create",
        "createDate looks as in the contract's example",
        "<createDate>Mon Jul 09 17:03:29 UTC 2018</createDate>",
        _create_date,
    ),
    should(
        "create",
        "internalMeetingID is a SHA-1, a dash and the createTime",
        "<internalMeetingID>640ab2bae07bedc4c163f679a746f7ab7fb5d1fa-1531155809613</internalMeetingID>",
        _internal_id,
    ),
    decided(
        "create",
        "internalMeetingID begins with the SHA-1 of the meetingID",
        "The internal id is sha1(meetingID)-createTime.",
        _internal_id_is_sha1,
    ),
    must(
        "create",
        "a new meeting had nobody in it and was not ended",
        "<hasUserJoined>false</hasUserJoined> <duration>0</duration>",
        _fresh,
    ),
    should("create", "a meeting without a parent tells bbb-none", _EXAMPLE, _no_parent),
    must(
        "create",
        "passwords are kept as they were given",
        "The password that the join URL can later provide as its password parameter",
        _passwords_kept,
    ),
    must("create", "passwords that are not given are made", _RANDOM, _passwords_made, "create"),
    must(
        "create",
        "create called again succeeds with a warning",
        "the create call will succeed (but will receive a warning message in the response)",
        _again,
        "create",
    ),
    must(
        "create",
        "create called again tells the same meeting",
        "The create call is idempotent: calling multiple times does not have any side effect.",
        _again_the_same,
        "create",
    ),
    must(
        "create",
        "create with another password for a meeting that lives is refused",
        "different active meetings can not have the same meeting ID",
        _other_passwords,
        "create",
    ),
    must(
        "create",
        "create without a meetingID is refused",
        "A meeting ID that can be used to identify this meeting by the 3rd-party application.",
        _no_id,
        "create",
    ),
    decided(
        "create",
        "create called again without passwords succeeds with a warning",
        "A password that is not sent never differs.",
        _again_without_passwords,
        "create",
    ),
    decided(
        "create",
        "create called again with other parameters changes nothing",
        "Called again, create succeeds with duplicateWarning and changes nothing.",
        _again_changes_nothing,
        "create",
        "getMeetingInfo",
    ),
)
