"""Many hooks of one event: one file, one sync, no file read, and each is told once, whatever comes in between."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from callback_receivers import Receiver, raw, status
from due_callbacks import due_callbacks
from harness import FaultyDisk, Memory, awaited, no_descriptors, run, until
from twisted.internet.defer import Deferred, execute

HOOKS = 30


class CountingDisk(FaultyDisk):
    """A disk that knows which of its files were made and synced."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[Path] = []
        self.synced: list[Path] = []

    def create(self, path: Path, data: bytes) -> None:
        self.made.append(path)
        super().create(path, data)

    def sync_file(self, path: Path) -> None:
        self.synced.append(path)
        super().sync_file(path)

    def sync_directory(self, path: Path) -> None:
        self.synced.append(path)
        super().sync_directory(path)

    def forget(self) -> None:
        self.made.clear()
        self.synced.clear()


class CountingThread:
    """A thread for short work, which counts it, and can hold what comes when the count is above a number."""

    def __init__(self) -> None:
        self.count = 0
        self.holds_above: int | None = None
        self.held: list[tuple[Deferred[Any], Callable[[], Any]]] = []

    def __call__(self, function: Callable[[], Any]) -> Deferred[Any]:
        self.count += 1
        if self.holds_above is None or self.count <= self.holds_above:
            return execute(function)
        done: Deferred[Any] = Deferred()
        self.held.append((done, function))
        return done

    def release(self) -> None:
        """Do what is held, and hold nothing more."""
        self.holds_above = None
        held, self.held = self.held, []
        for done, function in held:
            execute(function).chainDeferred(done)


@pytest.fixture
def disk() -> CountingDisk:
    return CountingDisk()


@pytest.fixture
def thread() -> CountingThread:
    return CountingThread()


@pytest.fixture
def memory(tmp_path: Path, disk: CountingDisk, thread: CountingThread) -> Any:
    made = Memory(directory=tmp_path, settings={"bbbd.callbackNetworks": "127.0.0.0/8"}, disk=disk, worker=thread)
    yield made
    made.hang_up()


async def add_hooks(memory: Memory, receiver: Receiver) -> list[str]:
    """Register the hooks, for ends, and return their ids."""
    ids = []
    for number in range(HOOKS):
        url = receiver.url(f"/{number}")
        answer = await memory.call("hooks/create", callbackURL=url, eventID="meeting-ended")
        ids.append(str(answer.text("hookID")))
    return ids


async def step(memory: Memory, seconds: float = 0) -> None:
    memory.advance(seconds)
    await until(lambda: not memory.app.server.outbox.busy)


async def end_untold(memory: Memory, receiver: Receiver, meeting: str) -> None:
    """End a meeting while the receiver hangs up on whoever tells it of that."""
    receiver.usual = raw(b"")
    await memory.call("end", meetingID=meeting)
    memory.advance(0)
    await receiver.has(20)
    receiver.got.clear()
    receiver.usual = status(200)


def paths(receiver: Receiver) -> list[str]:
    return [got.target.partition("?")[0] for got in receiver.got]


@awaited
async def test_an_end_with_many_hooks_makes_one_file_and_reads_none(
    memory: Memory, receiver: Receiver, disk: CountingDisk, thread: CountingThread
) -> None:
    await add_hooks(memory, receiver)
    await memory.call("create", meetingID="demo")
    memory.advance(2)
    disk.forget()
    thread.count = 0
    assert (await memory.call("end", meetingID="demo")).code == "SUCCESS"
    outbox = memory.directory / "outbox"
    assert [path for path in disk.made if path.is_relative_to(outbox)] == list(outbox.glob("*.json*"))
    assert len(disk.made) == 1
    # The batch and its name, and the journal, which is put away.
    assert Counter(path.name for path in disk.synced if path.is_relative_to(outbox)) == {
        "outbox": 1,
        disk.made[0].name: 1,
    }
    await step(memory)
    assert sorted(paths(receiver)) == sorted(f"/{number}" for number in range(HOOKS))
    assert len(disk.made) == 1
    assert not list(outbox.glob("*.json*"))
    # The deletion of the file.
    assert thread.count == 1


@awaited
async def test_events_that_follow_one_another_read_no_file_and_delete_theirs_together(
    memory: Memory, receiver: Receiver, thread: CountingThread
) -> None:
    await memory.call("hooks/create", callbackURL=receiver.url(), eventID="meeting-created")
    for number in range(HOOKS):
        await memory.call("create", meetingID=f"m{number}")
    thread.count = 0
    memory.advance(0)
    await until(lambda: not memory.app.server.outbox.busy)
    assert len(receiver.got) == HOOKS
    assert not list((memory.directory / "outbox").glob("*.json*"))
    assert thread.count == 1


@awaited
async def test_what_was_taken_before_a_kill_is_not_sent_again(memory: Memory, receiver: Receiver) -> None:
    await add_hooks(memory, receiver)
    receiver.plan = [status(200)] * 7
    receiver.usual = raw(b"")
    await memory.call("create", meetingID="demo")
    await memory.call("end", meetingID="demo")
    memory.advance(0)
    await receiver.has(7 + 20)
    await until(lambda: len(due_callbacks(memory.directory)) == HOOKS - 7)
    taken = set(paths(receiver)) - {
        entry.url.removeprefix(receiver.url("")) for entry in due_callbacks(memory.directory)
    }
    assert len(taken) == 7
    receiver.got.clear()
    receiver.usual = status(200)
    await memory.restart()
    await step(memory)
    assert len(paths(receiver)) == HOOKS - 7
    assert not set(paths(receiver)) & taken


