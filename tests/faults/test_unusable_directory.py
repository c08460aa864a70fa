"""A data directory that is read-only, somebody else's, gone, or taken: a start says which, and a daemon recovers."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import DEFAULT_SLIDES, Daemon, Memory, awaited, environment, free_port
from process_fork import BIN, ROOT
from test_small_disk import UNSHARE, _works

#: The user that owns nothing.
NOBODY = 65534


def start(directory: Path, *before: str) -> subprocess.CompletedProcess[str]:
    """Start a daemon that cannot run, and wait for its end."""
    settings = directory.with_name("s.properties")
    settings.write_text(f"{DEFAULT_SLIDES}=none\n")
    listen = f"tcp:{free_port()}:interface=127.0.0.1"
    options = ["--settings", str(settings), "--data-dir", str(directory), "--listen", listen]
    return subprocess.run(
        [*before, str(BIN / "twistd"), "-n", "--pidfile=", "bbbd", *options],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        cwd=ROOT,
        timeout=120,
    )


def test_a_start_on_a_read_only_directory_says_so(tmp_path: Path) -> None:
    command = next(filter(_works, UNSHARE), None)
    if command is None:
        pytest.skip("no namespace of mounts can be made here: it needs root, or namespaces of users")
    directory = tmp_path / "data"
    directory.mkdir()
    mount = f'mount --bind {directory} {directory} && mount -o remount,ro,bind {directory} && exec "$@"'
    done = start(directory, *command, "sh", "-c", mount, "sh")
    assert done.returncode == os.EX_IOERR, done.stderr
    assert str(directory) in done.stderr
    assert "Read-only file system" in done.stderr
    assert not list(directory.iterdir())


def test_a_start_on_somebody_elses_directory_says_so(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir(0o500)
    before: tuple[str, ...] = ()
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may write everywhere, and there is no setpriv to be somebody else")
        # Its own capability to pass permissions goes; it stays root by number, so that it can read this tree.
        before = ("setpriv", "--inh-caps=-all", "--bounding-set=-all")
        os.chown(directory, NOBODY, NOBODY)
    done = start(directory, *before)
    assert done.returncode == os.EX_IOERR, done.stderr
    assert str(directory) in done.stderr
    assert "Permission denied" in done.stderr


@pytest.mark.faults
@awaited
async def test_a_second_daemon_on_a_directory_says_so_and_harms_nothing(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    await daemon.call("create", meetingID="demo")
    done = start(daemon.directory)
    assert done.returncode == os.EX_CANTCREAT, done.stderr
    assert str(daemon.directory) in done.stderr
    await daemon.restart()
    assert (await daemon.info("demo")).code == "SUCCESS"


@awaited
async def test_a_directory_that_vanishes_refuses_changes_until_it_is_back(memory: Memory, asked_for: set[str]) -> None:
    """An unmounted disk: what was there is there again, and nothing that was refused is."""
    asked_for |= {"call_failed", "sync_failed", "disk_unseen", "creation_not_noted", "journal_broken", "beat_failed"}
    asked_for |= {"recordings_unseen", "index_unwritten", "mending_failed", "timer_failed", "journal_rebuilt"}
    asked_for |= {"keeping_failed", "scan_failed"}
    await memory.call("create", meetingID="demo")
    memory.advance(2)
    away = memory.directory.with_name("away")
    memory.directory.rename(away)
    assert (await memory.call("create", meetingID="new")).key == "internalError"
    assert (await memory.info("demo")).code == "SUCCESS"
    memory.advance(30)
    away.rename(memory.directory)
    memory.advance(30)
    assert (await memory.call("create", meetingID="later")).code == "SUCCESS"
    assert (await memory.call("end", meetingID="later")).code == "SUCCESS"
    await memory.restart()
    assert [(await memory.info(name)).code for name in ("demo", "new", "later")] == ["SUCCESS", "FAILED", "FAILED"]
