"""Tables of names of metadata: of names that there are alone, few are kept, and nobody waits for one that is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import Memory, awaited
from sample_recordings import START, make, metadata, record_id, select
from twisted.internet.defer import Deferred

from bbbd.recordings.index import FileStamp, Index, MetadataKey
from bbbd.recordings.layout import Place
from bbbd.recordings.metadata import Metadata, read_metadata
from bbbd.recordings.queries import RecordingQuery

COUNT = 40


def entry(number: int, meta: dict[str, str]) -> tuple[MetadataKey, FileStamp, Metadata]:
    own = record_id(f"m{number}", START + number)
    key = MetadataKey(Place.PUBLISHED, "presentation", own)
    text = metadata(own, meeting_id=f"m{number}", start=START + number, meta=meta)
    return key, FileStamp(1, 1), read_metadata(text.encode(), *key)


class Encoded(dict[str, bytes]):
    """The recordings of an index, which count how often all of them are asked for."""

    times = 0

    def values(self) -> Any:
        self.times += 1
        return super().values()


def index_of(names: int) -> tuple[Index, Encoded]:
    """Return an index of recordings that have so many names, each another value."""
    index = Index()
    index._encoded = encoded = Encoded()
    index.change((), [entry(number, {f"Key{one}": str(number) for one in range(names)}) for number in range(COUNT)])
    return index, encoded


def found(index: Index, *meta: tuple[str, str]) -> list[str]:
    return [one.record_id for one in select(index, RecordingQuery(meta=meta))[0]]


def test_names_that_no_recording_has_are_known_without_a_look_at_all() -> None:
    index, encoded = index_of(3)
    for number in range(50):
        assert found(index, (f"nobody{number}", "%")) == []
    assert encoded.times == 1
    assert len(index._tables.by_meta) == 1
    key, stamp, late = entry(COUNT, {"Late": "yes"})
    index.change((), [(key, stamp, late)])
    assert found(index, ("late", "yes")) == [key.record_id]
    index.change([key], ())
    assert found(index, ("late", "yes")) == []
    looked = encoded.times
    assert found(index, ("later", "yes")) == []
    assert encoded.times == looked


def test_the_tables_that_were_asked_for_last_are_kept() -> None:
    index, encoded = index_of(60)
    for number in range(60):
        assert found(index, (f"key{number}", "7"), ("key0", "7")) == [record_id("m7", START + 7)]
    assert len(index._tables.by_meta) == 20
    looked = encoded.times
    assert found(index, ("key59", "7"), ("key41", "7"), ("key0", "7")) == [record_id("m7", START + 7)]
    assert encoded.times == looked
    assert found(index, ("key1", "7")) == [record_id("m7", START + 7)]
    assert encoded.times == looked + 1
    assert len(index._tables.by_meta) == 20


def test_those_that_are_asked_for_together_are_there_together() -> None:
    index, encoded = index_of(60)
    names = [f"key{number}" for number in range(30)]
    with index.making_tables(names) as fill:
        fill()
    looked = encoded.times
    assert found(index, *((name, "7") for name in names)) == [record_id("m7", START + 7)]
    assert encoded.times == looked
    assert found(index, ("key40", "7")) == [record_id("m7", START + 7)]
    assert len(index._tables.by_meta) == 20


@pytest.mark.parametrize("known", [False, True])
def test_what_changes_while_a_table_is_made_is_in_it(*, known: bool) -> None:
    index, _encoded = index_of(2)
    if known:
        index.by_meta("key0")
    with index.making_tables(("key1",)) as fill:
        index.change([entry(3, {})[0]], [entry(4, {"Key1": "before", "New": "1"})])
        fill()
        index.change([entry(4, {})[0], entry(5, {})[0]], [entry(6, {"Key1": "after"}), entry(COUNT, {"key1": "came"})])
    fresh = Index()
    fresh.load(index.parts())
    for name in ("key0", "key1", "new", "none"):
        assert {value: set(index.by_meta(name)[value]) for value in index.by_meta(name).values()} == {
            value: set(fresh.by_meta(name)[value]) for value in fresh.by_meta(name).values()
        }
    assert index._tables.by_meta._kept.counts == fresh._tables.by_meta._kept.counts


@awaited
async def test_a_publication_does_not_wait_for_a_table(memory: Memory) -> None:
    own = make(memory.directory, meta={"course": "7"})
    memory.look()
    library = memory.app.server.library
    held: list[tuple[Callable[[], Any], Deferred[Any]]] = []
    worker = library._worker

    def later(function: Callable[[], Any]) -> Deferred[Any]:
        held.append((function, Deferred()))
        return held[-1][1]

    library._worker = later
    asked = Deferred.fromCoroutine(library.select(RecordingQuery(meta=(("course", "7"),))))
    library._worker = worker
    assert not library.busy
    assert (await memory.call("publishRecordings", recordID=own, publish="false")).code == "SUCCESS"
    [(function, done)] = held
    done.callback(function())
    memory.settle(lambda: asked.called)
    recordings, total = await asked
    assert [one.place for one in recordings] == [Place.UNPUBLISHED]
    assert total == 1
