"""Recordings on demand: at once in getRecordings, whole, and told of when that is wanted."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from callback_receivers import Receiver, status
from developer_harness import Space, a_space, running
from harness import awaited

shared = pytest.fixture(running(), scope="module")
space = pytest.fixture(a_space)

DAY = 24 * 3600 * 1000


async def file(space: Space, url: str | None) -> bytes:
    """Download what a link of a recording leads to."""
    parts = urlsplit((url or "").strip())
    assert parts.netloc == f"127.0.0.1:{space.daemon.port}"
    assert parts.path.startswith(f"{space.path}/")
    answer = await space.fetch(parts.path.removeprefix(space.path))
    assert answer.status == 200, url
    return answer.body


@awaited
async def test_one_recording_is_listed_at_once_with_its_previews(space: Space) -> None:
    before = await space.now()
    (own,) = (await space.do("recordings", meetingID="demo"))["recordIDs"]
    (found,) = await space.listed(meetingID="demo")
    assert (found.findtext("recordID"), found.findtext("internalMeetingID")) == (own, own)
    assert (found.findtext("name"), found.findtext("state"), found.findtext("published")) == (
        "Recording",
        "published",
        "true",
    )
    start, end = (int(found.findtext(name) or 0) for name in ("startTime", "endTime"))
    assert end - start == 3_600_000
    assert 0 <= end - before < 2000
    (form,) = found.findall("playback/format")
    assert (form.findtext("type"), form.findtext("length")) == ("presentation", "60")
    images = form.findall("preview/images/image")
    assert [(image.get("alt"), image.get("width"), image.get("height")) for image in images] == [
        (f"Slide {number}", "176", "136") for number in (1, 2, 3)
    ]
    for image in images:
        assert (await file(space, image.text)).startswith(b"\x89PNG\r\n\x1a\n")
    assert b'data-t="title">Recording</title>' in await file(space, form.findtext("url"))


@awaited
async def test_what_is_made_up_has_what_players_ask_for(space: Space) -> None:
    (own,) = await space.recordings(minutes=10)
    for name in ("shapes.svg", "panzooms.xml", "cursor.xml", "slides_new.xml", "captions.json", "video/webcams.webm"):
        assert (await space.fetch(f"/presentation/{own}/{name}")).body, name
    shapes = (await space.fetch(f"/presentation/{own}/shapes.svg")).xml
    pages = [image.get("{http://www.w3.org/1999/xlink}href") or "" for image in shapes.iterfind("{*}image")]
    assert len(pages) == 3
    for page in pages:
        assert (await space.fetch(f"/presentation/{own}/{page}")).body.startswith(b"\x89PNG")


@awaited
async def test_a_meeting_becomes_a_recording_by_the_moved_clock(space: Space) -> None:
    await space.create(record="true", autoStartRecording="true", moderatorPW="mp")
    ada, *_others = await space.people(moderators=1, viewers=2)
    await space.advance(60)
    await space.act(ada, "chat", text="by the moved clock")
    await space.advance(44 * 60)
    await space.call("end", meetingID="demo", password="mp")
    await space.advance(1)
    (found,) = await space.listed(meetingID="demo")
    assert (found.findtext("playback/format/length"), found.findtext("participants")) == ("45", "3")
    assert int(found.findtext("endTime") or 0) - int(found.findtext("startTime") or 0) >= 45 * 60_000
    own = found.findtext("recordID")
    (said,) = (await space.fetch(f"/presentation/{own}/slides_new.xml")).xml
    assert said.get("message") == "by the moved clock"
    assert 60 <= float(said.get("in") or 0) < 120


@awaited
async def test_a_recording_is_as_it_is_wanted(space: Space) -> None:
    wanted: dict[str, Any] = {
        "name": "Cells & <Ä>",
        "formats": ["presentation", "video", "podcast", "notes"],
        "start": 1_700_000_000_000,
        "minutes": 45,
        "participants": 12,
        "previews": 1,
        "size": 12_345,
        "meta": {"course": "bio & <x>"},
    }
    (own,) = await space.recordings(**wanted)
    assert own.endswith("-1700000000000")
    (found,) = await space.listed(recordID=own)
    assert [found.findtext(name) for name in ("name", "startTime", "endTime", "participants", "meetingID")] == [
        "Cells & <Ä>",
        "1700000000000",
        "1700002700000",
        "12",
        "demo",
    ]
    assert found.findtext("metadata/course") == "bio & <x>"
    forms = found.findall("playback/format")
    assert [form.findtext("type") for form in forms] == ["presentation", "notes", "podcast", "video"]
    assert {form.findtext("length") for form in forms} == {"45"}
    assert {form.findtext("size") for form in forms} == {"12345"}
    assert [len(form.findall("preview/images/image")) for form in forms] == [1, 0, 0, 0]
    assert [one.findtext("recordID") for one in await space.listed(meta_course="bio & <x>")] == [own]


@pytest.mark.faults
@awaited
async def test_a_thousand_recordings_are_listed(space: Space) -> None:
    ids = await space.recordings(count=1000, previews=0, name="Lesson")
    assert len(set(ids)) == 1000
    found = await space.listed(meetingID="demo")
    assert sorted(one.findtext("recordID") or "" for one in found) == sorted(ids)
    names = {one.findtext("recordID"): one.findtext("name") for one in found}
    assert [names[own] for own in (ids[0], ids[-1])] == ["Lesson 1000", "Lesson 1"]
    starts = sorted(int(one.findtext("startTime") or 0) for one in found)
    assert {later - earlier for earlier, later in zip(starts, starts[1:], strict=False)} == {DAY}  # noqa: RUF007
    assert (await space.told("state"))["recordings"] == 1000
    await space.do("reset")


@pytest.mark.parametrize(
    ("state", "published"),
    [("published", "true"), ("unpublished", "false"), ("deleted", "false"), ("processing", "false")],
)
@awaited
async def test_a_recording_is_in_the_state_that_is_wanted(space: Space, state: str, published: str) -> None:
    (own,) = await space.recordings(state=state)
    (found,) = await space.listed(state=state)
    assert [found.findtext(name) for name in ("recordID", "state", "published")] == [own, state, published]
    assert len(await space.listed(state="any")) == 1
    others = {"published", "unpublished", "deleted", "processing"} - {state}
    assert await space.listed(state=",".join(sorted(others))) == []
    assert len(await space.listed()) == (state in ("published", "unpublished"))


@awaited
async def test_it_is_the_same_for_a_seed(space: Space) -> None:
    times = []
    for seed in (1, 1, 2):
        for own in await space.recordings(start=1_700_000_000_000, count=5, seed=seed):
            (found,) = await space.listed(recordID=own)
            times.append(found.findtext("playback/format/processingTime"))
    assert times[:5] == times[5:10] != times[10:]


@awaited
async def test_it_can_be_changed_as_any(space: Space) -> None:
    (own,) = await space.recordings(formats=["presentation", "video"])
    await space.call("publishRecordings", recordID=own, publish="false")
    await space.call("updateRecordings", recordID=own, meta_topic="Cells")
    (found,) = await space.listed(state="unpublished")
    assert found.findtext("metadata/topic") == "Cells"
    await space.call("deleteRecordings", recordID=own)
    assert await space.listed() == []


@awaited
async def test_applications_are_told_when_that_is_wanted(space: Space, receiver: Receiver) -> None:
    meta = {"bbb-recording-ready-url": receiver.url("/ready?x=1")}
    await space.recordings(meta=meta)
    await space.advance(2)
    assert receiver.got == []
    receiver.plan = [status(500)]
    ids = await space.recordings(meta=meta, notify=True, count=2)
    await space.advance(40)
    assert [(got.method, got.target) for got in receiver.got] == [("POST", "/ready?x=1")] * 3
    said = []
    for got in receiver.got:
        middle = got.form["signed_parameters"].split(".")[1]
        said.append(json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))))
    assert {one["meeting_id"] for one in said} == {"demo"}
    assert {one["record_id"] for one in said} == set(ids)
    assert {one["kind"] for one in await space.tries()} == {"ready"}


@awaited
async def test_players_and_links_stay_in_the_namespace_for_protected_recordings_too(space: Space) -> None:
    (own,) = await space.recordings()
    await space.call("updateRecordings", recordID=own, protect="true")
    (found,) = await space.listed(recordID=own)
    link = urlsplit((found.findtext("playback/format/url") or "").strip())
    assert link.path.startswith(f"{space.path}/recording/")
    answer = await space.fetch(f"{link.path.removeprefix(space.path)}?{link.query}")
    assert answer.status == 307
    target = urlsplit(answer.headers["location"]).path
    assert target.startswith(f"{space.path}/playback/presentation/2.3/")
    assert f"; Path={space.path}/presentation/{own};" in answer.headers["set-cookie"]
    cookie = answer.headers["set-cookie"].partition(";")[0]
    thumbnail = f"/presentation/{own}/presentation/slides/thumbnails/thumb-1.png"
    assert (await space.fetch(thumbnail)).status == 404
    assert (await space.fetch(thumbnail, headers={"Cookie": cookie})).status == 200
    old = await space.fetch(f"/playback/presentation/2.0/playback.html?meetingId={own}")
    assert urlsplit(old.headers["location"]).path == f"{space.path}/playback/presentation/2.3/{own}"


WRONG: list[dict[str, Any]] = [
    {},
    {"meetingID": ""},
    {"meetingID": 5},
    {"meetingID": "a\x07b"},
    {"meetingID": "\ud800"},
    {"name": "\ud800"},
    {"name": "a\x00"},
    {"name": []},
    {"formats": []},
    {"formats": "video"},
    {"formats": [1]},
    {"formats": ["../../x"]},
    {"formats": [""]},
    {"formats": ["a" * 65]},
    {"state": "broken"},
    {"state": 1},
    {"state": "processing", "formats": ["video"]},
    {"start": -1},
    {"start": 10**13},
    {"start": "now"},
    {"start": 0, "count": 2},
    {"minutes": -1},
    {"minutes": 10_001},
    {"participants": -1},
    {"previews": 21},
    {"size": -1},
    {"size": 1e300},
    {"meta": []},
    {"meta": {"course": 1}},
    {"meta": {"a b": "x"}},
    {"meta": {"1a": "x"}},
    {"meta": {"<x>": "x"}},
    {"meta": {"a": "\x0b"}},
    {"meta": {"a": "\ud800"}},
    {"count": 0},
    {"count": 10_001},
    {"count": True},
    {"count": "3"},
    {"seed": -1},
    {"colour": "red"},
]


@awaited
async def test_what_cannot_be_is_refused_and_nothing_is_made(space: Space) -> None:
    for body in WRONG:
        wanted = body if not body or "meetingID" in body else {"meetingID": "demo", **body}
        assert await space.refused("recordings", **wanted)
    assert await space.listed(state="any") == []
    assert (await space.told("state"))["recordings"] == 0
