"""A data directory that an earlier bbbd wrote, and what any later one must find in it.

It was stopped, as by a kill, while recordings were moved, with callbacks due, a text track and a request waiting.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

from due_callbacks import due_callbacks
from harness import Caller
from sample_recordings import places, record_id
from sample_tracks import named, tracks

#: One of each format that a release wrote (docs/release.md); the newest is the last.
ARCHIVES = sorted(Path(__file__).parent.glob("data/directory-*.tar.xz"), key=lambda path: (len(path.name), path.name))
#: Where callbacks go, and where the archive is that is to be taken in: as they stand in the directory.
RECEIVER, PLACE = "http://receiver.invalid:65535", "/golden/"
#: Nobody who was in then is gone while a test looks.
PATIENT = {
    "usersTimeout": "86400000",
    "waitingGuestUsersTimeout": "86400000",
    "bbbd.callbackNetworks": "127.0.0.0/8",
}
CONFIG = "NBGQuaOK"
PUBLISHED, MOVING, HIDDEN, GONE, ARRIVED = (
    record_id(name) for name in ("published", "moving", "hidden", "gone", "arrived")
)
#: Where the formats of each recording lie once everything that was begun is done.
PLACES = {
    PUBLISHED: {"published/presentation", "published/video"},
    MOVING: {"unpublished/presentation", "unpublished/video"},
    HIDDEN: {"unpublished/presentation"},
    GONE: {"deleted/presentation"},
    ARRIVED: {"unpublished/presentation"},
}
#: Paths of the callbacks that are due; what was given up is not.
DUE = ["end?meetingID=ended", "analytics", "event?event=userJoined", "ready", "hook", "again"]


def lay(directory: Path, receiver: str = RECEIVER, archive: Path = ARCHIVES[-1]) -> None:
    """Lay the directory, with callbacks for a receiver."""
    with tarfile.open(archive) as opened:
        opened.extractall(directory.parent, filter="tar")
    (directory.parent / "data").rename(directory)
    for path in (*directory.glob("hooks/*.json"), *directory.glob("outbox/**/*.json"), *directory.glob("import/*.ask")):
        text = path.read_text().replace(RECEIVER, receiver).replace(PLACE, f"{directory}/")
        path.write_text(text)


async def check_meetings(server: Caller) -> None:
    """Assert that each meeting is there with all that was in it."""
    listed = (await server.call("getMeetings")).xml.findall("meetings/meeting")
    assert sorted(str(one.findtext("meetingID")) for one in listed) == ["anew", "parent", "room", "taped"]
    anew = await server.info("anew")
    assert [anew.text(name) for name in ("meetingName", "participantCount", "attendeePW", "metadata/k")] == [
        "Anew",
        "2",
        "ap",
        "v",
    ]
    assert [one.text for one in anew.xml.iterfind("attendees/attendee/fullName")] == ["Ada", "Bob"]
    assert anew.text("attendees/attendee/customdata/k") == "v"
    taped = await server.info("taped")
    assert (taped.text("recording"), taped.text("participantCount")) == ("true", "1")
    room = await server.info("room")
    assert (room.text("isBreakout"), room.text("sequence")) == ("true", "1")
    assert (await server.info("parent")).text("breakoutRooms/breakout") == "room"
    hooks = (await server.call("hooks/list")).xml.findall("hooks/hook")
    assert sorted(str(one.findtext("callbackURL")).rpartition("/")[2] for one in hooks) == ["anew", "hook"]


async def check_recordings(server: Caller, directory: Path) -> None:
    """Assert that each recording is where it belongs, with its text tracks: what was begun is done."""
    assert {own: places(directory, own) for own in PLACES} == PLACES
    states = {
        one.findtext("recordID"): one.findtext("state")
        for one in (await server.call("getRecordings", state="any")).xml.findall("recordings/recording")
        if one.findtext("recordID") in PLACES
    }
    assert states == {own: min(found).split("/")[0] for own, found in PLACES.items()}
    assert sorted(named(await tracks(server, PUBLISHED))) == [
        ("captions", "en", "English", "upload"),
        ("subtitles", "de", "Deutsch", "upload"),
    ]
    assert not list((directory / "moves").iterdir())
    assert len(list(directory.glob("recording/raw/*/journal.jsonl"))) == 1
    assert len(list(directory.glob("recording/raw/*/presentation/*/slide-1.png"))) == 1
    # Its processing finds no marks.
    tickets, unmarked = (len(list(directory.glob(f"recording/status/{one}"))) for one in ("recorded/*", "archived/*"))
    assert tickets + unmarked == 1
    assert len(list(directory.glob("events/*/journal.jsonl"))) == 1
    assert not list(directory.rglob("*.damaged"))


def due(directory: Path) -> list[str]:
    """Return the paths of the callbacks that are due in a directory, in order."""
    return [entry.url.split("/", 3)[3] for entry in due_callbacks(directory)]
