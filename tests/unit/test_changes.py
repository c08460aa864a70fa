"""Changes where a format lies in two places: no copy is lost, and a change that fails changes nothing."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from kill_points import DyingDisk, in_child
from sample_archives import DEMO, contents, lay, layout_at, recording

from bbbd.recordings.index import MetadataKey
from bbbd.recordings.layout import Place
from bbbd.recordings.transactions import TransactionRunner, TransactionStep, move_steps
from bbbd.storage.disk import Disk

KEYS = [
    MetadataKey(Place.PUBLISHED, "presentation", DEMO),
    MetadataKey(Place.UNPUBLISHED, "presentation", DEMO),
    MetadataKey(Place.UNPUBLISHED, "podcast", DEMO),
]
CHANGES: dict[str, Callable[[], tuple[TransactionStep, ...]]] = {
    "publish": lambda: move_steps(KEYS, Place.PUBLISHED),
    "unpublish": lambda: move_steps(KEYS, Place.UNPUBLISHED),
    "delete": lambda: move_steps(KEYS, Place.DELETED, deleted_at=1),
}


class FailingDisk(Disk):
    """A disk on which the renaming of directories fails from the ``bad``-th on, for so many times."""

    def __init__(self, bad: int, times: int) -> None:
        self.bad, self.times = bad, times

    def rename(self, source: Path, target: Path) -> None:
        if source.is_dir():
            self.bad -= 1
            if self.bad < 0 < self.times:
                self.times -= 1
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().rename(source, target)


def prepare(root: Path) -> Path:
    """Lay a format in two places, another in one, and an older copy among the deleted ones."""
    for place, form, state, film in (
        ("published", "presentation", "published", b"P"),
        ("unpublished", "presentation", "unpublished", b"U"),
        ("unpublished", "podcast", "unpublished", b"A"),
        ("deleted", "presentation", "deleted", b"D"),
    ):
        lay(root / place, recording(form=form, state=state, files={"film": film}))
    TransactionRunner(Disk(), layout_at(root)).finish()
    return root


def films(root: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(root).items() if name.endswith("film")}


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_in_the_way_is_lost(tmp_path: Path, change: str) -> None:
    root = prepare(tmp_path / "data")
    TransactionRunner(Disk(), layout_at(root)).do(CHANGES[change]())
    assert sorted(films(root).values()) == [b"A", b"D", b"P", b"U"]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("bad", range(6))
def test_a_change_that_fails_changes_nothing(tmp_path: Path, change: str, bad: int) -> None:
    root = prepare(tmp_path / "data")
    for path in root.glob("*/*/*/metadata.xml"):
        # As it is written: what is undone is written anew.
        TransactionRunner(Disk(), layout_at(root)).do(
            (
                TransactionStep(
                    format=path.parts[-3], record_id=DEMO, source=Place(path.parts[-4]), target=Place(path.parts[-4])
                ),
            )
        )
    before = contents(root)
    try:
        TransactionRunner(FailingDisk(bad, 1), layout_at(root)).do(CHANGES[change]())
    except OSError:
        assert contents(root) == before
    else:
        assert bad > 1
    assert not list((root / "moves").iterdir())


@pytest.mark.parametrize("change", CHANGES)
def test_a_kill_at_some_operations_loses_no_copy(tmp_path: Path, change: str) -> None:
    for operation in (*range(1, 20, 6), *range(20, 40, 3), 1000):
        root = prepare(tmp_path / f"data{operation}")
        changer = TransactionRunner(DyingDisk(operation), layout_at(root))
        lived = in_child(partial(changer.do, CHANGES[change]()))
        for _start in range(2):
            TransactionRunner(Disk(), layout_at(root)).finish()
            assert sorted(films(root).values()) == [b"A", b"D", b"P", b"U"], operation
            assert not list((root / "moves").iterdir())
            assert not list(root.rglob(".bbbd-*"))
        if lived:
            return
    raise AssertionError("the change has no end")


def test_a_failed_deletion_leaves_no_note_of_it(tmp_path: Path) -> None:
    root = prepare(tmp_path / "data")
    with pytest.raises(OSError, match="No space"):
        TransactionRunner(FailingDisk(3, 1), layout_at(root)).do(CHANGES["delete"]())
    assert not list(root.rglob("bbbd-deleted"))
