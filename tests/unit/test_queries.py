"""Queries of the index find what a walk over all recordings finds, in short steps."""

from __future__ import annotations

from hashlib import sha1

import msgspec
import pytest
from sample_recordings import START, finished, metadata, record_id, select

from bbbd.recordings import queries
from bbbd.recordings.index import FileStamp, Index, MetadataKey, Recording
from bbbd.recordings.layout import Place
from bbbd.recordings.metadata import read_metadata
from bbbd.recordings.queries import RecordingQuery, selecting

COUNT = 60


@pytest.fixture(scope="module")
def index() -> Index:
    """Recordings of seven meetings, some begun in the same moment, most published."""
    entries = []
    for number in range(COUNT):
        meeting, place = f"m{number % 7}", Place.UNPUBLISHED if number % 9 == 5 else Place.PUBLISHED
        if number % 20 == 7:
            place = Place.DELETED
        own = record_id(meeting, START + number)
        meta = {"course": f"Course {number % 13}", "Origin": "Moodle"} | ({"odd": str(number)} if number % 2 else {})
        text = metadata(own, meeting_id=meeting, start=START + number // 3, meta=meta)
        key = MetadataKey(place, "presentation", own)
        entries.append((key, FileStamp(1, 1), read_metadata(text.encode(), place, "presentation", own)))
    found = Index()
    found.change((), entries)
    return found


def wanted(recording: Recording, query: RecordingQuery) -> bool:
    states = query.states or ("published", "unpublished")
    own = {name.lower(): value for name, value in recording.first.meta.items()}
    hashes = [sha1(one.encode()).hexdigest() for one in query.meeting_ids]
    return (
        ("any" in states or recording.first.state in states)
        and (not query.record_ids or any(recording.record_id.startswith(prefix) for prefix in query.record_ids))
        and (bool(query.record_ids) or not hashes or recording.record_id.partition("-")[0] in hashes)
        and all(name in own and matches(own[name], pattern) for name, pattern in query.meta)
    )


def matches(value: str, pattern: str) -> bool:
    if len(pattern) > 1 and pattern[0] == pattern[-1] == "%":
        return pattern[1:-1] in value
    if pattern.startswith("%"):
        return value.endswith(pattern[1:])
    return value.startswith(pattern[:-1]) if pattern.endswith("%") else value == pattern


QUERIES = [
    RecordingQuery(),
    RecordingQuery(states=("any",)),
    RecordingQuery(states=("deleted",)),
    RecordingQuery(states=("published", "deleted", "none")),
    RecordingQuery(record_ids=(record_id("m1")[:6], record_id("m2", START + 2), "none")),
    RecordingQuery(record_ids=(record_id("m1")[:6],), meeting_ids=("m2",)),
    RecordingQuery(meeting_ids=("m1", "m2", "none"), states=("any",)),
    RecordingQuery(meeting_ids=("none",)),
    *(
        RecordingQuery(meta=meta)
        for meta in (
            (("origin", "Moodle"),),
            (("origin", "Moodle"), ("course", "Course 1%")),
            (("course", "%1"), ("odd", "%3%")),
            (("course", "%"),),
            (("course", "%%"),),
            (("course", ""),),
            (("none", "%"),),
            (("course", "%ourse 1%"), ("origin", "Moodle"), ("odd", "1%")),
        )
    ),
]


@pytest.mark.parametrize("number", range(len(QUERIES)))
@pytest.mark.parametrize("page", [(0, None), (0, 7), (5, 7), (50, 100), (1000, 5)], ids="from {0[0]} on, {0[1]}".format)
def test_a_query_finds_what_a_walk_finds(
    index: Index, number: int, page: tuple[int, int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "SLICE", 4)
    monkeypatch.setattr(queries, "DECODED", 2)
    plain = QUERIES[number]
    all_of_them = [one for one in index if wanted(one, plain)]
    offset, limit = page if page[1] is not None else (0, None)
    query = RecordingQuery(
        record_ids=plain.record_ids,
        meeting_ids=plain.meeting_ids,
        states=plain.states,
        meta=plain.meta,
        offset=offset,
        limit=limit,
    )
    expected = all_of_them[offset:] if limit is None else all_of_them[offset : offset + limit]
    assert select(index, query) == (expected, len(all_of_them))


@pytest.mark.parametrize("meta", [(), (("odd", "%"),), (("course", "%"), ("origin", "Moodle"))])
def test_what_looks_at_many_stops_in_between(
    index: Index, meta: tuple[tuple[str, str], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "SLICE", 4)
    assert sum(1 for _stop in selecting(index, RecordingQuery(meta=meta, limit=5))) >= COUNT // 4


def test_what_changes_between_two_steps_is_in_the_answer_as_it_is_asked_for_or_not(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "SLICE", 4)
    changing = Index()
    changing.load(index.parts())
    newest = [one.record_id for one in changing if one.first.state == "published"]
    steps = selecting(changing, RecordingQuery(states=("published",)))
    next(steps)
    [key] = changing.keys_of(newest[-1])
    stamp, found = changing.stamp_of(key), changing.find(newest[-1])
    assert stamp is not None
    assert found is not None
    moved = msgspec.structs.replace(found.first, state="unpublished")
    changing.change([key, *changing.keys_of(newest[-2])], [(key._replace(place=Place.UNPUBLISHED), stamp, moved)])
    ordered, total = finished(steps)
    assert [one.record_id for one in ordered] == newest[:-2]
    assert total == len(newest) - 2
