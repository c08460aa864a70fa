"""Meetings become recordings: when, in which states, what applications are told, and what becomes of failures."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from callback_receivers import Receiver
from harness import SECRET, Daemon, Memory, awaited, query_of, run, signed
from lxml import etree
from metrics_reader import scrape, value
from sample_documents import create, document, picture
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from websocket_clients import connected, inside

from bbbd.meetings.chat import Chatted
from bbbd.meetings.recording import RecordingMarked
from bbbd.storage.disk import Disk
from bbbd.storage.free_disk import FreeDisk

Make = Callable[..., Memory]
LOOPBACK = {"bbbd__callbackNetworks": "127.0.0.0/8"}
DAY = 24 * 3600


class Held:
    """The threads of processing, which hold what they are given until a test lets it go."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Deferred[Any], Callable[[], Any]]] = []

    def __call__(self, function: Callable[[], Any]) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()
        self.waiting.append((done, function))
        return done

    def release(self) -> None:
        """Do what waits."""
        waiting, self.waiting = self.waiting, []
        for done, function in waiting:
            done.callback(function())


async def meet(memory: Memory, name: str = "demo", marks: str = "on", /, **pairs: str) -> str:
    """Hold a meeting with a message and end it; return the id of its recording."""
    await memory.call("create", meetingID=name, name="Demo", moderatorPW="mp", **({"record": "true"} | pairs))
    ada = await memory.enter(name, "Ada", password="mp")
    if marks == "on":
        memory.happen(name, RecordingMarked(on=True, by=ada.user))
    memory.happen(name, Chatted(user=ada.user, text="Hello"))
    memory.advance(120)
    return await end(memory, name)


async def end(memory: Memory, name: str = "demo") -> str:
    internal = memory.meeting(name).internal_id
    assert (await memory.call("end", meetingID=name, password="mp")).code == "SUCCESS"
    return internal


async def listed(memory: Memory, **pairs: str) -> list[etree._Element]:
    return (await memory.call("getRecordings", **pairs)).xml.findall("recordings/recording")


async def states(memory: Memory) -> list[str | None]:
    return [one.findtext("state") for one in await listed(memory, state="any")]


def steps(memory: Memory) -> set[str]:
    """Return the status files, by directory and ending."""
    found = (memory.directory / "recording/status").glob("*/*.*")
    return {f"{path.parent.name}{path.suffix}" for path in found}


def recordings(directory: Path, *arguments: str, settings: str = "") -> Any:
    file = directory.parent / "own.properties"
    file.write_text(f"securitySalt={SECRET}\n{settings}")
    return run("recordings", *arguments, "--settings", str(file), "--data-dir", str(directory))


# When.


@awaited
async def test_a_recording_shows_at_once_and_goes_from_state_to_state(memory_with: Make) -> None:
    memory = memory_with()
    memory.processing = held = Held()
    memory.start()
    own = await meet(memory, meta_course="bio & <x>")
    (found,) = await listed(memory, state="processing")
    assert [found.findtext(name) for name in ("recordID", "meetingID", "name", "published", "participants")] == [
        own,
        "demo",
        "Demo",
        "false",
        "1",
    ]
    assert (found.findtext("metadata/course"), found.findtext("playback/format/url")) == ("bio & <x>", "")
    assert int(found.findtext("endTime") or 0) - int(found.findtext("startTime") or 0) == 120_000
    assert await listed(memory) == []
    series = await scrape(memory)
    assert value(series, "bbb_recordings_unprocessed") == 1
    assert value(series, "bbbd_jobs", kind="recordings", state="running") == 1
    seen = []
    queue = memory.app._recording_queue

    async def look(_id: str) -> None:
        seen.extend(await states(memory))

    queue.step_listeners.append(lambda name, *_rest, success: seen.append(name) if success else None)
    queue.ready_listeners.append(look)
    held.release()
    assert seen == ["process-ended", "publish-started", "published"]
    series = await scrape(memory)
    assert value(series, "bbb_recordings_unprocessed") == 0
    assert value(series, "bbbd_conversions_total", kind="recordings", outcome="done") == 1
    (found,) = await listed(memory)
    assert (found.findtext("state"), found.findtext("published"), found.findtext("recordID")) == (
        "published",
        "true",
        own,
    )
    assert found.findtext("playback/format/length") == "2"
    url = found.findtext("playback/format/url") or ""
    assert (await memory.fetch(url.removeprefix("http://bbb.example.org"))).status == 200
    assert b"Hello" in (await memory.fetch(f"/presentation/{own}/slides_new.xml")).body
    assert steps(memory) == {"archived.done", "sanity.done", "processed.done", "published.done"}
    assert not list((memory.directory / "recording/process/presentation").iterdir())
    assert b"PublicChatEvent" in (memory.directory / "recording/raw" / own / "events.xml").read_bytes()


