"""Starts a real Janus until it is there: Debian's 1.1.2 may end at its start, or go on without its socket.

Its transport for Unix sockets has a race: a thread that runs before the rest is ready thinks that all is over, and
removes the socket. Janus sees that and ends, or has looked already and goes on, deaf; its log says so.
"""

from __future__ import annotations

import json
import select
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

#: What a deaf Janus says, at level 4 of its log.
_DEAF = b"Unix Sockets thread ended"
_LEVEL = ("-d", "4")
#: Seconds between two looks at a Janus that starts, and at most until it answers one question.
_PAUSE, _ANSWERED_WITHIN = 0.02, 0.5


def started(command: Sequence[str], directory: Path, log: Path) -> subprocess.Popen[bytes] | None:
    """Start Janus with the configuration of a directory, and return it once it answers; None if it is not to be."""
    for name in ("api.sock", "admin.sock"):
        (directory / name).unlink(missing_ok=True)
    with log.open("ab") as written:
        begin = written.tell()
        process = subprocess.Popen(
            [*command, "--configs-folder", str(directory), *_LEVEL],
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
        )
    while process.poll() is None:
        if _answers(directory):
            return process
        if _DEAF in log.read_bytes()[begin:]:
            process.kill()
            process.wait()
        select.select([], [], [], _PAUSE)
    return None


def _answers(directory: Path) -> bool:
    """Ask Janus for a sign."""
    here = directory / "asks-for-a-sign"
    here.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asker, suppress(OSError):
        asker.settimeout(_ANSWERED_WITHIN)
        asker.bind(str(here))
        here.chmod(0o666)
        asker.connect(str(directory / "api.sock"))
        asker.send(json.dumps({"janus": "ping", "transaction": "sign"}).encode())
        return bool(asker.recv(1 << 16))
    return False
