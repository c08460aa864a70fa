"""In place of Moodle's mock: what the generator and the browser steps of Moodle's own tests do, asked over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import md5, sha1
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
from callback_receivers import Receiver, status
from developer_harness import Running, Space, a_space, running
from harness import FORM, Answer, awaited, checksum, query_of

from bbbd.developer.moodle.namespace_state import SECRET
from bbbd.developer.moodle.operations import BY_NAME

# Moodle's secret is shorter than its digests would like.
pytestmark = pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
shared = pytest.fixture(running(), scope="module")
LONGER = "another secret that is long enough for whoever signs with it"


class Moodle(Space):
    """A namespace as Moodle's tests use it: the back office, and an API that is signed with Moodle's first secret."""

    async def office(self, operation: str, wanted: int = 200, **pairs: Any) -> Answer:
        """Ask the back office for something, as Moodle does, by GET."""
        answer = await self.fetch(f"/backoffice/{operation}?{query_of(pairs)}")
        assert answer.status == wanted, answer.body
        assert answer.headers["content-type"].startswith("text/xml")
        assert answer.body.startswith(b'<?xml version="1.0"?>')
        assert answer.names[-1] == "returncode"
        assert answer.code == ("SUCCESS" if wanted == 200 else "FAILED")
        return answer

    async def all(self) -> list[bytes]:
        """Return the meetings and recordings, without the tokens of links, each of which is another."""
        answers = [await self.office(name) for name in ("meetings", "recordings")]
        return [re.sub(rb"token=[^&<]+", b"", answer.body) for answer in answers]

    async def api(self, call: str, algorithm: str = "sha1", wanted: int = 200, **pairs: Any) -> Answer:
        """Make a call of the API."""
        query = query_of(pairs)
        signature = checksum(call, query, SECRET, algorithm)
        answer = await self.fetch(f"/api/{call}?{query}&checksum={signature}")
        assert answer.status == wanted, answer.body
        return answer

    async def begin(self, meeting_id: str = "room", **pairs: Any) -> Answer:
        pairs = {"meetingName": "Room recordings", "attendeePW": "ap", "moderatorPW": "mp"} | pairs
        return await self.office("createMeeting", meetingID=meeting_id, **pairs)

    async def record(self, **pairs: Any) -> str:
        # What Moodle sends beside what is meant for the server.
        more: dict[str, Any] = {
            "status": 2,
            "headless": "",
            "imported": "",
            "groupid": 0,
            "bigbluebuttonbnid": 7,
            "courseid": 3,
        }
        answer = await self.office(
            "createRecording", **dict[str, Any]({"meetingID": "room", "sequence": 1} | more | pairs)
        )
        return answer.text("recordID") or ""

    async def join(self, **pairs: Any) -> Answer:
        usual: dict[str, Any] = {
            "meetingID": "room",
            "fullName": "Terry Travers",
            "password": "ap",
            "role": "VIEWER",
            "userID": 5,
        }
        return await self.api(
            "join", **dict[str, Any](usual | {"guest": "false", "logoutURL": "http://moodle/out?id=1"} | pairs)
        )


@pytest.fixture
def moodle(shared: Running, asked_for: set[str]) -> Iterator[Moodle]:
    for space in a_space(shared, asked_for):
        # As Moodle names it: by the digest of its own address.
        yield Moodle(daemon=space.daemon, name=f"hash{sha1(space.name.encode()).hexdigest()}")


def links(page: Answer) -> dict[str, str]:
    """Return the targets of a page's links by their texts."""
    return {found.text or "": found.get("href") or "" for found in page_of(page).iter("a")}


def page_of(page: Answer) -> Any:
    from lxml import html  # noqa: PLC0415 - only here

    return html.fromstring(page.body.decode())


def seen(page: Answer, identifier: str) -> str:
    """Return what a page says in the element of an identifier."""
    (found,) = page_of(page).xpath(f"//*[@data-identifier='{identifier}']")
    return str(found.text_content())


