"""The page's files over HTTP: a path for each below the page's version, kept by browsers, packed for them."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

import brotli
import pytest
from harness import Answer, Caller, Memory, awaited, parse
from sample_recordings import make, record_id

from bbbd.page.files import bundled

OWN = record_id("demo")
BASE = f"/html5client/{bundled().version}"


@awaited
async def test_a_file_is_served_below_its_features_folder(bbb: Caller) -> None:
    for name, content_type in (
        ("shell/main.js", "text/javascript"),
        ("slides/slideshow.js", "text/javascript"),
        ("slides/slides.css", "text/css"),
        ("slides/slides.svg", "image/svg+xml"),
        ("strings.de.json", "application/json"),
    ):
        plain = await bbb.fetch(f"{BASE}/{name}")
        assert plain.status == 200
        assert plain.headers["content-type"] == f"{content_type};charset=utf-8"
        assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "content-encoding" not in plain.headers


@awaited
async def test_a_file_is_packed_on_request(memory: Memory) -> None:
    plain = await memory.fetch(f"{BASE}/shell/main.js")
    packed = await memory.fetch(f"{BASE}/shell/main.js", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.body) == plain.body
    smallest = await memory.fetch(f"{BASE}/shell/main.js", headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
    assert smallest.headers["content-encoding"] == "br"
    assert brotli.decompress(smallest.body) == plain.body
    page = await memory.fetch("/html5client/join", headers={"Accept-Encoding": "br"})
    assert brotli.decompress(page.body) == (await memory.fetch("/html5client/join")).body
    assert (page.headers["content-encoding"], page.headers["cache-control"]) == ("br", "no-store")
    # At 1.6 Mbit/s this is a third of a second.
    assert len(page.body) + len(smallest.body) < 66_000


@awaited
async def test_modules_are_served_one_by_one_to_developers(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__pageModules="true")
    page = (await memory.fetch("/html5client/join")).body.decode()
    paths = re.findall(r'(?:href|src)="(/html5client/[^"]+)"', page)
    assert len(paths) > 50
    for path in paths:
        assert (await memory.fetch(path)).status == 200, path


@pytest.mark.parametrize(
    ("url", "allowed", "sources"),
    [
        ("http://bbb.example.org", "https:", "https: http:"),
        ("https://bbb.example.org", "https:", "https:"),
        ("http://bbb.example.org", "https://pictures.example.org", "https://pictures.example.org"),
    ],
)
@awaited
async def test_pictures_come_by_http_only_to_a_server_of_http(
    memory_with: Callable[..., Memory], url: str, allowed: str, sources: str
) -> None:
    memory = memory_with(**{"bigbluebutton.web.serverURL": url, "bbbd.clientImagesFrom": allowed})
    page = await memory.fetch("/html5client/join")
    policy = page.headers["content-security-policy"].split("; ")
    assert f"img-src 'self' blob: data: {sources}" in policy


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("gzip, br", "br"),
        ("GZIP;q=0.5, br", "br"),
        ("gzip, br;q=0.5", "gzip"),
        ("x-gzip", "gzip"),
        ("zstd, *", "gzip"),
        ("gzip; q=1.000", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=0", None),
        ("gzip ; Q = 0.0", None),
        ("gzip;q=0, *", None),
        ("gzip;q=nan", None),
        ("gzip;q=-1", None),
        ("zstd, *;q=0", None),
        ("br;q=0", None),
        ("identity", None),
        ("notgzip", None),
        ("", None),
    ],
)
@awaited
async def test_a_quality_of_0_refuses_a_packed_file(memory: Memory, accepted: str, coding: str | None) -> None:
    answer = await memory.fetch(f"{BASE}/shell/main.js", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == coding


@awaited
async def test_other_paths_are_404(memory: Memory) -> None:
    for path in (
        "",
        "/",
        "/chat",
        "/chat/",
        "/chat/none.js",
        "/shell/main.js/",
        "/shell/main.js/more",
        "/chat/../join_page.py",
        "/../join_page.py",
        "/%2e%2e/join_page.py",
        "/join_page.py",
        "/types.d.ts",
        "/tsconfig.json",
        "/languages/de.json",
        "/shell/index.html",
    ):
        assert (await memory.fetch(f"{BASE}{path}")).status == 404, path
    assert (await memory.fetch("/html5client/0000000000000000/shell/main.js")).status == 404


@awaited
async def test_a_file_is_only_read(memory: Memory) -> None:
    answer = await memory.fetch(f"{BASE}/shell/main.js", "POST")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


@awaited
async def test_every_file_that_the_page_names_is_served(memory: Memory) -> None:
    page = (await memory.fetch("/html5client/join")).body.decode()
    paths = re.findall(r'(?:href|src)="(/html5client/[^"]+)"', page)
    assert len(paths) > 3
    for path in paths:
        assert path.startswith(BASE)
        assert (await memory.fetch(path)).status == 200, path


def directives(page: Answer) -> dict[str, str]:
    """The content security policy of a page: the sources of each directive."""
    parts = (part.strip().partition(" ") for part in page.headers["content-security-policy"].split(";"))
    return {name: sources for name, _space, sources in parts}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/html5client/join", 200),
        (f"/html5client/join?sessionToken={'a' * 26}", 403),
        ("/", 200),
        ("/?errors=%5B%7B%22key%22%3A%22notFound%22%7D%5D", 200),
        ("/nothing", 404),
        ("/html5client/nothing", 404),
        (f"/playback/presentation/2.3/{OWN}", 200),
        ("/playback/presentation/2.3/none", 404),
        (f"/presentation/{OWN}/shapes.svg", 404),
        (f"/presentation/{OWN}/page.html", 200),
        ("/playback/presentation/2.0/playback.html?meetingId=x", 301),
    ],
)
@awaited
async def test_every_page_says_who_may_frame_it(memory_with: Callable[..., Memory], path: str, status: int) -> None:
    memory = memory_with(bbbd__clientFramesFrom="https://lms.example.org")
    own = make(memory.directory, "demo")
    (memory.directory / "published" / "presentation" / own / "page.html").write_text("<p>")
    memory.look()
    page = await memory.fetch(path.replace(OWN, own))
    assert page.status == status
    assert directives(page)["frame-ancestors"] == "https://lms.example.org"
    assert page.headers["cross-origin-opener-policy"] == "same-origin-allow-popups"


@awaited
async def test_guessing_is_stopped_by_a_page_that_says_who_may_frame_it(memory: Memory) -> None:
    for _ in range(31):
        page = await memory.fetch(f"/html5client/join?sessionToken={'a' * 26}")
    assert page.status == 429
    assert directives(page)["frame-ancestors"] == "https:"


@awaited
async def test_a_script_of_a_recording_is_none_of_the_pages(memory: Memory) -> None:
    own = make(memory.directory, "demo")
    memory.look()
    for path, files in (
        ("/html5client/join", "/html5client/"),
        (f"/playback/presentation/2.3/{own}", "/playback/player/"),
    ):
        page = await memory.fetch(path)
        assert directives(page)["script-src"].split()[0] == f"http://bbb.example.org{files}"
        # Besides them a script that is written into the page, by its hash.
        inline = re.findall(r"<script data-base[^>]*>(.*?)</script>", page.body.decode(), re.DOTALL)
        hashes = [f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in inline]
        assert directives(page)["script-src"].split()[1:] == hashes
        # A page that is reached by another address runs its own scripts there too, and no others.
        raw = memory.send(f"GET {path} HTTP/1.1\r\nHost: 10.0.0.1:8090\r\n\r\n".encode())
        assert directives(parse(raw))["script-src"].split() == [
            f"http://bbb.example.org{files}",
            f"10.0.0.1:8090{files}",
            *hashes,
        ]


@awaited
async def test_every_answer_says_how_it_is_to_be_kept_and_read(memory: Memory) -> None:
    own = make(memory.directory, "demo")
    memory.look()
    await memory.call("create", meetingID="demo")
    token = await memory.token("demo", "Ada", role="VIEWER")
    bearer = {"Authorization": f"Bearer {token}"}
    with_token = (
        f"/html5client/join?sessionToken={token}",
        f"/html5client/guestWait?sessionToken={token}",
        f"/bigbluebutton/api/enter?sessionToken={token}",
        f"/bigbluebutton/api/stuns?sessionToken={token}",
        "/html5client/door",
    )
    for path in (
        *with_token,
        "/",
        "/nothing",
        "/html5client/nothing",
        "/bigbluebutton/api",
        "/bigbluebutton/api/none",
        "/html5client/slides/none/1",
        f"/playback/presentation/2.3/{own}",
        f"/presentation/{own}/metadata.xml",
        "/textTrack/none/none/none",
    ):
        answer = await memory.fetch(path, headers=bearer)
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert "set-cookie" not in answer.headers, path
        assert "cache-control" in answer.headers, path
        if path in with_token:
            assert answer.status == 200, path
            assert answer.headers["cache-control"] == "no-store", path
        if answer.headers["content-type"].startswith("text/html"):
            assert answer.headers["referrer-policy"] == "no-referrer", path
            assert "content-security-policy" in answer.headers, path


@awaited
async def test_a_session_token_is_the_servers_own_each_time(memory: Memory) -> None:
    await memory.call("create", meetingID="demo")
    wished = "a" * 26
    pairs = {"role": "VIEWER", "userID": "ada", "sessionToken": wished, "session_token": wished, "auth_token": wished}
    tokens = {await memory.token("demo", "Ada", **pairs) for _ in range(50)}
    assert len(tokens) == 50
    assert wished not in tokens
    # 26 letters and digits are more than 128 bits.
    assert all(len(token) == 26 and token.isalnum() for token in tokens)
    assert len({token[place] for token in tokens for place in range(26)}) > 30


@awaited
async def test_the_page_may_use_microphone_camera_and_screen(memory: Memory) -> None:
    page = await memory.fetch("/html5client/join")
    allowed = page.headers["permissions-policy"].split(", ")
    assert {"camera=(self)", "microphone=(self)", "display-capture=(self)"} <= set(allowed)
    assert "media-src 'self' blob:" in page.headers["content-security-policy"].split("; ")
