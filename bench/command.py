"""CPU time of ``bbbd`` subcommands, as ratios to ``python -c pass``: ``make bench``.

Each command runs several times in a process of its own; the median of user and system time counts. ``call`` finds no
server, so the ratio is that of the command alone. Ratios are what counts: machines differ.
"""

from __future__ import annotations

import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 15


def cpu_seconds(*command: str) -> float:
    """Return the CPU time of a command: the median of several runs."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("BBBD_") and name != "STATE_DIRECTORY"
    }
    found = []
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, capture_output=True, env=kept, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(found)


def main() -> None:
    """Run every command and print its time."""
    bbbd = str(Path(sys.executable).with_name("bbbd"))
    empty = cpu_seconds(sys.executable, "-c", "pass")
    print(f"{'python -c pass':<24} {empty * 1000:6.1f} ms")
    with tempfile.TemporaryDirectory() as directory, socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings = Path(directory) / "bbbd.properties"
        settings.write_text(f"securitySalt=x\nbbbd.listen=tcp:{unused.getsockname()[1]}:interface=127.0.0.1\n")
        options = ("--settings", str(settings), "--data-dir", directory)
        for name, arguments in {
            "bbbd --help": ("--help",),
            "bbbd url, no file": ("url", "create", "--data-dir", directory),
            "bbbd url": ("url", "create", *options),
            "bbbd call": ("call", "getMeetings", *options),
            "bbbd callbacks list": ("callbacks", "list", *options),
            "bbbd recordings list": ("recordings", "list", *options),
            "bbbd check --help": ("check", "--help"),
            "bbbd conform --help": ("conform", "--help"),
        }.items():
            used = cpu_seconds(bbbd, *arguments)
            print(f"{name:<24} {used * 1000:6.1f} ms  {used / empty:5.1f} times")


if __name__ == "__main__":
    main()
