"""Recordings that are ready: applications are told once, whatever is done again; and ``bbbd callbacks``."""

from __future__ import annotations

import base64
import json
import subprocess
import tarfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from callback_receivers import Receiver, status
from harness import SECRET, Daemon, Memory, awaited, run, until
from sample_recordings import make, record_id
from twisted.internet.threads import deferToThread

from bbbd.callbacks.deliveries import CallbackKind, Delivery, request_of
from bbbd.settings.settings import Settings

OWN = record_id("test01")
Make = Callable[..., Memory]
Told = subprocess.CompletedProcess[str]


def payload(token: str) -> dict[str, str]:
    middle = token.split(".")[1]
    found: dict[str, str] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return found


def archive(tmp_path: Path, url: str, form: str = "presentation", key: str = "bbb-recording-ready-url") -> Path:
    """Write an archive of one format of a recording that wants to be told of."""
    make(tmp_path / "elsewhere", "test01", form=form, meta={key: url})
    path = tmp_path / f"{form}.tar"
    with tarfile.open(path, "w") as tar:
        tar.add(tmp_path / "elsewhere" / "published" / form / OWN, f"{form}/{OWN}")
    return path


def command(data: Path, *arguments: str, settings: str = "") -> Told:
    file = data.parent / "own.properties"
    file.write_text(f"securitySalt={SECRET}\nbbbd.callbackNetworks=127.0.0.0/8\n{settings}")
    return run(*arguments, "--settings", str(file), "--data-dir", str(data))


