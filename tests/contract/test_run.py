"""``bbbd run`` and ``python -m bbbd``: the server without ``twistd``, as after ``pipx install``."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from harness import SECRET, STARTER, Daemon, awaited, environment, run, run_twistd
from process_fork import Files, Process
from sample_documents import create, document, pdf, settled

from bbbd.daemon.options import Options

BIN = Path(sys.executable).parent
PROGRAMS = {"bbbd run": [str(BIN / "bbbd"), "run"], "python -m bbbd": [sys.executable, "-m", "bbbd"]}


@dataclass
class RunDaemon(Daemon):
    """A server that is started by a program, with nothing on the PATH."""

    program: list[str] = field(default_factory=list)
    working_directory: Path | None = None

    def launch(self, arguments: list[str], files: Files) -> Process:
        stdin, stdout, stderr = files
        options = arguments[arguments.index("bbbd") + 1 :]
        return subprocess.Popen(
            [*self.program, *options],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env={"PATH": ""},
            cwd=self.working_directory,
        )


@pytest.fixture(params=PROGRAMS)
def daemon(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunDaemon]:
    daemon = RunDaemon(directory=tmp_path / "data", program=PROGRAMS[request.param], arguments=["--developer"])
    yield daemon
    if daemon.process.poll() is None:
        daemon.end()


@awaited
async def test_the_server_runs_with_its_options_and_stops(daemon: RunDaemon) -> None:
    assert (await daemon.call("create", meetingID="demo", name="Demo")).code == "SUCCESS"
    assert (await daemon.fetch("/developer/clock")).status == 200
    assert (daemon.directory / "meetings").is_dir()
    assert daemon.end() == 0
    assert daemon.logged("stopped") == 1
    assert {line["level"] for line in daemon.log} <= {"info", "warn"}


@awaited
async def test_the_data_directory_may_be_relative(tmp_path: Path) -> None:
    daemon = RunDaemon(
        directory=tmp_path / "data",
        program=PROGRAMS["bbbd run"],
        arguments=["--data-dir", "data"],
        working_directory=tmp_path,
    )
    try:
        await create(daemon, "demo", document("one.pdf", pdf("First page")))
        await settled(daemon)
        assert len(list((tmp_path / "data/slides").glob("*/slide-1.png"))) == 1
    finally:
        daemon.end()


def test_the_options_are_those_of_twistd() -> None:
    told = run("run", "--help").stdout
    offered = set(re.findall(r"^  (--[a-z-]+)", told, re.MULTILINE))
    accepted = {f"--{name.rstrip('=')}" for name in Options().longOpt} - {"--help", "--version"}
    assert offered == accepted
    assert "bbbd.endedMeetingKeptForSeconds" in told


class WithoutFile(Daemon):
    """A server in developer mode on all addresses, as a container has it: by variables, with no settings file."""

    def launch(self, arguments: list[str], files: Files) -> Process:
        variables = {
            "BBBD_DEVELOPER": "true",
            "BBBD_DEVELOPER_ANYWHERE": "true",
            "BBBD_LISTEN": f"tcp:{self.port}:interface=0.0.0.0",
            "BBBD_DATA_DIR": str(self.directory),
            "BBBD_DEFAULT_MAX_USERS": "7",
            "BBBD_MAX_MEETINGS": "1",
        }
        more = ["--set", "bbbd.maxMeetings=2", "--set", "bbbd.logFormat=text", "--log-format=json"]
        arguments = [*arguments[: arguments.index("bbbd") + 1], *more]
        return STARTER.start("twistd", arguments, files, environment(**variables))


@awaited
async def test_a_server_needs_no_settings_file(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(kind=WithoutFile, secret="")
    daemon.secret = (daemon.directory / "secret").read_text().strip()
    for name in ("one", "two", "three"):
        answer = await daemon.call("create", meetingID=name)
        assert answer.key == ("maxMeetingsReached" if name == "three" else "")
    assert (await daemon.info("one")).text("maxUsers") == "7"


@pytest.mark.parametrize(
    ("arguments", "variables", "status", "says"),
    [
        (("--set", f"securitySalt={SECRET}"), {}, 78, "command line: securitySalt is a secret"),
        (("--set", "bbbd.logLevel=loud"), {}, 78, 'command line: bbbd.logLevel: "loud" is not'),
        (("--set", "bbbd.none=1"), {}, 78, "command line: bbbd.none is not a setting"),
        (("--set", SECRET), {}, 64, "--set wants name=value"),
        ((), {"BBBD_SECURITY_SALT": SECRET}, 78, "environment BBBD_SECURITY_SALT: securitySalt is a secret"),
        ((), {"BBBD_LOG_LEVEL": "loud"}, 78, 'environment BBBD_LOG_LEVEL: bbbd.logLevel: "loud" is not'),
        (
            ("--set", "bbbd.listen=tcp:8090", "--developer"),
            {},
            78,
            "--set bbbd.developerAnywhere=true, or BBBD_DEVELOPER_ANYWHERE=true",
        ),
    ],
)
def test_what_cannot_be_set_is_told_with_its_source(
    tmp_path: Path, arguments: tuple[str, ...], variables: dict[str, str], status: int, says: str
) -> None:
    ended = run_twistd("--settings", "/dev/null", "--data-dir", str(tmp_path / "data"), *arguments, **variables)
    assert ended.returncode == status
    assert says in ended.stderr
    assert SECRET not in ended.stderr


def test_every_command_takes_settings_from_its_line_and_the_environment() -> None:
    for name, more in (("run", ()), ("check", ("--data-dir", "/nowhere"))):
        refused = run(name, *more, "--set", f"bbbd.turnSecret={SECRET}")
        assert refused.returncode == (78 if name == "run" else 1)
        assert "command line: bbbd.turnSecret is a secret" in refused.stderr
        assert SECRET not in refused.stderr
        assert run(name, *more, "--set", SECRET).returncode == (64 if name == "run" else 2)


def test_a_command_finds_the_server_without_a_file(tmp_path: Path) -> None:
    variables = {"BBBD_DATA_DIR": str(tmp_path), "BBBD_BIGBLUEBUTTON_WEB_SERVER_URL": "https://bbb.example.org"}
    assert run("url", "create", "meetingID=x", **variables).stdout.startswith(
        "https://bbb.example.org/bigbluebutton/api/"
    )
    told = run("url", "create", "--set", "bigbluebutton.web.serverURL=http://other.example.org", **variables)
    assert told.stdout.startswith("http://other.example.org/")
    assert (tmp_path / "secret").exists()


@pytest.mark.parametrize("arguments", [("--none",), ("extra",)])
def test_wrong_usage_is_refused(arguments: tuple[str, ...]) -> None:
    wrong = run("run", *arguments)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "usage: bbbd" in wrong.stderr


def test_settings_that_cannot_be_end_the_start_with_their_status(tmp_path: Path) -> None:
    faulty = tmp_path / "faulty.properties"
    faulty.write_text("muteOnStart=perhaps\n")
    done = run("run", "--settings", str(faulty), "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 78
    assert f"{faulty}:1: muteOnStart" in done.stderr
