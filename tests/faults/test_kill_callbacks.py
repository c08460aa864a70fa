"""Kills while callbacks are due: what an answered call did is told, what has not happened is not, and once is enough.

In memory the process that dies finds no address for its receiver, so all it makes due is still due, after a failed try
or none, when the next one starts; that one calls a real receiver.
"""

from __future__ import annotations

import random
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from callback_receivers import Got, Receiver, _Connection, status
from harness import Daemon, FaultyDisk, Memory, awaited, until
from kill_points import DyingDisk, Tell, in_child, live_until, now
from test_kill import _pause
from twisted.internet.defer import Deferred, DeferredList

from bbbd.api.problems import Problem
from bbbd.callbacks.event_names import EventName
from bbbd.callbacks.receiver_queues import MOST_TO_ONE_HOST
from bbbd.meetings.chat import Chatted

HOST = "receiver.example"
LOOPBACK = {"bbbd.callbackNetworks": "127.0.0.0/8"}
#: Nobody leaves and nothing ends while the clock moves until what failed once is tried again.
PATIENT = {
    "usersTimeout": "86400000",
    "meetingExpireIfNoUserJoinedInMinutes": "0",
    "meetingExpireWhenLastUserLeftInMinutes": "0",
}


class Thing(NamedTuple):
    """Something to tell, and the step of the story that has it happen."""

    step: str
    what: EventName
    meeting: str


#: In the order in which they happen.
THINGS = (
    Thing("create demo", EventName.CREATED, "demo"),
    Thing("enter", EventName.JOINED, "demo"),
    Thing("enter", EventName.PRESENTER, "demo"),
    Thing("create room", EventName.CREATED, "room"),
    Thing("create room", EventName.ROOM_OPENED, "demo"),
    Thing("chat", EventName.CHATTED, "demo"),
    Thing("end demo", EventName.LEFT, "demo"),
    Thing("end demo", EventName.ENDED, "demo"),
    Thing("end demo", EventName.ENDED, "room"),
    Thing("create other", EventName.CREATED, "other"),
    Thing("end other", EventName.ENDED, "other"),
    Thing("create last", EventName.CREATED, "last"),
)


async def story(memory: Memory, port: int, tell: Tell) -> None:
    """Let each thing happen, with a restart between them."""
    base = f"http://{HOST}:{port}"

    async def call(step: str, call: str, **pairs: str) -> None:
        tell(["asked", step])
        answer = await memory.call(call, **pairs)
        assert answer.code == "SUCCESS", answer.body
        tell(["answered", step])

    async def create(meeting: str, **pairs: str) -> None:
        urls = {"meta_eventCallbackUrl": f"{base}/events", "meetingEndedURL": f"{base}/ended/{meeting}"}
        await call(f"create {meeting}", "create", meetingID=meeting, **urls, **pairs)

    await call("hook", "hooks/create", callbackURL=f"{base}/hook")
    await create("demo")
    tell(["asked", "enter"])
    ada = await memory.enter("demo", "Ada", role="MODERATOR")
    tell(["answered", "enter"])
    memory.advance(0)
    await memory.restart(1)
    await create("room", isBreakout="true", parentMeetingID="demo", sequence="1")
    tell(["asked", "chat"])
    memory.happen("demo", Chatted(user=ada.user, text="hello"))
    tell(["answered", "chat"])
    memory.advance(1)
    await call("end demo", "end", meetingID="demo")
    await create("other")
    await call("end other", "end", meetingID="other")
    memory.advance(1)
    await create("last")


def _memory(directory: Path, disk: Any, addresses: list[str], later: float = 0) -> Memory:
    settings, names = LOOPBACK | PATIENT, {HOST: addresses}
    return Memory(directory=directory, disk=disk, settings=settings, names=names, wall_offset=later)


