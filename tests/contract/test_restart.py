"""A restart forgets nothing: meetings, seats, sessions and roles are as they were, whatever ended the daemon."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import Daemon, Memory, awaited, signed

from bbbd.meetings.chat import Chatted
from bbbd.meetings.event import GuestAnswered, LocksChanged, Microphone
from bbbd.meetings.hands import HandRaised
from bbbd.meetings.journal_format import read_journal
from bbbd.meetings.media import MediaChanged


async def story(memory: Memory) -> None:
    """Let a good deal happen in a meeting."""
    await memory.call(
        "create",
        meetingID="st",
        name="Story",
        attendeePW="ap",
        moderatorPW="mp",
        record="true",
        meta_x="y",
        autoStartRecording="true",
        guestPolicy="ASK_MODERATOR",
        maxParticipants=5,
    )
    moderator = await memory.enter("st", "Mo", password="mp", userID="m1")
    viewer = await memory.enter("st", "Vi", password="ap", userID="v1", **{"userdata-k": "v"})
    memory.happen("st", MediaChanged(user=viewer.user, microphone=Microphone.ON, cameras=1))
    memory.happen("st", Chatted(user=viewer.user, text="Hello 🎉 <b>"))
    memory.happen("st", HandRaised(user=viewer.user))
    memory.happen("st", LocksChanged(locks={"lock_cam": True}, by=moderator.user))
    await memory.token("st", "Waiting guest", password="ap", guest="true", userID="g1")
    await memory.token("st", "Let in", password="ap", guest="true", userID="g2")
    (_, let_in) = memory.meeting("st").waiting()
    memory.happen("st", GuestAnswered(users=(let_in.user,), admit=True, remember=True, by=moderator.user))


@awaited
async def test_all_that_happened_is_there_after_a_kill(memory: Memory) -> None:
    await story(memory)
    before = memory.meeting("st")
    info, meetings = (await memory.info("st")).body, (await memory.call("getMeetings")).body
    await memory.restart(30)
    after = memory.meeting("st")
    assert after is not before
    assert ((await memory.info("st")).body, (await memory.call("getMeetings")).body) == (info, meetings)
    assert after.sessions.keys() == before.sessions.keys()
    assert [message.text for message in after.chat] == ["Hello 🎉 <b>"]
    assert after.locks["lock_cam"]
    assert (after.recording, after.marked, after.presenter) == (True, True, before.presenter)
    assert [session.name for session in after.waiting()] == ["Waiting guest"]
    assert after.answers == {"g2": True}
    assert after.n == before.n + 1
    for token in before.sessions:
        assert (await memory.fetch(f"/html5client/join?sessionToken={token}")).status == 200


@awaited
async def test_everybody_has_a_grace_time_to_come_back(memory: Memory) -> None:
    await memory.call("create", meetingID="mm")
    await memory.enter("mm", "A", role="VIEWER")
    await memory.restart(3600)
    memory.advance(60)
    assert (await memory.info("mm")).text("participantCount") == "1"
    memory.advance(1)
    assert (await memory.info("mm")).text("participantCount") == "0"
    memory.advance(60)
    assert (await memory.info("mm")).code == "SUCCESS"
    memory.advance(2)
    assert (await memory.info("mm")).key == "notFound"


@awaited
async def test_waiting_timers_start_again_but_the_duration_counts_the_time_that_was_down(memory: Memory) -> None:
    await memory.call("create", meetingID="waits")
    await memory.call("create", meetingID="lasts", duration=10, meetingExpireIfNoUserJoinedInMinutes=0)
    memory.advance(200)
    await memory.restart(290)
    memory.advance(100)
    for name in ("waits", "lasts"):
        assert (await memory.info(name)).code == "SUCCESS"
    memory.advance(11)
    assert (await memory.info("lasts")).key == "notFound"
    memory.advance(189)
    assert (await memory.info("waits")).code == "SUCCESS"
    memory.advance(1)
    assert (await memory.info("waits")).key == "notFound"


@awaited
async def test_a_meeting_whose_time_was_over_meanwhile_ends(memory: Memory) -> None:
    await memory.call("create", meetingID="mm", duration=1)
    await memory.restart(3600)
    memory.advance(1)
    assert (await memory.info("mm")).key == "notFound"


@awaited
async def test_a_long_journal_is_written_anew_and_says_the_same(memory: Memory) -> None:
    await memory.call("create", meetingID="mm", attendeePW="ap", duration=300)
    person = await memory.enter("mm", "A", password="ap", userID="u1")
    for _ in range(500):
        memory.happen("mm", Chatted(user=person.user, text="x" * 10_000))
    path = memory.directory / "meetings" / f"{memory.meeting('mm').internal_id}.jsonl"
    assert path.stat().st_size > 5_000_000
    memory.meeting("mm").chat.clear()
    memory.advance(1)
    assert path.stat().st_size < 20_000
    memory.happen("mm", Chatted(user=person.user, text="after"))
    info, n = (await memory.info("mm")).body, memory.meeting("mm").n
    await memory.restart(100)
    assert (await memory.info("mm")).body == info
    assert memory.meeting("mm").n == n + 1
    assert [message.text for message in memory.meeting("mm").chat] == ["after"]
    memory.advance(59)
    assert (await memory.info("mm")).text("participantCount") == "1"
    memory.advance(2)
    assert (await memory.info("mm")).text("participantCount") == "0"


@awaited
async def test_what_is_recorded_is_moved_to_where_recordings_are_made_from(memory: Memory) -> None:
    await story(memory)
    internal = memory.meeting("st").internal_id
    memory.advance(1)
    await memory.call("end", meetingID="st", password="mp")
    raw = memory.directory / "recording" / "raw" / internal / "journal.jsonl"
    contents = read_journal(raw.read_bytes(), internal)
    assert type(contents.lines[-1].event).__name__ == "Ended"
    assert (memory.directory / "recording" / "status" / "archived" / f"{internal}.done").exists()
    assert not list((memory.directory / "meetings").iterdir())


@awaited
async def test_kept_events_are_moved_and_all_else_is_removed(memory: Memory) -> None:
    await memory.call("create", meetingID="kept", meetingKeepEvents="true")
    await memory.call("create", meetingID="gone")
    internal = memory.meeting("kept").internal_id
    for name in ("kept", "gone"):
        await memory.call("end", meetingID=name)
    assert [path.name for path in (memory.directory / "events").iterdir()] == [internal]
    assert not list((memory.directory / "meetings").iterdir())


@awaited
async def test_an_end_that_was_cut_short_is_finished_at_the_next_start(memory: Memory) -> None:
    await story(memory)
    internal = memory.meeting("st").internal_id
    path = memory.directory / "meetings" / f"{internal}.jsonl"
    whole = path.read_bytes()
    await memory.call("end", meetingID="st", password="mp")
    ended = (memory.directory / "recording" / "raw" / internal / "journal.jsonl").read_bytes()
    assert ended.startswith(whole)
    path.write_bytes(ended)
    await memory.restart()
    assert (await memory.info("st")).key == "notFound"
    assert not path.exists()


@awaited
async def test_a_disk_that_does_not_sync_is_not_believed(memory: Memory, asked_for: set[str]) -> None:
    asked_for |= {"sync_failed", "call_failed", "journal_broken"}
    await memory.call("create", meetingID="good")
    memory.disk.faults["fdatasync"] = OSError(5, "Input/output error")
    assert (await memory.call("create", meetingID="bad")).key == "internalError"
    assert (await memory.call("create", meetingID="worse")).key == "internalError"
    assert (await memory.info("good")).code == "SUCCESS"
    del memory.disk.faults["fdatasync"]
    memory.advance(11)
    assert (await memory.call("create", meetingID="again")).code == "SUCCESS"
    await memory.restart()
    for name in ("good", "again"):
        assert (await memory.info(name)).code == "SUCCESS"


@awaited
async def test_a_short_write_is_taken_back(memory: Memory, asked_for: set[str]) -> None:
    asked_for.add("call_failed")
    await memory.call("create", meetingID="mm", attendeePW="ap")
    memory.disk.short = True
    assert (await memory.call("join", meetingID="mm", fullName="A", password="ap")).key == "internalError"
    assert (await memory.call("create", meetingID="m2")).key == "internalError"
    memory.disk.short = False
    token = await memory.token("mm", "B", password="ap")
    await memory.restart()
    assert (await memory.fetch(f"/html5client/join?sessionToken={token}")).status == 200
    assert len(memory.meeting("mm").sessions) == 1
    assert (await memory.info("m2")).key == "notFound"


@awaited
async def test_a_torn_end_is_told_cut_off_and_kept_aside(memory: Memory, logged: list[dict[str, object]]) -> None:
    await story(memory)
    path = memory.directory / "meetings" / f"{memory.meeting('st').internal_id}.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"n":99,"t":15')
    info = (await memory.info("st")).body
    await memory.restart()
    assert (await memory.info("st")).body == info
    assert path.with_suffix(".torn").read_bytes() == b'{"n":99,"t":15'
    (told,) = [line for line in logged if line.get("event") == "journal_tail_cut"]
    assert told["bytes"] == 14
    await memory.call("end", meetingID="st", password="mp")
    assert not path.with_suffix(".torn").exists()


@awaited
async def test_a_damaged_journal_is_set_aside_and_all_others_live(memory: Memory, asked_for: set[str]) -> None:
    asked_for.add("journal_damaged")
    for name in ("m1", "m2", "m3"):
        await memory.call("create", meetingID=name, attendeePW="ap")
        await memory.token(name, "A", password="ap")
    paths = {name: memory.directory / "meetings" / f"{memory.meeting(name).internal_id}.jsonl" for name in ("m1", "m2")}
    first = paths["m1"].read_bytes().splitlines(keepends=True)
    paths["m1"].write_bytes(first[0] + first[1].replace(b"attendee", b"Attendee", 1) + first[2])
    newer = paths["m2"].read_bytes().splitlines(keepends=True)
    paths["m2"].write_bytes(newer[0] + newer[2] + newer[1])
    (memory.directory / "meetings" / "strange.jsonl").write_text("not a journal\nat all\n")
    (memory.directory / "meetings" / ".bbbd-unfinished").write_text("x")
    await memory.restart()
    assert [(await memory.info(name)).code for name in ("m1", "m2", "m3")] == ["FAILED", "FAILED", "SUCCESS"]
    kinds = sorted(path.suffix for path in (memory.directory / "meetings").iterdir())
    assert kinds == [".damaged", ".damaged", ".damaged", ".jsonl"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
@awaited
async def test_the_daemon_comes_back_with_everything(start_daemon: Callable[..., Daemon], how: signal.Signals) -> None:
    daemon = start_daemon()
    await daemon.call("create", meetingID="dd", name="Daemon", attendeePW="ap", meta_a="b")
    token = await daemon.token("dd", "Ada", password="ap")
    info = (await daemon.info("dd")).body
    await daemon.restart(how)
    assert (await daemon.info("dd")).body == info
    assert (await daemon.fetch(f"/html5client/join?sessionToken={token}")).status == 200
    assert (await daemon.call("create", meetingID="dd")).key == "duplicateWarning"


@awaited
async def test_the_daemon_takes_up_people_that_journals_tell_of(
    memory: Memory, start_daemon: Callable[..., Daemon]
) -> None:
    memory.wall_offset = 250_000_000
    await story(memory)
    memory.hang_up()
    daemon = start_daemon(directory=memory.directory)
    info = await daemon.info("st")
    assert (info.text("participantCount"), info.text("voiceParticipantCount"), info.text("videoCount")) == (
        "2",
        "1",
        "1",
    )
    assert (await daemon.call("isMeetingRunning", meetingID="st")).text("running") == "true"


@awaited
async def test_a_stop_is_a_success_and_answers_what_is_in_hand(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    with daemon.connect() as idle, daemon.connect() as busy:
        head = f"POST {signed('create', 'meetingID=in-hand')} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n"
        head += "Content-Length: 1\r\n\r\n"
        busy.sendall(head.encode())
        idle.sendall(b"GET /bigbluebutton/api HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"SUCCESS" in idle.recv(65536)
        os.kill(daemon.process.pid, signal.SIGTERM)
        assert idle.recv(65536) == b""
        busy.sendall(b"x")
        answer = b""
        while piece := busy.recv(65536):
            answer += piece
    assert b"SUCCESS" in answer
    assert daemon.wait() == 0
    daemon.start()
    assert (await daemon.info("in-hand")).code == "SUCCESS"


@awaited
async def test_one_daemon_at_a_time(start_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    daemon = start_daemon()
    other = Daemon(directory=daemon.directory)
    assert other.wait() == 73
    assert "in use by another bbbd" in json.dumps(other.log)


@awaited
async def test_a_meeting_can_end_on_a_full_disk(memory: Memory, asked_for: set[str]) -> None:
    asked_for |= {"call_failed", "timer_failed", "journal_stays"}
    await memory.call("create", meetingID="mm")
    memory.advance(6)
    reserve = memory.directory / "reserve"
    assert reserve.stat().st_size == 65_536
    memory.disk.full_until_gone = reserve
    assert (await memory.call("create", meetingID="m2")).key == "internalError"
    assert (await memory.call("end", meetingID="mm")).code == "SUCCESS"
    assert not reserve.exists()
    memory.disk.full_until_gone = None
    memory.advance(6)
    assert reserve.exists()


@awaited
async def test_rooms_that_could_not_end_with_their_parent_end_later(memory: Memory, asked_for: set[str]) -> None:
    asked_for.add("timer_failed")
    await memory.call("create", meetingID="parent")
    for name in ("room1", "room2"):
        await memory.call("create", meetingID=name, isBreakout="true", parentMeetingID="parent", sequence=1)
    path = memory.directory / "meetings" / f"{memory.meeting('room1').internal_id}.jsonl"
    path.rename(path.with_suffix(".away"))
    path.mkdir()
    assert (await memory.call("end", meetingID="parent")).code == "SUCCESS"
    assert [(await memory.info(name)).code for name in ("parent", "room1", "room2")] == ["FAILED", "SUCCESS", "FAILED"]
    path.rmdir()
    path.with_suffix(".away").rename(path)
    memory.advance(1)
    assert (await memory.info("room1")).key == "notFound"
    assert not list((memory.directory / "meetings").iterdir())


@awaited
async def test_of_two_meetings_with_one_id_the_newer_lives(memory: Memory) -> None:
    first = await memory.call("create", meetingID="dup")
    path = memory.directory / "meetings" / f"{memory.meeting('dup').internal_id}.jsonl"
    copy = path.read_bytes()
    await memory.call("end", meetingID="dup")
    memory.advance(5)
    second = await memory.call("create", meetingID="dup")
    path.write_bytes(copy)
    await memory.restart()
    assert (await memory.info("dup")).text("internalMeetingID") == second.text("internalMeetingID")
    assert (await memory.info(first.text("internalMeetingID") or "")).key == "notFound"
    assert not path.exists()
    await memory.call("end", meetingID="dup")
    assert (await memory.call("getMeetings")).key == "noMeetings"


@awaited
async def test_creation_times_do_not_go_back_over_a_restart(memory: Memory) -> None:
    first = await memory.call("create", meetingID="mm")
    memory.advance(1)
    await memory.call("end", meetingID="mm")
    memory.wall_offset = -3600
    await memory.restart()
    second = await memory.call("create", meetingID="mm")
    assert int(second.text("createTime") or 0) > int(first.text("createTime") or 0)


@awaited
async def test_files_that_others_could_read_are_closed_at_start(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(secret="")
    daemon.end()
    for name, mode in (("meetings", 0o755), ("configs", 0o755), ("secret", 0o644)):
        (daemon.directory / name).chmod(mode)
    (daemon.directory / ".bbbd-left").write_text("a secret, half written")
    daemon.start()
    modes = {name: (daemon.directory / name).stat().st_mode & 0o777 for name in ("meetings", "configs", "secret")}
    assert modes == {"meetings": 0o700, "configs": 0o700, "secret": 0o600}
    assert not (daemon.directory / ".bbbd-left").exists()


@awaited
async def test_memory_does_not_grow_by_meetings_that_are_gone(memory: Memory) -> None:
    for number in range(20):
        await memory.call("create", meetingID=f"m{number}")
        await memory.info(f"m{number}")
        await memory.call("end", meetingID=f"m{number}")
    assert not memory.app.server.descriptions._cache


@awaited
async def test_a_failed_sync_of_one_meeting_fails_no_later_call(memory: Memory, asked_for: set[str]) -> None:
    asked_for |= {"sync_failed", "journal_broken"}
    await memory.call("create", meetingID="mm")
    memory.disk.faults["fdatasync"] = OSError(5, "Input/output error")
    assert (await memory.call("create", meetingID="m2")).key == "internalError"
    del memory.disk.faults["fdatasync"]
    memory.advance(11)
    for number in range(10):
        assert (await memory.call("create", meetingID=f"n{number}")).code == "SUCCESS"
    assert not memory.app.server.rounds.broken


@awaited
async def test_slides_are_the_recordings_though_the_meeting_ended_at_once(memory: Memory) -> None:
    body = b"<modules><module name='presentation'><document name='a.pdf'>QUJD</document></module></modules>"
    headers = {"Content-Type": "text/xml"}
    await memory.query("create", "meetingID=quick&record=true", method="POST", headers=headers, body=body)
    await memory.call("end", meetingID="quick")
    (kept,) = memory.directory.glob("recording/raw/*/presentations/1.base64")
    assert kept.read_bytes() == b"QUJD"
