"""Published files over HTTP: types, ranges, what is not published, and protected recordings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from gzip import decompress
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from harness import Answer, Memory, awaited, parse
from playable_recording import PRESENTATION, make_playable
from sample_recordings import make, metadata, put, record_id

from bbbd.playback.small_texts import ALL, EACH

OWN = record_id("lesson")


@pytest.fixture
def lesson(memory: Memory) -> Path:
    make_playable(memory.directory)
    memory.look()
    return memory.directory / "published" / "presentation" / OWN


async def get(memory: Memory, path: str, method: str = "GET", **headers: str) -> Answer:
    return await memory.fetch(path, method, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("file", "content_type"),
    [
        ("metadata.xml", "text/xml;charset=utf-8"),
        ("shapes.svg", "image/svg+xml"),
        ("captions.json", "application/json;charset=utf-8"),
        ("caption_en.vtt", "text/vtt;charset=utf-8"),
        ("video/webcams.webm", "video/webm"),
        (f"presentation/{PRESENTATION}/slide-1.png", "image/png"),
    ],
)
@awaited
async def test_a_file_is_served_with_its_type(memory: Memory, lesson: Path, file: str, content_type: str) -> None:
    answer = await get(memory, f"/presentation/{OWN}/{file}")
    assert (answer.status, answer.headers["content-type"]) == (200, content_type)
    assert answer.body == (lesson / file).read_bytes()
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["accept-ranges"] == "bytes"
    head = await get(memory, f"/presentation/{OWN}/{file}", "HEAD")
    assert (head.status, head.headers["content-length"]) == (200, str(len(answer.body)))
    policy = answer.headers.get("content-security-policy", "")
    assert policy.startswith("sandbox") == file.endswith((".xml", ".svg"))


@pytest.mark.parametrize(
    ("wanted", "status", "begin", "end"),
    [
        ("bytes=0-9", 206, 0, 10),
        ("bytes=10-", 206, 10, None),
        ("bytes=-5", 206, -5, None),
        ("bytes=0-999999999", 206, 0, None),
        ("bytes=-999999999", 206, 0, None),
        ("bytes=999999999-", 416, 0, 0),
        ("bytes=5-2", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
        ("bytes=-", 200, 0, None),
        ("bytes=0-1,3-4", 200, 0, None),
        ("lines=0-1", 200, 0, None),
        ("nonsense", 200, 0, None),
    ],
)
@awaited
async def test_parts_of_a_file(
    memory: Memory, lesson: Path, wanted: str, status: int, begin: int, end: int | None
) -> None:
    whole = (lesson / "video" / "webcams.webm").read_bytes()
    answer = await get(memory, f"/presentation/{OWN}/video/webcams.webm", Range=wanted)
    assert answer.status == status
    assert answer.body == whole[begin:end]
    if status == 206:
        first = begin % len(whole)
        assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.body) - 1}/{len(whole)}"
    elif status == 416:
        assert answer.headers["content-range"] == f"bytes */{len(whole)}"
    # A range is of GET alone.
    head = await get(memory, f"/presentation/{OWN}/video/webcams.webm", "HEAD", Range=wanted)
    assert (head.status, head.headers["content-length"], head.body) == (200, str(len(whole)), b"")
    assert "content-range" not in head.headers


@awaited
async def test_what_one_has_already_is_not_sent_again(memory: Memory, lesson: Path) -> None:
    path = f"/presentation/{OWN}/video/webcams.webm"
    etag = (await get(memory, path)).headers["etag"]
    for known in (etag, f'"x", {etag}', f"W/{etag}", "*"):
        answer = await get(memory, path, If_None_Match=known)
        assert (answer.status, answer.body) == (304, b"")
    assert (await get(memory, path, If_None_Match='"x"')).status == 200
    assert (await get(memory, path, Range="bytes=0-1", If_Range=etag)).status == 206
    assert (await get(memory, path, Range="bytes=0-1", If_Range='"old"')).status == 200
    (lesson / "video" / "webcams.webm").write_bytes(b"changed")
    assert (await get(memory, path, If_None_Match=etag)).body == b"changed"


@pytest.mark.parametrize(
    "path",
    [
        "/presentation/{own}/none.txt",
        "/presentation/{own}/",
        "/presentation/{own}",
        "/presentation/{own}/video",
        "/presentation/{own}/video/",
        "/presentation/{own}/../{own}/metadata.xml",
        "/presentation/{own}/%2e%2e/{own}/metadata.xml",
        "/presentation/{own}/..%2f..%2f..%2fsecret.txt",
        "/presentation/{own}/video%2fwebcams.webm",
        "/presentation/{own}/%00",
        "/presentation/{own}/.hidden",
        "/presentation/{own}/link.txt",
        "/presentation/{own}/pipe",
        "/presentation/{own}/%ff%fe",
        "/presentation/{upper}/metadata.xml",
        "/presentation/none/metadata.xml",
        "/presentation//metadata.xml",
        "/podcast/{own}/metadata.xml",
        "/published/presentation/{own}/metadata.xml",
        "/..%2f/{own}/metadata.xml",
        "/playback/presentation/9/{own}",
        "/playback/player/0123456789abcdef/playback/static/main.js",
        "/playback/player/{own}/downloads",
        "/playback/player/none.js",
        "/playback/player/..%2fplayer.py",
        "/playback",
    ],
)
@awaited
async def test_nothing_else_is_there(memory: Memory, lesson: Path, path: str) -> None:
    (memory.directory / "secret.txt").write_text("secret")
    (lesson / ".hidden").write_text("hidden")
    (lesson / "link.txt").symlink_to(memory.directory / "secret.txt")
    import os  # noqa: PLC0415

    os.mkfifo(lesson / "pipe")
    answer = await get(memory, path.format(own=OWN, upper=OWN.upper()))
    assert answer.status == 404
    assert answer.headers["content-type"] == "text/plain;charset=utf-8"
    assert b"secret" not in answer.body


@awaited
async def test_what_is_not_published_is_not_there_at_once(memory: Memory, lesson: Path) -> None:
    path = f"/presentation/{OWN}/metadata.xml"
    assert (await get(memory, path)).status == 200
    await memory.call("publishRecordings", recordID=OWN, publish="false")
    assert (await get(memory, path)).status == 404
    assert (await get(memory, f"/playback/presentation/2.3/{OWN}")).status == 404
    await memory.call("publishRecordings", recordID=OWN, publish="true")
    assert (await get(memory, path)).status == 200
    await memory.call("deleteRecordings", recordID=OWN)
    assert (await get(memory, path)).status == 404


@awaited
async def test_the_player_is_at_the_links_of_all_versions(memory: Memory, lesson: Path) -> None:
    page = await get(memory, f"/playback/presentation/2.3/{OWN}")
    assert page.status == 200
    assert page.headers["content-type"] == "text/html;charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "script-src http://bbb.example.org/playback/player/;" in policy
    assert "require-trusted-types-for 'script'" in policy
    for file in re.findall(r'(?:src|href)="(/[^"#]+)', page.body.decode()):
        assert (await get(memory, file)).status == 200
    own = f"/playback/presentation/2.3/{OWN}"
    for old in ("2.0/", "0.9.0/", "0.81/", ""):
        link = f"/playback/presentation/{old}playback.html?meetingId={OWN}"
        moved = await get(memory, link)
        assert (moved.status, moved.headers["location"]) == (301, own)
        assert (await get(memory, f"{link}&t=1m5s&until=2m")).headers["location"] == f"{own}?t=1m5s&until=2m"
    odd = await get(memory, "/playback/presentation/2.0/playback.html?meetingId=//evil.example.org")
    assert odd.status == 404
    assert (await get(memory, own, "POST")).status == 405


@awaited
async def test_the_players_files_never_change_and_go_packed(memory: Memory, lesson: Path) -> None:
    page = await get(memory, f"/playback/presentation/2.3/{OWN}")
    packed_page = await get(memory, f"/playback/presentation/2.3/{OWN}", Accept_Encoding="gzip")
    assert decompress(packed_page.body) == page.body
    files = set(re.findall(r'(?:src|href)="(/playback/player/[^"#]+)', page.body.decode()))
    assert {file.rpartition("/")[2] for file in files} == {"main.js", "player.css", "icon.svg"}
    for file in files:
        plain = await get(memory, file)
        assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
        packed = await get(memory, file, Accept_Encoding="gzip")
        assert packed.headers["content-encoding"] == "gzip"
        assert decompress(packed.body) == plain.body


@awaited
async def test_texts_of_a_recording_go_packed(memory: Memory, lesson: Path) -> None:
    path = f"/presentation/{OWN}/shapes.svg"
    whole = (lesson / "shapes.svg").read_bytes()
    packed = await get(memory, path, Accept_Encoding="br, gzip")
    assert decompress(packed.body) == whole
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["content-security-policy"].startswith("sandbox")
    again = await get(memory, path, Accept_Encoding="gzip", If_None_Match=packed.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    for more in ({}, {"Range": "bytes=0-9"}):
        head = await get(memory, path, "HEAD", Accept_Encoding="gzip", **more)
        assert head.headers["content-length"] == str(len(packed.body))
    plain = await get(memory, path)
    assert plain.body == whole
    assert plain.headers["etag"] != packed.headers["etag"]
    part = await get(memory, path, Accept_Encoding="gzip", Range="bytes=0-9")
    assert (part.status, part.body) == (206, whole[:10])
    for other in ("video/webcams.webm", "cursor.xml"):
        answer = await get(memory, f"/presentation/{OWN}/{other}", Accept_Encoding="gzip")
        assert "content-encoding" not in answer.headers
        assert answer.body == (lesson / other).read_bytes()


@awaited
async def test_the_page_says_which_files_there_are(memory: Memory, lesson: Path) -> None:
    (lesson / "polls.json").write_bytes(b"")
    (lesson / "video" / "webcams.mp4").write_bytes(b"x")
    (lesson / "audio").mkdir()
    (lesson / "audio" / "audio.webm").write_bytes(b"x")
    facts = await facts_of(memory)
    assert facts["base"] == f"/presentation/{OWN}/"
    assert facts["media"] == ["video/webcams.mp4", "video/webcams.webm"]
    assert facts["screen"] == []
    assert "shapes.svg" in facts["data"]
    assert not {"polls.json", "notes.html", "captions.json"} & set(facts["data"])
    assert facts["tracks"] == [{"kind": "captions", "lang": "en", "label": "English", "href": "captions_en.vtt"}]
    for name in ("webm", "mp4"):
        (lesson / "video" / f"webcams.{name}").unlink()
    assert (await facts_of(memory))["media"] == ["audio/audio.webm"]


@awaited
async def test_small_texts_come_with_the_page_and_others_are_asked_for(memory: Memory, lesson: Path) -> None:
    hostile = '<a>\ufeff</script><script>{{base}}{{recording}}\u2028&amp;"</a>'
    (lesson / "cursor.xml").write_text(hostile, "utf-8")
    (lesson / "panzooms.xml").write_bytes(b"\xff<a/>")
    (lesson / "polls.json").write_text("[" + " " * EACH + "]")
    page = (await get(memory, f"/playback/presentation/2.3/{OWN}", Accept_Language="de")).body.decode()
    [found] = re.findall(r'<script type="application/json" id="given">([^<]*)</script>', page)
    given = json.loads(found)
    assert given["tag"] == "de"
    assert given["words"]["play"] == "Abspielen"
    assert given["texts"]["cursor.xml"] == hostile
    assert given["texts"]["panzooms.xml"] == "\ufffd<a/>"
    assert given["texts"]["shapes.svg"] == (lesson / "shapes.svg").read_text()
    assert set(given["texts"]) == set((await facts_of(memory))["data"]) - {"polls.json"}
    assert re.findall(r'as="fetch" crossorigin href="([^"]+)"', page) == [f"/presentation/{OWN}/polls.json"]
    # Of many that are small only the first are; a link that leads elsewhere is none of them.
    for name in ("cursor.xml", "panzooms.xml", "slides_new.xml", "deskshare.xml"):
        (lesson / name).write_text("<a/>" + " " * (EACH - 4))
    (lesson / "notes.html").symlink_to("/etc/hostname")
    page = (await get(memory, f"/playback/presentation/2.3/{OWN}")).body.decode()
    [found] = re.findall(r'id="given">([^<]*)</script>', page)
    given = json.loads(found)
    assert sum(map(len, given["texts"].values())) <= ALL
    assert "notes.html" not in given["texts"]


async def facts_of(memory: Memory) -> dict[str, Any]:
    page = await get(memory, f"/playback/presentation/2.3/{OWN}")
    [found] = re.findall(r'data-recording="([^"]*)"', page.body.decode())
    facts: dict[str, Any] = json.loads(unescape(found))
    return facts


@awaited
async def test_downloads_are_those_that_one_may_have(memory_with: Callable[..., Memory], tmp_path: Path) -> None:
    memory = memory_with(bbbd__recordingDownloads="true")
    make_playable(memory.directory)
    for name, file in (("podcast", "audio.ogg"), ("video", "video-0.webm"), ("notes", "")):
        make(memory.directory, "lesson", form=name)
        if file:
            (memory.directory / "published" / name / OWN / file).write_bytes(b"media")
    memory.look()
    facts = await facts_of(memory)
    assert facts["downloads"] == [
        {"format": "podcast", "href": f"/podcast/{OWN}/audio.ogg"},
        {"format": "video", "href": f"/video/{OWN}/video-0.webm"},
    ]
    assert facts["sound"] == [f"/podcast/{OWN}/audio.ogg"]


@awaited
async def test_a_server_below_a_path_has_all_its_links_there(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bigbluebutton__web__serverURL="https://bbb.example.org/rooms")
    make_playable(memory.directory)
    memory.look()
    page = await get(memory, f"/playback/presentation/2.3/{OWN}")
    links = re.findall(r'(?:src|href)="(/[^"#]+)', page.body.decode())
    assert links
    assert all(link.startswith("/rooms/") for link in links)
    assert (await facts_of(memory))["base"] == f"/rooms/presentation/{OWN}/"


def missing_links(own: str) -> list[str]:
    """Return the links by which people come to a recording."""
    return [
        f"/playback/presentation/2.3/{own}",
        f"/playback/presentation/2.3/{own}/",
        f"/playback/presentation/2.3/{own}?t=5s",
        f"/recording/{own}/presentation?token={'0' * 64}",
    ]


@awaited
async def test_people_who_follow_a_link_to_another_format_are_told_in_words_too(memory: Memory, lesson: Path) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    links = ("/playback/video/{}/", "/podcast/{}/audio.ogg", "/notes/{}/notes.pdf", "/presentation/{}/metadata.xml")
    pages = {(await memory.fetch(link.format(record_id("absent")), "GET", browser)).body for link in links}
    await memory.call("updateRecordings", recordID=OWN, protect="true")
    pages |= {(await memory.fetch(link.format(OWN), "GET", browser)).body for link in links}
    [page] = pages
    assert "There is no such recording" in page.decode()
    other = await memory.fetch("/some/thing", "GET", browser)
    assert other.body == b"Nothing is here.\n"


@awaited
async def test_an_unknown_an_unpublished_and_a_forbidden_recording_have_one_page(memory: Memory, lesson: Path) -> None:
    pages = {(await get(memory, path, Accept_Language="de")).body for path in missing_links(record_id("absent"))}
    pages |= {(await get(memory, path, Accept_Language="de")).body for path in missing_links("none")}
    await memory.call("updateRecordings", recordID=OWN, protect="true")
    for path in missing_links(OWN):
        answer = await get(memory, path, Accept_Language="de")
        assert (answer.status, answer.headers["content-type"]) == (404, "text/html;charset=utf-8")
        pages.add(answer.body)
    await memory.call("updateRecordings", recordID=OWN, protect="false")
    await memory.call("publishRecordings", recordID=OWN, publish="false")
    pages |= {(await get(memory, path, Accept_Language="de")).body for path in missing_links(OWN)}
    [page] = pages
    assert "Diese Aufzeichnung gibt es nicht" in page.decode()
    assert OWN not in page.decode()


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        (
            "https://moodle.example.edu/mod/view.php?id=1&x=%22",
            # Not the whole address, whose rest may be a secret.
            "https://moodle.example.edu/",
        ),
        ("http://[::1", None),
        ("javascript:alert(1)", None),
        ("https://user@evil.example.org/", None),
        ("", None),
    ],
)
@awaited
async def test_the_page_of_a_missing_recording_has_a_way_back(memory: Memory, referer: str, back: str | None) -> None:
    path = f"/playback/presentation/2.3/{OWN}"
    answer = await get(memory, path, **({"Referer": referer} if referer else {}))
    assert "There is no such recording" in answer.body.decode()
    links = re.findall(r'<a class="primary" href="([^"]*)">([^<]*)', answer.body.decode())
    assert links == ([(back, "Back to moodle.example.edu")] if back else [])
    assert ("Go back to where you found the link" in answer.body.decode()) is not bool(back)


@awaited
async def test_other_formats_have_their_links_and_strange_files_are_only_saved(memory: Memory) -> None:
    own = make(memory.directory, "demo", form="video")
    directory = memory.directory / "published" / "video" / own
    (directory / "index.html").write_text("<script>alert(1)</script>")
    (directory / "strange.exe").write_bytes(b"MZ")
    put(memory.directory, own, metadata(own, meeting_id="demo", form="ai-summary"), form="ai-summary")
    memory.look()
    for path in (f"/video/{own}/", f"/playback/video/{own}/", f"/recording/video/{own}/"):
        page = await get(memory, path)
        assert page.status == 200
        assert "script-src" not in page.headers["content-security-policy"]
        policy = page.headers["content-security-policy"]
        assert policy.startswith("sandbox allow-same-origin allow-downloads; default-src 'none'")
        assert "script" not in policy
    (directory / "lib.js").write_text("alert(1)")
    script = await get(memory, f"/video/{own}/lib.js")
    assert script.headers["content-type"] == "text/plain;charset=utf-8"
    assert script.headers["x-content-type-options"] == "nosniff"
    strange = await get(memory, f"/video/{own}/strange.exe")
    assert strange.headers["content-disposition"] == "attachment"
    assert (await get(memory, f"/ai-summary/{own}/metadata.xml")).status == 200
    assert (await memory.fetch(f"/video/{own}/", "POST")).status == 405


@awaited
async def test_bbbs_own_player_is_served_when_it_is_there(memory_with: Callable[..., Memory], tmp_path: Path) -> None:
    built = tmp_path / "built"
    (built / "static").mkdir(parents=True)
    (built / "index.html").write_text("<title>BBB</title>")
    (built / "static" / "main.js").write_text("1")
    memory = memory_with(bbbd__playerDir=str(built), bbbd__dataDir=str(tmp_path / "data"))
    for path in (
        f"/playback/presentation/2.3/{OWN}",
        "/playback/presentation/2.3/",
        "/playback/presentation/2.3/..%2f",
    ):
        assert (await get(memory, path)).body == b"<title>BBB</title>"
    script = await get(memory, "/playback/presentation/2.3/static/main.js")
    assert (script.body, script.headers["content-type"]) == (b"1", "text/javascript;charset=utf-8")


@awaited
async def test_a_protected_recording_is_let_in_once_by_a_link(memory: Memory, lesson: Path) -> None:
    path = f"/presentation/{OWN}/metadata.xml"
    await memory.call("updateRecordings", recordID=OWN, protect="true")
    assert (await get(memory, path)).status == 404
    listed = await memory.call("getRecordings")
    assert listed.text("recordings/recording/protected") == "true"
    assert listed.xml.find("recordings/recording/playback/format/preview") is None
    url = listed.text("recordings/recording/playback/format/url") or ""
    target = url.removeprefix("http://bbb.example.org")
    assert re.fullmatch(rf"/recording/{OWN}/presentation\?token=[0-9a-f]{{64}}", target)
    assert (await get(memory, target.replace("presentation", "podcast"))).status == 404
    let_in = await get(memory, target)
    assert (let_in.status, let_in.headers["location"]) == (307, f"/playback/presentation/2.3/{OWN}")
    cookie = let_in.headers["set-cookie"]
    assert re.match(rf"recording_presentation_{OWN}=[\w.-]+; Path=/presentation/{OWN}; Max-Age=21600; HttpOnly", cookie)
    assert (await get(memory, target)).status == 404
    own = cookie.split(";")[0]
    answer = await get(memory, path, Cookie=own)
    assert (answer.status, answer.headers["cache-control"]) == (200, "private, no-cache")
    for wrong in (own + "x", f"recording_presentation_{OWN}=x", "x"):
        assert (await get(memory, path, Cookie=wrong)).status == 404
    memory.advance(6 * 3600 + 1)
    assert (await get(memory, path, Cookie=own)).status == 404
    late = (await memory.call("getRecordings")).text("recordings/recording/playback/format/url") or ""
    memory.advance(3601)
    assert (await get(memory, late.removeprefix("http://bbb.example.org"))).status == 404
    await memory.call("updateRecordings", recordID=OWN, protect="false")
    assert (await get(memory, path)).status == 200


def paths_of(own: str) -> list[str]:
    """Return all paths by which a stranger could look for a recording."""
    return [
        f"/playback/presentation/2.3/{own}",
        f"/playback/presentation/2.3/{own}/",
        f"/playback/presentation/2.0/playback.html?meetingId={own}",
        f"/playback/player/{own}/downloads",
        f"/playback/video/{own}/",
        f"/presentation/{own}",
        f"/presentation/{own}/",
        f"/presentation/{own}/metadata.xml",
        f"/presentation/{own}/nothing",
        f"/presentation/{own}/.hidden",
        f"/presentation/{own}/text-tracks/",
        f"/presentation/{own}/text-tracks/captions_en.vtt",
        f"/video/{own}/",
        f"/recording/presentation/{own}/metadata.xml",
        f"/recording/{own}/presentation?token={'0' * 64}",
        f"/recording/{own}/presentation?token=",
        f"/textTrack/{'0' * 40}/{own}/captions_en.vtt",
        f"/bigbluebutton/textTrack/{'f' * 40}/{own}/captions_en.vtt",
    ]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@awaited
async def test_a_protected_recording_is_not_to_be_told_from_an_absent_one(
    memory: Memory, lesson: Path, method: str
) -> None:
    await memory.call("updateRecordings", recordID=OWN, protect="true")
    make(memory.directory, "lesson", form="video")
    captions = memory.directory / "captions" / OWN
    captions.mkdir(parents=True)
    (captions / "captions.json").write_text('[{"kind":"captions","lang":"en"}]')
    (captions / "captions_en.vtt").write_text("WEBVTT\n")
    memory.look()
    absent = record_id("absent")
    for cookie in ("", "recording_presentation_{own}=x"):
        for here, there in zip(paths_of(OWN), paths_of(absent), strict=True):
            answers = [
                await memory.fetch(path, method, {"Cookie": cookie.format(own=own)} if cookie else None)
                for path, own in ((here, OWN), (there, absent))
            ]
            protected, other = (
                (one.status, one.body.replace(own.encode(), b""), {**one.headers, "date": "", "x-request-id": ""})
                for one, own in zip(answers, (OWN, absent), strict=True)
            )
            assert str(protected).replace(OWN, "") == str(other).replace(absent, ""), here


@awaited
async def test_the_player_of_a_protected_recording_is_let_in_by_its_link_too(memory: Memory, lesson: Path) -> None:
    await memory.call("updateRecordings", recordID=OWN, protect="true")
    page = f"/playback/presentation/2.3/{OWN}"
    assert (await get(memory, page)).status == 404
    listed = await memory.call("getRecordings")
    target = (listed.text("recordings/recording/playback/format/url") or "").removeprefix("http://bbb.example.org")
    raw = memory.send(f"GET {target} HTTP/1.1\r\nHost: bbb.example.org\r\n\r\n".encode()).decode()
    cookies = re.findall(r"(?i)^set-cookie: ([^;]+); Path=([^;]+);", raw, re.MULTILINE)
    assert [path for _cookie, path in cookies] == [page, f"/presentation/{OWN}"]
    let_in = await get(memory, page, Cookie=cookies[0][0])
    assert (let_in.status, let_in.headers["content-type"]) == (200, "text/html;charset=utf-8")


def test_whoever_hangs_up_while_a_file_is_sent_harms_nobody(memory: Memory, lesson: Path) -> None:
    big = lesson / "video" / "webcams.webm"
    big.write_bytes(b"x" * 1_000_000)
    request = f"GET /presentation/{OWN}/video/webcams.webm HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    wire = memory.connect()
    wire.channel.pauseProducing()
    wire.channel.resumeProducing()
    wire.send(request)
    assert parse(wire.got()).status == 200
    for _ in range(3):
        gone = memory.connect()
        gone.send(request[:-2])
        gone.send(b"\r\n")
        gone.hang_up()
