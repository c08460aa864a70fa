"""Scans the directories for changes, off the reactor.

A scan reads a metadata.xml only if its modification time or length has changed. A file that cannot be read is left
out until it changes.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from bbbd.recordings.index import PART, FileStamp, Index, IndexPart, MetadataKey, Stamps, encoded
from bbbd.recordings.layout import FORMAT, RECORD_ID, Layout, Place
from bbbd.recordings.list_many import is_directory
from bbbd.recordings.listing import list_directories
from bbbd.recordings.metadata import Metadata, UnreadableMetadata, read_metadata, read_metadata_file
from bbbd.recordings.read_many import (
    FilesToRead,
    FormatDirectory,
    Outcome,
    ReadRecording,
    RecordingToRead,
    SystemFault,
)
from bbbd.recordings.reading import read_recordings

#: Files that cannot be read, each with its stamp and the reason.
Unreadable = Mapping[MetadataKey, tuple[FileStamp, str]]
_outcomes = msgspec.msgpack.Decoder(list[Outcome]).decode


@dataclass(slots=True)
class ScanResult:
    """The result of a scan: formats that were removed, added or changed, and files that cannot be read."""

    removed: list[MetadataKey] = field(default_factory=list)
    added: list[tuple[MetadataKey, FileStamp, Metadata]] = field(default_factory=list)
    unreadable: dict[MetadataKey, tuple[FileStamp, str]] = field(default_factory=dict)
    #: Directories that cannot be read, each with the reason. Their known formats stay in the index.
    unseen: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Listing:
    """What is in the directories: for each the stamps of all metadata.xml, by recording; and what cannot be read."""

    directories: list[FormatDirectory]
    stamps: list[Mapping[str, FileStamp]]
    unseen: dict[str, str]


def _directories(layout: Layout, unseen: dict[str, str]) -> Iterator[FormatDirectory]:
    """Return the directories that have recordings."""
    for place in Place:
        tree = layout.tree(place)
        try:
            with os.scandir(tree) as entries:
                for named in filter(is_directory, entries):
                    if FORMAT.fullmatch(named.name):
                        yield FormatDirectory(place, named.name, os.fsencode(named.path))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as fault:
            unseen[str(tree)] = str(fault.strerror)


def list_recordings(layout: Layout, expected: int = 0) -> Listing:
    """Return what is in all directories, where so many recordings are expected. Waits for the disk."""
    unseen: dict[str, str] = {}
    directories = list(_directories(layout, unseen))
    stamps: list[dict[str, FileStamp]] = [{} for _directory in directories]
    for part in list_directories([one.path for one in directories], expected):
        stamps[part.directory].update(zip(part.names, map(FileStamp, part.mtimes, part.sizes), strict=True))
        path = os.fsdecode(directories[part.directory].path)
        for name, why in part.unseen.items():
            if not name:
                unseen[path] = why
            elif RECORD_ID.fullmatch(name):
                unseen[f"{path}/{name}"] = why
    return Listing(directories, list(stamps), unseen)


def read_file(key: MetadataKey, path: str) -> Metadata:
    """Return the contents of a metadata.xml. Raises ``UnreadableMetadata`` and ``OSError``."""
    return read_metadata(read_metadata_file(path), key.place, key.format, key.record_id)


def read_recording(layout: Layout, record_id: str) -> list[tuple[MetadataKey, FileStamp, Metadata]]:
    """Return all formats of one recording, in all places; those that cannot be read are left out."""
    found = []
    for place in Place:
        for path in sorted(layout.tree(place).glob(f"*/{record_id}/metadata.xml")):
            key = MetadataKey(place, path.parent.parent.name, record_id)
            if not FORMAT.fullmatch(key.format):
                continue
            try:
                status = path.stat()
                found.append((key, FileStamp(status.st_mtime_ns, status.st_size), read_file(key, str(path))))
            except (UnreadableMetadata, OSError):
                # The next scan tells of it.
                continue
    return found


def _fresh(found: Listing, known: Stamps, broken: Unreadable, changes: ScanResult) -> FilesToRead:
    """Return the files that are new or have changed; those that are known as broken are noted."""
    fresh: dict[str, RecordingToRead] = {}
    for number, ((place, form, _path), here) in enumerate(zip(found.directories, found.stamps, strict=True)):
        if (before := known.get((place, form), {})) is here:
            continue
        for record_id, stamp in here.items() - before.items() if before else here.items():
            if not RECORD_ID.fullmatch(record_id):
                continue
            if broken and (key := MetadataKey(place, form, record_id)) in broken and broken[key][0] == stamp:
                changes.unreadable[key] = broken[key]
            elif record_id in fresh:
                fresh[record_id].directories.append(number)
            else:
                fresh[record_id] = RecordingToRead(record_id, [number])
    return FilesToRead(found.directories, list(fresh.values()))


def _readable(
    recording: RecordingToRead, read: ReadRecording, found: Listing, changes: ScanResult
) -> Iterator[tuple[MetadataKey, FileStamp, Metadata]]:
    """Return the files of a recording that can be read, and note the others."""
    record_id, numbers = recording
    for number, outcome in zip(numbers, _outcomes(read.outcomes), strict=True):
        place, form, path = found.directories[number]
        key, stamp = MetadataKey(place, form, record_id), found.stamps[number][record_id]
        match outcome:
            case Metadata():
                yield key, stamp, outcome
            case str():
                changes.unreadable[key] = (stamp, outcome)
            case SystemFault(errno.ENOENT, _):
                continue
            case SystemFault(_, why):
                changes.unseen[f"{os.fsdecode(path)}/{record_id}"] = why


def scan(layout: Layout, known: Stamps, broken: Unreadable, found: Listing | None = None) -> ScanResult:
    """Return the changes since ``known``. A file in ``broken`` that has not changed is not read again.

    ``found`` is what is in the directories, where that was listed before.
    """
    if found is None:
        found = list_recordings(layout, sum(map(len, known.values())))
    changes = ScanResult(unseen=found.unseen)
    # A directory in which nothing has changed is compared once, and is the same object from then on.
    before = [known.get((one.place, one.format), {}) for one in found.directories]
    found.stamps = [old if _equal(old, new) else new for old, new in zip(before, found.stamps, strict=True)]
    for recording, read in read_recordings(_fresh(found, known, broken, changes)):
        changes.added += _readable(recording, read, found, changes)
    changes.removed = list(_gone(layout, known, found, changes))
    return changes


def _equal(some: Mapping[str, FileStamp], others: Mapping[str, FileStamp]) -> bool:
    """Return whether stamps are equal; one by one, as no other thread runs while Python compares a hundred thousand."""
    return len(some) == len(others) and all(some.get(record_id) == stamp for record_id, stamp in others.items())


def _gone(layout: Layout, known: Stamps, found: Listing, changes: ScanResult) -> Iterator[MetadataKey]:
    """Return the formats that are no longer there, or cannot be read any more."""
    there = {(one.place, one.format): stamps for one, stamps in zip(found.directories, found.stamps, strict=True)}
    added = {key for key, _stamp, _metadata in changes.added}
    hidden = tuple(f"{path}/" for path in changes.unseen)
    for (place, form), before in known.items():
        here = there.get((place, form), {})
        for record_id, _stamp in () if here is before else before.items() - here.items():
            key = MetadataKey(place, form, record_id)
            if key not in added and not (hidden and str(layout.metadata(*key)).startswith(hidden)):
                yield key


def load_all(layout: Layout, index: Index, found: Listing | None = None) -> ScanResult:
    """Fill an empty index with all that can be read, and return what cannot. Faster than a scan and ``change``."""
    if found is None:
        found = list_recordings(layout)
    changes = ScanResult(unseen=found.unseen)
    index.load(_parts(read_recordings(_fresh(found, {}, {}, changes)), found, changes))
    return changes


def _parts(
    recordings: Iterable[tuple[RecordingToRead, ReadRecording]], found: Listing, changes: ScanResult
) -> Iterator[IndexPart]:
    part = IndexPart([], [])
    for recording, read in recordings:
        record_id, numbers = recording
        if read.is_whole:
            part.recordings.append(read.outcomes)
            part.stamps.extend([found.stamps[number][record_id] for number in numbers])
        elif entries := list(_readable(recording, read, found, changes)):
            part.recordings.append(encoded([metadata for _key, _stamp, metadata in entries]))
            part.stamps.extend(stamp for _key, stamp, _metadata in entries)
        if len(part.recordings) == PART:
            yield part
            part = IndexPart([], [])
    yield part