@awaited
async def test_a_scenario_of_moodle_goes_through(moodle: Moodle, receiver: Receiver) -> None:
    assert (await moodle.api("")).text("version") == "2.0"
    events = receiver.url("/broker?action=meeting_events&id=1")
    ready = receiver.url("/broker?action=recording_ready&id=1")
    made = await moodle.begin(
        participants=json.dumps([5, 6]),
        moderators="2, 3",
        voiceBridge=0,
        instanceid=1,
        groupid=0,
        **{"meta_bbb-origin": "Moodle", "meta_analytics-callback-url": events},
    )
    assert (made.text("meetingID"), made.text("attendeePW"), made.text("moderatorPW")) == ("room", "ap", "mp")
    assert (made.text("hasUserJoined"), made.text("hasBeenForciblyEnded")) == ("true", "false")
    assert {"createDate", "createTime", "dialNumber", "voiceBridge", "internalMeetingID"} <= set(made.names)

    info = await moodle.api("getMeetingInfo", meetingID="room")
    assert (info.text("running"), info.text("participantCount"), info.text("moderatorCount")) == ("true", "4", "2")
    assert (info.text("meetingName"), info.text("metadata/bbb-origin")) == ("Room recordings", "Moodle")
    attendees = info.xml.findall("attendees/attendee")
    people = [tuple(one.findtext(name) for name in ("userID", "fullName", "role")) for one in attendees]
    assert people == [
        ("2", "Moderator 0", "MODERATOR"),
        ("3", "Moderator 1", "MODERATOR"),
        ("5", "Participant 0", "VIEWER"),
        ("6", "Participant 1", "VIEWER"),
    ]

    again = await moodle.api("create", meetingID="room", name="Room recordings", attendeePW="ap", moderatorPW="mp")
    assert again.key == "duplicateWarning"
    page = await moodle.join(userID=9, createTime=info.text("createTime"))
    assert (seen(page, "fullName"), seen(page, "meetingName")) == ("Terry Travers", "Room recordings")
    assert (await moodle.api("getMeetingInfo", meetingID="room")).text("participantCount") == "5"

    own = await moodle.record(
        startTime=1_619_666_194,
        endTime=1_619_669_794,
        published="1",
        **{
            "meta_bn-recording-ready-url": ready.replace("&", "&amp;"),
            "meta_bbb-recording-name": "Recording 1",
            "meta_bn-presenter-name": "Fake presenter",
        },
    )
    assert own == f"{md5(b'room').hexdigest()}-1619666194000"
    for name, value in (("recordID", own), ("meetingID", "room")):
        (found,) = (await moodle.api("getRecordings", "sha1", 200, **{name: value})).xml.findall("recordings/recording")
        assert (found.findtext("recordID"), found.findtext("meetingID")) == (own, "room")
        assert (found.findtext("published"), found.findtext("protected")) == ("true", "true")
        assert (found.findtext("startTime"), found.findtext("endTime")) == ("1619666194000", "1619669794000")
        assert found.findtext("metadata/bbb-recording-name") == "Recording 1"
        assert found.findtext("playback/format/length") == "60"

    told = await moodle.office("sendRecordingReadyNotifications", secret=SECRET)
    assert [one.findtext("recordID") for one in told.xml.findall("recordings/recording")] == [own]
    (got,) = await receiver.has(1)
    assert (got.method, got.body, got.query["action"], got.query["id"]) == ("GET", b"", "recording_ready", "1")
    assert jwt.decode(got.query["signed_parameters"], SECRET, ["HS256"]) == {"record_id": own}
    assert (await moodle.office("sendNotifications")).xml.findall("recordings/recording") == []

    for kind, data in (("chats", "1"), ("talks", ""), ("poll_vote", ""), ("attendance", "70"), ("raisehand", "")):
        said = await moodle.office(
            "addMeetingEvent",
            secret=SECRET,
            meetingID="room",
            attendeeID=5,
            attendeeName="x",
            eventType=kind,
            eventData=data,
        )
        assert said.text("error") == ""
    assert (await moodle.office("sendAllEvents", meetingID="room", sendQuery="1", secret=SECRET)).text("error") == ""
    _ready, sent = await receiver.has(2)
    assert (sent.method, sent.headers["content-type"], sent.query["id"]) == ("POST", "application/json", "1")
    bearer = sent.headers["authorization"].removeprefix("Bearer ")
    assert jwt.get_unverified_header(bearer)["alg"] == "HS512"
    assert set(jwt.decode(bearer, SECRET, ["HS512"])) == {"exp"}
    report = json.loads(sent.body)
    assert (report["meeting_id"], report["internal_meeting_id"]) == ("room", made.text("internalMeetingID"))
    assert {"metadata", "duration", "start", "finish", "attendees"} <= set(report["data"])
    (who,) = [one for one in report["data"]["attendees"] if one["ext_user_id"] == "5"]
    assert who["engagement"] == {"chats": 1, "talks": 1, "raisehand": 1, "emojis": 0, "poll_votes": 1, "talk_time": 0}
    assert 70 <= who["duration"] < 100

    await moodle.office("reset")
    gone = await moodle.api("getMeetingInfo", wanted=404, meetingID="room")
    assert (gone.key, gone.text("message")) == ("notFound", "We could not find a meeting with that meeting ID")
    assert (await moodle.api("getRecordings", recordID=own)).xml.findall("recordings/recording") == []


