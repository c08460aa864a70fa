"""Composes the films of raw files: ``python -m bbbd.composing [--whole] [--parent N] RAW DIRECTORY``.

It exits with 0 and a line of JSON, ``{"lacks": […]}``: what is left out. With 65 (EX_DATAERR) and a line that says why
nothing can be made of the raw files; with 69 (EX_UNAVAILABLE) and the programs that are missing; with 74 (EX_IOERR)
when the disk does not take it. What was made stays in the directory: the next run goes on there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from bbbd import child_limits
from bbbd.child_programs import end

#: Bytes of memory, and seconds of computing; the programs that it runs have limits of their own.
_MEMORY, _SECONDS = 4 << 30, 7 * 86_400


def _compose(asked: argparse.Namespace) -> int:
    from bbbd.composing.compose import compose  # noqa: PLC0415 - libraries that are not read before the limits hold
    from bbbd.composing.tools import ToolFailed, missing_programs  # noqa: PLC0415
    from bbbd.history.happenings import UnreadableHistory  # noqa: PLC0415
    from bbbd.presentation.build import read_history  # noqa: PLC0415
    from bbbd.presentation.timeline import recorded_segments  # noqa: PLC0415
    from bbbd.storage.disk import Disk  # noqa: PLC0415

    if missing := missing_programs(of_janus=any(asked.raw.rglob("*.mjr"))):
        return end(os.EX_UNAVAILABLE, f"not installed: {', '.join(missing)} (Debian: ffmpeg, janus-tools)")
    try:
        history = read_history(asked.raw)
        segments = recorded_segments(history, whole_meeting=asked.whole)
        if not segments:
            return end(os.EX_DATAERR, "recording was never on")
        made = compose(Disk(), asked.raw, asked.directory, history, segments)
    except (UnreadableHistory, ToolFailed) as fault:
        return end(os.EX_DATAERR, str(fault))
    except OSError as fault:
        return end(os.EX_IOERR, str(fault))
    sys.stdout.write(json.dumps({"lacks": list(made.faults)}) + "\n")
    return os.EX_OK


def main() -> int:
    """Compose, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bbbd.composing", description="Composes the films of raw files.")
    parser.add_argument("--whole", action="store_true", help="all of a meeting that has no recording marks")
    parser.add_argument("--parent", type=int, default=os.getppid(), help="the process that this one ends with")
    parser.add_argument("raw", type=Path, metavar="RAW")
    parser.add_argument("directory", type=Path)
    asked = parser.parse_args()
    os.umask(0o022)
    child_limits.lower_priority(asked.parent)
    child_limits.limit(memory=_MEMORY, seconds=_SECONDS)
    return _compose(asked)


if __name__ == "__main__":
    sys.exit(main())
