"""A disk that forgets, fills up or loses directories: what was answered stays, and all goes on without a restart."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from harness import FORM, Answer, Daemon, FaultyDisk, Memory, awaited, checksum, query_of
from sample_documents import insert, picture
from sample_documents import settled as converted
from sample_recordings import make, record_id
from twisted.logger import LogEvent
from websocket_clients import inside

from bbbd.api.calls import CALLS
from bbbd.log import LogObserver
from bbbd.meetings.chat import Chatted
from bbbd.values.enums import LogFormat, LogLevel

T = TypeVar("T")


class ForgetfulDisk(FaultyDisk):
    """A disk whose sync may fail, and that then has lost what it was to sync, as Linux drops pages it cannot write."""

    def __init__(self) -> None:
        super().__init__()
        self.synced: dict[str, int] = {}

    def fdatasync(self, descriptor: int) -> None:
        path = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        try:
            super().fdatasync(descriptor)
        except OSError:
            os.truncate(path, self.synced.get(path, 0))
            raise
        self.synced[path] = os.fstat(descriptor).st_size


class Unsyncing(FaultyDisk):
    """A disk that syncs no directory while it is told not to."""

    def __init__(self) -> None:
        super().__init__()
        self.fails = False
        self.tries = 0

    def sync_directory(self, path: Path) -> None:
        self.tries += 1
        if self.fails:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().sync_directory(path)


def journal(memory: Memory, meeting_id: str) -> Path:
    return memory.directory / "meetings" / f"{memory.meeting(meeting_id).internal_id}.jsonl"


def chats(memory: Memory, meeting_id: str) -> list[str]:
    return [message.text for message in memory.meeting(meeting_id).chat]


@pytest.mark.parametrize("record", ["true", "false"])
@awaited
async def test_what_a_failed_sync_lost_is_written_anew_from_memory(
    tmp_path: Path, record: str, asked_for: set[str]
) -> None:
    asked_for |= {"sync_failed", "journal_broken", "journal_rebuilt"}
    disk = ForgetfulDisk()
    memory = Memory(directory=tmp_path / "data", disk=disk)
    await memory.call("create", meetingID="mm", attendeePW="ap", record=record)
    ada = await memory.enter("mm", "Ada", password="ap")
    memory.advance(1)
    memory.happen("mm", Chatted(user=ada.user, text="before"))
    disk.faults["fdatasync"] = OSError(errno.EIO, "Input/output error")
    assert (await memory.call("create", meetingID="other")).key == "internalError"
    del disk.faults["fdatasync"]
    memory.happen("mm", Chatted(user=ada.user, text="after"))
    memory.advance(11)
    assert (await memory.call("create", meetingID="third")).code == "SUCCESS"
    await memory.restart()
    assert chats(memory, "mm") == ["before", "after"]
    kinds = [json.loads(line).get("e") for line in journal(memory, "mm").read_bytes().splitlines()]
    assert kinds[1] == "Created", "a recording is made from all that happened"


@awaited
async def test_a_hook_whose_sync_failed_is_written_anew(tmp_path: Path, asked_for: set[str]) -> None:
    asked_for |= {"sync_failed", "mending_failed"}
    disk = ForgetfulDisk()
    memory = Memory(directory=tmp_path / "data", disk=disk)
    disk.faults["fdatasync"] = OSError(errno.EIO, "Input/output error")
    hook = {"callbackURL": "http://receiver.example/hook"}
    assert (await memory.call("hooks/create", **hook)).key == "internalError"
    del disk.faults["fdatasync"]
    memory.advance(11)
    assert (await memory.call("hooks/create", **hook)).key == "duplicateWarning"
    await memory.restart()
    assert len((await memory.call("hooks/list")).xml.findall("hooks/hook")) == 1


@awaited
async def test_a_directory_that_does_not_sync_is_tried_now_and_then(tmp_path: Path, asked_for: set[str]) -> None:
    asked_for |= {"sync_failed", "creation_not_noted", "disk_unseen"}
    disk = Unsyncing()
    memory = Memory(directory=tmp_path / "data", disk=disk)
    disk.fails, disk.tries = True, 0
    assert (await memory.call("create", meetingID="mm")).key == "internalError"
    memory.advance(60)
    assert disk.tries < 100
    disk.fails = False
    memory.advance(11)
    assert (await memory.call("create", meetingID="mm")).key == "duplicateWarning"


def _emptied(directory: Path) -> None:
    directory.mkdir()


def _old(directory: Path) -> None:
    shutil.copytree(directory.with_name("before"), directory)


def _gone(_directory: Path) -> None:
    """Leave it away."""


@pytest.mark.parametrize("put_back", [_emptied, _old, _gone])
@pytest.mark.parametrize("record", ["true", "false"])
@awaited
async def test_meetings_go_on_when_their_directory_vanished(
    memory: Memory, put_back: Callable[[Path], None], record: str, asked_for: set[str]
) -> None:
    asked_for.add("journal_rebuilt")
    directory = memory.directory / "meetings"
    for name in ("mm", "ends"):
        await memory.call("create", meetingID=name, attendeePW="ap", record=record)
    ada = await memory.enter("mm", "Ada", password="ap")
    memory.advance(1)
    shutil.copytree(directory, directory.with_name("before"))
    memory.happen("mm", Chatted(user=ada.user, text="one"))
    memory.happen("mm", Chatted(user=ada.user, text="two"))
    memory.advance(1)
    shutil.rmtree(directory)
    put_back(directory)
    memory.happen("mm", Chatted(user=ada.user, text="three"))
    assert (await memory.call("create", meetingID="new")).code == "SUCCESS"
    assert (await memory.call("end", meetingID="ends")).code == "SUCCESS"
    await memory.restart()
    assert [(await memory.info(name)).code for name in ("mm", "new", "ends")] == ["SUCCESS", "SUCCESS", "FAILED"]
    assert chats(memory, "mm") == ["one", "two", "three"]


@awaited
async def test_a_vanished_directory_is_noticed_by_a_round_too(memory: Memory, asked_for: set[str]) -> None:
    asked_for |= {"journal_rebuilt", "sync_failed"}
    await memory.call("create", meetingID="mm", attendeePW="ap")
    token = await memory.token("mm", "Ada", password="ap")
    shutil.rmtree(memory.directory / "meetings")
    memory.advance(11)
    await memory.restart()
    assert (await memory.fetch(f"/html5client/join?sessionToken={token}")).status == 200


@pytest.mark.parametrize("record", ["true", "false"])
@awaited
async def test_an_end_that_does_not_sync_says_so_and_is_put_away_later(
    tmp_path: Path, record: str, asked_for: set[str]
) -> None:
    asked_for |= {"sync_failed", "journal_broken", "journal_stays", "mending_failed"}
    disk = ForgetfulDisk()
    memory = Memory(directory=tmp_path / "data", disk=disk)
    await memory.call("create", meetingID="mm", record=record)
    internal = memory.meeting("mm").internal_id
    disk.faults["fdatasync"] = OSError(errno.EIO, "Input/output error")
    answer = await memory.call("end", meetingID="mm")
    assert (answer.code, answer.key) == ("FAILED", "internalError")
    assert "The meeting has ended" in (answer.text("message") or "")
    assert (await memory.info("mm")).key == "notFound"
    memory.advance(30)
    del disk.faults["fdatasync"]
    memory.advance(30)
    assert not list((memory.directory / "meetings").iterdir())
    kept = memory.directory / "recording" / "raw" / internal / "journal.jsonl"
    assert kept.exists() == (record == "true")
    assert (await memory.call("create", meetingID="mm")).code == "SUCCESS"


RECEIVER = "http://receiver.example/hook"


async def _set_config(memory: Memory) -> Answer:
    form = query_of({"configXML": "<config/>", "meetingID": "mm"})
    body = f"{form}&checksum={checksum('setConfigXML', form)}".encode()
    return await memory.fetch("/bigbluebutton/api/setConfigXML", "POST", {"Content-Type": FORM}, body)


async def _destroy(memory: Memory) -> Answer:
    hook = (await memory.call("hooks/list")).text("hooks/hook/hookID") or ""
    return await memory.call("hooks/destroy", hookID=hook)


async def _hooks(memory: Memory) -> list[str | None]:
    return [one.text for one in (await memory.call("hooks/list")).xml.findall("hooks/hook/callbackURL")]


async def _decks(memory: Memory) -> list[str]:
    return [deck.document.name for deck in memory.meeting("mm").decks.values()]


async def _is_running(memory: Memory, meeting_id: str) -> bool:
    return (await memory.info(meeting_id)).code == "SUCCESS"


@dataclass(frozen=True)
class Change:
    """A call that changes something, the words for it, and how to see that it has happened."""

    call: Callable[[Memory], Awaitable[Answer]]
    told: str
    has_happened: Callable[[Memory], Awaitable[bool]]


#: A row for each call whose answer waits for the disk.
CHANGES: dict[str, Change] = {
    "create": Change(
        lambda memory: memory.call("create", meetingID="new", attendeePW="ap", moderatorPW="mp"),
        "The meeting exists",
        lambda memory: _is_running(memory, "new"),
    ),
    "end": Change(
        lambda memory: memory.call("end", meetingID="ends"),
        "The meeting has ended",
        lambda memory: _not(_is_running(memory, "ends")),
    ),
    "insertDocument": Change(
        lambda memory: insert(memory, "mm", "<document url='http://receiver.example/a.png'/>"),
        "The documents were added",
        lambda memory: _equal(_decks(memory), ["a.png"]),
    ),
    "setConfigXML": Change(
        _set_config,
        "The config.xml was stored",
        lambda memory: _equal(_ready(list(memory.meeting("mm").configs.values())), ["<config/>"]),
    ),
    "sendChatMessage": Change(
        lambda memory: memory.call("sendChatMessage", meetingID="mm", message="hello"),
        "The message was sent",
        lambda memory: _equal(_ready(chats(memory, "mm")), ["hello"]),
    ),
    "hooks/create": Change(
        lambda memory: memory.call("hooks/create", callbackURL=f"{RECEIVER}/new"),
        "The hook is registered",
        lambda memory: _equal(_hooks(memory), [RECEIVER, f"{RECEIVER}/new"]),
    ),
    "hooks/destroy": Change(_destroy, "The hook was removed", lambda memory: _equal(_hooks(memory), [])),
}


async def _ready(value: T) -> T:
    return value


async def _not(happened: Awaitable[bool]) -> bool:
    return not await happened


async def _equal(found: Awaitable[object], wanted: object) -> bool:
    return await found == wanted


def test_every_call_that_waits_for_the_disk_says_what_has_happened() -> None:
    assert CHANGES.keys() == {row.name for row in CALLS.values() if row.changes}


@pytest.mark.parametrize("name", CHANGES)
@awaited
async def test_a_change_that_does_not_sync_is_told_and_stays(tmp_path: Path, name: str, asked_for: set[str]) -> None:
    """It was seen already, so it is not taken back: the answer says that it has happened, and it outlives a kill."""
    asked_for |= {"sync_failed", "journal_broken", "journal_stays", "mending_failed", "creation_not_noted"}
    asked_for.add("deck_failed")
    change, disk = CHANGES[name], Unsyncing()
    memory = Memory(directory=tmp_path / "data", disk=disk)
    for meeting in ("mm", "ends"):
        await memory.call("create", meetingID=meeting)
    await memory.call("hooks/create", callbackURL=RECEIVER)
    memory.advance(2)
    disk.faults["fdatasync"] = OSError(errno.EIO, "Input/output error")
    disk.fails = True
    answer = await change.call(memory)
    assert (answer.code, answer.key) == ("FAILED", "internalError")
    taken_later = "but the server's disk has not taken that yet; it is tried again until it does."
    assert answer.text("message") == f"{change.told}, {taken_later}"
    assert await change.has_happened(memory)
    disk.faults.clear()
    disk.fails = False
    await memory.restart()
    assert await change.has_happened(memory)
    disk.faults["fdatasync"] = OSError(errno.EIO, "Input/output error")
    memory.advance(30)
    del disk.faults["fdatasync"]
    memory.advance(30)
    assert (await memory.call("create", meetingID="later")).code == "SUCCESS"
    await memory.restart()
    assert await change.has_happened(memory)
    memory.hang_up()


@awaited
async def test_an_upload_that_does_not_sync_is_told_and_stays(memory: Memory, asked_for: set[str]) -> None:
    asked_for |= {"sync_failed", "document_not_stored", "mending_failed", "journal_broken"}
    await memory.call("create", meetingID="mm", moderatorPW="mp")
    ada = await inside(memory, "mm", "Ada", password="mp")
    memory.disk.faults["fdatasync"] = OSError(errno.EIO, "Input/output error")
    headers = {"Authorization": f"Bearer {ada.token}"}
    answer = await memory.fetch("/html5client/slides?name=a.png", "POST", headers, picture(size=(8, 8)))
    assert answer.status == 507
    assert "was added" in json.loads(answer.body)["why"]
    del memory.disk.faults["fdatasync"]
    assert await _decks(memory) == ["a.png"]
    await memory.restart()
    assert await _decks(memory) == ["a.png"]
    await converted(memory)


@awaited
async def test_an_end_has_its_callback_on_the_disk_though_the_outbox_vanished(memory: Memory) -> None:
    await memory.call("create", meetingID="mm", meetingEndedURL="http://receiver.example/ended")
    shutil.rmtree(memory.directory / "outbox")
    assert (await memory.call("end", meetingID="mm")).code == "SUCCESS"
    assert len(list((memory.directory / "outbox").glob("*.json*"))) == 1


@awaited
async def test_an_end_whose_callback_cannot_be_written_is_refused(memory: Memory, asked_for: set[str]) -> None:
    asked_for.add("call_failed")
    await memory.call("create", meetingID="mm", meetingEndedURL="http://receiver.example/ended")
    outbox = memory.directory / "outbox"
    shutil.rmtree(outbox)
    outbox.touch()
    assert (await memory.call("end", meetingID="mm")).key == "internalError"
    assert (await memory.info("mm")).code == "SUCCESS"
    outbox.unlink()
    assert (await memory.call("end", meetingID="mm")).code == "SUCCESS"
    assert len(list(outbox.glob("*.json*"))) == 1


@awaited
async def test_hooks_are_made_though_their_directory_vanished(memory: Memory) -> None:
    shutil.rmtree(memory.directory / "hooks")
    assert (await memory.call("hooks/create", callbackURL="http://receiver.example/hook")).code == "SUCCESS"
    await memory.restart()
    assert len((await memory.call("hooks/list")).xml.findall("hooks/hook")) == 1


@pytest.fixture
def within_a_minute() -> Iterator[None]:
    """Fail what hangs."""

    def hung(*_signal: object) -> None:
        raise TimeoutError("it hangs")

    before = signal.signal(signal.SIGALRM, hung)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("within_a_minute")
@pytest.mark.parametrize(
    "name",
    [
        "meetings/x.jsonl",
        "hooks/x.json",
        "outbox/000000000000001.json",
        "outbox/again/000000000000001.json",
        "moves/x.json",
        "moves/x.arrival",
        f"captions/inbox/{record_id('demo')}-1-track.json",
        f"captions/inbox/{record_id('demo')}-1-track.txt",
        f"captions/{record_id('demo')}/captions.json",
        f"published/presentation/{record_id('other')}/metadata.xml",
        f"deleted/presentation/{record_id('other')}/bbbd-deleted",
        "import/x.ask",
        "import/uploads/x.tar",
        "recordings.index",
        "newest",
        "configs/config.xml",
        "reserve",
    ],
)
@pytest.mark.parametrize("put", [os.mkfifo, os.mkdir])
@awaited
async def test_what_is_no_file_holds_up_nobody(
    memory: Memory, name: str, put: Callable[[Path], None], asked_for: set[str]
) -> None:
    asked_for |= {"journal_damaged", "hook_damaged", "callback_damaged", "move_unfinished", "track_note_damaged"}
    asked_for |= {"recordings_unseen", "disk_unseen", "creation_not_noted", "index_unwritten"}
    make(memory.directory)
    path = memory.directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.unlink()
    put(path)
    await memory.restart()
    memory.advance(40)
    assert (await memory.call("getRecordings")).code == "SUCCESS"
    assert (await memory.call("getDefaultConfigXML")).status == 200
    assert (await memory.call("create", meetingID="mm")).code == "SUCCESS"
    assert (await memory.call("end", meetingID="mm")).code == "SUCCESS"


@awaited
async def test_a_full_disk_writes_one_line_for_each_refused_call(
    memory: Memory, logged: list[LogEvent], asked_for: set[str]
) -> None:
    asked_for |= {"call_failed", "timer_failed", "creation_not_noted"}
    await memory.call("create", meetingID="mm", attendeePW="ap")
    memory.disk.faults["write"] = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    logged.clear()
    assert (await memory.call("join", meetingID="mm", fullName="A", password="ap")).key == "internalError"
    assert (await memory.call("create", meetingID="m2")).key == "internalError"
    memory.disk.faults.clear()
    memory.disk.short = True
    assert (await memory.call("create", meetingID="m3")).key == "internalError"
    lines: list[str] = []
    observer = LogObserver(lines.append, LogLevel.INFO, LogFormat.TEXT)
    for event in logged:
        observer(event)
    refused = [line for line in lines if "failed" in line]
    assert len(refused) == 3
    assert all(line.count("\n") == 1 and ("No space left" in line or "bytes written" in line) for line in refused)


@awaited
async def test_a_start_waits_a_moment_for_the_lock(start_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    held = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    fcntl.flock(held, fcntl.LOCK_EX)
    gone = threading.Timer(2, os.close, (held,))
    gone.start()
    daemon = start_daemon(directory=directory)
    gone.join()
    assert (await daemon.call("getMeetings")).code == "SUCCESS"
