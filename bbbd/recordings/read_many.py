"""Process that reads many metadata.xml: ``python -m bbbd.recordings.read_many PARENT``.

From standard input it takes a list of ``[place, format, recordID, path]`` in MessagePack. For each it writes four bytes
(the length, the largest first) and, in MessagePack, what the file says, or a text that says why it cannot be read, or
a list of the system's error number and text.
"""

from __future__ import annotations

import os
import sys

import msgspec

from bbbd import child_limits
from bbbd.recordings.layout import Place
from bbbd.recordings.metadata import Metadata, UnreadableMetadata, read_metadata, read_metadata_file

#: A file that is to be read: its place, format and recording, and its path.
FileToRead = tuple[Place, str, str, str]
#: What came of it.
Outcome = Metadata | str | tuple[int, str]
#: The bytes before each outcome.
LENGTH = 4


def outcome_of(file: FileToRead) -> Outcome:
    """Return what a file says, or why it cannot be read."""
    place, form, record_id, path = file
    try:
        return read_metadata(read_metadata_file(path), place, form, record_id)
    except UnreadableMetadata as fault:
        return str(fault)
    except OSError as fault:
        return fault.errno or 0, str(fault.strerror)


def main() -> None:
    """Read the files, and tell what they say."""
    child_limits.lower_priority(int(sys.argv[1]))
    encode = msgspec.msgpack.Encoder().encode
    for file in msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[FileToRead]):
        told = encode(outcome_of(file))
        sys.stdout.buffer.write(len(told).to_bytes(LENGTH) + told)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
    os._exit(0)
