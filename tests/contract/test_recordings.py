"""The calls of recordings, on directories as a BigBlueButton server leaves them."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from harness import Daemon, Memory, awaited
from lxml import etree
from sample_recordings import START, make, metadata, places, put, record_id
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher


def ids(answer: etree._Element) -> list[str | None]:
    return [one.text for one in answer.findall("recordings/recording/recordID")]


@awaited
async def test_a_recording_is_told_in_order_with_this_servers_links(memory: Memory) -> None:
    own = make(memory.directory, "demo", name="A & B <x>", meta={"gl-listed": "false", "empty": ""})
    make(memory.directory, "demo", form="podcast")
    memory.look()
    answer = await memory.call("getRecordings")
    assert answer.names == ["returncode", "recordings"]
    (recording,) = answer.xml.findall("recordings/recording")
    assert [child.tag for child in recording] == [
        "recordID",
        "meetingID",
        "internalMeetingID",
        "name",
        "isBreakout",
        "published",
        "state",
        "startTime",
        "endTime",
        "participants",
        "rawSize",
        "protected",
        "metadata",
        "size",
        "playback",
    ]
    told: dict[str, str | None] = {str(child.tag): child.text for child in recording}
    assert (told["recordID"], told["meetingID"], told["internalMeetingID"]) == (own, "demo", own)
    assert (told["name"], told["isBreakout"], told["published"], told["state"]) == (
        "A & B <x>",
        "false",
        "true",
        "published",
    )
    assert (told["startTime"], told["endTime"], told["participants"]) == (str(START), str(START + 90_000), "3")
    assert (told["rawSize"], told["size"]) == ("871354", "2000")
    meta = [(child.tag, child.text or "") for child in recording.findall("metadata/*")]
    assert meta == [
        ("meetingId", "demo"),
        ("meetingName", "A & B <x>"),
        ("isBreakout", "false"),
        ("gl-listed", "false"),
        ("empty", ""),
    ]
    presentation, podcast = recording.findall("playback/format")
    assert [child.tag for child in presentation] == ["type", "url", "processingTime", "length", "size", "preview"]
    assert presentation.findtext("url") == f"http://bbb.example.org/playback/presentation/2.3/{own}"
    assert (presentation.findtext("processingTime"), presentation.findtext("length")) == ("4882", "61")
    image = presentation.find("preview/images/image")
    assert image is not None
    assert image.text == f"http://bbb.example.org/presentation/{own}/presentation/p/thumbnails/thumb-1.png"
    assert {str(name): str(value) for name, value in image.attrib.items()} == {
        "width": "176",
        "height": "136",
        "alt": "Welcome & to",
    }
    assert podcast.findtext("url") == f"http://bbb.example.org/podcast/{own}/audio.ogg"


@awaited
async def test_json_has_arrays_and_attributes_as_members(memory: Memory) -> None:
    own = make(memory.directory, "demo")
    memory.look()
    (recording,) = (await memory.call("getRecordings", format="json")).json["recordings"]
    (playback,) = recording["playback"]
    assert playback["type"] == "presentation"
    assert playback["preview"]["images"] == [
        {
            "width": "176",
            "height": "136",
            "alt": "Welcome & to",
            "value": f"http://bbb.example.org/presentation/{own}/presentation/p/thumbnails/thumb-1.png",
        }
    ]
    assert recording["metadata"]["meetingName"] == "Demo"


@awaited
async def test_none_is_a_success(memory: Memory) -> None:
    answer = await memory.call("getRecordings")
    assert answer.names == ["returncode", "recordings", "messageKey", "message"]
    assert (answer.code, answer.key) == ("SUCCESS", "noRecordings")
    assert answer.text("message") == "There are no recordings for the meeting(s)."


@pytest.fixture
def shelf(memory: Memory) -> dict[str, str]:
    """Recordings in every place, by a short name; the newest is ``g``."""
    root = memory.directory
    made = {
        "a": make(root, "m1", start=START + 1, meta={"course": "CS101", "term": "fall"}),
        "b": make(root, "m1", start=START + 2, meta={"course": "CS102", "term": "fall"}),
        "c": make(root, "m2", start=START + 3, place="unpublished", meta={"course": "CS101"}),
        "d": make(root, "m3", start=START + 4, place="deleted"),
        "g": make(root, "50% off_x", start=START + 7),
    }
    put(
        root / "recording",
        record_id("m4", START + 5),
        metadata(record_id("m4", START + 5), meeting_id="m4", state="processing", start=START + 5),
        place="process",
    )
    made["e"] = record_id("m4", START + 5)
    old = record_id("m5", START + 6)
    put(root, old, f"<recording><id>{old}</id><start_time>{START + 6}</start_time><playback/></recording>")
    made["f"] = old
    memory.look()
    return made


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ({}, "gfcba"),
        ({"state": "any"}, "gfedcba"),
        ({"state": "published"}, "gfba"),
        ({"state": "unpublished,deleted"}, "dc"),
        ({"state": "PROCESSING"}, "e"),
        ({"state": "nonsense"}, ""),
        ({"state": "nonsense,any"}, "gfedcba"),
        ({"meetingID": "m1"}, "ba"),
        ({"meetingID": "m1, m2"}, "cba"),
        ({"meetingID": "m3"}, ""),
        ({"meetingID": "m3", "state": "any"}, "d"),
        ({"meetingID": "m5"}, "f"),
        ({"meetingID": "m"}, ""),
        ({"meetingID": "50% off_x"}, "g"),
        ({"meetingID": "%"}, ""),
        ({"meetingID": "_1"}, ""),
        ({"recordID": "a"}, "="),
        ({"recordID": "a", "meetingID": "m2"}, "="),
        ({"recordID": "a,c"}, "="),
        ({"recordID": "none"}, ""),
        ({"recordID": "%"}, ""),
        ({"recordID": "../../etc"}, ""),
        ({"meta_course": "CS101"}, "ca"),
        ({"meta_course": "CS101", "meta_term": "fall"}, "a"),
        ({"meta_COURSE": "CS%"}, "cba"),
        ({"meta_course": "%01"}, "ca"),
        ({"meta_course": "%S1%"}, "cba"),
        ({"meta_course": "cs101"}, ""),
        ({"meta_course": ""}, ""),
        ({"meta_meetingName": "Demo"}, "gcba"),
        ({"meta_none": "%"}, ""),
        ({"meta_course": "CS101", "state": "unpublished"}, "c"),
    ],
)
@awaited
async def test_filters_combine(memory: Memory, shelf: dict[str, str], pairs: dict[str, str], found: str) -> None:
    if found == "=":
        found = "".join(sorted(pairs["recordID"].replace(",", ""), reverse=True))
        pairs |= {"recordID": ",".join(shelf[name] for name in pairs["recordID"].split(","))}
    answer = await memory.call("getRecordings", **pairs)
    assert answer.code == "SUCCESS"
    names = {own: name for name, own in shelf.items()}
    assert "".join(names[str(own)] for own in ids(answer.xml)) == found


@awaited
async def test_an_id_may_be_only_its_beginning(memory: Memory, shelf: dict[str, str]) -> None:
    prefix = hashlib.sha1(b"m1").hexdigest()
    assert ids((await memory.call("getRecordings", recordID=prefix)).xml) == [shelf["b"], shelf["a"]]
    assert ids((await memory.call("getRecordings", recordID=prefix.upper())).xml) == []


@pytest.mark.parametrize(
    ("pairs", "found", "total"),
    [
        ({"limit": "2"}, "gf", "5"),
        ({"limit": "2", "offset": "2"}, "cb", "5"),
        ({"limit": "0"}, "g", "5"),
        ({"limit": "100", "offset": "99"}, "", "5"),
        ({"limit": "99999999999999999999"}, "gfcba", "5"),
        ({"limit": "1", "meetingID": "m1", "offset": "1"}, "a", "2"),
        ({"offset": "3"}, "gfcba", None),
    ],
)
@awaited
async def test_pages_are_of_merged_recordings(
    memory: Memory, shelf: dict[str, str], pairs: dict[str, str], found: str, total: str | None
) -> None:
    make(memory.directory, "m1", start=START + 1, form="video")
    memory.look()
    answer = await memory.call("getRecordings", **pairs)
    names = {own: name for name, own in shelf.items()}
    assert "".join(names[str(own)] for own in ids(answer.xml)) == found
    assert answer.text("totalElements") == total
    if total is not None:
        assert answer.names[-1] == "totalElements"


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("limit=1e9", "validationError"),
        ("limit=-1", "validationError"),
        ("offset=x&limit=1", "validationError"),
        ("recordID=" + ",".join(f"{n}" for n in range(3000)), "validationError"),
    ],
)
@awaited
async def test_what_cannot_be_read_is_told(memory: Memory, query: str, key: str) -> None:
    assert (await memory.query("getRecordings", query)).key == key


@awaited
async def test_fetching_all_can_be_forbidden(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(allowFetchAllRecordings="false")
    own = make(memory.directory)
    memory.look()
    assert (await memory.call("getRecordings")).key == "noRecordings"
    for pairs in ({"limit": "5"}, {"meetingID": "demo"}, {"recordID": own}):
        assert ids((await memory.call("getRecordings", **pairs)).xml) == [own]


@awaited
async def test_broken_ones_are_left_out_told_once_and_picked_up_when_whole(
    memory: Memory, logged: list[dict[str, object]]
) -> None:
    good = make(memory.directory, "good")
    half = record_id("half")
    directory = put(memory.directory, half, metadata(half, meeting_id="half")[:200])
    put(memory.directory, record_id("wrong"), metadata(half))
    (memory.directory / "published" / "presentation" / record_id("empty")).mkdir()
    for _ in range(3):
        memory.look()
    assert ids((await memory.call("getRecordings")).xml) == [good]
    told = [line for line in logged if line.get("event") == "recording_left_out"]
    assert len(told) == 2
    put(memory.directory, half, metadata(half, meeting_id="half"))
    memory.advance(61)
    assert set(ids((await memory.call("getRecordings")).xml)) == {good, half}
    (directory / "metadata.xml").unlink()
    memory.advance(61)
    assert ids((await memory.call("getRecordings")).xml) == [good]


@awaited
async def test_publishing_moves_all_formats(memory: Memory) -> None:
    own = make(memory.directory, "demo")
    make(memory.directory, "demo", form="video")
    memory.look()
    answer = await memory.call("publishRecordings", recordID=own, publish="false")
    assert answer.body == b"<response><returncode>SUCCESS</returncode><published>false</published></response>"
    assert places(memory.directory, own) == {"unpublished/presentation", "unpublished/video"}
    text = (memory.directory / "unpublished" / "video" / own / "metadata.xml").read_text()
    assert "<state>unpublished</state><published>false</published>" in text
    assert '<x-unknown kept="yes"><deep/></x-unknown>' in text
    told = (await memory.call("getRecordings", recordID=own)).xml.find("recordings/recording")
    assert told is not None
    assert (told.findtext("published"), told.findtext("state")) == ("false", "unpublished")
    assert len(told.findall("playback/format")) == 2
    again = await memory.call("publishRecordings", recordID=own, publish="false")
    assert again.code == "SUCCESS"
    await memory.call("publishRecordings", recordID=own, publish="true")
    assert places(memory.directory, own) == {"published/presentation", "published/video"}
    await memory.restart()
    assert (await memory.call("getRecordings")).text("recordings/recording/state") == "published"


@awaited
async def test_deleting_moves_away_and_can_be_seen(memory: Memory) -> None:
    published, unpublished = make(memory.directory, "m1"), make(memory.directory, "m2", place="unpublished")
    memory.look()
    answer = await memory.call("deleteRecordings", recordID=f"{published},{unpublished}")
    assert answer.body == b"<response><returncode>SUCCESS</returncode><deleted>true</deleted></response>"
    assert places(memory.directory, published) == places(memory.directory, unpublished) == {"deleted/presentation"}
    assert (await memory.call("getRecordings")).key == "noRecordings"
    assert len(ids((await memory.call("getRecordings", state="deleted")).xml)) == 2
    assert (await memory.call("deleteRecordings", recordID=published)).key == "notFound"
    assert (await memory.call("publishRecordings", recordID=published, publish="true")).key == "notFound"


@awaited
async def test_metadata_is_added_changed_and_removed(memory: Memory) -> None:
    own = make(memory.directory, "demo", meta={"one": "1", "two": "2", "Three": "3"})
    make(memory.directory, "demo", form="video", meta={"one": "1"})
    memory.look()
    answer = await memory.query(
        "updateRecordings", f"recordID={own}&meta_one=%3Cb%3E%26%C3%A9&meta_two=&meta_three=III&meta_new=n&meta_none="
    )
    assert answer.body == b"<response><returncode>SUCCESS</returncode><updated>true</updated></response>"
    recording = (await memory.call("getRecordings")).xml.find("recordings/recording")
    assert recording is not None
    meta = {str(child.tag): child.text for child in recording.findall("metadata/*")}
    assert (meta["one"], meta["Three"], meta["new"]) == ("<b>&é", "III", "n")
    assert "two" not in meta
    assert "none" not in meta
    video = (memory.directory / "published" / "video" / own / "metadata.xml").read_text("utf-8")
    assert "<one>&lt;b&gt;&amp;é</one>" in video
    assert ids((await memory.call("getRecordings", meta_one="<b>&é")).xml) == [own]
    assert ids((await memory.call("getRecordings", meta_two="2")).xml) == []
    assert (await memory.call("updateRecordings", recordID=own)).code == "SUCCESS"
    await memory.call("updateRecordings", recordID=own, protect="true")
    assert (await memory.call("getRecordings")).text("recordings/recording/protected") == "true"


@pytest.mark.parametrize(
    ("call", "pairs", "key"),
    [
        ("publishRecordings", {"publish": "true"}, "missingParamRecordID"),
        ("publishRecordings", {"recordID": "x"}, "missingParamPublish"),
        ("publishRecordings", {"recordID": "x", "publish": "maybe"}, "validationError"),
        ("publishRecordings", {"recordID": "x", "publish": "true"}, "notFound"),
        ("deleteRecordings", {}, "missingParamRecordID"),
        ("deleteRecordings", {"recordID": ","}, "missingParamRecordID"),
        ("deleteRecordings", {"recordID": "none"}, "notFound"),
        ("deleteRecordings", {"recordID": "../../x"}, "notFound"),
        ("deleteRecordings", {"recordID": "%"}, "notFound"),
        ("updateRecordings", {}, "missingParamRecordID"),
        ("updateRecordings", {"recordID": "none", "meta_a": "b"}, "notFound"),
    ],
)
@awaited
async def test_what_cannot_be_changed_is_told(memory: Memory, call: str, pairs: dict[str, str], key: str) -> None:
    own = make(memory.directory)
    memory.look()
    assert (await memory.call(call, **pairs)).key == key
    assert places(memory.directory, own) == {"published/presentation"}


@pytest.mark.parametrize("call", ["publishRecordings", "deleteRecordings", "updateRecordings"])
@awaited
async def test_several_are_changed_together_or_not_at_all(memory: Memory, call: str, asked_for: set[str]) -> None:
    asked_for.add("call_failed")
    own, other = make(memory.directory, "m1"), make(memory.directory, "m2")
    memory.look()
    files = {path: path.read_bytes() for path in memory.directory.rglob("metadata.xml")}
    pairs = {"publish": "false", "meta_a": "b"}
    for prefix in (own[:-1], own.upper()):
        assert (await memory.call(call, recordID=f"{own},{prefix}", **pairs)).key == "notFound"
    assert {path: path.read_bytes() for path in memory.directory.rglob("metadata.xml")} == files
    (memory.directory / "published" / "presentation" / other / "metadata.xml").write_text("<recording>")
    answer = await memory.call(call, recordID=f"{own},{other}", **pairs)
    assert answer.key == "notFound"
    assert "metadata.xml is not well-formed" in (answer.text("message") or "")
    assert places(memory.directory, own) == {"published/presentation"}
    assert not list((memory.directory / "moves").iterdir())


@awaited
async def test_a_fault_in_the_middle_is_undone(memory: Memory, asked_for: set[str]) -> None:
    asked_for |= {"call_failed"}
    own, other = make(memory.directory, "m1"), make(memory.directory, "m2")
    memory.look()
    memory.disk.refuse_rename = str(memory.directory / "unpublished" / "presentation" / other)
    answer = await memory.call("publishRecordings", recordID=f"{own},{other}", publish="false")
    assert answer.key == "internalError"
    assert places(memory.directory, own) == places(memory.directory, other) == {"published/presentation"}
    listed = await memory.call("getRecordings")
    assert [one.text for one in listed.xml.findall("recordings/recording/state")] == ["published"] * 2
    memory.disk.refuse_rename = ""
    assert (await memory.call("publishRecordings", recordID=f"{own},{other}", publish="false")).code == "SUCCESS"


@awaited
async def test_directories_can_be_set_apart(memory_with: Callable[..., Memory], tmp_path: Path) -> None:
    root = tmp_path / "bigbluebutton"
    own = make(root, "demo")
    memory = memory_with(
        publishedDir=str(root / "published"),
        unpublishedDir=str(root / "unpublished"),
        bbbd__dataDir=str(tmp_path / "own"),
    )
    assert ids((await memory.call("getRecordings")).xml) == [own]
    await memory.call("deleteRecordings", recordID=own)
    assert places(root, own) == {"deleted/presentation"}


@awaited
async def test_a_daemon_serves_an_existing_servers_tree(start_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    root = tmp_path / "bigbluebutton"
    made = [make(root, f"m{number}", start=START + number) for number in range(50)]
    daemon = start_daemon(
        settings={"publishedDir": str(root / "published"), "unpublishedDir": str(root / "unpublished")}
    )
    assert ids((await daemon.call("getRecordings")).xml) == made[::-1]
    assert (await daemon.call("publishRecordings", recordID=",".join(made[:3]), publish="false")).code == "SUCCESS"
    await daemon.restart()
    assert ids((await daemon.call("getRecordings", state="unpublished")).xml) == made[2::-1]


@awaited
async def test_names_that_differ_in_case_alone_can_be_found_and_go(memory: Memory) -> None:
    own = make(memory.directory, meta={"Course": "1", "course": "1"})
    memory.look()
    found = await memory.call("getRecordings", meta_COURSE="1")
    assert found.text("recordings/recording/recordID") == own
    assert (await memory.call("deleteRecordings", recordID=own)).text("deleted") == "true"
    assert (await memory.call("getRecordings", meta_course="1")).text("messageKey") == "noRecordings"


@awaited
async def test_what_is_in_the_way_of_a_deleted_recording_is_kept(memory: Memory) -> None:
    make(memory.directory, place="deleted")
    (memory.directory / "deleted" / "presentation" / record_id("demo") / "first").write_text("first")
    own = make(memory.directory)
    make(memory.directory, place="unpublished")
    (memory.directory / "unpublished" / "presentation" / own / "second").write_text("second")
    memory.look()
    assert (await memory.call("deleteRecordings", recordID=own)).text("deleted") == "true"
    kept = memory.directory / "deleted" / "presentation"
    assert len(list(kept.iterdir())) == 3
    assert len(list(kept.glob("*/first"))) == len(list(kept.glob("*/second"))) == 1
    memory.look()
    listed = await memory.call("getRecordings", recordID=own, state="any")
    assert len(listed.xml.findall("recordings/recording")) == 1


@awaited
async def test_a_duration_that_is_no_whole_number_is_left_out_and_the_recording_listed(memory: Memory) -> None:
    own = make(memory.directory)
    path = memory.directory / "published" / "presentation" / own / "metadata.xml"
    text = path.read_text().replace("3660000", "3660.5").replace("<participants>3<", "<participants>many<")
    path.write_text(text.replace(f"<end_time>{START + 90_000}<", "<end_time>late<"))
    memory.look()
    (recording,) = (await memory.call("getRecordings")).xml.findall("recordings/recording")
    assert recording.findtext("recordID") == own
    assert [child.tag for child in recording if child.tag in ("startTime", "endTime", "participants")] == ["startTime"]
    (form,) = recording.findall("playback/format")
    assert [child.tag for child in form] == ["type", "url", "processingTime", "size", "preview"]
    told = (await memory.call("getRecordings", format="json")).json["recordings"][0]
    assert "length" not in told["playback"][0]


@awaited
async def test_protected_is_always_present_so_that_clients_offer_it(memory: Memory) -> None:
    make(memory.directory, "published")
    make(memory.directory, "unpublished", place="unpublished")
    make(memory.directory, "guarded", extra="<protected>true</protected>")
    text = metadata(record_id("process"), meeting_id="process", state="processing")
    put(memory.directory / "recording", record_id("process"), text, place="process")
    memory.look()
    answer = await memory.call("getRecordings", state="any")
    found = {one.findtext("meetingID"): one.findtext("protected") for one in answer.xml.findall("recordings/recording")}
    assert found == {"published": "false", "unpublished": "false", "guarded": "true", "process": "false"}


@awaited
async def test_formats_are_presentation_first_then_by_name(memory: Memory) -> None:
    for form in ("video", "podcast", "notes", "presentation", "Zoo", "screenshare"):
        make(memory.directory, form=form)
    memory.look()
    answer = await memory.call("getRecordings")
    types = [one.text for one in answer.xml.findall("recordings/recording/playback/format/type")]
    assert types == ["presentation", "Zoo", "notes", "podcast", "screenshare", "video"]


@awaited
async def test_a_recording_in_process_has_one_presentation_format_without_a_url(memory: Memory) -> None:
    own = record_id("process")
    for form in ("podcast", "video"):
        text = metadata(own, meeting_id="process", state="processing", form=form)
        put(memory.directory / "recording", own, text, place="process", form=form)
    memory.look()
    answer = await memory.call("getRecordings", state="processing")
    (found,) = answer.xml.findall("recordings/recording/playback/format")
    assert [child.tag for child in found] == ["type", "url", "processingTime", "length"]
    assert (found.findtext("type"), found.findtext("url")) == ("presentation", "")


@pytest.mark.parametrize("link", ["https://[bad/x", "//[", "https://h//evil.example/x"])
@awaited
async def test_a_bad_link_harms_no_other_recording(memory: Memory, link: str) -> None:
    bad = put(memory.directory, record_id("bad"), metadata(record_id("bad"), meeting_id="bad"))
    text = (bad / "metadata.xml").read_text()
    (bad / "metadata.xml").write_text(re.sub("<link>.*?</link>", f"<link>{link}</link>", text, flags=re.DOTALL))
    own = make(memory.directory)
    await memory.restart()
    answer = await memory.call("getRecordings")
    assert own in [found.text for found in answer.xml.findall("recordings/recording/recordID")]
    assert "http://bbb.example.org//" not in answer.body.decode()


@awaited
async def test_a_directory_that_cannot_be_looked_through_harms_no_other(memory: Memory) -> None:
    (memory.directory / "published" / "presentation").mkdir(parents=True)
    (memory.directory / "published" / "presentation" / "loop").symlink_to("loop")
    (memory.directory / "published" / "loop").symlink_to("loop")
    own = make(memory.directory)
    await memory.restart()
    assert (await memory.call("getRecordings")).text("recordings/recording/recordID") == own


@awaited
async def test_a_pipe_in_place_of_a_metadata_holds_up_nobody(
    memory_with: Callable[..., Memory], logged: list[dict[str, object]]
) -> None:
    memory = memory_with(bbbd__deletedRecordingsKeptForDays="1")
    own = make(memory.directory)
    for place in ("published", "unpublished", "deleted"):
        directory = memory.directory / place / "video" / record_id(place)
        directory.mkdir(parents=True)
        os.mkfifo(directory / "metadata.xml")
        os.mkfifo(directory / "bbbd-deleted")
    memory.look()
    assert ids((await memory.call("getRecordings")).xml) == [own]
    assert [line["why"] for line in logged if line.get("event") == "recording_left_out"] == ["is not a plain file"] * 3
    memory.advance(2 * 24 * 3600, step=3600)
    assert (memory.directory / "deleted" / "video" / record_id("deleted")).is_dir()


@awaited
async def test_names_of_other_namespaces_are_left_out_and_kept_on_disk(memory: Memory) -> None:
    own = make(memory.directory)
    path = memory.directory / "published" / "presentation" / own / "metadata.xml"
    path.write_text(path.read_text().replace("<meta>", '<meta><x:a xmlns:x="urn:q">v</x:a>'))
    memory.look()
    assert "urn:q" not in (await memory.call("getRecordings")).body.decode()
    assert (await memory.call("updateRecordings", recordID=own, meta_b="1")).text("updated") == "true"
    assert "urn:q" in path.read_text()


@awaited
async def test_one_protected_format_protects_them_all(memory: Memory) -> None:
    own = make(memory.directory, form="podcast", extra="<protected>true</protected>")
    make(memory.directory)
    (memory.directory / "published" / "podcast" / own / "audio.ogg").write_bytes(b"OggS")
    memory.look()
    assert (await memory.fetch(f"/podcast/{own}/audio.ogg")).status == 404
    answer = await memory.call("getRecordings")
    assert answer.text("recordings/recording/protected") == "true"
    assert all("token=" in (url.text or "") for url in answer.xml.findall("recordings/recording/playback/format/url"))


@awaited
async def test_a_protected_video_leads_to_where_its_cookie_counts(memory: Memory) -> None:
    own = make(memory.directory, form="video", extra="<protected>true</protected>")
    (memory.directory / "published" / "video" / own / "index.html").write_text("<!doctype html>")
    memory.look()
    url = (await memory.call("getRecordings")).text("recordings/recording/playback/format/url") or ""
    assert (await memory.fetch(url.removeprefix("http://bbb.example.org"), "HEAD")).status == 405
    let_in = await memory.fetch(url.removeprefix("http://bbb.example.org"))
    assert (let_in.status, let_in.headers["location"]) == (307, f"/video/{own}/")
    cookie = let_in.headers["set-cookie"].partition(";")[0]
    assert (await memory.fetch(f"/video/{own}/", headers={"Cookie": cookie})).status == 200


@pytest.mark.parametrize(
    "query", ["meta_b=a%01b", "meta_c=%EF%BF%BF", "meta_a:b=1", "meta_1=2", "meta_%C3%A9=2", "meta_-x=1", "meta_=1"]
)
@awaited
async def test_metadata_that_xml_does_not_allow_is_refused(memory: Memory, query: str) -> None:
    own = make(memory.directory)
    memory.look()
    before = (memory.directory / "published" / "presentation" / own / "metadata.xml").read_bytes()
    answer = await memory.query("updateRecordings", f"recordID={own}&{query}")
    assert answer.text("messageKey") == "validationError"
    assert (memory.directory / "published" / "presentation" / own / "metadata.xml").read_bytes() == before


@awaited
async def test_names_with_a_dot_are_set_and_found(memory: Memory) -> None:
    own = make(memory.directory)
    memory.look()
    assert (await memory.query("updateRecordings", f"recordID={own}&meta_a.b=1")).text("updated") == "true"
    assert (await memory.query("getRecordings", "meta_a.b=1")).text("recordings/recording/recordID") == own


@awaited
async def test_a_thousand_ids_can_be_named_and_no_more(memory: Memory) -> None:
    own = make(memory.directory)
    memory.look()
    ids = [record_id(f"m{number}") for number in range(1000)]
    found = await memory.post("getRecordings", f"recordID={','.join([own, *ids[1:]])}")
    assert found.text("recordings/recording/recordID") == own
    refused = await memory.post("getRecordings", f"recordID={','.join([own, *ids])}")
    assert refused.text("messageKey") == "validationError"


@awaited
async def test_a_file_that_could_not_be_read_is_tried_again(memory: Memory, asked_for: set[str]) -> None:
    asked_for.add("recordings_unseen")
    own = make(memory.directory)
    memory.look()
    path = memory.directory / "published" / "presentation" / own / "metadata.xml"
    text = path.read_bytes()
    path.unlink()
    path.mkdir()
    memory.look()
    assert (await memory.call("getRecordings")).text("recordings/recording/recordID") == own
    path.rmdir()
    path.write_bytes(text)
    memory.look()
    assert (await memory.call("getRecordings")).text("recordings/recording/recordID") == own


@awaited
async def test_a_start_that_finds_nothing_changed_reads_no_file_and_writes_no_snapshot(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [make(memory.directory, f"m{number}") for number in range(3)]
    memory.look()
    snapshot = memory.directory / "recordings.index"
    kept, read = snapshot.stat().st_ino, list[str]()
    open_file = os.open

    def noting(path: Any, *more: Any, **named: Any) -> int:
        read.append(str(path))
        return open_file(path, *more, **named)

    monkeypatch.setattr(os, "open", noting)
    await memory.restart()
    assert len(ids((await memory.call("getRecordings")).xml)) == len(made)
    assert snapshot.stat().st_ino == kept
    assert not [path for path in read if path.endswith("metadata.xml")]
    edited = memory.directory / "published/presentation" / made[1] / "metadata.xml"
    edited.write_text(edited.read_text("utf-8").replace(">Demo<", ">Edited while it was down<").replace("Demo", "Else"))
    await memory.restart()
    assert [path for path in read if path.endswith("metadata.xml")] == [str(edited)]
    assert "Else" in (await memory.call("getRecordings", recordID=made[1])).body.decode()
    assert snapshot.stat().st_ino != kept


@awaited
async def test_a_snapshot_of_many_is_not_written_for_each_that_comes(memory: Memory) -> None:
    made = [make(memory.directory, f"m{number}") for number in range(250)]
    memory.look()
    snapshot = memory.directory / "recordings.index"
    kept = snapshot.stat().st_ino
    made += [make(memory.directory, "one"), make(memory.directory, "two")]
    memory.look()
    assert snapshot.stat().st_ino == kept
    await memory.restart()
    assert set(ids((await memory.call("getRecordings")).xml)) == set(made)
    assert snapshot.stat().st_ino == kept
    made.append(make(memory.directory, "three"))
    memory.look()
    assert snapshot.stat().st_ino != kept
    await memory.restart()
    assert set(ids((await memory.call("getRecordings")).xml)) == set(made)


@awaited
async def test_what_calls_change_comes_into_the_snapshot_too(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    own = make(memory.directory)
    memory.look()
    assert (await memory.call("publishRecordings", recordID=own, publish="false")).code == "SUCCESS"
    memory.look()
    read = list[str]()
    open_file = os.open

    def noting(path: Any, *more: Any, **named: Any) -> int:
        read.append(str(path))
        return open_file(path, *more, **named)

    monkeypatch.setattr(os, "open", noting)
    await memory.restart()
    assert ids((await memory.call("getRecordings", state="unpublished")).xml) == [own]
    assert not [path for path in read if path.endswith("metadata.xml")]


@awaited
async def test_a_snapshot_that_the_disk_does_not_take_is_tried_once_an_hour_and_told_once(
    memory: Memory, asked_for: set[str]
) -> None:
    asked_for.add("index_unwritten")
    snapshot = memory.directory / "recordings.index"
    memory.disk.refuse_rename = str(snapshot)
    make(memory.directory)
    told = 0

    def count(event: LogEvent) -> None:
        nonlocal told
        told += event.get("event") == "index_unwritten"

    observer = cast("ILogObserver", count)
    globalLogPublisher.addObserver(observer)
    try:
        for _minute in range(10):
            memory.advance(61)
        make(memory.directory, "another")
        memory.advance(61)
        assert (memory.disk.refused, told) == (1, 1)
        memory.advance(3600)
        assert (memory.disk.refused, told) == (2, 1)
        memory.disk.refuse_rename = ""
        memory.advance(3600)
        assert snapshot.exists()
    finally:
        globalLogPublisher.removeObserver(observer)
