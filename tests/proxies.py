"""Proxies in front of a daemon: nginx and Caddy, started with the files of ``etc/`` on ports of their own."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import time
from abc import abstractmethod
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from environment_reset import PATIENCE
from harness import ROOT, environment, free_port
from tls_servers import SecureDaemon

#: What the files of ``etc/`` say, and what an operator puts in place of it.
NAME, INNER = "bbb.example.org", "127.0.0.1:8090"


@dataclass
class ProxiedDaemon(SecureDaemon):
    """A daemon without TLS behind a proxy with it. ``port`` is the proxy's."""

    inner: int = field(default_factory=free_port)
    proxy: subprocess.Popen[bytes] = field(init=False)
    #: Of the program and of its package.
    program = ""

    def __post_init__(self) -> None:
        if shutil.which(self.program, path=f"{environment()['PATH']}:/usr/sbin") is None:
            pytest.skip(f"there is no {self.program}: apt-get install {self.program}")
        self.settings = {
            "bigbluebutton.web.serverURL": f"https://127.0.0.1:{self.port}",
            # The one that connects; clients of a test have other addresses of loopback.
            "bbbd.trustedProxies": "127.0.0.1/32",
        } | self.settings
        super().__post_init__()
        self.start_proxy()

    @property
    def endpoint(self) -> str:
        return f"tcp:{self.inner}:interface=127.0.0.1"

    @property
    def place(self) -> Path:
        """The directory of the proxy."""
        return self.directory.parent / "proxy"

    def start_proxy(self) -> None:
        self.place.mkdir()
        arguments = self.arguments_of_proxy()
        with (self.place / "log").open("wb") as log:
            own = environment(HOME=str(self.place), XDG_DATA_HOME=str(self.place), XDG_CONFIG_HOME=str(self.place))
            own["PATH"] += ":/usr/sbin"
            self.proxy = subprocess.Popen([self.program, *arguments], stdout=log, stderr=log, env=own)
        until = time.monotonic() + PATIENCE
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            assert self.proxy.poll() is None, (self.place / "log").read_text()
            assert time.monotonic() < until
            time.sleep(0.01)

    @abstractmethod
    def arguments_of_proxy(self) -> list[str]:
        """Write the proxy's configuration, and return its arguments."""

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.proxy.terminate()
        self.proxy.wait(PATIENCE)
        return super().end(how)


def _in_place_of(text: str, *changes: tuple[str, str]) -> str:
    """Return a text with changes, each of which changes something."""
    for before, after in changes:
        changed = re.sub(before, after, text)
        assert changed != text, before
        text = changed
    return text


_NGINX = """daemon off; master_process off; pid {place}/pid; error_log stderr;
events {{ }}
http {{
    access_log off; client_body_temp_path {place}; proxy_temp_path {place};
    fastcgi_temp_path {place}; uwsgi_temp_path {place}; scgi_temp_path {place};
    include {place}/site;
}}
"""


@dataclass
class BehindNginx(ProxiedDaemon):
    """A daemon behind nginx. ``plain`` is the port of nginx without TLS."""

    plain: int = field(default_factory=free_port)
    program = "nginx"

    def arguments_of_proxy(self) -> list[str]:
        site = _in_place_of(
            (ROOT / "etc/nginx.conf").read_text(),
            (r"listen \[::\]:[^;]*;", ""),
            (r"listen 80;", f"listen 127.0.0.1:{self.plain};"),
            (r"listen 443", f"listen 127.0.0.1:{self.port}"),
            (re.escape(f"server {INNER}"), f"server 127.0.0.1:{self.inner}"),
            (r"/etc/letsencrypt/live/[^;]*/fullchain.pem", str(self.files.chain)),
            (r"/etc/letsencrypt/live/[^;]*/privkey.pem", str(self.files.key)),
        )
        (self.place / "site").write_text(site)
        (self.place / "nginx.conf").write_text(_NGINX.format(place=self.place))
        return ["-p", str(self.place), "-c", str(self.place / "nginx.conf")]


@dataclass
class BehindCaddy(ProxiedDaemon):
    """A daemon behind Caddy, which does not get its certificate by itself here."""

    program = "caddy"

    def arguments_of_proxy(self) -> list[str]:
        site = _in_place_of(
            (ROOT / "etc/Caddyfile").read_text(),
            (
                f"(?m)^{re.escape(NAME)} {{",
                f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\nhttps://127.0.0.1:{self.port} {{\n"
                f"\tbind 127.0.0.1\n\ttls {self.files.chain} {self.files.key}",
            ),
            (re.escape(f"reverse_proxy {INNER}"), f"reverse_proxy 127.0.0.1:{self.inner}"),
        )
        (self.place / "Caddyfile").write_text(site)
        return ["run", "--config", str(self.place / "Caddyfile"), "--adapter", "caddyfile"]