@awaited
async def test_between_processing_and_publishing_it_is_processed(memory_with: Make) -> None:
    memory = memory_with()
    seen: list[str | None] = []
    real = memory.app._recording_queue._publish

    async def publish(record_id: str) -> Any:
        seen.extend(await states(memory))
        return await real(record_id)

    memory.app._recording_queue._publish = publish  # type: ignore[method-assign]
    await meet(memory)
    assert (seen, await states(memory)) == (["processed"], ["published"])


@awaited
async def test_without_marks_nothing_is_recorded_until_somebody_rebuilds_it(
    memory_with: Make, receiver: Receiver
) -> None:
    memory = memory_with(**LOOPBACK)
    ready: Any = {"meta_endCallbackUrl": receiver.url("/end"), "meta_bbb-recording-ready-url": receiver.url("/ready")}
    own = await meet(memory, "demo", "none", **ready)
    memory.advance(30)
    (got,) = await receiver.has(1)
    assert got.query["recordingmarks"] == "false"
    assert await states(memory) == []
    assert steps(memory) == {"archived.norecord"}
    memory.hang_up()
    told = await deferToThread(recordings, memory.directory, "rebuild", own)
    assert (told.stdout, told.stderr) == (f"rebuilt      {own}\n", "")
    await memory.restart()
    (found,) = await listed(memory)
    assert (found.findtext("recordID"), found.findtext("playback/format/length")) == (own, "2")
    assert steps(memory) == {"archived.done", "sanity.done", "processed.done", "published.done"}
    memory.advance(1)
    assert (await receiver.has(2))[1].target == "/ready"


@pytest.mark.parametrize("formats", ["presentation", "[video, Presentation]"])
@awaited
async def test_a_meeting_whose_formats_are_all_disabled_is_not_recorded(memory_with: Make, formats: str) -> None:
    memory = memory_with()
    pairs: Any = {"meta_bbb-disable-recording-formats": formats, "autoStartRecording": "true"}
    await meet(memory, "demo", "none", **pairs)
    assert (await states(memory), steps(memory)) == ([], {"archived.norecord"})


@awaited
async def test_other_disabled_formats_change_nothing(memory_with: Make) -> None:
    memory = memory_with()
    await meet(memory, "demo", "none", autoStartRecording="true", **{"meta_bbb-disable-recording-formats": "video"})
    assert await states(memory) == ["published"]


@awaited
async def test_a_meeting_that_is_neither_recorded_nor_kept_leaves_no_file(memory_with: Make) -> None:
    memory = memory_with()
    await meet(memory, "demo", "none", record="false")
    memory.advance(5)
    assert not (memory.directory / "recording").exists()
    assert not (memory.directory / "events").exists()


@awaited
async def test_kept_events_are_there_beside_the_recording(memory_with: Make) -> None:
    memory = memory_with()
    own = await meet(memory, meetingKeepEvents="true")
    journals = [memory.directory / tree / own / "journal.jsonl" for tree in ("events", "recording/raw")]
    assert journals[0].read_bytes() == journals[1].read_bytes()
    assert "ended.done" in steps(memory)


@awaited
async def test_a_breakout_room_records_as_its_parameters_say(memory_with: Make) -> None:
    memory = memory_with()
    await memory.call("create", meetingID="parent", moderatorPW="mp", record="true")
    await memory.enter("parent", "Ada", password="mp")
    of: Any = {"isBreakout": "true", "parentMeetingID": "parent", "autoStartRecording": "true"}
    own = await meet(memory, "room", "none", sequence="2", **of)
    await meet(memory, "other", "none", record="false", sequence="3", **of)
    (found,) = await listed(memory, state="any")
    assert [found.findtext(name) for name in ("recordID", "isBreakout", "breakout/sequence")] == [own, "true", "2"]
    assert found.findtext("breakout/parentId") == memory.meeting("parent").internal_id


