"""Retention: erases deleted and raw recordings that are older than the settings allow, and purges.

Only recordings that bbbd itself moved to ``deleted`` expire; all others there stay until ``bbbd recordings purge``.
With the last format of a recording its text tracks go, and the raw files if they are bbbd's own.
"""

from __future__ import annotations

from pathlib import Path

from bbbd.recordings.layout import DELETED_NOTE, FORMAT, RECORD_ID, Layout
from bbbd.recordings.status_files import JOURNAL, StatusFiles, Step
from bbbd.storage.disk import UNFINISHED, Disk, read_regular

DAY = 86_400_000
#: Days after which the raw files of a meeting are erased in which nobody switched recording on: the reference's.
UNMARKED_DAYS = 14


def _directories(tree: Path) -> list[Path]:
    return [path for path in sorted(tree.glob("*/*")) if FORMAT.fullmatch(path.parent.name) and path.is_dir()]


def _deleted_at(directory: Path) -> int | None:
    note = directory / DELETED_NOTE
    try:
        return int(read_regular(note))
    except (OSError, ValueError):
        return None


def erase(disk: Disk, directory: Path) -> None:
    """Erase a directory: rename it first, so that it is never half there, then delete it."""
    away = disk.unfinished(directory.parent)
    disk.rename(directory, away)
    disk.sync_directory(directory.parent)
    disk.remove_tree(away)


def erase_deleted(disk: Disk, layout: Layout, now: int, days: int) -> list[Path]:
    """Erase recordings deleted more than some days ago (0: never); return their directories. Waits for the disk."""
    if not days:
        return []
    old = [
        path
        for path in _directories(layout.deleted)
        if (deleted_at := _deleted_at(path)) is not None and now - deleted_at > days * DAY
    ]
    _erase_formats(disk, layout, old)
    return old


def _erase_formats(disk: Disk, layout: Layout, directories: list[Path]) -> None:
    """Erase formats; first what else there is of recordings without any other format."""
    trees = (layout.published, layout.unpublished, layout.deleted)
    status = StatusFiles(disk, layout)
    for record_id in dict.fromkeys(map(id_of, directories)):
        if {path for tree in trees for path in tree.glob(f"*/{record_id}")} - set(directories):
            continue
        if (layout.captions / record_id).is_dir():
            erase(disk, layout.captions / record_id)
        # Those of another server are not bbbd's to erase; a rebuild that waits still needs its own.
        if (status.raw(record_id) / JOURNAL).exists() and status.ticket(record_id) is None:
            _erase_raw(disk, status, status.raw(record_id))
    for path in directories:
        erase(disk, path)


def erase_raw(disk: Disk, layout: Layout, now: int, days: int) -> list[Path]:
    """Erase raw recordings older than some days (0: never); return their directories. Waits for the disk.

    Those of meetings in which nobody switched recording on are erased after 14 days at the latest; those that wait for
    their processing stay.
    """
    raw, status = layout.recording / "raw", StatusFiles(disk, layout)

    def is_old(path: Path) -> bool:
        # Others' ``norecord`` is theirs to honour.
        is_unmarked = status.is_unmarked(path.name) and (path / JOURNAL).exists()
        most = min(days or UNMARKED_DAYS, UNMARKED_DAYS) if is_unmarked else days
        return bool(most) and now - path.stat().st_mtime * 1000 > most * DAY and status.ticket(path.name) is None

    found = sorted(raw.iterdir()) if raw.is_dir() else []
    old = [path for path in found if path.is_dir() and RECORD_ID.fullmatch(path.name) and is_old(path)]
    for path in old:
        _erase_raw(disk, status, path)
    return old


def _erase_raw(disk: Disk, status: StatusFiles, raw: Path) -> None:
    """Erase raw files, and what the status files tell of them."""
    erase(disk, raw)
    status.forget(raw.name, Step.ARCHIVED, Step.SANITY, Step.PROCESSED, Step.PUBLISHED)


def id_of(directory: Path) -> str:
    """Return the id of a deleted recording by its directory, which may have been set aside (``.old-<id>-…``)."""
    return directory.name.removeprefix(".old-").rpartition("-")[0] if directory.name[0] == "." else directory.name


def deleted_ids(layout: Layout) -> set[str]:
    """Return the ids of all deleted recordings."""
    return {id_of(path) for path in _purgeable(layout)}


def _purgeable(layout: Layout) -> list[Path]:
    aside = [path for tree in (layout.published, layout.unpublished) for path in sorted(tree.glob("*/.old-*"))]
    return [path for path in _directories(layout.deleted) if not path.name.startswith(UNFINISHED)] + aside


def purge(disk: Disk, layout: Layout, record_ids: set[str]) -> list[Path]:
    """Erase deleted recordings by their ids, no matter who deleted them; return their directories."""
    found = [path for path in _purgeable(layout) if id_of(path) in record_ids]
    _erase_formats(disk, layout, found)
    return found
