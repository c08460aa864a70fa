"""A stop and a reload: requests are answered, people come back, meetings go on."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from callback_receivers import Receiver, raw
from harness import Daemon, Memory, awaited, signed, until
from notify_socket import Heard, Supervised
from twisted.internet.defer import Deferred
from websocket_clients import connected

from bbbd.daemon.reload import Reloads

#: Seconds past which a test would have failed for long.
FOR_EVER = "3600"


def create_head(meeting_id: str, length: int = 1) -> bytes:
    """Return the head of a call with a body that is still to come."""
    target = signed("create", f"meetingID={meeting_id}")
    head = f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n"
    return head.encode()


def rest(opened: socket.socket) -> bytes:
    """Return what comes until the connection is closed."""
    answer = b""
    while piece := opened.recv(65536):
        answer += piece
    return answer


def stop(daemon: Daemon) -> None:
    os.kill(daemon.process.pid, signal.SIGTERM)


@awaited
async def test_requests_are_answered_before_people_are_sent_away(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(settings={"bbbd.stopWithinSeconds": FOR_EVER})
    await daemon.call("create", meetingID="demo")
    ada = await connected(daemon, daemon, "demo", "Ada", role="MODERATOR")
    with daemon.connect() as slow, daemon.connect() as on_its_way, daemon.connect() as idle:
        slow.sendall(create_head("slow"))
        idle.sendall(b"GET /bigbluebutton/api HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"SUCCESS" in idle.recv(65536)
        stop(daemon)
        await daemon.until_logged("stopping")
        # A connection that was accepted, whose request comes now.
        on_its_way.sendall(f"GET {signed('create', 'meetingID=late')} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        answer = rest(on_its_way)
        assert b"SUCCESS" in answer
        assert b"connection: close" in answer.lower()
        assert rest(idle) == b""
        # As long as a request is answered, people go on.
        ada.say("chat.say", text="Still here", id=1)
        ada.until(lambda: bool(ada.all("ok")))
        slow.sendall(b"x")
        assert b"SUCCESS" in rest(slow)
    ada.until(lambda: ada.closed is not None)
    ada.socket.close()
    assert ada.closed == (1012, "restart")
    assert ada.last("bye")["again"] is not None
    assert daemon.wait() == 0
    daemon.start()
    for name in ("slow", "late"):
        assert (await daemon.info(name)).code == "SUCCESS"
    assert (await daemon.info("demo")).text("participantCount") == "1"
    with ada.again() as back:
        back.hello()
        back.until(lambda: bool(back.all("snapshot")))
    assert (await daemon.info("demo")).text("participantCount") == "1"


@awaited
async def test_a_second_signal_waits_for_the_disk_alone(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(settings={"bbbd.stopWithinSeconds": FOR_EVER, "bbbd.drainOnStop": "true"})
    await daemon.call("create", meetingID="demo")
    with daemon.connect() as slow:
        slow.sendall(create_head("slow"))
        stop(daemon)
        await daemon.until_logged("draining_to_stop")
        stop(daemon)
        assert daemon.wait() == 0
    assert daemon.logged("stopped") == 1
    daemon.start()
    assert (await daemon.info("demo")).code == "SUCCESS"
    assert (await daemon.info("slow")).key == "notFound"
    daemon.end(signal.SIGKILL)


@awaited
async def test_a_stop_can_wait_for_meetings_and_goes_on_listening(
    start_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    heard = Heard(str(tmp_path / "notify"))
    settings = {"bbbd.stopWithinSeconds": FOR_EVER, "bbbd.drainOnStop": "true"}
    daemon = start_daemon(kind=Supervised, settings=settings, variables={"NOTIFY_SOCKET": heard.address})
    await daemon.call("create", meetingID="demo", moderatorPW="mp")
    await heard.until("READY=1")
    before = len(heard.got)
    stop(daemon)
    await heard.until("STOPPING=1", before)
    await heard.until("STATUS=stopping: 1 meeting, 0 people", before)
    await heard.until("EXTEND_TIMEOUT_USEC=", before)
    assert (await daemon.call("create", meetingID="new")).key == "serverDraining"
    # It may take hours, in which certificates and settings change.
    os.kill(daemon.process.pid, signal.SIGHUP)
    await daemon.until_logged("reloaded")
    ada = await connected(daemon, daemon, "demo", "Ada", password="mp")
    assert (await daemon.call("end", meetingID="demo", password="mp")).code == "SUCCESS"
    ada.until(lambda: ada.closed is not None)
    ada.socket.close()
    assert ada.last("bye")["reason"] == "ended"
    assert daemon.wait() == 0
    heard.close()
    # It was for this stop alone.
    daemon.start()
    assert (await daemon.call("create", meetingID="new")).code == "SUCCESS"
    daemon.end(signal.SIGKILL)


@awaited
async def test_a_stop_that_waited_long_enough_ends_no_meeting(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(settings={"bbbd.stopWithinSeconds": "1", "bbbd.drainOnStop": "true"})
    await daemon.call("create", meetingID="demo")
    with daemon.connect() as slow:
        slow.sendall(create_head("slow"))
        assert daemon.end() == 0
    daemon.start()
    assert (await daemon.info("demo")).code == "SUCCESS"
    daemon.settings["bbbd.drainOnStop"] = "false"
    daemon.write_settings()
    os.kill(daemon.process.pid, signal.SIGHUP)
    await daemon.until_logged("reloaded")


@awaited
async def test_a_hurried_stop_does_not_wait_for_a_receiver(
    memory_with: Callable[..., Memory], receiver: Receiver
) -> None:
    receiver.usual = raw(b"")
    memory = memory_with(bbbd__callbackNetworks="127.0.0.0/8")
    await memory.call("create", meetingID="demo", meta_endCallbackUrl=receiver.url("/end"))
    await memory.call("end", meetingID="demo")
    memory.advance(2)
    await receiver.has(1)
    stopped: list[object] = []
    Deferred.fromCoroutine(memory.app.stop()).addBoth(stopped.append)
    memory.timer.advance(1)
    assert not stopped
    memory.app.hurry()
    await until(lambda: bool(stopped))
    assert list((memory.directory / "outbox").glob("*.json*"))


@awaited
async def test_a_reload_while_the_daemon_stops_changes_nothing(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(settings={"bbbd.stopWithinSeconds": FOR_EVER})
    with daemon.connect() as slow:
        slow.sendall(create_head("slow"))
        os.kill(daemon.process.pid, signal.SIGHUP)
        await daemon.until_logged("reloaded")
        stop(daemon)
        await daemon.until_logged("stopping")
        for _ in range(5):
            os.kill(daemon.process.pid, signal.SIGHUP)
        slow.sendall(b"x")
        assert b"SUCCESS" in rest(slow)
    assert daemon.wait() == 0
    assert daemon.logged("reloaded") == 1


def test_reloads_that_are_asked_for_during_one_are_one_more() -> None:
    running: list[Deferred[None]] = []

    async def reload() -> None:
        running.append(Deferred())
        await running[-1]

    reloads = Reloads(reload)
    for _ in range(3):
        reloads.ask()
    assert len(running) == 1
    running[0].callback(None)
    assert len(running) == 2
    running[1].callback(None)
    assert len(running) == 2
    reloads.ask()
    assert len(running) == 3
    reloads.ask()
    reloads.stop()
    running[2].callback(None)
    reloads.ask()
    assert len(running) == 3


class UnixDaemon(Daemon):
    """A daemon behind a proxy on the same machine, at a unix socket."""

    @property
    def path(self) -> Path:
        return self.directory.parent / "socket"

    @property
    def endpoint(self) -> str:
        return f"unix:{self.path}"


def test_a_stop_does_not_wait_for_a_socket_whose_file_is_gone(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(UnixDaemon, settings={"bbbd.stopWithinSeconds": FOR_EVER})
    assert isinstance(daemon, UnixDaemon)
    # As something does that cleans up /run or /tmp.
    daemon.path.unlink()
    assert daemon.end() == 0
    assert daemon.logged("stopped") == 1
