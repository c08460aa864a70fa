"""Kills at every operation of the disk while an archive is taken in: the recording is wholly old or wholly new."""

from __future__ import annotations

import os
import select
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from harness import FaultyDisk
from kill_points import DyingDisk, in_child
from sample_archives import DEMO, contents, lay, layout_at, pack, recording
from sample_recordings import places

from bbbd.recordings.importer import Importer, ImportOutcome
from bbbd.recordings.layout import Place
from bbbd.recordings.metadata import read_metadata
from bbbd.recordings.transactions import TransactionRunner
from bbbd.storage.disk import Disk

OLD = recording(files={"film": b"old", "gone": b"old"}, duration=1)
NEW = recording(files={"film": b"newer", "come": b"new"}, duration=2) | recording(
    form="video", files={"film": b"new"}, duration=2
)


def prepare(tmp_path: Path) -> Path:
    """Lay an old recording, with an archive beside it that replaces its format and brings another."""
    shutil.rmtree(tmp_path / "data", ignore_errors=True)
    lay(tmp_path / "data/published", OLD)
    return pack(tmp_path / "new.tar", NEW)


def live_until(operation: int, root: Path, archive: Path) -> bool:
    return in_child(lambda: Importer(DyingDisk(operation), layout_at(root)).import_from(archive))


def state(root: Path) -> str:
    """Return whether a recording is old or new: files and metadata of all its formats."""
    found = contents(root / "published")
    durations = {
        read_metadata(data, Place.PUBLISHED, name.split("/")[0], DEMO).format.duration
        for name, data in found.items()
        if name.endswith("/metadata.xml")
    }
    for word, files, duration in (("old", OLD, 1), ("new", NEW, 2)):
        if found.keys() == files.keys() and durations == {duration}:
            assert all(found[name] == data for name, data in files.items() if not name.endswith("/metadata.xml"))
            return word
    raise AssertionError(f"neither old nor new: {sorted(found)}")


def kill_at(operations: Iterator[int], tmp_path: Path) -> tuple[int, set[str]]:
    states = set()
    root = tmp_path / "data"
    for operation in operations:
        archive = prepare(tmp_path)
        lived = live_until(operation, root, archive)
        print(f"operation {operation}")
        for _start in range(2):
            TransactionRunner(Disk(), layout_at(root)).finish()
            found = state(root)
            assert not list((root / "moves").iterdir())
            assert not list(root.rglob(".bbbd-*"))
        states.add(found)
        assert found == "new" or not lived
        told = Importer(Disk(), layout_at(root)).import_from(archive)
        assert {one.outcome for one in told} == {
            ImportOutcome.ALREADY_THERE if found == "new" else ImportOutcome.IMPORTED
        }
        assert state(root) == "new"
        if lived:
            return operation, states
    raise AssertionError("the import has no end")


@pytest.mark.faults
def test_a_kill_at_each_operation_leaves_a_recording_old_or_new(tmp_path: Path) -> None:
    operations, states = kill_at(iter(range(1, 10_000)), tmp_path)
    assert operations > 40
    assert states == {"old", "new"}


def test_a_kill_at_some_operations_leaves_a_recording_old_or_new(tmp_path: Path) -> None:
    kill_at(iter([*range(1, 100, 7), 10_000]), tmp_path)


@pytest.mark.faults
def test_what_cannot_be_finished_after_a_kill_is_finished_later(tmp_path: Path, asked_for: set[str]) -> None:
    asked_for.add("move_unfinished")
    root, between = tmp_path / "data", 0
    for operation in range(1, 10_000):
        if live_until(operation, root, prepare(tmp_path)):
            break
        if "published/presentation" in places(root, DEMO):
            continue
        between += 1
        disk = FaultyDisk()
        disk.refuse_rename = str(root / "published/presentation" / DEMO)
        TransactionRunner(disk, layout_at(root)).finish()
        TransactionRunner(Disk(), layout_at(root)).finish()
        assert state(root) == "new"
    assert between


def readers_of(archive: Path) -> list[int]:
    """Return the processes that read an archive."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if bytes(archive) in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
    return found


def test_a_kill_in_the_middle_of_reading_leaves_no_reader_behind(tmp_path: Path) -> None:
    archive = pack(tmp_path / "large.tar", recording(files={"film": bytes(32 << 20)}))
    root = tmp_path / "data"
    lay(root / "published", OLD)
    assert not in_child(lambda: Importer(DyingDisk(8), layout_at(root)).import_from(archive))
    for pid in readers_of(archive):
        with suppress(ProcessLookupError):
            ended, _writable, _faulty = select.select([os.pidfd_open(pid)], [], [], 60)
            assert ended
    TransactionRunner(Disk(), layout_at(root)).finish()
    assert state(root) == "old"
    assert not list(root.rglob(".bbbd-*"))
