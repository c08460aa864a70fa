"""A PostgreSQL of the tests' own, from Debian's package: made, started and gone again."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness import free_port

#: Debian has the newest version's programs here, and not on the path.
VERSIONS = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    """Return where its programs are, None where it is not installed."""
    return max(VERSIONS.glob("*/bin"), default=None, key=lambda path: int(path.parent.name))


@contextmanager
def postgres(directory: Path, name: str) -> Iterator[str]:
    """Start one in a directory, and give the URL of a database of it that there is not yet."""
    found = programs()
    assert found
    # It refuses to be root's.
    owner = pwd.getpwnam("postgres").pw_name if os.geteuid() == 0 else None
    directory.mkdir()
    if owner:
        _hand_over(directory, owner)

    def run(program: str, *arguments: str) -> None:
        command = [str(found / program), *arguments]
        done = subprocess.run(command, user=owner, cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    data = directory / "data"
    run("initdb", "--pgdata", str(data), "--auth=trust", "--username=balancer", "--encoding=utf-8", "--no-sync")
    port = free_port()
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c fsync=off"
    run("pg_ctl", "start", "--wait", "--pgdata", str(data), "--log", str(directory / "log"), "--options", options)
    try:
        yield f"postgresql://balancer@127.0.0.1:{port}/{name}"
    finally:
        run("pg_ctl", "stop", "--wait", "--mode=immediate", "--pgdata", str(data))


def _hand_over(directory: Path, owner: str) -> None:
    """Give a directory to its user, who can reach it."""
    entry = pwd.getpwnam(owner)
    os.chown(directory, entry.pw_uid, entry.pw_gid)
    directory.parent.chmod(0o711)
