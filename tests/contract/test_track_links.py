"""Links to text tracks: for whom, how long, how often; and what whoever guesses one is told."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from harness import Memory, awaited
from sample_recordings import make, record_id
from sample_tracks import SRT, VTT, put, tracks

OWN = record_id("demo")


@pytest.fixture
def href(memory: Memory) -> str:
    """The path of a track's link, made by hand beside a call."""
    make(memory.directory)
    directory = memory.directory / "captions" / OWN
    directory.mkdir(parents=True)
    (directory / "captions.json").write_text('[{"kind":"captions","label":"English","lang":"en","source":"live"}]')
    (directory / "captions_en.vtt").write_text(VTT)
    memory.look()
    return memory.app.server.track_links.link(OWN, "captions_en.vtt", once=False)


@awaited
async def test_a_link_may_be_used_by_any_page(memory: Memory, href: str) -> None:
    for path in (href, f"/bigbluebutton{href}", href):
        answer = await memory.fetch(path, headers={"Origin": "https://player.example.com"})
        assert (answer.status, answer.body.decode()) == (200, VTT)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
    head = await memory.fetch(href, "HEAD")
    assert (head.status, head.headers["content-length"], head.body) == (200, str(len(VTT)), b"")
    part = await memory.fetch(href, headers={"Range": "bytes=0-5"})
    assert (part.status, part.body) == (206, b"WEBVTT")
    asked = await memory.fetch(href, "OPTIONS", {"Access-Control-Request-Method": "GET"})
    assert (asked.status, asked.headers["access-control-allow-origin"]) == (204, "*")
    assert "GET" in asked.headers["access-control-allow-methods"]
    assert (await memory.fetch(href, "POST")).status == 405


@awaited
async def test_a_link_is_good_for_an_hour_and_outlives_a_restart(memory: Memory, href: str) -> None:
    memory.advance(1)
    await memory.restart(3590)
    memory.look()
    assert (await memory.fetch(href)).status == 200
    memory.advance(10)
    answer = await memory.fetch(href)
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (403, "*")


@awaited
async def test_a_link_opens_one_file_of_one_recording(memory: Memory, href: str) -> None:
    other = make(memory.directory, "other")
    memory.look()
    _empty, text_track, token, own, name = href.split("/")
    assert (text_track, own, name) == ("textTrack", OWN, "captions_en.vtt")
    for path in (
        f"/textTrack/{token}/{other}/{name}",
        f"/textTrack/{token}/{OWN}/subtitles_en.vtt",
        f"/textTrack/{token}/{OWN}/..%2f..%2fsecret",
        f"/textTrack/{token[::-1]}/{OWN}/{name}",
        f"/textTrack/ffffffff{token[8:]}/{OWN}/{name}",
        f"/textTrack/{token[:8]}/{OWN}/{name}",
        f"/textTrack/x/{record_id('nobody')}/{name}",
        f"/textTrack/%ff/{OWN}/{name}",
    ):
        assert (await memory.fetch(path)).status == 403, path
    for path in ("/textTrack", "/textTrack/", f"/textTrack/{token}", f"/textTrack/{token}/../{name}"):
        assert (await memory.fetch(path)).status == 404, path
    assert (await memory.fetch(href)).status == 200


@awaited
async def test_who_guesses_is_told_nothing_for_a_while_and_good_links_stay_good(memory: Memory, href: str) -> None:
    guess = f"/textTrack/{'0' * 40}/{OWN}/captions_en.vtt"
    for _guess in range(30):
        assert (await memory.fetch(guess)).status == 403
    assert (await memory.fetch(guess)).status == 429
    assert (await memory.fetch(href)).status == 200
    memory.advance(61)
    assert (await memory.fetch(guess)).status == 403


@awaited
async def test_a_protected_recordings_link_is_good_once(memory: Memory, href: str) -> None:
    await memory.call("updateRecordings", recordID=OWN, protect="true")
    assert (await memory.fetch(href)).status == 403
    path = urlsplit((await tracks(memory, OWN))[0]["href"]).path
    assert (await memory.fetch(path, "HEAD")).status == 200
    answer = await memory.fetch(path)
    assert (answer.status, answer.body.decode()) == (200, VTT)
    assert (await memory.fetch(path)).status == 403
    late = urlsplit((await tracks(memory, OWN))[0]["href"]).path
    memory.advance(3601)
    assert (await memory.fetch(late)).status == 403


@awaited
async def test_a_protected_recordings_player_has_its_tracks_by_its_cookie(memory: Memory, href: str) -> None:
    await memory.call("updateRecordings", recordID=OWN, protect="true")
    assert (await memory.fetch(f"/presentation/{OWN}/text-tracks/")).status == 404
    answer = await memory.call("getRecordings", recordID=OWN)
    link = urlsplit(answer.text("recordings/recording/playback/format/url") or "")
    cookie = (await memory.fetch(f"{link.path}?{link.query}")).headers["set-cookie"].partition(";")[0]
    told = await memory.fetch(f"/presentation/{OWN}/text-tracks/", headers={"Cookie": cookie})
    assert b'"captions_en.vtt"' in told.body
    file = await memory.fetch(f"/presentation/{OWN}/text-tracks/captions_en.vtt", headers={"Cookie": cookie})
    assert (file.status, file.headers["cache-control"]) == (200, "private, no-cache")


@awaited
async def test_a_web_server_in_front_can_ask_whether_a_link_is_good(memory: Memory, href: str) -> None:
    _empty, _text_track, token, own, name = href.split("/")
    asked = {"x-textTrack-token": token, "x-textTrack-recordId": own, "x-textTrack-track": name}
    path = "/bigbluebutton/textTrack/validateAuthToken"
    answer = await memory.fetch(path, headers=asked)
    assert (answer.status, answer.body) == (200, b"authorized")
    for change in ({"x-textTrack-token": "0" * 40}, {"x-textTrack-track": "captions_de.vtt"}):
        answer = await memory.fetch(path, headers=asked | change)
        assert (answer.status, answer.body) == (401, b"unauthorized")
    assert (await memory.fetch(path)).status == 401


@awaited
async def test_a_link_out_of_the_directory_is_not_followed(memory: Memory, href: str, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    file = memory.directory / "captions" / OWN / "captions_en.vtt"
    file.unlink()
    file.symlink_to(tmp_path / "secret.txt")
    assert (await memory.fetch(href)).status == 404
    assert (await put(memory, OWN, SRT)).json["returncode"] == "SUCCESS"
    assert (await memory.fetch(href)).body.decode() == VTT
    assert (tmp_path / "secret.txt").read_text() == "secret"


@awaited
async def test_links_begin_where_the_setting_says(memory: Memory, href: str) -> None:
    assert (await tracks(memory, OWN))[0]["href"].startswith("http://bbb.example.org/textTrack/")
    await memory.restart()
    memory.settings["defaultTextTrackUrl"] = "https://captions.example.com/bigbluebutton/"
    memory.start()
    assert (await tracks(memory, OWN))[0]["href"].startswith("https://captions.example.com/bigbluebutton/textTrack/")
