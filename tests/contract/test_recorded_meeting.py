"""From a meeting to its recording: the files of the playback format, as players read them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from harness import Memory, awaited
from lxml import etree
from recorded_story import MEETING, NAME, hold_recorded_meeting
from stock_player import play
from websocket_clients import inside

from bbbd.presentation.build import BuildOptions, Built, build, has_marks, write_events_xml

URL = "https://bbb.example.org"


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raw files of the one meeting of these tests, once it was held."""
    return tmp_path_factory.mktemp("held")


async def recorded(memory: Memory, held: Path, **options: Any) -> tuple[Path, Built]:
    """Hold the meeting, build its recording, and return the format's directory and what was built."""
    if not list(held.iterdir()):
        raw = await hold_recorded_meeting(memory)
        shutil.copytree(raw, held / raw.name)
    else:
        [raw] = held.iterdir()
        shutil.copytree(raw, memory.directory / "recording" / "raw" / raw.name)
    assert has_marks(raw)
    # The server made one as well, by its own settings.
    shutil.rmtree(memory.directory / "published", ignore_errors=True)
    target = memory.directory / "published" / "presentation" / raw.name
    target.parent.mkdir(parents=True)
    return target, build(raw, target, BuildOptions(public_url=URL, **options))


def chat_of(directory: Path) -> list[dict[str, str]]:
    return [
        {str(k): str(v) for k, v in one.attrib.items()} for one in etree.parse(directory / "slides_new.xml").getroot()
    ]


@awaited
async def test_pauses_are_cut_out_of_the_slides(memory: Memory, held: Path) -> None:
    target, built = await recorded(memory, held)
    assert (built.duration, len(built.segments), built.participants, built.has_media) == (90_000, 2, 2, True)
    shown = [
        (one.get("in"), one.get("out"), (one.get("{http://www.w3.org/1999/xlink}href") or "").rpartition("/")[2])
        for one in etree.parse(target / "shapes.svg").getroot()
    ]
    # Page 3 was on the stage in the pause alone: the recording does not know it.
    assert shown == [
        ("0.0", "10.0", "slide-1.png"),
        ("10.0", "40.0", "slide-2.png"),
        ("40.0", "60.0", "slide-1.png"),
        ("60.0", "90.0", "slide-1.png"),
    ]
    assert not list(target.rglob("slide-3.*"))
    texts = json.loads((target / "presentation_text.json").read_text())
    assert next(iter(texts.values())) == {"slide-1": "First page", "slide-2": "Second page"}


@awaited
async def test_chat_is_what_was_said_to_all_while_recording_was_on(memory: Memory, held: Path) -> None:
    target, _built = await recorded(memory, held)
    said = [
        (one["in"], one.get("out"), one["name"], one["senderRole"], one["chatEmphasizedText"])
        for one in chat_of(target)
    ]
    teacher = "Ada <Teacher> & 🦊"
    assert said == [
        ("2.0", "70.0", 'Bob "B"', "VIEWER", "false"),
        ("30.0", "70.0", teacher, "MODERATOR", "true"),
        ("75.0", None, teacher, "MODERATOR", "true"),
    ]
    link = "https://example.org/a?b=1&amp;c=2"
    wrapped = f'<a href="{link}" rel="nofollow"><u>{link}</u></a>.'
    assert chat_of(target)[0]["message"] == f"It's &lt;b&gt; &amp; &quot;all&quot; 🦉\nsee {wrapped}"


@awaited
async def test_names_can_be_left_out(memory: Memory, held: Path) -> None:
    target, _built = await recorded(memory, held, record_names=False)
    assert [one["name"] for one in chat_of(target)] == ["Viewer 2", "Moderator 1", "Moderator 1"]
    assert "Ada" not in "".join(path.read_text() for path in target.glob("*.*"))


@awaited
async def test_events_xml_makes_the_same_recording_as_the_journal(memory: Memory, held: Path, tmp_path: Path) -> None:
    target, built = await recorded(memory, held)
    raw = memory.directory / "recording" / "raw" / target.name
    write_events_xml(raw)
    (raw / "journal.jsonl").unlink()
    again = tmp_path / "again"
    rebuilt = build(raw, again, BuildOptions(public_url=URL))
    assert (rebuilt.segments, rebuilt.participants) == (built.segments, built.participants)
    for path in target.rglob("*.*"):
        if path.is_file() and path.name != "metadata.xml":
            assert (again / path.relative_to(target)).read_bytes() == path.read_bytes(), path.name


