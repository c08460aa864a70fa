"""The snapshot of the index, which makes a start fast. It is only a cache: the directories have all of it.

It lies in columns, one for each field: a start makes all entries from them without a step of Python for each field.
Texts stand in one list and the columns have their places there, as most texts recur: once read, each is one object.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from bbbd.recordings.index import FileStamp, MetadataKey
from bbbd.recordings.layout import Place
from bbbd.recordings.metadata import Metadata, PlaybackFormat
from bbbd.storage.disk import Disk, read_regular

T = TypeVar("T")

#: The version of the snapshot; others are ignored.
VERSION = 4

Entry = tuple[MetadataKey, FileStamp, Metadata]
#: A column of texts: their places in the list of texts, as unsigned numbers of 32 bits; 0 is no text.
_Texts = bytes


class _Snapshot(msgspec.Struct, array_like=True, gc=False):
    """The columns: the fields of keys, stamps, metadata and formats.

    ``breakout`` and ``rooms``, which few have, are by the numbers of their rows. ``meta_names`` are the names of
    ``meta``, each tuple of them once; ``meta_kind`` tells which a row has, and ``meta_values`` has the values of all.
    """

    version: int
    byte_order: str
    count: int
    texts: list[str]
    place: _Texts
    format: _Texts
    record_id: _Texts
    mtime: list[int]
    size: list[int]
    state: _Texts
    start: list[int | None]
    end: list[int | None]
    participants: list[int | None]
    meeting_id: _Texts
    internal_meeting_id: _Texts
    name: _Texts
    is_breakout: list[bool]
    meta_names: list[tuple[str, ...]]
    meta_kind: list[int]
    meta_values: _Texts
    breakout: dict[int, tuple[tuple[str, str], ...]]
    rooms: dict[int, tuple[str, ...]]
    raw_size: list[int | None]
    protected: list[bool | None]
    format_name: _Texts
    link: list[str]
    processing_time: list[int | None]
    duration: list[int | None]
    format_size: list[int | None]
    extensions: list[str]


_VERSION = msgspec.msgpack.Decoder(list[msgspec.Raw])


def write_snapshot(disk: Disk, path: Path, entries: Iterable[Entry]) -> None:
    """Store an index for the next start. Waits for the disk."""
    rows = list(entries)
    places: dict[str | None, int] = {None: 0}

    def texts(found: Iterable[str | None]) -> _Texts:
        return array("I", (places.setdefault(text, len(places)) for text in found)).tobytes()

    def of_all(value: Callable[[Metadata], T]) -> list[T]:
        return [value(metadata) for _key, _stamp, metadata in rows]

    kinds: dict[tuple[str, ...], int] = {}
    columns = _Snapshot(
        version=VERSION,
        byte_order=sys.byteorder,
        count=len(rows),
        texts=[],
        place=texts(key.place for key, _stamp, _metadata in rows),
        format=texts(key.format for key, _stamp, _metadata in rows),
        record_id=texts(key.record_id for key, _stamp, _metadata in rows),
        mtime=[stamp.mtime for _key, stamp, _metadata in rows],
        size=[stamp.size for _key, stamp, _metadata in rows],
        state=texts(of_all(lambda one: one.state)),
        start=of_all(lambda one: one.start),
        end=of_all(lambda one: one.end),
        participants=of_all(lambda one: one.participants),
        meeting_id=texts(of_all(lambda one: one.meeting_id)),
        internal_meeting_id=texts(of_all(lambda one: one.internal_meeting_id)),
        name=texts(of_all(lambda one: one.name)),
        is_breakout=of_all(lambda one: one.is_breakout),
        meta_names=[],
        meta_kind=of_all(lambda one: kinds.setdefault(tuple(one.meta), len(kinds))),
        meta_values=texts(text for _key, _stamp, metadata in rows for text in metadata.meta.values()),
        breakout={number: one.breakout for number, (_key, _stamp, one) in enumerate(rows) if one.breakout},
        rooms={number: one.rooms for number, (_key, _stamp, one) in enumerate(rows) if one.rooms},
        raw_size=of_all(lambda one: one.raw_size),
        protected=of_all(lambda one: one.protected),
        format_name=texts(of_all(lambda one: one.format.name)),
        link=of_all(lambda one: one.format.link),
        processing_time=of_all(lambda one: one.format.processing_time),
        duration=of_all(lambda one: one.format.duration),
        format_size=of_all(lambda one: one.format.size),
        extensions=of_all(lambda one: one.format.extensions),
    )
    columns.texts = [text for text in places if text is not None]
    columns.meta_names = list(kinds)
    disk.replace(path, msgspec.msgpack.encode(columns))


def read_snapshot(path: Path) -> list[Entry]:
    """Return the stored index, or nothing if it cannot be read."""
    try:
        data = read_regular(path)
        if msgspec.msgpack.decode(_VERSION.decode(data)[0]) != VERSION:
            return []
        return _entries(msgspec.msgpack.decode(data, type=_Snapshot))
    except (OSError, ValueError, IndexError):
        return []


def _entries(columns: _Snapshot) -> list[Entry]:
    """Return the entries. Raises ``ValueError`` and ``IndexError`` for columns that do not fit one another."""
    if columns.byte_order != sys.byteorder:
        return []
    count, table = columns.count, [None, *columns.texts]

    def whole(column: list[T]) -> list[T]:
        if len(column) != count:
            raise ValueError("a column has another length")
        return column

    def texts(column: _Texts) -> list[Any]:
        return whole(list(map(table.__getitem__, array("I", column))))

    formats = map(
        PlaybackFormat,
        texts(columns.format_name),
        whole(columns.link),
        whole(columns.processing_time),
        whole(columns.duration),
        whole(columns.format_size),
        whole(columns.extensions),
    )
    record_ids = texts(columns.record_id)
    metadata = map(
        Metadata,
        record_ids,
        texts(columns.state),
        whole(columns.start),
        whole(columns.end),
        whole(columns.participants),
        texts(columns.meeting_id),
        texts(columns.internal_meeting_id),
        texts(columns.name),
        whole(columns.is_breakout),
        whole(_metas(columns, table)),
        _sparse(columns.breakout, count),
        _sparse(columns.rooms, count),
        whole(columns.raw_size),
        whole(columns.protected),
        formats,
    )
    known = {place.value: place for place in Place}
    try:
        places = [known[text] for text in texts(columns.place)]
    except KeyError:
        raise ValueError("a place is unknown") from None
    keys = map(MetadataKey, places, texts(columns.format), record_ids)
    return list(zip(keys, map(FileStamp, whole(columns.mtime), whole(columns.size)), metadata, strict=True))


def _metas(columns: _Snapshot, table: list[str | None]) -> list[dict[str, str]]:
    values: Any = map(table.__getitem__, array("I", columns.meta_values))
    names = [tuple(map(sys.intern, kind)) for kind in columns.meta_names]
    metas = [dict(zip(names[kind], values, strict=False)) for kind in columns.meta_kind]
    if sum(map(len, metas)) * array("I").itemsize != len(columns.meta_values):
        raise ValueError("values of metadata are missing or left")
    return metas


def _sparse(found: dict[int, tuple[T, ...]], count: int) -> list[tuple[T, ...]]:
    column: list[tuple[T, ...]] = [()] * count
    for number, value in found.items():
        column[number] = value
    return column
