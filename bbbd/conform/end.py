"""Cases of end: passwords, and the state of the meeting afterwards."""

from __future__ import annotations

from bbbd.conform.assertions import (
    BAD,
    GOOD,
    ContractMismatch,
    expect_equal,
    expect_failure,
    expect_success,
)
from bbbd.conform.case import decided, must, should
from bbbd.conform.message_keys import MessageKey
from bbbd.conform.world import ATTENDEE_PW, MODERATOR_PW, CaseMeeting, World


async def _end(world: World, meeting: CaseMeeting) -> None:
    expect_success(await world.call("end", meetingID=meeting.meeting_id, password=MODERATOR_PW), MessageKey.END_SENT)


async def _ends(world: World) -> None:
    await _end(world, await world.meeting())


async def _ended_soon(world: World) -> None:
    meeting = await world.meeting()
    await _end(world, meeting)

    async def fault() -> str:
        info = await world.call("getMeetingInfo", meetingID=meeting.meeting_id)
        ended = info.key == MessageKey.NOT_FOUND or info.texts.get("hasBeenForciblyEnded") == "true"
        return "" if ended else f"getMeetingInfo still tells of it: {info}"

    await world.wait_until(fault)
    running = expect_success(await world.call("isMeetingRunning", meetingID=meeting.meeting_id))
    expect_equal("running", running.texts.get("running"), "false")


async def _gone_soon(world: World) -> None:
    meeting = await world.meeting()
    await _end(world, meeting)

    async def fault() -> str:
        info = await world.call("getMeetingInfo", meetingID=meeting.meeting_id)
        return "" if info.key == MessageKey.NOT_FOUND else f"getMeetingInfo still tells of it: {info}"

    await world.wait_until(fault)


async def _not_listed_soon(world: World) -> None:
    meeting = await world.meeting()
    await _end(world, meeting)

    async def fault() -> str:
        found = expect_success(await world.call("getMeetings"))
        ids = [
            one.findtext("meetingID")
            for one in found.root.findall("meetings/meeting")
            if one.findtext("hasBeenForciblyEnded") != "true"
        ]
        return "getMeetings still lists it" if meeting.meeting_id in ids else ""

    await world.wait_until(fault)


async def _gone_at_once(world: World) -> None:
    meeting = await world.meeting()
    await _end(world, meeting)
    expect_failure(await world.call("getMeetingInfo", meetingID=meeting.meeting_id), MessageKey.NOT_FOUND)
    expect_failure(await world.call("end", meetingID=meeting.meeting_id, password=MODERATOR_PW), MessageKey.NOT_FOUND)


async def _id_is_free(world: World) -> None:
    meeting = await world.meeting()
    await _end(world, meeting)
    passwords = {"attendeePW": "other-ap", "moderatorPW": "other-mp"}

    async def fault() -> str:
        found = await world.create(meeting.meeting_id, name="Again", **passwords)
        if found.code != GOOD or found.key == MessageKey.DUPLICATE:
            return f"create with its meetingID: {found}"
        return (
            "" if found.texts.get("createTime") != meeting.value("createTime") else "createTime is the ended meeting's"
        )

    await world.wait_until(fault)


async def _attendee(world: World) -> None:
    meeting = await world.meeting()
    expect_failure(
        await world.call("end", meetingID=meeting.meeting_id, password=ATTENDEE_PW), MessageKey.INVALID_PASSWORD
    )
    expect_success(await world.call("getMeetingInfo", meetingID=meeting.meeting_id))


async def _wrong_password(world: World) -> None:
    meeting = await world.meeting()
    found = await world.call("end", meetingID=meeting.meeting_id, password="wrong-pw")  # noqa: S106
    expect_failure(found, MessageKey.INVALID_PASSWORD)
    expect_success(await world.call("getMeetingInfo", meetingID=meeting.meeting_id))


async def _no_password(world: World) -> None:
    meeting = await world.meeting()
    expect_failure(await world.call("end", meetingID=meeting.meeting_id), MessageKey.INVALID_PASSWORD)


async def _no_password_needed(world: World) -> None:
    meeting_id = world.new_id()
    expect_success(await world.create(meeting_id, name="No password"))
    expect_success(await world.call("end", meetingID=meeting_id), MessageKey.END_SENT)


async def _unknown(world: World) -> None:
    expect_failure(await world.call("end", meetingID=world.new_id(), password=MODERATOR_PW), MessageKey.NOT_FOUND)


async def _of_nothing(world: World) -> None:
    expect_failure(await world.call("end", password=MODERATOR_PW), MessageKey.MISSING_MEETING_ID)


async def _twice(world: World) -> None:
    meeting = await world.meeting()
    await _end(world, meeting)
    found = await world.call("end", meetingID=meeting.meeting_id, password=MODERATOR_PW)
    if (found.code, found.key) not in ((GOOD, MessageKey.END_SENT), (BAD, MessageKey.NOT_FOUND)):
        raise ContractMismatch(str(found))


_VERIFY = "to verify that all participants have left the meeting and that it successfully ended"
_GONE = "everyone is kicked and the meeting is immediately cleared from memory"
_PASSWORD = "You can not end a meeting using the attendee password."  # noqa: S105 - a sentence
_ID = "The meeting ID that identifies the meeting you are attempting to end."

CASES = (
    must("end", "end with the moderators' password succeeds", "Use this to forcibly end a meeting", _ends, "end"),
    must(
        "end",
        "a meeting that was ended is seen to have ended within ten seconds",
        _VERIFY,
        _ended_soon,
        "end",
        "getMeetingInfo",
        "isMeetingRunning",
    ),
    should(
        "end", "a meeting that was ended is notFound within ten seconds", _GONE, _gone_soon, "end", "getMeetingInfo"
    ),
    must(
        "end",
        "a meeting that was ended is no longer listed as alive within ten seconds",
        _GONE,
        _not_listed_soon,
        "end",
        "getMeetings",
    ),
    should(
        "end",
        "the meetingID of a meeting that was ended is free within ten seconds",
        "different active meetings can not have the same meeting ID",
        _id_is_free,
        "end",
        "create",
    ),
    must("end", "the attendees' password does not end a meeting", _PASSWORD, _attendee, "end", "getMeetingInfo"),
    must(
        "end",
        "a wrong password does not end a meeting",
        "The moderator password for this meeting.",
        _wrong_password,
        "end",
        "getMeetingInfo",
    ),
    should(
        "end", "end without the password that create was given is refused", "password | Required", _no_password, "end"
    ),
    must("end", "end of a meeting that nobody knows is notFound", _ID, _unknown, "end"),
    must("end", "end without a meetingID is refused", _ID, _of_nothing, "end"),
    should(
        "end",
        "a second end succeeds too, or finds nothing",
        "it is simply sending a request to the backend",
        _twice,
        "end",
    ),
    decided(
        "end",
        "a meeting that was ended is gone at once",
        "An ended meeting is gone at once.",
        _gone_at_once,
        "end",
        "getMeetingInfo",
    ),
    decided(
        "end",
        "end needs no password where create was given none",
        "When it was not created with a moderatorPW, the caller may leave the password out.",
        _no_password_needed,
        "create",
        "end",
    ),
)
