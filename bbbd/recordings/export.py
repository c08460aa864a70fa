"""Hands recordings over: as one tar of all formats, as Scalelite's spool and BBBLB's upload take it."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

from bbbd.recordings.archive import Progress
from bbbd.recordings.layout import DELETED_NOTE, FORMAT, Layout, Place
from bbbd.storage.disk import Disk


class NothingToExport(LookupError):
    """There is no such recording that could be exported."""


def _nobody(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Return a member without its owner; links and unfinished files are left out."""
    if not (member.isfile() or member.isdir()) or "/.bbbd-" in member.name or member.name.endswith(f"/{DELETED_NOTE}"):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def export(
    disk: Disk, layout: Layout, record_id: str, spool: Path, progress: Progress = lambda _done, _total: None
) -> Path:
    """Write ``<record id>.tar`` into a directory, under a hidden name until it is whole, and return its path.

    Published formats are taken, and unpublished ones when there are none published. Raises ``NothingToExport``.
    """
    for place in (Place.PUBLISHED, Place.UNPUBLISHED):
        found = sorted(path.parent for path in layout.tree(place).glob(f"*/{record_id}/metadata.xml"))
        formats = [path for path in found if FORMAT.fullmatch(path.parent.name)]
        if formats:
            break
    else:
        raise NothingToExport(record_id)
    total = sum(file.stat().st_size for directory in formats for file in directory.rglob("*") if file.is_file())
    done = 0
    disk.mkdir(spool, 0o755)
    target, unfinished = spool / f"{record_id}.tar", disk.unfinished(spool)
    try:
        with disk.opened(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644) as descriptor:
            with os.fdopen(os.dup(descriptor), "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
                for directory in formats:
                    archive.add(directory, f"{directory.parent.name}/{record_id}", filter=_nobody)
                    done += sum(one.stat().st_size for one in directory.rglob("*") if one.is_file())
                    progress(done, total)
            disk.fsync(descriptor)
        disk.rename(unfinished, target)
        disk.sync_directory(spool)
    finally:
        disk.unlink(unfinished)
    return target
