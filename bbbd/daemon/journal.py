"""The journal of systemd as the place of standard error: then lines begin with their priority (sd-daemon(3))."""

from __future__ import annotations

import os


def is_journal(descriptor: int = 2) -> bool:
    """Return whether an open file is the journal's, by the device and inode that systemd tells."""
    device, _, inode = os.environ.get("JOURNAL_STREAM", "").partition(":")
    try:
        status = os.fstat(descriptor)
    except OSError:
        return False
    return (device, inode) == (str(status.st_dev), str(status.st_ino))
