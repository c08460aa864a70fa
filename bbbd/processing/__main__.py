"""Makes a recording of raw files: ``python -m bbbd.processing --url URL [--whole] [--memory N] … RAW DIRECTORY``.

It writes ``events.xml`` beside a journal, and the playback format into the directory. It exits with 0 and a line of
JSON, ``{"duration": …, "took": …, "lacks": […]}``: two times in milliseconds, and what the recording lacks; with 66
(EX_NOINPUT) when nobody switched recording on; with 65 (EX_DATAERR) and a line that says what is wrong with the files;
or with 74 (EX_IOERR) when the disk does not take it.
Raw files may be another server's: whatever they hold, the process takes no more than it is given.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from bbbd import child_limits
from bbbd.child_programs import end

_MEBIBYTE = 1 << 20
#: Bytes of one file that is written.
_LARGEST_FILE = 4 << 30
_OPEN_FILES = 256


def _make(asked: argparse.Namespace) -> int:
    # Below the limits: they bring libraries along.
    from bbbd.history.happenings import UnreadableHistory  # noqa: PLC0415
    from bbbd.presentation.build import BuildOptions, NothingRecorded, build, write_events_xml  # noqa: PLC0415

    wanted = BuildOptions(
        public_url=asked.url,
        record_names=not asked.anonymous,
        whole_meeting=asked.whole,
        most_pages=asked.pages,
        films=asked.films,
    )
    begun = os.times().elapsed
    try:
        write_events_xml(asked.raw)
        built = build(asked.raw, asked.directory, wanted)
    except NothingRecorded:
        return os.EX_NOINPUT
    except (UnreadableHistory, MemoryError, RecursionError) as fault:
        memory = f"needs more than {asked.memory >> 20} MiB of memory"
        return end(os.EX_DATAERR, str(fault) if isinstance(fault, UnreadableHistory) else memory)
    except OSError as fault:
        return end(os.EX_IOERR, str(fault))
    took = int((os.times().elapsed - begun) * 1000)
    said = {"duration": built.duration, "took": took, "lacks": list(built.warnings)}
    sys.stdout.write(json.dumps(said) + "\n")
    return os.EX_OK


def main() -> int:
    """Make the recording, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bbbd.processing", description="Makes a recording of raw files.")
    parser.add_argument("--url", required=True, help="the server's, for the links of the recording")
    parser.add_argument("--whole", action="store_true", help="record all of a meeting that has no recording marks")
    parser.add_argument("--anonymous", action="store_true", help="people appear without their names")
    parser.add_argument("--pages", type=int, default=200, help="the most that another server's document may have")
    parser.add_argument("--films", type=Path, metavar="DIRECTORY", help="films that were composed of the raw files")
    parser.add_argument("--memory", type=int, default=512 * _MEBIBYTE, help="bytes")
    parser.add_argument("--seconds", type=int, default=120, help="of computing")
    parser.add_argument("--parent", type=int, default=os.getppid(), help="the process that this one ends with")
    parser.add_argument("raw", type=Path, metavar="RAW")
    parser.add_argument("directory", type=Path)
    asked = parser.parse_args()
    # Others read recordings: another program serves them, or a balancer fetches them.
    os.umask(0o022)
    child_limits.lower_priority(asked.parent)
    child_limits.limit(memory=asked.memory, seconds=asked.seconds, largest_file=_LARGEST_FILE, open_files=_OPEN_FILES)
    return _make(asked)


if __name__ == "__main__":
    sys.exit(main())
