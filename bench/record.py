"""Runs the benches and keeps what they print: ``bench/results/<date>T<time>.txt``. ``make bench``.

Those that tell most, in ten minutes; ``--full`` runs all of them, to their largest sizes, within an hour; or those that
are named, with arguments behind colons, as ``curves:meetings``. Then the result is compared with the one before. Ratios
are comparable between machines, absolute times are not: the file begins with the machine and with what else ran on it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from bench import compare  # noqa: E402

#: Those that tell most, each with the arguments that make it quick.
QUICK = {
    "calls": (),
    "curves": (),
    "lists": (),
    "recordings": ("--sizes", "1000,10000"),
    "media": ("--listeners", "1", "10", "25", "47", "--seconds", "10"),
    "page": (),
}
REST = ("starts", "metrics", "subtitles", "callbacks", "people", "memory", "slides", "presentation", "command", "tls")


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _commit() -> str:
    return subprocess.check_output(["git", "describe", "--always", "--dirty"], cwd=HERE, text=True).strip()


def _machine() -> str:
    load = os.getloadavg()[0]
    return f"{_commit()}, Python {platform.python_version()}, {os.cpu_count()} x {_processor()}, load {load:.1f} before"


def main() -> None:
    """Run the benches, write their results, and compare them."""
    parser = argparse.ArgumentParser(description="Run the benches and keep their results.")
    parser.add_argument("names", nargs="*", help=f"of {', '.join((*QUICK, *REST))}")
    parser.add_argument("--full", action="store_true", help="all of them")
    asked = parser.parse_args()
    names = asked.names or [*QUICK, *(REST if asked.full else ())]
    path = compare.RESULTS / f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H%M}.txt"
    with path.open("w") as file:

        def tell(line: str) -> None:
            for place in (sys.stdout, file):
                place.write(line)
                place.flush()

        tell(f"{_machine()}\n")
        for asked_for in names:
            name, *arguments = asked_for.split(":")
            tell(f"\n== {name}\n")
            begun = time.monotonic()
            quick = () if asked.full else QUICK.get(name, ())
            command = [sys.executable, "-u", str(HERE / f"{name}.py"), *(arguments or quick)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
                assert process.stdout is not None
                for line in process.stdout:
                    tell(line)
            # The others are worth having even so.
            if process.returncode:
                tell(f"{name} failed with {process.returncode}\n")
            tell(f"({time.monotonic() - begun:.0f} s)\n")
    print(f"written to {path}\n")
    if len(compare.newest(compare.RESULTS)) > 1:
        compare.main([])


if __name__ == "__main__":
    main()
