"""metadata.xml of every version, and what cannot be one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_recordings import START, metadata, record_id, select

from bbbd.recordings.index import FileStamp, Index, MetadataKey
from bbbd.recordings.layout import Place
from bbbd.recordings.metadata import Metadata, UnreadableMetadata, read_metadata
from bbbd.recordings.metadata_edits import change_metadata, current_meta
from bbbd.recordings.queries import RecordingQuery

OWN = record_id("demo")


def read(text: str, place: Place = Place.PUBLISHED) -> Metadata:
    return read_metadata(text.encode(), place, "presentation", OWN)


def test_what_nothing_is_said_of_is_left_open() -> None:
    told = read("<recording/>")
    assert (told.record_id, told.start, told.end, told.participants) == (OWN, 0, 0, 0)
    assert (told.meeting_id, told.internal_meeting_id, told.name, told.is_breakout) == (None, None, "unknown", False)
    assert (told.meta, told.format.link, told.format.size, told.protected) == ({}, "", None, None)


@pytest.mark.parametrize(
    ("text", "name", "meeting_id", "is_breakout"),
    [
        ("<meeting name='M' externalId='e' breakout='true'/><meta/>", "M", "e", True),
        (
            "<meta><meetingName>N</meetingName><meetingId>i</meetingId><isBreakout>true</isBreakout></meta>",
            "N",
            "i",
            True,
        ),
        ("<meeting/><meta><meetingName> N\n</meetingName></meta>", "N", None, False),
        ("<meta><x>y</x></meta>", "unknown", None, False),
    ],
)
def test_names_come_from_the_meeting_or_the_meta(
    text: str,
    name: str,
    meeting_id: str | None,
    is_breakout: bool,  # noqa: FBT001
) -> None:
    told = read(f"<recording>{text}</recording>")
    assert (told.name, told.meeting_id, told.is_breakout) == (name, meeting_id, is_breakout)


@pytest.mark.parametrize(
    ("state", "place", "told"),
    [
        ("available", Place.PUBLISHED, "published"),
        ("", Place.UNPUBLISHED, "unpublished"),
        ("published", Place.DELETED, "deleted"),
        ("processed", Place.PROCESS, "processed"),
        ("published", Place.PROCESS, "processing"),
    ],
)
def test_the_place_decides_the_state(state: str, place: Place, told: str) -> None:
    assert read(f"<recording><state>{state}</state></recording>", place).state == told


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("\n  https://old/playback/x?meetingId=1\n ", "/playback/x?meetingId=1"),
        ("http://h/a b/c", "/ab/c"),
        ("/relative", "/relative"),
        ("podcast/x", "/podcast/x"),
        ("", ""),
    ],
)
def test_links_lose_their_host(link: str, kept: str) -> None:
    assert read(f"<recording><playback><link>{link}</link></playback></recording>").format.link == kept


def test_breakouts_are_told_when_they_say_something() -> None:
    told = read(
        "<recording><breakout parentMeetingId='p' sequence='2' freeJoin='false'/><breakoutRooms><breakoutRoom>r"
        "</breakoutRoom><breakoutRoom/></breakoutRooms></recording>"
    )
    assert told.breakout == (("parentId", "p"), ("sequence", "2"), ("freeJoin", "false"))
    assert told.rooms == ("r",)
    assert read("<recording><breakout/><breakoutRooms/></recording>").breakout == ()


@pytest.mark.parametrize("bad", ["1.5", "-1", "soon", "1e3", "9" * 19, "٤"])
def test_a_number_that_cannot_be_read_is_left_out(bad: str) -> None:
    names = ("start_time", "end_time", "participants", "raw_size")
    of_format = ("processing_time", "duration", "size")
    text = "".join(f"<{name}>{bad}</{name}>" for name in names)
    read_back = read(
        f"<recording>{text}<playback>{''.join(f'<{name}>{bad}</{name}>' for name in of_format)}</playback></recording>"
    )
    assert (read_back.start, read_back.end, read_back.participants, read_back.raw_size) == (None,) * 4
    assert [getattr(read_back.format, name) for name in of_format] == [None] * 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not well-formed"),
        ("<recording>", "not well-formed"),
        ("<other/>", "is not a recording's"),
        (f"<recording><id>{record_id('other')}</id></recording>", "lies in"),
        ("<!DOCTYPE r [<!ENTITY a 'b'>]><recording>&a;</recording>", "DTD"),
        ("<!DOCTYPE recording><recording/>", "DTD"),
        ("<recording>" + " " * (5 << 20) + "</recording>", "larger than"),
    ],
)
def test_what_is_no_metadata_is_refused(text: str, says: str) -> None:
    with pytest.raises(UnreadableMetadata, match=says):
        read(text)


def test_many_attributes_and_namespaces_take_time_in_proportion() -> None:
    """They took the square of their number, in time and in memory."""

    def time_of(count: int) -> float:
        attributes = " ".join(f'a{number}="1"' for number in range(count))
        text = f"<recording><meeting {attributes} name='M'/></recording>"
        times = []
        for _round in range(3):
            begin = time.process_time()
            assert read(text).name == "M"
            times.append(time.process_time() - begin)
        return min(times)

    assert time_of(32_000) < 16 * time_of(8_000) / 2 + 0.1
    spaces = " ".join(f"xmlns:a{number}='urn:{number}'" for number in range(2000))
    with pytest.raises(UnreadableMetadata, match="extensions"):
        read(f"<recording {spaces}><playback><extensions>{'<x/>' * 2000}</extensions></playback></recording>")


def test_a_change_keeps_what_nobody_knows() -> None:
    before = metadata(OWN, meta={"a": "1", "B": "2"}, extra="<download><link>x</link></download><!-- note -->")
    after = change_metadata(before.encode(), state="unpublished", meta={"a": "", "b": "two", "new": "<n>"}).decode()
    assert "<state>unpublished</state><published>false</published>" in after
    assert "<B>two</B><new>&lt;n&gt;</new></meta>" in after
    assert "<a>" not in after
    for kept in ("<download><link>x</link></download><!-- note -->", '<x-unknown kept="yes"><deep/></x-unknown>'):
        assert kept in after
    assert current_meta(after.encode(), ["a", "b", "new"]) == ({"a": "", "b": "two", "new": "<n>"}, "")


NAMES = st.sampled_from(["a", "b", "course"])
VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"))


@given(st.dictionaries(NAMES, VALUES.map(str.strip)))
def test_a_change_of_metadata_is_read_again_and_can_be_undone(changes: dict[str, str]) -> None:
    before = metadata(OWN, meta={"a": "1"}).encode()
    after = change_metadata(before, meta=changes)
    told = read_metadata(after, Place.PUBLISHED, "presentation", OWN).meta
    for name, value in changes.items():
        assert told.get(name, "") == " ".join(value.splitlines()) or told.get(name, "") == value.replace("\r", "\n")
    old, _protected = current_meta(before, changes)
    undone = change_metadata(after, meta=old)
    assert read_metadata(undone, Place.PUBLISHED, "presentation", OWN).meta == read(before.decode()).meta


PLACES = st.sampled_from(list(Place))


@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["presentation", "video"]), PLACES, st.booleans())),
    st.integers(0, 3),
    st.one_of(st.none(), st.integers(1, 5)),
)
def test_an_index_that_changed_finds_what_a_new_one_finds(
    story: list[tuple[int, str, Place, bool]], offset: int, limit: int | None
) -> None:
    index = Index()
    index.by_meta("n")
    for number, form, place, comes in story:
        own = record_id(f"m{number % 4}", START + number)
        key = MetadataKey(place, form, own)
        text = metadata(own, meeting_id=f"m{number % 4}", form=form, start=START + number % 3, meta={"n": str(number)})
        if comes:
            index.change((), [(key, FileStamp(1, 1), read_metadata(text.encode(), place, form, own))])
        else:
            index.change([key], ())
    fresh = Index()
    fresh.load(index.parts())
    assert [one.record_id for one in index] == [one.record_id for one in fresh]
    for wanted in (
        RecordingQuery(states=("any",), offset=offset, limit=limit),
        RecordingQuery(offset=offset, limit=limit),
        RecordingQuery(meeting_ids=("m1", "m2"), states=("any",)),
        RecordingQuery(record_ids=(record_id("m1")[:5],), states=("any",)),
        RecordingQuery(meta=(("n", "%1"),), states=("any",)),
    ):
        found, total = select(index, wanted)
        again, again_total = select(fresh, wanted)
        assert [one.record_id for one in found] == [one.record_id for one in again]
        assert total == again_total
        assert [-(one.first.start or 0) for one in found] == sorted(-(one.first.start or 0) for one in found)