@awaited
async def test_a_hook_that_fails_holds_up_no_other_and_is_told_after_a_restart(
    memory: Memory, receiver: Receiver
) -> None:
    await add_hooks(memory, receiver)
    receiver.plan = [status(500)]
    await memory.call("create", meetingID="demo")
    await memory.call("end", meetingID="demo")
    await step(memory)
    assert len(receiver.got) == HOOKS
    [left] = due_callbacks(memory.directory)
    assert (left.tries, left.last_result) == (1, "status 500")
    assert [path.suffix for path in (memory.directory / "outbox").glob("*.json*")] == [".json"]
    await memory.restart()
    await step(memory, 1)
    assert Counter(paths(receiver))[left.url.removeprefix(receiver.url(""))] == 2
    assert not due_callbacks(memory.directory)


#: What the outbox does in a thread at a start: it looks for numbers, and reads entries.
AT_START = (0, 1)


@pytest.mark.parametrize("done", AT_START)
@awaited
async def test_a_hook_that_is_destroyed_while_the_outbox_is_read_hears_of_nothing(
    memory: Memory, receiver: Receiver, thread: CountingThread, done: int
) -> None:
    ids = await add_hooks(memory, receiver)
    await memory.call("create", meetingID="one")
    await memory.call("create", meetingID="two")
    await end_untold(memory, receiver, "one")
    thread.holds_above = thread.count + done
    await memory.restart()
    await memory.call("end", meetingID="two")
    for hook in ids[:-1]:
        assert (await memory.call("hooks/destroy", hookID=hook)).text("removed") == "true"
    memory.advance(2)
    assert not receiver.got
    thread.release()
    await step(memory, 1)
    assert paths(receiver) == [f"/{HOOKS - 1}"] * 2
    assert not due_callbacks(memory.directory)


@pytest.mark.parametrize("done", AT_START)
@awaited
async def test_an_end_while_the_outbox_is_read_is_told_once(
    memory: Memory, receiver: Receiver, thread: CountingThread, done: int
) -> None:
    await add_hooks(memory, receiver)
    await memory.call("create", meetingID="demo", meetingEndedURL=receiver.url("/ended"))
    thread.holds_above = thread.count + done
    await memory.restart()
    assert (await memory.call("end", meetingID="demo")).code == "SUCCESS"
    thread.release()
    await step(memory, 1)
    assert sorted(paths(receiver)) == sorted(["/ended", *(f"/{number}" for number in range(HOOKS))])
    assert not due_callbacks(memory.directory)


@pytest.mark.parametrize("done", AT_START)
@awaited
async def test_an_outbox_that_cannot_be_read_at_a_start_is_read_later(
    memory: Memory, receiver: Receiver, thread: CountingThread, asked_for: set[str], done: int
) -> None:
    asked_for |= {"outbox_unread", "scan_failed"}
    await add_hooks(memory, receiver)
    await memory.call("create", meetingID="demo")
    await end_untold(memory, receiver, "demo")
    thread.holds_above = thread.count + done
    await memory.restart()
    with no_descriptors():
        thread.release()
    memory.advance(30)
    assert not receiver.got
    await step(memory, 31)
    assert sorted(paths(receiver)) == sorted(f"/{number}" for number in range(HOOKS))
    assert not due_callbacks(memory.directory)


@awaited
async def test_an_end_that_the_journal_does_not_take_is_told_to_nobody(
    memory: Memory, receiver: Receiver, disk: CountingDisk, asked_for: set[str]
) -> None:
    asked_for |= {"call_failed"}
    await add_hooks(memory, receiver)
    await memory.call("create", meetingID="demo")
    append = disk.append

    def refuse(path: Path, data: bytes, length: int) -> None:
        if path.parent.name == "meetings":
            raise OSError(5, "Input/output error")
        append(path, data, length)

    disk.append = refuse  # type: ignore[method-assign]
    assert (await memory.call("end", meetingID="demo")).key == "internalError"
    assert not list((memory.directory / "outbox").glob("*.json*"))
    disk.append = append  # type: ignore[method-assign]
    await step(memory, 2)
    assert not receiver.got
    assert (await memory.call("end", meetingID="demo")).code == "SUCCESS"
    await step(memory)
    assert len(await receiver.has(HOOKS)) == HOOKS


@awaited
async def test_the_command_shows_and_counts_what_is_due_wherever_it_is(memory: Memory, receiver: Receiver) -> None:
    await add_hooks(memory, receiver)
    receiver.plan = [status(200)] * 7 + [status(500)]
    receiver.usual = raw(b"")
    await memory.call("create", meetingID="demo")
    await memory.call("end", meetingID="demo")
    memory.advance(0)
    await receiver.has(8 + 20)
    outbox = memory.directory / "outbox"
    await until(lambda: len(due_callbacks(memory.directory)) == HOOKS - 7 and len(list(outbox.glob("*.json"))) == 1)
    before = {path.name: path.read_bytes() for path in outbox.iterdir() if path.is_file()}
    told = run("callbacks", "list", "--json", "--data-dir", str(memory.directory)).stdout.splitlines()
    rows = [json.loads(line) for line in told]
    assert [row["state"] for row in rows] == ["due"] * (HOOKS - 7)
    assert sorted(row["tries"] for row in rows) == [0] * (HOOKS - 8) + [1]
    assert len({row["id"] for row in rows}) == HOOKS - 7
    left = json.loads(run("drain", "--json", "--data-dir", str(memory.directory)).stdout)
    assert left["callbacks"] == HOOKS - 7
    assert {path.name: path.read_bytes() for path in outbox.iterdir() if path.is_file()} == before