@awaited
async def test_people_are_told_what_the_server_does_with_recordings(memory_with: Make) -> None:
    memory = memory_with(bbbd__publishRecordings="false")
    none = {"meta_bbb-disable-recording-formats": "presentation"}
    for name, pairs, can in (("yes", {}, True), ("no", none, False)):
        await memory.call("create", meetingID=f"{name}-1", record="true", **pairs)
        ada = await inside(memory, f"{name}-1", "Ada", role="MODERATOR")
        welcome = ada.last("welcome")
        assert (welcome["publishesRecordings"], welcome["meeting"]["record"]) == (False, can)
        assert ada.ask("record", on=True)["t"] == ("ok" if can else "no")


# Published, and told.


def payload(token: str) -> Any:
    middle = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


@awaited
async def test_applications_and_hooks_are_told_of_each_recording_once(memory_with: Make, receiver: Receiver) -> None:
    memory = memory_with(**LOOPBACK)
    await memory.call("hooks/create", callbackURL=receiver.url("/hook"), eventID=",".join(HOOKS))
    own = await meet(memory, **{"meta_bbb-recording-ready-url": receiver.url("/ready")})
    memory.advance(2)
    got = await receiver.has(len(HOOKS) + 1)
    ready = [one for one in got if one.target == "/ready"]
    assert [payload(one.form["signed_parameters"]) for one in ready] == [{"meeting_id": "demo", "record_id": own}]
    hooks = [one.event for one in got if one.target.startswith("/hook")]
    assert [one["id"] for one in hooks] == list(HOOKS)
    assert {one["attributes"]["record-id"] for one in hooks} == {own}
    assert {one["attributes"]["meeting"]["external-meeting-id"] for one in hooks} == {"demo"}
    assert [one["attributes"].get("success") for one in hooks] == [None, True, None, True, None, True]
    assert hooks[3]["attributes"]["workflow"] == "presentation"
    await memory.restart()
    memory.advance(60)
    assert len(receiver.got) == len(HOOKS) + 1


HOOKS = (
    "rap-archive-started",
    "rap-archive-ended",
    "rap-process-started",
    "rap-process-ended",
    "rap-publish-started",
    "rap-publish-ended",
)


@awaited
async def test_a_server_may_leave_new_recordings_unpublished(memory_with: Make, receiver: Receiver) -> None:
    memory = memory_with(bbbd__publishRecordings="false", **LOOPBACK)
    own = await meet(memory, **{"meta_bbb-recording-ready-url": receiver.url("/ready")})
    assert await states(memory) == ["unpublished"]
    assert (await memory.fetch(f"/presentation/{own}/slides_new.xml")).status == 404
    memory.advance(1)
    await receiver.has(1)
    await memory.call("publishRecordings", recordID=own, publish="true")
    assert await states(memory) == ["published"]
    assert (await memory.fetch(f"/presentation/{own}/slides_new.xml")).status == 200


@awaited
async def test_new_recordings_may_be_protected(memory_with: Make) -> None:
    memory = memory_with(bbbd__protectRecordings="true")
    await meet(memory)
    (found,) = await listed(memory)
    assert found.findtext("protected") == "true"


