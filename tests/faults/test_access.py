"""Who gets in: origins and tokens in a matrix, paths that lead out, and every state of a recording and of a link."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from itertools import product
from pathlib import Path
from urllib.parse import quote

import pytest
from harness import Memory, awaited, query_of, signed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playable_recording import make_playable
from sample_recordings import record_id
from sample_tracks import SRT, VTT, multipart, part
from websocket_clients import InMemory, told

OWN, ABSENT = record_id("lesson"), record_id("absent")
#: What a page of this server sends, and what others may: each is an origin of its own for a browser.
GOOD = "http://bbb.example.org"
ORIGINS = (
    GOOD,
    "https://bbb.example.org",
    "http://bbb.example.org:8080",
    "http://bbb.example.org.evil.example",
    "http://evil.example/bbb.example.org",
    "http://evil.example",
    "http://sub.bbb.example.org",
    "http://bbb.example.org@evil.example",
    "file://",
    "null",
    "",
)


async def _good(memory: Memory) -> str:
    return await memory.token("demo", "Ada", role="VIEWER")


async def _of_an_ended_meeting(memory: Memory) -> str:
    await memory.call("create", meetingID="ends")
    token = await memory.token("ends", "Ada", role="VIEWER")
    await memory.call("end", meetingID="ends")
    return token


async def _replaced(memory: Memory) -> str:
    first = (await memory.enter("demo", "Bob", role="VIEWER", userID="bob")).session
    await memory.enter("demo", "Bob", role="VIEWER", userID="bob")
    return first


async def _of_a_guest_who_waits(memory: Memory) -> str:
    await memory.call("create", meetingID="asks", guestPolicy="ASK_MODERATOR")
    return await memory.token("asks", "Gus", role="VIEWER", guest="true")


async def _unknown(_memory: Memory) -> str:
    return "a" * 26


async def _malformed(_memory: Memory) -> str:
    return "A-Z"


#: How each token's holder is answered who comes from the right page. Whose token was good is told why it is no more.
TOKENS: dict[str, tuple[Callable[[Memory], Awaitable[str]], int]] = {
    "good": (_good, 101),
    "of a guest who waits": (_of_a_guest_who_waits, 101),
    "of an ended meeting": (_of_an_ended_meeting, 101),
    "replaced": (_replaced, 101),
    "unknown": (_unknown, 403),
    "malformed": (_malformed, 403),
}


@pytest.mark.parametrize(("origin", "name"), list(product(ORIGINS, TOKENS)))
@awaited
async def test_a_socket_opens_for_a_good_token_of_the_right_page_alone(memory: Memory, origin: str, name: str) -> None:
    await memory.call("create", meetingID="demo")
    make, status = TOKENS[name]
    member = InMemory(memory, await make(memory), Origin=origin)
    assert member.status == (status if origin == GOOD else 403)
    if member.status == 101 and member.closed is None:
        member.hello()
        told(member)
    assert bool(member.all("snapshot")) == (origin == GOOD and name == "good")
    assert (member.closed is not None) == (origin == GOOD and name in ("replaced", "of an ended meeting"))
    assert member.got == [] or origin == GOOD


@pytest.mark.parametrize("origin", ORIGINS)
@awaited
async def test_another_page_changes_nothing_with_the_cookies_of_a_browser(memory: Memory, origin: str) -> None:
    """No cookie has authority: whatever a browser sends by itself, a form of another page is nobody's."""
    await memory.call("create", meetingID="demo")
    token = await memory.token("demo", "Ada", role="MODERATOR")
    headers = {"Origin": origin, "Cookie": f"sessionToken={token}; token={token}; JSESSIONID={token}"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for path, body in (
        ("/html5client/slides?name=a.pdf", b"%PDF"),
        ("/bigbluebutton/api/feedback", b"rating=5"),
        ("/bigbluebutton/api/signOut", b""),
        ("/bigbluebutton/api/end", b"meetingID=demo"),
        ("/html5client/socket", b""),
    ):
        answer = await memory.fetch(path, "POST", headers | form, body)
        assert answer.status in (200, 401, 403, 405), path
    meeting = memory.meeting("demo")
    assert meeting.ended is None
    assert not meeting.decks
    assert token in meeting.sessions


# Paths.

CANARY = "the canary sings"
ROOTS = (
    "/",
    f"/presentation/{OWN}/",
    f"/presentation/{OWN}/video/",
    f"/presentation/{OWN}/text-tracks/",
    f"/recording/{OWN}/",
    "/playback/presentation/2.3/",
    "/playback/player/",
    f"/playback/player/{OWN}/",
    "/html5client/",
    "/html5client/slides/",
    f"/textTrack/0123456789abcdef/{OWN}/",
    f"/bigbluebutton/textTrack/0123456789abcdef/{OWN}/",
    "/bigbluebutton/",
    "/bbblb/api/v1/",
)
STEPS = (
    "..",
    "%2e%2e",
    ".%2e",
    "%252e%252e",
    "..%2f",
    "..%5c",
    "..\\",
    "%c0%ae%c0%ae",
    "．．",  # noqa: RUF001 - full stops that some normalisations make dots
    ".",
    "%00",
    "..%00",
    "..;",
    "....//",
    "",
    "~root",
    "%2f",
    "//",
)
TARGETS = (
    "canary.txt",
    "etc/passwd",
    "secret",
    "proc/self/environ",
    "%63anary.txt",
    "canary.txt%00.png",
    "canary.txt/",
)


def canaries(memory: Memory) -> None:
    """Put a canary wherever a path might lead that leads out; one is reached by a link inside."""
    make_playable(memory.directory)
    published = memory.directory / "published/presentation" / OWN
    for directory in (memory.directory.parent, memory.directory, published.parent.parent, published.parent):
        (directory / "canary.txt").write_text(CANARY)
    (published / "link.txt").symlink_to(memory.directory / "canary.txt")
    (published / "out").symlink_to(memory.directory)
    captions = memory.directory / "captions" / OWN
    captions.mkdir(parents=True, exist_ok=True)
    (captions / "captions.json").write_text('[{"kind":"captions","lang":"en"}]')
    (captions / "captions_en.vtt").symlink_to(memory.directory / "canary.txt")
    memory.look()


def ask(memory: Memory, path: str, method: str = "GET") -> bytes:
    """Ask for a path byte for byte as it is."""
    head = f"{method} {path} HTTP/1.1\r\nHost: bbb.example.org\r\nConnection: close\r\n\r\n"
    return memory.send(head.encode())


def is_shut(answer: bytes) -> bool:
    """Return whether an answer has nothing of what lies outside."""
    return CANARY.encode() not in answer and b"root:" not in answer and b"HOME=" not in answer


@awaited
async def test_no_path_leads_out(memory: Memory) -> None:
    canaries(memory)
    assert (await memory.fetch(f"/presentation/{OWN}/metadata.xml")).status == 200
    for root, step, target in product(ROOTS, STEPS, TARGETS):
        for deep in (1, 3, 12) if target == TARGETS[0] else (3,):
            path = root + "/".join([*[step] * deep, target])
            assert is_shut(ask(memory, path.replace(" ", "%20"))), path
    for inside in ("link.txt", "out/canary.txt", "out/secret", "text-tracks/captions_en.vtt"):
        assert is_shut(ask(memory, f"/presentation/{OWN}/{inside}")), inside


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(ROOTS),
    st.lists(st.sampled_from((*STEPS, *TARGETS, OWN, "presentation", "video")) | st.text(max_size=6), max_size=8),
)
def test_no_path_at_all_leads_out(memory: Memory, root: str, steps: list[str]) -> None:
    if not (memory.directory / "canary.txt").exists():
        canaries(memory)
    path = root + "/".join(steps)
    for one in (path, quote(path), quote(path, safe="")):
        target = "".join(mark for mark in one if mark.isprintable() and not mark.isspace()) or "/"
        assert is_shut(ask(memory, target if target.startswith("/") else f"/{target}"))


