"""What load balancers ask of a node: the calls of Scalelite and b3scale, as their sources write and read them.

BBBLB itself is tried by ``make balance``.
"""

from __future__ import annotations

import base64
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import jwt
import pytest
from callback_receivers import Receiver, told_by
from harness import SECRET, Answer, Caller, Memory, awaited, checksum, query_of
from lxml import etree
from sample_documents import TYPE, body, document, pdf
from test_own_recordings import meet
from websocket_clients import inside

Make = Callable[..., Memory]
LOOPBACK = {"bbbd__callbackNetworks": "127.0.0.0/8"}
API = "/bigbluebutton/api/"


def signed(call: str, query: str) -> str:
    """Return a call as both sign it: SHA-256, the checksum last."""
    return f"{API}{call}?{query}{'&' if query else ''}checksum={checksum(call, query, SECRET, 'sha256')}"


class Scalelite:
    """Its calls: parameters in the order of the application's call, and one without a value has no equals sign."""

    def __init__(self, node: Caller) -> None:
        self.node = node

    async def ask(self, call: str, body: Any = b"", **pairs: str | None) -> etree._Element:
        """Call as its api_helper does: an answer has a return code, and one that failed a key and a message."""
        query = "&".join(
            quote_plus(name) if value is None else f"{quote_plus(name)}={quote_plus(value)}"
            for name, value in pairs.items()
        )
        answer = await self.node.fetch(signed(call, query), "POST" if body else "GET", TYPE if body else {}, body)
        assert answer.xml.tag == "response"
        assert answer.code, answer.body
        if answer.code != "SUCCESS":
            assert answer.text("messageKey"), answer.body
            assert answer.text("message"), answer.body
        return answer.xml

    async def load(self) -> int:
        """Return what its poller takes for the load: people, and moderators once more, of all but breakout rooms."""
        meetings = (await self.ask("getMeetings")).findall("meetings/meeting")
        assert all(int(one.findtext("createTime") or 0) > 1_000_000_000_000 for one in meetings)
        return sum(
            int(one.findtext("participantCount") or 0) + int(one.findtext("moderatorCount") or 0)
            for one in meetings
            if one.findtext("isBreakout") != "true"
        )


class B3scale:
    """Its calls: sorted parameters whose names are not encoded, and ids that hold the application's key."""

    def __init__(self, node: Caller) -> None:
        self.node = node

    @staticmethod
    def scoped(meeting_id: str) -> str:
        return base64.urlsafe_b64encode(json.dumps(["school", meeting_id, "b3scl"]).encode()).decode()

    async def ask(self, call: str, method: str = "GET", body: Any = b"", **pairs: str) -> Answer:
        query = "&".join(f"{name}={quote_plus(value)}" for name, value in sorted(pairs.items()))
        # It says application/xml of a create with or without a body, since some applications say nothing.
        return await self.node.fetch(signed(call, query), method, TYPE if call == "create" else {}, body)


@awaited
async def test_scalelite_finds_a_node_and_its_load(bbb: Caller) -> None:
    balancer = Scalelite(bbb)
    assert (await bbb.fetch(API)).text("version") == "2.0"
    assert (await bbb.fetch(API.rstrip("/"))).text("returncode") == "SUCCESS"
    assert await balancer.load() == 0
    await balancer.ask("create", meetingID="room", name="Räume & more", moderatorPW="mp", **{"meta_bbb-origin": "x"})
    assert await balancer.load() == 0


@awaited
async def test_scalelite_counts_people_but_not_those_of_breakout_rooms(memory: Memory) -> None:
    balancer = Scalelite(memory)
    await balancer.ask("create", meetingID="room", name="Room", moderatorPW="mp")
    ada = await inside(memory, "room", "Ada", password="mp")
    bob = await inside(memory, "room", "Bob", role="VIEWER")
    assert await balancer.load() == 3
    await memory.call("create", meetingID="part", isBreakout="true", parentMeetingID="room", sequence="1")
    cyd = await inside(memory, "part", "Cyd", role="VIEWER")
    assert await balancer.load() == 3
    for one in (ada, bob, cyd):
        one.hang_up()


