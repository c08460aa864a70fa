"""Callbacks to real receivers: what is said, when it is said again, and when it is given up."""

from __future__ import annotations

import base64
import hmac
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from callback_receivers import Receiver, endless, raw, status
from harness import BEGUN, SECRET, Caller, Daemon, Memory, awaited, until

from bbbd.meetings.chat import Chatted
from bbbd.meetings.hands import HandRaised
from bbbd.meetings.media import Talked
from bbbd.meetings.recording import RecordingMarked

LOOPBACK = {"bbbd__callbackNetworks": "127.0.0.0/8"}
BEGUN_AT = int(BEGUN)
Make = Callable[..., Memory]


@pytest.fixture
def memory(memory_with: Make) -> Memory:
    return memory_with(**LOOPBACK)


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def settled(memory: Memory) -> None:
    """Wait until nothing is on its way."""
    await until(lambda: not memory.app.server.outbox._attempts and not memory.app.server.outbox._pumping)


async def step(memory: Memory, seconds: float = 0) -> None:
    """Move the clock, and let what fell due be tried."""
    memory.advance(seconds)
    await settled(memory)


def given_up(memory: Memory) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted((memory.directory / "outbox/given-up").iterdir())]


async def end(caller: Caller, **pairs: str) -> None:
    """Create a meeting and end it."""
    assert (await caller.call("create", meetingID="demo", **pairs)).code == "SUCCESS"
    assert (await caller.call("end", meetingID="demo")).code == "SUCCESS"


@pytest.mark.parametrize(
    ("path", "called"),
    [
        ("/cb", "/cb?meetingID=demo&recordingmarks=false"),
        ("/cb?meetingID=other&x=%20", "/cb?meetingID=other&x=%20&recordingmarks=false"),
        ("/cb?MEETINGID=other", "/cb?MEETINGID=other&meetingID=demo&recordingmarks=false"),
        ("/cb?", "/cb?meetingID=demo&recordingmarks=false"),
        ("/a%2fb/?x=1#there", "/a%2fb/?x=1&meetingID=demo&recordingmarks=false"),
    ],
)
@awaited
async def test_the_end_of_a_meeting_is_told(memory: Memory, receiver: Receiver, path: str, called: str) -> None:
    await end(memory, meta_endCallbackUrl=receiver.url(path))
    await step(memory)
    (got,) = await receiver.has(1)
    assert (got.method, got.target, got.body) == ("GET", called, b"")
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    await settled(memory)
    assert len(memory.app.server.outbox) == 0
    assert not list((memory.directory / "outbox").glob("*.json*"))


@awaited
async def test_marks_are_told_and_the_other_url_is_called_as_it_is(memory: Memory, receiver: Receiver) -> None:
    ended = receiver.url("/ended?a=b+c&d=%7e")
    pairs = {"meta_endCallbackUrl": receiver.url(), "meetingEndedURL": ended, "record": "true"}
    await memory.call("create", meetingID="demo", **pairs)
    memory.happen("demo", RecordingMarked(on=True))
    memory.happen("demo", RecordingMarked(on=False))
    await memory.call("end", meetingID="demo")
    await step(memory)
    got = await receiver.has(2)
    assert {one.target for one in got} == {"/cb?meetingID=demo&recordingmarks=true", "/ended?a=b+c&d=%7e"}


@awaited
async def test_breakout_rooms_have_no_end_callback(memory: Memory, receiver: Receiver) -> None:
    await memory.call("create", meetingID="demo")
    pairs = {"isBreakout": "true", "parentMeetingID": "demo", "sequence": "1", "meta_endCallbackUrl": receiver.url()}
    await memory.call("create", meetingID="room", **pairs)
    await memory.call("end", meetingID="room")
    await step(memory)
    assert receiver.got == []