@awaited
async def test_a_meeting_runs_though_nobody_is_in_until_it_is_ended(moodle: Moodle) -> None:
    await moodle.begin()
    info = await moodle.api("getMeetingInfo", meetingID="room")
    assert (info.text("running"), info.text("participantCount")) == ("true", "0")
    await moodle.advance(3600)
    listed = await moodle.office("meetings")
    assert listed.text("meetings/_0/meetingID") == "room"
    assert (await moodle.api("isMeetingRunning", meetingID="room")).text("running") == "true"
    assert (await moodle.api("getMeetings")).text("meetings/meeting/running") == "true"
    denied = await moodle.api("end", wanted=403, meetingID="room", password="wrong")
    assert (denied.code, denied.key) == ("FAILED", "denied")
    assert (await moodle.api("end", meetingID="room", password="mp")).key == "sentEndMeetingRequest"
    for call in ("end", "getMeetingInfo"):
        assert (await moodle.api(call, wanted=404, meetingID="room", password="mp")).key == "notFound"
    # The mock knows it all the same.
    assert await moodle.record()


@awaited
async def test_what_create_began_runs_when_somebody_is_in(moodle: Moodle) -> None:
    await moodle.api("create", meetingID="room", name="Room", attendeePW="ap", moderatorPW="mp")
    assert (await moodle.api("getMeetingInfo", meetingID="room")).text("running") == "false"
    await moodle.join()
    assert (await moodle.api("getMeetingInfo", meetingID="room")).text("running") == "true"


@awaited
async def test_errors_have_the_statuses_of_the_mock(moodle: Moodle) -> None:
    await moodle.begin(maxUsers=1, participants=2)
    assert (await moodle.api("join", wanted=404, meetingID="none", fullName="T", password="ap")).key == "notFound"
    wrong = await moodle.api("join", wanted=503, meetingID="room", fullName="T", password="wrong")
    assert (wrong.code, wrong.names) == ("FAILED", ["returncode"])
    full = await moodle.join(userID=99)
    assert (full.status, full.code, full.key) == (200, "FAILED", "maxParticipantsReached")
    for call in ("updateRecordings", "deleteRecordings"):
        assert (await moodle.api(call, wanted=404, recordID="none")).key == "notFound"
    unknown = await moodle.fetch("/api/nothing")
    assert (unknown.status, unknown.key) == (404, "unsupportedRequest")
    browser = await moodle.fetch(
        "/api/join?meetingID=none&fullName=T&password=ap", headers={"Accept": "text/html,application/xml;q=0.9"}
    )
    assert (browser.status, browser.key) == (404, "notFound")
    # The contract's own paths keep the contract's own statuses.
    assert (await moodle.call("getMeetingInfo", meetingID="none")).status == 200


@awaited
async def test_a_checksum_may_lack_but_must_be_right_and_of_an_allowed_digest(moodle: Moodle) -> None:
    assert (await moodle.fetch("/api/getMeetingInfo?meetingID=room")).key == "notFound"
    for path in ("/api/getMeetingInfo?meetingID=room&checksum=bad", "/api/?checksum=bad", "/api?checksum="):
        answer = await moodle.fetch(path)
        assert (answer.status, answer.key) == (500, "checksumError"), path
    for algorithm in ("sha1", "sha256", "sha512"):
        assert (await moodle.api("", algorithm)).code == "SUCCESS"
    await moodle.office("set", name="checksum_algorithms", value='["SHA1", "SHA256"]')
    assert (await moodle.api("", "sha256")).code == "SUCCESS"
    assert (await moodle.api("", "sha512", wanted=500)).key == "checksumError"
    await moodle.office("set", name="something_else", value="1")
    await moodle.office("reset")
    assert (await moodle.api("", "sha512")).code == "SUCCESS"
    query = "meetingID=room"
    own = await moodle.fetch(f"/api/getMeetingInfo?{query}&checksum={checksum('getMeetingInfo', query)}")
    assert own.key == "notFound", "the server's own secret counts, too"


