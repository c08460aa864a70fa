"""A school day on a clock that runs ahead: meetings, people, callbacks and kills; at its end all is as at its start."""

from __future__ import annotations

import gc
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from callback_receivers import Receiver, status
from harness import Daemon, Memory, awaited, until
from twisted.internet.defer import Deferred

from bbbd.meetings.chat import Chatted
from bbbd.meetings.event import Left

#: Seconds of a simulated day, and of a step of it.
DAY, STEP = 24 * 3600, 300
LOOPBACK = {"bbbd.callbackNetworks": "127.0.0.0/8"}


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def resident() -> int:
    """Return how many bytes of memory this process has."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


class SchoolDay:
    """What happens to one server in a day; ``meetings`` are begun in all, and so many kills come."""

    def __init__(self, memory: Memory, receiver: Receiver, chance: random.Random, meetings: int, kills: int) -> None:
        self.memory, self.receiver, self.chance = memory, receiver, chance
        self.left = meetings
        self.kills = set(chance.sample(range(1, DAY // STEP), kills))
        self.people = 0
        self.begun: set[str] = set()
        self.memories: list[int] = []

    async def live(self) -> None:
        self.receiver.usual = self._answer
        for step in range(DAY // STEP):
            # Everybody has gone home in the last quarter.
            if step < DAY // STEP * 3 // 4:
                await self._begin(max(1, self.left // max(1, DAY // STEP * 3 // 4 - step)))
            await self._visit()
            await self._delivered()
            if step in self.kills:
                await self.memory.restart(2)
            self.memory.advance(STEP, 10)
            if not step % 12:
                gc.collect()
                self.memories.append(resident())

    async def _delivered(self) -> None:
        """Let callbacks arrive: they go over a real network, whose time the clock does not move."""
        outbox = self.memory.app.server.outbox
        await until(lambda: not outbox.busy)

    def _answer(self, connection: Any) -> None:
        status(500 if self.chance.random() < 0.1 else 200)(connection)

    async def _begin(self, number: int) -> None:
        for _ in range(min(number, self.left)):
            self.left -= 1
            name = f"m{self.left}"
            more = {"record": "true"} if self.chance.random() < 0.3 else {}
            url = self.receiver.url(f"/ended/{name}")
            answer = await self.memory.call("create", meetingID=name, duration=50, meetingEndedURL=url, **more)
            assert answer.code == "SUCCESS", answer.body
            self.begun.add(name)

    async def _visit(self) -> None:
        for meeting in list(self.memory.app.meetings):
            name = meeting.external_id
            for person in list(meeting.people.values()):
                if self.chance.random() < 0.3:
                    self.memory.happen(name, Left(user=person.user))
                else:
                    self.memory.happen(name, Chatted(user=person.user, text="hello"))
            for _ in range(self.chance.randrange(4)):
                self.people += 1
                await self.memory.enter(name, f"P{self.people}", role="VIEWER")


async def a_day(memory: Memory, receiver: Receiver, meetings: int, kills: int) -> SchoolDay:
    """Live through a day, and assert that nothing of it is left."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    memory.names["receiver.example"] = ["127.0.0.1"]
    memory.advance(60)
    gc.collect()
    files, timers = descriptors(), len(memory.timer.getDelayedCalls())
    day = SchoolDay(memory, receiver, random.Random(seed), meetings, kills)
    await day.live()
    memory.hang_up()
    memory.wires.clear()
    gc.collect()
    assert (await memory.call("getMeetings")).key == "noMeetings"
    assert not list((memory.directory / "meetings").iterdir())
    assert len(memory.timer.getDelayedCalls()) <= timers + 1
    await until(lambda: descriptors() <= files + 4)
    assert not list((memory.directory / "outbox").glob("*.json*"))
    assert not memory.app.server.rounds.broken
    assert not memory.app.server.rounds._unsynced
    raw = len(list(memory.directory.glob("recording/raw/*/journal.jsonl")))
    print(f"{len(day.begun)} meetings, {raw} recorded, {day.people} people, {kills} kills")
    return day


@pytest.mark.faults
@awaited
async def test_a_quiet_day_leaves_nothing_behind(
    memory_with: Callable[..., Memory], receiver: Receiver, asked_for: set[str]
) -> None:
    asked_for |= {"callback_given_up"}
    await a_day(memory_with(**{name.replace(".", "__"): value for name, value in LOOPBACK.items()}), receiver, 30, 2)


