"""Deleted and raw recordings go after their days, and no others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sample_archives import DEMO, contents, lay, layout_at, recording
from sample_recordings import START, places, record_id

from bbbd.recordings.index import MetadataKey
from bbbd.recordings.layout import DELETED_NOTE, Place
from bbbd.recordings.retention import DAY, erase_deleted, erase_raw, purge
from bbbd.recordings.transactions import TransactionRunner, move_steps
from bbbd.storage.disk import Disk

OTHER = record_id("other")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


def delete(root: Path, meeting_id: str = "demo", at: int = START, forms: tuple[str, ...] = ("presentation",)) -> None:
    """Publish a recording and delete it at a moment."""
    for form in forms:
        lay(root / "published", recording(meeting_id, form=form))
    keys = [MetadataKey(Place.PUBLISHED, form, record_id(meeting_id)) for form in forms]
    changer = TransactionRunner(Disk(), layout_at(root))
    changer.finish()
    changer.do(move_steps(keys, Place.DELETED, deleted_at=at))


def test_a_deleted_recording_is_erased_when_its_days_are_over(root: Path) -> None:
    delete(root, forms=("presentation", "video"))
    delete(root, "other", START + DAY)
    assert erase_deleted(Disk(), layout_at(root), START + 30 * DAY, 30) == []
    assert places(root, DEMO) == {"deleted/presentation", "deleted/video"}
    erased = erase_deleted(Disk(), layout_at(root), START + 30 * DAY + 1, 30)
    assert erased == [root / "deleted" / form / DEMO for form in ("presentation", "video")]
    assert places(root, DEMO) == set()
    assert places(root, OTHER) == {"deleted/presentation"}
    assert not [name for name in contents(root) if DEMO in name or ".bbbd-" in name]


def test_what_was_deleted_in_the_future_stays(root: Path) -> None:
    delete(root, at=START + 100 * DAY)
    assert erase_deleted(Disk(), layout_at(root), START, 1) == []
    assert places(root, DEMO) == {"deleted/presentation"}


def test_no_days_are_for_ever(root: Path) -> None:
    delete(root, at=1)
    assert erase_deleted(Disk(), layout_at(root), START, 0) == []
    assert places(root, DEMO) == {"deleted/presentation"}


@pytest.mark.parametrize("note", [None, b"", b"yesterday", b"\xff"])
def test_what_somebody_else_deleted_stays(root: Path, note: bytes | None) -> None:
    lay(root / "deleted", recording(files={} if note is None else {DELETED_NOTE: note}))
    assert erase_deleted(Disk(), layout_at(root), START + 9999 * DAY, 1) == []
    assert places(root, DEMO) == {"deleted/presentation"}


def test_only_what_is_deleted_is_erased(root: Path) -> None:
    for place in ("published", "unpublished"):
        lay(root / place, recording(files={DELETED_NOTE: b"1"}))
    assert erase_deleted(Disk(), layout_at(root), START, 1) == []
    assert places(root, DEMO) == {"published/presentation", "unpublished/presentation"}


def test_where_nothing_was_deleted_nothing_is_erased(root: Path) -> None:
    assert erase_deleted(Disk(), layout_at(root), START, 1) == []
    assert erase_raw(Disk(), layout_at(root), START, 1) == []
    assert purge(Disk(), layout_at(root), {DEMO}) == []
    assert list(root.iterdir()) == []


def raw(root: Path, name: str, at: int) -> Path:
    directory = lay(root / "recording/raw" / name, {"events.xml": b"<recording/>"})
    os.utime(directory, (at / 1000, at / 1000))
    return directory


def test_raw_recordings_are_erased_when_they_are_old(root: Path) -> None:
    old, new, strange = raw(root, DEMO, START - DAY - 1000), raw(root, OTHER, START - DAY), raw(root, ".keep", 0)
    assert erase_raw(Disk(), layout_at(root), START, 0) == []
    assert old.exists()
    assert erase_raw(Disk(), layout_at(root), START, 1) == [old]
    assert sorted(path.name for path in old.parent.iterdir()) == sorted([new.name, strange.name])
    assert (new / "events.xml").exists()


def test_erasing_raw_ones_leaves_the_recordings(root: Path) -> None:
    lay(root / "published", recording())
    raw(root, DEMO, 0)
    erase_raw(Disk(), layout_at(root), START, 1)
    assert places(root, DEMO) == {"published/presentation"}


def test_a_purge_erases_by_id_whoever_deleted(root: Path) -> None:
    delete(root, forms=("presentation", "video"))
    delete(root, "kept")
    lay(root / "deleted", recording("other"))
    lay(root / "published", recording("other", form="video"))
    erased = purge(Disk(), layout_at(root), {DEMO, OTHER, "..", record_id("nobody")})
    assert {path.relative_to(root / "deleted").as_posix() for path in erased} == {
        f"presentation/{DEMO}",
        f"video/{DEMO}",
        f"presentation/{OTHER}",
    }
    assert places(root, DEMO) == set()
    assert places(root, OTHER) == {"published/video"}
    assert places(root, record_id("kept")) == {"deleted/presentation"}
    assert not [name for name in contents(root) if ".bbbd-" in name]
