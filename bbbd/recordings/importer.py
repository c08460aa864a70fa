"""Imports recordings from archives and directories: all of an archive or nothing, and nothing twice.

Formats are unpacked on the target's filesystem, then renamed into place. Changes that were made here (whether a
recording is published or protected, its metadata) stay when one of its formats is imported again.
"""

from __future__ import annotations

import filecmp
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from bbbd.metrics.counting import Metrics
from bbbd.metrics.declarations import CONVERSIONS
from bbbd.recordings.archive import ArchiveRefused
from bbbd.recordings.archive_process import Progress, contents_of, write
from bbbd.recordings.atomic_replace import Halfway, Replacement, replace_all
from bbbd.recordings.layout import DELETED_NOTE, FORMAT, IMPORTED_ID, OWN_PATHS, Layout, Place, format_order
from bbbd.recordings.metadata import UnreadableMetadata, is_published, own_format, read_metadata, read_metadata_file
from bbbd.recordings.metadata_edits import canonical, change_metadata, current_meta, meta_names
from bbbd.storage.disk import Disk

#: Bytes that must stay free beside the unpacked contents of an archive.
SPARE = 64 << 20
#: Bytes that the filesystem may need for a file beside its contents.
BLOCK = 4096


class ImportOutcome(StrEnum):
    """The result for a format of a recording."""

    IMPORTED = "imported"
    ALREADY_THERE = "already there"
    REFUSED = "refused"


class Imported(NamedTuple):
    """The result for a format of a recording, or for a whole archive that was refused."""

    what: str
    outcome: ImportOutcome
    why: str = ""

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.outcome:<13}  {self.what}" + (f": {self.why}" if self.why else "")


def recording_ids(outcomes: list[Imported]) -> list[str]:
    """Return the ids of the recordings that were imported or existed already."""
    ids = (one.what.split(" ")[0] for one in outcomes if one.outcome is not ImportOutcome.REFUSED)
    return list(dict.fromkeys(ids))


class NoRoom(OSError):
    """The disk has no room for what would be imported."""


class _Wanted(NamedTuple):
    """The place of new recordings, None for that which their metadata names; and what else an import does."""

    place: Place | None
    protect: bool
    revive: bool = False


class _NewFormat(NamedTuple):
    record_id: str
    format: str
    directory: Path
    place: Place
    target: Path
    replaced: tuple[Path, ...]
    metadata: bytes


