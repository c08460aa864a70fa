"""The snapshot of the index, which makes a start fast. It is only a cache: the directories have all of it.

Its texts stand in one list and its entries have their places there, as most texts recur: once read, each is one object.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from bbbd.recordings.index import FileStamp, MetadataKey
from bbbd.recordings.layout import Place
from bbbd.recordings.metadata import Metadata, PlaybackFormat
from bbbd.storage.disk import Disk, read_regular

#: The version of the snapshot; others are ignored.
VERSION = 3

Entry = tuple[MetadataKey, FileStamp, Metadata]
#: A text's place in the list of texts.
_Text = int


class _Row(msgspec.Struct, array_like=True, gc=False):
    """An entry of the index: the fields of its key, its stamp, its metadata and its format."""

    place: _Text
    format: _Text
    record_id: _Text
    mtime: int
    size: int
    state: _Text
    start: int | None
    end: int | None
    participants: int | None
    meeting_id: _Text | None
    internal_meeting_id: _Text | None
    name: _Text
    is_breakout: bool
    meta: list[_Text]
    breakout: tuple[tuple[str, str], ...]
    rooms: tuple[str, ...]
    raw_size: int | None
    protected: bool | None
    format_name: _Text
    link: str
    processing_time: int | None
    duration: int | None
    format_size: int | None
    extensions: str


class _Snapshot(msgspec.Struct, array_like=True):
    version: int
    texts: list[str]
    rows: list[msgspec.Raw]


_VERSION = msgspec.msgpack.Decoder(list[msgspec.Raw])
_ROW = msgspec.msgpack.Decoder(_Row)


def write_snapshot(disk: Disk, path: Path, entries: Iterable[Entry]) -> None:
    """Store an index for the next start. Waits for the disk."""
    places: dict[str, _Text] = {}

    def place(text: str) -> _Text:
        return places.setdefault(text, len(places))

    def place_if(text: str | None) -> _Text | None:
        return None if text is None else place(text)

    rows = [
        _Row(
            place(key.place),
            place(key.format),
            place(key.record_id),
            stamp.mtime,
            stamp.size,
            place(metadata.state),
            metadata.start,
            metadata.end,
            metadata.participants,
            place_if(metadata.meeting_id),
            place_if(metadata.internal_meeting_id),
            place(metadata.name),
            metadata.is_breakout,
            [place(text) for pair in metadata.meta.items() for text in pair],
            metadata.breakout,
            metadata.rooms,
            metadata.raw_size,
            metadata.protected,
            place(metadata.format.name),
            metadata.format.link,
            metadata.format.processing_time,
            metadata.format.duration,
            metadata.format.size,
            metadata.format.extensions,
        )
        for key, stamp, metadata in entries
    ]
    disk.replace(path, msgspec.msgpack.encode((VERSION, list(places), rows)))


def read_snapshot(path: Path) -> list[Entry]:
    """Return the stored index, or nothing if it cannot be read."""
    try:
        data = read_regular(path)
        if msgspec.msgpack.decode(_VERSION.decode(data)[0]) != VERSION:
            return []
        snapshot = msgspec.msgpack.decode(data, type=_Snapshot)
        # One by one, so that the memory of what is discarded is used again.
        return [_entry(_ROW.decode(raw), snapshot.texts) for raw in snapshot.rows]
    except (OSError, ValueError, IndexError):
        return []


def _entry(row: _Row, texts: list[str]) -> Entry:
    record_id = texts[row.record_id]
    metadata = Metadata(
        record_id=record_id,
        state=texts[row.state],
        start=row.start,
        end=row.end,
        participants=row.participants,
        meeting_id=None if row.meeting_id is None else texts[row.meeting_id],
        internal_meeting_id=None if row.internal_meeting_id is None else texts[row.internal_meeting_id],
        name=texts[row.name],
        is_breakout=row.is_breakout,
        meta={texts[name]: texts[value] for name, value in zip(row.meta[::2], row.meta[1::2], strict=True)},
        breakout=row.breakout,
        rooms=row.rooms,
        raw_size=row.raw_size,
        protected=row.protected,
        format=PlaybackFormat(
            name=texts[row.format_name],
            link=row.link,
            processing_time=row.processing_time,
            duration=row.duration,
            size=row.format_size,
            extensions=row.extensions,
        ),
    )
    key = MetadataKey(Place(texts[row.place]), texts[row.format], record_id)
    return key, FileStamp(row.mtime, row.size), metadata
