"""Recordings on demand: whatever can be wanted is a recording that is read again as it was wanted."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bbbd.developer.recording_factory import ImpossibleRecording, RecordingPlan, write_recordings
from bbbd.developer.request_fields import BadControlRequest, recording_plan
from bbbd.recordings.layout import FORMAT, RECORD_ID, Layout, Place
from bbbd.recordings.metadata import META_NAME, read_metadata
from bbbd.recordings.scan import scan
from bbbd.settings.properties import read_settings
from bbbd.storage.disk import Disk
from bbbd.values.texts import has_controls

START = 1_700_000_000_000


def layout_of(directory: Path) -> Layout:
    found, _warnings = read_settings(["/dev/null"], {"bbbd.dataDir": str(directory)})
    return Layout.of(found)


def files(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


TEXTS = st.text(max_size=30).filter(lambda text: not has_controls(text) and text == text.strip())
KEYS = st.from_regex(META_NAME, fullmatch=True).filter(
    lambda key: len(key) < 40 and key.lower() not in ("meetingid", "meetingname", "isbreakout")
)


@settings(max_examples=15)
@given(
    st.builds(
        RecordingPlan,
        meeting_id=TEXTS.filter(bool),
        name=TEXTS.filter(bool),
        formats=st.lists(st.sampled_from(["presentation", "video", "podcast", "notes", "x-own_1"]), min_size=1).map(
            tuple
        ),
        place=st.sampled_from([Place.PUBLISHED, Place.UNPUBLISHED, Place.DELETED]),
        start=st.integers(10 * 86_400_000, 10**13 - 1),
        minutes=st.integers(0, 2) | st.just(90),
        participants=st.integers(0, 10**6),
        previews=st.integers(0, 5),
        size=st.integers(0, 2**53),
        meta=st.dictionaries(KEYS, TEXTS, max_size=3).map(lambda meta: tuple(meta.items())),
        seed=st.integers(0, 2**53),
    ),
    st.integers(1, 3),
)
def test_whatever_is_wanted_is_read_again(recording: RecordingPlan, count: int) -> None:
    with TemporaryDirectory(prefix="bbbd-test-") as directory:
        layout = layout_of(Path(directory))
        ids = list(write_recordings(Disk(), layout, recording, count))
        assert len(set(ids)) == count
        for number, record_id in enumerate(ids):
            assert RECORD_ID.fullmatch(record_id)
            for form in recording.formats:
                path = layout.metadata(recording.place, form, record_id)
                read = read_metadata(path.read_bytes(), recording.place, form, record_id)
                assert read.name == (recording.name if count == 1 else f"{recording.name} {count - number}")
                assert (read.meeting_id, read.state) == (recording.meeting_id, recording.place.value)
                assert read.start == recording.start - number * 86_400_000
                assert read.end is not None
                assert read.end - read.start == read.format.duration == recording.minutes * 60_000
                assert (read.participants, read.format.size) == (recording.participants, recording.size)
                assert dict(recording.meta).items() <= read.meta.items()
                images = read.format.extensions.count("<image ")
                assert images == (recording.previews if form == "presentation" else 0)
        changes = scan(layout, {}, {})
        assert (changes.unreadable, changes.unseen) == ({}, {})
        assert {key.record_id for key, _stamp, _metadata in changes.added} == set(ids)


def test_the_same_is_written_for_the_same(tmp_path: Path) -> None:
    wanted_twice = RecordingPlan(meeting_id="demo", start=START, seed=4, minutes=1, formats=("presentation", "video"))
    for name in ("one", "two"):
        list(write_recordings(Disk(), layout_of(tmp_path / name), wanted_twice, 5))
    assert files(tmp_path / "one") == files(tmp_path / "two")
    list(
        write_recordings(
            Disk(), layout_of(tmp_path / "three"), RecordingPlan(meeting_id="demo", start=START, seed=5, minutes=1), 5
        )
    )
    assert files(tmp_path / "one") != files(tmp_path / "three")


def test_what_is_being_processed_lies_where_that_is_done(tmp_path: Path) -> None:
    layout = layout_of(tmp_path)
    (own,) = write_recordings(Disk(), layout, RecordingPlan(meeting_id="demo", start=START, place=Place.PROCESS), 1)
    read = read_metadata(layout.metadata(Place.PROCESS, "presentation", own).read_bytes(), Place.PROCESS, "x", own)
    assert read.state == "processing"


def test_no_unfinished_file_is_left_and_pictures_are_pictures(tmp_path: Path) -> None:
    layout = layout_of(tmp_path)
    list(write_recordings(Disk(), layout, RecordingPlan(meeting_id="demo", start=START, minutes=1, previews=2), 2))
    names = [path.name for path in tmp_path.rglob("*")]
    assert not [name for name in names if name.startswith(".")]
    for name in ("metadata.xml", "thumb-1.png", "slide-2.png", "webcams.webm"):
        assert names.count(name) == 2
    assert all(path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n") for path in tmp_path.rglob("*.png"))


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({"meeting_id": ""}, 1),
        ({"meeting_id": "a\x00"}, 1),
        ({"name": "\ud800"}, 1),
        ({"formats": ()}, 1),
        ({"formats": ("..",)}, 1),
        ({"formats": ("a/b",)}, 1),
        ({"meta": (("a b", "x"),)}, 1),
        ({"meta": (("a", "\x01"),)}, 1),
        ({"place": Place.PROCESS, "formats": ("video",)}, 1),
        ({}, 0),
        ({}, -1),
        ({}, 10_001),
        ({"start": 86_400_000}, 3),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    tmp_path: Path, changes: dict[str, Any], count: int
) -> None:
    given_so: dict[str, Any] = {"meeting_id": "demo", "start": START} | changes
    recording = RecordingPlan(**given_so)
    with pytest.raises(ImpossibleRecording):
        list(write_recordings(Disk(), layout_of(tmp_path), recording, count))
    assert files(tmp_path) == {}


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=10),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
)
NAMES = (
    "meetingID",
    "name",
    "formats",
    "state",
    "start",
    "minutes",
    "participants",
    "previews",
    "size",
    "meta",
    "seed",
    "count",
    "notify",
)


@given(st.dictionaries(st.sampled_from(NAMES), JUNK))
def test_whatever_is_asked_for_is_read_or_refused(body: dict[str, Any]) -> None:
    with TemporaryDirectory(prefix="bbbd-test-") as directory:
        try:
            recording, count = recording_plan({"meetingID": "demo"} | body, START)
            made = list(write_recordings(Disk(), layout_of(Path(directory)), recording, min(count, 3)))
        except (BadControlRequest, ImpossibleRecording):
            assert files(Path(directory)) == {}
        else:
            assert made
            assert all(FORMAT.fullmatch(form) for form in recording.formats)