@awaited
async def test_the_page_says_who_one_is_and_leads_out(moodle: Moodle) -> None:
    await moodle.api(
        "create",
        meetingID="room",
        name="<Room>",
        attendeePW="ap",
        moderatorPW="mp",
        lockSettingsDisableCam="true",
        lockSettingsDisableNote="1",
    )
    page = await moodle.join(fullName="Terry & <b>")
    assert page.headers["content-type"].startswith("text/html")
    assert (seen(page, "fullName"), seen(page, "meetingName"), seen(page, "attendeeRole")) == (
        "Terry & <b>",
        "<Room>",
        "VIEWER",
    )
    locks = seen(page, "lockSettings")
    for lock in ("disableCam", "disableNote", "disableNotes", "lockOnJoin"):
        assert f"{lock} : enabled" in locks
    assert "disableMic : disabled" in locks
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    (script,) = page_of(page).iter("script")
    assert b'window.name = "bigbluebutton_conference"' in (await moodle.daemon.fetch(script.get("src"))).body

    for text in ("Leave Meeting", "End Meeting"):
        page = await moodle.join()
        out = await moodle.daemon.fetch(links(page)[text])
        assert (out.status, out.headers["location"]) == (302, "http://moodle/out?id=1")
        assert (await moodle.api("getMeetingInfo", meetingID="room")).text("participantCount") in ("0", "1")
    moderator = await moodle.join(userID=1, role="MODERATOR")
    assert seen(moderator, "attendeeRole") == "MODERATOR"
    assert (await moodle.daemon.fetch(links(moderator)["End Meeting"])).status == 302
    assert not await moodle.lives("room")
    # Out is out, also when the meeting is over.
    assert (
        (await moodle.daemon.fetch(links(moderator)["Leave Meeting"])).headers["location"].startswith("http://moodle")
    )
    assert (await moodle.fetch("/conference/end?sessionToken=none")).status == 403
    assert (await moodle.fetch("/conference/nothing")).status == 404


@awaited
async def test_a_way_out_that_is_no_url_is_the_meetings_own(moodle: Moodle) -> None:
    await moodle.api("create", meetingID="room", name="R", attendeePW="ap", logoutURL="http://moodle/own")
    page = await moodle.join(logoutURL="javascript:alert(1)")
    assert (await moodle.daemon.fetch(links(page)["Leave Meeting"])).headers["location"] == "http://moodle/own"


@awaited
async def test_a_guest_who_waits_sees_the_page_and_is_not_in(moodle: Moodle) -> None:
    await moodle.api("create", meetingID="room", name="R", attendeePW="ap", guestPolicy="ASK_MODERATOR")
    page = await moodle.join(guest="true", fullName="Test Guest User", userID="")
    assert seen(page, "fullName") == "Test Guest User"
    assert (await moodle.api("getMeetingInfo", meetingID="room")).text("participantCount") == "0"
    assert (await moodle.daemon.fetch(links(page)["End Meeting"])).status == 302
    assert await moodle.lives("room")


@awaited
async def test_events_count_of_those_who_left_and_of_meetings_that_are_over(moodle: Moodle) -> None:
    await moodle.begin()
    page = await moodle.join(userID=5)
    await moodle.daemon.fetch(links(page)["End Meeting"])
    for kind in ("chats", "chats", "emojis", "join"):
        await moodle.office("addMeetingEvent", meetingID="room", attendeeID=5, eventType=kind)
    await moodle.api("end", meetingID="room", password="mp")
    await moodle.office("addMeetingEvent", meetingID="room", attendeeID=5, eventType="talk_time", eventData=30)
    answer = await moodle.office("sendAllEvents", meetingID="room", sendQuery="")
    (who,) = answer.xml.findall("data/data/attendees/_0")
    assert who.findtext("ext_user_id") == "5"
    counted = {str(one.tag): one.text for one in who.find("engagement")}  # type: ignore[union-attr]
    assert counted == {
        "chats": "2",
        "talks": "0",
        "raisehand": "0",
        "emojis": "1",
        "poll_votes": "0",
        "talk_time": "30",
    }


