"""Lives that end at an operation of the disk, as by a kill -9, and the starts after them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import FaultyDisk, Memory
from twisted.internet.defer import Deferred

from bbbd.storage.disk import OPERATIONS, Disk

#: Writes a line of what was asked or answered where it outlives a kill.
Tell = Callable[[Any], None]


class SteppedDisk(Disk):
    """A disk of which each operation passes ``step`` first: all that ``Disk`` marks as one, and no other."""

    def step(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Be at an operation that is not done yet. What it raises is the operation's error."""


def _stepped(name: str) -> Callable[..., Any]:
    operation = getattr(Disk, name)

    def do(self: SteppedDisk, *arguments: Any, **more: Any) -> Any:
        self.step(name, arguments)
        return operation(self, *arguments, **more)

    return do


for _name in OPERATIONS:
    setattr(SteppedDisk, _name, _stepped(_name))


class DyingDisk(SteppedDisk):
    """A disk at whose n-th operation the process is gone, as by a kill."""

    def __init__(self, operations: int) -> None:
        self.left = operations

    def step(self, name: str, arguments: tuple[Any, ...]) -> None:
        self.left -= 1
        if self.left == 0:
            os._exit(9)

    def sync_all(self) -> None:
        """Do nothing: a kill loses nothing that was written, and a sync of the whole machine takes long."""


def now(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that never waits: in memory everything is there at once."""
    done: list[Any] = []
    Deferred.fromCoroutine(work).addBoth(done.append)
    if done != [None]:
        done[0].raiseException()


def never(_function: Callable[[], Any]) -> Deferred[Any]:
    """Threads that never come to their work: for stories that are not about the processing of recordings."""
    return Deferred()


def in_child(live: Callable[[], object]) -> bool:
    """Live in a child that may die at an operation of the disk; True when it lived to the end."""
    child = os.fork()
    if not child:
        status = 1
        try:
            live()
            status = 0
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, 9), "it failed before it was killed"
    return status == 0


def _on(directory: Path, disk: Disk) -> Memory:
    return Memory(directory=directory, disk=disk)


@dataclass(frozen=True, kw_only=True)
class Story:
    """What a server lives through, and what must be true of it after any kill.

    ``tell`` lets things happen and tells what was asked and answered; ``check`` gets that. ``prepare`` lays what is
    there before.
    """

    tell: Callable[[Memory, Tell], Coroutine[Any, Any, None]]
    check: Callable[[Memory, list[Any]], Coroutine[Any, Any, None]]
    prepare: Callable[[Path], object] = Path.mkdir
    start: Callable[[Path, Disk], Memory] = _on


def live_until(operation: int, directory: Path, live: Callable[[Disk, Tell], object]) -> tuple[bool, list[Any]]:
    """Live until an operation of the disk; return whether the end was reached, and what was told until then."""
    told = directory.with_name("history")
    told.write_text("")

    def to_the_end() -> None:
        with told.open("w") as history:

            def tell(line: Any) -> None:
                history.write(json.dumps(line) + "\n")
                history.flush()

            live(DyingDisk(operation), tell)

    lived = in_child(to_the_end)
    history = [json.loads(line) for line in told.read_text().splitlines()]
    print(f"operation {operation}, after {str(history[-1:])[:90]}")
    return lived, history


def kill_at(operations: Iterable[int], story: Story, tmp_path: Path) -> int:
    """Kill at each operation, start twice again, compare; return how many operations there were."""
    directory = tmp_path / "data"
    for operation in operations:
        shutil.rmtree(directory, ignore_errors=True)
        story.prepare(directory)
        lived, history = live_until(
            operation, directory, lambda disk, tell: now(story.tell(story.start(directory, disk), tell))
        )
        for _start in range(2):
            memory = story.start(directory, FaultyDisk())
            now(story.check(memory, history))
            memory.hang_up()
        if lived:
            return operation
    raise AssertionError("the story has no end")
