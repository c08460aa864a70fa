"""Developer mode is for this machine and says what it is; a server without it has nothing of it."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from callback_receivers import Receiver
from developer_harness import ASKABLE, JSON, Space, a_space, neighbour, running
from harness import Daemon, Memory, awaited, free_port, until

from bbbd.developer.control import SURFACE

BANNER = b"Developer mode"

shared = pytest.fixture(running(), scope="module")
space = pytest.fixture(a_space)


def started(
    start_daemon: Callable[..., Daemon], listen: str, settings: dict[str, str] | None = None, *, developer: bool = True
) -> Daemon:
    """Start a daemon that listens as the settings say, which may end at once."""
    daemon = start_daemon(flags=False, starts=False, settings=settings or {}, arguments=["--developer"] * developer)
    text = daemon.file.read_text().splitlines()
    kept = [line for line in text if not line.startswith("bbbd.listen=")]
    escaped = listen.replace("\\", "\\\\")
    daemon.file.write_text("\n".join([*kept, f"bbbd.listen={escaped}", ""]))
    daemon.start()
    return daemon


@pytest.mark.parametrize(
    "listen",
    [
        "tcp:{}:interface=0.0.0.0",
        r"tcp6:{}:interface=\:\:",
        "tcp:{}",
        "tcp:port={}:interface=",
        "tcp:interface=0.0.0.0:port={}",
        "tcp:{}:interface=127.0.0.1 tcp:{}:interface=0.0.0.0",
    ],
)
def test_it_does_not_listen_where_others_reach_it(
    start_daemon: Callable[..., Daemon], asked_for: set[str], listen: str
) -> None:
    asked_for.add("raw")
    ports = [free_port(), free_port()]
    daemon = started(start_daemon, listen.format(*ports[: listen.count("{}")]))
    if not daemon.logged("raw"):
        # The fixture ends what should not have started.
        pytest.fail(f"it listens on {listen}")
    assert daemon.wait() == 78
    assert [line["event"] for line in daemon.log] == ["raw"]
    told = daemon.log[0]["message"]
    assert told.startswith("bbbd: developer mode does not listen on tcp")
    assert " unless bbbd.developerAnywhere=true (--set bbbd.developerAnywhere=true, or " in told


@awaited
async def test_it_does_where_an_operator_wants_it(start_daemon: Callable[..., Daemon]) -> None:
    port = free_port()
    daemon = started(start_daemon, f"tcp:{port}:interface=0.0.0.0", {"bbbd.developerAnywhere": "true"})
    daemon.port = port
    assert (await Space(daemon=daemon).told("clock"))["moved"] == 0


@pytest.mark.parametrize("interface", ["127.0.0.1", "localhost"])
@awaited
async def test_loopback_and_a_socket_file_are_this_machine(
    start_daemon: Callable[..., Daemon], tmp_path: Path, interface: str
) -> None:
    try:
        socket.gethostbyname(interface)
    except socket.gaierror:
        pytest.skip(f"{interface} is not known here: /etc/hosts does not have it")
    listen = f"tcp:{free_port()}:interface={interface} tcp:interface=127.0.0.2:port={free_port()} unix:{tmp_path / 's'}"
    # The setting does what the flag does.
    daemon = started(start_daemon, listen, {"bbbd.developer": "true"}, developer=False)
    await daemon.until_logged("developer_mode")
    assert daemon.logged("started") == 1


@awaited
async def test_an_ordinary_server_has_nothing_of_it(start_daemon: Callable[..., Daemon]) -> None:
    daemon = started(start_daemon, f"tcp:{(port := free_port())}:interface=127.0.0.1", developer=False)
    daemon.port = port
    for path, method in ASKABLE:
        answer = await daemon.fetch(f"/developer/{path}", method, JSON, b"{}")
        nothing = await daemon.fetch(f"/nothing/{path}", method, JSON, b"{}")
        assert (answer.status, answer.body) == (nothing.status, nothing.body)
        assert answer.status == (404 if method == "GET" else 405)
    for path in ("/developer/", "/developer", "/x/bigbluebutton/api", "/x/developer/clock", "/x/api", "/x/backoffice"):
        assert (await daemon.fetch(path)).status == 404
    large = await daemon.fetch("/developer/clock", "POST", JSON, b"x" * 100_000)
    assert large.status == 413
    assert BANNER not in (await daemon.fetch("/")).body
    assert not daemon.logged("developer_mode")
    assert not (daemon.directory / "namespaces").exists()


@awaited
async def test_it_is_refused_to_call_this_machine_without_it(memory: Memory, receiver: Receiver) -> None:
    await memory.call("create", meetingID="demo", meta_endCallbackUrl=receiver.url())
    await memory.call("end", meetingID="demo")
    memory.advance(2)
    assert receiver.got == []


@awaited
async def test_the_log_says_what_it_is_and_who_moved_the_clock(space: Space) -> None:
    warned = await space.daemon.until_logged("developer_mode")
    assert (warned["level"], warned["message"]) == ("warn", "developer mode: not for production")
    await space.advance(7)

    def moves() -> list[tuple[float, bool]]:
        lines = [line for line in space.daemon.log if line["event"] == "clock_moved"]
        return [(line["s"], line["audit"]) for line in lines if line["space"] == space.name]

    await until(lambda: bool(moves()))
    assert moves() == [(7, True)]


@awaited
async def test_every_page_says_what_it_is(space: Space) -> None:
    await space.create()
    (own,) = await space.recordings()
    token = await space.token("demo", "Ada", role="VIEWER")
    main = Space(daemon=space.daemon)
    for server in (space, main):
        for path, status in (
            ("/", 200),
            ('/?errors=[{"key":"notFound"}]', 200),
            ("/html5client/join?sessionToken=x", 403),
            ("/html5client/guestWait", 200),
        ):
            answer = await server.fetch(path)
            assert (answer.status, answer.headers["content-type"]) == (status, "text/html;charset=utf-8")
            assert answer.body.count(BANNER) == 1, path
            assert answer.body.startswith(b"<!doctype html>")
    for path in (f"/html5client/join?sessionToken={token}", f"/playback/presentation/2.3/{own}"):
        answer = await space.fetch(path)
        assert (answer.status, answer.body.count(BANNER)) == (200, 1), path
        raw = f"HEAD {space.path}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        head, _, body = space.daemon.send(raw).partition(b"\r\n\r\n")
        assert (f"Content-Length: {len(answer.body)}".encode() in head, body) == (True, b"")
    assert BANNER not in (await space.call("getMeetings")).body
    assert BANNER not in (await space.fetch("/html5client/page.css")).body


@awaited
async def test_what_a_stranger_s_page_can_send_is_refused(space: Space) -> None:
    await space.create()
    body = json.dumps({"advance": 600, "meetingID": "demo", "viewers": 3, "fault": "html"}).encode()
    types = ("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp")
    for path in [path for path, methods in SURFACE.items() if "POST" in methods]:
        for content_type in types:
            answer = await space.post_raw(path, body, {"Content-Type": content_type} if content_type else {})
            assert (answer.status, answer.body) == (400, b'{"error": "the body must be application/json"}')
    assert (await space.info("demo")).text("participantCount") == "0"
    assert await space.listed(state="any") == []


@awaited
async def test_the_surface_says_which_methods_there_are(space: Space) -> None:
    for path, methods in SURFACE.items():
        for method in {"GET", "POST", "DELETE", "PUT"} - set(methods):
            answer = await space.fetch(f"/developer/{path}", method, JSON, b"{}")
            assert (answer.status, answer.headers["allow"]) == (405, ", ".join(methods))
    assert (await space.post_raw("clock", b" " * (1 << 20) + b"{}")).status == 413
    answer = await space.post_raw("clock", b'{"advance": 0}', {"Content-Type": "Application/JSON; charset=utf-8"})
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")


@awaited
async def test_it_tells_all_calls_and_all_it_can(space: Space) -> None:
    told = await space.told("declarations")
    calls = {call["name"]: call for call in told["calls"]}
    assert {"create", "join", "getRecordings", "hooks/create"} <= set(calls)
    meeting_id = {one["name"]: one for one in calls["create"]["parameters"]}["meetingID"]
    assert (meeting_id["required"], bool(meeting_id["meaning"])) == (True, True)
    assert [(one["path"], one["method"]) for one in told["surface"]] == ASKABLE
    assert all(one["meaning"] for one in told["surface"])
    state = await space.told("state")
    assert list(state) == ["now", "meetings", "recordings", "hooks", "callbacksDue", "faults"]


@awaited
async def test_it_is_still_what_it_is_after_a_reload(start_daemon: Callable[..., Daemon], receiver: Receiver) -> None:
    daemon = start_daemon(arguments=["--developer"])
    servers = [Space(daemon=daemon), Space(daemon=daemon, name="before"), Space(daemon=daemon, name="behind")]
    await servers[1].create("made before")
    daemon.settings["bbbd.logLevel"] = "debug"
    daemon.write_settings()
    os.kill(daemon.process.pid, signal.SIGHUP)
    assert (await daemon.until_logged("reloaded"))["changed"] == "bbbd.logLevel"
    for number, server in enumerate(servers, 1):
        await server.create(meta_endCallbackUrl=receiver.url())
        await server.call("end", meetingID="demo")
        await server.advance(1)
        assert len(receiver.got) == number, server.name


@awaited
async def test_another_secret_counts_everywhere_after_a_reload(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(arguments=["--developer"])
    servers = [Space(daemon=daemon), Space(daemon=daemon, name="before"), Space(daemon=daemon, name="behind")]
    await servers[1].create()
    daemon.secret = "another-secret"
    daemon.write_settings()
    os.kill(daemon.process.pid, signal.SIGHUP)
    await daemon.until_logged("reloaded")
    for server in servers:
        assert (await server.call("getMeetings")).key == "checksumError"
        server.secret = daemon.secret
        assert (await server.call("getMeetings")).code == "SUCCESS"
    await servers[0].do("reset")
    assert (await servers[0].call("getMeetings")).code == "SUCCESS"


@awaited
async def test_it_stops_with_servers_and_people_in_it(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(arguments=["--developer"])
    space = Space(daemon=daemon, name="one")
    await space.create()
    await space.people(viewers=3)
    await neighbour(space).create()
    assert daemon.end() == 0
    assert daemon.logged("stopped") == 1