@awaited
async def test_recordings_change_by_the_calls_that_moodle_makes(moodle: Moodle) -> None:
    await moodle.begin()
    first, second = await moodle.record(startTime=1_649_666_194), await moodle.record(startTime=1_649_666_194)
    assert len({first, second}) == 2
    await moodle.api("updateRecordings", recordID=first, protect="false", published="false", meta_x="new")
    (found,) = (await moodle.api("getRecordings", recordID=first)).xml.findall("recordings/recording")
    assert (found.findtext("published"), found.findtext("protected")) == ("false", "false")
    assert found.findtext("metadata/x") == "new"
    await moodle.api("publishRecordings", recordID=first, publish="true")
    await moodle.api("deleteRecordings", recordID=second)
    listed = (await moodle.office("recordings")).xml.findall("recordings/_0/recordID")
    assert [one.text for one in listed] == [first]
    assert (await moodle.office("recordings")).text("recordings/_0/published") == "true"


@awaited
async def test_formats_of_a_recording_are_those_that_are_wanted(moodle: Moodle) -> None:
    await moodle.begin()
    formats = [
        {"type": "podcast", "url": "http://elsewhere/podcast/1?a=1&b=2", "processingTime": 0, "length": 7},
        {"type": "presentation", "url": "", "length": ""},
    ]
    await moodle.record(playback=json.dumps({"format": formats}), protect="", published="")
    (found,) = (await moodle.api("getRecordings", meetingID="room")).xml.findall("recordings/recording")
    assert (found.findtext("published"), found.findtext("protected")) == ("false", "false")
    told = {one.findtext("type"): one for one in found.findall("playback/format")}
    assert (told["podcast"].findtext("length"), told["presentation"].findtext("length")) == ("7", "60")
    link = urlsplit(told["podcast"].findtext("url") or "")
    assert (link.path, link.query) == (f"/{moodle.name}/podcast/1", "a=1&b=2")
    await moodle.record(playback='{"format": {"type": "video", "url": "", "length": 3}}')
    listed = await moodle.api("getRecordings", meetingID="room")
    kinds = listed.xml.findall("recordings/recording/playback/format/type")
    assert sorted(kind.text or "" for kind in kinds) == ["podcast", "presentation", "video"]


@awaited
async def test_recordings_of_breakout_rooms_belong_to_the_parents(moodle: Moodle) -> None:
    await moodle.begin(voiceBridge=70_001)
    rooms = [
        await moodle.office(
            "createMeeting",
            meetingName="R",
            attendeePW="ap",
            moderatorPW="mp",
            isBreakout=1,
            parentMeetingID="room",
            sequence=number,
            voiceBridge=70_001,
        )
        for number in (1, 2)
    ]
    info = await moodle.api("getMeetingInfo", meetingID="room")
    assert [one.text for one in info.xml.findall("breakoutRooms/breakout")] == [one.text("meetingID") for one in rooms]
    parent = await moodle.record()
    own = [await moodle.record(meetingID="", parentMeetingID="room", sequence=number) for number in (1, 2)]
    (found,) = (await moodle.api("getRecordings", recordID=parent)).xml.findall("recordings/recording")
    assert [one.text for one in found.findall("breakoutRooms/breakoutRoom")] == own
    (child,) = (await moodle.api("getRecordings", recordID=own[1])).xml.findall("recordings/recording")
    assert (child.findtext("isBreakout"), child.findtext("meetingID")) == ("true", rooms[1].text("meetingID"))


@awaited
async def test_who_is_not_told_is_told_the_next_time(moodle: Moodle, receiver: Receiver) -> None:
    receiver.plan = [status(500), status(202)]
    await moodle.begin(**{"meta_bbb-recording-ready-url": receiver.url("/ready"), "meta_bbb-origin": "Moodle"})
    own = await moodle.record()
    for told in ([], [own], []):
        answer = await moodle.office("sendNotifications", secret=LONGER)
        assert [one.findtext("recordID") for one in answer.xml.findall("recordings/recording")] == told
    first, second = await receiver.has(2)
    assert jwt.decode(second.query["signed_parameters"], LONGER, ["HS256"]) == {"record_id": own}
    assert [(one["kind"], one["status"]) for one in await moodle.tries()] == [("ready", 500), ("ready", 202)]
    assert first.target.startswith("/ready?signed_parameters=")