@awaited
async def test_scalelite_forgets_a_meeting_only_by_the_key_not_found(memory: Memory) -> None:
    balancer = Scalelite(memory)
    # It keeps a meeting of its own until the node says so, and asks from before the create is answered.
    assert (await balancer.ask("getMeetingInfo", meetingID="room")).findtext("messageKey") == "notFound"
    await balancer.ask("create", meetingID="room", name="Room", moderatorPW="mp")
    assert (await balancer.ask("getMeetingInfo", meetingID="room")).findtext("returncode") == "SUCCESS"
    # A create that it sends again to the same node is answered like the first.
    again = await balancer.ask("create", meetingID="room", name="Room", moderatorPW="mp")
    assert (again.findtext("returncode"), again.findtext("messageKey")) == ("SUCCESS", "duplicateWarning")
    # It makes up a password for an application that gave none, and sends the bare name when that ends the meeting: the
    # node wants the password of the create (docs/decisions.md), as the reference does.
    refused = await balancer.ask("end", meetingID="room", password=None)
    assert refused.findtext("messageKey") == "invalidPassword"
    assert (await balancer.ask("end", meetingID="room", password="mp")).findtext("returncode") == "SUCCESS"
    assert (await balancer.ask("end", meetingID="room", password="mp")).findtext("messageKey") == "notFound"
    running = await balancer.ask("isMeetingRunning", meetingID="room")
    assert running.findtext("running") == "false"


@awaited
async def test_scalelite_passes_slides_on(memory: Memory) -> None:
    slides = body(document("a.pdf", pdf("One")))
    created = await Scalelite(memory).ask("create", slides, meetingID="room", name="Room", moderatorPW="mp")
    assert created.findtext("returncode") == "SUCCESS"
    assert [deck.document.name for deck in memory.meeting("room").decks.values()] == ["a.pdf"]


@awaited
async def test_scalelite_is_told_the_analytics_in_its_own_words(memory_with: Make, receiver: Receiver) -> None:
    memory = memory_with(**LOOPBACK)
    own = {"meta_analytics-callback-url": receiver.url("/bigbluebutton/api/analytics_callback")}
    await Scalelite(memory).ask("create", meetingID="room", name="Room", moderatorPW="mp", **own)
    await Scalelite(memory).ask("end", meetingID="room", password="mp")
    (got,) = await told_by(memory, receiver, 1)
    # It takes the word Bearer off as it is written, and finds the meeting by a name at the top of the body.
    assert got.headers["authorization"].startswith("Bearer ")
    told = jwt.get_unverified_header(got.headers["authorization"][7:])
    assert told["alg"] == "HS512"
    assert json.loads(got.body)["meeting_id"] == "room"


@awaited
async def test_scalelite_imports_what_lies_in_the_spool(memory_with: Make, tmp_path: Path) -> None:
    memory = memory_with(bbbd__exportSpool=str(tmp_path / "spool"))
    own = await meet(memory, "demo", meta_course="Äpfel & <Birnen>")
    (path,) = (tmp_path / "spool").iterdir()
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path / "work", filter="data")
    (metadata,) = (tmp_path / "work").glob("*/*/metadata.xml")
    found = etree.parse(metadata).getroot()
    assert metadata.parent == tmp_path / "work" / (found.findtext("playback/format") or "") / own
    assert (found.findtext("id"), found.findtext("state"), found.findtext("published")) == (own, "published", "true")
    assert (found.findtext("meta/meetingId"), found.findtext("meta/meetingName")) == ("demo", "Demo")
    assert found.findtext("meta/course") == "Äpfel & <Birnen>"
    for number in ("start_time", "end_time", "participants", "playback/duration", "raw_size"):
        assert (found.findtext(number) or "").isdigit(), number
    link = (found.findtext("playback/link") or "").strip()
    assert link == f"http://bbb.example.org/playback/presentation/2.3/{own}"
    # b3scale reads the same file, and takes the meeting from an element that is not in every one.
    meeting = found.find("meeting")
    assert meeting is not None
    assert dict(meeting.attrib) == {"id": own, "externalId": "demo", "name": "Demo", "breakout": "false"}
    for number in ("playback/processing_time", "playback/size"):
        assert (found.findtext(number) or "").isdigit(), number


