"""Reads the metadata.xml of recordings: few here, many in processes, so that a first start uses every core."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress

import msgspec
from twisted.logger import Logger

from bbbd.child_programs import environment
from bbbd.recordings import read_many
from bbbd.recordings.frames import take_frames
from bbbd.recordings.read_many import FilesToRead, ReadRecording, RecordingToRead, read_here

_log = Logger()

#: Recordings from which on processes of their own are worth their start, for each of them.
WORTH_A_PROCESS = 5000
_MOST_PROCESSES = 4
#: Bytes that are taken at once of what a process writes.
_PIECE = 1 << 20


def read_recordings(files: FilesToRead) -> Iterator[tuple[RecordingToRead, ReadRecording]]:
    """Return each recording with what its files say, in any order. Waits for the disk, and for processes."""
    recordings = files.recordings
    count = min(len(recordings) // WORTH_A_PROCESS, os.cpu_count() or 1, _MOST_PROCESSES)
    if count < 2:
        yield from zip(recordings, read_here(files), strict=True)
        return
    parts = [FilesToRead(files.directories, recordings[number::count]) for number in range(count)]
    waiting, told = [iter(part.recordings) for part in parts], [bytearray() for _part in parts]
    processes = [_start() for _part in parts]
    try:
        for process, part in zip(processes, parts, strict=True):
            _ask(process, part)
        for number, piece in _pieces(processes):
            told[number] += piece
            for frame in take_frames(told[number]):
                yield next(waiting[number]), ReadRecording(bool(frame[0]), frame[1:])
    finally:
        _end(processes)
    for left in map(list, waiting):
        # What a process did not come to, since it was ended or never began.
        yield from zip(left, read_here(FilesToRead(files.directories, left)), strict=True)


def _start() -> subprocess.Popen[bytes] | None:
    try:
        return subprocess.Popen(  # noqa: S603 - the words are ours
            [sys.executable, "-P", "-m", read_many.__name__, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
            env=environment(),
            start_new_session=True,
        )
    except OSError as fault:
        _log.warn("files are read here, one by one: {why}", event="not_read_beside", why=str(fault))
        return None


def _ask(process: subprocess.Popen[bytes] | None, files: FilesToRead) -> None:
    """Tell a process what to read: it takes all of it before it writes anything."""
    if process is not None and process.stdin is not None:
        with suppress(BrokenPipeError), process.stdin as input_:
            input_.write(msgspec.msgpack.encode(files))


def _pieces(processes: Sequence[subprocess.Popen[bytes] | None]) -> Iterator[tuple[int, bytes]]:
    """Return what processes write, as it comes, each piece with the process's number."""
    with selectors.DefaultSelector() as selector:
        for number, process in enumerate(processes):
            if process is not None and process.stdout is not None:
                selector.register(process.stdout, selectors.EVENT_READ, number)
        while selector.get_map():
            for key, _events in selector.select():
                if piece := os.read(key.fd, _PIECE):
                    yield key.data, piece
                else:
                    selector.unregister(key.fileobj)


def _end(processes: Sequence[subprocess.Popen[bytes] | None]) -> None:
    for process in processes:
        if process is not None:
            with process:
                process.kill()
