"""Hooks: made, listed, destroyed, called with what happens, kept over restarts, and dropped when they fail for long."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from callback_receivers import Got, Receiver, raw, status
from harness import BEGUN, SECRET, Caller, Memory, awaited, checksum, until
from sample_recordings import make

from bbbd.meetings.chat import Chatted
from bbbd.meetings.event import Microphone
from bbbd.meetings.media import MediaChanged
from bbbd.meetings.recording import RecordingMarked

Make = Callable[..., Memory]


@pytest.fixture
def memory(memory_with: Make) -> Memory:
    return memory_with(bbbd__callbackNetworks="127.0.0.0/8")


async def step(memory: Memory, seconds: float = 0) -> None:
    memory.advance(seconds)
    await until(lambda: not memory.app.server.outbox._attempts and not memory.app.server.outbox._pumping)


async def create(caller: Caller, url: str, **pairs: str) -> str:
    """Make a hook and return its id."""
    answer = await caller.call("hooks/create", callbackURL=url, **pairs)
    assert answer.names[:2] == ["returncode", "hookID"], answer.body
    return answer.text("hookID") or ""


def ids(receiver: Receiver) -> list[str]:
    return [got.event["id"] for got in receiver.got]


def check_signature(got: Got, url: str, algorithm: str = "sha1") -> None:
    signed = url.encode() + got.body + SECRET.encode()
    assert got.query["checksum"] == hashlib.new(algorithm, signed).hexdigest()


@awaited
async def test_a_hook_is_made_once_listed_and_destroyed(bbb: Caller) -> None:
    url = f"https://app.example.org/{id(bbb)}?a=1&b=2%3C"
    answer = await bbb.call("hooks/create", callbackURL=url)
    assert answer.names == ["returncode", "hookID", "permanentHook", "rawData"]
    assert (answer.text("permanentHook"), answer.text("rawData")) == ("false", "false")
    hook = answer.text("hookID") or ""
    again = await bbb.call("hooks/create", callbackURL=url, meetingID="other")
    assert (again.code, again.text("hookID"), again.key) == ("SUCCESS", hook, "duplicateWarning")
    assert again.text("message") == "There is already a hook for this callback URL."
    own = await create(
        bbb, f"{url}&own", meetingID=f"room {id(bbb)}", eventID="user-joined, Meeting-Ended", getRaw="true"
    )
    listed = (await bbb.call("hooks/list", meetingID=f"room {id(bbb)}")).xml.findall("hooks/hook")
    told = {one.findtext("hookID"): {str(child.tag): child.text for child in one} for one in listed}
    assert told[hook] == {"hookID": hook, "callbackURL": url, "permanentHook": "false", "rawData": "false"}
    assert told[own]["meetingID"] == f"room {id(bbb)}"
    assert (told[own]["eventID"], told[own]["rawData"]) == ("user-joined,meeting-ended", "true")
    assert own not in {
        one.findtext("hookID") for one in (await bbb.call("hooks/list", meetingID="nobody")).xml.findall("hooks/hook")
    }
    for one in (hook, own):
        destroyed = await bbb.call("hooks/destroy", hookID=one)
        assert (destroyed.code, destroyed.text("removed")) == ("SUCCESS", "true")
    missing = await bbb.call("hooks/destroy", hookID=hook)
    assert (missing.key, missing.text("message")) == ("destroyMissingHook", "The hook informed was not found.")


@awaited
async def test_no_hooks_are_an_empty_list(memory: Memory) -> None:
    assert b"<hooks></hooks>" in (await memory.call("hooks/list")).body
    assert (await memory.call("hooks/list", format="json")).json["hooks"] == []


@pytest.mark.parametrize(
    ("call", "pairs", "key"),
    [
        ("hooks/create", {}, "missingParamCallbackURL"),
        ("hooks/create", {"callbackURL": "nonsense"}, "validationError"),
        ("hooks/create", {"callbackURL": "ftp://example.org/"}, "validationError"),
        ("hooks/create", {"callbackURL": "http://user:word@example.org/"}, "createHookError"),
        ("hooks/create", {"callbackURL": "http://example.org:22/"}, "createHookError"),
        ("hooks/create", {"callbackURL": "http://0x7f.1/"}, "createHookError"),
        ("hooks/create", {"callbackURL": "http://example.org/", "getRaw": "perhaps"}, "validationError"),
        ("hooks/destroy", {}, "missingParamHookID"),
        ("hooks/destroy", {"hookID": "../x"}, "destroyMissingHook"),
    ],
)
@awaited
async def test_what_cannot_be_is_refused_by_name(memory: Memory, call: str, pairs: dict[str, str], key: str) -> None:
    answer = await memory.call(call, **pairs)
    assert (answer.code, answer.key) == ("FAILED", key)
    assert not list((memory.directory / "hooks").iterdir())


@awaited
async def test_the_name_of_the_call_with_its_slash_is_signed(memory: Memory) -> None:
    query = "callbackURL=http%3A%2F%2Fexample.org%2F"
    wrong = hashlib.sha1(f"create{query}{SECRET}".encode()).hexdigest()
    answer = await memory.fetch(f"/bigbluebutton/api/hooks/create?{query}&checksum={wrong}")
    assert answer.key == "checksumError"
    assert (await memory.fetch("/bigbluebutton/api/hooks")).key == "unsupportedRequest"


@awaited
async def test_there_are_only_so_many_of_one_meeting(memory: Memory, asked_for: set[str]) -> None:
    asked_for.add("hooks_full")
    for number in range(100):
        await create(memory, f"http://example.org/{number}", meetingID="demo")
    answer = await memory.call("hooks/create", callbackURL="http://example.org/x", meetingID="demo")
    assert answer.key == "createHookError"
    await create(memory, "http://example.org/y", meetingID="other")


@awaited
async def test_a_hook_is_called_with_what_happens_signed_and_in_order(memory: Memory, receiver: Receiver) -> None:
    url = receiver.url("/hook?x=1")
    await create(memory, url)
    pairs = {"record": "true", "moderatorPW": "mp", "meta_course": "Ä & ü"}
    await memory.call("create", meetingID="demo", name="Demo", **pairs)
    ada = await memory.enter("demo", "Ada Löwe", userID="ada", role="MODERATOR")
    memory.happen("demo", MediaChanged(user=ada.user, microphone=Microphone.ON, cameras=1))
    memory.happen("demo", MediaChanged(user=ada.user, microphone=Microphone.MUTED))
    memory.happen("demo", Chatted(user=ada.user, text="<b>&\u2028"))
    memory.happen("demo", Chatted(user=ada.user, text="private", to=ada.user))
    memory.happen("demo", RecordingMarked(on=True, by=ada.user))
    await memory.call("end", meetingID="demo", password="mp")
    await step(memory)
    await receiver.has(15)
    assert ids(receiver) == [
        "meeting-created",
        "user-joined",
        "user-presenter-assigned",
        "user-audio-voice-enabled",
        "user-cam-broadcast-start",
        "user-audio-muted",
        "user-cam-broadcast-end",
        "chat-group-message-sent",
        "meeting-recording-changed",
        "user-left",
        "meeting-ended",
        "rap-archive-started",
        "rap-archive-ended",
        "rap-process-started",
        "rap-process-ended",
    ]
    assert receiver.most == 1
    for got in receiver.got:
        assert (got.method, got.headers["content-type"]) == ("POST", "application/x-www-form-urlencoded")
        assert list(got.form) == ["domain", "event", "timestamp"]
        assert got.form["domain"] == urlsplit(memory.app.server.settings.server_url).hostname
        assert got.form["timestamp"] == str(int(BEGUN * 1000))
        assert got.query["x"] == "1"
        check_signature(got, url)
        assert got.event["type"] == "event"
        assert got.event["event"]["ts"] == int(BEGUN * 1000)
        assert got.event["attributes"]["meeting"]["external-meeting-id"] == "demo"
    created, joined, presents, enabled = (got.event["attributes"] for got in receiver.got[:4])
    internal = created["meeting"]["internal-meeting-id"]
    assert created["meeting"] | {"name": "Demo", "record": True, "moderator-pass": "mp"} == created["meeting"]
    assert created["meeting"]["metadata"] == {"course": "Ä & ü"}
    assert joined == {
        "meeting": {"internal-meeting-id": internal, "external-meeting-id": "demo"},
        "user": {
            "internal-user-id": ada.user,
            "external-user-id": "ada",
            "name": "Ada Löwe",
            "role": "MODERATOR",
            "presenter": False,
        },
    }
    assert presents["user"]["presenter"] is True
    assert (enabled["user"]["listening-only"], enabled["user"]["sharing-mic"]) == (False, True)
    chat = receiver.got[7].event["attributes"]
    assert (chat["chat-message"]["message"], chat["chat-id"]) == ("<b>&\u2028", "MAIN-PUBLIC-GROUP-CHAT")
    assert receiver.got[8].event["attributes"]["recording"] is True


@awaited
async def test_a_hook_may_want_one_meeting_and_some_events(memory: Memory, receiver: Receiver) -> None:
    await create(memory, receiver.url("/one"), meetingID="one")
    await create(memory, receiver.url("/ends"), eventID="meeting-ended,user-joined")
    for meeting in ("one", "two"):
        await memory.call("create", meetingID=meeting)
        await memory.call("end", meetingID=meeting)
    await step(memory)
    await receiver.has(4)
    told = [
        (got.target[:4], got.event["id"], got.event["attributes"]["meeting"]["external-meeting-id"])
        for got in receiver.got
    ]
    assert sorted(told) == [
        ("/end", "meeting-ended", "one"),
        ("/end", "meeting-ended", "two"),
        ("/one", "meeting-created", "one"),
        ("/one", "meeting-ended", "one"),
    ]


@awaited
async def test_raw_events_look_like_bigbluebuttons_messages(memory: Memory, receiver: Receiver) -> None:
    await create(memory, receiver.url(), getRaw="true")
    await memory.call("create", meetingID="demo")
    await step(memory)
    (got,) = await receiver.has(1)
    (message,) = json.loads(got.form["event"])
    assert message["envelope"]["name"] == message["core"]["header"]["name"] == "MeetingCreatedEvtMsg"
    assert message["core"]["header"]["meetingId"] == memory.meeting("demo").internal_id


@awaited
async def test_hooks_and_what_is_due_to_them_survive_a_restart(memory: Memory, receiver: Receiver) -> None:
    receiver.usual = status(500)
    hook = await create(memory, receiver.url(), meetingID="demo")
    await memory.call("create", meetingID="demo")
    await step(memory)
    receiver.usual = status(200)
    await memory.restart(1)
    assert (await memory.call("hooks/list")).text("hooks/hook/hookID") == hook
    await memory.call("end", meetingID="demo")
    await step(memory, 1)
    await receiver.has(3)
    assert ids(receiver) == ["meeting-created", "meeting-created", "meeting-ended"]
    assert receiver.got[0].form == receiver.got[1].form


@awaited
async def test_a_hook_that_fails_for_long_is_dropped(
    memory_with: Make, receiver: Receiver, asked_for: set[str]
) -> None:
    memory = memory_with(bbbd__callbackNetworks="127.0.0.0/8", bbbd__hooksGivenUpAfterHours="1")
    asked_for |= {"callback_given_up", "hook_dropped"}
    receiver.usual = status(302, headers="Location: /else\r\n")
    hook = await create(memory, receiver.url())
    await memory.call("create", meetingID="demo")
    await memory.call("end", meetingID="demo")
    for _second in range(310):
        await step(memory, 1)
    assert len(receiver.got) == 13
    for _five_minutes in range(10):
        await step(memory, 300)
    (listed,) = (await memory.call("hooks/list")).xml.findall("hooks/hook")
    assert (listed.findtext("failingSince"), listed.findtext("lastStatus")) == (str(int((BEGUN + 1) * 1000)), "302")
    await step(memory, 600)
    assert set(ids(receiver)) == {"meeting-created"}
    assert (await memory.call("hooks/destroy", hookID=hook)).key == "destroyMissingHook"
    await step(memory, 1)
    assert len(list((memory.directory / "outbox/given-up").iterdir())) == 2
    await memory.restart()
    assert b"<hooks></hooks>" in (await memory.call("hooks/list")).body


@awaited
async def test_a_hook_is_called_in_the_bytes_of_its_sender(memory_with: Make, receiver: Receiver) -> None:
    """A vector: the signed body is the body as URLSearchParams writes it."""
    memory = memory_with(
        bbbd__callbackNetworks="127.0.0.0/8", bigbluebutton__web__serverURL="https://bbb.example.org:8443/x"
    )
    await create(memory, receiver.url("/h?a=b%20c"), eventID="chat-group-message-sent")
    await memory.call("create", meetingID="demo")
    ada = await memory.enter("demo", "Ada", role="VIEWER")
    memory.happen("demo", Chatted(user=ada.user, text="a b~*-._'(é)"))
    await step(memory)
    (got,) = await receiver.has(1)
    assert got.body.startswith(b"domain=bbb.example.org&event=%5B%7B%22data%22%3A")
    assert b"%22message%22%3A%22a+b%7E*-._%27%28%C3%A9%29%22" in got.body
    assert got.body.endswith(b"&timestamp=%d" % int(BEGUN * 1000))
    assert got.target.startswith("/h?a=b%20c&checksum=")
    check_signature(got, receiver.url("/h?a=b%20c"))


@awaited
async def test_a_hooks_algorithm_is_a_setting_and_a_bearer_takes_the_place_of_the_checksum(
    memory_with: Make, receiver: Receiver
) -> None:
    memory = memory_with(bbbd__callbackNetworks="127.0.0.0/8", bbbd__hooksAlgorithm="sha512")
    await create(memory, receiver.url("/h"))
    await memory.call("create", meetingID="demo")
    await step(memory)
    (got,) = await receiver.has(1)
    check_signature(got, receiver.url("/h"), "sha512")
    assert "authorization" not in got.headers
    memory.app.server.current.settings = dataclasses.replace(memory.app.server.settings, hooks_bearer=True)
    await memory.call("end", meetingID="demo")
    await step(memory)
    _created, ended = await receiver.has(2)
    assert (ended.target, ended.headers["authorization"]) == ("/h", f"Bearer {SECRET}")
    assert list(ended.form) == ["domain", "event", "timestamp"]


@awaited
async def test_a_status_401_of_a_hook_counts_as_taken(memory: Memory, receiver: Receiver) -> None:
    receiver.usual = status(401)
    await create(memory, receiver.url())
    await memory.call("create", meetingID="demo")
    await memory.call("end", meetingID="demo")
    await step(memory)
    await receiver.has(2)
    await step(memory, 1)
    assert ids(receiver) == ["meeting-created", "meeting-ended"]
    assert list((memory.directory / "outbox").glob("*.json*")) == []
    assert "failingSince" not in (await memory.call("hooks/list")).body.decode()


@awaited
async def test_a_failing_hook_says_since_when_until_it_is_taken(memory: Memory, receiver: Receiver) -> None:
    await create(memory, receiver.url())
    receiver.usual = status(503)
    await memory.call("create", meetingID="demo")
    await step(memory)
    begun = str(int(BEGUN * 1000))
    for code in ("503", "500"):
        await memory.restart()
        (hook,) = (await memory.call("hooks/list")).xml.findall("hooks/hook")
        assert (hook.findtext("failingSince"), hook.findtext("lastStatus")) == (begun, code)
        receiver.usual = status(500)
        await step(memory, 1)
    await receiver.close()
    await step(memory, 60)
    (hook,) = (await memory.call("hooks/list")).xml.findall("hooks/hook")
    assert (hook.findtext("failingSince"), hook.findtext("lastStatus")) == (begun, "0")
    receiver.usual = status(200)
    receiver.listen(receiver.port)
    await step(memory, 60)
    (hook,) = (await memory.call("hooks/list")).xml.findall("hooks/hook")
    assert (hook.find("failingSince"), hook.find("lastStatus")) == (None, None)


@awaited
async def test_a_permanent_hook_outlives_failures_and_calls_and_goes_with_its_setting(
    memory_with: Make, receiver: Receiver, asked_for: set[str]
) -> None:
    asked_for.add("callback_given_up")
    receiver.usual = status(500)
    memory = memory_with(
        bbbd__callbackNetworks="127.0.0.0/8",
        bbbd__hooksPermanent=receiver.url(),
        bbbd__hooksGivenUpAfterHours="1",
    )
    (hook,) = (await memory.call("hooks/list", meetingID="any")).xml.findall("hooks/hook")
    assert (hook.findtext("callbackURL"), hook.findtext("permanentHook")) == (receiver.url(), "true")
    known = hook.findtext("hookID") or ""
    assert (await memory.call("hooks/create", callbackURL=receiver.url())).key == "duplicateWarning"
    assert (await memory.call("hooks/destroy", hookID=known)).key == "destroyHookError"
    await memory.call("create", meetingID="demo", meetingExpireIfNoUserJoinedInMinutes="0")
    for _five_minutes in range(20):
        await step(memory, 300)
    given_up = memory.directory / "outbox/given-up"
    await until(lambda: len(list(given_up.glob("*.json"))) == 1)
    await memory.call("end", meetingID="demo")
    receiver.usual = status(200)
    await step(memory, 300)
    assert ids(receiver)[-1] == "meeting-ended"
    await memory.restart()
    (hook,) = (await memory.call("hooks/list")).xml.findall("hooks/hook")
    assert (hook.findtext("hookID"), hook.find("failingSince")) == (known, None)
    memory.app.server.current.settings = dataclasses.replace(memory.app.server.settings, permanent_hooks=())
    memory.app.server.hooks.start(())
    assert b"<hooks></hooks>" in (await memory.call("hooks/list")).body


@awaited
async def test_a_registered_hook_of_a_permanent_url_becomes_permanent(memory: Memory) -> None:
    hook = await create(memory, "https://a.example/1", meetingID="one", eventID="user-left")
    memory.app.server.hooks.start(["https://a.example/1"])
    (listed,) = (await memory.call("hooks/list", meetingID="other")).xml.findall("hooks/hook")
    assert (listed.findtext("hookID"), listed.findtext("permanentHook")) == (hook, "true")
    assert (listed.find("meetingID"), listed.find("eventID")) == (None, None)


@pytest.mark.parametrize("name", ["hooks/list", "hooks/list/"])
@awaited
async def test_a_last_slash_of_a_hooks_call_may_be_signed(bbb: Caller, name: str) -> None:
    for signed_name in ("hooks/list", "hooks/list/"):
        answer = await bbb.fetch(f"/bigbluebutton/api/{name}?checksum={checksum(signed_name, '')}")
        assert answer.code == "SUCCESS", answer.body
    assert (await bbb.fetch(f"/bigbluebutton/api/{name}?checksum={checksum('hooks/lis', '')}")).key == "checksumError"
    wrong = checksum("getMeetings/", "")
    assert (await bbb.fetch(f"/bigbluebutton/api/getMeetings/?checksum={wrong}")).key == "checksumError"


@awaited
async def test_a_ping_is_answered_without_a_checksum(bbb: Caller) -> None:
    answer = await bbb.fetch("/bigbluebutton/api/hooks/ping")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain;charset=utf-8")
    assert answer.body == b"bbbd sends hooks.\n"


@awaited
async def test_a_destroyed_hook_is_not_called_any_more(memory: Memory, receiver: Receiver) -> None:
    receiver.usual = status(500)
    hook = await create(memory, receiver.url())
    await memory.call("create", meetingID="demo")
    await memory.call("end", meetingID="demo")
    await step(memory)
    before = len(receiver.got)
    await memory.call("hooks/destroy", hookID=hook)
    await memory.call("create", meetingID="demo2")
    await step(memory, 60)
    assert len(receiver.got) == before
    assert not list((memory.directory / "outbox").glob("*.json*"))


@awaited
async def test_a_hook_that_is_destroyed_during_a_call_hears_nothing_more_of_it(
    memory: Memory, receiver: Receiver
) -> None:
    receiver.usual = raw(b"")
    hook = await create(memory, receiver.url())
    await memory.call("create", meetingID="demo")
    memory.advance(0)
    await receiver.has(1)
    assert (await memory.call("hooks/destroy", hookID=hook)).text("removed") == "true"
    receiver.usual = status(500)
    for connection in list(receiver.connections):
        connection.hang_up()
    for _ in range(20):
        await step(memory, 30)
    assert len(receiver.got) == 1
    assert list((memory.directory / "outbox").glob("*.json*")) == []


@awaited
async def test_the_first_pauses_are_shorter_than_a_second(memory: Memory, receiver: Receiver) -> None:
    receiver.usual = status(500)
    await create(memory, receiver.url())
    await memory.call("create", meetingID="demo")
    await step(memory)
    for pause in (0.1, 0.5):
        before = len(receiver.got)
        await step(memory, pause - 0.01)
        assert len(receiver.got) == before
        await step(memory, 0.01)
        assert len(receiver.got) == before + 1


@awaited
async def test_hooks_are_told_of_recordings(memory: Memory, receiver: Receiver) -> None:
    own = make(memory.directory)
    memory.look()
    await create(memory, receiver.url())
    await create(memory, receiver.url("/other"), meetingID="other")
    await memory.call("publishRecordings", recordID=own, publish="false")
    await memory.call("publishRecordings", recordID=own, publish="true")
    await memory.call("deleteRecordings", recordID=own)
    await step(memory)
    await receiver.has(3)
    assert ids(receiver) == ["rap-unpublished", "rap-published", "rap-deleted"]
    attributes: dict[str, Any] = receiver.got[0].event["attributes"]
    assert attributes == {
        "meeting": {"internal-meeting-id": own, "external-meeting-id": "demo"},
        "record-id": own,
    }
