"""BBBLB from PyPI as an operator runs it: a load balancer before nodes, over TLS, with a database of its own."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import treq
from environment_reset import PATIENCE
from harness import ROOT, Answer, Caller, answer_of, free_port, until
from tls_receivers import Authority
from tls_servers import Files, TlsDaemon
from twisted.internet import ssl
from twisted.web.client import Agent, BrowserLikePolicyForHTTPS
from twisted.web.http_headers import Headers

#: Where ``make balance`` installs it.
BIN = ROOT / "build/balance/bin"
TENANT, SECRET = "school", "the-secret-of-the-tenant-is-long-enough"


@dataclass
class Balancer(Caller):
    """BBBLB with one tenant, which applications call as they call a node."""

    directory: Path = field(kw_only=True)
    authority: Authority = field(kw_only=True)
    secret: str = SECRET
    database: str = ""
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] = field(init=False)
    _log: IO[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.directory.mkdir()
        self._files = Files(chain=self.directory / "tls.crt", key=self.directory / "tls.key")
        self._files.write(self.authority)
        self.trusted = self.directory / "authority.pem"
        self.trusted.write_bytes(self.authority.pem)
        settings = {
            "DOMAIN": "127.0.0.1",
            "SECRET": "a-secret-of-the-balancer-alone",
            "DB": self.database or f"sqlite:///{self.directory}/database",
            "PATH_DATA": str(self.directory / "data"),
            # As often as it can ask, so that a node that dies or comes is seen at once.
            "POLL_INTERVAL": "1",
            "POLL_FAIL": "1",
            "POLL_RECOVER": "1",
        }
        (self.directory / "data").mkdir()
        self._environment = {**os.environ, "SSL_CERT_FILE": str(self.trusted)}
        self._environment |= {f"BBBLB_{name}": value for name, value in settings.items()}
        self.command("tenant", "create", TENANT, "--realm", f"127.0.0.1:{self.port}", "--secret", self.secret)

    def command(self, *arguments: str) -> str:
        """Run its own command, and return what it says."""
        done = subprocess.run(
            [BIN / "bbblb", *arguments], env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def add(self, node: TlsDaemon) -> None:
        """Have it use a node from now on."""
        name = f"127.0.0.1:{node.port}"
        self.command("server", "create", name, "--secret", node.secret)
        self.command("server", "enable", name, "--now")

    async def start(self) -> None:
        self._launch()
        await until(lambda: b"Application startup complete" in self.log(), lambda: self.log().decode())

    def _launch(self) -> None:
        arguments = [
            "bbblb.asgi:app",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--timeout-graceful-shutdown",
            "1",
        ]
        arguments += ["--ssl-certfile", str(self._files.chain), "--ssl-keyfile", str(self._files.key)]
        self._log = (self.directory / "log").open("wb")
        self._process = subprocess.Popen(
            [BIN / "uvicorn", *arguments], env=self._environment, stdout=self._log, stderr=self._log
        )

    def log(self) -> bytes:
        return (self.directory / "log").read_bytes()

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._log.close()

    async def fetch(
        self, target: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        from twisted.internet import reactor  # noqa: PLC0415 - only where there is one

        root = ssl.trustRootFromCertificates([ssl.Certificate.loadPEM(self.authority.pem)])
        response = await treq.request(
            method,
            f"https://127.0.0.1:{self.port}{target}",
            agent=Agent(reactor, BrowserLikePolicyForHTTPS(root)),
            data=body if method == "POST" else None,
            headers=Headers({name: [value] for name, value in (headers or {}).items()}),
            allow_redirects=False,
            persistent=False,
            timeout=PATIENCE,
        )
        return await answer_of(response)
