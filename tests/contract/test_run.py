"""``bbbd run`` and ``python -m bbbd``: the server without ``twistd``, as after ``pipx install``."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from harness import Daemon, awaited, run
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
