"""Compares two files of bench/results: the numbers of each line that both have. ``make bench-compare``.

``python bench/compare.py [OLD NEW]``; without names, the two newest.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results"
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w.])")


def rows(text: str) -> dict[tuple[str, str], list[float]]:
    """Return the numbers of each line, by bench and by the words of the line."""
    found: dict[tuple[str, str], list[float]] = {}
    bench = ""
    for line in text.splitlines():
        if line.startswith("== "):
            bench = line[3:]
            continue
        # A label ends where the columns begin: at two blanks.
        label, _, columns = line.strip().partition("  ")
        if numbers := [float(one.replace(",", "")) for one in _NUMBER.findall(columns)]:
            found[bench, label] = numbers
    return found


def newest(directory: Path) -> list[Path]:
    """Return the results, the oldest first: their names are dates."""
    return sorted(directory.glob("*.txt"))


def main(names: list[str]) -> None:
    """Print a line for each row that both files have: old, new, and new / old of the last column."""
    old, new = map(Path, names) if names else newest(RESULTS)[-2:]
    before, now = rows(old.read_text()), rows(new.read_text())
    print(f"{f'{old.stem} and {new.stem}':52}{'old':>12}{'new':>12}{'new / old':>12}")
    for (bench, label), numbers in now.items():
        if (earlier := before.get((bench, label))) and earlier[-1]:
            ratio = numbers[-1] / earlier[-1]
            print(f"{f'{bench}: {label}'[:51]:52}{earlier[-1]:12,.2f}{numbers[-1]:12,.2f}{ratio:12.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
