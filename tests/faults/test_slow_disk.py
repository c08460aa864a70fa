"""A disk that takes long to sync: the answers that it keeps wait for it, and nothing else does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from environment_reset import PATIENCE
from harness import Answer, FaultyDisk, Memory, awaited, parse, signed, until
from twisted.internet.threads import deferToThread
from websocket_clients import inside


class HeldDisk(FaultyDisk):
    """A disk that syncs nothing while it is held; it knows which threads asked it to."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.waits = threading.Event()
        self.threads: set[int] = set()

    def fdatasync(self, descriptor: int) -> None:
        self.threads.add(threading.get_ident())
        self.waits.set()
        if not self.goes_on.is_set():
            assert threading.current_thread() is not threading.main_thread(), "the reactor waits for the disk"
            assert self.goes_on.wait(PATIENCE)
        super().fdatasync(descriptor)


class Threaded(Memory):
    """A server in memory whose disk is waited for in threads, as a daemon does it."""

    def start(self) -> None:
        super().start()
        self.app.server.rounds.thread = deferToThread


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[Threaded, HeldDisk]]:
    disk = HeldDisk()
    memory = Threaded(directory=tmp_path / "data", disk=disk)
    yield memory, disk
    disk.goes_on.set()
    memory.hang_up()


def begin(memory: Memory, call: str, **pairs: str) -> Any:
    """Begin a call and return its connection."""
    wire = memory.connect()
    query = "&".join(f"{name}={value}" for name, value in pairs.items())
    wire.send(f"GET {signed(call, query)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return wire


async def answer_of(wire: Any) -> Answer:
    await until(lambda: bool(wire.got()))
    return parse(wire.got())


@awaited
async def test_only_the_answers_that_the_disk_keeps_wait_for_it(held: tuple[Threaded, HeldDisk]) -> None:
    memory, disk = held
    assert (await answer_of(begin(memory, "create", meetingID="before"))).code == "SUCCESS"
    ada = await inside(memory, "before", "Ada", role="MODERATOR")
    disk.goes_on.clear()
    disk.waits.clear()
    first = begin(memory, "create", meetingID="first")
    await until(disk.waits.is_set)
    second = begin(memory, "create", meetingID="second")
    for call, pairs in (
        ("isMeetingRunning", {"meetingID": "before"}),
        ("getMeetingInfo", {"meetingID": "first"}),
        ("getMeetings", {}),
    ):
        assert (await answer_of(begin(memory, call, **pairs))).code == "SUCCESS"
    ada.say("chat.say", text="hello", id=1)
    memory.advance(2)
    ada.listen()
    assert [event["e"] for event in ada.events("Chatted")] == ["Chatted"]
    assert not any(one.get("id") == 1 for one in ada.all("ok"))
    assert not first.got()
    assert not second.got()
    disk.goes_on.set()
    assert [(await answer_of(wire)).code for wire in (first, second)] == ["SUCCESS", "SUCCESS"]
    await until(lambda: not memory.app.server.rounds.busy)
    ada.listen()
    assert any(one.get("id") == 1 for one in ada.got)
    assert disk.threads
    assert threading.get_ident() not in disk.threads


@awaited
async def test_one_round_answers_all_that_waited_for_a_slow_disk(held: tuple[Threaded, HeldDisk]) -> None:
    memory, disk = held
    disk.goes_on.clear()
    first = begin(memory, "create", meetingID="first")
    await until(disk.waits.is_set)
    wires = [begin(memory, "create", meetingID=f"m{number}") for number in range(50)]
    disk.waits.clear()
    disk.goes_on.set()
    assert {(await answer_of(wire)).code for wire in (first, *wires)} == {"SUCCESS"}
    assert len(disk.threads) <= 2
