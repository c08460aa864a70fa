"""Archives over HTTP, as BBBLB takes them: in memory for every refusal, against the daemon for a large one."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from harness import BEGUN, SECRET, Caller, Daemon, Memory, awaited
from sample_recordings import make, metadata, places, record_id

PATH = "/bbblb/api/v1/recording/upload"
OWN = record_id("demo")


def token(secret: Any = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    claims = {"sub": "bbb:node.example.org", "aud": "bbb.example.org", "exp": 4_000_000_000} | claims
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(given, secret, algorithm=algorithm, headers={"kid": "bbb:node.example.org"})


def archive(form: str = "presentation", extra: int = 0, mode: str = "w") -> bytes:
    """Return a tar of one format, with so many more bytes that do not pack."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as tar:  # type: ignore[call-overload]
        files = {"metadata.xml": metadata(OWN, form=form).encode(), "audio.bin": os.urandom(extra)}
        for name, data in files.items():
            member = tarfile.TarInfo(f"/var/bigbluebutton/published/{form}/{OWN}/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


async def upload(caller: Caller, body: bytes, **headers: str) -> tuple[int, dict[str, str]]:
    given = {"Content-Type": "application/x-tar", "Authorization": f"Bearer {token()}"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await caller.fetch(PATH, "POST", given, body)
    assert answer.headers["content-type"] == "application/json"
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@awaited
async def test_an_archive_is_taken_and_is_unpublished_at_first(memory: Memory, mode: str) -> None:
    status, told = await upload(memory, archive(mode=mode))
    assert (status, told["message"]) == (202, "Import accepted.")
    assert [path.name for path in (memory.directory / "import" / "uploads").iterdir()] == [f"{told['importId']}.tar"]
    memory.advance(3)
    assert places(memory.directory, OWN) == {"unpublished/presentation"}
    answer = await memory.call("getRecordings", recordID=OWN, state="unpublished")
    assert answer.text("recordings/recording/recordID") == OWN
    assert not list((memory.directory / "import" / "uploads").iterdir())


@awaited
async def test_what_is_published_here_stays_so_when_another_format_comes(memory: Memory) -> None:
    make(memory.directory, form="podcast")
    memory.look()
    await upload(memory, archive())
    memory.advance(3)
    assert places(memory.directory, OWN) == {"published/podcast", "published/presentation"}


@pytest.mark.parametrize(
    ("authorization", "why"),
    [
        ("", "none"),
        ("Bearer", "no token"),
        ("Bearer x.y.z", "no JWT"),
        (f"Basic {token()}", "another scheme"),
        (f"Bearer {token('another' * 9)}", "another secret"),
        (f"Bearer {token(exp=int(BEGUN) - 100_000_000)}", "expired"),
        (f"Bearer {token(exp=None)}", "never expires"),
        (f"Bearer {token(aud='other.example.org')}", "for another server"),
        (f"Bearer {token(aud=None)}", "for nobody"),
        (f"Bearer {token(None, 'none')}", "not signed"),
        (f"Bearer {token(SECRET * 4, 'HS512')}", "another algorithm"),
    ],
)
@awaited
async def test_a_token_that_is_not_good_is_refused_unread(memory: Memory, authorization: str, why: str) -> None:
    for body in (archive(), b""):
        status, told = await upload(memory, body, Authorization=authorization)
        assert (status, told["message"]) == (401, "The bearer token is missing or not valid."), why
    assert not (memory.directory / "import").exists()


@awaited
async def test_other_types_and_methods_are_refused(memory: Memory) -> None:
    status, told = await upload(memory, archive(), Content_Type="application/zip")
    assert (status, told["message"]) == (415, "The content type must be application/x-tar.")
    assert (await memory.fetch(PATH)).status == 405
    assert (await memory.fetch("/bbblb/api/v1/recording")).status == 404


@awaited
async def test_what_is_no_archive_is_set_aside_with_the_reason(memory: Memory) -> None:
    status, told = await upload(memory, b"rubbish" * 1000)
    assert status == 202
    memory.advance(3)
    failed = memory.directory / "import" / "uploads" / "failed"
    assert (failed / f"{told['importId']}.tar").read_bytes() == b"rubbish" * 1000
    assert "is not a whole tar archive" in (failed / f"{told['importId']}.tar.txt").read_text()


@awaited
async def test_a_body_that_breaks_off_leaves_nothing(memory: Memory) -> None:
    wire = memory.connect()
    head = f"POST {PATH} HTTP/1.1\r\nHost: bbb.example.org\r\nAuthorization: Bearer {token()}\r\n"
    wire.send((head + "Content-Type: application/x-tar\r\nContent-Length: 20000\r\n\r\n").encode() + b"x" * 10_000)
    uploads = memory.directory / "import" / "uploads"
    assert len(list(uploads.iterdir())) == 1
    wire.hang_up()
    assert not list(uploads.iterdir())


@awaited
async def test_a_disk_without_room_is_told(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__minFreeDisk="999999 GiB")
    status, told = await upload(memory, archive())
    assert (status, told["message"]) == (507, "The archive cannot be stored.")


@awaited
async def test_a_large_one_reaches_the_daemon_in_pieces(start_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    daemon = start_daemon()
    data = archive(extra=30 << 20)
    status, _told = await upload(daemon, data, Authorization=f"Bearer {token(aud=f'127.0.0.1:{daemon.port}')}")
    assert status == 202
    imported = await daemon.until_logged("import")
    assert imported["told"].startswith("imported")
    assert imported["audit"] is True
    lying = daemon.directory / "unpublished" / "presentation" / OWN / "audio.bin"
    assert lying.stat().st_size == 30 << 20
