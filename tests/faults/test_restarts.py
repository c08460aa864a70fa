"""Reloads and restarts under load, as an upgrade makes them: no request fails, and everybody is back.

The sockets stay open while there is no daemon, as with bbbd.socket. A request on a new connection is never tried again.
One on a connection that was used before is, once, if the server closed it before the answer: as every HTTP client does.
"""

from __future__ import annotations

import http.client
import os
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import pytest
from activation import Activated, listening
from environment_reset import PATIENCE
from harness import DEFAULT_SLIDES, Daemon, awaited, free_port, signed, until
from twisted.internet.threads import deferToThread
from websocket_clients import Connected, connected

#: Callers with a connection for each request, and those that keep theirs.
CALLERS = 2
ATTENDEES = 3


@dataclass
class Caller:
    """Calls without a pause, and counts what was not answered."""

    port: int
    keeps: bool
    stopped: Event
    name: str
    answered: int = 0
    repeated: int = 0
    failures: list[str] = field(default_factory=list)
    longest: float = 0.0

    def run(self) -> None:
        """Call until the end."""
        connection: http.client.HTTPConnection | None = None
        while not self.stopped.is_set():
            is_new = connection is None
            connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            began = time.monotonic()
            try:
                connection.request("GET", self._target(), headers={} if self.keeps else {"Connection": "close"})
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200 or b"<returncode>SUCCESS" not in body:
                    self.failures.append(f"{answer.status} {body[:200]!r}")
                self.answered += 1
                closed = answer.will_close
            except (OSError, http.client.HTTPException) as fault:
                if is_new or not isinstance(fault, (ConnectionResetError, BrokenPipeError)):
                    self.failures.append(f"{type(fault).__name__} {fault}, {'new' if is_new else 'used'}")
                self.repeated += 1
                closed = True
            self.longest = max(self.longest, time.monotonic() - began)
            if closed:
                connection.close()
                connection = None
        if connection:
            connection.close()

    def _target(self) -> str:
        if self.answered % 10 == 0:
            return signed("create", f"meetingID={self.name}-{self.answered}")
        return signed("isMeetingRunning", "meetingID=demo")


