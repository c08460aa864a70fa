"""Scans the directories for changes, off the reactor.

A scan reads a metadata.xml only if its modification time or length has changed. A file that cannot be read is left
out until it changes.
"""

from __future__ import annotations

import errno
import os
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


def files(layout: Layout, unseen: dict[str, str]) -> Iterator[tuple[MetadataKey, FileStamp, str]]:
    """Return every metadata.xml: its key, stamp and path; add directories that cannot be read to ``unseen``."""
    for place in Place:
        for named in _subdirectories(layout.tree(place), unseen):
            if not FORMAT.fullmatch(named.name):
                continue
            for directory in _subdirectories(named.path, unseen):
                if not RECORD_ID.fullmatch(directory.name):
                    continue
                path = f"{directory.path}/metadata.xml"
                try:
                    status = os.stat(path)  # noqa: PTH116 - a hundred thousand of them
                except (FileNotFoundError, NotADirectoryError):
                    continue
                except OSError as fault:
                    unseen[directory.path] = str(fault.strerror)
                    continue
                yield (
                    MetadataKey(place, named.name, directory.name),
                    FileStamp(status.st_mtime_ns, status.st_size),
                    path,
                )


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


def scan(
    layout: Layout, known: Mapping[MetadataKey, FileStamp], broken: Mapping[MetadataKey, tuple[FileStamp, str]]
) -> ScanResult:
    """Return the changes since ``known``. A file in ``broken`` that has not changed is not read again."""
    changes = ScanResult()
    seen = set()
    fresh = []
    for key, stamp, path in files(layout, changes.unseen):
        if known.get(key) == stamp:
            seen.add(key)
        elif key in broken and broken[key][0] == stamp:
            changes.unreadable[key] = broken[key]
        else:
            fresh.append((key, stamp, path))
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
    changes.removed = [
        key for key in known if key not in seen and not str(layout.metadata(*key)).startswith(hidden or "\0")
    ]
    return changes