@awaited
async def test_a_new_recording_is_written_to_the_spool(memory_with: Make, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    memory = memory_with(bbbd__exportSpool=str(spool))
    own = await meet(memory)
    assert [path.name for path in spool.iterdir()] == [f"{own}.tar"]
    with tarfile.open(spool / f"{own}.tar") as archive:
        assert f"presentation/{own}/metadata.xml" in archive.getnames()


@awaited
async def test_a_spool_that_is_away_is_tried_again_and_nobody_waits_for_it(
    memory_with: Make, tmp_path: Path, asked_for: set[str]
) -> None:
    asked_for.add("recording_waits")
    spool = tmp_path / "spool"
    spool.write_text("in the way")
    memory = memory_with(bbbd__exportSpool=str(spool))
    own = await meet(memory)
    assert await states(memory) == ["published"]
    spool.unlink()
    memory.advance(5)
    assert [path.name for path in spool.iterdir()] == [f"{own}.tar"]
    assert not list(memory.directory.glob("recording/status/recorded/*"))


@awaited
async def test_what_is_deleted_while_its_archive_waits_stays_deleted(
    memory_with: Make, tmp_path: Path, asked_for: set[str]
) -> None:
    asked_for.add("recording_waits")
    spool = tmp_path / "spool"
    spool.write_text("in the way")
    memory = memory_with(bbbd__exportSpool=str(spool))
    own = await meet(memory)
    await memory.call("deleteRecordings", recordID=own)
    spool.unlink()
    memory.advance(5)
    assert await states(memory) == ["deleted"]
    assert not list(memory.directory.glob("recording/status/recorded/*"))


@awaited
async def test_a_text_track_that_comes_later_lands_in_it(memory_with: Make) -> None:
    memory = memory_with()
    own = await meet(memory)
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.vtt"\r\n\r\n'
        b"WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n\r\n--x--\r\n"
    )
    target = signed("putRecordingTextTrack", query_of({"recordID": own, "kind": "captions", "lang": "en"}))
    answer = await memory.fetch(target, "POST", {"Content-Type": "multipart/form-data; boundary=x"}, body)
    assert b"SUCCESS" in answer.body
    assert b"Hi" in (await memory.fetch(f"/presentation/{own}/caption_en.vtt")).body


@awaited
async def test_slides_are_in_the_recording(memory_with: Make) -> None:
    memory = memory_with()
    await create(memory, "demo", document("a.png", picture(size=(80, 60))), record="true", autoStartRecording="true")
    memory.advance(1)
    await memory.enter("demo", "Ada", password="mp")
    memory.advance(30)
    own = await end(memory)
    (image,) = (await listed(memory))[0].findall("playback/format/preview/images/image")
    path = (image.text or "").removeprefix("http://bbb.example.org")
    assert path.startswith(f"/presentation/{own}/presentation/")
    assert (await memory.fetch(path)).body.startswith(b"\x89PNG")


# Failures.


def break_processing(memory: Memory, tmp_path: Path, script: str) -> None:
    """Have another program run in place of the interpreter that processes."""
    program = tmp_path / "other-python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    memory.app._recording_queue._processes.python = str(program)


@awaited
async def test_raw_files_that_cannot_be_read_are_a_failure_with_a_reason(
    memory_with: Make, asked_for: set[str]
) -> None:
    asked_for.add("recording_failed")
    memory = memory_with()
    memory.processing = held = Held()
    memory.start()
    own = await meet(memory)
    journal = memory.directory / "recording/raw" / own / "journal.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole[:200] + b"x" + whole[201:])
    held.release()
    assert await states(memory) == []
    memory.advance(60)
    assert held.waiting == []
    told = await deferToThread(recordings, memory.directory, "list")
    assert f"{own}  failed       the journal cannot be read: line" in told.stdout
    shown = await deferToThread(recordings, memory.directory, "show", own)
    assert "step processed: failed: the journal cannot be read: line" in shown.stdout
    facts = json.loads((await deferToThread(recordings, memory.directory, "show", "--json", own)).stdout)
    assert facts["steps"][0]["outcome"] == "fail"
    assert facts["raw"] is True
    journal.write_bytes(whole)
    assert (await deferToThread(recordings, memory.directory, "rebuild", own)).returncode == 0
    assert "failed" not in (await deferToThread(recordings, memory.directory, "list")).stdout
    await memory.restart()
    assert await states(memory) == ["published"]


