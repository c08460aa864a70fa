"""Writes what browsers recorded: a new file, the pieces behind it, and its end. Every function waits for the disk."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bbbd.recordings.uploaded_media import (
    HEAD,
    MEDIA,
    SLICES,
    Slice,
    StoredUpload,
    UploadHead,
    directory_of,
    read_ejected,
    read_end,
    read_uploads,
    slice_line,
)
from bbbd.storage.disk import Disk


@dataclass(frozen=True, slots=True)
class Found:
    """What the disk has of a meeting: its files, and when it ended (0: it goes on, or nothing tells).

    ``ejected``: when those left who were removed for good, once it has ended.
    """

    uploads: tuple[StoredUpload, ...]
    ended: int
    ejected: dict[str, int]


class UploadFiles:
    """The uploaded files of all recordings."""

    def __init__(self, disk: Disk, raw_root: Path) -> None:
        self._disk = disk
        self._root = raw_root

    def raw(self, record_id: str) -> Path:
        """Return the raw files of a recording."""
        return self._root / record_id

    def find(self, record_id: str) -> Found:
        """Return what there is of a recording, without what a kill left unfinished. Raises ``OSError``."""
        raw = self.raw(record_id)
        self._disk.sweep(directory_of(raw))
        return Found(tuple(read_uploads(raw)), read_end(raw), read_ejected(raw))

    def begin(self, record_id: str, name: str, head: UploadHead) -> None:
        """Make a file, its head last: without one it is none. Raises ``OSError``."""
        base = directory_of(self.raw(record_id)) / name
        self._disk.mkdir(base.parent)
        for ending in (MEDIA, SLICES):
            # A kill may have left them without a head.
            self._disk.unlink(base.with_name(name + ending))
            self._disk.create(base.with_name(name + ending), b"")
        self._write_head(base, head)

    def add(self, record_id: str, name: str, data: bytes, length: int, line_bytes: int, made: Slice) -> int:
        """Write a piece behind ``length`` bytes, then its line; return the bytes of all lines. Raises ``OSError``."""
        base = directory_of(self.raw(record_id)) / name
        media, slices = base.with_name(name + MEDIA), base.with_name(name + SLICES)
        self._disk.append(media, data, length)
        self._disk.sync_file(media)
        line = slice_line(made)
        self._disk.append(slices, line, line_bytes)
        self._disk.sync_file(slices)
        return line_bytes + len(line)

    def complete(self, record_id: str, name: str, head: UploadHead) -> None:
        """Note that a file is complete. Raises ``OSError``."""
        self._write_head(directory_of(self.raw(record_id)) / name, head)

    def drop(self, record_id: str, name: str) -> None:
        """Remove a file that turned out not to be wanted, its head first. Raises ``OSError``."""
        base = directory_of(self.raw(record_id)) / name
        for ending in (HEAD, MEDIA, SLICES):
            self._disk.unlink(base.with_name(name + ending))
        self._disk.sync_directory(base.parent)

    def _write_head(self, base: Path, head: UploadHead) -> None:
        self._disk.replace(base.with_name(base.name + HEAD), msgspec.json.encode(head) + b"\n")


def fresh_name(record_id: str, user: str, at: int, taken: object) -> str:
    """Return a name that is not taken."""
    assert os.sep not in user
    while (name := f"{record_id}_{user}_{at}") in taken:  # type: ignore[operator] # anything that has names
        at += 1
    return name
