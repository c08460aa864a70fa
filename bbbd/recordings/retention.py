"""Retention: erases deleted and raw recordings that are older than the settings allow, and purges.

Only recordings that bbbd itself moved to ``deleted`` expire; all others there stay until ``bbbd recordings purge``.
"""

from __future__ import annotations

from pathlib import Path

from bbbd.recordings.layout import DELETED_NOTE, FORMAT, RECORD_ID, Layout
from bbbd.storage.disk import UNFINISHED, Disk, read_regular

DAY = 86_400_000


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
    """Erase formats; first the text tracks of recordings without any other format."""
    trees = (layout.published, layout.unpublished, layout.deleted)
    for record_id in dict.fromkeys(map(id_of, directories)):
        tracks = layout.captions / record_id
        if tracks.is_dir() and not {path for tree in trees for path in tree.glob(f"*/{record_id}")} - set(directories):
            erase(disk, tracks)
    for path in directories:
        erase(disk, path)


def erase_raw(disk: Disk, layout: Layout, now: int, days: int) -> list[Path]:
    """Erase raw recordings older than some days (0: never); return their directories. Waits for the disk."""
    raw = layout.recording / "raw"
    if not days or not raw.is_dir():
        return []
    old = [
        path
        for path in sorted(raw.iterdir())
        if path.is_dir() and RECORD_ID.fullmatch(path.name) and now - path.stat().st_mtime * 1000 > days * DAY
    ]
    for path in old:
        erase(disk, path)
    return old


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
