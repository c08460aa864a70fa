"""Daemons that are measured: each started anew on the first core, not forked from one that shares its memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from harness import BEGUN, Daemon, Memory, environment  # noqa: E402
from process_fork import Files, Process  # noqa: E402
from twisted.internet.defer import Deferred  # noqa: E402
from twisted.python.failure import Failure  # noqa: E402

from bench.yardsticks import SERVER, on  # noqa: E402

#: Nobody is refused, and nobody is dropped for coming late on a slow machine.
SETTINGS = {
    "bbbd.logLevel": "warn",
    "bbbd.maxMeetings": "0",
    "bbbd.maxAttendees": "0",
    "bbbd.maxConnections": "15000",
    "usersTimeout": "86400000",
}


class PinnedDaemon(Daemon):
    """A daemon alone on its core."""

    #: What is run with twistd's arguments.
    program = Path(sys.executable).with_name("twistd")

    def launch(self, arguments: list[str], files: Files) -> Process:
        """Start the process."""
        command = [sys.executable, str(self.program), *arguments]
        stdin, stdout, stderr = files
        with on(SERVER):
            return subprocess.Popen(
                command, stdin=stdin, stdout=stdout, stderr=stderr, env=environment(PYTHONPATH=str(ROOT))
            )


class TimedDaemon(PinnedDaemon):
    """A daemon that measures its reactor's turns."""

    program = ROOT / "bench" / "timed_turns.py"


@dataclass(frozen=True)
class Turns:
    """The reactor's turns of a stretch: how many, those over 20 ms, the longest in ms of CPU."""

    count: int
    over: int
    longest: float


def turns_since(daemon: Daemon, line: int) -> Turns:
    """Return the turns that were told since a line of the log."""
    found = [one for one in daemon.log[line:] if one["event"] == "turns"]
    return Turns(
        sum(one["count"] for one in found),
        sum(one["over"] for one in found),
        max((one["ms"] for one in found), default=0.0),
    )


def fill(directory: Path, make: Callable[[Memory], Coroutine[Any, Any, None]]) -> None:
    """Fill a data directory for a daemon by a server in this process, whose clock is right; nothing is synced."""
    directory.mkdir(exist_ok=True)
    settings = SETTINGS | {"bbbd.sync": "never"}
    memory = Memory(directory=directory, settings=settings, wall_offset=time.time() - BEGUN)
    made: list[Any] = []
    Deferred.fromCoroutine(make(memory)).addBoth(made.append)
    [result] = made
    if isinstance(result, Failure):
        result.raiseException()
    memory.hang_up()


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used, with all of its threads, to the nanosecond."""
    # As clock_getcpuclockid(3) makes it.
    return time.clock_gettime((~pid << 3) | 2)


def resident(pid: int) -> float:
    """Return what a process holds, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