@awaited
async def test_a_refused_report_is_told(moodle: Moodle, receiver: Receiver) -> None:
    receiver.plan = [status(400)]
    await moodle.begin(**{"meta_analytics-callback-url": receiver.url("/a")})
    assert (await moodle.office("sendAllEvents", meetingID="room", sendQuery=1)).text("error") == "1"
    (got,) = await receiver.has(1)
    assert jwt.decode(got.headers["authorization"].removeprefix("Bearer "), SECRET, ["HS512"])
    await moodle.begin("mute")
    assert "analytics-callback-url" in (
        (await moodle.office("sendAllEvents", wanted=400, meetingID="mute", sendQuery=1)).text("message") or ""
    )


@awaited
async def test_the_end_of_a_meeting_is_told_with_moodles_secret(moodle: Moodle, receiver: Receiver) -> None:
    await moodle.begin(**{"meta_analytics-callback-url": receiver.url("/a")})
    await moodle.api("end", meetingID="room", password="mp")
    (got,) = await receiver.has(1)
    assert jwt.decode(got.headers["authorization"].removeprefix("Bearer "), SECRET, ["HS512"])


@awaited
async def test_what_came_is_noted_and_faults_apply_to_the_api_alone(moodle: Moodle) -> None:
    await moodle.begin()
    await moodle.do("faults", fault="notFound", call="", times=1)
    assert (await moodle.office("meetings")).text("meetings/_0/meetingID") == "room"
    assert (await moodle.api("getMeetingInfo", meetingID="room")).key == "notFound"
    assert (await moodle.api("getMeetingInfo", meetingID="room")).code == "SUCCESS"
    came = [(one["call"], one["status"], one["fault"]) for one in await moodle.calls()]
    assert came == [
        ("backoffice/createMeeting", 200, ""),
        ("backoffice/meetings", 200, ""),
        ("getMeetingInfo", 200, "notFound"),
        ("getMeetingInfo", 200, ""),
    ]
    (made,) = await moodle.calls("?call=backoffice/createMeeting")
    assert made["parameters"]["meetingName"] == "Room recordings"


@awaited
async def test_a_form_in_the_body_is_read_where_the_query_says_nothing(moodle: Moodle) -> None:
    form = query_of({"meetingID": "other", "meetingName": "R", "attendeePW": "ap", "moderatorPW": "mp"}).encode()
    answer = await moodle.fetch("/backoffice/createMeeting?meetingID=room", "POST", {"Content-Type": FORM}, form)
    assert answer.text("meetingID") == "room"


@awaited
async def test_namespaces_know_nothing_of_each_other(moodle: Moodle) -> None:
    other = Moodle(daemon=moodle.daemon, name=f"{moodle.name}-other")
    await moodle.begin()
    await other.begin()
    await other.office("reset")
    assert (await moodle.api("getMeetingInfo", meetingID="room")).code == "SUCCESS"
    assert (await other.api("getMeetingInfo", wanted=404, meetingID="room")).key == "notFound"
    assert (await moodle.daemon.fetch("/api/getMeetings")).status == 404
    assert (await moodle.daemon.fetch("/backoffice/reset")).status == 404


