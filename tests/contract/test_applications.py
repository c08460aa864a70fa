"""Applications with a name and a secret of their own: what they call, who did it, and what signs what they are sent."""

from __future__ import annotations

import hashlib
import json
import signal
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from callback_receivers import Receiver
from harness import SECRET, Daemon, Memory, awaited, run, signed, until
from twisted.logger import LogEvent, formatEvent

from bbbd.meetings.recording import RecordingMarked
from bbbd.settings.applications import load_all_secrets
from bbbd.settings.properties import read_settings
from bbbd.settings.secret import NoSecret
from bbbd.storage.disk import Disk

OWN = "own-secret-of-the-school-which-is-long-enough-for-a-digest"


def secret(directory: Path, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
    told = run("secret", *arguments, "--settings", "/dev/null", "--data-dir", str(directory), stdin=stdin)
    return told.returncode, told.stdout, told.stderr


def test_applications_get_secrets_and_lose_them(tmp_path: Path) -> None:
    assert secret(tmp_path, "list") == (0, "", "no application has a secret of its own\n")
    status, told, _ = secret(tmp_path, "add", "moodle")
    file = tmp_path / "applications"
    name, made = file.read_text().split()
    assert (status, name, len(made), stat.S_IMODE(file.stat().st_mode)) == (0, "moodle", 64, 0o600)
    assert f"Secret: {made}\n" in told
    assert secret(tmp_path, "add", "cloud", stdin=f"{OWN}\n")[0] == 0
    for refused, given, why in (
        ("moodle", "", "has a secret already"),
        ("third", OWN, "in use already"),
        ("third", (tmp_path / "secret").read_text(), "in use already"),
        ("third", "a,b", "comma"),
        ("a b", "", "a name is"),
    ):
        status, told, objection = secret(tmp_path, "add", refused, stdin=given)
        assert (status, told) == (1, "")
        assert why in objection
    status, told, objection = secret(tmp_path, "set", stdin=OWN)
    assert (status, told, "an application has this secret" in objection) == (1, "", True)
    assert secret(tmp_path, "list") == (0, "moodle\ncloud\n", "")
    assert json.loads(secret(tmp_path, "remove", "moodle", "--json")[1]) == {"name": "moodle"}
    assert secret(tmp_path, "remove", "moodle")[0] == 1
    assert file.read_text() == f"cloud {OWN}\n"


@pytest.mark.parametrize("text", ["moodle", "a b c\nd", "a x\na y", "a x\nb x", "../a x", b"\xff"])
def test_a_file_that_cannot_be_read_keeps_bbbd_from_starting_and_tells_no_secret(
    tmp_path: Path, text: str | bytes
) -> None:
    (tmp_path / "applications").write_bytes(text if isinstance(text, bytes) else text.encode())
    status, told, objection = secret(tmp_path, "list")
    assert (status, told) == (1, "")
    assert str(tmp_path / "applications") in objection


def test_the_servers_own_secret_is_no_applications_too(tmp_path: Path) -> None:
    settings = replace(read_settings(("/dev/null",))[0], data_dir=str(tmp_path))
    (tmp_path / "secret").write_text("new\nold\n")
    (tmp_path / "applications").write_text(f"cloud {OWN}\n")
    assert load_all_secrets(settings, Disk()) == (("new", "old"), {"cloud": OWN})
    (tmp_path / "applications").write_text(f"cloud {OWN}\nschool old\n")
    with pytest.raises(NoSecret, match="applications: school has the server's own secret"):
        load_all_secrets(settings, Disk())


@awaited
async def test_who_did_it_stands_in_the_audit_log_until_its_secret_is_taken_away(
    start_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    daemon = start_daemon()
    secret(daemon.directory, "add", "school", stdin=f"{OWN}\n")

    async def call(name: str, query: str) -> str | None:
        return (await daemon.fetch(signed(name, query, OWN))).key or "ok"

    assert await call("create", "meetingID=demo") == "checksumError"
    daemon.process.send_signal(signal.SIGHUP)
    assert (await daemon.until_logged("reloaded"))["changed"] == "applications"
    assert await call("create", "meetingID=demo") == "ok"
    assert (await daemon.call("isMeetingRunning", meetingID="demo")).code == "SUCCESS"
    assert await call("end", "meetingID=demo") == "sentEndMeetingRequest"
    act = await daemon.until_logged("act")
    assert (act["message"], act["application"]) == ("application school: end meetingID=demo", "school")
    secret(daemon.directory, "remove", "school")
    daemon.process.send_signal(signal.SIGHUP)
    await daemon.until_logged("reloaded", 2)
    assert await call("isMeetingRunning", "meetingID=demo") == "checksumError"


def token(text: str, algorithm: str, key: str) -> Any:
    return jwt.decode(text, key, algorithms=[algorithm], options={"verify_exp": False})


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@awaited
async def test_what_an_application_is_sent_is_signed_by_its_own_secret(
    memory_with: Callable[..., Memory], receiver: Receiver, logged: list[LogEvent]
) -> None:
    memory = memory_with(bbbd__callbackNetworks="127.0.0.0/8")
    current = memory.app.server.current
    current.secrets, current.applications = (SECRET, OWN), {"school": OWN}

    async def story(own: str) -> None:
        memory.secret = own
        await memory.call("hooks/create", callbackURL=receiver.url(f"/hook{own}"), eventID="meeting-ended")
        urls = {
            "meta_analytics-callback-url": receiver.url("/analytics"),
            "meta_bbb-recording-ready-url": receiver.url("/ready"),
        }
        await memory.call("create", meetingID=own, record="true", moderatorPW="mp", meetingKeepEvents="true", **urls)
        ada = await memory.enter(own, "Ada", password="mp")
        memory.happen(own, RecordingMarked(on=True, by=ada.user))
        memory.advance(60)
        assert (await memory.call("end", meetingID=own, password="mp")).code == "SUCCESS"
        memory.advance(2)
        await until(lambda: not memory.app.server.outbox._attempts and not memory.app.server.outbox._pumping)

    for own in (SECRET, OWN):
        await story(own)
        # Two hooks from the second meeting on: each by the secret of whoever registered it.
        got = await receiver.has(3 if own == SECRET else 7)
        mine = got[:3] if own == SECRET else got[3:]
        (analytics,) = [one for one in mine if one.target == "/analytics"]
        assert token(analytics.headers["authorization"].removeprefix("Bearer "), "HS512", own)
        (ready,) = [one for one in mine if one.target == "/ready"]
        assert token(ready.form["signed_parameters"], "HS256", own)["meeting_id"] == own
        for hook in (one for one in mine if one.target.startswith("/hook")):
            url = receiver.url(hook.target.partition("?")[0])
            registrant = OWN if url.endswith(OWN) else SECRET
            right = hashlib.sha1(url.encode() + hook.body + registrant.encode()).hexdigest()
            assert hook.query["checksum"] == right
    messages = [formatEvent(one) for one in logged if one.get("event") == "act"]
    assert f"application by secret 1: end meetingID={SECRET}" in messages
    assert f"application school: end meetingID={OWN}" in messages
