"""The snapshot of the index, which makes a start fast. It is only a cache: the directories have all of it.

It has recordings as the index holds them, so a start need not write out their metadata again, nor sort them. Frames of
MessagePack: the head, then parts, which are read and written one by one.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from bbbd.recordings.frames import LENGTH, framed
from bbbd.recordings.index import FileStamp, Index, IndexPart
from bbbd.storage.disk import Disk, open_regular

#: The version of the snapshot; others are ignored. It changes with the fields of ``Metadata``, too.
VERSION = 5
#: The bytes of a frame's checksum, before what it sums up.
_SUM = 4


class _Head(msgspec.Struct, array_like=True, gc=False):
    """The head: the version, and how many recordings there are."""

    version: int
    count: int


class _Part(msgspec.Struct, array_like=True, gc=False):
    """Some recordings: for each a list of its formats' metadata, and in the same order the stamps of their files."""

    recordings: list[bytes]
    mtimes: list[int]
    sizes: list[int]


def write_snapshot(disk: Disk, path: Path, count: int, parts: Iterable[IndexPart]) -> None:
    """Store an index of so many recordings for the next start. Waits for the disk."""
    disk.rename(disk.fill(path.parent, _frames(count, parts)), path)
    disk.sync_directory(path.parent)


def _frames(count: int, parts: Iterable[IndexPart]) -> Iterator[bytes]:
    encode = msgspec.msgpack.Encoder().encode
    yield _summed(encode(_Head(VERSION, count)))
    for part in parts:
        mtimes, sizes = [stamp.mtime for stamp in part.stamps], [stamp.size for stamp in part.stamps]
        yield _summed(encode(_Part(part.recordings, mtimes, sizes)))


def stored_count(path: Path) -> int:
    """Return how many recordings a snapshot has, 0 if it cannot be read."""
    try:
        with open_regular(path) as file:
            return _head(file).count
    except (OSError, ValueError):
        return 0


def read_snapshot(path: Path) -> Index:
    """Return the stored index, an empty one if it cannot be read."""
    index = Index()
    try:
        with open_regular(path) as file:
            head = _head(file)
            index.load(_parts(file))
    except (OSError, ValueError, LookupError):
        return Index()
    return index if len(index) == head.count else Index()


def _head(file: BinaryIO) -> _Head:
    """Return the head. Raises ``ValueError`` for that of another version."""
    head = msgspec.msgpack.decode(_frame(file), type=_Head)
    if head.version != VERSION:
        raise ValueError("another version")
    return head


def _parts(file: BinaryIO) -> Iterator[IndexPart]:
    decode = msgspec.msgpack.Decoder(_Part).decode
    while frame := _frame(file):
        part = decode(frame)
        yield IndexPart(part.recordings, list(map(FileStamp, part.mtimes, part.sizes)))


def _frame(file: BinaryIO) -> memoryview:
    """Return the next frame, empty at the end. Raises ``ValueError`` for one that is torn or spoilt."""
    length = int.from_bytes(file.read(LENGTH))
    # Not by the length alone: of a file that is no snapshot it may be four gigabytes.
    frame = memoryview(file.read(min(length, os.fstat(file.fileno()).st_size)))
    if len(frame) != length or (frame and zlib.crc32(frame[_SUM:]).to_bytes(_SUM) != frame[:_SUM]):
        raise ValueError("a frame is torn or spoilt")
    return frame[_SUM:]


def _summed(message: bytes) -> bytes:
    """Return a frame with a checksum: most of what it has is only read when somebody asks for it."""
    return framed(zlib.crc32(message).to_bytes(_SUM) + message)
