"""Scans the directories for changes, off the reactor.

A scan reads a metadata.xml only if its modification time or length has changed. A file that cannot be read is left
out until it changes.
"""

from __future__ import annotations

import errno
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from bbbd.recordings.index import FileStamp, MetadataKey
from bbbd.recordings.layout import FORMAT, RECORD_ID, Layout, Place
from bbbd.recordings.metadata import Metadata, UnreadableMetadata, read_metadata, read_metadata_file
from bbbd.recordings.reading import read_files


@dataclass(slots=True)
class ScanResult:
    """The result of a scan: formats that were removed, added or changed, and files that cannot be read."""

    removed: list[MetadataKey] = field(default_factory=list)
    added: list[tuple[MetadataKey, FileStamp, Metadata]] = field(default_factory=list)
    unreadable: dict[MetadataKey, tuple[FileStamp, str]] = field(default_factory=dict)
    #: Directories that cannot be read, each with the reason. Their known formats stay in the index.
    unseen: dict[str, str] = field(default_factory=dict)


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=True)
    except OSError as fault:
        # A link to itself; other faults show when the directory is read.
        return fault.errno != errno.ELOOP


def _subdirectories(path: Path | str, unseen: dict[str, str]) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            yield from filter(_is_directory, entries)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as fault:
        unseen[str(path)] = str(fault.strerror)


def _directories(layout: Layout, unseen: dict[str, str]) -> Iterator[tuple[Place, str, str]]:
    """Return the directories that have recordings: place, format and path."""
    for place in Place:
        for named in _subdirectories(layout.tree(place), unseen):
            if FORMAT.fullmatch(named.name):
                yield place, named.name, named.path


def _stamps(path: str, unseen: dict[str, str]) -> Iterator[tuple[str, FileStamp]]:
    """Return the recordings of a directory, and the stamps of their metadata.xml."""
    for directory in _subdirectories(path, unseen):
        try:
            status = os.stat(f"{directory.path}/metadata.xml")  # noqa: PTH116 - a hundred thousand of them
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as fault:
            if RECORD_ID.fullmatch(directory.name):
                unseen[directory.path] = str(fault.strerror)
            continue
        yield directory.name, FileStamp(status.st_mtime_ns, status.st_size)


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


#: Fields whose values recur in other recordings or fields.
_RECURRING = ("record_id", "state", "meeting_id", "internal_meeting_id", "name")


def _shared(texts: dict[str, str], key: MetadataKey, metadata: Metadata) -> tuple[MetadataKey, Metadata]:
    """Return both with equal texts as one object, which saves memory."""
    for struct, name in (*((metadata, name) for name in _RECURRING), (metadata.format, "name")):
        text = getattr(struct, name)
        if text is not None:
            msgspec.structs.force_setattr(struct, name, texts.setdefault(text, text))
    for name, text in metadata.meta.items():
        metadata.meta[name] = texts.setdefault(text, text)
    record_id, form = (texts.setdefault(text, text) for text in (key.record_id, key.format))
    return MetadataKey(key.place, form, record_id), metadata


def _compared(
    layout: Layout,
    known: Mapping[MetadataKey, FileStamp],
    broken: Mapping[MetadataKey, tuple[FileStamp, str]],
    changes: ScanResult,
) -> tuple[list[tuple[MetadataKey, FileStamp, str]], Mapping[tuple[Place, str], Mapping[str, FileStamp]]]:
    """Return the files that are to be read, and of each directory what was known and is not there as it was."""
    left: defaultdict[tuple[Place, str], dict[str, FileStamp]] = defaultdict(dict)
    for key, stamp in known.items():
        left[key.place, key.format][key.record_id] = stamp
    fresh = []
    for place, form, path in _directories(layout, changes.unseen):
        here = left[place, form]
        for record_id, stamp in _stamps(path, changes.unseen):
            if here.get(record_id) == stamp:
                del here[record_id]
            elif RECORD_ID.fullmatch(record_id):
                key = MetadataKey(place, form, record_id)
                if key in broken and broken[key][0] == stamp:
                    changes.unreadable[key] = broken[key]
                else:
                    fresh.append((key, stamp, f"{path}/{record_id}/metadata.xml"))
    return fresh, left


def scan(
    layout: Layout, known: Mapping[MetadataKey, FileStamp], broken: Mapping[MetadataKey, tuple[FileStamp, str]]
) -> ScanResult:
    """Return the changes since ``known``. A file in ``broken`` that has not changed is not read again."""
    changes = ScanResult()
    fresh, left = _compared(layout, known, broken, changes)
    seen = set()
    texts: dict[str, str] = {}
    outcomes = read_files([(*key, path) for key, _stamp, path in fresh])
    for (key, stamp, path), outcome in zip(fresh, outcomes, strict=True):
        match outcome:
            case Metadata():
                own, metadata = _shared(texts, key, outcome)
                changes.added.append((own, stamp, metadata))
                seen.add(own)
            case str():
                changes.unreadable[key] = (stamp, outcome)
            case (errno.ENOENT, _):
                continue
            case (_, why):
                changes.unseen[str(Path(path).parent)] = why
    hidden = tuple(f"{path}/" for path in changes.unseen)
    missed = (MetadataKey(*directory, record_id) for directory, ids in left.items() for record_id in ids)
    changes.removed = [
        key for key in missed if key not in seen and not str(layout.metadata(*key)).startswith(hidden or "\0")
    ]
    return changes
