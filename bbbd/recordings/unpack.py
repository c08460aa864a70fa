"""Process that reads an archive: ``python -m bbbd.recordings.unpack [--memory N] [--seconds N] [--parent N] ARCHIVE``.

It writes to standard output a line of JSON with the number of bytes and files in all, ``{"size", "files"}``, then for
each file a line ``{"path", "size"}`` and the file's bytes. It exits with 0, with 65 (EX_DATAERR) and a line that says
why the archive is refused, or with 74 (EX_IOERR) when it cannot be read. Archives are untrusted: before the process
opens one it limits its own memory, computing time and open files, and it can write no file at all.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import IO

from bbbd import child_limits
from bbbd.recordings.archive import PIECE, ArchiveMember, ArchiveRefused, archive_members

#: Limits if nothing else is given: bytes of memory, seconds of computing.
MEMORY, SECONDS = 512 << 20, 30
_MOST_OPEN = 32


def _send_line(out: IO[bytes], **values: str | int) -> None:
    out.write(json.dumps(values).encode("ascii") + b"\n")


def _send(out: IO[bytes], member: ArchiveMember) -> None:
    """Send a member; its bytes are counted as they are read, whatever its header claims."""
    _send_line(out, path=str(member.path), size=member.size)
    left = member.size
    with member.open() as source:
        while piece := source.read(PIECE):
            left -= len(piece)
            if left < 0:
                break
            out.write(piece)
    if left:
        raise ArchiveRefused(f"has a member that is not as long as it says: {str(member.path)[:80]!r}")


def main() -> int:
    """Send the contents of an archive, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bbbd.recordings.unpack", description="Reads an archive.")
    parser.add_argument("--memory", type=int, default=MEMORY, help="bytes")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of computing")
    parser.add_argument("--parent", type=int, default=os.getppid(), help="the process that this one ends with")
    parser.add_argument("archive", type=Path)
    options = parser.parse_args()
    child_limits.die_with(options.parent)
    # It can write no file at all.
    child_limits.limit(memory=options.memory, seconds=options.seconds, largest_file=0, open_files=_MOST_OPEN)
    try:
        with archive_members(options.archive) as found:
            _send_line(sys.stdout.buffer, size=sum(member.size for member in found), files=len(found))
            for member in found:
                _send(sys.stdout.buffer, member)
        sys.stdout.buffer.flush()
    except (ArchiveRefused, MemoryError) as fault:
        why = str(fault) if isinstance(fault, ArchiveRefused) else f"needs more than {options.memory >> 20} MiB to read"
        sys.stderr.buffer.write(why.encode("utf-8", "backslashreplace") + b"\n")
        return os.EX_DATAERR
    except OSError as fault:
        sys.stderr.buffer.write(f"{fault}\n".encode("utf-8", "backslashreplace"))
        return os.EX_IOERR
    return os.EX_OK


if __name__ == "__main__":
    # Without the interpreter's own ending, which would flush into a closed pipe.
    status = main()
    sys.stderr.flush()
    os._exit(status)
