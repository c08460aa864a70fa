"""Limits of a conversion's process, which it sets for itself before it reads a document."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from contextlib import suppress
from typing import NamedTuple

#: Pixels of a page's longer side, and of a thumbnail's width and greatest height.
LONGEST = 1600
THUMBNAIL, THUMBNAIL_HEIGHT = 176, 704
#: Pixels of a picture that is read.
MOST_PIXELS = 40_000_000
#: Characters of a page's text.
LONGEST_TEXT = 20_000
#: Bytes of one file that is written, and of all of a document.
LARGEST_FILE, LARGEST = 64 << 20, 1 << 30
#: Bytes of a file that LibreOffice writes.
LARGEST_OFFICE_FILE = 512 << 20
#: How far behind all others a conversion stands when the processor is wanted.
_NICE = 5
#: Linux's ``PR_SET_PDEATHSIG``.
_PARENT_DIES = 1


class ProcessLimits(NamedTuple):
    """What an operator sets: bytes of memory, seconds of computing, pages; bytes of memory for LibreOffice."""

    memory: int
    seconds: int
    pages: int
    office_memory: int


def lower_priority(parent: int) -> None:
    """Give way to other processes, write no core, and end with the process that started this one."""
    # A sandbox may forbid it.
    with suppress(PermissionError):
        os.nice(_NICE)
    die_with(parent)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def die_with(parent: int) -> None:
    """Have this process killed when the one that started it is: a kill of the daemon leaves none behind."""
    ctypes.CDLL(None).prctl(_PARENT_DIES, signal.SIGKILL)
    # It may have been killed before it could be said.
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def limit(memory: int, seconds: int, largest_file: int = LARGEST_FILE) -> None:
    """Limit this process for good."""
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, largest_file),
        (resource.RLIMIT_CPU, seconds),
    ):
        _soft, hard = resource.getrlimit(kind)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        # Past the first second the process is told by SIGXCPU, by which the reason is known.
        resource.setrlimit(kind, (least, min(least + 1, hard) if hard != resource.RLIM_INFINITY else least + 1))
