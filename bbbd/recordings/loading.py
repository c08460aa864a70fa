"""The index at a start: from its snapshot and what has changed since, or from all files. Off the reactor."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bbbd.recordings.index import Index
from bbbd.recordings.index_snapshot import read_snapshot, stored_count
from bbbd.recordings.layout import Layout
from bbbd.recordings.scan import ScanResult, list_recordings, load_all, scan


@dataclass(frozen=True, slots=True)
class LoadedIndex:
    """An index, the changes that are not in it yet, and whether its snapshot was of use."""

    index: Index
    changes: ScanResult
    is_from_snapshot: bool


def load_index(layout: Layout) -> LoadedIndex:
    """Return the index; the directories are listed while its snapshot is read. Waits for the disk, and processes."""
    with ThreadPoolExecutor(1) as beside:
        listing = beside.submit(list_recordings, layout, stored_count(layout.snapshot))
        index = read_snapshot(layout.snapshot)
        if len(index):
            return LoadedIndex(index, scan(layout, index.stamps, {}, listing.result()), True)
        return LoadedIndex(index, load_all(layout, index, listing.result()), False)