BREAKOUT = {"attendeePW": "a", "moderatorPW": "m", "name": "n", "isBreakout": 1}
BAD: list[tuple[str, dict[str, Any], int]] = [
    ("nothing", {}, 404),
    ("createMeeting", {}, 400),
    ("createMeeting", {"meetingID": "x", "attendeePW": "a", "moderatorPW": "m", "name": "n"}, 400),
    ("createMeeting", {"meetingID": "a,b", "attendeePW": "a", "moderatorPW": "m", "name": "n"}, 400),
    ("createMeeting", {"attendeePW": "a", "moderatorPW": "m"}, 400),
    ("createMeeting", {"attendeePW": "a", "moderatorPW": "m", "name": "n", "participants": "many"}, 400),
    ("createMeeting", {"attendeePW": "a", "moderatorPW": "m", "name": "n", "participants": "-1"}, 400),
    ("createMeeting", {"attendeePW": "a", "moderatorPW": "m", "name": "n", "participants": "[null]"}, 400),
    ("createMeeting", {"attendeePW": "a", "moderatorPW": "m", "name": "n", "participants": "[[[["}, 400),
    ("createMeeting", {"attendeePW": "a", "moderatorPW": "m", "name": "n", "participants": "1001"}, 400),
    ("createMeeting", {"attendeePW": "a", "moderatorPW": "m", "name": "n", "moderators": "a\x01"}, 400),
    ("createMeeting", {"attendeePW": "a", "moderatorPW": "m", "name": "n", "voiceBridge": "x"}, 400),
    ("createMeeting", {"attendeePW": "a", "moderatorPW": "m", "name": "n", "maxUsers": "x"}, 400),
    ("createMeeting", BREAKOUT, 404),
    ("createMeeting", BREAKOUT | {"parentMeetingID": "?"}, 404),
    ("createMeeting", {"meetingID": "room", "attendeePW": "other", "moderatorPW": "m", "name": "n"}, 409),
    ("createRecording", {}, 404),
    ("createRecording", {"meetingID": "none"}, 404),
    ("createRecording", {"parentMeetingID": "none"}, 404),
    ("createRecording", {"parentMeetingID": "room", "sequence": 1}, 404),
    ("createRecording", {"meetingID": "room", "startTime": "yesterday"}, 400),
    ("createRecording", {"meetingID": "room", "startTime": "99999999999999"}, 400),
    ("createRecording", {"meetingID": "room", "startTime": 100, "endTime": 99}, 400),
    ("createRecording", {"meetingID": "room", "playback": "{"}, 400),
    ("createRecording", {"meetingID": "room", "playback": "[]"}, 400),
    ("createRecording", {"meetingID": "room", "playback": '{"format": []}'}, 400),
    ("createRecording", {"meetingID": "room", "playback": '{"format": [1]}'}, 400),
    ("createRecording", {"meetingID": "room", "playback": '{"format": {"type": "../x"}}'}, 400),
    ("createRecording", {"meetingID": "room", "playback": '{"format": {"type": "video", "url": "javascript:1"}}'}, 400),
    ("createRecording", {"meetingID": "room", "playback": '{"format": {"type": "video", "length": "x"}}'}, 400),
    ("addMeetingEvent", {}, 400),
    ("addMeetingEvent", {"meetingID": "none", "attendeeID": 5}, 404),
    ("addMeetingEvent", {"meetingID": "room", "attendeeID": 77}, 404),
    ("addMeetingEvent", {"meetingID": "room", "attendeeID": 5, "eventType": "dance"}, 400),
    ("addMeetingEvent", {"meetingID": "room", "attendeeID": 5, "eventType": "attendance"}, 400),
    ("addMeetingEvent", {"meetingID": "room", "attendeeID": 5, "eventType": "attendance", "eventData": "long"}, 400),
    ("sendAllEvents", {}, 400),
    ("sendAllEvents", {"meetingID": "none"}, 404),
    ("sendAllEvents", {"meetingID": "room", "sendQuery": "perhaps"}, 400),
    ("set", {}, 400),
    ("set", {"name": "checksum_algorithms", "value": "{"}, 400),
    ("set", {"name": "checksum_algorithms", "value": '["MD5"]'}, 400),
    ("set", {"name": "checksum_algorithms", "value": "[]"}, 400),
    ("set", {"name": "checksum_algorithms", "value": '{"a": 1}'}, 400),
]


@awaited
async def test_what_is_wrong_is_one_error_and_changes_nothing(moodle: Moodle) -> None:
    await moodle.begin(participants='["5"]')
    await moodle.record()
    before = await moodle.all()
    for operation, pairs, wanted in BAD:
        answer = await moodle.office(operation, wanted=wanted, **pairs)
        assert answer.key, (operation, pairs)
        assert answer.text("message"), (operation, pairs)
    for raw in ("/backoffice/set?name=%zz", "/backoffice/set?name=%ff", f"/backoffice/set?{'a=1&' * 1000}"):
        assert (await moodle.fetch(raw)).status == 400
    assert (await moodle.fetch("/backoffice/reset", "DELETE")).status == 405
    for site in ("cross-site", "same-site"):
        assert (await moodle.fetch("/backoffice/reset", headers={"Sec-Fetch-Site": site})).status == 403
    assert await moodle.all() == before
    assert (await moodle.api("", "sha512")).code == "SUCCESS"


def test_every_operation_of_the_mock_is_there() -> None:
    assert set(BY_NAME) == {
        "createMeeting",
        "createRecording",
        "recordings",
        "meetings",
        "sendRecordingReadyNotifications",
        "sendNotifications",
        "addMeetingEvent",
        "sendAllEvents",
        "set",
        "reset",
    }
