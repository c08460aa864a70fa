"""Kills at operations of the disk from a meeting's end to its published recording: whole or not there, told once."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import pytest
from due_callbacks import due_callbacks
from harness import Memory
from kill_points import SteppedDisk, Story, Tell, kill_at, now
from twisted.internet.defer import Deferred, execute

from bbbd.meetings.chat import Chatted
from bbbd.presentation.build import BuildOptions, build, write_events_xml
from bbbd.processing.child_process import Processed, ProcessingProcesses
from bbbd.processing.rebuild import request_rebuild
from bbbd.recordings.status_files import StatusFiles
from bbbd.storage.disk import Disk

READY = "http://receiver.invalid:65535/ready"


class SameProcess(ProcessingProcesses):
    """Does in this process what the others do in theirs, on the disk that dies: so the kills reach it too."""

    disk = Disk()

    def run(self, raw: Path, target: Path, settings: Any, *, whole: bool, films: Path | None = None) -> Processed:
        write_events_xml(raw, self.disk)
        built = build(raw, target, BuildOptions(public_url="http://a", whole_meeting=whole), disk=self.disk)
        return Processed(built.duration, 1)


def start(directory: Path, disk: Disk) -> Memory:
    settings = {"bbbd.callbackNetworks": "127.0.0.0/8", "bbbd.exportSpool": str(directory / "spool")}
    # A kill loses nothing that was written, and a sync of the whole machine takes long.
    disk.sync_all = lambda: None  # type: ignore[method-assign]
    processes = SameProcess()
    processes.disk = disk

    def run(step: Callable[[], Any]) -> Deferred[Any]:
        cast("Any", step).func.__self__._processes = processes
        return execute(step)

    return Memory(directory=directory, disk=disk, settings=settings, processing=run)


async def begin(memory: Memory) -> None:
    """Begin a meeting that is recorded."""
    ready = {"meta_bbb-recording-ready-url": READY}
    await memory.call("create", meetingID="demo", moderatorPW="mp", record="true", autoStartRecording="true", **ready)
    ada = await memory.enter("demo", "Ada", password="mp")
    memory.happen("demo", Chatted(user=ada.user, text="Hello"))
    memory.advance(60)


async def story(memory: Memory, tell: Tell) -> None:
    await begin(memory)
    tell(["asked", "end"])
    answer = await memory.call("end", meetingID="demo", password="mp")
    assert answer.code == "SUCCESS", answer.body
    tell(["answered", "end"])
    memory.advance(1)
    tell(["asked", "rebuild"])
    layout = memory.app.server.library.layout
    request_rebuild(StatusFiles(memory.disk, layout), next(layout.published.glob("*/*")).name)
    memory.advance(5)


def due(directory: Path) -> list[str]:
    return [str(entry.kind) for entry in due_callbacks(directory) if entry.url == READY]


async def check(memory: Memory, history: list[list[Any]]) -> None:
    """A recording that was asked for is there, whole, and its application is told of it once."""
    memory.advance(10)
    found = (await memory.call("getRecordings", state="any")).xml.findall("recordings/recording")
    if ["answered", "end"] in history:
        assert len(found) == 1
    if not found:
        assert memory.app.meetings.find_live("demo") or history == []
        return
    (recording,) = found
    own = recording.findtext("recordID")
    assert recording.findtext("state") == "published"
    directory = memory.directory / "published/presentation" / str(own)
    assert {"metadata.xml", "shapes.svg", "slides_new.xml", "panzooms.xml", "cursor.xml"} <= {
        path.name for path in directory.iterdir()
    }
    assert "Hello" in (directory / "slides_new.xml").read_text()
    assert (memory.directory / "recording/raw" / str(own) / "events.xml").read_text().endswith("</recording>\n")
    assert [path.name for path in (memory.directory / "spool").iterdir()] == [f"{own}.tar"]
    assert due(memory.directory) == ["ready"]
    assert (memory.directory / "outbox/told" / str(own)).exists()
    assert not list(memory.directory.glob("recording/status/recorded/*"))
    assert not list(memory.directory.glob("recording/process/*/*"))
    assert not list((memory.directory / "moves").iterdir())
    assert list(memory.directory.rglob(".bbbd-*")) == []


STORY = Story(tell=story, check=check, start=start)


@pytest.mark.soak
def test_a_kill_at_each_operation_leaves_one_whole_recording(tmp_path: Path) -> None:
    assert kill_at(range(1, 10_000), STORY, tmp_path) > 400


@pytest.mark.faults
def test_a_kill_at_every_fifteenth_operation_leaves_one_whole_recording(tmp_path: Path) -> None:
    kill_at(range(100, 10_000, 15), STORY, tmp_path)


def test_a_kill_at_some_operations_leaves_one_whole_recording(tmp_path: Path) -> None:
    kill_at([*range(130, 600, 60), 10_000], STORY, tmp_path)


class FailingOnce(SteppedDisk):
    """A disk whose n-th operation fails, once."""

    def __init__(self, operations: int) -> None:
        self.left = operations

    def step(self, name: str, arguments: tuple[Any, ...]) -> None:
        self.left -= 1
        if self.left == 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(arguments[0]))


def fail_at(operations: Iterable[int], tmp_path: Path) -> None:
    """Fail at each operation after the meeting's begin; the recording is there nevertheless, without a restart."""
    for operation in operations:
        directory = tmp_path / str(operation)
        directory.mkdir()
        disk = FailingOnce(10**9)
        memory = start(directory, disk)
        begun: list[int] = []

        async def live(
            memory: Memory = memory,
            disk: FailingOnce = disk,
            operation: int = operation,
            begun: list[int] = begun,
            directory: Path = directory,
        ) -> None:
            await begin(memory)
            disk.left = operation
            await memory.call("end", meetingID="demo", password="mp")
            memory.advance(60)
            begun.append(disk.left)
            disk.left = 10**9
            assert len(list(directory.glob("published/presentation/*/metadata.xml"))) == 1
            # The next start sweeps what failed renames left.
            await memory.restart()
            await check(memory, [["asked", "end"], ["answered", "end"]])

        now(live())
        memory.hang_up()
        shutil.rmtree(directory)
        if begun[0] > 0:
            return
    raise AssertionError("there is no end")


#: What a failing disk lets the log say.
SAID = {
    "recording_waits",
    "journal_stays",
    "sync_failed",
    "move_unfinished",
    "outbox_unwritten",
    "keeping_failed",
    "callback_unwritten",
    "index_unwritten",
}


@pytest.mark.faults
def test_a_disk_that_fails_once_costs_no_recording(tmp_path: Path, asked_for: set[str]) -> None:
    asked_for |= SAID
    fail_at(range(1, 10_000, 9), tmp_path)


def test_a_disk_that_fails_once_now_and_then_costs_no_recording(tmp_path: Path, asked_for: set[str]) -> None:
    asked_for |= SAID
    fail_at([*range(5, 250, 40), 10_000], tmp_path)
