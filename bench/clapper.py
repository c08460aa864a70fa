"""Measures how far sound and pictures of a recording are off, at its begin, after a pause and at the end of an hour.

``make clapper`` makes raw files of an hour with two people whose clocks drift by 100 and 200 parts in a million. Half a
minute each is recorded at its begin, in its middle and at its end. It composes them as bbbd does, and prints the
offsets of the claps, the time of the processor, and the sizes. With ``--all`` the whole hour is recorded.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from clapper import flashes, hold, offsets, tones

MINUTE = 60_000
#: Milliseconds that are recorded at a time.
STRETCH = MINUTE // 2


def main() -> int:
    """Measure, and return 1 if a clap is off by more than a tenth of a second."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--all", action="store_true", help="record all of it but a pause of a minute in the middle")
    asked = parser.parse_args()
    end, middle = asked.minutes * MINUTE, asked.minutes * MINUTE // 2
    marks = [(2500, 2500 + STRETCH), (middle + 300, middle + STRETCH), (end - STRETCH + 700, end)]
    if asked.all:
        marks = [(2500, middle), (middle + 61_300, end + 61_300)]
    senders = {"w_ada": ("microphone screen", 0.0001), "w_bob": ("microphone camera", -0.0002)}
    with tempfile.TemporaryDirectory() as directory:
        raw = hold(Path(directory), marks, senders, until=marks[-1][1] + 1000, whole=not asked.all)
        size = sum(path.stat().st_size for path in raw.rglob("*.mjr"))
        work = Path(directory) / "work"
        begun = time.monotonic()
        words = [sys.executable, "-m", "bbbd.composing", f"--parent={os.getpid()}", str(raw), str(work)]
        subprocess.run(words, check=True)
        took, used = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        worst = 0.0
        for name, find in (("webcams", tones), ("webcams", flashes), ("deskshare", flashes)):
            late = offsets(find(work / f"{name}.webm"), marks)
            worst = max(worst, *map(abs, late))
            told = [f"{one:.0f}" for one in (*late[:3], *_after(marks, late), *late[-3:])]
            print(f"{name} {find.__name__}: {len(late)} claps; begin, after the pause, end: {' '.join(told)} ms")
        cpu, memory = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
        recorded = sum(off - on for on, off in marks) / 1000
        films, others = (sum(path.stat().st_size for path in work.glob(f"[wd]*.{name}")) for name in ("webm", "mp4"))
        print(f"{recorded:.0f} s recorded of {asked.minutes} min: {took:.0f} s, {cpu:.0f} s of CPU")
        print(f"({cpu / recorded:.2f} for each second), at most {memory:.0f} MiB of memory in one process")
        print(f"raw {size / 1e6:.1f} MB of the whole time, films {films / 1e6:.1f} MB, as MP4 {others / 1e6:.1f} MB")
        print(f"the worst clap is {worst:.0f} ms off")
    return int(worst > 100)


def _after(marks: list[tuple[int, int]], late: list[float]) -> list[float]:
    """Return the first claps after the first pause."""
    first = (marks[0][1] - marks[0][0]) // 2000
    return late[first + 1 : first + 4]


if __name__ == "__main__":
    sys.exit(main())
