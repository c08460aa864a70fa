"""The ``bbbd`` command and the daemon's own start, as an operator meets them."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import ROOT, SECRET, Daemon, Memory, awaited, checksum, free_port, run, run_twistd

BIN = Path(sys.executable).parent


def test_the_secret_is_made_once_and_told_when_asked(tmp_path: Path) -> None:
    data = ("--data-dir", str(tmp_path / "data"))
    silent = run("secret", *data)
    assert (silent.returncode, silent.stdout) == (1, "")
    assert "--show" in silent.stderr
    told = run("secret", "--show", *data)
    secret = (tmp_path / "data" / "secret").read_text().strip()
    assert told.stdout == f"URL: http://127.0.0.1:8090/bigbluebutton/\nSecret: {secret}\n"
    assert len(secret) == 64
    assert json.loads(run("secret", "--json", *data).stdout)["secret"] == secret
    assert stat.S_IMODE((tmp_path / "data" / "secret").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_a_new_secret_is_set_with_or_without_the_old_one(tmp_path: Path) -> None:
    data = ("--data-dir", str(tmp_path))
    old = json.loads(run("secret", "--json", *data).stdout)["secret"]
    kept = run("secret", "set", "--keep-old", *data, stdin="a new one\n")
    assert "the old one still signs" in kept.stdout
    assert (tmp_path / "secret").read_text() == f"a new one\n{old}\n"
    assert run("secret", "set", *data).returncode == 0
    (made,) = (tmp_path / "secret").read_text().split()
    assert len(made) == 64
    assert run("secret", "set", *data, stdin="one,two").returncode == 1
    (tmp_path / "secret").write_text("\n")
    assert "holds no secret" in run("secret", "--show", *data).stderr


def test_the_secret_alone_is_what_a_pipe_passes_on(tmp_path: Path) -> None:
    data = ("--data-dir", str(tmp_path))
    alone = run("secret", "--only", *data)
    assert alone.stdout == (tmp_path / "secret").read_text()
    again = ("--data-dir", str(tmp_path / "again"))
    assert run("secret", "set", *again, stdin=alone.stdout).returncode == 0
    assert run("secret", "--only", *again).stdout == alone.stdout


BOM = "\ufeff"


def test_a_byte_order_mark_is_no_part_of_what_people_edit(tmp_path: Path) -> None:
    settings = tmp_path / "s.properties"
    settings.write_text(f"{BOM}securitySalt={SECRET}\nbbbd.dataDir={tmp_path}\n", "utf-8")
    assert run("secret", "--only", "--settings", str(settings)).stdout == f"{SECRET}\n"
    data = ("--data-dir", str(tmp_path))
    (tmp_path / "secret").write_text(f"{BOM}first\r\nsecond\r\n", "utf-8")
    assert run("secret", "--only", *data).stdout == "first\n"
    assert run("secret", "set", *data, stdin=f"{BOM}third\n").returncode == 0
    assert (tmp_path / "secret").read_bytes() == b"third\n"


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_secret_in_another_encoding_is_refused_by_name(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "secret").write_bytes("geheimé\n".encode(encoding))
    for done in (run("secret", "--show", "--data-dir", str(tmp_path)), run_twistd("--data-dir", str(tmp_path))):
        assert done.stderr == f"bbbd: {tmp_path / 'secret'} is not UTF-8\n"
    assert f"{tmp_path / 'secret'} is not UTF-8" in run("check", "--data-dir", str(tmp_path)).stdout


def test_the_settings_secret_cannot_be_set(tmp_path: Path) -> None:
    settings = tmp_path / "s.properties"
    settings.write_text(f"securitySalt={SECRET}\nbigbluebutton.web.serverURL=https://bbb.example.org/\n")
    options = ("--settings", str(settings), "--data-dir", str(tmp_path))
    assert "securitySalt" in run("secret", "set", *options).stderr
    url = run("url", "create", "meetingID=a b", "name=é&", *options).stdout.strip()
    query = "meetingID=a+b&name=%C3%A9%26"
    signature = checksum("create", query, SECRET, "sha256")
    assert url == f"https://bbb.example.org/bigbluebutton/api/create?{query}&checksum={signature}"
    assert (
        run("url", "getMeetings", *options)
        .stdout.strip()
        .endswith("getMeetings?checksum=" + checksum("getMeetings", "", SECRET, "sha256"))
    )


def test_a_credential_that_systemd_hands_over_is_used(tmp_path: Path) -> None:
    (tmp_path / "cred").mkdir()
    (tmp_path / "cred" / "secret").write_text("handed over\n")
    told = run("secret", "--show", "--data-dir", str(tmp_path), CREDENTIALS_DIRECTORY=str(tmp_path / "cred"))
    assert "Secret: handed over" in told.stdout
    assert not (tmp_path / "secret").exists()


@pytest.mark.parametrize(
    "arguments", [(), ("none",), ("call",), ("call", "create", "no-equals"), ("url", "create", "=x"), ("--none",)]
)
def test_wrong_usage_is_told(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "usage:" in done.stderr


def test_help_has_examples() -> None:
    assert "bbbd call create meetingID=demo" in run("--help").stdout
    assert run("--version").stdout.startswith("bbbd ")


@awaited
async def test_calls_are_made_and_told(start_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    daemon = start_daemon()
    settings = tmp_path / "s.properties"
    settings.write_text(f"securitySalt={SECRET}\nbbbd.listen=tcp:{daemon.port}:interface=127.0.0.1\n")
    options = ("--settings", str(settings), "--data-dir", str(daemon.directory))
    made = run("call", "create", "meetingID=demo", "name=Demo", "meta_a=b", *options)
    assert made.returncode == 0
    assert made.stdout.startswith("SUCCESS\nmeetingID              demo\n")
    joined = run("call", "join", "meetingID=demo", "fullName=Ada", "role=MODERATOR", *options)
    assert joined.stdout.startswith(f"302 to http://127.0.0.1:{daemon.port}/html5client/join?sessionToken=")
    info = run("call", "getMeetingInfo", "meetingID=demo", *options)
    assert "metadata\n  a                      b\n" in info.stdout
    assert run("call", "isMeetingRunning", "meetingID=demo", "--raw", *options).stdout.startswith("<response>")
    told = json.loads(run("call", "getMeetings", "--json", *options).stdout)
    assert told["response"]["meetings"][0]["meetingID"] == "demo"
    assert "<config>" in run("call", "getDefaultConfigXML", *options).stdout
    ping = run("call", "hooks/ping", *options)
    assert (ping.returncode, ping.stderr) == (0, "")
    assert ping.stdout.strip()
    failed = run("call", "getMeetingInfo", "meetingID=none", *options)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.startswith("FAILED notFound: We could not find a meeting")
    assert run("call", "getMeetingInfo", "meetingID=none", "--json", *options).returncode == 1
    slides = tmp_path / "slides.xml"
    slides.write_text("<modules><module name='presentation'><document url='http://x/y.pdf'/></module></modules>")
    assert run("call", "create", "meetingID=slides", "--post", str(slides), *options).returncode == 0
    config = tmp_path / "config.xml"
    config.write_text("<config>é</config>")
    token = run("call", "setConfigXML", "meetingID=demo", "--post", str(config), *options)
    assert "configToken" in token.stdout
    assert run("call", "end", "meetingID=demo", *options).returncode == 0

    good = run("check", "--url", f"http://127.0.0.1:{daemon.port}", *options)
    assert good.returncode == 0
    assert [line[:2] for line in good.stdout.splitlines()] == ["ok"] * 6
    other = run("check", "--url", f"http://localhost:{daemon.port}", *options)
    assert other.returncode == 1
    last = other.stdout.splitlines()[-1]
    assert last.startswith(f"bad   the server expects the address http://127.0.0.1:{daemon.port},")
    assert "bigbluebutton.web.serverURL" in last
    whole = run("check", *options)
    assert whole.returncode == 0, whole.stdout
    assert "1 journal is good" in whole.stdout
    wrong = tmp_path / "wrong.properties"
    wrong.write_text(f"securitySalt=wrong\nbbbd.listen=tcp:{daemon.port}:interface=127.0.0.1\n")
    bad = run("check", "--url", f"http://127.0.0.1:{daemon.port}/bigbluebutton/", "--settings", str(wrong), "--json")
    assert bad.returncode == 1
    assert json.loads(bad.stdout.splitlines()[0])["todo"] == "checksumError"
    elsewhere = run("check", "--url", f"http://127.0.0.1:{daemon.port}/html5client/page.css/api", *options)
    assert "not XML" in elsewhere.stdout


def test_nobody_there_is_told(tmp_path: Path) -> None:
    settings = tmp_path / "s.properties"
    settings.write_text(f"bbbd.listen=tcp:{free_port()}:interface=127.0.0.1\n")
    done = run("call", "getMeetings", "--settings", str(settings), "--data-dir", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("bbbd: no answer:")


@awaited
async def test_a_check_finds_what_is_bad(memory: Memory) -> None:
    await memory.call("create", meetingID="good")
    await memory.call("create", meetingID="torn")
    journals = memory.directory / "meetings"
    good, torn = (journals / f"{memory.meeting(name).internal_id}.jsonl" for name in ("good", "torn"))
    torn.write_bytes(torn.read_bytes() + b"x")
    (journals / "bad.jsonl").write_bytes(good.read_bytes())
    (journals / "old.damaged").write_text("x")
    secret = memory.directory / "secret"
    secret.write_text("x\n")
    secret.chmod(0o644)
    settings = memory.directory / "s.properties"
    settings.write_text(
        "bigbluebutton.web.serverURL=http://no.such.host.invalid\nbbbd.none=1\nbbbd.minFreeDisk=9999999 GiB"
    )
    done = run("check", "--settings", str(settings), "--data-dir", str(memory.directory))
    assert done.returncode == 1
    for level, what in (
        ("warn", "bbbd.none is not a setting"),
        ("bad ", "less than bbbd.minFreeDisk"),
        ("bad ", "can be read by others"),
        ("bad ", "bad.jsonl: is the journal of"),
        ("bad ", "was damaged and set aside"),
        ("warn", "ends with an incomplete line"),
        ("ok  ", "2 journals are good"),
        ("bad ", "no.such.host.invalid has no address"),
    ):
        assert any(line.startswith(level) and what in line for line in done.stdout.splitlines()), (what, done.stdout)
    faulty = memory.directory / "f.properties"
    faulty.write_text("muteOnStart=2\n")
    assert f"{faulty}:1: muteOnStart" in run("check", "--settings", str(faulty)).stderr
    missing = run("check", "--data-dir", str(memory.directory / "none"))
    assert "is made at the first start" in missing.stdout


def test_twistd_tells_every_setting_and_wrong_usage() -> None:
    told = run_twistd("--help")
    assert told.returncode == 0
    assert told.stdout.startswith("Usage: twistd -n --pidfile= bbbd [options]\n")
    assert told.stdout.count("Usage:") == 1
    assert "--data-dir" in told.stdout
    assert "bbbd.endedMeetingKeptForSeconds" in told.stdout
    assert run_twistd("--version").stdout.startswith("bbbd ")
    for arguments in (("--none",), ("extra",)):
        wrong = run_twistd(*arguments)
        assert wrong.returncode == 64
        assert "twistd bbbd --help" in wrong.stderr


def test_a_start_that_cannot_be_says_why(tmp_path: Path) -> None:
    settings = tmp_path / "s.properties"
    settings.write_text("usersTimeout=1m\nmuteOnStart=maybe\n")
    data = ("--data-dir", str(tmp_path / "data"))
    done = run_twistd("--settings", str(settings), *data)
    assert done.returncode == 78
    assert f"{settings}:1: usersTimeout" in done.stderr
    assert f"{settings}:2: muteOnStart" in done.stderr
    for endpoint in ("nonsense:1", "tcp", "tcp:x"):
        done = run_twistd("--listen", endpoint, *data)
        assert done.returncode == 78
        assert "is not a Twisted server endpoint" in done.stderr
    (tmp_path / "file").write_text("x")
    done = run_twistd(
        "--data-dir", str(tmp_path / "file" / "data"), "--listen", f"tcp:{free_port()}:interface=127.0.0.1"
    )
    assert done.returncode == 74
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "secret").write_text("")
    assert run_twistd("--data-dir", str(tmp_path / "empty")).returncode == 78


@awaited
async def test_a_port_that_is_taken_is_told(start_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    daemon = start_daemon()
    done = run_twistd("--data-dir", str(tmp_path), "--listen", f"tcp:{daemon.port}:interface=127.0.0.1")
    assert done.returncode == 1
    assert "cannot listen" in done.stderr


@awaited
async def test_the_log_says_where_everything_is_and_never_the_secret(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(arguments=["--log-format", "json"])
    started = await daemon.until_logged("started")
    assert f"http://127.0.0.1:{daemon.port}/bigbluebutton/api" in started["message"]
    assert started["data"] == str(daemon.directory)
    assert started["level"] == "info"
    assert started["audit"] is True
    await daemon.call("getMeetings")
    told = await daemon.until_logged("call")
    assert (told["call"], told["outcome"], told["from"]) == ("getMeetings", "noMeetings", "127.0.0.1")
    assert SECRET not in json.dumps(daemon.log)


@awaited
async def test_a_reload_changes_what_can_be_changed_and_keeps_all_when_anything_is_wrong(
    start_daemon: Callable[..., Daemon], asked_for: set[str]
) -> None:
    asked_for.add("reload_failed")
    daemon = start_daemon()
    await daemon.call("create", meetingID="before")
    daemon.settings = {"defaultMaxUsers": "7", "bbbd.dataDir": "/elsewhere", "configDir": "/elsewhere", "bbbd.x": "1"}
    daemon.write_settings()
    os.kill(daemon.process.pid, signal.SIGHUP)
    reloaded = await daemon.until_logged("reloaded")
    assert reloaded["changed"] == "defaultMaxUsers"
    assert (await daemon.until_logged("needs_restart"))["setting"] == "configDir"
    await daemon.until_logged("settings_warning")
    await daemon.call("create", meetingID="after")
    assert [(await daemon.info(name)).text("maxUsers") for name in ("before", "after")] == ["0", "7"]
    daemon.settings = {"defaultMaxUsers": "many"}
    daemon.write_settings()
    os.kill(daemon.process.pid, signal.SIGHUP)
    await daemon.until_logged("reload_failed")
    await daemon.call("create", meetingID="kept")
    assert (await daemon.info("kept")).text("maxUsers") == "7"


@awaited
async def test_a_new_secret_signs_after_a_reload(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(secret="")
    path = daemon.directory / "secret"
    old = path.read_text().strip()
    assert run("secret", "set", "--keep-old", "--data-dir", str(daemon.directory), stdin="fresh").returncode == 0
    os.kill(daemon.process.pid, signal.SIGHUP)
    await daemon.until_logged("reloaded")
    for secret in (old, "fresh"):
        daemon.secret = secret
        assert (await daemon.call("getMeetings")).code == "SUCCESS"


@awaited
async def test_a_daemon_that_never_syncs_still_survives_a_kill(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(settings={"bbbd.sync": "never"})
    await daemon.call("create", meetingID="never")
    await daemon.restart()
    assert (await daemon.info("never")).code == "SUCCESS"


@awaited
async def test_a_second_signal_does_not_wait(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(settings={"bbbd.stopWithinSeconds": "3000"})
    with daemon.connect() as busy:
        busy.sendall(b"POST /bigbluebutton/api/create HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
        await daemon.call("getMeetings")
        os.kill(daemon.process.pid, signal.SIGTERM)
        await daemon.until_logged("stopping")
        os.kill(daemon.process.pid, signal.SIGINT)
        assert daemon.wait() == 0


@awaited
async def test_what_needs_a_restart_changes_neither_secret_nor_links(
    start_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    daemon = start_daemon(secret="", flags=False)
    secret = daemon.secret = (daemon.directory / "secret").read_text().strip()
    port, daemon.port = daemon.port, free_port()
    daemon.directory, old = tmp_path / "other", daemon.directory
    daemon.secret = ""
    daemon.write_settings()
    daemon.directory, daemon.port, daemon.secret = old, port, secret
    os.kill(daemon.process.pid, signal.SIGHUP)
    assert (await daemon.until_logged("reloaded"))["changed"] == "none"
    told = {line["setting"] for line in daemon.log if line["event"] == "needs_restart"}
    assert told == {"bbbd.dataDir", "bbbd.listen"}
    await daemon.call("create", meetingID="links", attendeePW="ap")
    sent = await daemon.call("join", meetingID="links", fullName="A", password="ap")
    assert sent.headers["location"].startswith(f"http://127.0.0.1:{port}/")
    assert not (tmp_path / "other").exists()


def test_the_example_settings_start_a_daemon(tmp_path: Path) -> None:
    settings = str(ROOT / "etc" / "bbbd.properties")
    assert run("check", "--settings", settings, "--data-dir", str(tmp_path)).returncode == 0


def test_the_readmes_commands_are_the_makefiles() -> None:
    makefile = (ROOT / "Makefile").read_text()
    readme = (ROOT / "README.md").read_text()
    for target in ("run", "test"):
        assert f"make {target} " in readme
        assert f"\n{target}: " in makefile
    assert "data/run.properties" in readme
