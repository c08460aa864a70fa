"""A process that stands still: the server's own, and that of somebody who is in a meeting."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import Answer, Daemon, Memory, awaited
from test_kill import _pause
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from websocket_clients import connected, inside, told

from bbbd.live.connection import DEAD_AFTER

#: People whom a stopped server must keep.
PEOPLE = 20


@awaited
async def test_nobody_is_taken_for_gone_whom_a_stopped_server_did_not_hear(memory: Memory) -> None:
    await memory.call("create", meetingID="demo")
    ada, bob = await inside(memory, "demo", "Ada", role="VIEWER"), await inside(memory, "demo", "Bob", role="VIEWER")
    memory.timer.advance(600)
    told(ada, bob)
    for _ in range(30):
        memory.timer.advance(1)
        told(ada, bob)
    assert not ada.wire.closed
    assert not ada.events("Lost", "Left")
    assert (await memory.info("demo")).text("participantCount") == "2"


@awaited
async def test_what_came_due_while_it_stood_still_happens_once(memory: Memory) -> None:
    """A server that is stopped has its clock move in one step; so has one whose machine was suspended."""
    for number in range(3):
        ended = f"http://receiver.example/ended/{number}"
        await memory.call("create", meetingID=f"m{number}", duration=5, meetingEndedURL=ended)
        await memory.enter(f"m{number}", "Ada", role="VIEWER")
    kinds: list[str] = []
    memory.app.meetings.listeners.append(lambda _meeting, event, _now: kinds.append(event.kind))
    memory.timer.advance(3600)
    memory.advance(5)
    assert kinds.count("Ended") == 3
    assert len(list((memory.directory / "outbox").glob("*.json*"))) == 3
    assert len({path.read_text() for path in (memory.directory / "outbox").glob("*.json*")}) == 3


@awaited
async def test_the_seat_of_a_peer_that_vanished_is_free_in_time(memory_with: Callable[..., Memory]) -> None:
    """Half-open: its connection stands, and nothing comes over it."""
    memory = memory_with(usersTimeout="30000")
    await memory.call("create", meetingID="demo", maxParticipants=2)
    ada, gone = await inside(memory, "demo", "Ada", role="VIEWER"), await inside(memory, "demo", "Gone", role="VIEWER")
    gone.answers_pings = False
    full = {"meetingID": "demo", "fullName": "Bob", "role": "VIEWER", "redirect": "false"}
    seconds = 0
    while seconds < 200 and (await memory.call("join", **full)).code != "SUCCESS":
        memory.advance(1)
        told(ada)
        seconds += 1
    assert 30 < seconds <= DEAD_AFTER + 30 + 3
    assert gone.wire.closed
    assert not ada.wire.closed


@awaited
async def test_a_request_of_a_peer_that_vanished_is_let_go(memory: Memory) -> None:
    """It is half sent, and nothing comes after it."""
    halves = (b"", b"GET /bigbluebutton/api HT", b"POST /x HTTP/1.1\r\nContent-Length: 9\r\n\r\n1")
    wires = [memory.connect() for _ in halves]
    for wire, half in zip(wires, halves, strict=True):
        wire.send(half)
    memory.advance(300)
    assert all(wire.closed for wire in wires)


@pytest.mark.soak
@awaited
async def test_the_seat_of_a_process_that_stands_still_is_free_in_time(start_daemon: Callable[..., Daemon]) -> None:
    """A real peer under SIGSTOP: its kernel takes what is sent, and answers nothing of it."""
    daemon = start_daemon(settings={"usersTimeout": "20000"})
    await daemon.call("create", meetingID="demo", maxParticipants=1)
    token = await daemon.token("demo", "Gone", role="VIEWER")
    code = (
        "import sys; sys.path[:0] = sys.argv[3:];"
        "from websocket_clients import Connected; from harness import Daemon;"
        "daemon = Daemon.__new__(Daemon); daemon.port = int(sys.argv[1]);"
        "member = Connected(daemon, sys.argv[2]); member.hello();"
        "member.until(lambda: bool(member.all('snapshot'))); print('in', flush=True); member.until(lambda: False)"
    )
    here = str(Path(__file__).resolve().parent.parent)
    command = [sys.executable, "-c", code, str(daemon.port), token, here, str(Path(here).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as peer:  # noqa: ASYNC220 - it only begins
        assert peer.stdout is not None
        assert await deferToThread(peer.stdout.readline) == b"in\n"
        peer.send_signal(signal.SIGSTOP)
        begun = time.monotonic()
        full = {"meetingID": "demo", "fullName": "Bob", "role": "VIEWER", "redirect": "false"}
        while (await daemon.call("join", **full)).code != "SUCCESS":
            assert time.monotonic() - begun < 10 * DEAD_AFTER
            await _pause(0.5)
        took = time.monotonic() - begun
        peer.kill()
    print(f"the seat was free after {took:.0f} s, of {DEAD_AFTER} s and usersTimeout")
    assert took > 20


async def _stop_under_load(daemon: Daemon, seconds: float, meanwhile: int = 10) -> None:
    """Stop the server while people are in and so many calls are made; all are answered, and nobody has left."""
    await daemon.call("create", meetingID="demo")
    people = [await connected(daemon, daemon, "demo", f"P{number}", role="VIEWER") for number in range(PEOPLE)]
    calls: list[Deferred[Answer]] = []

    def call(number: int) -> None:
        calls.append(Deferred.fromCoroutine(daemon.call("create", meetingID=f"m{number}")))

    for number in range(meanwhile):
        call(number)
    daemon.process.send_signal(signal.SIGSTOP)
    for number in range(meanwhile, 2 * meanwhile):
        call(number)
    await _pause(seconds)
    daemon.process.send_signal(signal.SIGCONT)
    assert [(await answer).code for answer in calls] == ["SUCCESS"] * 2 * meanwhile
    for person in people:
        person.say("chat.say", text="still here", id=1)
        person.until(lambda person=person: any(one["t"] in ("ok", "chat") and one.get("id") == 1 for one in person.got))  # type: ignore[misc]
    assert (await daemon.info("demo")).text("participantCount") == str(PEOPLE)
    assert not people[0].events("Lost", "Left")
    listed = (await daemon.call("getMeetings")).xml.findall("meetings/meeting")
    assert len(listed) == 1 + 2 * meanwhile
    for person in people:
        person.socket.close()


@pytest.mark.faults
@awaited
async def test_a_server_that_stood_still_for_5_seconds_lost_nobody(start_daemon: Callable[..., Daemon]) -> None:
    await _stop_under_load(start_daemon(), 5)


@pytest.mark.soak
@awaited
async def test_a_server_that_stood_still_for_a_minute_lost_nobody(start_daemon: Callable[..., Daemon]) -> None:
    # Whoever calls gives up within a minute too.
    await _stop_under_load(start_daemon(), 60, meanwhile=0)


@pytest.mark.faults
@awaited
async def test_a_server_without_memory_loses_nothing_that_it_answered(
    start_daemon: Callable[..., Daemon], asked_for: set[str]
) -> None:
    """It refuses or dies; what it answered is there when it runs again."""
    asked_for |= {"raw", "call_failed", "twisted", "beat_failed", "listener_failed", "timer_failed", "disk_unseen"}
    daemon = start_daemon(settings={"bbbd.maxMeetings": "0"})
    pid = daemon.process.pid
    # What it may write to: address space alone is also what threads have reserved and do not use.
    used = (await _read(f"/proc/{pid}/status")).partition("VmData:")[2].split()[0]
    limit = int(used) * 1024 + (12 << 20)
    resource.prlimit(pid, resource.RLIMIT_DATA, (limit, limit))
    answered, refused = [], 0
    for number in range(6_000):
        try:
            more = {f"meta_m{one}": "x" * 4000 for one in range(8)}
            answer = await daemon.call("create", meetingID=f"m{number}", **more)
        except Exception:
            refused += 1
        else:
            if answer.status == 200 and answer.code == "SUCCESS":
                answered.append(f"m{number}")
            else:
                refused += 1
        if refused > 20 or daemon.process.poll() is not None:
            break
    print(f"{len(answered)} answered, {refused} refused; it {'died' if daemon.process.poll() is not None else 'lives'}")
    if daemon.process.poll() is None:
        daemon.process.kill()
    daemon.wait()
    daemon.start()
    listed = (await daemon.call("getMeetings")).xml.findall("meetings/meeting/meetingID")
    assert {one.text for one in listed} >= set(answered)
    assert answered
    assert refused


async def _read(path: str) -> str:
    with open(path) as file:  # noqa: ASYNC230, PTH123 - of the kernel
        return file.read()
