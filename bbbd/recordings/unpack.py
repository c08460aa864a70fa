"""Process that reads an archive: ``python -m bbbd.recordings.unpack [--memory N] [--seconds N] [--parent N] ARCHIVE``.

It writes to standard output a line of JSON with the number of bytes and files in all, ``{"size", "files"}``, then for
each file a line ``{"path", "size"}`` and the file's bytes. It exits with 0, with 65 (EX_DATAERR) and a line that says
why the archive is refused, or with 74 (EX_IOERR) when it cannot be read. Archives are untrusted: before the process
opens one it limits its own memory, computing time and open files, and it can write no file at all.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import IO

from bbbd.recordings.archive import PIECE, ArchiveMember, ArchiveRefused, archive_members

#: Limits if nothing else is given: bytes of memory, seconds of computing.
MEMORY, SECONDS = 512 << 20, 30
_MOST_OPEN = 32
#: Linux's ``PR_SET_PDEATHSIG``.
_PARENT_DIES = 1


def _end_with(parent: int) -> None:
    """Have this process killed as soon as its parent is: a kill of the daemon leaves none behind."""
    ctypes.CDLL(None).prctl(_PARENT_DIES, signal.SIGKILL)
    # The parent may have been killed before.
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _limit(memory: int, seconds: int) -> None:
    for kind, limit, extra in (
        (resource.RLIMIT_AS, memory, 0),
        # SIGXCPU at the first second, by which the reason is known, SIGKILL at the second.
        (resource.RLIMIT_CPU, seconds, 1),
        (resource.RLIMIT_NOFILE, _MOST_OPEN, 0),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        _soft, hard = resource.getrlimit(kind)
        most = limit + extra if hard == resource.RLIM_INFINITY else min(limit + extra, hard)
        resource.setrlimit(kind, (min(limit, most), most))


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
    _end_with(options.parent)
    _limit(options.memory, options.seconds)
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
