"""Exports a recording as one tar of all its formats, in the form of Scalelite's spool and BBBLB's upload."""

from __future__ import annotations

import io
import os
import secrets
import tarfile
from pathlib import Path

from bbbd.recordings.archive_process import Progress
from bbbd.recordings.layout import DELETED_NOTE, FORMAT, Layout, Place, format_order
from bbbd.recordings.metadata import read_metadata_file
from bbbd.recordings.metadata_edits import with_state
from bbbd.storage.disk import UNFINISHED, Disk


class NothingToExport(LookupError):
    """No published or unpublished recording has this id."""


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _exported(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Return a member without its owner; links, unfinished files and the metadata are left out."""
    if not (member.isfile() or member.isdir()) or "/.bbbd-" in member.name or member.name.endswith(f"/{DELETED_NOTE}"):
        return None
    if member.name.count("/") == 2 and member.name.endswith("/metadata.xml"):
        return None
    return _anonymous(member)


def _add_metadata(archive: tarfile.TarFile, file: Path, name: str, place: Place) -> None:
    """Add a metadata.xml whose ``state`` and ``published`` are those of its directory, which decides."""
    data = with_state(read_metadata_file(file), place)
    member = tarfile.TarInfo(name)
    member.size, member.mtime = len(data), int(file.stat().st_mtime)
    archive.addfile(_anonymous(member), io.BytesIO(data))


def export(
    disk: Disk, layout: Layout, record_id: str, spool: Path, progress: Progress = lambda _done, _total: None
) -> Path:
    """Write ``<record id>.tar`` into a directory, under a hidden name until it is complete, and return its path.

    It has the published formats, or the unpublished ones if none is published. Raises ``NothingToExport``,
    ``UnreadableMetadata`` (no server would import it) and ``OSError``.
    """
    for place in (Place.PUBLISHED, Place.UNPUBLISHED):
        found = [path.parent for path in layout.tree(place).glob(f"*/{record_id}/metadata.xml")]
        formats = [path for path in found if FORMAT.fullmatch(path.parent.name)]
        formats.sort(key=lambda path: format_order(path.parent.name))
        if formats:
            break
    else:
        raise NothingToExport(record_id)
    total = sum(file.stat().st_size for directory in formats for file in directory.rglob("*") if file.is_file())
    done = 0
    disk.mkdir(spool, 0o755)
    target, unfinished = spool / f"{record_id}.tar", spool / f"{UNFINISHED}{record_id}-{secrets.token_hex(4)}"
    for left in spool.glob(f"{UNFINISHED}{record_id}-*"):
        # What a kill left: the directory may be shared, so no start sweeps all of it.
        disk.unlink(left)
    try:
        with disk.opened(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644) as descriptor:
            with os.fdopen(os.dup(descriptor), "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
                for directory in formats:
                    name = f"{directory.parent.name}/{record_id}"
                    archive.add(directory, name, filter=_exported)
                    _add_metadata(archive, directory / "metadata.xml", f"{name}/metadata.xml", place)
                    done += sum(one.stat().st_size for one in directory.rglob("*") if one.is_file())
                    progress(done, total)
            disk.fsync(descriptor)
        disk.rename(unfinished, target)
        disk.sync_directory(spool)
    finally:
        disk.unlink(unfinished)
    return target
