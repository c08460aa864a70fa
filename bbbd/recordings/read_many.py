"""Process that reads the metadata.xml of many recordings: ``python -m bbbd.recordings.read_many PARENT``.

From standard input it takes in MessagePack directories, ``[place, format, path]``, and recordings, ``[recordID, [number
of a directory, …]]``. For each recording it writes a frame: one byte (1 if all its files can be read) and a list in
MessagePack, for each file what it says, or a text that says why it cannot be read, or the system's error.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from bbbd import child_limits
from bbbd.recordings.frames import framed
from bbbd.recordings.layout import Place
from bbbd.recordings.metadata import Metadata, UnreadableMetadata, metadata_parser, read_metadata, read_metadata_file
from bbbd.values.late_modules import etree


class FormatDirectory(NamedTuple):
    """A directory of recordings: its place and format, and its path as the system has it."""

    place: Place
    format: str
    path: bytes

    def metadata(self, record_id: str) -> str:
        """Return the path of a recording's metadata.xml."""
        return f"{os.fsdecode(self.path)}/{record_id}/metadata.xml"


class RecordingToRead(NamedTuple):
    """A recording, and the numbers of the directories that have a metadata.xml of it."""

    record_id: str
    directories: list[int]


class FilesToRead(NamedTuple):
    """The directories, and what is to be read in them."""

    directories: list[FormatDirectory]
    recordings: Sequence[RecordingToRead]


@dataclass(frozen=True, slots=True)
class SystemFault:
    """A file cannot be read: the system's error number and text."""

    number: int
    why: str


#: What came of a file.
Outcome = Metadata | str | SystemFault


class ReadRecording(NamedTuple):
    """The outcomes of a recording's files, in MessagePack. If it is whole, all of them are metadata."""

    is_whole: bool
    outcomes: bytes


_encode = msgspec.msgpack.Encoder().encode


def _outcome_of(record_id: str, directory: FormatDirectory, parser: etree.XMLParser) -> Outcome:
    """Return what a file says, or why it cannot be read."""
    try:
        data = read_metadata_file(directory.metadata(record_id))
        return read_metadata(data, directory.place, directory.format, record_id, parser)
    except UnreadableMetadata as fault:
        return str(fault)
    except OSError as fault:
        return SystemFault(fault.errno or 0, str(fault.strerror))


def read_here(files: FilesToRead) -> Iterator[ReadRecording]:
    """Read recordings one by one."""
    if not files.recordings:
        # Without any, the parser's library is not even loaded.
        return
    parser = metadata_parser()
    for record_id, numbers in files.recordings:
        outcomes = [_outcome_of(record_id, files.directories[number], parser) for number in numbers]
        yield ReadRecording(all(isinstance(one, Metadata) for one in outcomes), _encode(outcomes))


def main() -> None:
    """Read the recordings, and tell what their files say."""
    child_limits.lower_priority(int(sys.argv[1]))
    files = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=FilesToRead)
    # What is read leaves no cycles.
    gc.disable()
    for is_whole, outcomes in read_here(files):
        sys.stdout.buffer.write(framed(b"%c%b" % (is_whole, outcomes)))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
    os._exit(0)
