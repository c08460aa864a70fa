"""Draining: a server takes no new meetings, everything else works, and ``bbbd drain`` says what is left."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import Daemon, Memory, awaited, run, until
from twisted.internet.defer import succeed
from websocket_clients import inside

from bbbd.meetings.draining import Draining

SOON = 1


def drain(directory: Path, action: str, status: int = 0) -> str:
    """Run ``bbbd drain`` and return what it prints."""
    done = run("drain", action, "--data-dir", str(directory), "--settings", "/dev/null")
    assert (done.returncode, done.stderr) == (status, "")
    return done.stdout.strip()


@awaited
async def test_only_new_meetings_are_refused(memory: Memory, logged: list[dict[str, object]]) -> None:
    await memory.call("create", meetingID="old", attendeePW="ap", moderatorPW="mp")
    drain(memory.directory, "on")
    memory.advance(SOON)
    refused = await memory.call("create", meetingID="new")
    assert (refused.code, refused.key) == ("FAILED", "serverDraining")
    assert (await memory.info("new")).key == "notFound"
    # A balancer that asks again is answered as ever, and people come, meet, go apart and leave.
    assert (await memory.call("create", meetingID="old", attendeePW="ap")).key == "duplicateWarning"
    with await inside(memory, "old", "Ada", password="mp") as ada:
        ada.say("chat.say", text="Hello")
        room = await memory.call("create", meetingID="room", isBreakout="true", parentMeetingID="old", sequence=1)
        assert room.code == "SUCCESS"
        assert (await memory.call("getMeetings")).xml.find("meetings/meeting") is not None
    assert (await memory.call("end", meetingID="old", password="mp")).code == "SUCCESS"
    # Over a restart, until it is switched off.
    await memory.restart()
    assert (await memory.call("create", meetingID="new")).key == "serverDraining"
    drain(memory.directory, "off")
    memory.advance(SOON)
    assert (await memory.call("create", meetingID="new")).code == "SUCCESS"
    told = [one["event"] for one in logged if str(one.get("event")).startswith("draining")]
    assert told == ["draining", "draining", "draining_ended"]
    assert all(one["audit"] for one in logged if one.get("event") in told)


@awaited
async def test_a_running_daemon_hears_of_it_and_the_command_says_what_is_left(
    start_daemon: Callable[..., Daemon],
) -> None:
    daemon = start_daemon()
    await daemon.call("create", meetingID="demo")
    assert drain(daemon.directory, "status", 1) == "not draining: 1 meeting, 0 people, 0 callbacks, 0 jobs"
    assert drain(daemon.directory, "on").startswith("draining: 1 meeting, 0 people, 0 callbacks, 0 jobs; new meetings")
    assert (await daemon.until_logged("draining"))["audit"]
    assert (await daemon.call("create", meetingID="new")).key == "serverDraining"
    drain(daemon.directory, "status", 1)
    assert (await daemon.call("end", meetingID="demo")).code == "SUCCESS"
    await until(lambda: not list((daemon.directory / "meetings").iterdir()))
    assert drain(daemon.directory, "status").startswith("drained: 0 meetings, 0 people, 0 callbacks, 0 jobs; new")
    drain(daemon.directory, "off")
    await daemon.until_logged("draining_ended")
    assert (await daemon.call("create", meetingID="new")).code == "SUCCESS"


@awaited
async def test_all_that_is_left_is_counted(memory: Memory) -> None:
    memory.settings["bbbd.callbackNetworks"] = ""
    await memory.restart()
    await memory.call("create", meetingID="one", meta_endCallbackUrl="http://192.0.2.1/end")
    await memory.call("create", meetingID="two", attendeePW="ap")
    for name in ("Ada", "Bob"):
        (await inside(memory, "two", name, password="ap")).hang_up()
    directory = memory.directory
    (directory / "meetings/strange.jsonl").write_text("not a journal\n")
    (directory / "outbox/000000000000001.json").write_text("{}")
    (directory / "import/uploads").mkdir(parents=True)
    for name in ("moves/x.json", "import/x.ask", "import/uploads/x.tar", "captions/inbox/x-1-track.json"):
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text("{}")
    done = run("drain", "--json", "--data-dir", str(directory))
    assert done.returncode == 1
    assert json.loads(done.stdout) == {
        "draining": False,
        "since": None,
        "meetings": 2,
        "people": 2,
        "callbacks": 1,
        "jobs": 4,
    }


def test_it_works_before_the_first_start(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    assert drain(directory, "on").startswith("drained: 0 meetings")
    first = (directory / "drain").stat().st_mtime_ns
    assert drain(directory, "on").startswith("drained: 0 meetings")
    assert (directory / "drain").stat().st_mtime_ns == first
    assert "new meetings are refused" in run("check", "--data-dir", str(directory), "--settings", "/dev/null").stdout
    assert drain(directory, "off") == "not draining: 0 meetings, 0 people, 0 callbacks, 0 jobs"
    assert drain(directory, "off").startswith("not draining")


@pytest.mark.parametrize("arguments", [("maybe",), ("on", "off")])
def test_wrong_usage_is_refused(arguments: tuple[str, ...]) -> None:
    assert run("drain", *arguments).returncode == 2


def test_a_disk_that_fails_changes_nothing(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    (directory / "drain").touch()

    def thread(function: Callable[[], int | None]) -> object:
        return succeed(None).addCallback(lambda _none: function())

    draining = Draining(directory, thread)  # type: ignore[arg-type]
    draining.start()
    assert draining.is_on
    directory.rename(tmp_path / "away")
    directory.write_text("no directory")
    draining.look()
    assert draining.is_on
    directory.unlink()
    draining.look()
    assert not draining.is_on
