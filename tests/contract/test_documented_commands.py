"""Every command in README.md and docs/*.md, run as a reader would run it: page by page, in order, against a server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from environment_reset import PATIENCE
from harness import ROOT, Daemon, awaited, free_port
from playable_recording import make_playable
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))
    if re.search(r"^```(sh|bash|shell|console)$", path.read_text(), re.MULTILINE)
)
#: The beginnings of commands that a test may not run, each with its reason.
NOT_RUN = {
    "pip install ": "changes the machine",
    "pipx install ": "changes the machine",
    "python3 -m venv ": "takes minutes, and the network",
    "pytest -p bbbd.testing": "test_testing runs the example of the page by it",
    "git ": "changes the repository",
}
#: A server is started on a port of its own, and stopped once it has logged that it listens.
_SERVER = """
serve() {
  coproc "$@" --data-dir "$PWD/served" --listen tcp:$FREE_PORT:interface=127.0.0.1 2>&1
  server=$COPROC_PID
  while read -r line <&"${COPROC[0]}"; do
    case $line in *'"event": "started"'*) started=yes; break;; esac
  done
  kill "$server"
  wait "$server"
  test "$started" = yes
}
"""


def commands_of(page: str) -> list[str]:
    """Return the commands of a page in their order."""
    blocks = re.findall(
        r"^```(?:sh|bash|shell|console)\n(.*?)^```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE
    )
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [line.removeprefix("$ ") for line in lines if line.strip() and not line.startswith("#")]


def runnable(command: str, port: int) -> str:
    """Return a command as the test runs it: against its own server, and with nothing made anew."""
    if any(command.startswith(beginning) for beginning in NOT_RUN):
        return ":"
    if command.startswith("make "):
        return command.replace("make ", "make --dry-run ", 1) + " > /dev/null"
    if re.match(r"bbbd run\b|twistd ", command):
        return f"serve {command}"
    for address in ("http://127.0.0.1:8090", "https://bbb.example.org"):
        command = command.replace(address, f"http://127.0.0.1:{port}")
    return command


def run_page(page: str, daemon: Daemon, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run a page's commands in one shell, in a directory that looks like a checkout after ``make run``."""
    (directory / "data").mkdir()
    address = f"bbbd.dataDir={daemon.directory}\nbbbd.listen=tcp:{daemon.port}:interface=127.0.0.1\n"
    (directory / "data/run.properties").write_text(address)
    (directory / "secret-file").write_text((daemon.directory / "secret").read_text())
    for name in ("tests", "Makefile", "setup.cfg", "pyproject.toml"):
        (directory / name).symlink_to(ROOT / name)
    (directory / ".venv").symlink_to(sys.prefix)
    lines = [runnable(command, daemon.port) for command in commands_of(page)]
    script = "\n".join(["set -e -o pipefail", _SERVER, "set -x", *lines])
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(directory),
        "BBBD_SETTINGS": str(directory / "data/run.properties"),
        "FREE_PORT": str(free_port()),
    }
    return subprocess.run(
        ["bash", "-c", script],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environment,
        check=False,
    )


@pytest.mark.fresh
@pytest.mark.parametrize("page", PAGES)
@awaited
async def test_every_command_of_a_page_works(
    start_daemon: Callable[..., Daemon], tmp_path: Path, page: str, asked_for: set[str]
) -> None:
    asked_for.add("callback_failed")
    daemon = start_daemon(secret="", arguments=["--developer"])
    make_playable(daemon.directory)
    done = await cast("Deferred[subprocess.CompletedProcess[str]]", deferToThread(run_page, page, daemon, tmp_path))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_the_pages_have_the_commands_that_readers_need() -> None:
    assert "README.md" in PAGES
    commands = commands_of("README.md")
    for command in ("bbbd run", "make run", "bbbd call create meetingID=demo name=Demo"):
        assert any(line.startswith(command) for line in commands)
    assert any("| bbbd conform" in line for line in commands)


def test_what_is_not_run_is_in_the_pages() -> None:
    found = [command for page in PAGES for command in commands_of(page)]
    assert len(found) > 25
    not_run = [command for command in found if runnable(command, 1) == ":"]
    assert len(not_run) <= 6, not_run