@awaited
async def test_processing_that_is_cut_off_is_tried_three_times(
    memory_with: Make, tmp_path: Path, asked_for: set[str]
) -> None:
    asked_for.add("recording_failed")
    count = tmp_path / "count"
    memory = memory_with()
    break_processing(memory, tmp_path, f"echo x >> {count}\nkill -9 $$")
    own = await meet(memory)
    assert await states(memory) == ["processing"]
    memory.advance(60)
    assert count.read_text().count("x") == 3
    assert await states(memory) == []
    told = await deferToThread(recordings, memory.directory, "show", own)
    assert "step processed: failed: was cut off 3 times: the process ended with status -9" in told.stdout
    assert not list(memory.directory.rglob(".bbbd-*"))


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("kill -XCPU $$", "takes more than 120 s of computing"),
        ("kill -SEGV $$", "breaks its processing, or needs more than 512 MiB"),
        ("echo 'is not good' >&2; exit 65", "is not good"),
    ],
)
@awaited
async def test_what_is_the_recordings_own_fault_is_tried_once(
    memory_with: Make, tmp_path: Path, asked_for: set[str], script: str, why: str
) -> None:
    asked_for.add("recording_failed")
    memory = memory_with()
    break_processing(memory, tmp_path, script)
    own = await meet(memory)
    memory.advance(10)
    assert f"failed       {why}" in (await deferToThread(recordings, memory.directory, "list")).stdout
    assert (
        own
        in (await deferToThread(recordings, memory.directory, "list", "--state", "failed", "--meeting", "demo")).stdout
    )


@awaited
async def test_a_disk_that_fails_in_the_process_costs_no_try(memory_with: Make, tmp_path: Path) -> None:
    memory = memory_with()
    python = memory.app._recording_queue._processes.python
    break_processing(memory, tmp_path, "echo 'no space' >&2; exit 74")
    await meet(memory)
    memory.advance(60)
    assert await states(memory) == ["processing"]
    memory.app._recording_queue._processes.python = python
    memory.advance(5)
    assert await states(memory) == ["published"]


@awaited
async def test_on_a_nearly_full_disk_recordings_wait(
    memory_with: Make, monkeypatch: pytest.MonkeyPatch, asked_for: set[str]
) -> None:
    asked_for.add("recording_waits")
    memory = memory_with()
    await memory.call("create", meetingID="demo", moderatorPW="mp", record="true", autoStartRecording="true")
    await memory.enter("demo", "Ada", password="mp")
    memory.advance(10)
    monkeypatch.setattr(FreeDisk, "is_low", True)
    await end(memory)
    memory.advance(20)
    assert await states(memory) == ["processing"]
    monkeypatch.undo()
    memory.advance(5)
    assert await states(memory) == ["published"]


@awaited
async def test_as_many_as_the_setting_says_are_processed_at_once(memory_with: Make) -> None:
    memory = memory_with(bbbd__processingJobs="2")
    memory.processing = held = Held()
    memory.start()
    for name in ("one", "two", "three"):
        await meet(memory, name)
    assert len(held.waiting) == 2
    held.release()
    assert len(held.waiting) == 1
    held.release()
    assert await states(memory) == ["published"] * 3


# Rebuilt.


@awaited
async def test_a_rebuild_replaces_what_there_is_and_keeps_what_was_changed(memory_with: Make) -> None:
    memory = memory_with()
    own = await meet(memory)
    await memory.call("updateRecordings", recordID=own, meta_topic="cells")
    await memory.call("publishRecordings", recordID=own, publish="false")
    file = memory.directory / "unpublished/presentation" / own / "slides_new.xml"
    file.write_text("broken")
    told = await deferToThread(recordings, memory.directory, "rebuild", own, own)
    assert (told.returncode, told.stdout) == (0, f"rebuilt      {own}\n")
    await memory.restart()
    (found,) = await listed(memory, state="any")
    assert (found.findtext("state"), found.findtext("metadata/topic")) == ("unpublished", "cells")
    assert "Hello" in file.read_text()


@awaited
async def test_a_rebuild_brings_a_deleted_recording_back(memory_with: Make) -> None:
    memory = memory_with()
    own = await meet(memory)
    await memory.call("deleteRecordings", recordID=own)
    assert (await deferToThread(recordings, memory.directory, "rebuild", own)).returncode == 0
    await memory.restart()
    assert await states(memory) == ["published"]
    assert not list(memory.directory.glob("deleted/*/*"))


