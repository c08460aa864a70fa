"""Developer mode from outside: what integrators do with it, each in a namespace of its own."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from callback_receivers import Receiver, status
from harness import Answer, Daemon, awaited, query_of, signed

from bbbd.developer.people import ACTIONS

_NAMES = count()
JSON = {"Content-Type": "application/json"}


class Space:
    """One namespace of a daemon."""

    def __init__(self, daemon: Daemon, name: str = "") -> None:
        self.daemon = daemon
        self.name = name or f"space{next(_NAMES)}"

    async def call(self, call: str, **pairs: Any) -> Answer:
        headers = pairs.pop("headers", None)
        return await self.daemon.fetch(
            f"/{self.name}{signed(call, query_of(pairs), self.daemon.secret)}", headers=headers
        )

    async def ask(self, path: str, body: Any = None, method: str = "", wanted: int = 200) -> Any:
        data = b"" if body is None else json.dumps(body).encode()
        answer = await self.daemon.fetch(
            f"/{self.name}/developer/{path}", method or ("GET" if body is None else "POST"), JSON, data
        )
        assert answer.status == wanted, answer.body
        return json.loads(answer.body)


@pytest.fixture(scope="module")
def running() -> Any:
    with tempfile.TemporaryDirectory(prefix="bbbd-test-") as directory:
        daemon = Daemon(directory=Path(directory) / "data", arguments=["--developer"])
        yield daemon
        assert daemon.end() == 0
        unseen = [line for line in daemon.log if line["level"] in ("error", "critical")]
        assert not [line for line in unseen if line["event"] != "callback_given_up"], unseen


@pytest.fixture
def space(running: Daemon) -> Space:
    return Space(running)


@awaited
async def test_meetings_end_when_the_clock_is_moved_past_them(space: Space) -> None:
    await space.call("create", meetingID="nobody")
    await space.call("create", meetingID="short", duration="20")
    await space.ask("people", {"meetingID": "short", "viewers": 2, "moderators": 1})
    before = (await space.ask("clock"))["now"]
    assert (await space.ask("clock", {"advance": 360}))["now"] >= before + 360_000
    assert (await space.call("getMeetingInfo", meetingID="nobody")).key == "notFound"
    assert (await space.call("getMeetingInfo", meetingID="short")).text("participantCount") == "3"
    await space.ask("clock", {"advance": 20 * 60})
    assert (await space.call("getMeetings")).key == "noMeetings"
    later = (await space.call("create", meetingID="later")).text("createTime") or ""
    assert int(later) >= before + 26 * 60_000


@awaited
async def test_retries_of_callbacks_are_done_when_the_move_has_answered(space: Space, receiver: Receiver) -> None:
    receiver.usual = status(500)
    await space.call("create", meetingID="demo", meetingEndedURL=receiver.url("/end"))
    await space.call("end", meetingID="demo")
    for seconds, tries in ((29, 1), (2, 2), (62, 3), (122, 4), (302, 5), (4000, 5)):
        await space.ask("clock", {"advance": seconds})
        assert len(receiver.got) == tries, seconds
    told = (await space.ask("callbacks"))["callbacks"]
    assert [(one["kind"], one["status"], one["tries"]) for one in told] == [
        ("end", 500, tries) for tries in range(1, 6)
    ]
    receiver.usual = status(200)
    await space.ask("callbacks/again", {"id": told[0]["id"]})
    await receiver.has(6)
    await space.ask("callbacks/again", {"id": 999}, wanted=400)


@pytest.mark.parametrize("advance", [-1, "6m", True, None, 1e99, [], {}])
@awaited
async def test_a_move_that_cannot_be_is_refused(space: Space, advance: Any) -> None:
    told = await space.ask("clock", {"advance": advance}, wanted=400)
    assert told["error"].startswith("advance must be a number")
    assert (await space.ask("clock"))["moved"] == 0


@awaited
async def test_people_do_all_they_can_and_it_shows(space: Space) -> None:
    await space.call("create", meetingID="demo", record="true")
    users = (await space.ask("people", {"meetingID": "demo", "moderators": 1, "viewers": 5, "seed": 7}))["users"]
    assert len(users) == 6
    one = await space.ask("people", {"meetingID": "demo", "name": "Ada", "role": "MODERATOR", "userID": "ada"})
    for action in [name for name in ACTIONS if name != "leave"]:
        await space.ask(
            "people/act", {"meetingID": "demo", "who": "ada", "does": action, "text": "Hello", "seconds": 3}
        )
    await space.ask("people/act", {"meetingID": "demo", "bustle": 50, "seed": 3})
    info = await space.call("getMeetingInfo", meetingID="demo")
    assert (info.text("participantCount"), info.text("moderatorCount")) == ("7", "2")
    (person,) = [p for p in (await space.ask("state"))["meetings"][0]["people"] if p["user"] == one["users"][0]]
    assert (person["name"], person["presenter"]) == ("Ada", True)
    await space.ask("people/act", {"meetingID": "demo", "who": "ada", "does": "leave"})
    assert (await space.call("getMeetingInfo", meetingID="demo")).text("participantCount") == "6"
    for body in (
        {"meetingID": "nobody", "who": "ada", "does": "speak"},
        {"meetingID": "demo", "who": "ada", "does": "speak"},
        {"meetingID": "demo", "who": users[0], "does": "fly"},
        {"meetingID": "demo", "who": users[0]},
        {"meetingID": "demo", "who": users[0], "does": "speak", "seconds": -1},
    ):
        await space.ask("people/act", body, wanted=400)


@awaited
async def test_guests_knock_and_are_answered(space: Space) -> None:
    await space.call("create", meetingID="demo", guestPolicy="ASK_MODERATOR")
    await space.ask("people", {"meetingID": "demo", "moderators": 1, "guests": 3})
    assert len((await space.ask("state"))["meetings"][0]["waiting"]) == 3
    assert (await space.ask("people/act", {"meetingID": "demo", "admit": True}))["answered"] == 3
    assert (await space.call("getMeetingInfo", meetingID="demo")).text("participantCount") == "4"


@awaited
async def test_recordings_are_made(space: Space, receiver: Receiver) -> None:
    body = {
        "meetingID": "demo",
        "count": 30,
        "formats": ["presentation", "video"],
        "minutes": 45,
        "notify": True,
        "meta": {"bbb-recording-ready-url": receiver.url(), "course": "Ä & <b>"},
        "state": "published",
    }
    ids = (await space.ask("recordings", body))["recordIDs"]
    answer = await space.call("getRecordings", meetingID="demo", limit="100")
    assert answer.text("totalElements") == "30"
    assert {one.text for one in answer.xml.findall("recordings/recording/recordID")} == set(ids)
    assert answer.text("recordings/recording/metadata/course") == "Ä & <b>"
    preview = answer.text("recordings/recording/playback/format/preview/images/image") or ""
    picture = await space.daemon.fetch("/" + preview.strip().split("/", 3)[3])
    assert picture.body.startswith(b"\x89PNG")
    await receiver.has(30)
    for wrong in (
        {"count": 0},
        {"formats": ["../x"]},
        {"formats": "x"},
        {"state": "lost"},
        {"meta": {"a b": "c"}},
        {"minutes": "x"},
        {"other": 1},
        {"meta": [1]},
    ):
        await space.ask("recordings", {"meetingID": "demo", **wrong}, wanted=400)


@awaited
async def test_calls_go_wrong_on_demand(space: Space) -> None:
    await space.call("create", meetingID="demo")

    async def spoiled(**rule: Any) -> Answer:
        await space.ask("faults", {"call": "getMeetings", "times": 1, **rule})
        answer = await space.call("getMeetings")
        assert (await space.call("getMeetings")).text("meetings/meeting/meetingID") == "demo"
        return answer

    html = await spoiled(fault="html")
    assert (html.status, html.headers["content-type"]) == (500, "text/html")
    with pytest.raises(SyntaxError):
        assert (await spoiled(fault="malformed")).xml
    missing = await spoiled(fault="missing", element="meetingID")
    assert (missing.text("meetings/meeting/meetingID"), missing.code) == (None, "SUCCESS")
    assert (await spoiled(fault="notFound")).key == "notFound"
    for slow in ("slow", "delay"):
        assert (await spoiled(fault=slow, seconds=0.1)).text("meetings/meeting/meetingID") == "demo"
    await space.ask("faults", {"fault": "cut", "times": 1})
    with pytest.raises(Exception, match=r"Connection|connection|parse"):
        await space.call("getMeetings")
    told = (await space.ask("faults"))["faults"]
    assert [(one["fault"], one["hit"]) for one in told][-1] == ("cut", 1)
    await space.ask(f"faults/{told[0]['id']}", method="DELETE")
    await space.ask(f"faults/{told[0]['id']}", method="DELETE", wanted=400)
    await space.ask("faults", method="DELETE")
    assert (await space.ask("faults"))["faults"] == []
    for wrong in (
        {"fault": "fire"},
        {"fault": "cut", "share": 2},
        {"fault": "cut", "times": 0},
        {"fault": "missing"},
        {"fault": "cut", "x": 1},
    ):
        await space.ask("faults", wrong, wanted=400)


@awaited
async def test_a_share_of_calls_goes_wrong_alike_for_a_seed(space: Space) -> None:
    async def pattern() -> list[int]:
        await space.ask("faults", {"fault": "html", "share": 0.5, "seed": 5})
        found = [(await space.call("getMeetings")).status for _call in range(12)]
        await space.ask("faults", method="DELETE")
        return found

    first = await pattern()
    assert set(first) == {200, 500}
    assert await pattern() == first


@awaited
async def test_what_came_is_told(space: Space) -> None:
    await space.call("create", meetingID="demo", name="A & B")
    await space.call("getMeetingInfo", meetingID="nobody")
    told = (await space.ask("calls"))["calls"]
    assert [(one["call"], one["method"], one["parameters"], one["status"]) for one in told] == [
        ("create", "GET", {"meetingID": "demo", "name": "A & B"}, 200),
        ("getMeetingInfo", "GET", {"meetingID": "nobody"}, 200),
    ]
    assert "notFound" in told[1]["answer"]
    assert len((await space.ask(f"calls?call=create&after={told[0]['id']}"))["calls"]) == 0
    await space.ask("calls?after=x", wanted=400)
    await space.ask("calls", method="DELETE")
    assert (await space.ask("calls"))["calls"] == []


@awaited
async def test_namespaces_never_see_each_other(running: Daemon) -> None:
    one, other = Space(running), Space(running)
    await running.call("create", meetingID="same", name="main")
    await one.call("create", meetingID="same", name="one")
    await other.call("create", meetingID="same", name="other")
    assert (await one.call("getMeetingInfo", meetingID="same")).text("meetingName") == "one"
    assert (await running.info("same")).text("meetingName") == "main"
    join = await one.call("join", meetingID="same", fullName="Ada", role="VIEWER")
    assert join.status == 302
    assert f"/{one.name}/html5client/join?" in join.headers["location"]
    page = await running.fetch("/" + join.headers["location"].split("/", 3)[3])
    assert page.status == 200
    assert b"Developer mode" in page.body
    await one.ask("clock", {"advance": 3600})
    assert (await other.ask("clock"))["moved"] == 0
    await one.ask("reset", {})
    assert (await one.call("getMeetings")).key == "noMeetings"
    assert (await other.call("getMeetings")).key is None
    for name in ("a.b", "x" * 200, "%2e%2e"):
        assert (await running.fetch(f"/{name}/bigbluebutton/api")).status == 404


@awaited
async def test_the_surface_says_what_it_is_and_refuses_what_is_no_json(space: Space) -> None:
    told = await space.ask("declarations")
    create = next(call for call in told["calls"] if call["name"] == "create")
    assert next(one for one in create["parameters"] if one["name"] == "meetingID")["required"]
    assert {"path": "clock", "method": "GET", "meaning": "Return the server's time."} in told["surface"]
    base = f"/{space.name}/developer"
    for headers, body in (({"Content-Type": "text/plain"}, b"{}"), (JSON, b"{"), (JSON, b"[]")):
        answer = await space.daemon.fetch(f"{base}/clock", "POST", headers, body)
        assert (answer.status, "error" in json.loads(answer.body)) == (400, True)
    assert (await space.daemon.fetch(f"{base}/clock", "DELETE")).status == 405
    assert (await space.daemon.fetch(f"{base}/nothing")).status == 404


@awaited
async def test_an_ordinary_server_has_none_of_it(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    for path in ("/developer/", "/developer/clock", "/x/bigbluebutton/api", "/x/developer/clock"):
        assert (await daemon.fetch(path)).status == 404


@awaited
async def test_reset_drops_what_the_main_server_holds(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(arguments=["--developer"])
    await daemon.call("create", meetingID="demo")
    await daemon.call("hooks/create", callbackURL="http://example.org/")
    space = Space(daemon)
    await space.call("create", meetingID="demo")
    answer = await daemon.fetch("/developer/reset", "POST", JSON, b'{"all": true}')
    assert answer.status == 200
    assert (await daemon.call("getMeetings")).key == "noMeetings"
    assert b"<hooks></hooks>" in (await daemon.call("hooks/list")).body
    assert (await space.call("getMeetings")).key == "noMeetings"
    await daemon.call("create", meetingID="again")
    await daemon.restart()
    assert (await daemon.info("again")).code == "SUCCESS"


def test_it_does_not_listen_where_others_are(start_daemon: Callable[..., Daemon]) -> None:
    for endpoint in ("tcp:0", "tcp:0:interface=0.0.0.0"):
        daemon = start_daemon(arguments=["--developer"], settings={"bbbd.listen": endpoint}, starts=False, flags=True)
        daemon.arguments += ["--listen", endpoint]
        daemon.start()
        assert daemon.wait() == 78
        assert "developer mode does not listen on" in str(daemon.log)
        daemon.log.clear()