@pytest.mark.parametrize("code", [301, 400, 401, 404, 410, 500, 503])
@awaited
async def test_a_failed_end_callback_is_tried_five_times(
    memory: Memory, receiver: Receiver, asked_for: set[str], code: int
) -> None:
    asked_for.add("callback_given_up")
    receiver.usual = status(code, headers=f"Location: {receiver.url('/elsewhere')}\r\n")
    await end(memory, meta_endCallbackUrl=receiver.url())
    await step(memory)
    for tries, pause in enumerate((30, 60, 120, 300), 1):
        assert len(receiver.got) == tries
        await step(memory, pause - 2)
        assert len(receiver.got) == tries
        await step(memory, 2)
    assert len(receiver.got) == 5
    assert {got.target.partition("?")[0] for got in receiver.got} == {"/cb"}
    await step(memory, 4000)
    assert len(receiver.got) == 5
    (entry,) = given_up(memory)
    assert (entry["kind"], entry["tries"], entry["last"]) == ("end", 5, f"status {code}")


@pytest.mark.parametrize(
    "answer",
    [
        status(200, b"x" * 1_000_000),
        status(204, b""),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", close=True),
        raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"),
        raw(b"HTTP/1.0 202 Accepted\r\n\r\n", close=True),
        endless(b"x" * 65_536),
        endless(b"y" * 65_536, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n"),
    ],
)
@awaited
async def test_a_good_status_settles_it_whatever_follows(memory: Memory, receiver: Receiver, answer: Any) -> None:
    receiver.usual = answer
    await end(memory, meta_endCallbackUrl=receiver.url())
    await step(memory)
    await receiver.has(1)
    await settled(memory)
    assert len(memory.app.server.outbox) == 0
    await until(lambda: not receiver.connections)


@pytest.mark.parametrize(
    "answer",
    [
        raw(b"", close=True),
        raw(b"HTTP/1.1 2", close=True),
        raw(b"nonsense\r\n\r\n", close=True),
        endless(b"X-A: " + b"b" * 60_000 + b"\r\n", b"HTTP/1.1 200 OK\r\n"),
        endless(b"X-A: b\r\n" * 1000, b"HTTP/1.1 200 OK\r\n"),
        endless(b"x" * 65_536, b""),
    ],
)
@awaited
async def test_no_answer_is_a_failure_and_is_tried_again(memory: Memory, receiver: Receiver, answer: Any) -> None:
    receiver.plan = [answer]
    await end(memory, meta_endCallbackUrl=receiver.url())
    await step(memory)
    await receiver.has(1)
    await settled(memory)
    assert len(memory.app.server.outbox) == 1
    await step(memory, 31)
    assert len(await receiver.has(2)) == 2
    await settled(memory)
    assert len(memory.app.server.outbox) == 0


@awaited
async def test_what_was_given_up_is_kept_over_a_restart(
    memory: Memory, receiver: Receiver, asked_for: set[str]
) -> None:
    asked_for.add("callback_given_up")
    receiver.usual = status(500)
    for name in ("one", "two"):
        await memory.call("create", meetingID=name, meetingEndedURL=receiver.url(f"/{name}"))
        await memory.call("end", meetingID=name)
        for _ in range(6):
            await step(memory, 301)
        await memory.restart(1)
    kept = [json.loads(path.read_text()) for path in (memory.directory / "outbox" / "given-up").iterdir()]
    assert sorted(entry["url"] for entry in kept) == [receiver.url("/one"), receiver.url("/two")]


@awaited
async def test_what_is_told_of_an_answer_that_never_comes(memory: Memory, receiver: Receiver) -> None:
    receiver.usual = raw(b"")
    await memory.call("create", meetingID="one", meetingEndedURL=receiver.url())
    await memory.call("end", meetingID="one")
    memory.advance(0)
    await receiver.has(1)
    memory.waiting.advance(15)
    await settled(memory)
    [path] = (memory.directory / "outbox").glob("*.json*")
    assert json.loads(path.read_text())["last"] == "no answer within 15 s"


@awaited
async def test_nobody_listening_is_a_failure_until_somebody_does(memory: Memory, receiver: Receiver) -> None:
    await receiver.close()
    await end(memory, meta_endCallbackUrl=receiver.url())
    await step(memory)
    assert "refused" in (json.loads(next((memory.directory / "outbox").glob("*.json*")).read_text())["last"])
    receiver.listen(receiver.port)
    await step(memory, 31)
    assert len(await receiver.has(1)) == 1


@awaited
async def test_what_is_due_survives_a_restart_and_is_said_once(memory: Memory, receiver: Receiver) -> None:
    receiver.usual = status(500)
    await end(memory, meta_endCallbackUrl=receiver.url())
    await step(memory)
    assert len(receiver.got) == 1
    receiver.usual = status(200)
    await memory.restart(10)
    await step(memory, 15)
    assert len(receiver.got) == 1
    await step(memory, 10)
    assert len(await receiver.has(2)) == 2
    await settled(memory)
    await memory.restart()
    await step(memory, 100)
    assert len(receiver.got) == 2


@awaited
async def test_a_url_that_cannot_be_called_is_dropped(memory: Memory) -> None:
    for url in ("ftp://example.org/", "nonsense", "http://"):
        await end(memory, meta_endCallbackUrl=url, meetingEndedURL=url)
    assert len(memory.app.server.outbox) == 0


@awaited
async def test_receivers_on_this_machine_are_refused_by_default(
    memory_with: Make, receiver: Receiver, logged: list[Any]
) -> None:
    memory = memory_with()
    await end(memory, meta_endCallbackUrl=receiver.url())
    await step(memory)
    assert receiver.got == []
    told = [event["why"] for event in logged if event.get("event") == "callback_refused"]
    assert told == ["127.0.0.1 is this machine; bbbd.callbackNetworks=127.0.0.0/8 allows it"]


@awaited
async def test_a_name_is_checked_when_it_is_called_and_may_not_change(memory: Memory, receiver: Receiver) -> None:
    answers = iter([["127.0.0.1"], ["127.0.0.1", "169.254.169.254"], []])
    memory.names = {}
    network = memory.app.outgoing
    network._names = lambda _host: next(answers)
    for tries in range(3):
        meeting = f"room{tries}"
        pairs = {"meta_endCallbackUrl": f"http://bbb.example:{receiver.port}/cb"}
        await memory.call("create", meetingID=meeting, **pairs)
        await memory.call("end", meetingID=meeting)
        await step(memory)
    (got,) = receiver.got
    assert got.headers["host"] == f"bbb.example:{receiver.port}"
    last = {json.loads(path.read_text())["last"] for path in (memory.directory / "outbox").glob("*.json*")}
    assert last == {"169.254.169.254 is never called", "bbb.example has no address"}


@awaited
async def test_analytics_are_sent_with_a_bearer_token(memory: Memory, receiver: Receiver) -> None:
    await memory.call("create", meetingID="demo", name="Demo", **{"meta_analytics-callback-url": receiver.url()})
    ada = await memory.enter("demo", "Ada", userID="ada", role="MODERATOR")
    memory.advance(10)
    bob = await memory.enter("demo", "Bob", userID="bob", role="VIEWER")
    memory.happen("demo", Chatted(user=ada.user, text="hello"))
    memory.happen("demo", HandRaised(user=bob.user))
    memory.happen("demo", Talked(user=ada.user, milliseconds=2500))
    memory.advance(20)
    await memory.call("end", meetingID="demo")
    await step(memory)
    (got,) = await receiver.has(1)
    assert (got.method, got.headers["content-type"]) == ("POST", "application/json")
    token = got.headers["authorization"].removeprefix("Bearer ")
    head, claims, signature = token.split(".")
    assert json.loads(decoded(head)) == {"typ": "JWT", "alg": "HS512"}
    assert json.loads(decoded(claims)) == {"exp": BEGUN_AT + 30 + 24 * 3600}
    assert decoded(signature) == hmac.digest(SECRET.encode(), f"{head}.{claims}".encode(), "sha512")
    told = json.loads(got.body)
    assert (told["meeting_id"], told["data"]["duration"]) == ("demo", 30)
    assert told["data"]["metadata"]["meeting_name"] == "Demo"
    people = {one["ext_user_id"]: one for one in told["data"]["attendees"]}
    assert people["ada"]["engagement"] == {
        "chats": 1,
        "talks": 1,
        "raisehand": 0,
        "emojis": 0,
        "poll_votes": 0,
        "talk_time": 2,
    }
    assert (people["ada"]["duration"], people["ada"]["moderator"]) == (30, True)
    assert (people["bob"]["duration"], people["bob"]["engagement"]["raisehand"]) == (20, 1)
    assert people["bob"]["joins"] == ["2018-07-09T17:03:39.000+00:00"]


@awaited
async def test_attendees_without_a_user_id_come_last_in_analytics(memory: Memory, receiver: Receiver) -> None:
    await memory.call("create", meetingID="demo", **{"meta_analytics-callback-url": receiver.url()})
    for name, pairs in (("Gus", {}), ("Ada", {"userID": "7"}), ("Gil", {}), ("Bob", {"userID": "5"})):
        await memory.enter("demo", name, role="VIEWER", **pairs)
    await memory.call("end", meetingID="demo")
    await step(memory)
    (got,) = await receiver.has(1)
    assert [one["name"] for one in json.loads(got.body)["data"]["attendees"]] == ["Ada", "Bob", "Gus", "Gil"]


@awaited
async def test_events_are_told_to_the_meetings_and_the_servers_url(memory_with: Make, receiver: Receiver) -> None:
    memory = memory_with(bbbd__eventCallbackUrl=receiver.url("/all"), **LOOPBACK)
    await memory.call("create", meetingID="demo", meta_eventCallbackUrl=receiver.url("/own?x=1"))
    await memory.enter("demo", "Ada", userID="ada & co", role="MODERATOR")
    await step(memory)
    await memory.call("end", meetingID="demo")
    await step(memory)
    await receiver.has(10)
    for path in ("/all", "/own"):
        own = [got.query for got in receiver.got if got.target.startswith(path)]
        assert [query["event"] for query in own] == [
            "meetingCreated",
            "userJoined",
            "presenterAssigned",
            "userLeft",
            "meetingEnded",
        ]
        assert {query["meetingID"] for query in own} == {"demo"}
        assert own[1]["userID"] == "ada & co"
        assert (own[3]["reason"], own[4]["reason"]) == ("ended", "ENDED_FROM_API")
        assert all(query.get("x") == "1" for query in own) == (path == "/own")


@awaited
async def test_the_order_of_events_is_kept_whatever_fails(memory: Memory, receiver: Receiver) -> None:
    receiver.plan = [status(500)]
    await memory.call("create", meetingID="demo", meta_eventCallbackUrl=receiver.url())
    await memory.enter("demo", "Ada", userID="ada", role="MODERATOR")
    await step(memory)
    assert [got.query["event"] for got in receiver.got] == ["meetingCreated"]
    await step(memory, 31)
    await receiver.has(4)
    assert [got.query["event"] for got in receiver.got] == [
        "meetingCreated",
        "meetingCreated",
        "userJoined",
        "presenterAssigned",
    ]
    assert receiver.most == 1


@awaited
async def test_a_dead_receiver_holds_up_no_other(memory: Memory, receiver: Receiver) -> None:
    silent = Receiver(usual=raw(b"")).listen()
    for number in range(150):
        pairs = {"meta_endCallbackUrl": silent.url(f"/{number}")}
        await memory.call("create", meetingID=f"silent{number}", **pairs)
        await memory.call("end", meetingID=f"silent{number}")
    for number in range(10):
        await memory.call("create", meetingID=f"good{number}", meta_endCallbackUrl=receiver.url(f"/{number}"))
        await memory.call("end", meetingID=f"good{number}")
    memory.advance(0)
    assert len(await receiver.has(10)) == 10
    assert len(silent.connections) == 20
    stopped = memory.app.server.outbox.stop()
    await silent.close()
    await stopped


@pytest.mark.faults
@awaited
async def test_a_thousand_receivers_are_all_called(memory: Memory, receiver: Receiver) -> None:
    for number in range(1000):
        pairs = {"meetingEndedURL": receiver.url(f"/{number}")}
        await memory.call("create", meetingID=f"room{number}", **pairs)
        await memory.call("end", meetingID=f"room{number}")
    memory.advance(0)
    await receiver.has(1000)
    await settled(memory)
    assert sorted(int(got.target[1:]) for got in receiver.got) == list(range(1000))
    assert len(memory.app.server.outbox) == 0


@awaited
async def test_a_full_disk_loses_no_callback_while_the_server_runs(
    memory: Memory, receiver: Receiver, asked_for: set[str]
) -> None:
    asked_for |= {"callback_unwritten"}
    await memory.call("create", meetingID="demo", meetingEndedURL=receiver.url())
    create = memory.disk.create

    def refuse(path: Path, data: bytes) -> None:
        if "outbox" in str(path):
            raise OSError(28, "No space left on device")
        create(path, data)

    memory.disk.create = refuse
    assert (await memory.call("end", meetingID="demo")).code == "SUCCESS"
    await step(memory)
    assert len(await receiver.has(1)) == 1


@awaited
async def test_what_the_journal_does_not_take_is_told_to_nobody(
    memory: Memory, receiver: Receiver, asked_for: set[str]
) -> None:
    asked_for |= {"call_failed", "callback_unwritten"}
    await memory.call("create", meetingID="demo", meetingEndedURL=receiver.url())
    memory.disk.faults["write"] = OSError(28, "No space left on device")
    (memory.directory / "reserve").unlink(missing_ok=True)
    assert (await memory.call("end", meetingID="demo")).key == "internalError"
    memory.disk.faults.clear()
    await step(memory, 2)
    assert receiver.got == []
    assert not list((memory.directory / "outbox").glob("*.json*"))
    assert (await memory.call("end", meetingID="demo")).code == "SUCCESS"
    await step(memory)
    assert len(await receiver.has(1)) == 1


@awaited
async def test_the_daemon_calls_and_forgets_nothing_over_a_kill(
    start_daemon: Callable[..., Daemon], receiver: Receiver
) -> None:
    daemon = start_daemon(settings={"bbbd.callbackNetworks": "127.0.0.0/8"})
    receiver.usual = raw(b"")
    for number in range(30):
        await daemon.call("create", meetingID=f"room{number}", meetingEndedURL=receiver.url(f"/{number}"))
        await daemon.call("end", meetingID=f"room{number}")
    on_their_way = {got.target for got in await receiver.has(20)}
    receiver.usual = status(200)
    await daemon.restart()
    await daemon.until_logged("callback_done", 30)
    targets = Counter(got.target for got in receiver.got)
    assert targets == {f"/{number}": 2 if f"/{number}" in on_their_way else 1 for number in range(30)}
    # Files that are over are deleted in a thread, behind the last line of the log.
    await until(lambda: not list((daemon.directory / "outbox").glob("*.json*")))


@awaited
async def test_attendees_without_a_user_id_of_the_application_come_last(memory: Memory, receiver: Receiver) -> None:
    await memory.call("create", meetingID="demo", **{"meta_analytics-callback-url": receiver.url()})
    for name, pairs in (("Guest", {}), ("Ada", {"userID": "17"}), ("Other", {}), ("Bob", {"userID": "4"})):
        await memory.enter("demo", name, role="VIEWER", **pairs)
        memory.advance(1)
    await memory.call("end", meetingID="demo")
    await step(memory)
    (got,) = await receiver.has(1)
    attendees = json.loads(got.body)["data"]["attendees"]
    assert [one["name"] for one in attendees] == ["Ada", "Bob", "Guest", "Other"]
    assert [one["ext_user_id"] for one in attendees][:2] == ["17", "4"]