def tell_until(operation: int, tmp_path: Path, port: int) -> tuple[bool, list[Any]]:
    """Tell the story in a child that dies at an operation of the disk."""
    directory = tmp_path / "data"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    return live_until(operation, directory, lambda disk, tell: now(story(_memory(directory, disk, []), port, tell)))


def start_until(operation: int, directory: Path) -> bool:
    """Only start, in a child that dies at an operation of the disk."""
    return in_child(lambda: _memory(directory, DyingDisk(operation), []).advance(1))


async def is_so(memory: Memory, thing: Thing) -> bool:
    """Tell whether the server says that something has happened."""
    info = await memory.info(thing.meeting)
    if thing.what is EventName.JOINED:
        return info.text("attendees/attendee/fullName") == "Ada"
    if thing.what is EventName.PRESENTER:
        return info.text("attendees/attendee/isPresenter") == "true"
    if thing.what is EventName.ROOM_OPENED:
        return info.code == "SUCCESS" and bool(memory.meeting(thing.meeting).breakouts)
    if thing.what is EventName.CHATTED:
        return bool(memory.meeting(thing.meeting).chat)
    return (info.code == "SUCCESS") == (thing.what is EventName.CREATED)


async def happened(memory: Memory, history: list[list[str]]) -> tuple[list[Thing], Thing | None]:
    """Return what must be told, and what may be."""
    asked = {step for what, step in history if what == "asked"}
    answered = {step for what, step in history if what == "answered"}
    must = [thing for thing in THINGS if thing.step in answered or (thing.step in asked and await is_so(memory, thing))]
    # A creation is told before its journal is there: when neither was answered, the call to tell of it stays due, since
    # nothing is left that says whether such a meeting ever was.
    begun = (one for one in THINGS if one.step in asked - answered and one.what is EventName.CREATED)
    return must, next((one for one in begun if one not in must), None)


def _to_hook(got: Got) -> tuple[str, str]:
    return got.event["id"], got.event["attributes"]["meeting"]["external-meeting-id"]


def check_told(receiver: Receiver, must: list[Thing], may: Thing | None) -> None:
    """Assert that each receiver was told each thing, once, in order."""

    def fits(told: list[Any], names: Callable[[Thing], Any], things: Iterable[Thing]) -> None:
        wanted = [names(thing) for thing in things]
        more = [names(may)] if may else []
        assert told in (wanted, wanted + more), (told, wanted, more)

    to_hook = [_to_hook(got) for got in receiver.got if got.target.startswith("/hook")]
    fits(to_hook, lambda thing: (thing.what.hook, thing.meeting), [one for one in must if one.what.hook])
    to_events = [(got.query["event"], got.query["meetingID"]) for got in receiver.got if "/events" in got.target]
    fits(to_events, lambda thing: (thing.what.event, thing.meeting), must)
    ended = [thing.meeting for thing in must if thing.what is EventName.ENDED and thing.meeting != "room"]
    assert sorted(got.target for got in receiver.got if "/ended" in got.target) == [f"/ended/{one}" for one in ended]


def check_files(directory: Path) -> None:
    """Assert that nothing is due, given up or unfinished."""
    assert not [path for path in (directory / "outbox").rglob("*") if path.is_file()]
    assert not list(directory.rglob(".bbbd-*"))


async def delivered(memory: Memory) -> None:
    """Wait until all was tried; a start spreads what had failed before over ten seconds."""
    outbox = memory.app.server.outbox
    memory.advance(11)
    await until(lambda: not outbox._attempts and not outbox._pumping)


async def check(directory: Path, receiver: Receiver, history: list[list[str]]) -> None:
    """Start twice: all is told by the first, and nothing more by the second."""
    receiver.got.clear()
    for later in (60, 600):
        memory = _memory(directory, FaultyDisk(), ["127.0.0.1"], later)
        await delivered(memory)
        check_told(receiver, *await happened(memory, history))
        hooks = len((await memory.call("hooks/list")).xml.findall("hooks/hook"))
        assert hooks == 1 or ["answered", "hook"] not in history
        assert receiver.most <= 1 + 1 + 2, "a receiver had two calls at once"
        check_files(directory)
        memory.hang_up()


