"""What browsers, crawlers and messengers ask every site for: icons, a manifest, robots.txt, security.txt, a preview."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from draw_icons import ICONS, draw, draw_ico
from harness import Caller, Memory, awaited
from PIL import Image, ImageChops
from sample_recordings import make, record_id

from bbbd.page.files import bundled


@awaited
async def test_icons_are_at_the_names_that_browsers_guess(bbb: Caller) -> None:
    for name, content_type in (
        ("favicon.ico", "image/x-icon"),
        ("apple-touch-icon.png", "image/png"),
        ("apple-touch-icon-precomposed.png", "image/png"),
    ):
        answer = await bbb.fetch(f"/{name}")
        assert (answer.status, answer.headers["content-type"]) == (200, content_type)
        assert answer.headers["cache-control"] == "public, max-age=86400"
        Image.open(BytesIO(answer.body)).load()
        assert (await bbb.fetch(f"/{name}", "POST")).status == 405
        assert (await bbb.fetch(f"/{name}/x")).status == 404


@awaited
async def test_the_manifest_names_icons_that_are_there_and_the_server_itself(memory: Memory) -> None:
    page = await memory.fetch("/html5client/join")
    [path] = re.findall(r'rel="manifest" href="([^"]+)"', page.body.decode())
    assert "manifest-src 'self'" in page.headers["content-security-policy"]
    answer = await memory.fetch(path)
    assert answer.headers["content-type"] == "application/manifest+json;charset=utf-8"
    manifest = json.loads(answer.body)
    folder = path.rpartition("/")[0]
    for icon in manifest["icons"]:
        path_of_icon = f"{folder}/{icon['src']}".replace("icons/../", "")
        file = await memory.fetch(path_of_icon, headers={"Accept-Encoding": "gzip"})
        assert ("content-encoding" in file.headers) is path_of_icon.endswith(".svg")
        assert (file.status, file.headers["content-type"].partition(";")[0]) == (200, icon["type"])
        if icon["sizes"] != "any":  # Pictures are packed already.
            assert "x".join(map(str, Image.open(BytesIO(file.body)).size)) == icon["sizes"]
    # From /html5client/<version>/icons to the root, which a path before it moves with it.
    assert manifest["start_url"] == manifest["scope"] == "../" * path.strip("/").count("/")


@awaited
async def test_nothing_is_to_be_found_by_searching(memory: Memory) -> None:
    answer = await memory.fetch("/robots.txt")
    assert answer.headers["content-type"] == "text/plain;charset=utf-8"
    assert answer.body == b"User-agent: *\nDisallow: /\n"


@awaited
async def test_security_txt_is_there_once_somebody_can_be_told(memory_with: Callable[..., Memory]) -> None:
    assert (await memory_with().fetch("/.well-known/security.txt")).status == 404
    contacts = "mailto:security@example.org https://example.org/report"
    memory = memory_with(
        **{"bbbd.securityContact": contacts, "bigbluebutton.web.serverURL": "https://bbb.example.org/x"}
    )
    answer = await memory.fetch("/.well-known/security.txt")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain;charset=utf-8")
    mail, report, expires, canonical = answer.body.decode().splitlines()
    assert (mail, report) == ("Contact: mailto:security@example.org", "Contact: https://example.org/report")
    assert canonical == "Canonical: https://bbb.example.org/x/.well-known/security.txt"
    now = datetime.fromtimestamp(memory.app.server.meetings.clock.now().wall / 1000, UTC)
    until = datetime.fromisoformat(expires.removeprefix("Expires: "))
    assert timedelta(days=90) < until - now < timedelta(days=365)
    for path in ("/.well-known", "/.well-known/", "/.well-known/other"):
        assert (await memory.fetch(path)).status == 404


@awaited
async def test_a_preview_of_a_link_tells_nothing_of_the_meeting_or_recording(
    memory_with: Callable[..., Memory],
) -> None:
    memory = memory_with(**{"bigbluebutton.web.serverURL": "https://bbb.example.org"})
    await memory.call("create", meetingID="private-id", name="Private name")
    token = await memory.token("private-id", "Ada", role="VIEWER")
    make(memory.directory, "recorded", name="Private recording")
    memory.look()
    meeting = await memory.fetch(f"/html5client/join?sessionToken={token}")
    recording = await memory.fetch(f"/playback/presentation/2.3/{record_id('recorded')}")
    for answer, title in ((meeting, "Meeting"), (recording, "Recording")):
        head = answer.body.decode().partition("</head>")[0]
        said = dict(re.findall(r'<meta property="(og:\w+)" content="([^"]*)">', head))
        assert set(said) == {"og:type", "og:title", "og:description", "og:image"}
        assert said["og:title"] == title
        assert said["og:image"] == "https://bbb.example.org/apple-touch-icon.png"
        assert not {"og:url", "Private", token} & set(re.split(r"\W+", head))
        assert "{{" not in head


@awaited
async def test_the_bars_of_a_browser_have_the_colour_of_the_paper(memory: Memory) -> None:
    style = bundled().files["shell/page.css"].plain.decode()
    light, dark = dict.fromkeys(re.findall(r"--paper: (#\w+)", style))
    make(memory.directory, "recorded")
    memory.look()
    for path in ("/", "/html5client/join", f"/playback/presentation/2.3/{record_id('recorded')}"):
        page = (await memory.fetch(path)).body.decode()
        expression = r'<meta name="theme-color" content="(#\w+)" media="\(prefers-color-scheme: (\w+)\)">'
        colours = re.findall(expression, page)
        assert colours == [(light, "light"), (dark, "dark")], path


@pytest.mark.parametrize("name", sorted(draw()))
def test_the_icons_are_those_of_the_drawing(name: str) -> None:
    drawn = draw()[name]
    with Image.open(ICONS / name) as kept:
        assert (kept.size, kept.mode) == (drawn.size, drawn.mode)
        differences = ImageChops.difference(kept, drawn).getextrema()
    # Other versions of the library may smooth edges in another way.
    assert all(most <= 24 for _least, most in differences)  # type: ignore[misc]


def test_the_ico_has_every_size() -> None:
    sizes = {one.size for one in draw_ico()}
    with Image.open(ICONS / "favicon.ico") as kept:
        assert kept.info["sizes"] == sizes == {(16, 16), (32, 32), (48, 48)}
