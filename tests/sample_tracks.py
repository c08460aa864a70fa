"""Uploads of text tracks: bodies as clients send them, and what can be seen of a recording's tracks afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness import Answer, Caller, Daemon, query_of, signed

SRT = b"1\r\n00:00:01,000 --> 00:00:02,500\r\nHello <b>world</b> & all\r\n"
VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nHello <b>world</b> &amp; all\n"
CALL = "putRecordingTextTrack"


def part(name: str, data: bytes, filename: str | None = None, content_type: str = "") -> bytes:
    """Return one part of a multipart body, without its boundary."""
    named = "" if filename is None else f'; filename="{filename}"'
    typed = f"Content-Type: {content_type}\r\n" if content_type else ""
    return f'Content-Disposition: form-data; name="{name}"{named}\r\n{typed}\r\n'.encode() + data + b"\r\n"


def multipart(*parts: bytes, boundary: str = "xyz") -> bytes:
    return b"".join(f"--{boundary}\r\n".encode() + one for one in parts) + f"--{boundary}--\r\n".encode()


async def put(
    caller: Caller,
    own: str,
    data: bytes | None,
    kind: str = "captions",
    lang: str = "en",
    *,
    filename: str = "a.srt",
    content_type: str = "",
    **more: str,
) -> Answer:
    """Upload a file, or without one have the track taken away."""
    target = signed(CALL, query_of({"recordID": own, "kind": kind, "lang": lang} | more), caller.secret)
    if data is None:
        return await caller.fetch(target, "POST")
    body = multipart(part("file", data, filename, content_type))
    return await caller.fetch(target, "POST", {"Content-Type": "multipart/form-data; boundary=xyz"}, body)


async def tracks(caller: Caller, own: str) -> list[dict[str, Any]]:
    """Return what getRecordingTextTracks lists."""
    answer = await caller.call("getRecordingTextTracks", recordID=own)
    assert answer.json["returncode"] == "SUCCESS", answer.body
    found: list[dict[str, Any]] = answer.json["tracks"]
    return found


def named(found: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    return [(one["kind"], one["lang"], one["label"], one["source"]) for one in found]


async def text_of(caller: Caller, track: dict[str, Any]) -> str:
    """Download a track by its link."""
    answer = await caller.fetch(urlsplit(track["href"]).path)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/vtt;charset=utf-8")
    return answer.body.decode()


async def settled(caller: Caller, count: int = 1, event: str = "track_changed") -> None:
    """Wait until so many uploads are done; in memory they are at once."""
    if isinstance(caller, Daemon):
        await caller.until_logged(event, count)


def player_index(directory: Path) -> list[tuple[str, str, str]]:
    """Return what the player's index of a presentation says, and check that its files are there."""
    entries = json.loads((directory / "captions.json").read_text())
    assert all((directory / f"caption_{one['locale']}.vtt").is_file() for one in entries)
    return [(one.get("kind", "captions"), one["locale"], one["localeName"]) for one in entries]
