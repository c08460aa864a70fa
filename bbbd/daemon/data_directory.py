"""The data directory at a start: made where it is missing, locked, and closed to others."""

from __future__ import annotations

import time
from pathlib import Path

from bbbd.daemon.options import TAKEN, leave
from bbbd.storage.disk import Disk

#: Seconds that a start waits for the lock of the data directory.
LOCK_WAIT = 5
_LOCK_HELD: list[int] = []


def take(disk: Disk, directory: Path) -> None:
    """Make the directory, lock it for the life of the process, and close what is private. Raises ``OSError``."""
    disk.mkdir(directory)
    lock = _locked(disk, directory / "lock")
    if lock is None:
        leave(TAKEN, f"bbbd: {directory} is in use by another bbbd")
    _LOCK_HELD.append(lock)
    for name in ("meetings", "configs"):
        disk.mkdir(directory / name)
        disk.chmod(directory / name, 0o700)


def _locked(disk: Disk, path: Path) -> int | None:
    """Lock the data directory, or return None. A server that was killed just before may still hold the lock."""
    until = time.monotonic() + LOCK_WAIT
    while (lock := disk.lock(path)) is None and time.monotonic() < until:
        time.sleep(0.05)
    return lock