#: Ids that are none: each may be given to any call that names a file by an id.
IDS = (
    "../../canary",
    "..",
    "/etc/passwd",
    f"../presentation/{OWN}",
    "a/b",
    "a\0b",
    f"{OWN}/../{OWN}",
    "%2e%2e",
    "*",
    "~",
)


@pytest.mark.parametrize("name", IDS)
@awaited
async def test_no_id_of_a_call_leads_out(memory: Memory, name: str) -> None:
    canaries(memory)

    def files() -> list[Path]:
        own = ("meetings", "outbox", "newest", "recordings.index", "inbox", "reserve")
        every = sorted([*memory.directory.rglob("*"), *memory.directory.parent.iterdir()])
        return [path for path in every if not any(part in own for part in path.parts)]

    before = files()
    for call, pairs in (
        ("getRecordings", {}),
        ("publishRecordings", {"publish": "false"}),
        ("deleteRecordings", {}),
        ("updateRecordings", {"meta_a": "b"}),
        ("getRecordingTextTracks", {}),
    ):
        answer = await memory.call(call, recordID=name, **pairs)
        assert is_shut(answer.body), call
        assert answer.status == 200
    for kind, lang in (("captions", "en"), (name, "en"), ("captions", name)):
        query = query_of({"recordID": name if kind == "captions" and lang == "en" else OWN, "kind": kind, "lang": lang})
        body = multipart(part("file", SRT, name.replace("\0", "")))
        headers = {"Content-Type": "multipart/form-data; boundary=xyz"}
        await memory.fetch(signed("putRecordingTextTrack", query), "POST", headers, body)
    await memory.call("create", meetingID="demo")
    await memory.call("join", meetingID="demo", fullName="A", role="VIEWER", configToken=name, redirect="false")
    memory.advance(31)
    assert files() == before
    assert os.path.lexists(memory.directory / "published/presentation" / OWN / "metadata.xml")