class Importer:
    """Imports recordings into one layout."""

    def __init__(self, disk: Disk, layout: Layout, metrics: Metrics | None = None) -> None:
        self._disk = disk
        self._layout = layout
        self._metrics = metrics or Metrics()
        #: Whether an archive is being imported.
        self.running = False

    def import_from(
        self,
        path: Path,
        *,
        unpublished: bool = False,
        protect: bool = False,
        progress: Progress = lambda _done, _total: None,
    ) -> list[Imported]:
        """Import an archive or directory and return the results. Raises ``OSError``; then nothing was imported."""
        done = False
        self.running = True
        try:
            outcomes = self._import_from(path.absolute(), unpublished=unpublished, protect=protect, progress=progress)
            done = all(one.outcome is not ImportOutcome.REFUSED for one in outcomes)
        finally:
            self.running = False
            self._metrics.count(CONVERSIONS, "import", "done" if done else "failed")
        return outcomes

    def _import_from(self, path: Path, *, unpublished: bool, protect: bool, progress: Progress) -> list[Imported]:
        wanted = _Wanted(Place.UNPUBLISHED if unpublished else _place_of(path), protect)
        try:
            return self._import((path,), wanted, progress)
        except (ArchiveRefused, NoRoom) as fault:
            return [Imported(path.name, ImportOutcome.REFUSED, str(fault).encode("utf-8", "backslashreplace").decode())]

    def put(self, paths: Sequence[Path], place: Place, *, protect: bool, revive: bool) -> list[Imported]:
        """Import formats that were made here, to a place unless the recording has one; return the results.

        With ``revive`` they replace a deleted recording's. Raises ``ArchiveRefused`` and ``OSError``; then nothing was
        imported.
        """
        return self._import(paths, _Wanted(place, protect, revive), lambda _done, _total: None)

    def _import(self, paths: Sequence[Path], wanted: _Wanted, progress: Progress) -> list[Imported]:
        self._disk.mkdir(self._layout.published, 0o755)
        work, is_needed = self._disk.unfinished(self._layout.published), False
        try:
            with ExitStack() as opened:
                found = [opened.enter_context(contents_of(path)) for path in paths]
                needed = sum(one.size + one.file_count * BLOCK for one in found)
                if needed + SPARE > self._disk.free(self._layout.published):
                    raise NoRoom(f"{needed >> 20} MiB do not fit on the disk")
                for one in found:
                    write(self._disk, one, work, progress)
            with self._layout.lock:
                new_formats, outcomes = self._decide_all(work, wanted)
                self._move_all(new_formats)
        except Halfway:
            is_needed = True
            raise
        finally:
            if not is_needed:
                self._disk.remove_tree(work)
        return outcomes + [Imported(f"{one.record_id} {one.format}", ImportOutcome.IMPORTED) for one in new_formats]

    def _decide_all(self, work: Path, wanted: _Wanted) -> tuple[list[_NewFormat], list[Imported]]:
        new_formats: list[_NewFormat] = []
        outcomes: list[Imported] = []
        files = sorted(
            work.rglob("metadata.xml"),
            key=lambda file: (file.parent.parent.parent, file.parent.name, format_order(file.parent.parent.name)),
        )
        if not files:
            raise ArchiveRefused("has no metadata.xml in it")
        for file in files:
            try:
                beside = [other.place for other in new_formats if other.record_id == file.parent.name]
                one = self._decide(file, beside, wanted)
            except (ArchiveRefused, UnreadableMetadata) as fault:
                raise ArchiveRefused(f"{file.relative_to(work)} {fault}") from None
            if isinstance(one, Imported):
                outcomes.append(one)
            elif any(other.target == one.target for other in new_formats):
                raise ArchiveRefused(f"has {one.format} of {one.record_id} twice")
            else:
                new_formats.append(one)
        return new_formats, outcomes

    def _decide(self, file: Path, beside: list[Place], wanted: _Wanted) -> _NewFormat | Imported:
        """Decide about one format.

        Its place is that of the recording's other formats here, else of those that come with it (``beside``), else
        the one that is wanted, else the one that its metadata.xml says.
        """
        record_id, outer = file.parent.name, file.parent.parent.name
        if not IMPORTED_ID.fullmatch(record_id):
            raise ArchiveRefused(f"is not in a directory called as a recording: {record_id[:80]!r}")
        data = read_metadata_file(file)
        metadata = read_metadata(data, Place.PUBLISHED, outer, record_id)
        name = own_format(data) or outer
        if not FORMAT.fullmatch(name) or name in OWN_PATHS:
            raise ArchiveRefused(f"is of a format called {name[:80]!r}")
        here = self._existing_formats(record_id)
        is_deleted = any(place is Place.DELETED for place, _name in here)
        if is_deleted and not wanted.revive:
            raise ArchiveRefused("is of a recording that was deleted here")
        places = [*(place for place, _name in here if not is_deleted), *beside]
        said = Place.PUBLISHED if is_published(data) else Place.UNPUBLISHED
        place = places[0] if places else wanted.place or said
        same = [self._layout.directory(one, name, record_id) for one, other in here if other == name]
        target = self._layout.directory(place, name, record_id)
        if target.exists() and target not in same:
            raise ArchiveRefused(f"cannot be put to {target}: a directory without metadata.xml is in the way")
        meta, protected = self._local_changes(record_id, here, data)
        if wanted.protect and not protected and metadata.protected is None:
            protected = "true"
        changed = change_metadata(data, state=place.value, meta=meta, protected=protected)
        if not is_deleted and any(_equal(file.parent, directory, changed) for directory in same):
            return Imported(f"{record_id} {name}", ImportOutcome.ALREADY_THERE)
        return _NewFormat(record_id, name, file.parent, place, target, tuple(same), changed)

    def _existing_formats(self, record_id: str) -> list[tuple[Place, str]]:
        """Return the places and formats of a recording here; deleted ones only if it has no other."""
        found = [
            (place, path.parent.parent.name)
            for place in (Place.PUBLISHED, Place.UNPUBLISHED, Place.DELETED)
            for path in sorted(self._layout.tree(place).glob(f"*/{record_id}/metadata.xml"))
            if FORMAT.fullmatch(path.parent.parent.name)
        ]
        return [one for one in found if one[0] is not Place.DELETED] or found

    def _local_changes(self, record_id: str, here: list[tuple[Place, str]], data: bytes) -> tuple[dict[str, str], str]:
        """Return the metadata of a recording here, and whether it is protected: one protected format is enough."""
        meta: dict[str, str] = {}
        protections = set()
        for place, name in reversed(here):
            # An unreadable file has nothing to keep: the import repairs it.
            with suppress(UnreadableMetadata):
                known = read_metadata_file(self._layout.metadata(place, name, record_id))
                meta, protected = current_meta(known, {*meta_names(known), *meta_names(data)})
                protections.add(protected)
        return meta, "true" if "true" in protections else "false" if "false" in protections else ""

    def _move_all(self, new_formats: list[_NewFormat]) -> None:
        """Rename all formats into place, or none."""
        for one in new_formats:
            self._disk.replace(one.directory / "metadata.xml", one.metadata, 0o644)
        arrivals = [
            Replacement(source=str(one.directory), target=str(one.target), replaced=tuple(map(str, one.replaced)))
            for one in new_formats
        ]
        if arrivals:
            replace_all(self._disk, self._layout, tuple(arrivals))


def _place_of(path: Path) -> Place | None:
    """Return the place of a directory's recordings by the name of its tree, which decides over a metadata.xml."""
    if not path.is_dir():
        return None
    tree = path.parent.parent if (path / "metadata.xml").exists() else path
    return {"published": Place.PUBLISHED, "unpublished": Place.UNPUBLISHED}.get(tree.name)


def _equal(one: Path, other: Path, metadata: bytes) -> bool:
    """Return whether two directories have the same files, and metadata that differs only in what bbbd changes."""

    def files(root: Path) -> set[str]:
        own = ("metadata.xml", DELETED_NOTE)
        return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and path.name not in own}

    names = files(one)
    try:
        alike = canonical(metadata) == canonical(read_metadata_file(other / "metadata.xml"))
    except UnreadableMetadata:
        return False
    return alike and names == files(other) and not any(filecmp.cmpfiles(one, other, names, shallow=False)[1:])
