"""Faults on demand: what a call answers instead of the truth, for as many calls as wanted and for no other."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from developer_harness import Space, a_space, neighbour, running
from harness import FORM, Answer, awaited, checksum, query_of, signed
from lxml import etree

shared = pytest.fixture(running(), scope="module")
space = pytest.fixture(a_space)


async def raw_call(space: Space, call: str, **pairs: Any) -> bytes:
    """Call over a connection of its own and return all that came back."""
    target = space.path + signed(call, query_of(pairs))
    return space.daemon.send(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())


async def fault(space: Space, name: str, **more: Any) -> Any:
    return await space.do("faults", fault=name, **more)


@awaited
async def test_a_connection_is_cut(space: Space) -> None:
    await fault(space, "cut", call="create", times=1)
    assert await raw_call(space, "create", meetingID="demo") == b""
    assert not await space.lives()
    assert b"SUCCESS" in await raw_call(space, "create", meetingID="demo")


@awaited
async def test_an_answer_is_delayed(space: Space) -> None:
    await fault(space, "delay", seconds=0.4)
    begun = time.monotonic()
    await space.create()
    assert time.monotonic() - begun > 0.35
    (told,) = await space.calls()
    assert (told["fault"], told["status"], told["ms"] > 350) == ("delay", 200, True)


@awaited
async def test_whoever_does_not_wait_harms_nobody(space: Space) -> None:
    await fault(space, "delay", seconds=0.2)
    form = query_of({"meetingID": "demo"})
    body = f"{form}&checksum={checksum('create', form)}"
    for head in (
        f"GET {space.path}{signed('create', 'meetingID=other')} HTTP/1.1\r\nHost: x\r\n\r\n",
        f"POST {space.path}/bigbluebutton/api/create HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}",
    ):
        with space.daemon.connect() as connection:
            connection.sendall(head.encode())
    # Its own delay is over behind theirs.
    assert (await space.call("getMeetings")).code == "SUCCESS"
    assert len(await space.calls()) == 3


@awaited
async def test_a_page_of_html_with_500(space: Space) -> None:
    await fault(space, "html", times=2)
    for call in ("getMeetings", "join"):
        answer = await space.call(call, meetingID="demo")
        assert (answer.status, answer.headers["content-type"]) == (500, "text/html")
        assert b"Internal Server Error" in answer.body
        assert "location" not in answer.headers
    assert (await space.call("getMeetings")).code == "SUCCESS"


@pytest.mark.parametrize("form", ["xml", "json"])
@awaited
async def test_what_comes_is_malformed(space: Space, form: str) -> None:
    await fault(space, "malformed", times=1)
    answer = await space.call("getMeetings", format=form)
    assert answer.status == 200
    assert len(answer.body) > 10
    with pytest.raises((etree.XMLSyntaxError, json.JSONDecodeError)):
        _ = answer.json if form == "json" else answer.xml
    assert (await space.call("getMeetings")).code == "SUCCESS"


@pytest.mark.parametrize("element", ["returncode", "meetings", "attendees", "messageKey", "createTime", "metadata"])
@awaited
async def test_an_element_is_missing_and_all_else_is_there(space: Space, element: str) -> None:
    await space.create(meta_course="[{]}\"'")
    await space.people(moderators=1, viewers=2)

    async def both(call: str, **pairs: str) -> tuple[Answer, Answer]:
        return await space.call(call, **pairs), await space.call(call, format="json", **pairs)

    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: without(one) for name, one in value.items() if name != element}
        return [without(one) for one in value] if isinstance(value, list) else value

    for call, pairs in (("getMeetings", {}), ("getMeetingInfo", {"meetingID": "demo"}), ("getRecordings", {})):
        right_xml, right_json = await both(call, **pairs)
        rule = await fault(space, "missing", call=call, element=element)
        xml, told = await both(call, **pairs)
        await space.told(f"faults/{rule['id']}", "DELETE")
        right = right_xml.xml
        for found in right.findall(f".//{element}"):
            parent = found.getparent()
            assert parent is not None
            parent.remove(found)
        assert etree.tostring(xml.xml, method="c14n") == etree.tostring(right, method="c14n")
        assert told.json == without(right_json.json)


@awaited
async def test_the_last_member_of_an_answer_in_json_is_missing(space: Space) -> None:
    await fault(space, "missing", element="message")
    told = (await space.call("getMeetings", format="json")).json
    assert sorted(told) == ["meetings", "messageKey", "returncode"]


@awaited
async def test_a_meeting_is_not_found_as_an_old_server_says_it(space: Space) -> None:
    await space.create()
    await fault(space, "notFound", times=3)
    for call in ("getMeetingInfo", "isMeetingRunning", "join"):
        pairs = {"fullName": "Ada", "role": "VIEWER"} if call == "join" else {}
        answer = await space.call(call, meetingID="demo", **pairs)
        assert (answer.status, answer.code, answer.key) == (200, "FAILED", "notFound")
        assert "location" not in answer.headers
    assert await space.lives()


@awaited
async def test_a_body_comes_slowly_but_whole(space: Space) -> None:
    await space.create()
    right = await space.info("demo")
    await fault(space, "slow", seconds=0.4, call="getMeetingInfo")
    begun = time.monotonic()
    answer = await space.info("demo")
    assert time.monotonic() - begun > 0.3
    assert (answer.body, answer.headers["content-type"]) == (right.body, right.headers["content-type"])
    # Whoever hangs up in the middle harms nobody.
    with space.daemon.connect() as connection:
        connection.sendall(
            f"GET {space.path}{signed('getMeetingInfo', 'meetingID=demo')} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        )
        connection.recv(300)
    assert (await space.call("getMeetings")).code == "SUCCESS"


@awaited
async def test_a_fault_is_for_its_call_and_its_server_alone(space: Space) -> None:
    other = neighbour(space)
    await fault(space, "html", call="getMeetings")
    await space.create()
    await other.create()
    assert (await space.info("demo")).code == "SUCCESS"
    for call in ("getMeetings", "getMeetings.xml", "getMeetings.json", "getMeetings/"):
        target = f"/bigbluebutton/api/{call}?checksum={checksum('getMeetings', '')}"
        assert (await space.fetch(target)).status == 500, call
    assert (await other.call("getMeetings")).code == "SUCCESS"
    assert await other.told("faults") == {"faults": []}


@awaited
async def test_a_share_of_calls_gets_a_fault_always_the_same_for_a_seed(space: Space) -> None:
    bad = []
    for server, seed in ((space, 5), (neighbour(space), 5), (neighbour(space), 6)):
        rule = await fault(server, "html", share=0.5, seed=seed)
        bad.append([(await server.call("getMeetings")).status == 500 for _ in range(40)])
        (told,) = (await server.told("faults"))["faults"]
        assert told == rule | {"hit": sum(bad[-1])}
    assert bad[0] == bad[1] != bad[2]
    assert 8 < sum(bad[0]) < 32


@awaited
async def test_faults_are_listed_with_their_hits_and_removed(space: Space) -> None:
    first = await fault(space, "html", call="getMeetings", times=2)
    second = await fault(space, "notFound", call="getMeetingInfo")
    assert first == {
        "id": first["id"],
        "fault": "html",
        "call": "getMeetings",
        "share": 1.0,
        "times": 2,
        "seconds": 1.0,
        "element": "",
        "hit": 0,
    }
    for _ in range(3):
        await space.call("getMeetings")
    await space.info("demo")
    assert await space.told("faults") == {"faults": [first | {"hit": 2}, second | {"hit": 1}]}
    assert (await space.told("state"))["faults"] == 2
    assert await space.told(f"faults/{second['id']}", "DELETE") == {}
    assert [rule["id"] for rule in (await space.told("faults"))["faults"]] == [first["id"]]
    for wrong in (second["id"], "x", "%C2%B2", "-1", "", "9" * 5000):
        answer = await space.fetch(f"/developer/faults/{wrong}", "DELETE")
        assert (answer.status, list(json.loads(answer.body))) == (400, ["error"]), wrong
    await space.told("faults", "DELETE")
    assert await space.told("faults") == {"faults": []}
    assert (await space.call("getMeetings")).code == "SUCCESS"


WRONG: list[dict[str, Any]] = [
    {},
    {"fault": "fire"},
    {"fault": 1},
    {"fault": ["cut"]},
    {"fault": "html", "share": 1.5},
    {"fault": "html", "share": -0.1},
    {"fault": "html", "share": "1"},
    {"fault": "html", "share": True},
    {"fault": "html", "share": float("nan")},
    {"fault": "delay", "seconds": -1},
    {"fault": "delay", "seconds": 601},
    {"fault": "delay", "seconds": None},
    {"fault": "html", "times": 0},
    {"fault": "html", "times": 1.5},
    {"fault": "html", "times": True},
    {"fault": "html", "times": "1"},
    {"fault": "missing"},
    {"fault": "missing", "element": "a.*b"},
    {"fault": "missing", "element": ["a"]},
    {"fault": "html", "call": 5},
    {"fault": "html", "call": "craete"},
    {"fault": "html", "calls": "create"},
]


@awaited
async def test_a_fault_that_cannot_be_is_refused(space: Space) -> None:
    for body in WRONG:
        assert await space.refused("faults", **body)
    assert await space.told("faults") == {"faults": []}
    assert (await space.call("getMeetings")).code == "SUCCESS"
