"""Measures how far sound and pictures of a recording are off, at its begin, after a pause and at the end of an hour.

``make clapper`` makes raw files of a meeting with two people whose clocks drift by 100 and 200 parts in a million,
composes them as bbbd does, and prints the offsets of the claps, the time of the processor, and the sizes.
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


def main() -> int:
    """Measure, and return 1 if a clap is off by more than a tenth of a second."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=int, default=60)
    minutes = parser.parse_args().minutes
    pause = minutes * 30_000 // 2000 * 2000
    marks = [(2500, pause), (pause + 61_300, minutes * 60_000 + 61_300)]
    senders = {"w_ada": ("microphone screen", 0.0001), "w_bob": ("microphone camera", -0.0002)}
    with tempfile.TemporaryDirectory() as directory:
        raw = hold(Path(directory), marks, senders, until=marks[-1][1] + 1000)
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
            middle = next(place for place, one in enumerate(late) if place * 2000 >= pause)
            told = [f"{one:.0f}" for one in (*late[:3], *late[middle : middle + 3], *late[-3:])]
            print(f"{name} {find.__name__}: {len(late)} claps; begin, after the pause, end: {' '.join(told)} ms")
        cpu, memory = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
        made = sum(path.stat().st_size for path in work.glob("[wd]*.webm"))
        print(f"{minutes} min: {took:.0f} s, {cpu:.0f} s of CPU, at most {memory:.0f} MiB of memory in one process")
        print(f"raw {size / 1e6:.1f} MB, films {made / 1e6:.1f} MB; the worst clap is {worst:.0f} ms off")
    return int(worst > 100)


if __name__ == "__main__":
    sys.exit(main())
