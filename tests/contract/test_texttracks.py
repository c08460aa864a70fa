"""Text tracks: uploaded, converted, listed, downloaded and taken away; refused by name."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from harness import Caller, Daemon, Memory, awaited, query_of, signed, until
from sample_recordings import make, places, record_id
from sample_tracks import (
    CALL,
    SRT,
    VTT,
    multipart,
    named,
    part,
    player_index,
    put,
    settled,
    text_of,
    tracks,
)

OWN = record_id("demo")
GIVEN = {"recordID": OWN, "kind": "captions", "lang": "en"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=xyz"}


@pytest.fixture(params=["memory", "daemon"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Caller, Path]:
    """A server with one recording, and the directory of its presentation."""
    make(tmp_path)
    caller: Caller
    if request.param == "memory":
        caller = request.getfixturevalue("memory")
    else:
        caller = request.getfixturevalue("start_daemon")(directory=tmp_path)
    return caller, tmp_path / "published" / "presentation" / OWN


@awaited
async def test_a_track_is_uploaded_converted_listed_and_downloaded(server: tuple[Caller, Path]) -> None:
    bbb, directory = server
    assert await tracks(bbb, OWN) == []
    answer = await put(bbb, OWN, SRT, "subtitles", "pt_BR")
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    assert answer.body.decode() == (
        f'{{"response":{{"returncode":"SUCCESS","recordId":"{OWN}","messageKey":"upload_text_track_success",'
        '"message":"Text track uploaded successfully"}}'
    )
    await settled(bbb)
    (track,) = await tracks(bbb, OWN)
    assert list(track) == ["href", "kind", "label", "lang", "source"]
    assert named([track]) == [("subtitles", "pt-BR", "Portuguese (Brazil)", "upload")]
    base, token, own, name = track["href"].rsplit("/", 3)
    assert (own, name, len(token)) == (OWN, "subtitles_pt-BR.vtt", 40)
    assert base.endswith("/textTrack")
    assert await text_of(bbb, track) == VTT
    assert player_index(directory) == [("subtitles", "pt-BR", "Portuguese (Brazil)")]
    assert (directory / "caption_pt-BR.vtt").read_text() == VTT
    assert not list((directory.parents[2] / "captions" / "inbox").iterdir())


@awaited
async def test_the_later_of_two_uploads_wins_and_others_stay(server: tuple[Caller, Path]) -> None:
    bbb, directory = server
    await put(bbb, OWN, SRT, label="First")
    await put(bbb, OWN, SRT.replace(b"Hello", b"Later"), label="Second")
    await put(bbb, OWN, SRT, lang="de")
    await settled(bbb, 3)
    found = await tracks(bbb, OWN)
    assert named(found) == [("captions", "en", "Second", "upload"), ("captions", "de", "German", "upload")]
    assert await text_of(bbb, found[0]) == VTT.replace("Hello", "Later")
    assert (directory / "caption_en.vtt").read_text() == VTT.replace("Hello", "Later")


@awaited
async def test_without_a_file_the_track_is_taken_away(server: tuple[Caller, Path]) -> None:
    bbb, directory = server
    await put(bbb, OWN, SRT)
    await put(bbb, OWN, SRT, "subtitles")
    assert (await put(bbb, OWN, None)).json["messageKey"] == "upload_text_track_success"
    await settled(bbb, 3)
    assert named(await tracks(bbb, OWN)) == [("subtitles", "en", "English", "upload")]
    assert player_index(directory) == [("subtitles", "en", "English")]
    target = signed(CALL, query_of(GIVEN | {"kind": "subtitles"}), bbb.secret)
    empty = multipart(part("other", b"text"))
    assert (await bbb.fetch(target, "POST", MULTIPART, empty)).json["returncode"] == "SUCCESS"
    await settled(bbb, 4)
    assert await tracks(bbb, OWN) == []
    assert player_index(directory) == []
    assert not list(directory.glob("*.vtt"))
    assert (await put(bbb, OWN, None)).json["returncode"] == "SUCCESS"
    await settled(bbb, 5)
    await put(bbb, OWN, SRT, "subtitles")
    await settled(bbb, 6)
    assert (await bbb.fetch(target, "POST", MULTIPART, b"")).json["returncode"] == "SUCCESS"
    await settled(bbb, 7)
    assert await tracks(bbb, OWN) == []


@awaited
async def test_what_cannot_be_read_changes_nothing(server: tuple[Caller, Path]) -> None:
    bbb, directory = server
    await put(bbb, OWN, SRT)
    for data in (b"\x89PNG\r\n\x1a\n\x00\x00", b"nothing timed here\n", b"WEBVTT\n\n00:00 --> nonsense\nx\n"):
        assert (await put(bbb, OWN, data)).json["messageKey"] == "upload_text_track_success"
    await settled(bbb, 3, "track_refused")
    (track,) = await tracks(bbb, OWN)
    assert await text_of(bbb, track) == VTT
    assert (directory / "caption_en.vtt").read_text() == VTT
    assert not list((directory.parents[2] / "captions" / "inbox").iterdir())


@awaited
async def test_webvtt_is_kept_byte_for_byte(server: tuple[Caller, Path]) -> None:
    bbb, _directory = server
    head = "\ufeffWEBVTT title\r\n\r\nSTYLE\r\n::cue { color: red }\r\n\r\n"
    data = f"{head}1\r\n00:01.000 --> 00:02.000 align:end\r\nÄ\r\n"
    await put(bbb, OWN, data.encode(), content_type="text/vtt", filename="a.vtt")
    await settled(bbb)
    (track,) = await tracks(bbb, OWN)
    assert await text_of(bbb, track) == data


@pytest.mark.parametrize(
    ("change", "key", "message"),
    [
        ({"recordID": ""}, "paramError", "Missing param recordID."),
        ({"kind": ""}, "paramError", "Missing param kind."),
        ({"lang": ""}, "paramError", "Missing param lang."),
        ({"recordID": "nobody"}, "noRecordings", "No recording was found for nobody"),
        ({"recordID": OWN[:-1]}, "noRecordings", f"No recording was found for {OWN[:-1]}"),
        ({"recordID": f"{OWN},{OWN}"}, "noRecordings", f"No recording was found for {OWN},{OWN}"),
        ({"recordID": "../x"}, "noRecordings", "No recording was found for ../x"),
        ({"kind": "chapters"}, "invalidKind", "Invalid kind parameter, expected='subtitles|captions' actual=chapters"),
        ({"lang": "e"}, "invalidLang", "Malformed lang param, received=e"),
        ({"lang": "../en"}, "invalidLang", "Malformed lang param, received=../en"),
    ],
)
@awaited
async def test_a_wrong_parameter_is_refused_by_name(
    memory: Memory, change: dict[str, str], key: str, message: str
) -> None:
    make(memory.directory)
    memory.look()
    pairs = GIVEN | change
    answer = await put(memory, pairs["recordID"], SRT, pairs["kind"], pairs["lang"])
    assert answer.status == 200
    assert answer.json == {"returncode": "FAILED", "messageKey": key, "message": message}
    assert not list(memory.directory.glob("captions/**/*.*"))


@pytest.mark.parametrize(
    ("body", "headers", "key"),
    [
        (multipart(part("file", b"", "a.srt")), MULTIPART, "empty_uploaded_text_track"),
        (multipart(part("file", b"", "")), MULTIPART, "empty_uploaded_text_track"),
        (multipart(part("file", b"")), MULTIPART, "empty_uploaded_text_track"),
        (multipart(part("File", SRT, "a.srt")), MULTIPART, "paramError"),
        (multipart(part("file[]", SRT, "a.srt")), MULTIPART, "paramError"),
        (multipart(part("track", b"", "")), MULTIPART, "paramError"),
        (multipart(part("", SRT, "a.srt")), MULTIPART, "paramError"),
        (multipart(part("x", b"y"), part("upload", SRT, "a.srt"), part("z", b"")), MULTIPART, "paramError"),
        (multipart(part("x", SRT, "a.srt").replace(b"filename=", b"FileName*=UTF-8''")), MULTIPART, "paramError"),
        (multipart(part("file", SRT))[:-10], MULTIPART, "validationError"),
        (b"--xyz\r\nnonsense\r\n\r\n\r\n--xyz--\r\n", MULTIPART, "validationError"),
        (multipart(part("file", SRT)), {"Content-Type": "multipart/form-data"}, "validationError"),
        (multipart(part("file", SRT)), {"Content-Type": f"{MULTIPART['Content-Type']}{'z' * 300}"}, "validationError"),
        (multipart(*[part("x", b"y")] * 30), MULTIPART, "validationError"),
        (multipart(part("x" * 9000, b"y")), MULTIPART, "validationError"),
        (SRT, {"Content-Type": "application/x-subrip"}, "unsupportedContentType"),
        (SRT, {}, "unsupportedContentType"),
        (b"kind=captions&lang=en", {"Content-Type": "application/x-www-form-urlencoded"}, "unsupportedContentType"),
    ],
)
@awaited
async def test_a_body_that_cannot_be_taken_is_refused(
    memory: Memory, body: bytes, headers: dict[str, str], key: str
) -> None:
    make(memory.directory)
    memory.look()
    await put(memory, OWN, SRT)
    answer = await memory.fetch(signed(CALL, query_of(GIVEN), memory.secret), "POST", headers, body)
    assert (answer.status, answer.json["returncode"], answer.json["messageKey"]) == (200, "FAILED", key)
    assert named(await tracks(memory, OWN)) == [("captions", "en", "English", "upload")]
    assert not list((memory.directory / "captions" / "inbox").iterdir())


@awaited
async def test_a_file_in_a_part_of_another_name_is_told_to_be_missing(server: tuple[Caller, Path]) -> None:
    bbb, _directory = server
    await put(bbb, OWN, SRT)
    body = multipart(part("File", SRT, "a.srt"))
    answer = await bbb.fetch(signed(CALL, query_of(GIVEN), bbb.secret), "POST", MULTIPART, body)
    assert answer.json == {"returncode": "FAILED", "messageKey": "paramError", "message": "Missing param file."}
    await settled(bbb, 1)
    assert named(await tracks(bbb, OWN)) == [("captions", "en", "English", "upload")]
    both = multipart(part("other", b"x", "b.srt"), part("file", SRT.replace(b"Hello", b"Later")))
    assert (await bbb.fetch(signed(CALL, query_of(GIVEN), bbb.secret), "POST", MULTIPART, both)).json["recordId"] == OWN
    await settled(bbb, 2)
    assert await text_of(bbb, (await tracks(bbb, OWN))[0]) == VTT.replace("Hello", "Later")


@awaited
async def test_the_checksum_is_over_the_query_alone_and_comes_first(memory: Memory) -> None:
    make(memory.directory)
    memory.look()
    body = multipart(part("file", SRT), part("checksum", b"0"), part("kind", b"subtitles"))
    target = signed(CALL, query_of(GIVEN), memory.secret)
    assert (await memory.fetch(target, "POST", MULTIPART, body)).json["returncode"] == "SUCCESS"
    assert named(await tracks(memory, OWN)) == [("captions", "en", "English", "upload")]
    plain = f"/bigbluebutton/api/{CALL}?{query_of(GIVEN)}"
    missing = (await memory.fetch(plain, "POST", MULTIPART, body)).json
    assert missing == {"returncode": "FAILED", "messageKey": "paramError", "message": "Missing param checksum."}
    wrong = await memory.fetch(f"{plain}&kind=x&checksum={'0' * 40}", "POST", MULTIPART, body)
    assert (wrong.json["messageKey"], wrong.json["message"]) == (
        "checksumError",
        "You did not pass the checksum security check",
    )
    assert not list((memory.directory / "captions" / "inbox").iterdir())


@awaited
async def test_an_upload_is_only_posted(memory: Memory) -> None:
    answer = await memory.fetch(signed(CALL, query_of(GIVEN), memory.secret))
    assert answer.key == "unsupportedRequest"


@awaited
async def test_what_is_too_large_is_refused_before_it_is_read(server: tuple[Caller, Path]) -> None:
    bbb, _directory = server
    head = (
        f"POST {signed(CALL, query_of(GIVEN), bbb.secret)} HTTP/1.1\r\nHost: bbb.example.org\r\n"
        f"Content-Type: {MULTIPART['Content-Type']}\r\nContent-Length: {(8 << 20) + 1}\r\n\r\n"
    )
    raw = bbb.send(head.encode())  # type: ignore[attr-defined]
    assert raw.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b'{"response":{"returncode":"FAILED","messageKey":"requestTooLarge"' in raw


@awaited
async def test_listing_wants_a_recording(memory: Memory) -> None:
    own = make(memory.directory, place="unpublished")
    make(memory.directory, "gone", place="deleted")
    memory.look()
    assert await tracks(memory, own) == []
    missing = (await memory.call("getRecordingTextTracks")).json
    assert missing == {"returncode": "FAILED", "messageKey": "missingParameter", "message": "Missing param recordID."}
    for unknown in ("nobody", record_id("gone"), f"{own},{own}"):
        told = (await memory.call("getRecordingTextTracks", recordID=unknown)).json
        assert (told["messageKey"], told["message"]) == ("noRecordings", f"No recording was found for {unknown}")


@awaited
async def test_both_calls_answer_json_unless_xml_is_asked_for(memory: Memory) -> None:
    make(memory.directory)
    memory.look()
    await put(memory, OWN, SRT)
    for accept in ("*/*", "application/json", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"):
        answer = await memory.call("getRecordingTextTracks", recordID=OWN, headers={"Accept": accept})
        assert len(answer.json["tracks"]) == 1
    for more, accept in (({"format": "xml"}, "*/*"), ({}, "text/xml")):
        answer = await memory.call("getRecordingTextTracks", recordID=OWN, headers={"Accept": accept}, **more)
        assert answer.headers["content-type"] == "text/xml;charset=utf-8"
        assert [child.tag for child in answer.xml.findall("tracks/track/*")] == [
            "href",
            "kind",
            "label",
            "lang",
            "source",
        ]
    wrong = await memory.fetch("/bigbluebutton/api/getRecordingTextTracks?recordID=x&checksum=0")
    assert wrong.json["messageKey"] == "checksumError"


@awaited
async def test_a_real_servers_indexes_are_told(memory: Memory) -> None:
    make(memory.directory)
    captions = memory.directory / "captions" / OWN
    captions.mkdir(parents=True)
    entries: list[Any] = [
        {"kind": "captions", "label": "English", "lang": "en-US", "source": "live"},
        {"kind": "captions", "label": "Automatic", "lang": "de_DE", "source": "automatic"},
        {"kind": "subtitles", "label": "Français", "lang": "fr", "source": "upload"},
        {"kind": "chapters", "lang": "en"},
        {"kind": "captions", "lang": "../x"},
        {"kind": "captions"},
        "nonsense",
    ]
    (captions / "captions.json").write_text(json.dumps(entries))
    for name in ("captions_en-US", "captions_de_DE", "subtitles_fr"):
        (captions / f"{name}.vtt").write_text(f"WEBVTT\n\n{name}")
    player = memory.directory / "published" / "presentation" / OWN
    (player / "captions.json").write_text(
        json.dumps([{"localeName": "English", "locale": "en-US"}, {"localeName": "Italiano", "locale": "it"}])
    )
    for locale in ("en-US", "it"):
        (player / f"caption_{locale}.vtt").write_text(f"WEBVTT\n\n{locale}")
    memory.look()
    found = await tracks(memory, OWN)
    assert named(found) == [
        ("captions", "en-US", "English", "live"),
        ("captions", "de-DE", "Automatic", "automatic"),
        ("subtitles", "fr", "Français", "upload"),
        ("captions", "it", "Italiano", "live"),
    ]
    assert [(await text_of(memory, one)).splitlines()[-1] for one in found] == [
        "captions_en-US",
        "captions_de_DE",
        "subtitles_fr",
        "it",
    ]
    await put(memory, OWN, SRT, lang="de-de", label="Deutsch")
    await put(memory, OWN, SRT, "subtitles", "it")
    found = await tracks(memory, OWN)
    assert ("captions", "de-DE", "Deutsch", "upload") in named(found)
    assert not (captions / "captions_de_DE.vtt").exists()
    kept = json.loads((captions / "captions.json").read_text())
    assert {"kind": "chapters", "lang": "en"} in kept
    assert player_index(player)[-1] == ("captions", "it", "Italiano")
    assert {("captions", "it", "Italiano", "live"), ("subtitles", "it", "Italian", "upload")} <= set(named(found))


@awaited
async def test_captions_go_before_subtitles_in_the_players_index(memory: Memory) -> None:
    make(memory.directory)
    memory.look()
    player = memory.directory / "published" / "presentation" / OWN
    await put(memory, OWN, SRT.replace(b"Hello", b"S"), "subtitles", label="S")
    assert player_index(player) == [("subtitles", "en", "S")]
    await put(memory, OWN, SRT.replace(b"Hello", b"C"), "captions", label="C")
    await put(memory, OWN, SRT.replace(b"Hello", b"T"), "subtitles", label="T")
    assert player_index(player) == [("captions", "en", "C")]
    assert "\nC " in (player / "caption_en.vtt").read_text()
    told = await memory.fetch(f"/presentation/{OWN}/text-tracks/")
    assert json.loads(told.body) == [
        {"kind": "captions", "lang": "en", "label": "C", "href": "captions_en.vtt"},
        {"kind": "subtitles", "lang": "en", "label": "T", "href": "subtitles_en.vtt"},
    ]
    file = await memory.fetch(f"/presentation/{OWN}/text-tracks/subtitles_en.vtt")
    assert (file.status, file.headers["content-type"]) == (200, "text/vtt;charset=utf-8")
    assert b"\nT " in file.body
    assert (await memory.fetch(f"/presentation/{OWN}/text-tracks/subtitles_fr.vtt")).status == 404


@awaited
async def test_unpublishing_takes_the_tracks_along(memory: Memory) -> None:
    make(memory.directory)
    memory.look()
    await put(memory, OWN, SRT)
    href = urlsplit((await tracks(memory, OWN))[0]["href"]).path
    await memory.call("publishRecordings", recordID=OWN, publish="false")
    assert (await memory.fetch(href)).status == 404
    await put(memory, OWN, SRT, lang="de")
    unpublished = memory.directory / "unpublished" / "presentation" / OWN
    assert [lang for _kind, lang, _label in player_index(unpublished)] == ["en", "de"]
    assert len(await tracks(memory, OWN)) == 2
    await memory.call("publishRecordings", recordID=OWN, publish="true")
    assert (await memory.fetch(href)).status == 200
    assert len(player_index(memory.directory / "published" / "presentation" / OWN)) == 2


@awaited
async def test_an_upload_for_a_recording_that_is_gone_is_dropped(memory: Memory) -> None:
    make(memory.directory)
    memory.look()
    inbox = memory.directory / "captions" / "inbox"
    inbox.mkdir(parents=True)
    (inbox / f"{record_id('other')}-5-track.txt").write_bytes(SRT)
    note = {
        "record_id": record_id("other"),
        "kind": "captions",
        "lang": "en",
        "label": "English",
        "original_filename": "a.srt",
        "temp_filename": f"{record_id('other')}-5-track.txt",
        "content_type": "application/octet-stream",
    }
    (inbox / f"{record_id('other')}-5-track.json").write_text(json.dumps(note))
    memory.advance(31)
    assert not list(inbox.iterdir())
    assert not (memory.directory / "captions" / record_id("other")).exists()


@awaited
async def test_what_a_real_servers_inbox_has_is_done(memory: Memory) -> None:
    make(memory.directory)
    memory.look()
    inbox = memory.directory / "captions" / "inbox"
    inbox.mkdir(parents=True)
    (inbox / f"{OWN}-7-track.txt").write_bytes(SRT)
    note = {
        "record_id": OWN,
        "kind": "captions",
        "lang": "pt-BR",
        "label": "Brazil",
        "original_filename": "a.srt",
        "temp_filename": f"{OWN}-7-track.txt",
        "content_type": "application/x-subrip",
        "newer": [1],
    }
    (inbox / f"{OWN}-7-track.json").write_text(json.dumps(note))
    memory.advance(31)
    assert named(await tracks(memory, OWN)) == [("captions", "pt-BR", "Brazil", "upload")]


@awaited
async def test_tracks_are_in_the_player_again_when_a_recording_came_anew(memory: Memory) -> None:
    make(memory.directory)
    memory.look()
    await put(memory, OWN, SRT)
    player = memory.directory / "published" / "presentation" / OWN
    for path in player.iterdir():
        path.unlink()
    make(memory.directory, name="Made anew")
    memory.look()
    assert player_index(player) == [("captions", "en", "English")]


@awaited
async def test_erasing_a_recording_erases_its_tracks(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__deletedRecordingsKeptForDays="1")
    make(memory.directory)
    make(memory.directory, form="video")
    memory.look()
    await put(memory, OWN, SRT)
    await memory.call("deleteRecordings", recordID=OWN)
    assert (memory.directory / "captions" / OWN).is_dir()
    assert (await put(memory, OWN, SRT)).json["messageKey"] == "noRecordings"
    memory.advance(25 * 3600, step=600)
    assert not places(memory.directory, OWN)
    assert not (memory.directory / "captions" / OWN).exists()


@awaited
async def test_a_full_disk_refuses_uploads(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__minFreeDisk="999999 GiB")
    make(memory.directory)
    memory.look()
    assert (await put(memory, OWN, SRT)).json["messageKey"] == "diskFull"
    assert (await put(memory, OWN, None)).json["returncode"] == "SUCCESS"


@awaited
async def test_an_upload_that_cannot_be_stored_is_told_so(memory: Memory, asked_for: set[str]) -> None:
    asked_for.add("track_failed")
    make(memory.directory)
    memory.look()
    memory.disk.faults["write"] = OSError(28, "No space left on device")
    answer = await put(memory, OWN, SRT)
    assert answer.json == {
        "returncode": "FAILED",
        "recordId": OWN,
        "messageKey": "upload_text_track_failed",
        "message": "Text track upload failed.",
    }
    memory.disk.faults.clear()
    assert await tracks(memory, OWN) == []
    assert not list((memory.directory / "captions" / "inbox").iterdir())


@awaited
async def test_what_the_disk_does_not_take_waits_and_is_done_later(memory: Memory, asked_for: set[str]) -> None:
    asked_for.add("track_waits")
    make(memory.directory)
    other = make(memory.directory, "other")
    memory.look()
    await put(memory, OWN, SRT)
    memory.disk.refuse_rename = str(memory.directory / "captions" / OWN / "captions_en.vtt")
    assert (await put(memory, OWN, SRT.replace(b"Hello", b"Later"))).json["returncode"] == "SUCCESS"
    await put(memory, OWN, SRT, lang="de")
    await put(memory, other, SRT)
    (track,) = await tracks(memory, OWN)
    assert await text_of(memory, track) == VTT
    assert len(await tracks(memory, other)) == 1
    memory.disk.refuse_rename = ""
    memory.advance(31)
    found = await tracks(memory, OWN)
    assert [one["lang"] for one in found] == ["en", "de"]
    assert await text_of(memory, found[0]) == VTT.replace("Hello", "Later")


@awaited
async def test_what_waits_is_done_after_a_restart(start_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    make(tmp_path)
    daemon = start_daemon(directory=tmp_path)
    for lang in ("en", "de", "fr", "it"):
        assert (await put(daemon, OWN, SRT, lang=lang)).json["returncode"] == "SUCCESS"
    before = len([line for line in daemon.log if line["event"] == "track_changed"])
    await daemon.restart()
    if before < 4:
        await settled(daemon, 4)
    assert {one["lang"] for one in await tracks(daemon, OWN)} == {"en", "de", "fr", "it"}


@awaited
async def test_a_secret_that_is_changed_still_opens_older_links(memory: Memory) -> None:
    make(memory.directory)
    memory.look()
    await put(memory, OWN, SRT)
    (track,) = await tracks(memory, OWN)
    memory.app.server.current.secrets = ("a-new-one-that-signs-from-now-on", memory.secret)
    assert await text_of(memory, track) == VTT


@pytest.mark.parametrize(
    "path", ["%70utRecordingTextTrack", "putRecordingTextTrack%2f", "../api/putRecordingTextTrack"]
)
@awaited
async def test_a_path_that_is_spelled_otherwise_never_takes_a_track_away(memory: Memory, path: str) -> None:
    make(memory.directory)
    memory.look()
    await put(memory, OWN, SRT)
    query = signed(CALL, query_of(GIVEN), memory.secret).partition("?")[2]
    body = multipart(part("file", SRT.replace(b"Hello", b"Later")))
    await memory.fetch(f"/bigbluebutton/api/{path}?{query}", "POST", MULTIPART, body)
    (track,) = await tracks(memory, OWN)
    assert await text_of(memory, track) in (VTT, VTT.replace("Hello", "Later"))


@awaited
async def test_a_secret_that_comes_during_an_upload_takes_nothing_away(memory: Memory) -> None:
    make(memory.directory)
    memory.look()
    await put(memory, OWN, SRT)
    body = multipart(part("file", SRT))
    head = (
        f"POST {signed(CALL, query_of(GIVEN), 'a-newer-secret')} HTTP/1.1\r\nHost: bbb.example.org\r\n"
        f"Content-Type: {MULTIPART['Content-Type']}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    wire = memory.connect()
    wire.send(head.encode() + body[:40])
    memory.app.server.current.secrets = (memory.secret, "a-newer-secret")
    wire.send(body[40:])
    memory.settle(lambda: bool(wire.got()))
    assert b'"messageKey":"checksumError"' in wire.got()
    assert len(await tracks(memory, OWN)) == 1


@awaited
async def test_links_out_of_the_directories_are_not_copied(memory: Memory, tmp_path: Path) -> None:
    make(memory.directory)
    player = memory.directory / "published" / "presentation" / OWN
    (tmp_path / "secret.txt").write_text("secret")
    (player / "captions.json").write_text('[{"localeName": "English", "locale": "en"}]')
    (player / "caption_en.vtt").symlink_to(tmp_path / "secret.txt")
    memory.look()
    assert await tracks(memory, OWN) == []
    await put(memory, OWN, SRT, "subtitles")
    assert (tmp_path / "secret.txt").read_text() == "secret"
    assert "secret" not in "".join(path.read_text() for path in memory.directory.rglob("*.vtt"))
    assert named(await tracks(memory, OWN)) == [("subtitles", "en", "English", "upload")]


@awaited
async def test_odd_files_hold_up_nobody(memory: Memory, asked_for: set[str]) -> None:
    asked_for |= {"track_note_damaged", "index_damaged"}
    make(memory.directory)
    make(memory.directory, "other")
    captions = memory.directory / "captions"
    (captions / OWN / "captions.json").mkdir(parents=True)
    (captions / "inbox" / f"{OWN}-5-track.json").mkdir(parents=True)
    (captions / "inbox" / f"{OWN}-6-track.txt").mkdir()
    (captions / "inbox" / f"{OWN}-7-track.json").symlink_to(f"{OWN}-7-track.json")
    player = memory.directory / "published" / "presentation" / OWN
    (player / "caption_en.vtt").mkdir()
    await memory.restart()
    memory.look()
    assert await tracks(memory, OWN) == []
    await put(memory, OWN, SRT)
    await put(memory, record_id("other"), SRT)
    for own in (OWN, record_id("other")):
        assert named(await tracks(memory, own)) == [("captions", "en", "English", "upload")]
    assert (player / "caption_en.vtt").read_text() == VTT
    assert (await memory.fetch(f"/presentation/{OWN}/text-tracks/")).status == 200


@awaited
async def test_who_may_read_the_files_is_not_the_daemons_umask(
    start_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    make(tmp_path)
    daemon = start_daemon(directory=tmp_path)
    await put(daemon, OWN, SRT)
    await settled(daemon)
    own = tmp_path / "captions" / OWN
    assert own.stat().st_mode & 0o777 == 0o755
    for path in (*own.iterdir(), tmp_path / "published" / "presentation" / OWN / "caption_en.vtt"):
        assert path.stat().st_mode & 0o777 == 0o644, path


@awaited
async def test_a_conversion_that_is_killed_is_done_again(
    start_daemon: Callable[..., Daemon], tmp_path: Path, asked_for: set[str]
) -> None:
    asked_for.add("track_waits")
    make(tmp_path)
    daemon = start_daemon(directory=tmp_path)
    await put(daemon, OWN, b"1\n00:00:01,000 --> 00:00:02,000\n" + b"<b>x</b> y\n" * 100_000)
    children = Path(f"/proc/{daemon.process.pid}/task")

    def child() -> int | None:
        found = " ".join(path.read_text() for path in children.glob("*/children")).split()
        return int(found[0]) if found else None

    await until(lambda: child() is not None)
    os.kill(child() or 0, signal.SIGKILL)
    await daemon.until_logged("track_waits")
    await daemon.restart(signal.SIGTERM)
    await settled(daemon)
    assert len(await tracks(daemon, OWN)) == 1


@awaited
async def test_a_stop_does_not_wait_for_a_conversion_for_ever(
    start_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    make(tmp_path)
    daemon = start_daemon(directory=tmp_path, settings={"bbbd.stopWithinSeconds": "1"})
    await put(daemon, OWN, b"1\n00:00:01,000 --> 00:00:02,000\n" + b"<b>x</b> y\n" * 20_000)
    children = Path(f"/proc/{daemon.process.pid}/task")

    def child() -> int | None:
        found = " ".join(path.read_text() for path in children.glob("*/children")).split()
        return int(found[0]) if found else None

    await until(lambda: child() is not None)
    stuck = child() or 0
    os.kill(stuck, signal.SIGSTOP)
    assert daemon.end() == 0
    os.kill(stuck, signal.SIGKILL)
    assert daemon.logged("work_cut_off") == 1
    daemon.start()
    await settled(daemon)
    assert len(await tracks(daemon, OWN)) == 1


@awaited
async def test_developer_mode_lists_how_many_cues_were_left_out(
    memory_with: Callable[..., Memory], tmp_path: Path
) -> None:
    make(tmp_path)
    bbb = memory_with(bbbd__developer="true")
    await put(bbb, OWN, SRT + b"\r\n2\r\n00:00:04,000 --> 00:00:03,000\r\nUntimed\r\n")
    await settled(bbb)
    (track,) = await tracks(bbb, OWN)
    assert track["cuesLeftOut"] == 1
