"""A wrong checksum explained: to the log where that is set, to whoever asks in developer mode, else to nobody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness import SECRET, Daemon, Memory, awaited, checksum, run, signed

Make = Callable[..., Memory]
TARGET = f"/bigbluebutton/api/create?meetingID=demo&name=Geheim&checksum={checksum('', 'meetingID=demo&name=Geheim')}"


@awaited
async def test_an_answer_is_mute(memory: Memory, logged: list[Any]) -> None:
    answer = await memory.fetch(TARGET)
    assert (answer.key, answer.text("message")) == ("checksumError", "You did not pass the checksum security check")
    assert not [event for event in logged if event.get("event") == "checksum_explained"]


@awaited
async def test_the_log_can_be_told(memory_with: Make, logged: list[Any]) -> None:
    memory = memory_with(bbbd__explainChecksums="true")
    answer = await memory.fetch(TARGET)
    assert answer.text("message") == "You did not pass the checksum security check"
    (told,) = [event["why"] for event in logged if event.get("event") == "checksum_explained"]
    assert "call" in told.lower()
    assert SECRET not in told
    assert "Geheim" not in told


@awaited
async def test_developer_mode_tells_whoever_asks(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(arguments=["--developer"])
    answer = await daemon.fetch(TARGET)
    message = answer.text("message") or ""
    assert answer.key == "checksumError"
    assert message.startswith("You did not pass the checksum security check\n")
    assert "createmeetingID=demo&name=Geheim<secret>" in message
    assert checksum("create", "meetingID=demo&name=Geheim", algorithm="sha256") in message
    assert SECRET not in message


def test_the_command_tells_of_a_whole_url(tmp_path: Path) -> None:
    file = tmp_path / "own.properties"
    file.write_text(f"securitySalt={SECRET}\nbbbd.dataDir={tmp_path}\n")
    wrong = run("check", "--url", f"http://bbb.example.org{TARGET}", "--settings", str(file))
    assert wrong.returncode == 1
    assert "createmeetingID=demo&name=Geheim<secret>" in wrong.stdout
    assert SECRET not in wrong.stdout
    right = run(
        "check", "--url", f"http://bbb.example.org{signed('create', 'meetingID=demo')}", "--settings", str(file)
    )
    assert (right.returncode, right.stdout.splitlines()[0]) == (0, "The checksum is right.")
