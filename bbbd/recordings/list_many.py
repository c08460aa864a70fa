"""Process that lists directories of many recordings: ``python -m bbbd.recordings.list_many PARENT``.

From standard input it takes a list of directories in MessagePack. For each it writes what is in it, in parts that are
not long, each a frame in MessagePack.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from bbbd import child_limits
from bbbd.recordings.frames import framed

#: Subdirectories of a part: its reader decodes it at once, and nothing else runs meanwhile.
PART = 5000


class ListedPart(NamedTuple):
    """Some of the subdirectories that may be recordings: names, and time and length of each metadata.xml.

    ``directory`` is the number of the directory. ``unseen`` has subdirectories that cannot be read, each with the
    reason; under the empty name the directory itself.
    """

    directory: int
    names: list[str]
    mtimes: list[int]
    sizes: list[int]
    unseen: dict[str, str]


def is_directory(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a directory, or a link to one."""
    try:
        return entry.is_dir(follow_symlinks=True)
    except OSError as fault:
        # A link to itself; other faults show when the directory is read.
        return fault.errno != errno.ELOOP


def listed(number: int, path: str) -> Iterator[ListedPart]:
    """Return what is in a directory of recordings, at least one part."""
    part = ListedPart(number, [], [], [], {})
    try:
        with os.scandir(path) as entries:
            # No name of a recording has other characters.
            names = [entry.name for entry in entries if entry.name.isascii() and is_directory(entry)]
    except (FileNotFoundError, NotADirectoryError):
        names = []
    except OSError as fault:
        names, part.unseen[""] = [], str(fault.strerror)
    for name in names:
        try:
            status = os.stat(f"{path}/{name}/metadata.xml")  # noqa: PTH116 - a hundred thousand of them
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as fault:
            part.unseen[name] = str(fault.strerror)
            continue
        part.names.append(name)
        part.mtimes.append(status.st_mtime_ns)
        part.sizes.append(status.st_size)
        if len(part.names) == PART:
            yield part
            part = ListedPart(number, [], [], [], {})
    yield part


def main() -> None:
    """List the directories."""
    child_limits.lower_priority(int(sys.argv[1]))
    encode = msgspec.msgpack.Encoder().encode
    for number, path in enumerate(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[bytes])):
        for part in listed(number, os.fsdecode(path)):
            sys.stdout.buffer.write(framed(encode(part)))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
    os._exit(0)
