"""The daemon under systemd, without systemd: a real socket of notifications, a watchdog, the journal as its log."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from harness import SECRET, STARTER, Daemon, awaited, environment, until
from notify_socket import Heard, Supervised
from process_fork import Files, Process
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from bbbd.daemon.journal import is_journal
from bbbd.daemon.notify import EXTEND_EVERY, Notifier
from bbbd.daemon.watchdog import Watchdog
from bbbd.storage.group_commit import Thread


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Heard]:
    socket = Heard(str(tmp_path / "notify"))
    yield socket
    socket.close()


def test_an_abstract_socket_is_heard_too() -> None:
    heard = Heard(f"@bbbd-test-{os.getpid()}")
    Notifier(heard.address, time.monotonic).ready()
    assert heard.has("READY=1")
    heard.close()


@awaited
async def test_systemd_hears_what_the_daemon_does(start_daemon: Callable[..., Daemon], heard: Heard) -> None:
    variables = {"NOTIFY_SOCKET": heard.address, "WATCHDOG_USEC": "300000"}
    daemon = start_daemon(kind=Supervised, variables=variables)
    await heard.until("READY=1")
    await heard.until("STATUS=0 meetings, 0 people")
    await daemon.call("create", meetingID="demo")
    await heard.until("STATUS=1 meeting, 0 people")
    before = len(heard.got)
    await heard.until("WATCHDOG=1", before)
    os.kill(daemon.process.pid, signal.SIGHUP)
    await heard.until("RELOADING=1\nMONOTONIC_USEC=", before)
    await heard.until("READY=1", before)
    assert daemon.end() == 0
    assert heard.has("STOPPING=1", before)
    assert not heard.has("READY=1", max(n for n, one in enumerate(heard.got) if "STOPPING=1" in one))
    # The meeting is there again when the next one is ready, and each journal asked for time.
    heard.got.clear()
    daemon.start()
    await heard.until("READY=1")
    assert "EXTEND_TIMEOUT_USEC=" in heard.got[0]
    await heard.until("STATUS=1 meeting, 0 people")


@awaited
async def test_a_socket_that_is_gone_harms_nothing(start_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    daemon = start_daemon(
        kind=Supervised, variables={"NOTIFY_SOCKET": str(tmp_path / "none"), "WATCHDOG_USEC": "300000"}
    )
    await daemon.until_logged("not_notified")
    assert (await daemon.call("create", meetingID="demo")).code == "SUCCESS"
    assert daemon.end() == 0
    assert daemon.logged("not_notified") == 1


def test_children_do_not_inherit_what_is_for_the_daemon() -> None:
    told = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid()), "HOME": "/"}
    assert Notifier.taken_from(told, time.monotonic).watchdog_seconds == 30
    assert told == {"HOME": "/"}
    for variables in (
        {},
        {"WATCHDOG_USEC": "30000000"},
        {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"},
        {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "much"},
    ):
        assert Notifier.taken_from(variables, time.monotonic).watchdog_seconds == 0


def test_a_long_work_asks_for_time_now_and_then(heard: Heard) -> None:
    now = 0.0
    notifier = Notifier(heard.address, lambda: now)
    for _second in range(EXTEND_EVERY * 20):
        notifier.extend()
        now += 0.1
    assert heard.has("EXTEND_TIMEOUT_USEC=30000000")
    assert len(heard.got) == 2


def test_a_stuck_thread_gives_no_sign_of_life(heard: Heard) -> None:
    timer, stuck = Clock(), list[Deferred[None]]()
    is_stuck = False

    def thread(_function: object) -> Deferred[None]:
        if not is_stuck:
            return succeed(None)
        stuck.append(Deferred())
        return stuck[-1]

    watchdog = Watchdog(Notifier(heard.address, timer.seconds, watchdog=30), timer, cast("Thread", thread))
    watchdog.start()
    timer.advance(10)
    heard.has("")
    assert heard.got == ["WATCHDOG=1"] * 2
    is_stuck = True
    timer.pump([10] * 6)
    heard.has("")
    assert (len(heard.got), len(stuck)) == (2, 1)
    is_stuck = False
    stuck[0].callback(None)
    timer.advance(10)
    heard.has("")
    assert len(heard.got) == 4
    watchdog.stop()
    timer.advance(10)
    heard.has("")
    assert len(heard.got) == 4


class Journaled(Daemon):
    """A daemon whose standard error is the journal, or only seems to be: the pipe's own device and inode, or others."""

    seen: list[str]
    is_real = True

    def launch(self, arguments: list[str], files: Files) -> Process:
        self.seen = []
        error = files[2]
        status = os.fstat(error if isinstance(error, int) else error.fileno())
        stream = f"{status.st_dev}:{status.st_ino if self.is_real else status.st_ino + 1}"
        return STARTER.start("twistd", arguments, files, environment(JOURNAL_STREAM=stream))

    def _read(self, descriptor: int) -> None:
        with os.fdopen(descriptor) as log:
            for line in log:
                self.seen.append(line)
                if '"started"' in line:
                    self._started.set()
        self._started.set()


class Elsewhere(Journaled):
    is_real = False


@pytest.mark.parametrize("kind", [Journaled, Elsewhere])
@awaited
async def test_lines_have_priorities_in_the_journal_alone(
    start_daemon: Callable[..., Daemon], kind: type[Journaled]
) -> None:
    daemon = start_daemon(kind=kind, settings={"bbbd.none": "x"})
    assert isinstance(daemon, Journaled)
    with daemon.file.open("a") as file:
        file.write("usersTimeout=wrong\n")
    os.kill(daemon.process.pid, signal.SIGHUP)
    await until(lambda: any("reload_failed" in line for line in daemon.seen), lambda: f"{daemon.seen}")
    assert daemon.end() == 0
    prefixes = {"bbbd.none is not a setting": "<4>", '"started"': "<6>", "reload_failed": "<3>", '"stopped"': "<6>"}
    for text, prefix in prefixes.items():
        line = next(line for line in daemon.seen if text in line)
        assert line.startswith(prefix if kind.is_real else ("{", "/"))


def test_the_last_words_before_an_exit_have_a_priority(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    status = os.fstat(writing)
    variables = environment(JOURNAL_STREAM=f"{status.st_dev}:{status.st_ino}")
    arguments = [
        "-n",
        "--pidfile=",
        "bbbd",
        "--data-dir",
        str(tmp_path),
        "--set",
        "usersTimeout=x",
        "--set",
        "muteOnStart=x",
    ]
    process = STARTER.start("twistd", arguments, (reading, writing, writing), variables)
    os.close(writing)
    with os.fdopen(reading) as log:
        lines = log.readlines()
    assert process.wait() == 78
    assert len(lines) == 2
    assert all(line.startswith("<3>command line: ") for line in lines)


def test_no_stream_is_no_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("", "x", "1:", "0:0"):
        monkeypatch.setenv("JOURNAL_STREAM", value)
        assert not is_journal(2)
    monkeypatch.setenv("JOURNAL_STREAM", ":")
    assert not is_journal(1_000_000)


@awaited
async def test_a_credential_is_the_secret(start_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    daemon = start_daemon(kind=Supervised, secret="", variables={"CREDENTIALS_DIRECTORY": str(tmp_path)})
    daemon.secret = SECRET
    assert (await daemon.call("create", meetingID="demo")).code == "SUCCESS"
    assert not (daemon.directory / "secret").exists()
