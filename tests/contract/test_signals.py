"""Signals, and the log file of ``twistd --logfile``."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness import Daemon, _run, awaited, until
from process_fork import Files, Process

LOGGED = "bbbd.log"


class Logging(Daemon):
    """A daemon that logs to a file. Its lines are read from there."""

    @property
    def log_file(self) -> Path:
        return self.directory.parent / LOGGED

    def launch(self, arguments: list[str], files: Files) -> Process:
        self._started.set()
        return super().launch(["--logfile", str(self.log_file), *arguments], files)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log_file.read_text().splitlines()] if self.log_file.exists() else []

    async def until_written(self, event: str) -> None:
        await until(lambda: any(line["event"] == event for line in self.lines()), lambda: f"{self.lines()}")


HARMLESS = [signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGRTMIN]


@awaited
async def test_signals_that_mean_nothing_do_no_harm(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    await daemon.call("create", meetingID="demo")
    for number in HARMLESS:
        os.kill(daemon.process.pid, number)
    await daemon.until_logged("signal_ignored", len(HARMLESS) - 1)
    assert (await daemon.info("demo")).code == "SUCCESS"
    assert daemon.end() == 0


@awaited
async def test_the_log_goes_to_the_file_that_twistd_is_given(tmp_path: Path) -> None:
    daemon = Logging(directory=tmp_path / "data")
    await daemon.until_written("started")
    await daemon.call("getMeetings")
    await daemon.until_written("call")
    # As logrotate does: the file is renamed, then the daemon is told to open a new one.
    rotated = daemon.log_file.rename(daemon.log_file.with_suffix(".1"))
    os.kill(daemon.process.pid, signal.SIGUSR1)
    await daemon.until_written("log_reopened")
    await daemon.call("getMeetings")
    await daemon.until_written("call")
    assert daemon.end() == 0
    assert daemon.lines()[-1]["event"] in ("stopped", "twisted")
    assert "log_reopened" not in rotated.read_text()
    assert daemon.log == []


@awaited
async def test_a_log_file_that_cannot_be_opened_again_stays_open(tmp_path: Path) -> None:
    daemon = Logging(directory=tmp_path / "data")
    await daemon.until_written("started")
    kept = daemon.log_file.rename(tmp_path / "kept.log")
    daemon.log_file.mkdir()
    os.kill(daemon.process.pid, signal.SIGUSR1)
    await until(lambda: "log_not_reopened" in kept.read_text())
    assert (await daemon.call("getMeetings")).code == "SUCCESS"
    assert daemon.end() == 0


def test_a_log_file_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    finished = _run(
        "twistd",
        "--logfile",
        str(tmp_path / "none" / "x.log"),
        "-n",
        "--pidfile=",
        "bbbd",
        "--data-dir",
        str(tmp_path / "data"),
    )
    assert finished.returncode == 74
    assert "the log file cannot be written" in finished.stderr
