"""Limits: each refuses by its answer, is counted by its word, and is told in the log once a minute."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from due_callbacks import due_callbacks
from harness import Memory, awaited, checksum, query_of, signed
from recorded_pages import MESH, recorded_pair
from sample_documents import body, document, element
from sample_recordings import make as make_recordings
from sample_recordings import record_id
from sample_tracks import multipart, part
from websocket_clients import InMemory, inside, told
from wsproto.frame_protocol import FrameProtocol

from bbbd.limits import Limit
from bbbd.limits_reference import SECTIONS
from bbbd.meetings.chat import Chatted

Make = Callable[..., Memory]
Provocation = Callable[[Memory], Awaitable[Any]]

XML = {"Content-Type": "text/xml"}
#: How each limit is provoked, and with which settings.
PROVOCATIONS: dict[Limit, tuple[Provocation, dict[str, str]]] = {}


def provokes(limit: Limit, **settings: str) -> Callable[[Provocation], Provocation]:
    def register(provocation: Provocation) -> Provocation:
        PROVOCATIONS[limit] = (provocation, settings)
        return provocation

    return register


def head(length: int, call: str = "create") -> bytes:
    line = f"POST {signed(call, 'meetingID=x1')} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n"
    return f"{line}Content-Length: {length}\r\n\r\n".encode()


async def form(memory: Memory, call: str, pairs: dict[str, str]) -> Any:
    text = query_of(pairs)
    return await memory.post(call, f"{text}&checksum={checksum(call, text)}")


@provokes(Limit.REQUEST_LINE)
async def _(memory: Memory) -> None:
    assert b" 414 " in memory.send(b"GET /" + b"x" * 70_000)


@provokes(Limit.HEAD)
async def _(memory: Memory) -> None:
    assert b" 431 " in memory.send(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 101 + b"\r\n")


@provokes(Limit.FRAMING)
async def _(memory: Memory) -> None:
    assert b" 400 " in memory.send(head(5).replace(b"Host", b"Transfer-Encoding: chunked\r\nHost"))


@provokes(Limit.SLOW_REQUEST)
async def _(memory: Memory) -> None:
    wire = memory.connect()
    wire.send(head(10))
    memory.advance(32)
    assert b" 408 " in wire.got()


@provokes(Limit.SLOW_READER)
async def _(memory: Memory) -> None:
    wire = memory.connect()
    wire.channel.pauseProducing()
    memory.advance(32)
    assert wire.closed


@provokes(Limit.BODY)
async def _(memory: Memory) -> None:
    assert b"requestTooLarge" in memory.send(head(99_999_999))


@provokes(Limit.BODIES, bbbd__maxBodiesInHand="1 MiB")
async def _(memory: Memory) -> None:
    assert b"diskFull" in memory.send(head(2 << 20))


@provokes(Limit.CONNECTIONS, bbbd__maxConnections="2")
async def _(memory: Memory) -> None:
    assert [memory.connect().refused for _ in range(3)] == [False, False, True]


@provokes(Limit.CONNECTIONS_OF_ADDRESS)
async def _(memory: Memory) -> None:
    assert [memory.connect().refused for _ in range(1001)] == [False] * 1000 + [True]


@provokes(Limit.TOKENS)
async def _(memory: Memory) -> None:
    answers = [await memory.fetch(f"/html5client/join?sessionToken={number}") for number in range(31)]
    assert [answer.status for answer in answers] == [403] * 30 + [429]


@provokes(Limit.PARAMETERS)
async def _(memory: Memory) -> None:
    many = "&".join(f"meta_a{number}=b" for number in range(201))
    assert (await memory.query("create", f"meetingID=x1&{many}")).key == "validationError"


@provokes(Limit.VALUE)
async def _(memory: Memory) -> None:
    assert (await memory.call("create", meetingID="x1", name="n" * 257)).key == "validationError"


@provokes(Limit.MULTIPART)
async def _(memory: Memory) -> None:
    make_recordings(memory.directory)
    memory.look()
    target = signed("putRecordingTextTrack", f"recordID={record_id('demo')}&kind=captions&lang=en")
    headers = {"Content-Type": "multipart/form-data; boundary=xyz"}
    answer = await memory.fetch(target, "POST", headers, multipart(*[part("x", b"y")] * 21))
    assert answer.json["messageKey"] == "validationError"


@provokes(Limit.XML)
async def _(memory: Memory) -> None:
    await memory.call("create", meetingID="x1")
    answer = await form(memory, "setConfigXML", {"configXML": "<a>" * 65 + "</a>" * 65, "meetingID": "x1"})
    assert answer.key == "configXMLError"


@provokes(Limit.IDS)
async def _(memory: Memory) -> None:
    ids = ",".join(str(number) for number in range(1001))
    assert (await memory.call("publishRecordings", recordID=ids, publish="true")).key == "validationError"
    assert (await memory.call("getRecordings", recordID=ids)).key == "validationError"
    assert (await memory.call("getRecordings", meetingID=ids)).key == "validationError"


@provokes(Limit.MEETINGS, bbbd__maxMeetings="1")
async def _(memory: Memory) -> None:
    await memory.call("create", meetingID="x1")
    assert (await memory.call("create", meetingID="x2")).key == "maxMeetingsReached"


@provokes(Limit.BREAKOUTS)
async def _(memory: Memory) -> None:
    await memory.call("create", meetingID="x1")
    for number in range(17):
        pairs = {"isBreakout": "true", "parentMeetingID": "x1", "sequence": number + 1}
        answer = await memory.call("create", meetingID=f"room{number}", **pairs)
    assert answer.key == "maxMeetingsReached"


@provokes(Limit.ATTENDEES, bbbd__maxAttendees="1")
async def _(memory: Memory) -> None:
    await memory.call("create", meetingID="x1")
    await memory.enter("x1", "Ada", role="VIEWER")
    answer = await memory.call("join", meetingID="x1", fullName="Bob", role="VIEWER", redirect="false")
    assert answer.key == "maxParticipantsReached"


@provokes(Limit.WAITING_GUESTS)
async def _(memory: Memory) -> None:
    await memory.call("create", meetingID="x1", guestPolicy="ASK_MODERATOR")
    pairs = {"role": "VIEWER", "guest": "true", "redirect": "false"}
    for number in range(501):
        answer = await memory.call("join", meetingID="x1", fullName=f"G{number}", **pairs)
        assert answer.key == ("guestWait" if number < 500 else "guestDeniedAccess"), number


@provokes(Limit.JOURNAL, bbbd__maxJournal="1 MiB")
async def _(memory: Memory) -> None:
    await memory.call("create", meetingID="x1")
    memory.happen("x1", Chatted(user="", name="x", text="x" * 1_100_000))
    assert (await memory.call("sendChatMessage", meetingID="x1", message="x")).key == "validationError"


@provokes(Limit.DOCUMENTS)
async def _(memory: Memory) -> None:
    await memory.call("create", meetingID="x1")
    for number, key in ((99, ""), (2, "tooManyDocuments")):
        documents = body(*(element(url=f"http://h.invalid/{one}") for one in range(number)))
        answer = await memory.query("insertDocument", "meetingID=x1", method="POST", headers=XML, body=documents)
        assert answer.key == key


@provokes(Limit.MEDIA, **MESH, bbbd__maxRecordedOfPerson="1 MiB")
async def _(memory: Memory) -> None:
    ada, _bob = await recorded_pair(memory, "x1")
    assert (await ada.adds(await ada.begun(), 0, bytes((1 << 20) + 1))).status == 413


@provokes(Limit.FREE_DISK, bbbd__minFreeDisk="900000 GiB")
async def _(memory: Memory) -> None:
    assert (await memory.call("create", meetingID="x1", record="true")).key == "diskFull"


async def member(memory: Memory) -> InMemory:
    await memory.call("create", meetingID="x1")
    return await inside(memory, "x1", "Ada", role="VIEWER")


@provokes(Limit.MESSAGE, bbbd__maxMessage="32 KiB")
async def _(memory: Memory) -> None:
    ada = await member(memory)
    assert ada.ask("ping", at=1, x="x" * 20_000)["key"] == "tooLong"
    ada.write_raw(bytes(FrameProtocol(client=True, extensions=[]).send_data("x" * 33_000, fin=True)))
    ada.listen()
    assert ada.closed == (1009, "at most 32768 bytes")


@provokes(Limit.MESSAGE_RATE)
async def _(memory: Memory) -> None:
    ada = await member(memory)
    for number in range(70):
        ada.say("ping", at=number)
    ada.listen()
    assert ada.last("no")["key"] == "tooMany"


@provokes(Limit.FRAMES)
async def _(memory: Memory) -> None:
    ada = await member(memory)
    ada.write_raw(b"\x89\x80mask" * 501)
    ada.listen()
    assert ada.closed == (4007, "flood")


@provokes(Limit.TEXT)
async def _(memory: Memory) -> None:
    ada = await member(memory)
    assert ada.ask("chat.say", text="x" * 5001)["key"] == "tooLong"
    assert ada.ask("chat.say", text="x" * 5000)["t"] == "ok"


@provokes(Limit.SILENCE)
async def _(memory: Memory) -> None:
    ada = await member(memory)
    memory.advance(46)
    assert ada.wire.closed


@provokes(Limit.DOCUMENT)
async def _(memory: Memory) -> None:
    await memory.call("create", meetingID="x1")
    documents = body(document("a.pdf", b"x").replace("eA==", "!"))
    assert (
        await memory.query("insertDocument", "meetingID=x1", method="POST", headers=XML, body=documents)
    ).code == "SUCCESS"
    memory.settle(lambda: not memory.app.slides.busy)


@provokes(Limit.ARCHIVE)
async def _(memory: Memory) -> None:
    uploads = memory.directory / "import" / "uploads"
    uploads.mkdir(parents=True)
    (uploads / "bad.tar").write_bytes(b"no archive")
    memory.advance(2)
    assert (uploads / "failed" / "bad.tar.txt").exists()


@provokes(Limit.HOOKS)
async def _(memory: Memory) -> None:
    for number in range(101):
        answer = await memory.call("hooks/create", callbackURL=f"http://h.invalid/{number}", meetingID="x1")
        assert (answer.key == "createHookError") == (number == 100), number


@provokes(Limit.CALLBACKS, bbbd__callbackNetworks="127.0.0.0/8")
async def _(memory: Memory) -> None:
    for number in range(3):
        await memory.call("hooks/create", callbackURL=f"http://127.0.0.1:6000/{number}")
    memory.most_due = 2
    await memory.restart()
    url = "http://127.0.0.1:6000/end"
    assert (await memory.call("create", meetingID="x1", meta_endCallbackUrl=url)).code == "SUCCESS"
    assert (await memory.call("end", meetingID="x1")).code == "SUCCESS"
    # Three hooks heard of two events, of which two calls were kept; the callback of the end is never given up.
    assert len(due_callbacks(memory.directory)) == 3


def test_every_counted_limit_is_in_the_reference() -> None:
    rows = [row for section in SECTIONS for row in section.rows]
    assert {row.limit for row in rows if row.limit} == set(Limit)
    assert all(row.value.count("{}") == len(row.sources) for row in rows)


@pytest.mark.parametrize("limit", Limit)
@awaited
async def test_a_limit_refuses_and_its_refusals_are_counted(
    memory_with: Make, asked_for: set[str], limit: Limit
) -> None:
    asked_for |= {"hooks_full", "callbacks_full", "import_failed"}
    provocation, settings = PROVOCATIONS[limit]
    memory = memory_with(**settings)
    await provocation(memory)
    memory.advance(60)
    refused = [line for line in memory.told("refused") if line["limit"] == limit.value]
    assert len(refused) == 1, memory.told("refused")
    assert refused[0]["count"] >= 1
    assert refused[0].get("from") in ("192.0.2.1", None)


@awaited
async def test_refusals_of_many_addresses_become_one_sum(memory: Memory) -> None:
    for number in range(1003):
        wire = memory.connect(f"198.51.{number // 250}.{number % 250}")
        wire.send(b"nonsense\r\n\r\n")
        wire.hang_up()
    memory.advance(60)
    refused = memory.told("refused")
    assert len(refused) == 1001
    assert [line["count"] for line in refused if line["from"] == "others"] == [3]


@awaited
async def test_a_full_meeting_takes_no_more_words_and_goes_on(memory_with: Make) -> None:
    memory = memory_with(bbbd__maxJournal="1 MiB")
    await memory.call("create", meetingID="x1")
    ada, bob = await inside(memory, "x1", "Ada", role="MODERATOR"), await inside(memory, "x1", "Bob", role="VIEWER")
    said = {"text": "before", "id": 7}
    assert bob.ask("chat.say", **said)["t"] == "ok"
    assert bob.ask("hand", up=True)["t"] == "ok"
    memory.happen("x1", Chatted(user="", name="x", text="x" * 1_100_000))
    for message in ({"t": "chat.say", "text": "x"}, {"t": "react", "emoji": "\N{THUMBS UP SIGN}"}):
        answer = bob.ask(**message)
        assert (answer["t"], answer["key"]) == ("no", "full")
    # What was said before is known, and a hand may go down, but not up.
    assert bob.ask("chat.say", **said) == {"t": "ok", "id": 7, "known": True}
    assert bob.ask("hand", up=False)["t"] == "ok"
    assert bob.ask("hand", up=True)["key"] == "full"
    eve = await inside(memory, "x1", "Eve", role="VIEWER")
    assert eve.all("snapshot")
    assert ada.ask("role", who=eve.last("snapshot")["you"]["user"], role="MODERATOR")["t"] == "ok"
    bob.say("leave")
    told(ada, bob)
    assert ada.events("Left")
    ada.say("end")
    told(ada)
    assert ada.closed == (4001, "ended")


@awaited
async def test_who_reads_too_slowly_is_cut_off_however_little_waits(memory: Memory) -> None:
    ada = await member(memory)
    slow = await inside(memory, "x1", "Slow", role="VIEWER")
    slow.wire.channel.pauseProducing()
    assert ada.ask("chat.say", text="little")["t"] == "ok"
    told(ada)
    for second in range(32):
        # It is alive, and reads nothing.
        slow.say("ping", at=second)
        memory.advance(1)
    told(ada)
    assert ada.events("Lost")[-1]["user"] == slow.last("snapshot")["you"]["user"]
    memory.advance(6)
    assert slow.wire.closed
    memory.advance(60)
    assert {line["limit"] for line in memory.told("refused")} == {Limit.SLOW_READER}
    reader = await inside(memory, "x1", "Reader", role="VIEWER")
    for _ in range(3):
        reader.wire.channel.pauseProducing()
        memory.advance(20)
        reader.say("ping", at=1)
        reader.wire.channel.resumeProducing()
    reader.listen()
    assert reader.closed is None


@awaited
async def test_members_of_a_body_are_counted_as_parameters(memory: Memory) -> None:
    await memory.call("create", meetingID="x1")
    token = await memory.token("x1", "Ada", role="VIEWER")
    for more, key in ((490, None), (500, "validationError")):
        members = {"rating": 3, "sessionToken": token} | {f"x{number}": 1 for number in range(more)}
        answer = await memory.fetch(
            "/bigbluebutton/api/feedback", "POST", {"Content-Type": "application/json"}, json.dumps(members).encode()
        )
        assert answer.json.get("messageKey") == key


@awaited
async def test_there_are_only_so_many_hooks_of_all_meetings(memory: Memory, asked_for: set[str]) -> None:
    asked_for.add("hooks_full")
    for number in range(1000):
        memory.app.server.hooks.add(f"http://h.invalid/{number}", "", (), raw=False)
    answer = await memory.call("hooks/create", callbackURL="http://h.invalid/x")
    assert answer.key == "createHookError"
    assert (await memory.call("hooks/create", callbackURL="http://h.invalid/x", meetingID="x1")).code == "SUCCESS"


@awaited
async def test_a_token_that_was_good_is_told_so_whatever_its_neighbours_guess(memory: Memory) -> None:
    ada = await member(memory)
    ada.say("leave")
    told(ada)
    bearer = {"Authorization": "Bearer guess"}
    path = "/html5client/slides/deck/1"
    assert [(await memory.fetch(path, headers=bearer)).status for _ in range(31)] == [403] * 30 + [429]
    upload = await memory.fetch("/html5client/slides?name=a.pdf", "POST", bearer, b"x" * 10)
    assert upload.status == 429
    assert (await memory.fetch(path, headers={"Authorization": f"Bearer {ada.token}"})).status == 403


@awaited
async def test_all_connections_are_checked_however_many_there_are(memory: Memory) -> None:
    await memory.call("create", meetingID="x1")
    token = await memory.token("x1", "Ada", role="VIEWER")
    silent = [InMemory(memory, token) for _ in range(750)]
    memory.advance(8)
    for one in silent:
        one.listen()
    assert {one.closed for one in silent} == {(4010, "timeout")}
