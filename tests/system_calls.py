"""A process that may make only the system calls of a unit, as systemd sets it up: by a seccomp filter.

``python system_calls.py UNIT PROGRAM ARGUMENT…`` becomes the program.
"""

from __future__ import annotations

import ctypes
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

#: Numbers of system calls by name, as the kernel's header has them.
HEADER = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000


def calls_of(group: str) -> set[str]:
    """Return the system calls of a group such as ``@system-service``, or of a single name."""
    if not group.startswith("@"):
        return {group}
    told = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True)
    names = [line.strip() for line in told.stdout.splitlines()[1:]]
    return set().union(*(calls_of(name) for name in names if name and not name.startswith("#")))


def allowed_by(unit: Path) -> set[str]:
    """Return the system calls that a unit allows, by its ``SystemCallFilter=`` lines in their order."""
    allowed = calls_of("@default")
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit.read_text(), re.MULTILINE):
        for group in line.removeprefix("~").split():
            calls = calls_of(group)
            allowed = allowed - calls if line.startswith("~") else allowed | calls
    return allowed | {"execve"}


def restrict(names: set[str], error: int) -> None:
    """Allow this process and its children these system calls; others fail with an error."""
    numbers = dict(re.findall(r"#define __NR_(\w+) (\d+)", HEADER.read_text()))
    steps = [struct.pack("HBBI", _LOAD, 0, 0, 0)]
    for name in sorted(names & numbers.keys()):
        steps.append(struct.pack("HBBI", _EQUAL, 0, 1, int(numbers[name])))
        steps.append(struct.pack("HBBI", _RETURN, 0, 0, _ALLOW))
    steps.append(struct.pack("HBBI", _RETURN, 0, 0, _REFUSE | error))
    program = ctypes.create_string_buffer(b"".join(steps))
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(program)))
    library = ctypes.CDLL(None, use_errno=True)
    for arguments in ((_NO_NEW_PRIVILEGES, 1, 0, 0, 0), (_SET_SECCOMP, _FILTER, head)):
        if library.prctl(*arguments):
            raise OSError(ctypes.get_errno(), "prctl failed")


if __name__ == "__main__":
    restrict(allowed_by(Path(sys.argv[1])), 1)
    os.execv(sys.argv[2], sys.argv[2:])
