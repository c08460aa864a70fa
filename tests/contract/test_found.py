"""A data directory that an earlier bbbd left is taken up whole by a real daemon."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jwt
import pytest
from callback_receivers import Receiver
from golden_directory import ARCHIVES, CONFIG, DUE, MOVING, PATIENT, check_meetings, check_recordings, due, lay
from harness import SECRET, Daemon, awaited, until
from sample_documents import bearer
from websocket_clients import connected


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: path.name)
@awaited
async def test_a_daemon_finds_all_that_an_earlier_one_left(
    start_daemon: Callable[..., Daemon], receiver: Receiver, tmp_path: Path, archive: Path
) -> None:
    directory = tmp_path / "found"
    lay(directory, receiver.url(""), archive)
    # The secret is that of the directory, too.
    daemon = start_daemon(directory=directory, settings=PATIENT | {"securitySalt": ""})
    await check_meetings(daemon)
    await daemon.until_logged("track_changed")
    await until((directory / "import/golden.answer").exists)
    await check_recordings(daemon, directory)
    paths = [f"/{path}" for path in DUE]

    def came() -> set[str]:
        return {one.target.partition("&checksum")[0].partition("?checksum")[0] for one in receiver.got}

    await until(lambda: set(paths) <= came())
    [ready] = [one for one in receiver.got if one.target == "/ready"]
    told = jwt.decode(ready.form["signed_parameters"], SECRET, algorithms=["HS256"])
    assert told["record_id"]
    await until(lambda: not due(directory))
    await daemon.restart()
    await check_meetings(daemon)
    await check_recordings(daemon, directory)
    assert (await daemon.call("publishRecordings", recordID=MOVING, publish="true")).code == "SUCCESS"


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: path.name)
@awaited
async def test_whoever_comes_back_finds_slides_chat_lobby_and_config(
    start_daemon: Callable[..., Daemon], receiver: Receiver, tmp_path: Path, archive: Path
) -> None:
    directory = tmp_path / "found"
    lay(directory, receiver.url(""), archive)
    daemon = start_daemon(directory=directory, settings=PATIENT)
    ada = await connected(daemon, daemon, "anew", "Ada", role="MODERATOR", userID="ada")
    with ada:
        seen = ada.last("snapshot")
        assert [one["text"] for one in seen["chat"]] == ["After"]
        assert [one["name"] for one in seen["lobby"]] == ["Eve"]
        assert [(one["name"], bool(one["hand"])) for one in seen["people"]] == [("Ada", False), ("Bob", True)]
        assert [(one["name"], one["state"], one["pages"]) for one in seen["decks"]] == [
            ("one.pdf", "ready", 2),
            ("two.pdf", "ready", 1),
        ]
        assert seen["locks"]["cam"]
        stage = seen["stage"]
        assert (stage["deck"], stage["page"]) == (seen["decks"][1]["deck"], 1)
        page = await daemon.fetch(f"/html5client/slides/{stage['deck']}/1", headers=bearer(ada))
        assert (page.status, page.headers["content-type"]) == (200, "image/png")
    for token, text in ((CONFIG, "<config>golden</config>"), ("golden.xml", "<config>file</config>")):
        session = await daemon.token("anew", "Cyd", role="MODERATOR", configToken=token)
        assert (await daemon.fetch(f"{API}/configXML?sessionToken={session}")).body.decode() == text
    await until(lambda: not due(directory))


API = "/bigbluebutton/api"
