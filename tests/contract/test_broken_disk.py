"""A disk that forgets, fills up or loses directories: what was answered stays, and all goes on without a restart."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness import Daemon, FaultyDisk, Memory, awaited
from sample_recordings import make, record_id
from twisted.logger import LogEvent

from bbbd.log import LogObserver
from bbbd.meetings.chat import Chatted
from bbbd.values.enums import LogFormat, LogLevel


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


@awaited
async def test_an_end_has_its_callback_on_the_disk_though_the_outbox_vanished(memory: Memory) -> None:
    await memory.call("create", meetingID="mm", meetingEndedURL="http://receiver.example/ended")
    shutil.rmtree(memory.directory / "outbox")
    assert (await memory.call("end", meetingID="mm")).code == "SUCCESS"
    assert len(list((memory.directory / "outbox").glob("*.json"))) == 1


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
    assert len(list(outbox.glob("*.json"))) == 1


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
