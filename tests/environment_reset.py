"""What surrounds the tests and all that they start: signals, umask, time zone and environment, the same everywhere."""

from __future__ import annotations

import locale
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds past which a wait is a hang. Who waits for a state goes on as soon as it is there: so many cost nothing.
PATIENCE = 90
#: What is kept of the environment: where programs and temporary files are, and what the tools tell each other.
KEPT = {"CI", "PATH", "TMPDIR", "VIRTUAL_ENV"}
KEPT_PREFIXES = ("COVERAGE_", "COV_", "PYTEST_", "HYPOTHESIS_")
GIVEN = {"LC_ALL": "C.UTF-8", "TZ": "UTC"}
#: A file system in memory, and the bytes that it must have room for: there the disk keeps at once what it is asked to.
IN_MEMORY, ROOM = "/dev/shm", 4 << 30
#: Tells processes of the same run that they have a home already.
HOME_PREFIX = "bbbd-home-"


def make_even() -> Callable[[], None]:
    """Make them the same; return what tidies up at the end.

    A job in the background ignores SIGINT, a service perhaps others, and children inherit that. A proxy would be asked
    for what is on loopback, a home has settings and fonts of its own.
    """
    for number in signal.valid_signals() - {signal.SIGPIPE}:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.umask(0o022)
    if "TMPDIR" not in os.environ and _has_room(IN_MEMORY):
        os.environ["TMPDIR"] = IN_MEMORY
        tempfile.tempdir = None
    home = os.environ.get("HOME", "")
    ours = Path(home).name.startswith(HOME_PREFIX)
    if not ours:
        home = tempfile.mkdtemp(prefix=HOME_PREFIX)
    for name in [name for name in os.environ if name not in KEPT and not name.startswith(KEPT_PREFIXES)]:
        del os.environ[name]
    os.environ.update(GIVEN, HOME=home)
    time.tzset()
    locale.setlocale(locale.LC_ALL, "")
    return (lambda: None) if ours else lambda: shutil.rmtree(home, ignore_errors=True)


def _has_room(directory: str) -> bool:
    """Return whether there is such a directory, with room, in which programs may lie."""
    if not os.access(directory, os.W_OK):
        return False
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC
