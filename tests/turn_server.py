"""A real coturn, which relays what browsers send for those whose network lets nothing else through."""

from __future__ import annotations

import select
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from environment_reset import PATIENCE
from harness import free_port


class TurnServer:
    """A relay on loopback, whose other side has an address of the network that Janus is in."""

    def __init__(self, directory: Path, relays_from: str) -> None:
        self.port, self.log = free_port(), directory / "coturn.log"
        secret = "a secret of both"
        self.settings = {"bbbd.turnServers": f"turn:127.0.0.1:{self.port}", "bbbd.turnSecret": secret}
        configuration = directory / "turn.conf"
        configuration.write_text(
            f"listening-ip=127.0.0.1\nlistening-port={self.port}\nrelay-ip={relays_from}\nrealm=bbbd\n"
            f"use-auth-secret\nstatic-auth-secret={secret}\nno-tls\nno-dtls\nno-cli\nsimple-log\n"
            f"log-file={self.log}\npidfile={directory}/turn.pid\n"
        )
        self._process = subprocess.Popen(
            ["turnserver", "-c", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + PATIENCE
        while not self._listens():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < end
            select.select([], [], [], 0.05)

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
            return True
        return False

    def end(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(PATIENCE)


def missing() -> str:
    """Return why there can be none here, "" if there can be one."""
    return "" if shutil.which("turnserver") else "there is no coturn: apt-get install coturn"