async def kill_at(operations: Iterable[int], tmp_path: Path, receiver: Receiver) -> int:
    """Kill at each operation, start again, compare; return how many there were."""
    for operation in operations:
        lived, history = tell_until(operation, tmp_path, receiver.port)
        await check(tmp_path / "data", receiver, history)
        if lived:
            return operation
    raise AssertionError("the story has no end")


async def kill_twice(operations: Iterable[int], tmp_path: Path, receiver: Receiver) -> int:
    """Kill at each operation, then at each one of the start that follows; return how many pairs there were."""
    pairs = 0
    for operation in operations:
        second, lived = 0, False
        while not lived:
            second += 1
            _lived, history = tell_until(operation, tmp_path, receiver.port)
            lived = start_until(second, tmp_path / "data")
            print(f"and {second} of the start")
            await check(tmp_path / "data", receiver, history)
        pairs += second
    return pairs


@pytest.mark.faults
@pytest.mark.soak
@awaited
async def test_a_kill_at_each_operation_of_the_disk_tells_all_once(tmp_path: Path, receiver: Receiver) -> None:
    assert await kill_at(range(1, 10_000), tmp_path, receiver) > 200


@pytest.mark.faults
@awaited
async def test_a_kill_at_every_third_operation_of_the_disk_tells_all_once(tmp_path: Path, receiver: Receiver) -> None:
    assert await kill_at(range(1, 10_000, 3), tmp_path, receiver) > 200


@awaited
async def test_a_kill_at_some_operations_of_the_disk_tells_all_once(tmp_path: Path, receiver: Receiver) -> None:
    await kill_at([*range(1, 250, 17), 10_000], tmp_path, receiver)


@pytest.mark.faults
@pytest.mark.parametrize("step", [pytest.param(13, marks=pytest.mark.soak), 52])
@awaited
async def test_a_kill_and_another_at_each_operation_of_the_start_tell_all_once(
    tmp_path: Path, receiver: Receiver, step: int
) -> None:
    operations = range(1, 250, step)
    assert await kill_twice(operations, tmp_path, receiver) > 15 * len(operations)


@dataclass
class Told:
    """What the receiver of a load took. It refuses some now and then; ends only while there is half a minute left."""

    chance: random.Random
    receiver: Receiver
    hooks: int = 2
    taken: list[tuple[str, ...]] = field(default_factory=list)
    refused: int = 0
    refuses_ends: bool = True

    def __post_init__(self) -> None:
        self.receiver.usual = self._answer

    def _answer(self, connection: _Connection) -> None:
        got = self.receiver.got[-1]
        is_end = got.target.startswith("/ended")
        if self.chance.random() < (0.1 * self.refuses_ends if is_end else 0.02):
            self.refused += 1
            return status(500)(connection)
        hook = got.target.partition("?")[0]
        self.taken.append((got.target,) if is_end else (hook, *_to_hook(got)))
        return status(200)(connection)

    def lost(self, load: Load) -> list[tuple[str, ...]]:
        """Return what was answered and not told."""
        due: list[tuple[str, ...]] = [(f"/ended/{meeting}",) for meeting in load.ended]
        for number in range(self.hooks):
            due += [(f"/hook{number}", EventName.CREATED.hook, meeting) for meeting in load.created]
            due += [(f"/hook{number}", EventName.ENDED.hook, meeting) for meeting in load.ended]
        return sorted(set(due) - set(self.taken))

    def check_order(self) -> None:
        """Assert that what a hook was told again came before all that follows, and ends behind creations."""
        for number in range(self.hooks):
            told = [one for one in self.taken if one[0] == f"/hook{number}"]
            once = [one for one, _again in groupby(told)]
            assert len(once) == len(set(once))
            places = {one: place for place, one in enumerate(once)}
            for path, name, meeting in once:
                if name == EventName.ENDED.hook:
                    assert places[path, EventName.CREATED.hook, meeting] < places[path, name, meeting]


