"""Memory and turns of a daemon with many connections: ``python bench/memory.py [--people 10000] [--part NAME]…``.

The daemon is a real one, alone on its core; all clients are one process on the others, over loopback, from several
source addresses. RSS is the daemon's own; ``KB each`` is what it has more than before they came.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from bench.daemons import SETTINGS, TimedDaemon, cpu_seconds, turns_since  # noqa: E402
from bench.daemons import resident as memory  # noqa: E402
from bench.people import Attendee, Site  # noqa: E402
from bench.yardsticks import ASKER  # noqa: E402


def told(what: str, count: int, before: float, pid: int, more: str = "") -> None:
    """Print what a process holds, and how much of it each of so many takes."""
    now = memory(pid)
    print(f"{what:44}{count:8}{now:9.1f}{(now - before) / max(count, 1) * 1000:9.1f}  {more}", flush=True)


@asynccontextmanager
async def timed(site: Site, what: str) -> AsyncIterator[None]:
    """Measure the turns of what is done, and print them."""
    begun, line, cpu = time.perf_counter(), len(site.daemon.log), cpu_seconds(site.pid)
    yield
    took, cpu = time.perf_counter() - begun, cpu_seconds(site.pid) - cpu
    await asyncio.sleep(1.2)
    turns = turns_since(site.daemon, line)
    print(
        f"    {what}: {took:.1f} s, {cpu:.1f} s of CPU; turns of the reactor, ms of CPU: longest"
        f" {turns.longest:.1f}, over 20 ms: {turns.over} of {turns.count}",
        flush=True,
    )


async def all_at_once(count: int, do: Callable[[int], Awaitable[Any]], turns: int = 200) -> list[Any]:
    """Do something so often, a few at a time."""
    free = asyncio.Semaphore(turns)

    async def one(number: int) -> Any:
        async with free:
            return await do(number)

    return await asyncio.gather(*(one(number) for number in range(count)))


def source(number: int) -> tuple[str, int]:
    """Return the address from which a client connects."""
    return f"127.0.0.{2 + number % 12}", 0


async def connections(site: Site, count: int) -> None:
    """Measure connections that have asked for something once."""
    before = memory(site.pid)

    async def connect(number: int) -> asyncio.StreamWriter:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port, local_addr=source(number), limit=4096)
        writer.write(b"GET /bigbluebutton/api/none HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        return writer

    async with timed(site, "they came"):
        writers = await all_at_once(count, connect)
    told("idle connections", count, before, site.pid)
    for writer in writers:
        writer.close()
    await asyncio.sleep(3)
    told("after they left", count, before, site.pid)


async def people(site: Site, count: int) -> None:
    """Measure people in meetings of fifty, who then leave, come again, and vanish."""
    size = 50
    rooms = [f"room-{number}" for number in range(-(-count // size))]
    for meeting_id in rooms:
        await site.create(meeting_id)
    tokens: list[str] = []

    async def join(number: int) -> None:
        role = "MODERATOR" if number % size == 0 else "VIEWER"
        answer = await site.call("join", meetingID=rooms[number // size], fullName=f"Person {number}", role=role)
        tokens.append(answer.partition(b"sessionToken=")[2][:64].split(b"\r\n")[0].decode())

    await all_at_once(count, join, 40)
    before = memory(site.pid)
    print(f"{len(rooms)} meetings and {count} sessions, nobody is in: {before:.0f} MB")

    again: list[int] = []

    async def enter(number: int) -> Attendee:
        loop = asyncio.get_running_loop()
        while True:
            _transport, attendee = await loop.create_connection(
                lambda: Attendee(site.port, tokens[number]), "127.0.0.1", site.port, local_addr=source(number)
            )
            try:
                await asyncio.wait_for(attendee.inside, 300)
            except ConnectionResetError:
                # As the page does.
                again.append(number)
                await asyncio.sleep(1)
            else:
                return attendee

    async with timed(site, "they came"):
        inside = await all_at_once(count, enter)
    told("people, each with snapshot", count, before, site.pid, f"{len(again)} had to try again")
    await asyncio.sleep(3)
    async with timed(site, "two rounds of pings"):
        await asyncio.sleep(45)
    lost = sum(one.lost for one in inside)
    told("after two rounds of pings", count, before, site.pid, f"{lost} lost")
    async with timed(site, "all vanished"):
        for one in inside:
            one.abort()
        await asyncio.sleep(8)
    told("all vanished, and are away", count, before, site.pid)
    async with timed(site, "all came back"):
        inside = await all_at_once(count, enter)
    told("all came back", count, before, site.pid, f"{len(again)} had to try again, in all")
    async with timed(site, "all left"):
        for one in inside:
            one.leave()
        await asyncio.sleep(15)
    told("all left for good", count, before, site.pid)
    # What is kept of a meeting's people until its end goes with it; the garbage of old objects within a minute.
    for meeting_id in rooms:
        await site.call("end", meetingID=meeting_id, password="m")
    await asyncio.sleep(70)
    told("their meetings have ended", count, before, site.pid)


async def slow(site: Site, count: int) -> None:
    """Measure readers that stop reading, in one meeting where much is said."""
    [speakers] = await site.fill(["slow"], 20)
    readers = [await site.come("slow") for _ in range(count)]
    before = memory(site.pid)
    for one in readers:
        one.stop_reading()
    most, begun = before, time.perf_counter()
    async with timed(site, "they read nothing"):
        while time.perf_counter() - begun < 45:
            for speaker in speakers:
                speaker.chat("x" * 4900)
            await asyncio.sleep(2)
            most = max(most, memory(site.pid))
    print(f"{'slow readers, 45 s of chat: at most':44}{count:8}{most:9.1f}{(most - before) / count * 1000:9.1f}")
    for one in readers:
        one.abort()
    await asyncio.sleep(3)
    told("after they were cut off", count, before, site.pid)


PARTS = {"connections": connections, "people": people, "slow": slow}


def run(parts: Sequence[str], counts: dict[str, int]) -> None:
    """Measure each part at a daemon of its own."""
    os.sched_setaffinity(0, ASKER)
    print(f"{'':44}{'count':>8}{'RSS MB':>9}{'KB each':>9}")
    for part in parts:
        with tempfile.TemporaryDirectory() as name:
            daemon = TimedDaemon(directory=Path(name) / "data", settings=SETTINGS)
            try:
                asyncio.run(PARTS[part](Site(daemon), counts[part]))
            finally:
                daemon.end()


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("--connections", type=int, default=12_000)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--slow", type=int, default=200)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    gc.disable()
    run(options.part or list(PARTS), vars(options))


if __name__ == "__main__":
    main()
