"""The socket at which systemd hears a daemon, and daemons that systemd seems to have started."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field

from harness import STARTER, Daemon, environment, until
from process_fork import Files, Process


class Heard:
    """The socket that systemd listens at, and what came."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.got: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)

    def has(self, text: str, after: int = 0) -> bool:
        """Return whether something was said, in what came after so many messages."""
        try:
            while True:
                self.got.append(self._socket.recv(4096).decode())
        except BlockingIOError:
            return any(text in one for one in self.got[after:])

    async def until(self, text: str, after: int = 0) -> None:
        await until(lambda: self.has(text, after), lambda: f"{text} did not come: {self.got}")

    def close(self) -> None:
        self._socket.close()


@dataclass
class Supervised(Daemon):
    """A daemon with variables of systemd."""

    variables: dict[str, str] = field(default_factory=dict)

    def launch(self, arguments: list[str], files: Files) -> Process:
        return STARTER.start("twistd", arguments, files, environment(**self.variables))
