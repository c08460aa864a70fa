"""Writes what is said in films as WebVTT: ``python -m bbbd.transcription [--model DIRECTORY] FILMS DIRECTORY``.

It exits with 0 and a line of JSON, ``{"lacks": []}``, when ``transcript_<language>.vtt`` is in the directory or nothing
is said in the films; with 65 (EX_DATAERR) and a line that says why nothing can be recognised; with 69 (EX_UNAVAILABLE)
and what is missing; with 74 (EX_IOERR) when the disk does not take it. What was recognised stays: the next run goes on
there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from bbbd import child_limits
from bbbd.child_programs import end

#: Bytes of memory, of a file, and open files. The model takes 350 MB, the libraries reserve more than they use.
_MEMORY, _LARGEST_FILE, _OPEN_FILES = 6 << 30, 1 << 30, 256
#: Seconds of computing, whatever the recording's length: a day is more than the longest needs.
_SECONDS = 86_400


def _transcribe(asked: argparse.Namespace) -> int:
    from bbbd.composing.tools import ToolFailed, missing_programs  # noqa: PLC0415 - as below the limits
    from bbbd.storage.disk import Disk  # noqa: PLC0415
    from bbbd.transcription.model import NoModel  # noqa: PLC0415
    from bbbd.transcription.transcribe import LanguageUnknown, transcribe  # noqa: PLC0415

    if missing := [name for name in missing_programs() if name.startswith("ff")]:
        return end(os.EX_UNAVAILABLE, f"not installed: {', '.join(missing)} (Debian: ffmpeg)")
    try:
        transcribe(Disk(), asked.films, asked.directory, asked.model)
    except NoModel as fault:
        return end(os.EX_UNAVAILABLE, str(fault))
    except (LanguageUnknown, ToolFailed, MemoryError) as fault:
        return end(os.EX_DATAERR, str(fault) or f"it needs more than {_MEMORY >> 20} MiB of memory")
    except OSError as fault:
        return end(os.EX_IOERR, str(fault))
    sys.stdout.write(json.dumps({"lacks": []}) + "\n")
    return os.EX_OK


def main() -> int:
    """Recognise, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bbbd.transcription", description="Writes what is said in films.")
    parser.add_argument("--model", default="", metavar="DIRECTORY", help="instead of the one of the extra `captions`")
    parser.add_argument("--parent", type=int, default=os.getppid(), help="the process that this one ends with")
    parser.add_argument("films", type=Path, help="the directory of the films that were composed")
    parser.add_argument("directory", type=Path)
    asked = parser.parse_args()
    os.umask(0o022)
    # Nothing is fetched from anywhere, and one core is enough.
    os.environ.update(HF_HUB_OFFLINE="1", OMP_NUM_THREADS="1")
    child_limits.lower_priority(asked.parent)
    child_limits.limit(memory=_MEMORY, seconds=_SECONDS, largest_file=_LARGEST_FILE, open_files=_OPEN_FILES)
    return _transcribe(asked)


if __name__ == "__main__":
    sys.exit(main())
