"""What pages record of themselves in a mesh: taken piece by piece, lost by nobody, refused by name."""

from __future__ import annotations

import errno
import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import Answer, Caller, Daemon, FaultyDisk, Memory, awaited, until
from recorded_pages import MESH, RecordingPage, close_pages, directory_of, page_at, recorded_pair, why
from twisted.internet.defer import Deferred
from websocket_clients import enter_at

Make = Callable[..., Memory]


@pytest.fixture(params=["memory", "daemon"])
def mesh(request: pytest.FixtureRequest) -> Iterator[Caller]:
    """A server with a mesh, once in memory and once as a daemon."""
    if request.param == "memory":
        yield request.getfixturevalue("memory_with")(**MESH)
    else:
        yield request.getfixturevalue("start_daemon")(settings=MESH)
    close_pages()


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Close the pages of a test."""
    yield
    close_pages()


def files(bbb: Caller) -> dict[str, bytes]:
    """Return what there is of uploads, by kind and ending."""
    return {
        f"{json.loads(head.read_bytes())['kind']}{ending}": head.with_suffix(ending).read_bytes()
        for head in (directory_of(bbb) / "recording/raw").glob("*/uploads/*.json")
        for ending in (".json", ".media", ".slices")
    }


@awaited
async def test_a_file_comes_in_pieces_and_is_told_in_the_journal(mesh: Caller) -> None:
    ada, _bob = await recorded_pair(mesh)
    began = ada.now()
    upload = await ada.begun()
    assert await ada.offset(upload) == 0
    first = await ada.adds(upload, 0, b"one", ada.now())
    assert (first.status, first.headers["upload-offset"], first.body) == (204, "3", b"")
    # An answer that was lost: the same again is refused, and the page learns where it is.
    again = await ada.adds(upload, 0, b"one", ada.now())
    assert (again.status, again.headers["upload-offset"], why(again)) == (409, "3", "Another offset is due.")
    assert (await ada.adds(upload, 3, b"", ada.now())).headers["upload-offset"] == "3"
    assert (await ada.adds(upload, 3, b"and more")).status == 204
    assert await ada.offset(upload) == 11
    wrong = await ada.done(upload, 12)
    assert (wrong.status, wrong.headers["upload-offset"]) == (409, "11")
    for _twice in range(2):
        assert (await ada.done(upload, 11)).status == 204
    more = await ada.adds(upload, 11, b"x")
    assert (more.status, why(more)) == (409, "This upload is complete.")
    found = files(mesh)
    assert found["microphone+camera.media"] == b"oneand more"
    lengths = [list(map(int, line.split())) for line in found["microphone+camera.slices"].splitlines()]
    assert [one[0] for one in lengths] == [3, 11]
    assert lengths[0][1] >= began
    assert lengths[1][1] == 0
    assert upload.startswith(f"{(await mesh.info('demo')).text('internalMeetingID')}_{ada.user}_")
    # The journal has each track from its begin to its end.
    [journal] = (directory_of(mesh) / "meetings").glob("*.jsonl")
    told = [one for one in map(json.loads, journal.read_text().splitlines()) if one.get("e") == "MediaKept"]
    assert [(one["track"], bool(one["end"]), one["engine"]) for one in told] == [
        ("microphone", False, "mesh"),
        ("camera", False, "mesh"),
        ("microphone", True, "mesh"),
        ("camera", True, "mesh"),
    ]
    assert {one["file"] for one in told} == {f"{upload}-audio-0.webm", f"{upload}-video-0.webm"}


Change = Callable[[RecordingPage, RecordingPage], Any]


def _agrees(_ada: RecordingPage, bob: RecordingPage) -> None:
    assert bob.ask("record.consent", agrees=True)["t"] == "ok"


def _refuses(_ada: RecordingPage, bob: RecordingPage) -> None:
    assert bob.ask("record.consent", agrees=False)["t"] == "ok"


def _stops(ada: RecordingPage, bob: RecordingPage) -> None:
    _agrees(ada, bob)
    assert ada.ask("record", on=False)["t"] == "ok"


def _is_cut(ada: RecordingPage, bob: RecordingPage) -> None:
    _agrees(ada, bob)
    assert ada.ask("media.stop", who=bob.user, kind="camera")["t"] == "ok"


def _nothing(_ada: RecordingPage, _bob: RecordingPage) -> None:
    return


#: What happens before, what is asked for, the status and the reason.
BEGINNINGS: tuple[tuple[Change, dict[str, Any], int, str], ...] = (
    (_nothing, {}, 403, "has not agreed"),
    (_refuses, {}, 403, "has not agreed"),
    (_stops, {}, 403, "Recording is not on"),
    (_is_cut, {}, 403, "does not send that now"),
    (_agrees, {"kind": "screen"}, 403, "does not send that now"),
    (_agrees, {"kind": "picture"}, 400, "kind must be one of: microphone, camera"),
    (_agrees, {"kind": 1}, 400, "Expected `str`"),
    (_agrees, {"mime": "video/x-matroska"}, 415, "mime must be one of: video/webm"),
    (_agrees, {"mime": "video/webm;" + "x" * 100}, 415, "mime must be one of: video/webm"),
    (_agrees, {"seq": -1}, 400, "seq must be a whole number"),
    (_agrees, {"seq": 1.5}, 400, "Expected `int`"),
    (_agrees, {"startedAt": 10**15}, 400, "startedAt must be a time of the server's clock"),
    (_agrees, {"startedAt": 0}, 400, "startedAt must be after recording was switched on"),
    (_agrees, {"user": "w_other"}, 400, "unknown field `user`"),
    (_agrees, {"bytes": "x" * 4096}, 413, "4,096"),
)


@pytest.mark.parametrize("place", range(len(BEGINNINGS)))
@awaited
async def test_what_may_not_be_recorded_does_not_begin(memory_with: Make, place: int) -> None:
    memory = memory_with(**MESH)
    before, wanted, status, reason = BEGINNINGS[place]
    ada, bob = await recorded_pair(memory, allowModsToEjectCameras="true")
    before(ada, bob)
    refused = await bob.begins(**wanted)
    assert (refused.status, reason in why(refused)) == (status, True), refused.body
    assert files(memory) == {}
    assert "MediaKept" not in next((memory.directory / "meetings").glob("*.jsonl")).read_text()


@awaited
async def test_what_is_malformed_or_not_ones_own_changes_nothing(mesh: Caller) -> None:
    ada, bob = await recorded_pair(mesh)
    upload = await ada.begun()
    assert (await ada.adds(upload, 0, b"one")).status == 204
    before = files(mesh)
    fetch, none = ada.fetch, upload.replace(ada.user, "w_nobody")
    asked: tuple[tuple[Any, int, str], ...] = (
        (fetch(f"/{upload}", "PATCH", b"x"), 400, "Upload-Offset must be a whole number."),
        (fetch(f"/{upload}", "PATCH", b"x", Upload_Offset="-3"), 400, "Upload-Offset must be a whole number."),
        (
            fetch(f"/{upload}", "PATCH", b"x", Upload_Offset="3", Slice_At="soon"),
            400,
            "Slice-At must be a whole number.",
        ),
        (fetch(f"/{upload}", "PATCH", b"x", Upload_Offset="3", Slice_At="1"), 400, "Slice-At must be a time of"),
        (fetch(f"/{upload}", "PATCH", bytes((4 << 20) + 1), Upload_Offset="3"), 413, "A piece has at most 4,194,304"),
        (ada.adds(upload, 4, b"x"), 409, "Another offset is due."),
        (ada.adds(none, 0, b"x"), 404, "There is no such upload."),
        (ada.adds("../../x", 0, b"x"), 404, "There is no such upload."),
        (ada.adds("x", 0, b"x"), 404, "There is no such upload."),
        (bob.adds(upload, 3, b"x"), 403, "This is another person's upload."),
        (bob.done(upload, 3), 403, "This is another person's upload."),
        (fetch(f"/{upload}/done", "POST", b"{"), 400, "The body is not as it must be"),
        (fetch(f"/{upload}/done", "POST", b'{"bytes":-1}'), 409, "Another length is here."),
        (fetch(f"/{upload}/more", "POST", b"{}"), 404, "There is no such upload."),
        (fetch("", "PATCH", b"x"), 405, "Only POST is answered here."),
        (fetch(f"/{upload}", "PUT", b"x"), 405, "Only HEAD, PATCH is answered here."),
        (fetch("", "POST", b"[]"), 400, "The body is not as it must be"),
        (mesh.fetch("/html5client/media", "POST"), 401, "The session token is missing"),
        (mesh.fetch(f"/html5client/media/{upload}", "HEAD"), 401, ""),
        (mesh.fetch("/html5client/media", "POST", {"Authorization": "Bearer x"}, b"{}"), 403, "This is for those"),
    )
    for answer, status, reason in asked:
        refused = await answer
        assert (refused.status, refused.headers["content-type"]) == (status, "application/json;charset=utf-8")
        assert not reason or reason in why(refused), refused.body
    assert (await bob.fetch(f"/{upload}", "HEAD")).status == 403
    assert files(mesh) == before
    assert (await ada.adds(upload, 3, b"two")).status == 204


@awaited
async def test_who_guesses_is_refused_and_nobody_else(memory_with: Make) -> None:
    memory = memory_with(**MESH)
    ada, _bob = await recorded_pair(memory)
    upload = await ada.begun()
    for number in range(30):
        guess = {"Authorization": f"Bearer {number}"}
        assert (await memory.fetch(f"/html5client/media/{upload}", "HEAD", guess)).status == 403
    assert (await memory.fetch(f"/html5client/media/{upload}", "HEAD", guess)).status == 429
    assert await ada.offset(upload) == 0
    # The page of a meeting that is over has a token that no server knows, and goes on all the same.
    assert (await memory.call("end", meetingID="demo")).code == "SUCCESS"
    memory.advance(1200)
    for number in range(30):
        guess = {"Authorization": f"Bearer {number}"}
        assert (await memory.fetch(f"/html5client/media/{upload}", "HEAD", guess)).status == 403
    assert (await memory.fetch(f"/html5client/media/{upload}", "HEAD", guess)).status == 429
    assert (await ada.adds(upload, 0, b"late")).status == 204


@awaited
async def test_a_server_that_keeps_sound_alone_or_nothing_takes_no_more(memory_with: Make) -> None:
    memory = memory_with(**MESH, bbbd__recordMedia="sound")
    ada, _bob = await recorded_pair(memory)
    assert ada.member.last("welcome")["media"]["keeps"] == "sound"
    refused = await ada.begins()
    assert (refused.status, why(refused)) == (403, "This server does not keep that (bbbd.recordMedia).")
    await ada.begun("microphone")
    assert set(files(memory)) == {"microphone.json", "microphone.media", "microphone.slices"}


@awaited
async def test_a_server_with_another_engine_has_pages_record_nothing(memory: Memory) -> None:
    await memory.call("create", meetingID="demo", record="true")
    ada = await page_at(memory, "Ada", "MODERATOR")
    refused = await ada.begins()
    assert (refused.status, why(refused)) == (409, "On this server pages do not record.")


@awaited
async def test_there_is_a_most_for_a_person_and_a_meeting(memory_with: Make) -> None:
    memory = memory_with(**MESH, bbbd__maxRecordedOfPerson="1 MiB", bbbd__maxRecordedOfMeeting="1536 KiB")
    ada, bob = await recorded_pair(memory)
    assert bob.ask("record.consent", agrees=True)["t"] == "ok"
    upload, other = await ada.begun(), await bob.begun()
    assert (await ada.adds(upload, 0, bytes(1 << 20))).status == 204
    refused = await ada.adds(upload, 1 << 20, b"x")
    assert (refused.status, why(refused)) == (413, "A person has at most 1,048,576 bytes in a meeting.")
    refused = await bob.adds(other, 0, bytes((512 << 10) + 1))
    assert (refused.status, why(refused)) == (413, "A meeting has at most 1,572,864 bytes of what pages record.")
    assert await bob.offset(other) == 0
    assert (await bob.adds(other, 0, bytes(512 << 10))).status == 204
    assert (await bob.begins(seq=2)).status == 201


class WhileWriting(FaultyDisk):
    """A disk that has something happen while it writes what a page recorded, once."""

    meanwhile: Callable[[], Any] | None = None

    def append(self, path: Path, data: bytes, length: int) -> None:
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            happens()
        super().append(path, data, length)


@awaited
async def test_who_sends_pieces_too_fast_waits_and_goes_on(memory_with: Make) -> None:
    memory = memory_with(**MESH)
    ada, bob = await recorded_pair(memory)
    assert bob.ask("record.consent", agrees=True)["t"] == "ok"
    upload, other = await ada.begun(), await ada.begun(seq=2)
    for number in range(100):
        assert (await ada.adds(upload, number, b"x")).status == 204
    for one in (upload, other):
        refused = await ada.adds(one, 100, b"x")
        assert (refused.status, why(refused)) == (429, "A person sends at most 20 pieces a second.")
        assert (refused.headers["retry-after"], "upload-offset" in refused.headers) == ("1", False)
    assert (await bob.adds(await bob.begun(), 0, b"x")).status == 204
    assert await ada.offset(upload) == 100
    memory.advance(1)
    for number in range(20):
        assert (await ada.adds(upload, 100 + number, b"x")).status == 204
    assert (await ada.adds(upload, 120, b"x")).status == 429


@awaited
async def test_a_piece_that_cannot_be_noted_is_refused_and_nothing_is_lost(memory_with: Make) -> None:
    memory = memory_with(**MESH)
    ada, _bob = await recorded_pair(memory)
    upload = await ada.begun()
    assert (await ada.adds(upload, 0, b"one")).status == 204
    [slices] = (directory_of(memory) / "recording/raw").glob("*/uploads/*.slices")
    line = slices.read_bytes()
    slices.write_bytes(line * ((8 << 20) // len(line)))
    await memory.restart()
    assert await ada.offset(upload) == 3
    refused = await ada.adds(upload, 3, b"more")
    assert (refused.status, why(refused)) == (
        413,
        "This upload has too many pieces: what is noted of them is 8,388,608 bytes.",
    )
    assert await ada.offset(upload) == 3
    assert (await ada.done(upload, 3)).status == 204


@awaited
async def test_pieces_that_come_at_once_are_not_more_than_the_most(tmp_path: Path) -> None:
    disk = WhileWriting()
    memory = Memory(directory=tmp_path, settings=MESH | {"bbbd.maxRecordedOfPerson": "1 MiB"}, disk=disk)
    ada, _bob = await recorded_pair(memory)
    one, two = await ada.begun(), await ada.begun(seq=2)
    meanwhile: list[Deferred[Answer]] = []
    disk.meanwhile = lambda: meanwhile.append(Deferred.fromCoroutine(ada.adds(two, 0, bytes(600 << 10))))
    assert (await ada.adds(one, 0, bytes(600 << 10))).status == 204
    [refused] = [await answer for answer in meanwhile]
    assert (refused.status, why(refused)) == (413, "A person has at most 1,048,576 bytes in a meeting.")
    # What was written is counted once.
    assert (await ada.adds(two, 0, bytes(424 << 10))).status == 204


@awaited
async def test_the_same_begin_again_is_the_same_file(memory_with: Make) -> None:
    memory = memory_with(**MESH)
    ada, bob = await recorded_pair(memory)
    at = ada.now()
    upload = await ada.begun(startedAt=at)
    assert await ada.begun(startedAt=at) == upload
    assert await ada.begun(startedAt=at, seq=2) != upload
    assert bob.ask("record.consent", agrees=True)["t"] == "ok"
    assert await bob.begun(startedAt=at) != upload


@awaited
async def test_a_kill_before_the_journal_has_a_file_loses_none_of_it(memory_with: Make) -> None:
    memory = memory_with(**MESH)
    ada, _bob = await recorded_pair(memory)
    at = ada.now()
    upload = await ada.begun(startedAt=at)
    [journal] = (memory.directory / "meetings").glob("*.jsonl")

    def kept() -> list[tuple[str, bool]]:
        told = [one for one in map(json.loads, journal.read_text().splitlines()) if one.get("e") == "MediaKept"]
        return [(one["file"].removeprefix(upload), "end" in one and one["end"] > 0) for one in told]

    began = [("-audio-0.webm", False), ("-video-0.webm", False)]
    assert kept() == began
    # The kill comes when the file is on the disk, and before the journal has either of its tracks.
    lines = journal.read_bytes().splitlines(keepends=True)
    assert all(b'"MediaKept"' in line for line in lines[-2:])
    journal.write_bytes(b"".join(lines[:-2]))
    await memory.restart()
    ada = RecordingPage(memory, enter_at(memory, ada.token))
    ada.sends("microphone", "camera")
    assert kept() == []
    for _twice in range(2):
        assert await ada.begun(startedAt=at) == upload
        assert kept() == began
    assert (await ada.adds(upload, 0, b"one")).status == 204
    assert (await ada.done(upload, 3)).status == 204
    assert await ada.begun(startedAt=at) == upload
    assert kept() == [*began, ("-audio-0.webm", True), ("-video-0.webm", True)]


@pytest.mark.parametrize("how", ["mark", "consent", "camera", "leaving"])
@awaited
async def test_tracks_end_by_the_rules_by_which_they_began(memory_with: Make, how: str) -> None:
    memory = memory_with(**MESH)
    ada, bob = await recorded_pair(memory)
    assert bob.ask("record.consent", agrees=True)["t"] == "ok"
    upload = await bob.begun()
    assert (await bob.adds(upload, 0, b"one")).status == 204
    bob.member.until(lambda: len(bob.member.events("MediaKept")) == 2)
    assert not ada.member.events("MediaKept")
    if how == "mark":
        assert ada.ask("record", on=False)["t"] == "ok"
    elif how == "consent":
        assert bob.ask("record.consent", agrees=False)["t"] == "ok"
    elif how == "camera":
        bob.sends("microphone")
    else:
        bob.member.say("leave")
    [journal] = (memory.directory / "meetings").glob("*.jsonl")
    told = [one for one in map(json.loads, journal.read_text().splitlines()) if one.get("e") == "MediaKept"]
    ended = [one["track"] for one in told if bool(one["end"])]
    assert ended == (["camera"] if how == "camera" else ["microphone", "camera"])
    # What had been recorded before still comes, unless the person took their word back.
    late = await bob.adds(upload, 3, b"two")
    assert late.status == (403 if how == "consent" else 204)


class FullForMedia(FaultyDisk):
    """A disk that has no room for what pages recorded."""

    is_full = False

    def append(self, path: Path, data: bytes, length: int) -> None:
        if self.is_full and path.suffix == ".media":
            raise OSError(errno.ENOSPC, "No space left on device")
        super().append(path, data, length)


@awaited
async def test_a_full_disk_is_told_to_moderators_and_loses_nothing(tmp_path: Path, asked_for: set[str]) -> None:
    asked_for.add("media_not_recorded")
    disk = FullForMedia()
    memory = Memory(directory=tmp_path, settings=MESH, disk=disk)
    ada, bob = await recorded_pair(memory)
    assert bob.ask("record.consent", agrees=True)["t"] == "ok"
    upload = await bob.begun()
    assert (await bob.adds(upload, 0, b"one")).status == 204
    disk.is_full = True
    refused = await bob.adds(upload, 3, b"two")
    assert (refused.status, why(refused)) == (507, "The server cannot store it.")
    disk.is_full = False
    ada.member.until(lambda: len(ada.member.events("MediaCut")) == 2)
    assert {(one["user"], one["why"]) for one in ada.member.events("MediaCut")} == {(bob.user, "disk")}
    assert await bob.offset(upload) == 3
    assert (await bob.adds(upload, 3, b"two")).status == 204
    assert files(memory)["microphone+camera.media"] == b"onetwo"
    bob.member.until(lambda: [one["on"] for one in bob.member.events("MediaKept")] == [True] * 4)


@awaited
async def test_pieces_come_after_the_meeting_for_an_hour(memory_with: Make) -> None:
    memory = memory_with(**MESH)
    ada, _bob = await recorded_pair(memory)
    upload = await ada.begun()
    assert (await ada.adds(upload, 0, b"one")).status == 204
    assert (await memory.call("end", meetingID="demo")).code == "SUCCESS"
    assert (await ada.adds(upload, 3, b"two")).status == 204
    assert (await memory.fetch(f"/html5client/media/{upload}", "HEAD", {"Authorization": "Bearer x"})).status == 403
    # The token of the session counts, though no server knows it any more.
    await memory.restart(3500)
    assert await ada.offset(upload) == 6
    assert (await ada.adds(upload, 6, b"three")).status == 204
    memory.advance(200)
    refused = await ada.adds(upload, 11, b"four")
    assert (refused.status, why(refused)) == (410, "The meeting ended more than 60 minutes ago.")
    assert (await ada.begins(seq=2)).status == 403


@pytest.mark.parametrize(("is_over", "restarts"), [(False, False), (False, True), (True, False), (True, True)])
@awaited
async def test_who_was_removed_for_good_sends_for_two_minutes_more(
    memory_with: Make, *, is_over: bool, restarts: bool
) -> None:
    memory = memory_with(**MESH)
    ada, bob = await recorded_pair(memory)
    assert bob.ask("record.consent", agrees=True)["t"] == "ok"
    mine, his = await ada.begun(), await bob.begun()
    assert ada.ask("remove", who=bob.user, forGood=True)["t"] == "ok"
    if is_over:
        assert (await memory.call("end", meetingID="demo")).code == "SUCCESS"
    memory.advance(110)
    assert (await bob.adds(his, 0, b"one")).status == 204
    memory.advance(20)
    if restarts:
        await memory.restart()
        assert (await bob.offset(his), await ada.offset(mine)) == (3, 0)
    refused = await bob.adds(his, 3, b"two")
    assert (refused.status, why(refused)) == (410, "This person was removed from the meeting.")
    assert (await ada.adds(mine, 0, b"one")).status == 204


@awaited
async def test_a_kill_between_two_pieces_costs_nothing(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(settings=MESH)
    ada, _bob = await recorded_pair(daemon)
    upload = await ada.begun()
    data = b"".join(b"%06d\n" % number for number in range(60_000))
    size = 0
    for kill in range(3):
        for _piece in range(2):
            end = size + 50_000
            assert (await ada.adds(upload, size, data[size:end])).status == 204
            size = end
        await daemon.restart(signal.SIGKILL)
        if kill:
            # A piece for a file that the server has not looked at yet: it learns where it is, and goes on.
            told = await ada.adds(upload, size, data[size:])
            assert (told.status, told.headers["upload-offset"]) == (409, str(size))
        assert await ada.offset(upload) == size
    assert (await ada.done(upload, size)).status == 204
    assert files(daemon)["microphone+camera.media"] == data[:size]


@awaited
async def test_bytes_that_were_never_answered_are_written_over(tmp_path: Path, memory_with: Make) -> None:
    memory = memory_with(**MESH)
    ada, _bob = await recorded_pair(memory)
    upload = await ada.begun()
    assert (await ada.adds(upload, 0, b"one")).status == 204
    # A kill after the bytes and before their line, and one in the middle of the line.
    [media] = tmp_path.glob("recording/raw/*/uploads/*.media")
    media.write_bytes(b"oneNEVER ANSWERED")
    slices = media.with_suffix(".slices")
    slices.write_bytes(slices.read_bytes() + b"9 0 15")
    await memory.restart()
    assert await ada.offset(upload) == 3
    assert (await ada.adds(upload, 3, b"two")).status == 204
    assert media.read_bytes() == b"onetwo"
    assert slices.read_bytes().count(b"\n") == 2


@awaited
async def test_a_recording_waits_for_what_pages_still_send(memory_with: Make) -> None:
    memory = memory_with(**MESH)
    ada, bob = await recorded_pair(memory)
    assert bob.ask("record.consent", agrees=True)["t"] == "ok"
    mine, his = await ada.begun(), await bob.begun()
    for one, upload in ((ada, mine), (bob, his)):
        assert (await one.adds(upload, 0, b"nonsense")).status == 204
    memory.advance(30)
    assert (await memory.call("end", meetingID="demo")).code == "SUCCESS"
    memory.advance(120)
    assert await states(memory) == ["processing"]
    assert (await ada.done(mine, 8)).status == 204
    assert (await bob.adds(his, 8, b"!")).status == 204
    memory.advance(480)
    assert await states(memory) == ["processing"]
    # Ten minutes without a byte: his page is gone.
    memory.advance(130)
    await until(lambda: not memory.app.busy())
    assert await states(memory) == ["published"]
    before = made(memory)
    # It comes back, and the recording is made again of what there is then; a restart forgets none of it.
    assert (await bob.adds(his, 9, b"!")).status == 204
    memory.advance(10)
    assert made(memory) == before
    await memory.restart()
    memory.advance(10)
    assert made(memory) == before
    assert (await bob.offset(his), (await bob.done(his, 10)).status) == (10, 204)
    memory.advance(10)
    await until(lambda: not memory.app.busy())
    assert made(memory) != before
    assert await states(memory) == ["published"]
    # All is there: nothing is left to do.
    before = made(memory)
    memory.advance(700)
    assert made(memory) == before


@awaited
async def test_no_recording_waits_for_those_who_refused(memory_with: Make) -> None:
    memory = memory_with(**MESH)
    _ada, bob = await recorded_pair(memory)
    assert bob.ask("record.consent", agrees=True)["t"] == "ok"
    upload = await bob.begun()
    assert (await bob.adds(upload, 0, b"nonsense")).status == 204
    assert bob.ask("record.consent", agrees=False)["t"] == "ok"
    refused = await bob.adds(upload, 8, b"more")
    assert (refused.status, why(refused)) == (403, "This person refused to be recorded.")
    memory.advance(30)
    assert (await memory.call("end", meetingID="demo")).code == "SUCCESS"
    memory.advance(20)
    await until(lambda: not memory.app.busy())
    assert await states(memory) == ["published"]
    assert (await bob.done(upload, 8)).status == 204


async def states(memory: Memory) -> list[str | None]:
    """Return the states of all recordings."""
    answer = await memory.call("getRecordings", state="any")
    return [one.findtext("state") for one in answer.xml.findall("recordings/recording")]


def made(memory: Memory) -> int:
    """Return which making of the recording is published."""
    [directory] = (memory.directory / "published/presentation").iterdir()
    return directory.stat().st_ino


@awaited
async def test_what_was_deleted_is_not_made_again(memory_with: Make) -> None:
    memory = memory_with(**MESH)
    ada, _bob = await recorded_pair(memory)
    upload = await ada.begun()
    assert (await ada.adds(upload, 0, b"nonsense")).status == 204
    record_id = memory.meeting("demo").internal_id
    memory.advance(30)
    assert (await memory.call("end", meetingID="demo")).code == "SUCCESS"
    memory.advance(700)
    assert (await memory.call("deleteRecordings", recordID=record_id)).code == "SUCCESS"
    assert (await ada.adds(upload, 8, b"more")).status == 204
    assert (await ada.done(upload, 12)).status == 204
    memory.advance(10)
    assert await states(memory) == ["deleted"]
