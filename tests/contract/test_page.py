"""The page's files over HTTP: a path for each below the page's version, kept by browsers, packed for them."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import pytest
from kit import Caller, Memory, awaited

from bbbd.page.files import bundled

BASE = f"/html5client/{bundled().version}"


@awaited
async def test_a_file_is_served_below_its_features_folder(bbb: Caller) -> None:
    for name, content_type in (
        ("shell/main.js", "text/javascript"),
        ("chat/chat.js", "text/javascript"),
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
    plain = await memory.fetch(f"{BASE}/chat/chat.js")
    packed = await memory.fetch(f"{BASE}/chat/chat.js", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.body) == plain.body


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


@awaited
async def test_other_paths_are_404(memory: Memory) -> None:
    for path in (
        "",
        "/",
        "/chat",
        "/chat/",
        "/chat/none.js",
        "/chat/chat.js/",
        "/chat/chat.js/more",
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
    assert len(paths) > 50
    for path in paths:
        assert path.startswith(BASE)
        assert (await memory.fetch(path)).status == 200, path
