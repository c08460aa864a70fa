"""Health and readiness: what a load balancer and a supervisor ask."""

from __future__ import annotations

import errno
import json
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from environment_reset import PATIENCE
from harness import Answer, Caller, Daemon, Memory, Wire, awaited, parse, until

from bbbd.http.site import MOST_PROBES


def reason(answer: Answer) -> tuple[int, str | None]:
    return answer.status, json.loads(answer.body).get("reason")


async def ready(caller: Caller) -> Answer:
    """Return the answer of a server whose start is complete."""
    end = time.monotonic() + PATIENCE
    while reason(answer := await caller.fetch("/readyz")) == (503, "starting"):
        assert time.monotonic() < end
    return answer


@awaited
async def test_a_server_that_runs_is_healthy_and_ready(bbb: Caller) -> None:
    healthy = await bbb.fetch("/healthz")
    assert (healthy.status, healthy.body) == (200, b"ok\n")
    answer = await ready(bbb)
    assert (answer.status, answer.body) == (200, b'{"ready":true,"draining":false}\n')
    assert answer.headers["content-type"] == "application/json"
    for one in (healthy, answer):
        assert one.headers["cache-control"] == "no-store"
        assert one.headers["server"] == "bbbd"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
@awaited
async def test_probes_may_ask_by_head_and_change_nothing_by_post(bbb: Caller, path: str) -> None:
    by_head = await bbb.fetch(path, "HEAD", {"X-Forwarded-For": "127.0.0.1"})
    assert (by_head.status in (200, 404), by_head.body) == (True, b"")
    by_post = await bbb.fetch(path, "POST")
    assert (by_post.status, by_post.headers["allow"]) == (405, "GET, HEAD")
    assert (await bbb.fetch(f"{path}/more")).status == 404


@awaited
async def test_a_server_whose_recordings_are_not_read_yet_starts(memory: Memory) -> None:
    memory.app.monitoring.readiness.is_started = False
    assert reason(await memory.fetch("/readyz")) == (503, "starting")
    assert (await memory.fetch("/healthz")).status == 200


@awaited
async def test_a_server_that_stops_is_not_ready(memory: Memory) -> None:
    memory.app.is_stopping = True
    assert reason(await memory.fetch("/readyz")) == (503, "stopping")
    assert (await memory.fetch("/healthz")).status == 200


@awaited
async def test_a_server_on_a_full_disk_is_not_ready_until_there_is_space(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__minFreeDisk="1000000 GiB")
    assert reason(await memory.fetch("/readyz")) == (503, "diskFull")
    memory.app._free_disk.bytes = 1 << 60
    assert reason(await memory.fetch("/readyz")) == (200, None)


@awaited
async def test_a_server_whose_disk_takes_nothing_is_not_ready_until_it_does(
    memory: Memory, asked_for: set[str]
) -> None:
    asked_for |= {"sync_failed", "journal_broken"}
    await memory.call("create", meetingID="demo")
    memory.disk.faults["fdatasync"] = OSError(errno.EIO, "Input/output error")
    assert (await memory.call("create", meetingID="other")).key == "internalError"
    assert reason(await memory.fetch("/readyz")) == (503, "syncFailed")
    assert (await memory.fetch("/healthz")).status == 200
    memory.disk.faults.clear()
    memory.advance(11)
    assert reason(await memory.fetch("/readyz")) == (200, None)


@awaited
async def test_a_server_that_drains_is_ready(memory: Memory) -> None:
    (memory.directory / "drain").touch()
    memory.advance(2)
    await until(lambda: memory.app.server.draining.is_on)
    answer = await memory.fetch("/readyz")
    assert (answer.status, json.loads(answer.body)) == (200, {"ready": True, "draining": True})


@awaited
async def test_developer_mode_says_that_it_is_none_for_production(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(arguments=["--developer"])
    described = json.loads((await ready(daemon)).body)
    assert described == {"ready": True, "draining": False, "developer": True}


@awaited
async def test_a_daemon_that_stops_says_so_to_requests_in_progress(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    await ready(daemon)
    with socket.create_connection(("127.0.0.1", daemon.port)) as client:
        client.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n1")
        # Another request on its own connection: the first one's head has been read by then.
        await daemon.fetch("/healthz")
        daemon.process.send_signal(signal.SIGTERM)
        await daemon.until_logged("stopping")
        client.sendall(b"2")
        answer = parse(b"".join(iter(partial(client.recv, 1 << 16), b"")))
    assert reason(answer) == (503, "stopping")
    assert daemon.end() == 0


def ask(wire: Wire, path: str) -> bytes:
    wire.send(f"GET {path} HTTP/1.1\r\nHost: bbb.example.org\r\n\r\n".encode())
    return wire.got()


def test_probes_get_through_when_no_other_connection_does(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__maxConnections="20")
    people = [memory.connect(f"192.0.2.{number}") for number in range(20)]
    assert memory.connect("192.0.2.99").refused
    for path in ("/healthz", "/readyz", "/metrics"):
        probe = memory.connect("127.0.0.1")
        answer = ask(probe, path)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"\r\nConnection: close\r\n" in answer
        # Probes give their place free at once, and take none of other people.
        assert probe.closed
    assert not memory.connect("127.0.0.1").refused
    people[0].hang_up()
    assert not memory.connect("192.0.2.99").refused
    assert memory.connect("192.0.2.98").refused


def test_the_reserve_is_for_probes_alone(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__maxConnections="20", bbbd__trustedProxies="10.0.0.1", bbbd__metricsFrom="10.0.0.2")
    people = [memory.connect(f"192.0.2.{number}") for number in range(20)]
    for host in ("10.0.0.1", "10.0.0.2"):
        other = memory.connect(host)
        assert ask(other, "/bigbluebutton/api") == b""
        assert other.closed
    assert memory.connect("10.0.0.3").refused
    silent = [memory.connect("10.0.0.1") for _ in range(MOST_PROBES + 1)]
    assert [wire.refused for wire in silent] == [False] * MOST_PROBES + [True]
    memory.advance(7)
    assert all(wire.closed for wire in silent[:-1])
    assert not any(wire.closed for wire in people)
    assert not memory.connect("10.0.0.1").refused
    memory.app.access.log_sums()
    assert [line["from"] for line in memory.told("refused")] == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]


@awaited
async def test_a_full_daemon_still_answers_its_supervisor(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(settings={"bbbd.maxConnections": "10"})
    held = [daemon.connect() for _ in range(10)]
    for connection in held:
        # A request and its answer, so that each is known to be counted.
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
    with daemon.connect() as another:
        another.sendall(b"GET /bigbluebutton/api HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with suppress(ConnectionResetError):
            assert another.recv(1 << 16) == b""
    with daemon.connect() as probe:
        probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert probe.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
    for connection in held:
        connection.close()
