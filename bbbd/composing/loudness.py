"""How loud a recording is over its time: what the player draws over its seek bar, so that silence is seen."""

from __future__ import annotations

import array
import json
from collections.abc import Iterator
from pathlib import Path

from bbbd.composing.tools import run_tool
from bbbd.presentation.films import LOUDNESS
from bbbd.storage.disk import Disk

#: Values of a recording at the most; milliseconds of the shortest, and of what is decoded at once.
_MOST, _SHORTEST, _AT_ONCE = 600, 500, 300_000
#: Samples a second that are looked at, and the loudest sample.
_RATE, _LOUDEST = 4000, 32_768


def write_loudness(disk: Disk, film: Path, duration: int) -> None:
    """Write ``loudness.json`` beside a film: ``{"step": seconds, "peaks": [0 to 99, …]}``. Raises ``ToolFailed``."""
    step = max(_SHORTEST, -(-duration // _MOST))
    peaks = [peak * 99 // _LOUDEST for peak in _peaks(film, duration, step)]
    told = json.dumps({"step": step / 1000, "peaks": peaks}, separators=(",", ":"))
    disk.replace(film.with_name(LOUDNESS), told.encode() + b"\n", 0o644)


def _peaks(film: Path, duration: int, step: int) -> Iterator[int]:
    """Give the loudest sample of each step."""
    stretch = max(step, _AT_ONCE // step * step)
    samples = _RATE * step // 1000
    for begin in range(0, duration, stretch):
        length = min(stretch, duration - begin)
        words = ["-ss", f"{begin / 1000:.3f}", "-t", f"{length / 1000:.3f}", "-i", str(film), "-vn", "-ac", "1"]
        data = run_tool(
            ["ffmpeg", "-nostdin", "-v", "error", *words, "-ar", str(_RATE), "-f", "s16le", "-"], length / 1000
        )
        heard = array.array("h", data[: len(data) // 2 * 2])
        for place in range(0, length * _RATE // 1000, samples):
            some = heard[place : place + samples]
            yield max(map(abs, (max(some), min(some)))) if some else 0
