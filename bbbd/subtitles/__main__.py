"""Command that converts a file to WebVTT: ``python -m bbbd.subtitles [--type TYPE] [--name NAME] < in.srt > out.vtt``.

It exits with 0 and, if cues cannot be timed and were left out, their number on standard error; or with 65
(EX_DATAERR) and a line that says why the file cannot be read. Files are untrusted,
so the process limits itself to two minutes of CPU time and one GiB of memory.
"""

from __future__ import annotations

import argparse
import os
import sys

from bbbd import child_limits
from bbbd.subtitles import LARGEST, UnreadableSubtitles, convert

#: Bytes of memory, seconds of computing.
_MEMORY, _SECONDS = 1 << 30, 120


def main() -> int:
    """Convert standard input to standard output, and return the exit status."""
    child_limits.limit(memory=_MEMORY, seconds=_SECONDS)
    parser = argparse.ArgumentParser(prog="python -m bbbd.subtitles", description="Converts subtitles to WebVTT.")
    parser.add_argument("--type", default="", help="the content type of the upload")
    parser.add_argument("--name", default="", help="the name of the file")
    options = parser.parse_args()
    try:
        converted = convert(sys.stdin.buffer.read(LARGEST + 1), options.type, options.name)
        webvtt = converted.webvtt.encode()
    except (UnreadableSubtitles, MemoryError) as fault:
        reason = str(fault) if isinstance(fault, UnreadableSubtitles) else "needs too much memory"
        sys.stderr.buffer.write(f"{reason}\n".encode())
        return os.EX_DATAERR
    sys.stdout.buffer.write(webvtt)
    if converted.left_out:
        sys.stderr.write(f"{converted.left_out}\n")
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
