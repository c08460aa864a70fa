"""``bbbd clock`` and ``bbbd people``, on a daemon in developer mode."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from harness import Daemon, awaited, run
from twisted.internet.threads import deferToThread

Told = subprocess.CompletedProcess[str]


@awaited
async def test_the_clock_is_moved_and_people_come_by_hand(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(arguments=["--developer"], settings={"bbbd.logLevel": "warn"}, flags=False)
    settings = str(daemon.file)

    async def bbbd(*arguments: str) -> Told:
        told: Told = await deferToThread(run, *arguments, "--settings", settings)
        return told

    await daemon.call("create", meetingID="demo", duration="5")
    crowd = await bbbd("people", "add", "demo", "--moderators", "1", "--viewers", "2")
    assert (crowd.returncode, len(crowd.stdout.split())) == (0, 3), crowd.stderr
    assert (await daemon.info("demo")).text("participantCount") == "3"
    assert (await bbbd("people", "act", "virtual-0-1", "raise hand", "demo")).stdout == "done: 1\n"
    assert (await bbbd("people", "bustle", "10", "demo")).stdout == "done: 10\n"
    assert (await bbbd("people", "admit", "demo")).stdout == "done: 0\n"
    before = json.loads((await bbbd("clock", "show", "--json")).stdout)["now"]
    moved = await bbbd("clock", "advance", "6m", "--json")
    assert json.loads(moved.stdout)["now"] >= before + 360_000
    assert (await daemon.info("demo")).key == "notFound"
    wrong = await bbbd("people", "add", "demo", "--viewers", "1")
    assert (wrong.returncode, wrong.stderr) == (1, "bbbd: there is no meeting 'demo'\n")
    assert (await bbbd("clock", "advance", "soon")).returncode == 2
    other = await bbbd("clock", "show", "--namespace", "other", "--json")
    assert json.loads(other.stdout)["moved"] == 0


@awaited
async def test_without_developer_mode_it_says_so(start_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    daemon = start_daemon(flags=False)
    told: Told = await deferToThread(run, "clock", "show", "--settings", str(daemon.file))
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith("bbbd: there is no developer mode at http://127.0.0.1:")
