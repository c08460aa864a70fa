"""An index is the same whether it was read from all files, by a scan and changes, or from its snapshot and a scan."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sample_archives import layout_at
from sample_recordings import START, make, metadata, put, record_id

from bbbd.recordings import listing, reading
from bbbd.recordings.index import Index, MetadataKey
from bbbd.recordings.index_snapshot import write_snapshot
from bbbd.recordings.layout import Layout, Place
from bbbd.recordings.loading import load_index
from bbbd.recordings.scan import ScanResult, load_all, scan
from bbbd.storage.disk import Disk


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Recordings with one format, with several, in several places, in process; and files that cannot be read."""
    for number in range(5):
        make(tmp_path, f"m{number}", start=START + number, meta={"Course": f"c{number % 2}"})
    make(tmp_path, "m1", start=START + 1, form="video")
    make(tmp_path, "m2", start=START + 2, place="deleted")
    make(tmp_path, "m3", start=START + 3, place="unpublished", form="podcast")
    own = record_id("m5")
    put(tmp_path, own, metadata(own, state="processed"), place="recording/process")
    for form, text in (("presentation", "<recording><"), ("video", metadata(record_id("broken"), form="video"))):
        put(tmp_path, record_id("broken"), text, form=form)
    put(tmp_path, record_id("other"), metadata(record_id("none")))
    put(tmp_path, ".no-id", metadata(record_id("none")))
    return layout_at(tmp_path)


def contents(index: Index) -> object:
    """Return all that an index has and finds."""
    stamps = {directory: dict(here) for directory, here in index.stamps.items() if here}
    found = [index.find(one) for one in index.with_prefix("")]
    by_course = {value: set(index.by_meta("course")[value]) for value in index.by_meta("course").values()}
    meetings = [sorted(index.of_meeting(f"m{number}")) for number in range(6)]
    return list(index), stamps, found, by_course, meetings, {state: index.count(state) for state in index.states()}


def changed(index: Index, changes: ScanResult) -> Index:
    """Return an index with changes."""
    index.change(changes.removed, changes.added)
    return index


@pytest.mark.parametrize("beside", [False, True])
def test_all_ways_lead_to_the_same_index(layout: Layout, monkeypatch: pytest.MonkeyPatch, *, beside: bool) -> None:
    by_change = Index()
    by_change.by_meta("course")
    result = scan(layout, {}, {})
    changed(by_change, result)
    assert len(by_change) == 7
    assert sorted(key.record_id for key in result.unreadable) == sorted((record_id("broken"), record_id("other")))
    if beside:
        for module in (listing, reading):
            monkeypatch.setattr(module, "WORTH_A_PROCESS", 1)
        monkeypatch.setattr("os.cpu_count", lambda: 2)
    whole = Index()
    assert load_all(layout, whole) == ScanResult(unreadable=result.unreadable)
    first = load_index(layout)
    assert not first.is_from_snapshot
    assert contents(by_change) == contents(whole) == contents(first.index)
    write_snapshot(Disk(), layout.snapshot, len(whole), whole.parts())
    again = load_index(layout)
    assert again.is_from_snapshot
    assert again.changes == ScanResult(unreadable=result.unreadable)
    assert contents(again.index) == contents(by_change)


def test_what_changed_since_the_snapshot_is_found(layout: Layout) -> None:
    whole = Index()
    load_all(layout, whole)
    write_snapshot(Disk(), layout.snapshot, len(whole), whole.parts())
    tree, own = layout.published / "presentation", record_id("m0", START)
    edited, gone = tree / own / "metadata.xml", tree / record_id("m1", START + 1)
    edited.write_text(metadata(own, meeting_id="m0", name="Edited", meta={"Course": "c9"}))
    (gone / "metadata.xml").unlink()
    gone.rmdir()
    make(layout.published.parent, "m9")
    (tree / record_id("m4", START + 4) / "metadata.xml").write_text("<")
    again = load_index(layout)
    assert set(again.changes.removed) == {
        MetadataKey(Place.PUBLISHED, "presentation", record_id(f"m{number}", START + number)) for number in (1, 4)
    }
    fresh = Index()
    load_all(layout, fresh)
    assert contents(changed(again.index, again.changes)) == contents(fresh)
    found = again.index.find(own)
    assert found is not None
    assert found.first.name == "Edited"


def test_known_formats_stay_while_their_directory_cannot_be_read(layout: Layout) -> None:
    whole = Index()
    load_all(layout, whole)
    own = layout.published / "presentation" / record_id("m0", START) / "metadata.xml"
    own.unlink()
    own.symlink_to(own.name)
    changes = scan(layout, whole.stamps, {})
    assert changes.unseen == {str(own.parent): os.strerror(40)}
    assert changes.removed == []
