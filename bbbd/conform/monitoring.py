"""Cases of isMeetingRunning, getMeetingInfo and getMeetings."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

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
from bbbd.conform.world import PASSWORDS, CaseMeeting, World

_INFO = (
    "meetingName",
    "meetingID",
    "internalMeetingID",
    "createTime",
    "createDate",
    "voiceBridge",
    "dialNumber",
    "attendeePW",
    "moderatorPW",
    "running",
    "duration",
    "hasUserJoined",
    "recording",
    "hasBeenForciblyEnded",
    "startTime",
    "endTime",
    "participantCount",
    "listenerCount",
    "voiceParticipantCount",
    "videoCount",
    "maxUsers",
    "moderatorCount",
    "attendees",
    "metadata",
    "isBreakout",
)
_COUNTS = ("participantCount", "listenerCount", "voiceParticipantCount", "videoCount", "moderatorCount")
_NUMBERS = ("createTime", "startTime", "endTime", "duration", "maxUsers", *_COUNTS)
_TRUTHS = ("running", "hasUserJoined", "recording", "hasBeenForciblyEnded", "isBreakout")
_AS_CREATED = (
    "meetingID",
    "internalMeetingID",
    "createTime",
    "createDate",
    "voiceBridge",
    "dialNumber",
    "attendeePW",
    "moderatorPW",
    "duration",
)


async def _unknown_is_not_running(world: World) -> None:
    found = expect_success(await world.call("isMeetingRunning", meetingID=world.new_id()))
    expect_equal("running", found.texts.get("running"), "false")


async def _empty_is_not_running(world: World) -> None:
    meeting = await world.meeting()
    found = expect_success(await world.call("isMeetingRunning", meetingID=meeting.meeting_id))
    expect_equal("running", found.texts.get("running"), "false")


async def _running_of_nothing(world: World) -> None:
    expect_failure(await world.call("isMeetingRunning"), MessageKey.MISSING_MEETING_ID)


async def _info_fields(world: World) -> None:
    expect_names("the answer", (await world.info(await world.meeting())).names, _INFO)


async def _info_order(world: World) -> None:
    expect_order("the answer", (await world.info(await world.meeting())).names, ("returncode", *_INFO))


async def _info_types(world: World) -> None:
    found = await world.info(await world.meeting())
    for name in _NUMBERS:
        expect_match(name, found.texts.get(name), "[0-9]+")
    for name in _TRUTHS:
        expect_match(name, found.texts.get(name), "true|false")


async def _info_as_created(world: World) -> None:
    meeting = await world.meeting(name="As created", duration="30")
    found = await world.info(meeting)
    expect_equal("meetingName", found.texts.get("meetingName"), "As created")
    for name in _AS_CREATED:
        expect_equal(name, found.texts.get(name, ""), meeting.value(name))


async def _info_nobody(world: World) -> None:
    found = await world.info(await world.meeting())
    for name in _COUNTS:
        expect_equal(name, found.texts.get(name), "0")
    expect_equal("the number of attendees", len(found.root.findall("attendees/attendee")), 0)
    expect_equal("endTime", found.texts.get("endTime"), "0")
    expect_equal("hasBeenForciblyEnded", found.texts.get("hasBeenForciblyEnded"), "false")
    expect_equal("isBreakout", found.texts.get("isBreakout"), "false")


async def _start_time(world: World) -> None:
    meeting = await world.meeting()
    found = await world.info(meeting)
    start = int(expect_match("startTime", found.texts.get("startTime"), "[0-9]+"))
    created = int(expect_match("createTime", found.texts.get("createTime"), "[0-9]+"))
    if not created <= start <= created + 60_000:
        raise ContractMismatch(f"startTime is {start}, and createTime {created}")


async def _info_unknown(world: World) -> None:
    expect_failure(await world.call("getMeetingInfo", meetingID=world.new_id()), MessageKey.NOT_FOUND)


async def _info_of_nothing(world: World) -> None:
    expect_failure(await world.call("getMeetingInfo"), MessageKey.MISSING_MEETING_ID)


async def _by_internal_id(world: World) -> None:
    meeting = await world.meeting()
    found = expect_success(await world.call("getMeetingInfo", meetingID=meeting.value("internalMeetingID")))
    expect_equal("meetingID", found.texts.get("meetingID"), meeting.meeting_id)


async def _never_by_prefix(world: World) -> None:
    meeting = await world.meeting()
    for meeting_id in (meeting.value("internalMeetingID")[:40], meeting.meeting_id[:-1], meeting.meeting_id.upper()):
        expect_failure(await world.call("getMeetingInfo", meetingID=meeting_id), MessageKey.NOT_FOUND)


async def _entry(world: World, meeting: CaseMeeting) -> etree._Element:
    """Return the only entry of a meeting in getMeetings."""
    found = expect_success(await world.call("getMeetings"))
    entries = [one for one in found.root.findall("meetings/meeting") if one.findtext("meetingID") == meeting.meeting_id]
    expect_equal("the number of its entries", len(entries), 1)
    return entries[0]


async def _listed(world: World) -> None:
    one, other = await world.meeting(), await world.meeting()
    for meeting in (one, other):
        entry = await _entry(world, meeting)
        expect_equal("internalMeetingID", entry.findtext("internalMeetingID"), meeting.value("internalMeetingID"))


async def _listed_once(world: World) -> None:
    meeting = await world.meeting()
    expect_success(await world.create(meeting.meeting_id, name="bbbd conform", **PASSWORDS))
    await _entry(world, meeting)


async def _listed_fields(world: World) -> None:
    expect_names("its entry", _names(await _entry(world, await world.meeting())), _INFO)


async def _listed_as_info(world: World) -> None:
    meeting = await world.meeting(meta_kept="yes")
    info, entry = (await world.info(meeting)).root, await _entry(world, meeting)
    for name in _INFO:
        if name not in ("attendees", "metadata"):
            expect_equal(f"{name} of its entry", entry.findtext(name), info.findtext(name))
    expect_equal("metadata of its entry", entry.findtext("metadata/kept"), "yes")


def _names(element: etree._Element) -> Sequence[str]:
    return [str(child.tag) for child in element]


async def _no_parameters(world: World) -> None:
    for query in ("", "random=123"):
        found = expect_success(await world.query("getMeetings", query))
        expect_names("the answer", found.names, ("meetings",))


async def _none_listed(world: World) -> None:
    found = expect_success(await world.call("getMeetings"))
    if not found.root.findall("meetings/meeting"):
        expect_equal("messageKey", found.key, MessageKey.NO_MEETINGS)


_RUNNING = "that signals whether a meeting with this ID is currently running"
_ALL = "This call will return all of a meeting's information"
_COUNTED = "<participantCount>0</participantCount> <listenerCount>0</listenerCount>"
_ID = "The meeting ID that identifies the meeting you are attempting to check on."
_LIST = "This call will return a list of all the meetings found on this server."

CASES = (
    must(
        "isMeetingRunning",
        "a meeting that nobody knows is not running",
        _RUNNING,
        _unknown_is_not_running,
        "isMeetingRunning",
    ),
    must(
        "isMeetingRunning",
        "a meeting that nobody is in is not running",
        _RUNNING,
        _empty_is_not_running,
        "isMeetingRunning",
    ),
    must(
        "isMeetingRunning",
        "isMeetingRunning without a meetingID is refused",
        _ID,
        _running_of_nothing,
        "isMeetingRunning",
    ),
    must(
        "getMeetingInfo",
        "getMeetingInfo tells every field of the contract's answer",
        _ALL,
        _info_fields,
        "getMeetingInfo",
    ),
    should(
        "getMeetingInfo",
        "getMeetingInfo tells its fields in the order of the contract's example",
        _ALL,
        _info_order,
        "getMeetingInfo",
    ),
    must(
        "getMeetingInfo",
        "numbers are digits, and truths are true or false",
        "This data type indicates a non-negative integer value.",
        _info_types,
        "getMeetingInfo",
    ),
    must(
        "getMeetingInfo",
        "getMeetingInfo tells what create told, as soon as that has answered",
        _ALL,
        _info_as_created,
        "getMeetingInfo",
    ),
    must("getMeetingInfo", "a new meeting has nobody in it, and no end", _COUNTED, _info_nobody, "getMeetingInfo"),
    should(
        "getMeetingInfo",
        "startTime is soon after createTime, though nobody has joined",
        "<startTime>1531241258074</startTime> <endTime>0</endTime>",
        _start_time,
        "getMeetingInfo",
    ),
    must(
        "getMeetingInfo",
        "getMeetingInfo of a meeting that nobody knows is notFound",
        "We will try very hard to keep the messageKey stable (unchanging) throughout the life of the API.",
        _info_unknown,
        "getMeetingInfo",
    ),
    must("getMeetingInfo", "getMeetingInfo without a meetingID is refused", _ID, _info_of_nothing, "getMeetingInfo"),
    must("getMeetings", "getMeetings lists a meeting as soon as create has answered", _LIST, _listed, "getMeetings"),
    must(
        "getMeetings",
        "getMeetings lists a meeting once, though create was called twice",
        _LIST,
        _listed_once,
        "create",
        "getMeetings",
    ),
    must(
        "getMeetings",
        "getMeetings tells every field of the contract's answer",
        "Now returns all the fields in getMeetingInfo.",
        _listed_fields,
        "getMeetings",
    ),
    must(
        "getMeetings",
        "getMeetings tells of a meeting what getMeetingInfo tells",
        "Now returns all the fields in getMeetingInfo.",
        _listed_as_info,
        "getMeetingInfo",
        "getMeetings",
    ),
    must(
        "getMeetings",
        "getMeetings needs no parameters, and takes some",
        "it is no more required to pass any parameter for this call",
        _no_parameters,
        "getMeetings",
    ),
    should(
        "getMeetings", "where there are no meetings, getMeetings says noMeetings", _LIST, _none_listed, "getMeetings"
    ),
    decided(
        "getMeetingInfo",
        "a meeting is found by its full internal id too",
        "Look-ups take the exact external id, or the exact full internal id.",
        _by_internal_id,
        "getMeetingInfo",
    ),
    decided(
        "getMeetingInfo",
        "a meeting is never found by a part of its id",
        "Look-ups take the exact external id, or the exact full internal id; never a prefix.",
        _never_by_prefix,
        "getMeetingInfo",
    ),
)
