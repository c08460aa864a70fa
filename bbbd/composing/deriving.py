"""Makes other formats of a presentation and its films: ``python -m bbbd.composing.deriving --formats podcast,video``.

Each is a directory ``formats/<format>/<record id>`` below DIRECTORY, which has its name once it is whole. It exits with
0 and a line of JSON, ``{"lacks": […]}``: what could not be made, and what is left out; with 69 (EX_UNAVAILABLE) and the
programs that are missing; with 74 (EX_IOERR) when the disk does not take it. What was made stays: the next run goes on
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


def _derive(asked: argparse.Namespace) -> int:
    from bbbd.composing.derived import Source, derive  # noqa: PLC0415 - as in ``__main__``
    from bbbd.composing.encoders import find_encoders  # noqa: PLC0415
    from bbbd.composing.tools import ToolFailed, missing_programs  # noqa: PLC0415
    from bbbd.presentation.films import Films, read_films  # noqa: PLC0415
    from bbbd.storage.disk import Disk  # noqa: PLC0415

    if missing := [name for name in missing_programs() if name.startswith("ff")]:
        return end(os.EX_UNAVAILABLE, f"not installed: {', '.join(missing)} (Debian: ffmpeg)")
    try:
        source = Source(
            presentation=asked.presentation,
            record_id=asked.id,
            url=asked.url.rstrip("/"),
            films=asked.films,
            facts=read_films(asked.films) if asked.films is not None else Films(),
            captions=[(Path(path), language, label) for path, language, label in json.loads(asked.captions)],
        )
        lacks = derive(Disk(), asked.directory, source, asked.formats.split(","), find_encoders())
    except ToolFailed as fault:
        return end(os.EX_DATAERR, str(fault))
    except OSError as fault:
        return end(os.EX_IOERR, str(fault))
    sys.stdout.write(json.dumps({"lacks": lacks}) + "\n")
    return os.EX_OK


def main() -> int:
    """Make the formats, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bbbd.composing.deriving", description="Makes other formats.")
    parser.add_argument("--url", required=True, help="the server's, for the links of the recording")
    parser.add_argument("--formats", required=True, help="podcast, video, or both with a comma between")
    parser.add_argument("--id", required=True, help="the recording's")
    parser.add_argument("--films", type=Path, metavar="DIRECTORY", help="the films that were composed")
    parser.add_argument("--captions", default="[]", help="JSON: [[path, language, label], …]")
    parser.add_argument("--parent", type=int, default=os.getppid(), help="the process that this one ends with")
    parser.add_argument("presentation", type=Path)
    parser.add_argument("directory", type=Path)
    asked = parser.parse_args()
    os.umask(0o022)
    child_limits.lower_priority(asked.parent)
    return _derive(asked)


if __name__ == "__main__":
    sys.exit(main())
