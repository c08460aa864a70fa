"""Index of all recordings, in memory: by id, meeting, state and metadata; ``queries`` asks it.

No query opens a file. bbbd's own changes and scans of the directories keep the index up to date. It is a cache: the
directories have all of it. It holds recordings as their snapshot does, encoded: each is decoded when it is asked for,
which takes a microsecond, so that a start need not make a hundred thousand of them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from hashlib import sha1
from itertools import islice
from typing import Any, NamedTuple, TypeVar, overload

import msgspec

from bbbd.recordings.id_table import IdTable
from bbbd.recordings.index_tables import IndexTables
from bbbd.recordings.layout import Place, format_order
from bbbd.recordings.metadata import Metadata, MetadataHead, PlaybackFormat

T = TypeVar("T")

#: Recordings of a part.
PART = 2000
_DAY = 86_400_000


class MetadataKey(NamedTuple):
    """The key of a metadata.xml: its place, its format's directory, its recording."""

    place: Place
    format: str
    record_id: str


class FileStamp(msgspec.Struct, frozen=True, gc=False):
    """The modification time (nanoseconds) and length of a file: a change of either means a changed file."""

    mtime: int
    size: int


#: A directory of recordings: its place and its format.
Directory = tuple[Place, str]
#: The stamps of metadata.xml by directory and recording.
Stamps = Mapping[Directory, Mapping[str, FileStamp]]


class IndexPart(NamedTuple):
    """Some recordings, each with the metadata of all its formats in MessagePack, and the stamps of these in order."""

    recordings: list[bytes]
    stamps: list[FileStamp]


class Recording(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A recording: its first format's metadata, and all its formats in one place, presentation first, then by name.

    It is protected if one of its formats is.
    """

    place: Place
    first: Metadata
    formats: tuple[PlaybackFormat, ...]
    protected: bool

    @property
    def record_id(self) -> str:
        """The recording's id."""
        return self.first.record_id


_decode = msgspec.msgpack.Decoder(list[Metadata]).decode
_decode_heads = msgspec.msgpack.Decoder(list[MetadataHead]).decode
_PLACES = list(Place)


def encoded(entries: list[Metadata]) -> bytes:
    """Return a recording as the index holds it: the metadata of all its formats."""
    return msgspec.msgpack.encode(entries)


def newest_first(first: MetadataHead) -> tuple[int, str]:
    """Return the sort key of recordings by their first format: newest first, then by id."""
    return -(first.start or 0), first.record_id


def _order(one: MetadataHead) -> tuple[int, tuple[bool, str]]:
    """Return the sort key of a recording's formats: the place that counts first, there presentation first."""
    return _PLACES.index(one.place), format_order(one.format.name)


def _first_of(entries: list[MetadataHead]) -> MetadataHead:
    return entries[0] if len(entries) == 1 else min(entries, key=_order)


def _merged(entries: list[Metadata]) -> Recording:
    """Return a recording by all its formats, in all places."""
    if len(entries) == 1:
        # Nearly all of them.
        (only,) = entries
        return Recording(place=only.place, first=only, formats=(only.format,), protected=bool(only.protected))
    first, *others = sorted(entries, key=_order)
    here = [first, *(one for one in others if one.place is first.place)]
    formats = tuple(one.format for one in here)
    return Recording(place=first.place, first=first, formats=formats, protected=any(one.protected for one in here))


def _key_of(metadata: Metadata) -> MetadataKey:
    return MetadataKey(metadata.place, metadata.format.name, metadata.record_id)


def _sorted(items: Iterable[T], group: Callable[[T], Any]) -> list[T]:
    """Return items sorted, a group of them at a time: no other thread runs while Python sorts a list."""
    groups: defaultdict[Any, list[T]] = defaultdict(list)
    for item in items:
        groups[group(item)].append(item)
    return [item for one in sorted(groups) for item in sorted(groups[one])]  # type: ignore[type-var]


class Recordings(Sequence[Recording]):
    """Recordings as they were when they were found, however many; each is decoded when it is asked for."""

    def __init__(self, encoded: list[bytes]) -> None:
        self._encoded = encoded

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._encoded)

    @overload
    def __getitem__(self, place: int) -> Recording: ...
    @overload
    def __getitem__(self, place: slice) -> Recordings: ...
    def __getitem__(self, place: int | slice) -> Recording | Recordings:
        """Return one, or some."""
        if isinstance(place, slice):
            return Recordings(self._encoded[place])
        return _merged(_decode(self._encoded[place]))

    def __iter__(self) -> Iterator[Recording]:
        """Return them one by one."""
        return map(_merged, map(_decode, self._encoded))