@dataclass
class Attendee:
    """A person who stays in the meeting, and connects again whenever the connection ends."""

    daemon: Daemon
    token: str
    stopped: Event
    gaps: list[float] = field(default_factory=list)
    reasons: list[object] = field(default_factory=list)
    is_in: bool = False
    failures: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Be in until the end, and note for how long not."""
        try:
            self._stay()
        except (AssertionError, OSError) as fault:
            self.failures.append(f"{type(fault).__name__} {fault}")

    def _stay(self) -> None:
        lost: float | None = None
        while not self.stopped.is_set():
            with Connected(self.daemon, self.token) as member:
                member.hello()
                member.until(lambda member=member: bool(member.all("snapshot")) or member.closed is not None)  # type: ignore[misc]
                if member.all("snapshot"):
                    self.is_in = True
                    if lost is not None:
                        self.gaps.append(time.monotonic() - lost)
                        lost = None
                member.socket.settimeout(0.2)
                while member.closed is None and not self.stopped.is_set():
                    with suppress(TimeoutError):
                        member.until(lambda member=member: member.closed is not None)  # type: ignore[misc]
                if member.closed is not None:
                    self.is_in = False
                    lost = lost or time.monotonic()
                    self.reasons.append(member.closed)


@contextmanager
def busy(port: int, *more: Attendee) -> Iterator[list[Caller]]:
    """Have callers call, and attendees be there, for the length of a ``with``."""
    stopped = Event()
    callers = [
        Caller(port, keeps, stopped, f"{number}-{keeps}") for number in range(CALLERS) for keeps in (True, False)
    ]
    for attendee in more:
        attendee.stopped = stopped
    runs: list[Callable[[], None]] = [one.run for one in callers] + [one.run for one in more]
    threads = [Thread(target=run, daemon=True) for run in runs]
    for thread in threads:
        thread.start()
    try:
        yield callers
    finally:
        stopped.set()
        for thread in threads:
            thread.join(PATIENCE)


def failures_of(callers: list[Caller]) -> list[str]:
    return [failure for caller in callers for failure in caller.failures]


@pytest.mark.faults
@awaited
async def test_a_hundred_reloads_under_load_fail_no_request(
    start_daemon: Callable[..., Daemon], asked_for: set[str]
) -> None:
    asked_for.add("reload_failed")
    daemon = start_daemon(settings={"bbbd.maxMeetings": "0", "defaultMaxUsers": "5"})
    await daemon.call("create", meetingID="demo")
    with busy(daemon.port) as callers:
        for number in range(100):
            kind, value = ("reload_failed", "many") if number % 2 else ("reloaded", "6")
            before = daemon.logged(kind)
            daemon.settings["defaultMaxUsers"] = value
            daemon.write_settings()
            # Two at once are one or two reloads.
            for _ in range(2 if number % 10 == 0 else 1):
                os.kill(daemon.process.pid, signal.SIGHUP)
            await until(lambda kind=kind, before=before: daemon.logged(kind) > before)  # type: ignore[misc]
    assert failures_of(callers) == []
    assert all(caller.answered for caller in callers)
    # The last file is a broken one: the last good one holds.
    await daemon.call("create", meetingID="after")
    assert (await daemon.info("after")).text("maxUsers") == "6"
    assert (await daemon.call("create", meetingID="demo")).key == "duplicateWarning"


def restart(daemon: Daemon, attendees: list[Attendee], times: int) -> None:
    """Restart, as systemd does it, while others call; each time once everybody is back."""
    wait_for(attendees, lambda one: one.is_in)
    for number in range(1, times + 1):
        assert daemon.end() == 0
        daemon.start()
        wait_for(attendees, lambda one, number=number: len(one.gaps) == number)  # type: ignore[misc]


def wait_for(attendees: list[Attendee], done: Callable[[Attendee], bool]) -> None:
    """Wait until something holds for everybody."""
    end = time.monotonic() + PATIENCE
    while not all(map(done, attendees)):
        assert not [failure for one in attendees for failure in one.failures]
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.faults
@pytest.mark.parametrize("times", [3, pytest.param(100, marks=pytest.mark.soak)])
@awaited
async def test_restarts_with_a_socket_of_systemd_refuse_nobody(
    start_daemon: Callable[..., Daemon], tmp_path: Path, times: int
) -> None:
    port = free_port()
    daemon = start_daemon(
        kind=Activated,
        port=port,
        sockets=[("https", listening(port))],
        settings={"bbbd.maxMeetings": "0", DEFAULT_SLIDES: "none"},
    )
    assert isinstance(daemon, Activated)
    await daemon.call("create", meetingID="demo")
    attendees = []
    for number in range(ATTENDEES):
        member = await connected(daemon, daemon, "demo", f"Person {number}", role="VIEWER")
        member.socket.close()
        attendees.append(Attendee(daemon, member.token, Event()))
    with busy(port, *attendees) as callers:
        await deferToThread(restart, daemon, attendees, times)
    assert failures_of(callers) == []
    assert (await daemon.info("demo")).text("participantCount") == str(ATTENDEES)
    gaps = sorted(gap for attendee in attendees for gap in attendee.gaps)
    assert {reason for attendee in attendees for reason in attendee.reasons} == {(1012, "restart")}
    calls, repeated = sum(one.answered for one in callers), sum(one.repeated for one in callers)
    print(
        f"{times} restarts: {calls} calls, none failed, {repeated} on used connections were repeated,"
        f" the longest {max(one.longest for one in callers):.2f} s;"
        f" attendees were away for {statistics.median(gaps):.2f} s, at most {gaps[-1]:.2f} s"
    )
    daemon.end()
    daemon.close()
