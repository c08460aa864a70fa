"""The client of docs/client.md: it comes in, sees who is there, says something, and leaves."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

from environment_reset import PATIENCE
from harness import ROOT, Daemon, awaited
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from websocket_clients import connected

PAGE = (ROOT / "docs/client.md").read_text()


@awaited
async def test_the_first_client_works_as_its_page_has_it(start_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    file = tmp_path / "client.py"
    file.write_text(program)
    daemon = start_daemon()
    await daemon.call("create", meetingID="demo")
    token = await daemon.token("demo", "Ada", role="VIEWER")

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(file), daemon.origin, token]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)

    with await connected(daemon, daemon, "demo", "Bob", role="VIEWER") as bob:
        done = await cast("Deferred[subprocess.CompletedProcess[str]]", deferToThread(run))
        assert done.returncode == 0, done.stderr
        bob.until(lambda: bool(bob.events("Left")))
        assert [one["text"] for one in bob.events("Chatted")] == ["Hello from a client"]
    assert done.stdout.splitlines()[-1:] == PAGE.rstrip().removesuffix("```").splitlines()[-1:]
    assert sorted(done.stdout.splitlines()[0].removeprefix("here are ").split(", ")) == ["Ada", "Bob"]
