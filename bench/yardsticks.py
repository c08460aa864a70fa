"""Servers that bbbd is compared with, each started in a process of its own, pinned to the first core.

All but the peer answer a constant of 242 bytes. What is not installed is left out, by name: nginx comes from the
system, the packages from the extra ``bench``, the peer from ``bench/peer.py``.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from hashlib import sha1
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from bench import peer  # noqa: E402

#: Cores: the measured server's, and those of who asks.
CORES = sorted(os.sched_getaffinity(0))
SERVER, ASKER = CORES[:1], CORES[1:] or CORES
STOCK = "stock twisted.web, constant"
AIOHTTP = "aiohttp, constant"
NGINX = """
daemon off; master_process off; worker_processes 1; pid {directory}/nginx.pid; error_log stderr crit;
events {{ worker_connections 256; }}
http {{
  access_log off; keepalive_requests 1000000000; client_body_temp_path {directory}; proxy_temp_path {directory};
  fastcgi_temp_path {directory}; uwsgi_temp_path {directory}; scgi_temp_path {directory};
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 "{body}"; }} }}
}}
"""


@dataclass(frozen=True)
class Yardstick:
    """A server to compare with: its process, port, and what it is asked. A ``slow`` one is asked less often.

    ``targets`` without end are what is asked where each request is to be another.
    """

    name: str
    pid: int
    port: int
    target: str = "/"
    slow: bool = False
    targets: Iterator[str] | None = None


@dataclass(frozen=True)
class Recipe:
    """How a server is started, and what it is asked; ``missing`` says why it cannot be."""

    name: str
    command: list[str]
    target: str = "/"
    missing: str = ""
    slow: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def on(cores: list[int]) -> Iterator[None]:
    """Have what is started meanwhile run on these cores, with all of its threads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _script(name: str, script: str, port: int, *packages: str) -> Recipe:
    absent = [package for package in packages if find_spec(package) is None]
    missing = f"not installed: {', '.join(absent)}" if absent else ""
    return Recipe(name, [sys.executable, str(HERE / "constant" / f"{script}.py"), str(port)], missing=missing)


def _stock(port: int, _directory: Path) -> Recipe:
    return _script(STOCK, "stock", port)


def _aiohttp(port: int, _directory: Path) -> Recipe:
    return _script(AIOHTTP, "aiohttp_constant", port, "aiohttp")


def _asgi(port: int, _directory: Path) -> Recipe:
    return _script("bare ASGI on uvicorn, constant", "bare_asgi", port, "uvicorn", "uvloop", "httptools")


def _httptools(port: int, _directory: Path) -> Recipe:
    return _script("httptools in a bare protocol, constant", "bare_httptools", port, "httptools")


def _nginx(port: int, directory: Path) -> Recipe:
    (directory / "nginx.conf").write_text(NGINX.format(directory=directory, port=port, body="x" * 242))
    program = shutil.which("nginx") or ""
    command = [program, "-p", str(directory), "-c", str(directory / "nginx.conf")]
    return Recipe("nginx, constant", command, missing="" if program else "not installed")


def _peer(port: int, directory: Path) -> Recipe:
    python, why = peer.python()
    if python is None:
        return Recipe(peer.NAME, [], missing=why)
    given = peer.prepare(python, port, directory)
    query = "meetingID=none"
    checksum = sha1(f"isMeetingRunning{query}{peer.SECRET}".encode()).hexdigest()
    target = f"/bigbluebutton/api/isMeetingRunning?{query}&checksum={checksum}"
    return Recipe(peer.NAME, peer.command(python, port), target, slow=True, environment=given)


RECIPES = (_stock, _aiohttp, _asgi, _httptools, _nginx, _peer)


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False


@contextmanager
def started(recipe: Recipe, port: int) -> Iterator[Yardstick]:
    """Have a server run."""
    with TemporaryFile() as said:
        with on(SERVER):
            process = subprocess.Popen(recipe.command, stderr=said, env={**os.environ, **recipe.environment})
        try:
            if not _listens(process, port):
                said.seek(0)
                raise RuntimeError(f"{recipe.name} does not listen: {said.read().decode(errors='replace')}")
            yield Yardstick(recipe.name, process.pid, port, recipe.target, recipe.slow)
        finally:
            process.kill()
            process.wait()


@contextmanager
def stock_started() -> Iterator[Yardstick]:
    """Have stock twisted.web run alone."""
    port = free_port()
    with started(_stock(port, HERE), port) as one:
        yield one


@contextmanager
def all_started(directory: Path) -> Iterator[list[Yardstick]]:
    """Have all run that can be here, and tell of those that cannot."""
    with ExitStack() as stack:
        running = []
        for make in RECIPES:
            port = free_port()
            own = directory / make.__name__.strip("_")
            own.mkdir()
            recipe = make(port, own)
            if recipe.missing:
                print(f"left out: {recipe.name}: {recipe.missing}")
            else:
                running.append(stack.enter_context(started(recipe, port)))
        yield running
