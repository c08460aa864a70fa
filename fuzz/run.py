"""Gives a target what atheris invents: ``python fuzz/run.py TARGET SECONDS [CORPUS]``.

It ends with a status when a target raises anything, or takes longer than a tenth of a second of computing for one
input; the input is then in ``crash-…`` in the present directory. The corpus grows by what reached new code.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / name) for name in ("fuzz", "tests", "tests/faults", ".")]
#: Seconds of computing for one input. The first of a run make what is made once.
_MOST, _WARM = 0.1, 100


def main() -> None:
    """Fuzz one target."""
    name, seconds, *rest = sys.argv[1:]
    with atheris.instrument_imports(include=["bbbd"]):
        from targets import TARGETS  # noqa: PLC0415 - what is imported here is instrumented
    target, runs = TARGETS[name], 0

    def one(data: bytes) -> None:
        nonlocal runs
        runs += 1
        begun = time.process_time()
        target(data)
        took = time.process_time() - begun
        if took > _MOST and runs > _WARM:
            # Whatever collects garbage at that moment is not the input's fault.
            begun = time.process_time()
            target(data)
            took = min(took, time.process_time() - begun)
            assert took <= _MOST, f"took {took:.2f} s"

    corpus = Path(rest[0]) if rest else ROOT / "build" / "fuzz" / name
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = ROOT / "fuzz" / "seeds" / name
    options = [
        f"-max_total_time={seconds}",
        "-max_len=8192",
        "-timeout=20",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus), *([str(seeds)] if seeds.is_dir() else [])], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
