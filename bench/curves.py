"""Costs as meetings, attendees and sockets become more: ``python bench/curves.py [meetings] [attendees] [sockets]``.

Each size has a daemon of its own, on a core of its own, that measures the turns of its reactor. ``bench/recordings.py``
and ``bench/media.py`` have the curves of recordings and of people with sound; ``bench/plot.py`` draws all of them.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from harness import Memory, signed  # noqa: E402

from bench.calls import microseconds  # noqa: E402
from bench.daemons import SETTINGS, TimedDaemon, cpu_seconds, fill, resident, turns_since  # noqa: E402
from bench.people import Attendee, Site  # noqa: E402
from bench.yardsticks import ASKER  # noqa: E402

MEETINGS = (10, 100, 1_000, 10_000)
ATTENDEES = (1, 10, 100, 1_000)
SOCKETS = (1, 10, 100, 1_000, 10_000)
#: People in each meeting of the curve of sockets.
SIZE = 50
#: Messages of the chat, the pause between two, and seconds of doing nothing.
MESSAGES, PAUSE, IDLE = 20, 0.25, 10
#: The daemon tells of its turns twice a second.
TOLD = 0.7


@contextmanager
def a_daemon(directory: Path) -> Iterator[TimedDaemon]:
    """Have a daemon run, whose first turn, the imports, is over and told of."""
    daemon = TimedDaemon(directory=directory, settings=SETTINGS)
    try:
        time.sleep(2 * TOLD)
        yield daemon
    finally:
        daemon.end()


async def _create(memory: Memory, count: int) -> None:
    for number in range(count):
        await memory.call("create", meetingID=f"m{number}", meetingExpireIfNoUserJoinedInMinutes=0)
        await memory.enter(f"m{number}", "Ada", role="MODERATOR")


def meetings(directory: Path, count: int) -> str:
    """Measure calls with so many meetings of one attendee each."""
    fill(directory, lambda memory: _create(memory, count))
    begun = time.perf_counter()
    with a_daemon(directory) as daemon:
        start = time.perf_counter() - begun - 2 * TOLD
        pid, port, line = daemon.process.pid, daemon.port, len(daemon.log)
        running = microseconds(pid, port, signed("isMeetingRunning", "meetingID=m7"), 20)
        told = microseconds(pid, port, signed("getMeetingInfo", "meetingID=m7"), 20)
        listed = microseconds(pid, port, signed("getMeetings"), 2, 2) / 1e3
        time.sleep(TOLD)
        turn = turns_since(daemon, line).longest
        return f"{running:12.0f}{told:12.0f}{listed:12.2f}{start:12.2f}{resident(pid):12.0f}{turn:12.1f}"


def attendees(directory: Path, count: int) -> str:
    """Measure one meeting with so many attendees; what only the first who comes costs is not theirs."""

    async def come(site: Site) -> str:
        await site.fill(["before"], 1)
        pid, line, cpu = site.pid, len(site.daemon.log), cpu_seconds(site.pid)
        [room] = await site.fill(["one"], count)
        came = (cpu_seconds(pid) - cpu) / count * 1e3
        await asyncio.sleep(1)
        cpu, frames = cpu_seconds(pid), Attendee.frames
        for number in range(MESSAGES):
            room[number % count].chat("Mitochondria are the powerhouse of the cell, it says on page four.")
            await asyncio.sleep(PAUSE)
        await asyncio.sleep(TOLD)
        frame = (cpu_seconds(pid) - cpu) / (Attendee.frames - frames) * 1e6
        turn = turns_since(site.daemon, line).longest
        told = microseconds(pid, site.port, signed("getMeetingInfo", "meetingID=one"), 20)
        return f"{told:12.0f}{came:12.2f}{frame:12.1f}{resident(pid):12.0f}{turn:12.1f}"

    with a_daemon(directory) as daemon:
        return asyncio.run(come(Site(daemon)))


def sockets(directory: Path, count: int) -> str:
    """Measure people in meetings of fifty who do nothing."""

    async def come(site: Site) -> str:
        await site.fill(["before"], 1)
        pid, line, cpu, before = site.pid, len(site.daemon.log), cpu_seconds(site.pid), resident(site.pid)
        rooms = await site.fill((f"room-{number}" for number in range(-(-count // SIZE))), min(SIZE, count))
        came = (cpu_seconds(pid) - cpu) / count * 1e3
        each = (resident(pid) - before) / count * 1e3
        cpu, begun = cpu_seconds(pid), time.perf_counter()
        await asyncio.sleep(IDLE)
        share = (cpu_seconds(pid) - cpu) / (time.perf_counter() - begun) * 100
        assert not any(one.lost for room in rooms for one in room)
        turn = turns_since(site.daemon, line).longest
        return f"{came:12.2f}{share:12.2f}{each:12.1f}{resident(pid):12.0f}{turn:12.1f}"

    with a_daemon(directory) as daemon:
        return asyncio.run(come(Site(daemon)))


#: What is measured, its sizes and its columns.
PARTS = {
    "meetings": (meetings, MEETINGS, ("isRunning us", "getInfo us", "getMeet. ms", "start s", "MB", "turn ms")),
    "attendees": (attendees, ATTENDEES, ("getInfo us", "come in ms", "us a frame", "MB", "turn ms")),
    "sockets": (sockets, SOCKETS, ("come in ms", "idle % core", "KB each", "MB", "turn ms")),
}


def main(names: list[str]) -> None:
    """Measure these parts, all without one."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    os.sched_setaffinity(0, ASKER)
    for name in names or PARTS:
        measure, sizes, columns = PARTS[name]
        print(f"\n{name:22}" + "".join(f"{column:>12}" for column in columns), flush=True)
        for size in sizes:
            with tempfile.TemporaryDirectory() as directory:
                row = measure(Path(directory) / "data", size)
            print(f"{f'{name}, {size:,}':22}{row}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
