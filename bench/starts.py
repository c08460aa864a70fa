"""A daemon's start with many recordings, until all of them are listed: ``python bench/starts.py [--sizes 1000,…]``.

Without a snapshot of the index and with one, on all cores: CPU of the daemon and of its processes, what another caller
waits meanwhile, the reactor's longest turn after the imports, and the most memory.
"""

from __future__ import annotations

import argparse
import http.client
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from harness import signed  # noqa: E402
from process_fork import Files, Process  # noqa: E402

from bench.daemons import SETTINGS, TimedDaemon, cpu_seconds  # noqa: E402
from bench.recordings import SIZES, make  # noqa: E402

#: Seconds between two calls of the other caller, and until the daemon has told of its turns.
PAUSE, TOLD = 0.02, 0.7
COLUMNS = ("wall s", "CPU s", "beside s", "median ms", "longest ms", "turn ms", "most MB")


class FreeDaemon(TimedDaemon):
    """A daemon that measures its turns, and has all cores."""

    def launch(self, arguments: list[str], files: Files) -> Process:
        """Start the process."""
        process = super().launch(arguments, files)
        os.sched_setaffinity(process.pid, range(os.cpu_count() or 1))
        return process


def status_of(pid: int, name: str) -> float:
    """Return a line of a process's status, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith(f"{name}:"))


def cpu_beside(pid: int) -> float:
    """Return the CPU time of the processes that a process has waited for, in seconds."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[13]) + int(told[14])) / os.sysconf("SC_CLK_TCK")


def waits(port: int, ended: threading.Event) -> list[float]:
    """Call until the end, and return how long each answer took, in ms."""
    connection, took = http.client.HTTPConnection("127.0.0.1", port), list[float]()
    while not ended.wait(PAUSE):
        begun = time.perf_counter()
        connection.request("GET", signed("isMeetingRunning", "meetingID=x"))
        connection.getresponse().read()
        took.append((time.perf_counter() - begun) * 1e3)
    return sorted(took)


def start(directory: Path) -> str:
    """Start a daemon, and return the row of it."""
    begun = time.perf_counter()
    daemon = FreeDaemon(directory=directory, settings=SETTINGS)
    pid, ended, took = daemon.process.pid, threading.Event(), list[float]()
    caller = threading.Thread(target=lambda: took.extend(waits(daemon.port, ended)))
    caller.start()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", daemon.port)
        connection.request("GET", signed("getRecordings", "limit=1"))
        connection.getresponse().read()
        wall, own, beside = time.perf_counter() - begun, cpu_seconds(pid), cpu_beside(pid)
        ended.set()
        caller.join()
        while not (directory / "recordings.index").exists():
            time.sleep(TOLD)
        time.sleep(2 * TOLD)
        # The first that is told of has the imports in it.
        turns = [one["ms"] for one in daemon.log if one["event"] == "turns"][1:]
        turn, most = max(turns, default=0.0), status_of(pid, "VmHWM")
    finally:
        ended.set()
        daemon.end()
    told = took or [0.0]
    return f"{wall:12.2f}{own:12.2f}{beside:12.2f}{told[len(told) // 2]:12.1f}{told[-1]:12.1f}{turn:12.1f}{most:12.0f}"


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description="Measure a daemon's start with many recordings.")
    parser.add_argument("--sizes", default=SIZES, help=f"how many recordings, with commas between ({SIZES})")
    print(f"{'recordings':34}" + "".join(f"{column:>12}" for column in COLUMNS), flush=True)
    for size in map(int, parser.parse_args().sizes.split(",")):
        with tempfile.TemporaryDirectory() as name:
            directory = Path(name) / "data"
            directory.mkdir()
            make(directory, size)
            for told in ("without a snapshot", "with a snapshot"):
                print(f"{f'{told}, {size:,}':34}{start(directory)}", flush=True)


if __name__ == "__main__":
    main()