class Index:
    """The recordings of one server."""

    def __init__(self) -> None:
        self._stamps: defaultdict[Directory, dict[str, FileStamp]] = defaultdict(dict)
        self._encoded: dict[str, bytes] = {}
        self._ids: list[str] = []
        #: The sort keys of all.
        self._newest: list[tuple[int, str]] = []
        self._tables = IndexTables()

    def __len__(self) -> int:
        """Return the number of recordings."""
        return len(self._encoded)

    def __iter__(self) -> Iterator[Recording]:
        """Return all recordings, newest first."""
        return iter(Recordings(self.encoded(self.newest())))

    @property
    def stamps(self) -> Stamps:
        """The stamps of all metadata.xml."""
        return self._stamps

    def newest(self, begin: int = 0, end: int | None = None) -> list[str]:
        """Return the ids of the recordings in these places of all, newest first."""
        return [record_id for _time, record_id in self._newest[begin:end]]

    def encoded(self, record_ids: Iterable[str]) -> list[bytes]:
        """Return the recordings of ids that there are, as they are now, for ``Recordings``."""
        return [encoded for one in record_ids if (encoded := self._encoded.get(one)) is not None]

    def states(self) -> list[str]:
        """Return the states that there are."""
        return self._tables.by_state.values()

    def count(self, state: str) -> int:
        """Return the number of recordings in a state."""
        return len(self._tables.by_state[state])

    def ids_in_state(self, state: str) -> Collection[str]:
        """Return the ids of the recordings in a state."""
        return self._tables.by_state[state]

    def by_meta(self, name: str) -> IdTable:
        """Return the ids by the values of a name of metadata, in lower case."""
        if self.missing_tables((name,)):
            with self.making_tables((name,)) as fill:
                fill()
        return self._tables.by_meta[name]

    def missing_tables(self, names: Iterable[str]) -> list[str]:
        """Return the names of metadata whose tables are to be made before they are asked for."""
        return self._tables.by_meta.missing(names)

    def making_tables(self, names: Iterable[str]) -> AbstractContextManager[Callable[[], None]]:
        """Make the tables of names, by a function that takes a while with many recordings; see ``MetadataTables``."""
        firsts = (_merged(_decode(one)).first for one in list(self._encoded.values()))
        return self._tables.by_meta.making(names, firsts)

    def of_meeting(self, meeting_id: str) -> list[str]:
        """Return the ids of the recordings of an external meeting id."""
        keys = (f"={meeting_id}", sha1(meeting_id.encode(), usedforsecurity=False).hexdigest())
        return [record_id for key in keys for record_id in self._tables.by_meeting[key]]

    def with_prefix(self, prefix: str) -> list[str]:
        """Return the ids that begin so, in their order."""
        begin = bisect_left(self._ids, prefix)
        return self._ids[begin : bisect_right(self._ids, prefix + "\U0010ffff", begin)]

    def find(self, record_id: str) -> Recording | None:
        """Return a recording by its exact id."""
        encoded = self._encoded.get(record_id)
        return None if encoded is None else _merged(_decode(encoded))

    def heads(self, record_ids: Iterable[str]) -> list[MetadataHead]:
        """Return of the recordings of ids that there are by what they are sorted and found: cheaper than all."""
        return [_first_of(_decode_heads(encoded)) for encoded in self.encoded(record_ids)]

    def keys_of(self, record_id: str) -> list[MetadataKey]:
        """Return every format of a recording, in every place."""
        return sorted(map(_key_of, self._entries(record_id)))

    def stamp_of(self, key: MetadataKey) -> FileStamp | None:
        """Return the stamp of a metadata.xml, None if it is not known."""
        return self._stamps.get((key.place, key.format), {}).get(key.record_id)

    def _entries(self, record_id: str) -> list[Metadata]:
        encoded = self._encoded.get(record_id)
        return [] if encoded is None else _decode(encoded)

    def parts(self) -> Iterator[IndexPart]:
        """Return all of it, for a snapshot: the newest recordings first, so that a start need not sort them."""
        newest = iter(self._newest)
        while some := [self._encoded[record_id] for _time, record_id in islice(newest, PART)]:
            keys = [_key_of(one) for encoded in some for one in _decode(encoded)]
            yield IndexPart(some, [self._stamps[key.place, key.format][key.record_id] for key in keys])

    def change(self, removed: Iterable[MetadataKey], added: Iterable[tuple[MetadataKey, FileStamp, Metadata]]) -> None:
        """Remove and add formats, and rebuild their recordings."""
        touched: dict[str, dict[MetadataKey, Metadata]] = {}

        def formats_of(record_id: str) -> dict[MetadataKey, Metadata]:
            if record_id not in touched:
                touched[record_id] = {_key_of(one): one for one in self._entries(record_id)}
            return touched[record_id]

        for key in removed:
            self._stamps[key.place, key.format].pop(key.record_id, None)
            formats_of(key.record_id).pop(key, None)
        for key, stamp, metadata in added:
            self._stamps[key.place, key.format][key.record_id] = stamp
            formats_of(key.record_id)[key] = metadata
        for record_id, formats in touched.items():
            self._rebuild(record_id, list(formats.values()))

    def _rebuild(self, record_id: str, entries: list[Metadata]) -> None:
        old = self.find(record_id)
        if old is not None:
            self._tables.remove(old.first)
            del self._ids[bisect_left(self._ids, record_id)]
            del self._newest[bisect_left(self._newest, newest_first(old.first))]
        if not entries:
            self._encoded.pop(record_id, None)
            return
        new = _merged(entries)
        self._encoded[record_id] = encoded(entries)
        self._tables.add(new.first)
        insort(self._ids, record_id)
        insort(self._newest, newest_first(new.first))

    def load(self, parts: Iterable[IndexPart]) -> None:
        """Fill an empty index, faster than ``change``. A recording is in one part.

        Raises ``ValueError`` and ``LookupError`` for parts that are no index's.
        """
        for part in parts:
            entries = list(map(_decode_heads, part.recordings))
            files = [one for several in entries for one in several]
            for one, stamp in zip(files, part.stamps, strict=True):
                self._stamps[one.place, one.format.name][one.record_id] = stamp
            firsts = list(map(_first_of, entries))
            keys = list(map(newest_first, firsts))
            ids = [record_id for _time, record_id in keys]
            self._encoded.update(zip(ids, part.recordings, strict=True))
            self._newest += keys
            self._tables.add_many(firsts)
        self._ids = _sorted(self._encoded, lambda record_id: record_id[:1])
        self._newest = _sorted(self._newest, lambda key: key[0] // _DAY)
        if len(self._newest) != len(self._encoded):
            raise ValueError("a recording is there twice")