@awaited
async def test_metadata_has_titles_as_they_were_given(memory: Memory, held: Path) -> None:
    target, built = await recorded(memory, held)
    root = etree.parse(target / "metadata.xml").getroot()
    meeting = root.find("meeting")
    assert meeting is not None
    assert (meeting.get("id"), meeting.get("externalId"), meeting.get("name")) == (target.name, MEETING, NAME)
    assert root.findtext("meta/meetingName") == NAME
    assert root.findtext("meta/course") == "H <101> & more"
    assert root.findtext("playback/link") == f"{URL}/playback/presentation/2.3/{target.name}"
    assert root.findtext("playback/duration") == "90000"
    assert int(root.findtext("end_time") or 0) - int(root.findtext("start_time") or 0) == built.end - built.start
    assert len(root.findall("playback/extensions/preview/images/image")) == 3


@awaited
async def test_the_stock_player_gets_an_answer_to_each_of_its_requests(memory: Memory, held: Path) -> None:
    target, _built = await recorded(memory, held)
    memory.look()
    shown = await play(memory, target.name)
    assert (shown.name, shown.participants, shown.missing, shown.media) == (
        NAME,
        2,
        ["tldraw.json", "notes.html"],
        ["video/webcams.webm"],
    )
    assert [begin for _number, begin, *_rest in shown.slides] == [0, 10, 40, 60]
    assert [shown.texts[path] for _number, _begin, path, *_size in shown.slides] == [
        "First page",
        "Second page",
        "",
        "First page",
    ]
    # A view for each change of page, and the zoom between them.
    assert shown.panzooms == [
        (0, [0, 0, 1600, 900]),
        (10, [0, 0, 1600, 900]),
        (20, [400, 90, 800, 450]),
        (40, [0, 0, 320, 200]),
        (60, [0, 0, 1600, 900]),
    ]
    assert (shown.cursors, shown.screenshares, shown.polls, shown.videos) == ([], [], [], [])
    url = "https://example.org/a?b=1&c=2"
    assert shown.chat[0] == (
        2,
        70,
        'Bob "B"',
        "VIEWER",
        f'It\'s <b> & "all" 🦉\nsee {url}.',
        [url.replace("&", "&amp;")],
    )


@awaited
async def test_the_stock_player_plays_a_meeting_of_chat_alone(memory: Memory) -> None:
    await memory.call("create", meetingID="talk", moderatorPW="mp", record="true", autoStartRecording="true")
    ada = await inside(memory, "talk", "Ada", role="MODERATOR")
    memory.advance(10)
    ada.ask("chat.say", text="Hello")
    memory.advance(10)
    await memory.call("end", meetingID="talk", password="mp")
    [published] = (memory.directory / "published" / "presentation").iterdir()
    shown = await play(memory, published.name)
    assert (shown.slides, shown.panzooms, [line[4] for line in shown.chat]) == ([], [], ["Hello"])
    assert shown.name == "talk"


@awaited
async def test_the_api_lists_what_was_built(memory: Memory, held: Path) -> None:
    target, built = await recorded(memory, held)
    memory.look()
    answer = await memory.call("getRecordings", meetingID=MEETING)
    [one] = answer.xml.findall("recordings/recording")
    told = {name: one.findtext(name) for name in ("recordID", "name", "state", "participants", "rawSize")}
    assert told == {
        "recordID": target.name,
        "name": NAME,
        "state": "published",
        "participants": "2",
        "rawSize": str(built.raw_size),
    }
    assert one.findtext("metadata/course") == "H <101> & more"
    assert one.findtext("playback/format/length") == "1"
    images = one.findall("playback/format/preview/images/image")
    assert [(image.get("width"), image.get("alt")) for image in images] == [
        ("176", "First page"),
        ("176", "Second page"),
        ("176", ""),
    ]
    for image in images:
        assert (await memory.fetch((image.text or "").removeprefix("http://bbb.example.org"))).status == 200
