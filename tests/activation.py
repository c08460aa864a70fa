"""A daemon on sockets that somebody else opened, as systemd does it: they stay open between its runs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import dataclass, field

from harness import PLAIN, ROOT, Daemon, environment
from process_fork import BIN, Files, Process

#: Puts the sockets where systemd puts them, and becomes the program.
_LAUNCHER = """
import fcntl, os, sys
descriptors = [fcntl.fcntl(int(one), fcntl.F_DUPFD, 100) for one in sys.argv[1].split()]
for number, descriptor in enumerate(descriptors, 3):
    os.dup2(descriptor, number)
    os.close(descriptor)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""


def listening(port: int, host: str = "127.0.0.1", backlog: int = 1024) -> socket.socket:
    """Return a socket that listens, as one of bbbd.socket does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((host, port))
    opened.listen(backlog)
    return opened


@dataclass
class Activated(Daemon):
    """A daemon that gets sockets, each with its name."""

    sockets: list[tuple[str, socket.socket]] = field(default_factory=list)
    listen: str = "systemd:name=https"
    flags: bool = False

    def write_settings(self) -> None:
        given = {
            "securitySalt": self.secret,
            **PLAIN,
            "bbbd.dataDir": str(self.directory),
            "bbbd.listen": self.listen,
            "bigbluebutton.web.serverURL": f"http://127.0.0.1:{self.port}",
        }
        self.file.write_text("".join(f"{name}={value}\n" for name, value in (given | self.settings).items()))

    def launch(self, arguments: list[str], files: Files) -> Process:
        stdin, stdout, stderr = files
        descriptors = [one.fileno() for _name, one in self.sockets]
        variables = {
            "LISTEN_FDS": str(len(descriptors)),
            "LISTEN_FDNAMES": ":".join(name for name, _one in self.sockets),
        }
        return subprocess.Popen(
            [sys.executable, "-c", _LAUNCHER, " ".join(map(str, descriptors)), str(BIN / "twistd"), *arguments],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=descriptors,
            env=environment(**variables) if descriptors else dict(os.environ),
            cwd=ROOT,
        )

    def close(self) -> None:
        """Close the sockets, as a socket unit that is stopped does."""
        for _name, one in self.sockets:
            one.close()
