"""Files that may be missing, or unreadable for a while."""

from __future__ import annotations

import errno
from pathlib import Path

from bbbd.storage.disk import read_regular

#: What a process or a machine has too little of for a while: a file that it keeps from being read is not damaged.
PASSING = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOMEM))


def read_if_there(path: Path) -> bytes | None:
    """Return a regular file's content, None if it is missing or unreadable. Raises ``OSError`` if that may pass."""
    try:
        return read_regular(path)
    except OSError as fault:
        if fault.errno in PASSING:
            raise
        return None