@dataclass
class Load:
    """Meetings that are created and ended, and what of it was answered."""

    daemon: Daemon
    told: Told
    created: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)

    async def worker(self, name: str, cycle: int) -> None:
        """End what a start brought back, then create and end until the daemon is gone."""
        for meeting in sorted(self.created - self.ended):
            if meeting.startswith(name) and self.told.chance.random() < 0.7:
                await self._end(meeting)
        for number in range(1000):
            meeting = f"{name}-{cycle}-{number}"
            url = self.told.receiver.url(f"/ended/{meeting}")
            answer = await self.daemon.call("create", meetingID=meeting, meetingEndedURL=url)
            assert answer.code == "SUCCESS", answer.body
            self.created.add(meeting)
            if self.told.chance.random() < 0.7:
                await self._end(meeting)

    def has_ended(self, number: int) -> bool:
        """Return whether so many ends were answered in all."""
        return len(self.ended) >= number

    async def _end(self, meeting: str) -> None:
        answer = await self.daemon.call("end", meetingID=meeting)
        # What was asked and not answered before a kill may have happened; then its end is told all the same.
        assert answer.code == "SUCCESS" or answer.key == Problem.NOT_FOUND_TO_END.key, answer.body
        self.ended.add(meeting)


async def kill_cycles(load: Load, cycles: int) -> None:
    """Load, kill at a random moment behind some ends more in each cycle, start again."""
    for cycle in range(cycles):
        load.told.refuses_ends = cycle < 3
        ended = len(load.ended) + cycle
        workers = [Deferred.fromCoroutine(load.worker(f"w{number}", cycle)) for number in range(4)]
        await until(partial(load.has_ended, ended))
        await _pause(load.told.chance.random() * 0.1)
        load.daemon.process.send_signal(signal.SIGKILL)
        for _success, result in await DeferredList(workers, consumeErrors=True):
            assert not isinstance(getattr(result, "value", None), AssertionError), result
        load.daemon.wait()
        load.daemon.start()


@pytest.mark.faults
@awaited
async def test_kills_at_any_moment_under_load_lose_no_callback(
    start_daemon: Callable[..., Daemon], receiver: Receiver
) -> None:
    seed, kills = random.randrange(10**6), 10
    print(f"seed {seed}")
    daemon = start_daemon(settings=LOOPBACK | {"bbbd.maxMeetings": "0"})
    told = Told(random.Random(seed), receiver)
    for number in range(told.hooks):
        await daemon.call("hooks/create", callbackURL=receiver.url(f"/hook{number}"))
    load = Load(daemon, told)
    await kill_cycles(load, kills)
    outbox = daemon.directory / "outbox"
    await until(lambda: not list(outbox.glob("*.json*")), lambda: str(sorted(outbox.iterdir())))
    live = {one.text for one in (await daemon.call("getMeetings")).xml.findall("meetings/meeting/meetingID")}
    assert daemon.end() == 0
    lost = told.lost(load)
    doubled = sum(count - 1 for count in Counter(told.taken).values())
    # Taken by the receiver, but the daemon was gone before it knew.
    on_their_way = len(told.taken) - daemon.logged("callback_done")
    print(
        f"{kills} kills: {len(load.created)} creations and {len(load.ended)} ends answered; {len(told.taken)} calls"
        f" taken, {told.refused} refused; {len(lost)} lost, {doubled} doubled of {on_their_way} on their way at a kill"
    )
    assert not lost
    assert doubled <= on_their_way <= kills * MOST_TO_ONE_HOST
    assert len(load.ended) >= sum(range(kills))
    told.check_order()
    assert not live & {one[-1].removeprefix("/ended/") for one in told.taken if EventName.CREATED.hook not in one}
    assert not list(outbox.glob("given-up/*"))
    assert not list(outbox.rglob(".bbbd-*"))