@awaited
async def test_beside_a_server_a_rebuild_waits_for_it(memory_with: Make, tmp_path: Path) -> None:
    memory = memory_with()
    own = await meet(memory)
    (memory.directory / "published/presentation" / own / "slides_new.xml").write_text("broken")
    lock = Disk().lock(memory.directory / "lock")
    told = await deferToThread(recordings, memory.directory, "rebuild", own)
    assert (told.returncode, told.stdout) == (0, f"waiting      {own}\n")
    again = await deferToThread(recordings, memory.directory, "rebuild", own)
    assert (again.returncode, again.stderr) == (1, f"bbbd: {own} waits already, or is in work\n")
    memory.advance(5)
    assert b"Hello" in (await memory.fetch(f"/presentation/{own}/slides_new.xml")).body
    assert lock is not None
    os.close(lock)


@awaited
async def test_raw_files_of_another_server_become_a_recording_when_somebody_asks(
    memory_with: Make, tmp_path: Path
) -> None:
    memory = memory_with()
    own = await meet(memory, meta_course="biology")
    there = tmp_path / "there"
    raw = there / "recording/raw" / own
    raw.mkdir(parents=True)
    shutil.copy(memory.directory / "recording/raw" / own / "events.xml", raw)
    ticket = there / "recording/status/recorded" / f"{own}.done"
    ticket.parent.mkdir(parents=True)
    ticket.touch()
    other = Memory(directory=there)
    other.advance(10)
    # The other server's own scripts may still want it.
    assert (await states(other), ticket.exists()) == ([], True)
    other.hang_up()
    assert (await deferToThread(recordings, there, "rebuild", own)).stdout == f"rebuilt      {own}\n"
    await other.restart()
    (found,) = await listed(other)
    assert [found.findtext(name) for name in ("meetingID", "name", "metadata/course")] == ["demo", "Demo", "biology"]
    assert b"Hello" in (await other.fetch(f"/presentation/{own}/slides_new.xml")).body
    other.hang_up()


@pytest.mark.parametrize("record_id", ["../x", "nobody"])
def test_what_has_no_raw_files_is_not_rebuilt(tmp_path: Path, record_id: str) -> None:
    told = recordings(tmp_path, "rebuild", record_id)
    assert told.returncode == 1
    assert record_id in told.stderr
    assert not (tmp_path / "recording").exists()


# How long raw files are kept.


@awaited
async def test_raw_files_of_unmarked_meetings_go_after_two_weeks(memory_with: Make) -> None:
    memory = memory_with()
    marked = await meet(memory, "marked")
    await meet(memory, "unmarked", "none")
    for raw in memory.directory.glob("recording/raw/*"):
        os.utime(raw, (memory.timer.seconds() + 1_531_155_809, memory.timer.seconds() + 1_531_155_809))
    memory.advance(14 * DAY - 3600, step=3600)
    assert len(list(memory.directory.glob("recording/raw/*"))) == 2
    memory.advance(2 * 3600, step=3600)
    assert [path.name for path in memory.directory.glob("recording/raw/*")] == [marked]
    assert not list(memory.directory.glob("recording/status/*/*.norecord"))


@awaited
async def test_with_a_deleted_recording_its_raw_files_are_erased(memory_with: Make) -> None:
    memory = memory_with()
    own = await meet(memory)
    await memory.call("deleteRecordings", recordID=own)
    memory.advance(31 * DAY, step=3600)
    assert not [path for path in memory.directory.rglob("*") if own in path.name and "outbox" not in str(path)]


# A real server.


@awaited
async def test_a_killed_server_takes_its_recordings_up_again_and_tells_once(
    start_daemon: Callable[..., Daemon], receiver: Receiver
) -> None:
    daemon = start_daemon(settings={"bbbd.callbackNetworks": "127.0.0.0/8"})
    ready = {"meta_bbb-recording-ready-url": receiver.url("/ready"), "autoStartRecording": "true"}
    await daemon.call("create", meetingID="demo", moderatorPW="mp", record="true", **ready)
    with await connected(daemon, daemon, "demo", "Ada", password="mp"):
        await daemon.call("end", meetingID="demo", password="mp")
    await daemon.until_logged("recording_processing")
    await daemon.restart(signal.SIGKILL)
    await daemon.until_logged("recording_published")
    await daemon.until_logged("callback_done")
    (found,) = (await daemon.call("getRecordings", state="any")).xml.findall("recordings/recording")
    assert found.findtext("state") == "published"
    await daemon.restart(signal.SIGTERM)
    assert len(receiver.got) == 1
    assert list(daemon.directory.rglob(".bbbd-*")) == []
