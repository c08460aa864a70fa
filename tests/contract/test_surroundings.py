"""A daemon and the command in surroundings that are not those of the other tests."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from harness import ROOT, Daemon, awaited, environment
from process_fork import BIN, Files, Process

#: A job in the background, in an empty environment, far away, and private.
ODD = 'umask 077; trap "" INT HUP USR1; exec env -i LC_ALL=C TZ=Asia/Kathmandu "$@"'
NAME = "Größe 測試 \N{GRINNING FACE}"


class Odd(Daemon):
    def launch(self, arguments: list[str], files: Files) -> Process:
        stdin, stdout, stderr = files
        return subprocess.Popen(oddly("twistd", *arguments), stdin=stdin, stdout=stdout, stderr=stderr, cwd=ROOT)


def oddly(script: str, *arguments: str) -> list[str]:
    measuring = [f"{name}={value}" for name, value in environment().items() if name.startswith("COV")]
    return ["sh", "-c", ODD, "sh", *measuring, str(BIN / script), *arguments]


@awaited
async def test_a_daemon_and_the_command_mind_no_surroundings(start_daemon: Callable[..., Daemon]) -> None:
    odd = start_daemon(kind=Odd, flags=False)
    assert (await odd.call("create", meetingID="odd", name=NAME)).code == "SUCCESS"
    await odd.restart()
    assert (await odd.info("odd")).text("meetingName") == NAME
    told = subprocess.run(  # noqa: ASYNC221 - nothing else is to go on
        oddly("bbbd", "call", "create", "meetingID=other", f"name={NAME}", "--settings", str(odd.file)),
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, b"")
    assert (await odd.info("other")).text("meetingName") == NAME
