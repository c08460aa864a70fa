"""Reads metadata.xml files: few here, many in processes of their own, so that a first start uses every core."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
from twisted.logger import Logger

from bbbd.child_programs import environment
from bbbd.recordings import read_many
from bbbd.recordings.read_many import LENGTH, FileToRead, Outcome, outcome_of

_log = Logger()

#: Files from which on processes of their own are worth their start, for each of them.
WORTH_A_PROCESS = 5000
_MOST_PROCESSES = 4
_decode = msgspec.msgpack.Decoder(Outcome).decode


def read_files(files: Sequence[FileToRead]) -> Iterator[Outcome]:
    """Return what each file says, in their order. Waits for the disk, and for processes."""
    count = min(len(files) // WORTH_A_PROCESS, os.cpu_count() or 1, _MOST_PROCESSES)
    if count < 2:
        yield from map(outcome_of, files)
        return
    size = -(-len(files) // count)
    parts = [files[begin : begin + size] for begin in range(0, len(files), size)]
    with ThreadPoolExecutor(count) as threads:
        for part, told in zip(parts, threads.map(_read, parts), strict=True):
            yield from _outcomes(part, told)


def _read(files: Sequence[FileToRead]) -> bytes:
    """Have a process read files; return what it wrote, which is less than all if it was ended."""
    try:
        ended = subprocess.run(  # noqa: S603 - the words are ours
            [sys.executable, "-P", "-m", read_many.__name__, str(os.getpid())],
            input=msgspec.msgpack.encode(files),
            stdout=subprocess.PIPE,
            cwd="/",
            env=environment(),
            start_new_session=True,
            check=False,
        )
    except OSError as fault:
        _log.warn("files are read here, one by one: {why}", event="not_read_beside", why=str(fault))
        return b""
    return ended.stdout


def _outcomes(files: Sequence[FileToRead], told: bytes) -> Iterator[Outcome]:
    """Return the outcomes that a process wrote; what it did not come to is read here."""
    view, begin = memoryview(told), 0
    for file in files:
        end = begin + LENGTH + int.from_bytes(view[begin : begin + LENGTH])
        if begin + LENGTH <= len(view) and end <= len(view):
            yield _decode(view[begin + LENGTH : end])
            begin = end
        else:
            begin = len(view)
            yield outcome_of(file)