@pytest.mark.parametrize("key", ["bbb-recording-ready-url", "bn-recording-ready-url", "Canvas-Recording-Ready-Url"])
@awaited
async def test_an_import_that_is_to_tell_tells_once(
    memory_with: Make, receiver: Receiver, tmp_path: Path, key: str
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    first = archive(tmp_path, receiver.url("/ready?x=1"), key=key)
    told = command(data, "recordings", "import", "--notify", str(first))
    assert told.stdout == f"imported       {OWN} presentation\n", told.stderr
    assert command(data, "recordings", "import", "--notify", str(first)).stdout.startswith("already there")
    second = archive(tmp_path, receiver.url("/ready?x=1"), "podcast", key=key)
    assert command(data, "recordings", "import", "--notify", str(second)).returncode == 0
    memory = Memory(directory=data, settings={"bbbd.callbackNetworks": "127.0.0.0/8"})
    memory.advance(1)
    (got,) = await receiver.has(1)
    assert (got.method, got.target) == ("POST", "/ready?x=1")
    assert got.headers["content-type"] == "application/x-www-form-urlencoded"
    assert list(got.form) == ["signed_parameters"]
    assert payload(got.form["signed_parameters"]) == {"meeting_id": "test01", "record_id": OWN}
    await until(lambda: len(memory.app.server.outbox) == 0)
    memory.hang_up()


@awaited
async def test_an_import_alone_tells_nobody(memory_with: Make, receiver: Receiver, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    assert command(data, "recordings", "import", str(archive(tmp_path, receiver.url()))).returncode == 0
    assert not list(data.glob("outbox/*.json*"))


@awaited
async def test_beside_a_daemon_it_is_told_too(
    start_daemon: Callable[..., Daemon], receiver: Receiver, tmp_path: Path
) -> None:
    daemon = start_daemon(settings={"bbbd.callbackNetworks": "127.0.0.0/8"})
    await daemon.call("hooks/create", callbackURL=receiver.url("/hook"))
    own = f"bbbd.listen=tcp:{daemon.port}:interface=127.0.0.1\n"
    path = str(archive(tmp_path, receiver.url()))
    for _time in range(2):
        told = await deferToThread(command, daemon.directory, "recordings", "import", "--notify", path, settings=own)
        assert (told.returncode, told.stderr) == (0, "")
    await receiver.has(2)
    await daemon.until_logged("callback_done", 2)
    hook = next(got for got in receiver.got if got.target.startswith("/hook"))
    assert hook.event["id"] == "rap-publish-ended"
    attributes = hook.event["attributes"]
    assert (attributes["record-id"], attributes["success"], attributes["workflow"]) == (OWN, True, "presentation")
    assert attributes["recording"]["playback"]["format"] == "presentation"
    assert attributes["recording"]["metadata"]["bbb-recording-ready-url"] == receiver.url()


def test_the_token_is_bigbluebuttons() -> None:
    own = "c25a79c57906ba7027b36d380230db92bbc0fd64-1531240585189"
    said = json.dumps({"meeting_id": "test01", "record_id": own})
    entry = Delivery(kind=CallbackKind.READY, url="http://x/", receiver="http://x/", content=said, created_at=0)
    assert request_of(entry, SECRET, 0, Settings()).body.decode() == (
        "signed_parameters=eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJtZWV0aW5nX2lkIjoidGVzdDAxIiwicmVjb3JkX2lkIjoiYzI1YTc"
        "5YzU3OTA2YmE3MDI3YjM2ZDM4MDIzMGRiOTJiYmMwZmQ2NC0xNTMxMjQwNTg1MTg5In0.Td7C2tvevEtlJmh6tmTnAIVyiG5_dLCQgnEaDCB8vPo"
    )


@pytest.mark.parametrize(
    ("code", "tries"), [(200, 1), (202, 1), (301, 1), (401, 1), (404, 1), (410, 1), (403, 2), (500, 2)]
)
@awaited
async def test_some_answers_end_it_and_others_are_tried_again(
    memory_with: Make, receiver: Receiver, tmp_path: Path, asked_for: set[str], code: int, tries: int
) -> None:
    asked_for.add("callback_given_up")
    receiver.usual = status(code)
    data = tmp_path / "data"
    data.mkdir()
    assert command(data, "recordings", "import", "--notify", str(archive(tmp_path, receiver.url()))).returncode == 0
    memory = Memory(directory=data, settings={"bbbd.callbackNetworks": "127.0.0.0/8"})
    memory.advance(1)
    await receiver.has(1)
    await until(lambda: not memory.app.server.outbox._attempts)
    memory.advance(31)
    await until(lambda: not memory.app.server.outbox._attempts)
    assert len(receiver.got) == tries
    memory.hang_up()


@awaited
async def test_it_is_tried_for_a_day_with_growing_pauses(
    memory_with: Make, receiver: Receiver, tmp_path: Path, asked_for: set[str]
) -> None:
    asked_for.add("callback_given_up")
    receiver.usual = status(500)
    data = tmp_path / "data"
    data.mkdir()
    memory = Memory(directory=data, settings={"bbbd.callbackNetworks": "127.0.0.0/8"})
    said = json.dumps({"meeting_id": "test01", "record_id": OWN})
    now = memory.app.meetings.clock.now().wall
    entry = Delivery(kind=CallbackKind.READY, url=receiver.url(), receiver=receiver.url(), content=said, created_at=now)
    memory.app.server.outbox.add([entry])
    when: list[float] = []
    for _minute in range(26 * 60):
        before = len(receiver.got)
        memory.timer.advance(60)
        await until(lambda: not memory.app.server.outbox._attempts)
        if len(receiver.got) > before:
            when.append(memory.timer.seconds())
    pauses = [round(later - earlier) for earlier, later in pairwise(when)]
    assert pauses == sorted(pauses)
    assert (pauses[-1], 24 * 3600 <= when[-1] <= 25 * 3600 + 120) == (3600, True)
    assert 25 < len(receiver.got) < 40
    listed = command(data, "callbacks", "list")
    (line,) = listed.stdout.splitlines()
    assert f"given up  ready      2018-07-09 17:03:29  {len(receiver.got)} tries" in line
    assert line.endswith(f'http://127.0.0.1:{receiver.port}  status 500  "HTTP/1.1 500 Said: ok"')
    assert OWN not in listed.stdout
    receiver.usual = status(200)
    given = line.split(" ")[0]
    assert command(data, "callbacks", "retry", given).stdout == f"again  {given}\n"
    refusal = f"bbbd: no callback that was given up has the id '{given}'\n"
    assert command(data, "callbacks", "retry", given).stderr == refusal
    memory.advance(3)
    await until(lambda: len(memory.app.server.outbox) == 0)
    assert command(data, "callbacks", "list").stderr == "nothing is due\n"
    assert command(data, "callbacks", "retry").returncode == 1
    memory.hang_up()
