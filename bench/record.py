"""Runs the benches and keeps what they print: ``bench/results/<date>.txt``. ``make bench``.

Ratios are comparable between machines, absolute times are not: the file begins with the machine.
"""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BENCHES = (
    "calls",
    "metrics",
    "recordings",
    "subtitles",
    "callbacks",
    "people",
    "slides",
    "presentation",
    "command",
    "tls",
)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _commit() -> str:
    return subprocess.check_output(["git", "describe", "--always", "--dirty"], cwd=HERE, text=True).strip()


def main(names: list[str]) -> None:
    """Run the benches of these names, all without one, and write their results."""
    path = HERE / "results" / f"{dt.datetime.now(dt.UTC).date()}.txt"
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as file:
        file.write(f"{_commit()}, Python {platform.python_version()}, {os.cpu_count()} x {_processor()}\n")
        for name in names or BENCHES:
            file.write(f"\n== {name}\n")
            file.flush()
            with subprocess.Popen(
                [sys.executable, str(HERE / f"{name}.py")], stdout=subprocess.PIPE, text=True
            ) as process:
                assert process.stdout is not None
                for line in process.stdout:
                    sys.stdout.write(line)
                    file.write(line)
            if process.returncode:
                raise SystemExit(f"{name} failed with {process.returncode}")
    print(f"written to {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