@pytest.mark.parametrize("method", ["GET", "POST"])
@awaited
async def test_b3scale_creates_with_and_without_slides(bbb: Caller, method: str) -> None:
    balancer = B3scale(bbb)
    scoped = balancer.scoped("room/ä 1")
    pairs = {"meetingID": scoped, "name": "Room", "meta_b3scale-frontend": "school", "attendeePW": "ap"}
    created = await balancer.ask("create", method, **pairs)
    assert (created.code, created.text("meetingID")) == ("SUCCESS", scoped), created.body
    # The slides that it puts in for all, behind a document that cannot be had here.
    document = b'<?xml version="1.0"?><modules><module name="presentation">'
    document += b'<document url="https://slides.example/a.pdf" filename="a.pdf"/></module></modules>'
    other = await balancer.ask("create", "POST", document, meetingID=balancer.scoped("b"), name="B")
    assert other.code == "SUCCESS"


@awaited
async def test_b3scale_reads_numbers_and_booleans_of_every_meeting(memory: Memory) -> None:
    balancer = B3scale(memory)
    await balancer.ask("create", meetingID=balancer.scoped("room"), name="Room", moderatorPW="mp")
    with await inside(memory, balancer.scoped("room"), "Ada", password="mp"):
        info = (await balancer.ask("getMeetingInfo", meetingID=balancer.scoped("room"))).xml
        (listed,) = (await balancer.ask("getMeetings")).xml.findall("meetings/meeting")
        for meeting in (info, listed):
            for name in ("createTime", "duration", "startTime", "endTime", "participantCount", "listenerCount"):
                assert (meeting.findtext(name) or "").isdigit(), name
            for name in ("voiceParticipantCount", "videoCount", "maxUsers", "moderatorCount"):
                assert (meeting.findtext(name) or "").isdigit(), name
            for name in ("running", "recording", "hasBeenForciblyEnded", "isBreakout"):
                assert meeting.findtext(name) in ("true", "false"), name
            (ada,) = meeting.findall("attendees/attendee")
            for name in ("isPresenter", "isListeningOnly", "hasJoinedVoice", "hasVideo"):
                assert ada.findtext(name) in ("true", "false"), name
            assert meeting.findtext("internalMeetingID") == memory.meeting(balancer.scoped("room")).internal_id
    gone = await balancer.ask("getMeetingInfo", meetingID=balancer.scoped("other"))
    assert (gone.code, gone.key) == ("FAILED", "notFound")


@awaited
async def test_b3scale_sends_people_on_by_a_signed_link(bbb: Caller) -> None:
    balancer = B3scale(bbb)
    scoped = balancer.scoped("room")
    await balancer.ask("create", meetingID=scoped, name="Room", moderatorPW="mp")
    joined = await balancer.ask("join", meetingID=scoped, fullName="Ada Łovelace", password="mp")
    assert joined.status == 302
    assert "sessionToken=" in joined.headers["location"]


@awaited
async def test_b3scale_is_told_by_urls_that_hold_a_token(memory_with: Make, receiver: Receiver) -> None:
    memory = memory_with(**LOOPBACK)
    token = jwt.encode({"aud": "https://application.example/ended?course=1", "sub": "x" * 400}, "k" * 64)
    path = f"/api/v1/callbacks/{token}"
    scoped = B3scale.scoped("room")
    own = {"meta_endCallbackUrl": receiver.url(path)}
    await B3scale(memory).ask("create", meetingID=scoped, name="Room", moderatorPW="mp", **own)
    await B3scale(memory).ask("end", meetingID=scoped, password="mp")
    (got,) = await told_by(memory, receiver, 1)
    # It decodes the id, and tells the application the name that it gave.
    assert got.target.partition("?")[0] == path
    assert got.query == {"meetingID": scoped, "recordingmarks": "false"}


@pytest.mark.parametrize("balancer", [Scalelite, B3scale])
@awaited
async def test_a_checksum_of_another_secret_is_a_failure_with_a_key(bbb: Caller, balancer: Any) -> None:
    query = query_of({"meetingID": "room"})
    refused = await balancer(bbb).node.fetch(f"{API}getMeetingInfo?{query}&checksum={'0' * 64}")
    assert (refused.status, refused.code, refused.key) == (200, "FAILED", "checksumError")
