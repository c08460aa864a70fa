"""Draining: new meetings are refused, everything else works, until none is left and the server can go.

A file ``drain`` in the data directory says so; ``bbbd drain on`` makes it. It is looked for once a second, and stays
over a restart.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from twisted.logger import Logger
from twisted.python.failure import Failure

from bbbd.storage.group_commit import Thread

_log = Logger()

T = TypeVar("T")
#: The name of the file in the data directory.
FILE = "drain"


def draining_since(directory: Path) -> int | None:
    """Return when the file in a data directory was made, in milliseconds since 1970; None when there is none.

    Raises ``OSError``.
    """
    try:
        return (directory / FILE).stat().st_mtime_ns // 1_000_000
    except FileNotFoundError:
        return None


class Draining:
    """Whether one server refuses new meetings. ``thread`` waits for the disk."""

    def __init__(self, directory: Path, thread: Thread) -> None:
        self._directory = directory
        self._thread = thread
        self._is_last = self._is_looking = False
        #: When draining began, in milliseconds since 1970.
        self.since: int | None = None

    @property
    def is_on(self) -> bool:
        """Whether new meetings are refused: the file is there, or the server is about to stop."""
        return self._is_last or self.since is not None

    def start(self) -> None:
        """Look for the file. Waits for the disk; raises ``OSError``."""
        self._found(draining_since(self._directory))

    def look(self) -> None:
        """Look for the file in a thread. A disk that fails leaves everything as it is; others report it."""
        if self._is_looking:
            return
        self._is_looking = True
        found = self._thread(lambda: draining_since(self._directory))
        found.addBoth(self._looked)
        found.addCallbacks(self._found, _check_of_disk)
        found.addErrback(lambda failure: _log.failure("draining cannot be looked for", failure, event="drain_unseen"))

    def begin_last(self) -> None:
        """Refuse new meetings from now on: the server stops once the others have ended."""
        self._is_last = True

    def _looked(self, result: T) -> T:
        self._is_looking = False
        return result

    def _found(self, since: int | None) -> None:
        before, self.since = self.since, since
        if since is not None and before is None:
            _log.info("new meetings are refused: the server is draining", event="draining", audit=True)
        elif since is None and before is not None:
            _log.info("new meetings are allowed again", event="draining_ended", audit=True)


def _check_of_disk(failure: Failure) -> None:
    failure.trap(OSError)
