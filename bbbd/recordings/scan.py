"""Looks through the directories for what has changed, off the reactor; and the snapshot that makes a start quick.

A directory without a whole metadata.xml is left out, and looked at again when its file changes. Only what changed
is read: the time and length of each metadata.xml tell.
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
from bbbd.recordings.metadata import LARGEST, Metadata, UnreadableMetadata, read_metadata
from bbbd.storage.disk import Disk

#: The snapshot's form; another one is not read.
VERSION = 2


@dataclass(slots=True)
class ScanResult:
    """What a scan found: formats that are gone, those that came or changed, and files that cannot be read."""

    removed: list[MetadataKey] = field(default_factory=list)
    added: list[tuple[MetadataKey, FileStamp, Metadata]] = field(default_factory=list)
    unreadable: dict[MetadataKey, tuple[FileStamp, str]] = field(default_factory=dict)
    #: Directories that cannot be read, and why. What is known of them stays.
    unseen: dict[str, str] = field(default_factory=dict)


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=True)
    except OSError as fault:
        # A link that leads to itself; anything else is told when it is looked into.
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
    """Give every metadata.xml there is: its key, its stamp and its path; note what cannot be looked through."""
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
    """Return what a metadata.xml says. Raises ``UnreadableMetadata`` and ``OSError``."""
    with Path(path).open("rb") as file:
        data = file.read(LARGEST + 1)
    return read_metadata(data, key.place, key.format, key.record_id)


#: What of a recording's metadata other recordings, or other fields, are likely to say too.
_RECURRING = ("record_id", "state", "meeting_id", "internal_meeting_id", "name")


def _shared(texts: dict[str, str], key: MetadataKey, metadata: Metadata) -> tuple[MetadataKey, Metadata]:
    """Return both, with each text that is known already as the same object."""
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
    """Return what has changed since ``known``. What was broken and has not changed stays so, unread."""
    changes = ScanResult()
    seen = set()
    texts: dict[str, str] = {}
    for key, stamp, path in files(layout, changes.unseen):
        if known.get(key) == stamp:
            seen.add(key)
            continue
        if key in broken and broken[key][0] == stamp:
            changes.unreadable[key] = broken[key]
            continue
        try:
            own, metadata = _shared(texts, key, read_file(key, path))
            changes.added.append((own, stamp, metadata))
            seen.add(own)
        except UnreadableMetadata as fault:
            changes.unreadable[key] = (stamp, str(fault))
        except FileNotFoundError:
            continue
        except OSError as fault:
            changes.unseen[str(Path(path).parent)] = str(fault.strerror)
    hidden = tuple(f"{path}/" for path in changes.unseen)
    changes.removed = [
        key for key in known if key not in seen and not str(layout.metadata(*key)).startswith(hidden or "\0")
    ]
    return changes


class _Snapshot(msgspec.Struct, array_like=True):
    version: int
    entries: list[msgspec.Raw]


_ENTRY = msgspec.msgpack.Decoder(tuple[MetadataKey, FileStamp, Metadata])


def write_snapshot(disk: Disk, path: Path, entries: list[tuple[MetadataKey, FileStamp, Metadata]]) -> None:
    """Keep an index for the next start. Waits for the disk."""
    disk.replace(path, msgspec.msgpack.encode((VERSION, entries)))


def read_snapshot(path: Path) -> list[tuple[MetadataKey, FileStamp, Metadata]]:
    """Return the index that was kept, nothing when there is none that can be read: it is only a cache."""
    entries = []
    texts: dict[str, str] = {}
    try:
        snapshot = msgspec.msgpack.decode(path.read_bytes(), type=_Snapshot)
        if snapshot.version != VERSION:
            return []
        # One after the other, so that what is thrown away makes room for the next.
        for raw in snapshot.entries:
            key, stamp, metadata = _ENTRY.decode(raw)
            key, metadata = _shared(texts, key, metadata)
            entries.append((key, stamp, metadata))
    except (OSError, msgspec.DecodeError):
        return []
    return entries
