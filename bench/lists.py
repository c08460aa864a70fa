"""Lists of all meetings: ``python bench/lists.py [--meetings 1000] [--attendees 20]``.

The daemon is a real one, alone on its core, and restores the meetings from their journals. CPU is the whole process's
for one ``getMeetings``, turns are those of its reactor meanwhile: for the first list, one when nothing has changed, and
one when somebody's role has changed in every twentieth meeting.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from harness import Memory, signed  # noqa: E402

from bench.calls import read_answer, request_of  # noqa: E402
from bench.daemons import SETTINGS, TimedDaemon, cpu_seconds, fill, resident, turns_since  # noqa: E402
from bench.people import Attendee, Site  # noqa: E402
from bench.yardsticks import ASKER  # noqa: E402

#: One meeting in so many changes between two lists; lists that are measured; the daemon tells of turns twice a second.
CHANGED, ROUNDS, TOLD = 20, 9, 0.7


async def _create(memory: Memory, meetings: int, attendees: int) -> None:
    for number in range(meetings):
        await memory.call("create", meetingID=f"m{number}", meetingExpireIfNoUserJoinedInMinutes=0)
        for person in range(attendees):
            await memory.enter(f"m{number}", f"Person {person}", role="VIEWER")


class Moderator(Attendee):
    """A moderator, who changes the role of another person."""

    other = ""

    def _heard(self, payload: bytes) -> None:
        if payload.startswith(b'{"t":"snapshot"'):
            self.other = json.loads(payload)["people"][0]["user"]
        super()._heard(payload)


class Lists:
    """Asks a daemon for all meetings over one connection."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._socket = socket.create_connection(("127.0.0.1", site.port))
        self._request = request_of(site.port, signed("getMeetings"))

    async def measured(self) -> tuple[float, float]:
        """Ask once; return the CPU time and the longest turn in ms."""
        pid, daemon = self._site.pid, self._site.daemon
        await asyncio.sleep(TOLD)
        line, before = len(daemon.log), cpu_seconds(pid)
        self._socket.sendall(self._request)
        read_answer(self._socket, b"")
        await asyncio.sleep(0.005)
        used = cpu_seconds(pid) - before
        await asyncio.sleep(TOLD)
        return used * 1e3, turns_since(daemon, line).longest

    async def told(self, what: str, rounds: int, change: Callable[[], Awaitable[None]] | None = None) -> None:
        """Ask some times, each after a change, and print the medians."""
        found = []
        for _ in range(rounds):
            if change is not None:
                await change()
            found.append(await self.measured())
        cpu, turn = (median(column) for column in zip(*found, strict=True))
        print(f"{what:44}{cpu:10.2f}{turn:10.2f}{max(one[1] for one in found):10.2f}", flush=True)


async def lists(site: Site, meetings: int) -> None:
    """Measure the lists of a daemon that has meetings."""
    asked = Lists(site)
    await asked.told("the first list", 1)
    moderators: list[Moderator] = []
    for number in range(0, meetings, CHANGED):
        moderator = Moderator(site.port, await _token(site, f"m{number}"))
        await asyncio.get_running_loop().create_connection(lambda one=moderator: one, "127.0.0.1", site.port)  # type: ignore[misc]
        await moderator.inside
        moderators.append(moderator)
    await asked.told("after so many have come", 1)
    await asked.told("nothing changed", ROUNDS)
    roles = ["MODERATOR", "VIEWER"]

    async def change() -> None:
        roles.reverse()
        for moderator in moderators:
            moderator.say(t="role", who=moderator.other, role=roles[0])

    await asked.told(f"{len(moderators)} meetings changed", ROUNDS, change)
    print(f"{resident(site.pid):.0f} MB")


async def _token(site: Site, meeting_id: str) -> str:
    answer = await site.call("join", meetingID=meeting_id, fullName="Moderator", role="MODERATOR")
    return answer.partition(b"sessionToken=")[2][:64].split(b"\r\n")[0].decode()


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--meetings", type=int, default=1000)
    parser.add_argument("--attendees", type=int, default=20)
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    os.sched_setaffinity(0, ASKER)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name) / "data"
        fill(directory, lambda memory: _create(memory, asked.meetings, asked.attendees))
        daemon = TimedDaemon(directory=directory, settings=SETTINGS)
        try:
            what = f"{asked.meetings:,} meetings x {asked.attendees}"
            print(f"{what:44}{'CPU ms':>10}{'turn ms':>10}{'at most':>10}")
            asyncio.run(lists(Site(daemon), asked.meetings))
        finally:
            daemon.end()


if __name__ == "__main__":
    main()
