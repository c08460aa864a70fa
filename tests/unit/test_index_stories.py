"""After any story of changes the library answers what a reading of all files by other means says.

The files are read with the standard library's parser, filtered and sorted one by one: nothing of the index, of its
tables or of its snapshot is asked.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from harness import FaultyDisk
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_archives import layout_at
from sample_recordings import START, metadata, record_id
from twisted.internet.defer import Deferred, execute
from twisted.internet.task import Clock as ManualTimer

from bbbd.clock import Clock
from bbbd.recordings import metadata_tables, queries
from bbbd.recordings.index import Recording
from bbbd.recordings.index_snapshot import write_snapshot
from bbbd.recordings.layout import Place
from bbbd.recordings.library import Library, UnknownRecording
from bbbd.recordings.queries import RecordingQuery

USUAL = (Place.PUBLISHED, Place.UNPUBLISHED)
MEETINGS = ("m0", "m1", "m2")
PREFIXES = (*(record_id(one)[:5] for one in MEETINGS), record_id("m1", START + 1), "none")
NAMES = ("Course", "origin", "COURSE", "odd")
VALUES = ("a", "ab", "ba", "")
PATTERNS = ("a", "ab", "%", "%%", "a%", "%a", "%b%", "", "m1", "%1")
STATES = ("published", "unpublished", "deleted", "processing", "any", "none")
TREES = {
    Place.PUBLISHED: "published",
    Place.UNPUBLISHED: "unpublished",
    Place.PROCESS: "recording/process",
    Place.DELETED: "deleted",
}

numbers = st.integers(0, 5)
forms = st.sampled_from(("presentation", "podcast"))
metas = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES), min_size=1, max_size=4)
patterns = st.dictionaries(
    st.sampled_from(("course", "origin", "odd", "nobody", "meetingid")),
    st.sampled_from(PATTERNS),
    max_size=3,
)
states = st.lists(st.sampled_from(STATES), max_size=2)
pages = st.one_of(st.just((0, None)), st.tuples(st.integers(0, 6), st.integers(1, 5)))
asked = st.builds(
    lambda ids, meetings, states, meta, page: RecordingQuery(
        record_ids=tuple(ids),
        meeting_ids=tuple(meetings),
        states=tuple(states),
        meta=tuple(meta.items()),
        offset=page[0],
        limit=page[1],
    ),
    st.lists(st.sampled_from(PREFIXES), max_size=2),
    st.lists(st.sampled_from((*MEETINGS, "none")), max_size=2),
    states,
    patterns,
    pages,
)


def having(name: str) -> RecordingQuery:
    """Return the query of all usual recordings that have a name of metadata, so that its table is kept."""
    return RecordingQuery(meta=((name, "%"),))


places = st.sampled_from(list(Place))
updates = st.dictionaries(st.sampled_from(("course", "odd")), st.sampled_from(VALUES), min_size=1)
puts = st.tuples(st.just("put"), numbers, forms, places, metas)
steps = st.lists(
    st.one_of(
        puts,
        st.tuples(st.just("remove"), st.integers(0, 20)),
        st.tuples(st.just("bring"), numbers, forms, places, metas, st.booleans()),
        st.tuples(st.just("publish"), numbers),
        st.tuples(st.just("unpublish"), numbers),
        st.tuples(st.just("delete"), numbers),
        st.tuples(st.just("update"), numbers, updates),
        st.tuples(st.just("restart"), st.sampled_from(("with a new snapshot", "with the last", "without"))),
        st.tuples(st.just("check"), asked),
        st.tuples(st.just("check"), st.sampled_from(("course", "odd")).map(having)),
    ),
    min_size=5,
    max_size=25,
)
stories = st.tuples(st.lists(puts, min_size=2, max_size=12), steps).map(lambda both: both[0] + both[1])

#: What is asked after every story: each state, and each pattern for each name.
ALWAYS = [
    *(RecordingQuery(states=(state,)) for state in STATES),
    *(RecordingQuery(record_ids=(prefix,), states=("any",)) for prefix in PREFIXES),
    *(RecordingQuery(meeting_ids=(meeting,), states=("any",)) for meeting in MEETINGS),
    *(
        RecordingQuery(meta=((name, pattern),), states=("any",))
        for name in ("course", "odd", "origin", "meetingid")
        for pattern in PATTERNS
    ),
]


def id_of(number: int) -> str:
    """Return an id; two meetings have several recordings, and some begin at the same time."""
    return record_id(MEETINGS[number % 3], START + number)


@dataclass
class Told:
    """What a metadata.xml says, and where it is."""

    place: Place
    form: str
    record_id: str
    state: str
    start: int
    meeting: str
    meta: dict[str, str]


class Server:
    """A library over directories that others change too, each file with another time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.layout = layout_at(root)
        self.times = itertools.count(1)
        #: Whether others have changed something that no scan has found yet.
        self.is_changed = False
        self.start()

    def start(self) -> None:
        self.timer = ManualTimer()
        self.disk = FaultyDisk()
        clock = Clock(self.timer, lambda: START / 1000)
        self.library = Library(self.disk, self.layout, clock, self.timer, execute)
        self.library.start()
        self.wait(self.library.ready())
        self.is_changed = False

    def wait(self, done: Deferred[Any]) -> Any:
        """Return the result of what waits for nothing but turns of the reactor. Raises its exception."""
        results: list[Any] = []
        failures: list[Any] = []
        done.addCallbacks(results.append, failures.append)
        for _turn in range(10_000):
            if results or failures:
                break
            self.timer.advance(0)
        for failure in failures:
            failure.raiseException()
        return results[0]

    def put(self, number: int, form: str, place: Place, meta: dict[str, str]) -> None:
        """Write a recording's format as another server does."""
        own, meeting = id_of(number), MEETINGS[number % 3]
        directory = self.root / TREES[place] / form / own
        directory.mkdir(parents=True, exist_ok=True)
        text = metadata(own, meeting_id=meeting, form=form, start=START + number // 3, meta=meta)
        path = directory / "metadata.xml"
        path.write_text(text, "utf-8")
        self.is_changed = True
        os.utime(path, ns=(time := next(self.times) * 1_000_000_000, time))

    def remove(self, which: int) -> None:
        """Delete one of the formats that there are, as an operator does."""
        if told := self.told():
            one = told[which % len(told)]
            shutil.rmtree(self.root / TREES[one.place] / one.form / one.record_id)
            self.is_changed = True

    def bring(self, number: int, form: str, place: Place, meta: dict[str, str], alone: bool) -> None:  # noqa: FBT001
        """Have a format come in place of the others, or beside them, and have the one recording read again."""
        self.look()
        for one in self.told() if alone else ():
            if one.record_id == id_of(number):
                shutil.rmtree(self.root / TREES[one.place] / one.form / one.record_id)
        self.put(number, form, place, meta)
        self.run(self.library.reread(id_of(number)))
        self.is_changed = False
        self.check(RecordingQuery(states=("any",)))

    def look(self) -> None:
        if self.is_changed:
            self.run(self.library.refresh())
            self.is_changed = False

    def publish(self, number: int) -> None:
        self.change(number, lambda ids: self.library.publish(ids, publish=True))

    def unpublish(self, number: int) -> None:
        self.change(number, lambda ids: self.library.publish(ids, publish=False))

    def delete(self, number: int) -> None:
        self.change(number, self.library.delete)

    def update(self, number: int, meta: dict[str, str]) -> None:
        self.change(number, lambda ids: self.library.update(ids, meta))

    def change(self, number: int, change: Callable[[tuple[str, ...]], Coroutine[Any, Any, None]]) -> None:
        """Have a call change a recording, or refuse to when nothing of it can be changed."""
        self.look()
        known = any(one.record_id == id_of(number) and one.place in USUAL for one in self.told())
        with nullcontext() if known else pytest.raises(UnknownRecording):
            self.run(change((id_of(number),)))

    def restart(self, how: str) -> None:
        if how == "without":
            self.layout.snapshot.unlink(missing_ok=True)
        elif how == "with a new snapshot":
            write_snapshot(self.disk, self.layout.snapshot, len(self.library.index), self.library.index.parts())
        self.start()

    def run(self, work: Any) -> Any:
        return self.wait(Deferred.fromCoroutine(work))

    def told(self) -> list[Told]:
        """Return what all files say."""
        found = []
        for place, tree in TREES.items():
            for path in (self.root / tree).glob("[a-z]*/[0-9a-f]*/metadata.xml"):
                root = ET.parse(path).getroot()
                meta = root.find("meta")
                meeting = root.find("meeting")
                assert meeting is not None
                found.append(
                    Told(
                        place=place,
                        form=path.parent.parent.name,
                        record_id=path.parent.name,
                        state="processing" if place is Place.PROCESS else place.value,
                        start=int(root.findtext("start_time") or 0),
                        meeting=meeting.attrib["externalId"],
                        meta={one.tag: (one.text or "").strip() for one in (() if meta is None else meta)},
                    )
                )
        return found

    def check(self, *asked: RecordingQuery) -> None:
        self.look()
        told = self.told()
        for query in asked:
            recordings, total = self.run(self.library.select(query))
            expected = wanted(told, query)
            begin, end = (0, None) if query.limit is None else (query.offset, query.offset + query.limit)
            assert [seen(one) for one in recordings] == expected[begin:end], query
            assert total == len(expected), query


def seen(one: Recording) -> tuple[Any, ...]:
    first = one.first
    return (one.record_id, first.state, first.start, first.meeting_id, first.meta, [form.name for form in one.formats])


def wanted(told: list[Told], query: RecordingQuery) -> list[tuple[Any, ...]]:
    """Return the recordings that match, newest first."""
    found = []
    for own in {one.record_id for one in told}:
        files = sorted(
            (one for one in told if one.record_id == own),
            key=lambda one: (list(TREES).index(one.place), one.form != "presentation", one.form),
        )
        first = files[0]
        named = query.states or ("published", "unpublished")
        if not ({"any", first.state} & set(named)):
            continue
        if query.record_ids and not own.startswith(query.record_ids):
            continue
        if not query.record_ids and query.meeting_ids and first.meeting not in query.meeting_ids:
            continue
        if not all(
            any(name == key.lower() and matches(value, pattern) for key, value in first.meta.items())
            for name, pattern in query.meta
        ):
            continue
        here = [one.form for one in files if one.place is first.place]
        found.append((own, first.state, first.start, first.meeting, first.meta, here))
    return sorted(found, key=lambda one: (-one[2], one[0]))


def matches(value: str, pattern: str) -> bool:
    if len(pattern) > 1 and pattern[0] == pattern[-1] == "%":
        return pattern[1:-1] in value
    if pattern.startswith("%"):
        return value.endswith(pattern[1:])
    return value.startswith(pattern[:-1]) if pattern.endswith("%") else value == pattern


@pytest.fixture(scope="module", autouse=True)
def _small() -> Any:
    """Every query stops in between, and few tables are kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "SLICE", 3)
        patch.setattr(queries, "DECODED", 2)
        patch.setattr(queries, "_SORTED", 2)
        patch.setattr(metadata_tables, "MOST_TABLES", 3)
        yield


@settings(max_examples=80)
@given(stories, st.lists(asked, min_size=3, max_size=6))
def test_after_any_story_the_library_says_what_the_files_say(
    story: list[tuple[Any, ...]], asks: list[RecordingQuery]
) -> None:
    with tempfile.TemporaryDirectory() as root:
        server = Server(Path(root))
        for what, *values in story:
            getattr(server, what)(*values)
        server.check(*ALWAYS, *asks)
        tables = server.library.index._tables.by_meta
        pairs = [{(name.lower(), value) for name, value in one.first.meta.items()} for one in server.library.index]
        assert tables._kept.counts == Counter(name for own in pairs for name, _value in own)
        assert len(tables) <= 3
