"""Limits that a process of bbbd's own sets for itself before it opens the file of a stranger.

It imports nothing beside the standard library, so that such a process starts fast.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from contextlib import suppress

#: How far behind all others a process stands when the processor is wanted.
_NICE = 5
#: Linux's ``PR_SET_PDEATHSIG``.
_PARENT_DIES = 1
#: What a process ends by when a library gives up for want of memory, or is broken by a file.
BROKEN = {signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGTRAP, signal.SIGFPE, signal.SIGSYS}


def die_with(parent: int) -> None:
    """Have this process killed when the one that started it is: a kill of the daemon leaves none behind."""
    ctypes.CDLL(None).prctl(_PARENT_DIES, signal.SIGKILL)
    # It may have been killed before it could be said.
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def lower_priority(parent: int) -> None:
    """Give way to other processes, and end with the process that started this one."""
    # A sandbox may forbid it.
    with suppress(PermissionError):
        os.nice(_NICE)
    die_with(parent)


def limit(*, memory: int, seconds: int, largest_file: int | None = None, open_files: int | None = None) -> None:
    """Limit this process for good: bytes of memory, seconds of computing, bytes of a file, open files; no core.

    Past the first second too many it gets SIGXCPU, by which the reason is known; at the next it is killed.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for kind, most, extra in (
        (resource.RLIMIT_AS, memory, 0),
        (resource.RLIMIT_CPU, seconds, 1),
        (resource.RLIMIT_FSIZE, largest_file, 0),
        (resource.RLIMIT_NOFILE, open_files, 0),
    ):
        if most is None:
            continue
        _soft, hard = resource.getrlimit(kind)
        least = most + extra if hard == resource.RLIM_INFINITY else min(most + extra, hard)
        resource.setrlimit(kind, (min(most, least), least))
