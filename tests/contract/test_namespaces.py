"""Namespaces of developer mode: servers beside each other in one process, that never see anything of one another."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from callback_receivers import Receiver, status
from developer_harness import Space, a_space, main_of, neighbour, running
from harness import Answer, Daemon, awaited, signed, until
from sample_tracks import SRT, put, tracks
from twisted.internet.defer import Deferred

from bbbd.log import LogObserver, in_namespace
from bbbd.values.enums import LogFormat, LogLevel

shared = pytest.fixture(running(), scope="module")
space = pytest.fixture(a_space)


@awaited
async def test_the_same_meeting_in_three_servers_is_three_meetings(space: Space) -> None:
    servers = {"one": space, "two": neighbour(space), "main": main_of(space)}
    for name, server in servers.items():
        await server.create(name=name, meetingExpireIfNoUserJoinedInMinutes=0)
    await servers["one"].people(moderators=1, viewers=4)
    await servers["main"].people(viewers=2)
    for name, server in servers.items():
        answer = await server.call("getMeetings")
        assert [one.findtext("meetingName") for one in answer.xml.findall("meetings/meeting")] == [name]
    assert [(await server.info("demo")).text("participantCount") for server in servers.values()] == ["5", "0", "2"]
    await servers["one"].call("end", meetingID="demo")
    assert [await server.lives() for server in servers.values()] == [False, True, True]
    await servers["main"].call("end", meetingID="demo")
    assert [await server.lives() for server in servers.values()] == [False, True, False]


@awaited
async def test_a_join_leads_into_its_own_server(space: Space) -> None:
    other = neighbour(space)
    links = []
    for server in (space, other, main_of(space)):
        await server.create()
        answer = await server.call("join", meetingID="demo", fullName="Ada", role="VIEWER")
        link = urlsplit(answer.headers["location"])
        assert (link.hostname, link.port) == ("127.0.0.1", server.daemon.port)
        assert link.path == f"{server.path}/html5client/join"
        links.append(f"{link.path}?{link.query}")
    token = urlsplit(links[0]).query
    daemon = space.daemon
    assert [(await daemon.fetch(link)).status for link in links] == [200, 200, 200]
    for elsewhere in (f"/html5client/join?{token}", f"{other.path}/html5client/join?{token}"):
        assert (await daemon.fetch(elsewhere)).status == 403
    failed = await space.call("join", meetingID="nobody", fullName="Ada", headers={"Accept": "text/html"})
    assert urlsplit(failed.headers["location"]).path == f"{space.path}/"


@awaited
async def test_recordings_and_their_text_tracks_are_apart(space: Space) -> None:
    other, main = neighbour(space), main_of(space)
    (own,) = await space.recordings(start=1_700_000_000_000, name="Own")
    await other.create()
    for server in (other, main):
        assert await server.listed(state="any") == []
        assert (await server.call("getRecordingTextTracks", recordID=own)).json["messageKey"] == "noRecordings"
        assert (await server.call("deleteRecordings", recordID=own)).key == "notFound"
        assert (await server.fetch(f"/presentation/{own}/metadata.xml")).status == 404
        assert (await server.fetch(f"/playback/presentation/2.3/{own}")).status == 404
    # The same recording elsewhere is another.
    assert await other.recordings(start=1_700_000_000_000, name="Other") == [own]
    assert (await put(space, own, SRT)).json["returncode"] == "SUCCESS"
    await space.advance(40)
    (track,) = await tracks(space, own)
    assert urlsplit(track["href"]).path.startswith(f"{space.path}/textTrack/")
    answer = await space.daemon.fetch(urlsplit(track["href"]).path)
    assert answer.body.startswith(b"WEBVTT")
    assert await tracks(other, own) == []
    href = urlsplit(track["href"]).path.removeprefix(space.path)
    assert [(await server.fetch(href)).status for server in (other, main)] == [404, 404]
    await other.call("deleteRecordings", recordID=own)
    assert [found.findtext("name") for found in await space.listed()] == ["Own"]


@awaited
async def test_hooks_and_callbacks_are_apart(space: Space, receiver: Receiver) -> None:
    servers = (space, neighbour(space), main_of(space))
    for number, server in enumerate(servers):
        await server.call("hooks/create", callbackURL=receiver.url(f"/{number}"))
    await servers[1].create("hooked")
    await servers[1].advance(1)
    await until(lambda: len(receiver.got) > 0)
    assert {urlsplit(got.target).path for got in receiver.got} == {"/1"}
    for number, server in enumerate(servers):
        answer = await server.call("hooks/list")
        assert [one.text for one in answer.xml.iter("callbackURL")] == [receiver.url(f"/{number}")]
        for hook in answer.xml.iter("hookID"):
            await server.call("hooks/destroy", hookID=hook.text)


@awaited
async def test_clocks_are_apart(space: Space) -> None:
    other, main = neighbour(space), main_of(space)
    for server in (space, other, main):
        await server.create("timed", duration=1)
    begun = await main.now()
    moved = await space.advance(120)
    assert moved - begun >= 120_000
    for server in (other, main):
        assert await server.now() - begun < 60_000
        assert (await server.told("clock"))["moved"] == 0
    assert [await server.lives("timed") for server in (space, other, main)] == [False, True, True]
    await main.advance(62)
    assert [await server.lives("timed") for server in (space, other, main)] == [False, True, False]


@awaited
async def test_a_reset_leaves_the_others(space: Space) -> None:
    other = neighbour(space)
    for server in (space, other):
        await server.create()
        await server.recordings()
        await server.advance(120)
        await server.do("faults", fault="html", call="join")
    assert await space.do("reset") == {}
    assert await space.calls() == []
    assert await space.tries() == []
    state = await space.told("state")
    assert {name: value for name, value in state.items() if name != "now"} == {
        "meetings": [],
        "recordings": 0,
        "hooks": 0,
        "callbacksDue": 0,
        "faults": 0,
    }
    assert (await space.told("clock"))["moved"] == 0
    assert await space.listed(state="any") == []
    assert await other.lives()
    assert (len(await other.listed()), len((await other.told("faults"))["faults"])) == (1, 1)
    # It begins anew, and a reset of what is not there is none.
    await space.create()
    for _ in range(2):
        await space.do("reset", all=True)
    assert await other.lives()
    assert not await space.lives()


@awaited
async def test_a_reset_of_the_main_server_keeps_its_secret_and_works_on(space: Space, receiver: Receiver) -> None:
    main = main_of(space)
    await main.create(meta_endCallbackUrl=receiver.url())
    await main.recordings()
    await main.advance(60)
    await space.create()
    assert await main.do("reset") == {}
    assert (await main.told("clock"))["moved"] == 0
    assert await main.listed(state="any") == []
    assert not await main.lives()
    assert receiver.got == []
    await main.create(meta_endCallbackUrl=receiver.url())
    await main.people(viewers=2)
    await main.call("end", meetingID="demo")
    await main.advance(1)
    assert len(receiver.got) == 1
    assert len(await main.recordings(count=2)) == 2
    assert len(await main.listed()) == 2
    assert await space.lives()
    assert (await main.told("state"))["recordings"] == 2


@awaited
async def test_a_reset_of_all_leaves_nothing(space: Space) -> None:
    main, other = main_of(space), neighbour(space)
    for server in (space, other, main):
        await server.create()
    assert "unknown" in await main.refused("reset", unknown=1)
    assert await main.do("reset", all=True) == {}
    for server in (main, space, other):
        assert (await server.call("getMeetings")).key == "noMeetings"


@awaited
async def test_a_server_that_is_called_while_it_is_reset_stays_whole(space: Space) -> None:
    await space.recordings(count=300)
    reset = Deferred.fromCoroutine(space.do("reset"))
    made = 0
    while not reset.called:
        await space.call("create", meetingID=f"meeting-{made}")
        made += 1
    await reset
    for number in range(made):
        answer = await space.call("end", meetingID=f"meeting-{number}")
        assert answer.key in ("sentEndMeetingRequest", "notFound")
    await space.create("behind")
    assert len(await space.recordings(count=3)) == len(await space.listed()) == 3


@pytest.mark.parametrize(
    "name",
    [
        ".",
        "..",
        "%2e%2e",
        "a.b",
        ".a",
        "-a",
        "_a",
        "a%2Fb",
        "a%00",
        "a%20b",
        "%C3%A4",
        "a:b",
        "~a",
        "a" * 129,
        "a%0a",
        "..%2f..%2fx",
    ],
)
@awaited
async def test_what_is_no_name_is_no_server(space: Space, name: str) -> None:
    def raw(path: str) -> bytes:
        return space.daemon.send(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())

    for path in (signed("getMeetings"), "/developer/clock", "/html5client/join"):
        assert raw(f"/{name}{path}").startswith(b"HTTP/1.1 404 ")
    made = {path.name.partition(".")[0] for path in space.daemon.directory.glob("namespaces/*")}
    assert all(one.startswith("space-") for one in made)


@pytest.mark.parametrize("name", ["a", "0", "A-b_C", "a" * 128, "api2", "presentations"])
@awaited
async def test_a_name_is_letters_digits_and_two_signs(space: Space, name: str) -> None:
    server = Space(daemon=space.daemon, name=name)
    await server.create()
    assert await server.lives()
    await server.do("reset")


@awaited
async def test_paths_of_a_server_make_no_other(space: Space) -> None:
    """What only looks at a namespace that nobody has called makes none."""
    other = neighbour(space)
    for path in ("/", "/favicon.ico", "/presentation/x/metadata.xml", "/x"):
        assert (await other.fetch(path)).status == 404
    assert not list(space.daemon.directory.glob(f"namespaces/{other.name}*"))
    for path in ("/bigbluebutton/bigbluebutton/api", "/html5client/bigbluebutton/api", "/developer/bigbluebutton/api"):
        assert (await space.daemon.fetch(path)).status == 404


@pytest.mark.faults
@awaited
async def test_there_are_at_most_two_hundred(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(arguments=["--developer"])
    servers = [Space(daemon=daemon, name=f"n{number}") for number in range(201)]
    for server in servers[:200]:
        await server.create()
    for _ in range(2):
        answer = await servers[200].call("getMeetings")
        assert (answer.status, answer.headers["content-type"]) == (404, "text/plain;charset=utf-8")
    assert await servers[0].lives()
    assert (await main_of(servers[0]).call("getMeetings")).code == "SUCCESS"
    assert (await servers[199].do("reset")) == {}
    await servers[200].create()
    begun = await servers[7].now()
    assert await servers[7].advance(120) - begun >= 120_000


@awaited
async def test_after_a_restart_they_are_gone_and_the_main_server_is_there(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(arguments=["--developer"])
    main, one = Space(daemon=daemon), Space(daemon=daemon, name="one")
    for server in (main, one):
        await server.create()
        await server.recordings()
    await daemon.restart()
    assert not list(daemon.directory.glob("namespaces/*"))
    assert await main.lives()
    assert len(await main.listed()) == 1
    answers: list[Answer] = [await one.call("getMeetings"), await one.call("getRecordings")]
    assert [answer.key for answer in answers] == ["noMeetings", "noRecordings"]
    await one.create()
    assert daemon.end() == 0


@awaited
async def test_the_log_names_the_namespace(space: Space, receiver: Receiver) -> None:
    receiver.usual = status(500)
    other, main, log = neighbour(space), main_of(space), space.daemon.log
    begun = len(log)
    for server in (space, other, main):
        await server.create(meta_endCallbackUrl=receiver.url(f"/{server.name}"))
        await server.call("end", meetingID="demo")
    await receiver.has(3)
    await until(lambda: sum(line["event"] == "callback_failed" for line in log[begun:]) == 3)
    for event, count in (("callback_failed", 1), ("call", 2)):
        names = [line.get("namespace", "") for line in log[begun:] if line["event"] == event]
        assert sorted(names) == sorted([space.name, other.name, ""] * count)
    await space.advance(31)
    assert [line.get("namespace") for line in log if line["event"] == "callback_failed"][-1] == space.name
    failed = [line for line in log[begun:] if line["event"] == "callback_failed"]
    assert {line["answer"] for line in failed} == {"HTTP/1.1 500 Said: ok"}


def test_a_line_of_text_begins_with_the_namespace() -> None:
    lines: list[str] = []
    observer = LogObserver(lines.append, LogLevel.INFO, LogFormat.TEXT)
    for name in ("", "mine"):
        with in_namespace(name):
            observer.write_line(LogLevel.INFO, "word", "a message", {}, 0)
    assert [line[24:] for line in lines] == [" info     a message\n", " info     [mine] a message\n"]