# Recordings that are protected, unpublished or not there.


async def _token_path(memory: Memory, format_name: str = "presentation") -> str:
    listed = await memory.call("getRecordings", recordID=OWN)
    url = listed.text(f"recordings/recording/playback/format[type='{format_name}']/url") or ""
    return url.removeprefix("http://bbb.example.org")


async def _anonymous(_memory: Memory) -> str:
    return f"/recording/{OWN}/presentation"


async def _other_token(memory: Memory) -> str:
    return (await _token_path(memory))[:-8] + "00000000"


async def _used(memory: Memory) -> str:
    path = await _token_path(memory)
    assert (await memory.fetch(path)).status == 307
    return path


async def _expired(memory: Memory) -> str:
    path = await _token_path(memory)
    memory.advance(3601)
    return path


async def _unpublished(memory: Memory) -> str:
    path = await _token_path(memory)
    assert (await memory.call("publishRecordings", recordID=OWN, publish="false")).code == "SUCCESS"
    return path


async def _deleted(memory: Memory) -> str:
    path = await _token_path(memory)
    assert (await memory.call("deleteRecordings", recordID=OWN)).code == "SUCCESS"
    return path


async def _of_another_format(memory: Memory) -> str:
    return (await _token_path(memory)).replace("/presentation?", "/video?")


@pytest.mark.parametrize("way", [_anonymous, _other_token, _used, _expired, _unpublished, _deleted, _of_another_format])
@awaited
async def test_a_protected_recording_opens_to_a_fresh_token_alone(
    memory: Memory, way: Callable[[Memory], Awaitable[str]]
) -> None:
    make_playable(memory.directory)
    captions = memory.directory / "captions" / OWN
    captions.mkdir(parents=True)
    (captions / "captions.json").write_text('[{"kind":"captions","lang":"en"}]')
    (captions / "captions_en.vtt").write_text(VTT)
    memory.look()
    await memory.call("updateRecordings", recordID=OWN, protect="true")
    assert (await memory.fetch(await _token_path(memory))).status == 307
    path = await way(memory)
    refused = await memory.fetch(path)
    assert refused.status == 404
    absent = await memory.fetch(path.replace(OWN, ABSENT))
    assert (refused.status, refused.body) == (absent.status, absent.body)
    assert "set-cookie" not in refused.headers
    for file in ("metadata.xml", "video/webcams.webm", "text-tracks/", "text-tracks/captions_en.vtt"):
        assert (await memory.fetch(f"/presentation/{OWN}/{file}")).status == 404, file
