"""What came: every call of a server with its parameters, answer and time, for tests to look at."""

from __future__ import annotations

import json

import pytest
from developer_harness import Space, a_space, main_of, neighbour, running
from harness import awaited, checksum

shared = pytest.fixture(running(), scope="module")
space = pytest.fixture(a_space)


@awaited
async def test_a_call_is_told_with_its_parameters_and_its_answer(space: Space) -> None:
    before = await space.now()
    answer = await space.call("create", meetingID="demo", name="Ä & b", meta_course="1", empty="")
    (told,) = await space.calls()
    assert list(told) == ["id", "call", "method", "parameters", "at", "status", "answer", "ms", "fault"]
    assert (told["call"], told["method"], told["status"], told["fault"]) == ("create", "GET", 200, "")
    assert told["parameters"] == {"meetingID": "demo", "name": "Ä & b", "meta_course": "1", "empty": ""}
    assert told["answer"] == answer.body.decode()
    assert before <= told["at"] <= await space.now()
    assert 0 <= told["ms"] < 5000


@awaited
async def test_a_posted_form_is_told_too(space: Space) -> None:
    assert (await space.post("create", "meetingID=demo&name=a+%26+b")).code == "SUCCESS"
    (told,) = await space.calls()
    assert (told["method"], told["parameters"]) == ("POST", {"meetingID": "demo", "name": "a & b"})


@awaited
async def test_no_checksum_is_kept(space: Space) -> None:
    await space.create()
    await space.post("create", "meetingID=other")
    await space.call("getMeetings")
    asked = await space.fetch("/developer/calls")
    for call, text in (("create", "meetingID=demo"), ("create", "meetingID=other"), ("getMeetings", "")):
        assert checksum(call, text).encode() not in asked.body
    assert all("checksum" not in one["parameters"] for one in json.loads(asked.body)["calls"])
    assert space.secret.encode() not in asked.body


@awaited
async def test_calls_are_in_order_and_can_be_narrowed(space: Space) -> None:
    await space.create()
    for _ in range(3):
        await space.info("demo")
    await space.call("getMeetings")
    await space.create("other")
    told = await space.calls()
    assert [one["call"] for one in told] == ["create", *["getMeetingInfo"] * 3, "getMeetings", "create"]
    ids = [one["id"] for one in told]
    assert ids == sorted(set(ids))
    assert [one["at"] for one in told] == sorted(one["at"] for one in told)
    assert await space.calls("?call=getMeetingInfo") == told[1:4]
    assert await space.calls(f"?after={ids[3]}") == told[4:]
    assert await space.calls(f"?call=create&after={ids[0]}") == [told[5]]
    assert await space.calls(f"?after={ids[-1]}") == []
    assert await space.calls("?call=join") == []
    for wrong in ("x", "-1", "1.5", "%C2%B2", "", "9" * 5000):
        answer = await space.fetch(f"/developer/calls?after={wrong}")
        assert (answer.status, answer.body) == (400, b'{"error": "after must be a number"}'), wrong


@awaited
async def test_what_was_refused_and_what_is_no_call_is_told(space: Space) -> None:
    await space.call("getMeetingInfo", meetingID="nobody")
    await space.call("nonsense", a="b")
    await space.fetch("/bigbluebutton/api/")
    refused, unknown, root = await space.calls()
    assert ("notFound" in refused["answer"], refused["status"]) == (True, 200)
    assert (unknown["call"], unknown["parameters"]) == ("nonsense", {"a": "b"})
    assert (root["call"], "returncode" in root["answer"]) == ("", True)


@pytest.mark.parametrize("name", ["getMeetings", "getMeetings.xml", "getMeetings.json", "getMeetings/"])
@awaited
async def test_a_call_has_one_name_however_it_is_written(space: Space, name: str) -> None:
    answer = await space.fetch(f"/bigbluebutton/api/{name}?checksum={checksum('getMeetings', '')}")
    assert b"SUCCESS" in answer.body
    (told,) = await space.calls("?call=getMeetings")
    assert told["answer"] == answer.body.decode()


@awaited
async def test_hooks_calls_and_redirects_are_told(space: Space) -> None:
    await space.create()
    await space.call("hooks/list")
    await space.call("join", meetingID="demo", fullName="Ada", role="VIEWER")
    await space.call("getMeetings", format="json")
    told = {one["call"]: one for one in await space.calls()}
    assert "hooks" in told["hooks/list"]["answer"]
    assert (told["join"]["status"], told["join"]["parameters"]["fullName"]) == (302, "Ada")
    assert json.loads(told["getMeetings"]["answer"])["response"]["returncode"] == "SUCCESS"


@awaited
async def test_calls_can_be_forgotten_and_are_each_server_s_own(space: Space) -> None:
    other, main = neighbour(space), main_of(space)
    for server in (space, other, main):
        await server.call("getMeetings")
        await server.call("isMeetingRunning", meetingID=f"of {server.name}")
    for server in (space, other, main):
        told = await server.calls("?call=isMeetingRunning")
        assert [one["parameters"]["meetingID"] for one in told] == [f"of {server.name}"]
    last = (await space.calls())[-1]["id"]
    await space.told("calls", "DELETE")
    assert await space.calls() == []
    assert len(await other.calls()) == 2
    # A number is never given twice.
    await space.call("getMeetings")
    assert (await space.calls())[0]["id"] > last


@pytest.mark.faults
@awaited
async def test_only_the_last_calls_are_kept(space: Space) -> None:
    """A server that is asked for days does not fill the memory."""
    request = f"GET {space.path}/bigbluebutton/api HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    for _ in range(11):
        space.daemon.send(request * 999 + request.replace(b"Host: x", b"Host: x\r\nConnection: close"))
    told = await space.calls()
    assert len(told) == 10_000
    assert told[-1]["id"] == 11_000
