"""Lists directories of recordings: here if there are few, in a process if there are many."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence

import msgspec
from twisted.logger import Logger

from bbbd.child_programs import environment
from bbbd.recordings import list_many
from bbbd.recordings.frames import take_frames
from bbbd.recordings.list_many import ListedPart, listed

_log = Logger()

#: Recordings from which on a process is worth its start: it uses another core, and the reactor goes on meanwhile.
WORTH_A_PROCESS = 5000
_decode = msgspec.msgpack.Decoder(ListedPart).decode


def list_directories(paths: Sequence[bytes], expected: int) -> Iterator[ListedPart]:
    """Return what is in directories, in parts, where so many recordings are expected. Waits for the disk."""
    told = _told_beside(paths) if expected >= WORTH_A_PROCESS else None
    if told is None:
        for number, path in enumerate(paths):
            yield from listed(number, os.fsdecode(path))
    else:
        yield from map(_decode, take_frames(told))


def _told_beside(paths: Sequence[bytes]) -> bytearray | None:
    """Return what a process told, None if it could not be started, or was ended."""
    try:
        ended = subprocess.run(  # noqa: S603 - the words are ours
            [sys.executable, "-P", "-m", list_many.__name__, str(os.getpid())],
            input=msgspec.msgpack.encode(paths),
            stdout=subprocess.PIPE,
            cwd="/",
            env=environment(),
            start_new_session=True,
            check=False,
        )
    except OSError as fault:
        _log.warn("directories are listed here: {why}", event="not_listed_beside", why=str(fault))
        return None
    return None if ended.returncode else bytearray(ended.stdout)
