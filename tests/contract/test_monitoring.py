"""The calls that look, and ``end``: what load balancers and plugins depend on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import Caller, Memory, awaited
from twisted.internet.defer import Deferred, execute

from bbbd.meetings.event import Left, Microphone, PresenterChanged, RoleChanged
from bbbd.meetings.media import MediaChanged
from bbbd.values.enums import Role

ORDER = [
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
]


@awaited
async def test_everything_of_a_meeting_is_told_in_order(bbb: Caller) -> None:
    made = await bbb.call("create", meetingID="info", name="Info", attendeePW="ap", moderatorPW="mp", meta_x="y")
    info = await bbb.info("info")
    assert info.names == ["returncode", *ORDER]
    assert info.headers["cache-control"] == "no-store"
    assert info.text("startTime") == info.text("createTime") == made.text("createTime")
    assert (info.text("running"), info.text("endTime"), info.text("participantCount")) == ("false", "0", "0")
    assert (info.text("attendees"), info.text("metadata/x")) == ("", "y")


@awaited
async def test_it_is_found_by_its_full_internal_id_and_never_by_a_part(bbb: Caller) -> None:
    made = await bbb.call("create", meetingID="by-id")
    internal = made.text("internalMeetingID") or ""
    assert (await bbb.info(internal)).text("meetingID") == "by-id"
    for part in (internal[:40], internal[:-1], internal.upper(), "by-i", "BY-ID", " by-id x"):
        assert (await bbb.info(part)).key == "notFound"


@pytest.mark.parametrize("call", ["getMeetingInfo", "isMeetingRunning", "end"])
@awaited
async def test_a_meeting_id_is_needed(bbb: Caller, call: str) -> None:
    answer = await bbb.call(call)
    assert (answer.code, answer.key) == ("FAILED", "missingParamMeetingID")


@awaited
async def test_an_unknown_meeting_is_not_found_but_only_not_running(bbb: Caller) -> None:
    assert (await bbb.info("nobody")).key == "notFound"
    assert (await bbb.call("end", meetingID="nobody", password="x")).key == "notFound"
    running = await bbb.call("isMeetingRunning", meetingID="nobody")
    assert (running.code, running.text("running"), running.names) == ("SUCCESS", "false", ["returncode", "running"])


@awaited
async def test_who_is_in_is_told(memory: Memory) -> None:
    await memory.call("create", meetingID="who", attendeePW="ap", moderatorPW="mp")
    userdata = {"userdata-bbb_x": "1", "userdata-9 <": "no"}
    viewer = await memory.enter("who", "Vi", password="ap", userID="u1", **userdata)
    moderator = await memory.enter("who", "Mo", password="mp", userID="u2")
    memory.happen("who", MediaChanged(user=viewer.user, microphone=Microphone.LISTEN))
    memory.happen("who", MediaChanged(user=moderator.user, microphone=Microphone.MUTED, cameras=2, screen=True))
    info = await memory.info("who")
    told = {name: info.text(name) for name in ORDER}
    assert (told["running"], told["hasUserJoined"], told["participantCount"]) == ("true", "true", "2")
    assert (told["listenerCount"], told["voiceParticipantCount"], told["videoCount"]) == ("1", "1", "2")
    assert told["moderatorCount"] == "1"
    first, second = info.xml.findall("attendees/attendee")
    assert [child.tag for child in first] == [
        "userID",
        "fullName",
        "role",
        "isPresenter",
        "isListeningOnly",
        "hasJoinedVoice",
        "hasVideo",
        "clientType",
        "customdata",
    ]
    assert [child.text for child in first][:8] == ["u1", "Vi", "VIEWER", "false", "true", "false", "false", "HTML5"]
    assert [(child.tag, child.text) for child in first[8]] == [("bbb_x", "1")]
    assert [child.text for child in second] == ["u2", "Mo", "MODERATOR", "true", "false", "true", "true", "HTML5"]


@awaited
async def test_the_first_moderator_presents_and_another_takes_over(memory: Memory) -> None:
    await memory.call("create", meetingID="pres", attendeePW="ap", moderatorPW="mp")
    viewer = await memory.enter("pres", "Vi", password="ap")
    assert memory.meeting("pres").presenter == ""
    one = await memory.enter("pres", "One", password="mp")
    other = await memory.enter("pres", "Other", password="mp")
    assert memory.meeting("pres").presenter == one.user
    memory.happen("pres", PresenterChanged(user=viewer.user, by=one.user))
    assert memory.meeting("pres").presenter == viewer.user
    memory.happen("pres", Left(user=viewer.user))
    assert memory.meeting("pres").presenter == one.user
    memory.happen("pres", Left(user=one.user))
    assert memory.meeting("pres").presenter == other.user
    memory.happen("pres", RoleChanged(user=other.user, role=Role.VIEWER))
    assert (await memory.info("pres")).text("moderatorCount") == "0"


@awaited
async def test_the_end_time_is_when_the_last_one_left_until_somebody_comes_back(memory: Memory) -> None:
    await memory.call("create", meetingID="left", attendeePW="ap")
    person = await memory.enter("left", "A", password="ap")
    memory.advance(10)
    memory.happen("left", Left(user=person.user))
    info = await memory.info("left")
    assert int(info.text("endTime") or 0) == int(info.text("createTime") or 0) + 10_000
    assert (info.text("running"), info.text("hasUserJoined")) == ("false", "true")
    await memory.enter("left", "A", password="ap")
    assert (await memory.info("left")).text("endTime") == "0"


@awaited
async def test_all_meetings_are_told_with_all_they_have(memory: Memory) -> None:
    none = await memory.call("getMeetings")
    assert (none.code, none.key, none.text("meetings")) == ("SUCCESS", "noMeetings", "")
    assert none.names == ["returncode", "meetings", "messageKey", "message"]
    assert none.text("message") == "no meetings were found on this server"
    for name in ("one", "two"):
        await memory.call("create", meetingID=name, meta_bbb_origin="x")
    answer = await memory.call("getMeetings", random=17)
    assert answer.names == ["returncode", "meetings"]
    meetings = answer.xml.findall("meetings/meeting")
    assert [meeting.findtext("meetingID") for meeting in meetings] == ["one", "two"]
    for meeting in meetings:
        assert [child.tag for child in meeting] == ORDER
    await memory.enter("one", "A", role="VIEWER")
    changed = await memory.call("getMeetings")
    counts = [one.findtext("participantCount") for one in changed.xml.findall("meetings/meeting")]
    assert counts == ["1", "0"]
    await memory.call("end", meetingID="one")
    assert [one.text for one in (await memory.call("getMeetings")).xml.findall("meetings/meeting/meetingID")] == ["two"]


@awaited
async def test_sessions_are_told(memory: Memory) -> None:
    none = await memory.call("getSessions")
    assert (none.key, none.text("message")) == ("noSessions", "no sessions were found on this server")
    made = await memory.call("create", meetingID="ses", name="Ses")
    await memory.token("ses", "Ada", role="VIEWER")
    (row,) = (await memory.call("getSessions")).xml.findall("sessions/meeting")
    assert [(child.tag, child.text) for child in row] == [
        ("meetingID", made.text("internalMeetingID")),
        ("meetingName", "Ses"),
        ("userName", "Ada"),
    ]


@awaited
async def test_an_ended_meeting_is_gone_at_once(bbb: Caller) -> None:
    await bbb.call("create", meetingID="gone", moderatorPW="mp", attendeePW="ap")
    token = await bbb.token("gone", "Ada", password="ap")
    answer = await bbb.call("end", meetingID="gone", password="mp")
    assert (answer.code, answer.key) == ("SUCCESS", "sentEndMeetingRequest")
    assert answer.text("message") == (
        "A request to end the meeting was sent.  Please wait a few seconds, and then use the getMeetingInfo or"
        " isMeetingRunning API calls to verify that it was ended."
    )
    assert (await bbb.info("gone")).key == "notFound"
    assert (await bbb.call("isMeetingRunning", meetingID="gone")).text("running") == "false"
    assert (await bbb.call("join", meetingID="gone", fullName="A", password="ap")).key == "invalidMeetingIdentifier"
    assert (await bbb.fetch(f"/html5client/join?sessionToken={token}")).status == 403


@pytest.mark.parametrize(
    ("given", "sent", "key"),
    [
        ("mp", "", "invalidPassword"),
        ("mp", "ap", "invalidPassword"),
        ("mp", "mp", "sentEndMeetingRequest"),
        ("", "", "sentEndMeetingRequest"),
        ("", "wrong", "invalidPassword"),
    ],
)
@awaited
async def test_the_password_is_needed_when_create_was_given_one(bbb: Caller, given: str, sent: str, key: str) -> None:
    meeting_id = f"end-{given}-{sent}"
    await bbb.call("create", meetingID=meeting_id, moderatorPW=given, attendeePW="ap")
    assert (await bbb.call("end", meetingID=meeting_id, password=sent)).key == key


@awaited
async def test_an_ended_meeting_can_be_kept_to_be_looked_at(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__endedMeetingKeptForSeconds="60")
    await memory.call("create", meetingID="kept", attendeePW="ap")
    await memory.enter("kept", "A", password="ap", userID="u1")
    await memory.call("end", meetingID="kept")
    info = await memory.info("kept")
    assert (info.text("hasBeenForciblyEnded"), info.text("running")) == ("true", "false")
    assert info.text("attendees/attendee/userID") == "u1"
    assert info.text("endTime") != "0"
    assert (await memory.call("isMeetingRunning", meetingID="kept")).text("running") == "false"
    assert (await memory.call("join", meetingID="kept", fullName="A", password="ap")).key == "meetingForciblyEnded"
    assert (await memory.call("end", meetingID="kept")).key == "sentEndMeetingRequest"
    assert len((await memory.call("getMeetings")).xml.findall("meetings/meeting")) == 1
    await memory.restart(5)
    assert (await memory.info("kept")).text("hasBeenForciblyEnded") == "true"
    again = await memory.call("create", meetingID="kept", attendeePW="ap")
    assert again.text("messageKey") == ""
    assert (await memory.info("kept")).text("hasBeenForciblyEnded") == "false"
    assert len((await memory.call("getMeetings")).xml.findall("meetings/meeting")) == 1
    await memory.call("end", meetingID="kept")
    memory.advance(62)
    assert (await memory.info("kept")).key == "notFound"
    assert not list((memory.directory / "meetings").iterdir())


@awaited
async def test_many_sessions_are_written_in_a_thread(memory: Memory) -> None:
    written: list[int] = []

    def worker(function: Callable[[], Any]) -> Deferred[Any]:
        written.append(1)
        return execute(function)

    await memory.call("create", meetingID="demo")
    memory.app.server.worker = worker
    for number in range(501):
        assert not written
        await memory.token("demo", f"Person {number}", role="VIEWER")
        if number == 499:
            assert len((await memory.call("getSessions")).xml.findall("sessions/meeting")) == 500
    names = [row.findtext("userName") for row in (await memory.call("getSessions")).xml.findall("sessions/meeting")]
    assert names == [f"Person {number}" for number in range(501)]
    assert len((await memory.call("getSessions", format="json")).json["sessions"]) == 501
    assert len(written) == 2