@pytest.mark.soak
@awaited
async def test_a_school_day_leaves_nothing_behind(
    memory_with: Callable[..., Memory], receiver: Receiver, asked_for: set[str]
) -> None:
    asked_for |= {"callback_given_up"}
    memory = memory_with(**{name.replace(".", "__"): value for name, value in LOOPBACK.items()})
    day = await a_day(memory, receiver, 300, 5)
    assert day.people > 1000
    later = day.memories[len(day.memories) // 4 :]
    print(f"resident: {[one >> 20 for one in day.memories]} MiB")
    assert later[-1] - later[0] <= later[0] * 0.01 * len(later)


class RealDay:
    """A daemon under load that is reloaded all the time and killed now and then."""

    def __init__(self, daemon: Daemon, receiver: Receiver, chance: random.Random) -> None:
        self.daemon, self.receiver, self.chance = daemon, receiver, chance
        self.meetings = 0
        self.over = False
        self.resident: list[int] = []
        receiver.usual = self._answer

    def _answer(self, connection: Any) -> None:
        # Once the day is over all is taken: who is refused twice waits longer than the test does.
        status(500 if not self.over and self.chance.random() < 0.1 else 200)(connection)

    async def work(self) -> None:
        """Create, join and end meetings until the day is over; each call is answered well."""
        while not self.over:
            self.meetings += 1
            name = f"m{self.meetings}"
            url = self.receiver.url(f"/ended/{name}")
            answer = await self.daemon.call("create", meetingID=name, meetingEndedURL=url, attendeePW="ap")
            assert answer.code == "SUCCESS", answer.body
            await self.daemon.token(name, "Ada", password="ap")
            assert (await self.daemon.call("end", meetingID=name)).code == "SUCCESS"

    async def until_reloaded(self, times: int) -> None:
        """Reload so many times, each when the one before is done, while others call."""
        self.over = False
        workers = [Deferred.fromCoroutine(self.work()) for _ in range(3)]
        for count in range(self.daemon.logged("reloaded") + 1, self.daemon.logged("reloaded") + times + 1):
            self.daemon.process.send_signal(signal.SIGHUP)
            await self.daemon.until_logged("reloaded", count)
        self.over = True
        for worker in workers:
            await worker
        pages = Path(f"/proc/{self.daemon.process.pid}/statm").read_text().split()[1]
        self.resident.append(int(pages) * os.sysconf("SC_PAGE_SIZE"))

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.daemon.process.pid}/fd").iterdir()))


async def a_real_day(daemon: Daemon, receiver: Receiver, kills: int, hours: int, reloads: int) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    day = RealDay(daemon, receiver, random.Random(seed))
    before = day.descriptors()
    for _kill in range(kills):
        for _hour in range(hours):
            await day.until_reloaded(reloads)
        daemon.process.send_signal(signal.SIGKILL)
        daemon.wait()
        daemon.start()
    await day.until_reloaded(reloads)
    outbox = daemon.directory / "outbox"
    await until(lambda: not list(outbox.glob("*.json*")))
    assert (await daemon.call("getMeetings")).key == "noMeetings"
    assert not list((daemon.directory / "meetings").iterdir())
    assert not list(daemon.directory.rglob(".bbbd-*"))
    await until(lambda: day.descriptors() <= before + 4)
    print(f"{day.meetings} meetings, {kills} kills; resident {[one >> 20 for one in day.resident]} MiB")
    ended = {got.target for got in receiver.got}
    assert len([one for one in ended if one.startswith("/ended/")]) == day.meetings
    first, *later = day.resident[-hours - 1 :][:hours] or day.resident
    assert not later or later[-1] <= first * (1 + 0.01 * len(later)) + (4 << 20)


@pytest.mark.faults
@awaited
async def test_a_daemon_that_is_reloaded_and_killed_under_load_leaves_nothing_behind(
    start_daemon: Callable[..., Daemon], receiver: Receiver
) -> None:
    await a_real_day(start_daemon(settings=LOOPBACK | {"bbbd.maxMeetings": "0"}), receiver, 1, 1, 20)


@pytest.mark.soak
@awaited
async def test_hours_of_reloads_and_kills_leave_nothing_behind(
    start_daemon: Callable[..., Daemon], receiver: Receiver
) -> None:
    await a_real_day(start_daemon(settings=LOOPBACK | {"bbbd.maxMeetings": "0"}), receiver, 5, 24, 50)
