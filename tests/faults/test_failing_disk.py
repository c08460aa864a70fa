"""The disk fails at one of its operations, once or from then on: what is answered is so, and all works again."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from due_callbacks import due_callbacks
from harness import FORM, Answer, FaultyDisk, Memory, checksum, query_of
from kill_points import SteppedDisk, now
from sample_archives import pack, recording
from sample_documents import document, insert, picture
from sample_recordings import make, places, record_id
from sample_tracks import SRT, put, tracks

#: How an operation fails; None takes half of what is written, and is an error of the disk for what writes nothing.
WAYS = (errno.EIO, errno.ENOSPC, errno.EMFILE, errno.EINTR, None)
#: What may be said while the disk fails.
MAY_BE_SAID = {
    "beat_failed",
    "call_failed",
    "callback_damaged",
    "callback_unwritten",
    "creation_not_noted",
    "disk_unseen",
    "hook_unwritten",
    "import_failed",
    "index_unwritten",
    "journal_broken",
    "journal_damaged",
    "journal_stays",
    "journal_stays_long",
    "keeping_failed",
    "mending_failed",
    "move_unfinished",
    "outbox_failed",
    "outbox_unread",
    "outbox_unwritten",
    "recordings_unseen",
    "scan_failed",
    "slides_stay",
    "slides_wait",
    "spool_stuck",
    "sync_failed",
    "sync_round_broke",
    "timer_failed",
    "track_note_damaged",
    "track_waits",
    "track_failed",
    "tracks_failed",
    "recording_left_out",
    "deck_failed",
    "track_unkept",
    "publish_failed",
    "recordings_unchanged",
    "listener_failed",
    "change_failed",
}
CONFIG = "<config/>"
RECEIVER = "http://receiver.example"


class FailingDisk(SteppedDisk, FaultyDisk):
    """A disk whose n-th operation fails in a way, and all after it too when that is for good."""

    def __init__(self, operation: int, way: int | None, *, for_good: bool) -> None:
        super().__init__()
        self.operation, self.way, self.for_good = operation, way, for_good
        self.done = 0

    def _fails(self) -> bool:
        return self.done > self.operation - 1 if self.for_good else self.done == self.operation

    def step(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name == "remove_tree":
            return
        self.done += 1
        if self._fails() and not (self.way is None and name == "write"):
            number = self.way or errno.EIO
            raise OSError(number, os.strerror(number))

    def write(self, descriptor: int, data: bytes) -> int:
        self.step("write", ())
        return os.write(descriptor, data[: len(data) // 2] if self.way is None and self._fails() else data)

    def recover(self) -> None:
        """Be a good disk from now on."""
        self.operation, self.for_good = -1, False


@dataclass
class Trial:
    """A server whose disk fails, and what it has answered. ``failed`` are those of its last words on a thing."""

    memory: Memory
    answers: dict[str, bool] = field(default_factory=dict)

    async def ask(self, what: str, answer: Awaitable[Answer]) -> None:
        """Note whether a call succeeded; any answer is one."""
        given = await answer
        assert given.status == 200, given.body
        code = given.json["returncode"] if given.body[:1] == b"{" else given.code
        assert code in ("SUCCESS", "FAILED"), given.body
        self.answers[what] = code == "SUCCESS"


async def create(trial: Trial, meeting: str, **pairs: str) -> None:
    url = {"meetingEndedURL": f"{RECEIVER}/{meeting}"}
    await trial.ask(
        f"create {meeting}", trial.memory.call("create", meetingID=meeting, attendeePW="ap", **url, **pairs)
    )


async def meetings(trial: Trial) -> None:
    """Begin and end meetings of all kinds, chat, keep a config, make and destroy hooks."""
    memory = trial.memory
    await create(trial, "plain")
    await create(trial, "recorded", record="true")
    await create(trial, "room", isBreakout="true", parentMeetingID="plain", sequence="1")
    await trial.ask("hook", memory.call("hooks/create", callbackURL=f"{RECEIVER}/hook"))
    await trial.ask("join", memory.call("join", meetingID="plain", fullName="Ada", password="ap", redirect="false"))
    message = {"message": "hello", "meetingID": "plain"}
    await trial.ask("chat plain", memory.call("sendChatMessage", **message))
    form = query_of({"configXML": CONFIG, "meetingID": "plain"})
    body = f"{form}&checksum={checksum('setConfigXML', form)}".encode()
    await trial.ask("config", memory.fetch("/bigbluebutton/api/setConfigXML", "POST", {"Content-Type": FORM}, body))
    memory.advance(2)
    await trial.ask("end recorded", memory.call("end", meetingID="recorded"))
    await create(trial, "gone")
    await trial.ask("end gone", memory.call("end", meetingID="gone"))
    memory.advance(2)


async def check_meetings(trial: Trial, memory: Memory) -> None:
    said = trial.answers
    live = {meeting.external_id for meeting in memory.app.meetings}
    for name in ("plain", "recorded", "room", "gone"):
        if said.get(f"end {name}"):
            assert name not in live
        elif said.get(f"create {name}") and f"end {name}" not in said:
            assert name in live, name
    if said["chat plain"]:
        assert [message.text for message in memory.meeting("plain").chat] == ["hello"]
    if said["config"]:
        assert list(memory.meeting("plain").configs.values()) == [CONFIG]
    if said["hook"]:
        assert len((await memory.call("hooks/list")).xml.findall("hooks/hook")) == 1
    if said["end recorded"] and said["create recorded"]:
        assert len(list(memory.directory.glob("recording/raw/*/journal.jsonl"))) == 1
    for name in ("recorded", "gone"):
        due = [entry for entry in due_callbacks(memory.directory) if f"{RECEIVER}/{name}" in entry.url]
        assert len(due) == 1 or not said[f"end {name}"]


async def see_meetings(memory: Memory) -> Any:
    """Return all that a server says of meetings and hooks."""
    hooks = [one.text for one in (await memory.call("hooks/list")).xml.findall("hooks/hook/callbackURL")]
    live = {one.external_id: ([said.text for said in one.chat], sorted(one.breakouts)) for one in memory.app.meetings}
    return hooks, live


async def recordings(trial: Trial) -> None:
    """Unpublish, change, publish and delete recordings."""
    memory, both = trial.memory, ",".join(map(record_id, "xy"))
    await trial.ask("unpublish", memory.call("publishRecordings", recordID=both, publish="false"))
    await trial.ask("update", memory.call("updateRecordings", recordID=both, meta_a="new"))
    await trial.ask("publish", memory.call("publishRecordings", recordID=record_id("y"), publish="true"))
    await trial.ask("delete", memory.call("deleteRecordings", recordID=record_id("x")))


def lay_recordings(directory: Path) -> None:
    for form in ("presentation", "video"):
        make(directory, "x", form=form, meta={"a": "old"})
    make(directory, "y", meta={"a": "old"})


async def check_recordings(trial: Trial, memory: Memory) -> None:
    said = trial.answers
    state = {"x": "published", "y": "published"}
    if said["unpublish"]:
        state = {"x": "unpublished", "y": "unpublished"}
    if said["publish"]:
        state["y"] = "published"
    if said["delete"]:
        state["x"] = "deleted"
    for name, wanted in state.items():
        assert {one.split("/")[0] for one in places(memory.directory, record_id(name))} == {wanted}
    texts = [path.read_text() for path in memory.directory.glob("*/*/*/metadata.xml")]
    assert {"<a>new</a>" in text for text in texts} == {said["update"]}


async def see_recordings(memory: Memory) -> Any:
    listed = (await memory.call("getRecordings", state="any")).xml.findall("recordings/recording")
    return [(one.findtext("recordID"), one.findtext("state"), one.findtext("metadata/a")) for one in listed]


async def texttracks(trial: Trial) -> None:
    """Put a track in, put another in its place, and take it away."""
    own = record_id("demo")
    for what, data in (("first", SRT), ("second", SRT.replace(b"Hello", b"second")), ("gone", None)):
        await trial.ask(what, put(trial.memory, own, data))
        trial.memory.advance(31)
    await trial.ask("other", put(trial.memory, own, SRT, "subtitles"))


async def check_texttracks(trial: Trial, memory: Memory) -> None:
    found = [one["kind"] for one in await tracks(memory, record_id("demo"))]
    assert ("subtitles" in found) == trial.answers["other"]
    if trial.answers["gone"]:
        assert "captions" not in found
    elif trial.answers["first"] or trial.answers["second"]:
        assert "captions" in found


async def see_texttracks(memory: Memory) -> Any:
    return [(one["kind"], one["lang"]) for one in await tracks(memory, record_id("demo"))]


async def slides(trial: Trial) -> None:
    """Bring a document into a meeting."""
    await create(trial, "plain")
    await trial.ask("insert", insert(trial.memory, "plain", document("a.png", picture(size=(8, 8)))))
    trial.memory.advance(2)


async def check_slides(trial: Trial, memory: Memory) -> None:
    if trial.answers["create plain"] and trial.answers["insert"]:
        memory.advance(31)
        assert [(deck.document.name, deck.state) for deck in memory.meeting("plain").decks.values()] == [
            ("a.png", "ready")
        ]


async def see_slides(memory: Memory) -> Any:
    memory.advance(31)
    return [[(deck.document.name, deck.state) for deck in one.decks.values()] for one in memory.app.meetings]


async def imports(trial: Trial) -> None:
    """Ask for an archive to be taken in, as the command does."""
    memory = trial.memory
    archive = pack(memory.directory / "new.tar", recording())
    asked = {"path": str(archive), "unpublished": False}
    (memory.directory / "import").mkdir(exist_ok=True)
    (memory.directory / "import/a.ask").write_text(json.dumps(asked))
    memory.advance(3)
    answer = memory.directory / "import/a.answer"
    trial.answers["import"] = answer.exists() and json.loads(answer.read_text())[0][1] == "imported"


async def check_imports(trial: Trial, memory: Memory) -> None:
    there = places(memory.directory, record_id("demo"))
    assert there == {"published/presentation"} or not trial.answers["import"]


async def see_imports(memory: Memory) -> Any:
    listed = (await memory.call("getRecordings", state="any")).xml.findall("recordings/recording/recordID")
    return [one.text for one in listed]


@dataclass(frozen=True, kw_only=True)
class Calls:
    """Calls of one kind. ``check`` compares answers with a server, ``see`` returns all that one says of such things."""

    live: Callable[[Trial], Coroutine[Any, Any, None]]
    check: Callable[[Trial, Memory], Awaitable[None]]
    see: Callable[[Memory], Awaitable[Any]]
    prepare: Callable[[Path], object] = lambda _directory: None


KINDS = {
    "meetings": Calls(live=meetings, check=check_meetings, see=see_meetings),
    "recordings": Calls(live=recordings, check=check_recordings, see=see_recordings, prepare=lay_recordings),
    "tracks": Calls(live=texttracks, check=check_texttracks, see=see_texttracks, prepare=make),
    "slides": Calls(live=slides, check=check_slides, see=see_slides),
    "imports": Calls(live=imports, check=check_imports, see=see_imports),
}


def fresh(directory: Path, calls: Calls) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    calls.prepare(directory)


def operations(calls: Calls, directory: Path) -> tuple[int, int]:
    """Return how many operations a start takes, and how many with the calls."""
    fresh(directory, calls)
    disk = FailingDisk(-1, None, for_good=False)
    trial = Trial(Memory(directory=directory, disk=disk))
    start = disk.done

    async def live() -> None:
        await calls.live(trial)
        assert all(trial.answers.values()), trial.answers
        await calls.check(trial, trial.memory)

    now(live())
    trial.memory.hang_up()
    return start, disk.done


async def works(memory: Memory) -> None:
    """Assert that everything that changes something works."""
    for name in ("again", "plain"):
        answer = await memory.call("create", meetingID=name)
        assert answer.code == "SUCCESS", answer.body
    assert (await memory.call("end", meetingID="again")).code == "SUCCESS"
    hook = await memory.call("hooks/create", callbackURL=f"{RECEIVER}/again")
    assert hook.code == "SUCCESS"
    assert (await memory.call("hooks/destroy", hookID=hook.text("hookID"))).code == "SUCCESS"
    assert (await memory.call("getRecordings")).code == "SUCCESS"


async def fail(calls: Calls, disk: FailingDisk, directory: Path) -> None:
    """Have the disk fail while calls are made, then be good: it answers all the time, and agrees with itself."""
    trial = Trial(Memory(directory=directory, disk=disk))
    memory = trial.memory
    await calls.live(trial)
    assert (await memory.call("getMeetings")).code == "SUCCESS"
    disk.recover()
    memory.advance(61)
    await calls.check(trial, memory)
    before = await calls.see(memory)
    await works(memory)
    memory.hang_up()
    again = Memory(directory=directory, disk=FaultyDisk())
    again.advance(1)
    await calls.check(trial, again)
    assert (await again.call("end", meetingID="plain")).code == "SUCCESS"
    if not any(name.startswith("create") for name in trial.answers):
        assert await calls.see(again) == before
    again.hang_up()


def fail_at(name: str, places_of: Callable[[int, int], Iterable[int]], tmp_path: Path, seed: int) -> None:
    calls, directory, chance = KINDS[name], tmp_path / "data", random.Random(seed)
    print(f"seed {seed}")
    for place in places_of(*operations(calls, directory)):
        way, for_good = chance.choice(WAYS), chance.random() < 0.5
        print(f"operation {place} fails with {way}, {'for good' if for_good else 'once'}")
        fresh(directory, calls)
        now(fail(calls, FailingDisk(place, way, for_good=for_good), directory))


@pytest.mark.parametrize("name", KINDS)
def test_some_failures_of_the_disk_are_answered_and_over(name: str, tmp_path: Path, asked_for: set[str]) -> None:
    asked_for |= MAY_BE_SAID
    fail_at(name, lambda start, end: range(start + 1, end + 1, (end - start) // 4), tmp_path, random.randrange(10**6))


@pytest.mark.faults
@pytest.mark.parametrize(
    ("name", "apart"), [("meetings", 6), ("recordings", 6), ("tracks", 10), ("slides", 6), ("imports", 3)]
)
def test_a_failure_at_any_operation_is_answered_and_over(
    name: str, apart: int, tmp_path: Path, asked_for: set[str]
) -> None:
    """One in a few, from one that chance says; all of them are for the soak."""
    asked_for |= MAY_BE_SAID
    seed = apart
    fail_at(name, lambda start, end: range(start + 1 + seed % apart, end + 1, apart), tmp_path, seed)


@pytest.mark.faults
def test_a_start_that_the_disk_fails_succeeds_the_next_time(tmp_path: Path, asked_for: set[str]) -> None:
    """A start may be refused (exit 74), but it harms nothing."""
    asked_for |= MAY_BE_SAID
    chance = random.Random(1)
    calls, directory, before = KINDS["meetings"], tmp_path / "data", tmp_path / "before"
    fresh(before, calls)
    trial = Trial(Memory(directory=before))
    now(calls.live(trial))
    trial.memory.hang_up()

    async def check(memory: Memory) -> None:
        memory.advance(70)
        await calls.check(trial, memory)

    place = 0
    while True:
        place += 1
        shutil.rmtree(directory, ignore_errors=True)
        shutil.copytree(before, directory)
        disk = FailingDisk(place, chance.choice(WAYS), for_good=chance.random() < 0.5)
        print(f"operation {place} of the start fails")
        try:
            Memory(directory=directory, disk=disk).hang_up()
        except OSError:
            pass
        else:
            if disk.done < place:
                break
        memory = Memory(directory=directory)
        now(check(memory))
        memory.hang_up()


@pytest.mark.soak
@pytest.mark.parametrize("name", KINDS)
def test_each_operation_fails_in_each_way(name: str, tmp_path: Path, asked_for: set[str]) -> None:
    asked_for |= MAY_BE_SAID
    for seed in range(30):
        fail_at(name, lambda start, end: range(start + 1, end + 1), tmp_path, seed)
