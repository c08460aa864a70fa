"""Group commit when the settings change while answers wait."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from twisted.internet.defer import Deferred

from bbbd.metrics.counting import Metrics
from bbbd.settings.current import CurrentSettings
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk
from bbbd.storage.group_commit import MOST_FILES, GroupCommit
from bbbd.values.enums import Sync

T = TypeVar("T")


class SlowThread:
    """Runs functions when a test says."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def __call__(self, function: Callable[[], T], /) -> Deferred[T]:
        result: Deferred[T] = Deferred()
        self.waiting.append(lambda: result.callback(function()))
        return result

    def run(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


class Noting(Disk):
    """Notes what is asked of the disk."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def begin_writing(self, path: Path) -> None:
        self.asked.append(("begin", path.name))
        super().begin_writing(path)

    def sync_file(self, path: Path) -> None:
        self.asked.append(("sync", path.name))
        super().sync_file(path)


def test_the_files_of_a_round_are_written_together_and_each_is_waited_for(tmp_path: Path) -> None:
    thread, disk = SlowThread(), Noting()
    rounds = GroupCommit(disk, thread, CurrentSettings(Settings()), Metrics())
    names = [f"{number:03}" for number in range(100)]
    given: list[None] = []
    for name in names:
        (tmp_path / name).write_bytes(b"data")
        rounds.touched(tmp_path / name, b"data", name_too=True)
    rounds.settled().addCallback(given.append)
    thread.waiting.pop(0)()
    assert sorted(disk.asked[:100]) == [("begin", name) for name in names]
    assert disk.asked[100:] == [("sync", name) for name in names]
    assert len(given) == 1
    assert not rounds.busy


def test_files_that_nobody_waits_for_go_by_several_rounds(tmp_path: Path) -> None:
    thread, disk = SlowThread(), Noting()
    rounds = GroupCommit(disk, thread, CurrentSettings(Settings()), Metrics())
    names = [f"{number:04}" for number in range(2 * MOST_FILES + 100)]
    for name in names:
        (tmp_path / name).write_bytes(b"")
        rounds.found(tmp_path / name)
    rounds.start()
    thread.waiting.pop(0)()
    assert sum(act == "sync" for act, _name in disk.asked) == MOST_FILES
    # Whoever waits from now on waits for all.
    given: list[None] = []
    rounds.settled().addCallback(given.append)
    thread.waiting.pop(0)()
    assert not given
    thread.waiting.pop(0)()
    assert len(given) == 1
    assert sorted(name for act, name in disk.asked if act == "sync") == names
    assert not rounds.busy


def test_a_lone_file_is_only_waited_for(tmp_path: Path) -> None:
    thread, disk = SlowThread(), Noting()
    rounds = GroupCommit(disk, thread, CurrentSettings(Settings()), Metrics())
    (tmp_path / "file").write_bytes(b"data")
    rounds.touched(tmp_path / "file", b"data")
    rounds.settled()
    thread.run()
    assert disk.asked == [("sync", "file")]


def test_nobody_waits_for_a_disk_that_has_everything(tmp_path: Path) -> None:
    thread = SlowThread()
    rounds = GroupCommit(Disk(), thread, CurrentSettings(Settings()), Metrics())
    given: list[str] = []
    rounds.settled().addCallback(lambda _none: given.append("nothing yet"))
    assert (given, thread.waiting) == (["nothing yet"], [])
    (tmp_path / "file").write_bytes(b"data")
    rounds.touched(tmp_path / "file", b"data")
    rounds.settled()
    rounds.settled().addCallback(lambda _none: given.append("behind another"))
    assert given == ["nothing yet"]
    thread.run()
    rounds.settled().addCallback(lambda _none: given.append("everything"))
    assert given == ["nothing yet", "behind another", "everything"]


def test_answers_that_wait_when_syncing_is_switched_off_are_given(tmp_path: Path) -> None:
    thread, current = SlowThread(), CurrentSettings(Settings())
    rounds = GroupCommit(Disk(), thread, current, Metrics())
    path = tmp_path / "file"
    path.write_bytes(b"data")
    rounds.touched(path, b"data", name_too=True)
    given: list[str] = []
    rounds.settled().addCallback(lambda _none: given.append("first"))
    # It waits for the next round, since the running one may have passed its file.
    rounds.settled().addCallback(lambda _none: given.append("second"))
    current.settings = dataclasses.replace(current.settings, sync=Sync.NEVER)
    thread.run()
    assert given == ["first", "second"]
    assert not rounds.busy
