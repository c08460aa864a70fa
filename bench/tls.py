"""TLS of bbbd's own against none: what a connection, a message and a handshake cost: ``python bench/tls.py``.

Both kinds of daemon run in turn, in one run, so the ratios hold on any machine. CPU and memory are the daemon's own.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: E402
from cryptography.hazmat.primitives.serialization import Encoding  # noqa: E402
from harness import Daemon  # noqa: E402
from tls_receivers import Authority, Key, new_key  # noqa: E402
from tls_servers import TlsDaemon, files_in, key_pem, trusting  # noqa: E402

from bench.daemons import SETTINGS, cpu_seconds  # noqa: E402
from bench.daemons import resident as memory  # noqa: E402
from bench.people import Site  # noqa: E402

#: Meetings, people in each, seconds of doing nothing.
ROOMS, PEOPLE, FOR = 100, 20, 20
#: Connections that are open while a certificate is renewed, and handshakes that are timed.
OPEN, HANDSHAKES = 1000, 1000
REQUEST = b"GET /bigbluebutton/api HTTP/1.1\r\nHost: x\r\n\r\n"


@contextmanager
def daemon_of(authority: Authority | None, key: Key | None = None) -> Iterator[Daemon]:
    """Run a daemon, with TLS if there is an authority for its certificate."""
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory) / "data"
        if authority is None:
            daemon = Daemon(directory=data, settings=SETTINGS)
        else:
            key, files = key or new_key(), files_in(Path(directory))
            files.put(files.chain, authority.certify(key, "127.0.0.1").public_bytes(Encoding.PEM))
            files.put(files.key, key_pem(key))
            daemon = TlsDaemon(directory=data, settings=SETTINGS, authority=authority)
        try:
            yield daemon
        finally:
            daemon.end(signal.SIGKILL)


async def people(daemon: Daemon, trust: ssl.SSLContext | None) -> tuple[float, float, float, float]:
    """Return KB and ms of CPU for each person who comes, the share of a core while idle, and µs for each frame."""
    site = Site(daemon, trust)
    before, cpu = memory(site.pid), cpu_seconds(site.pid)
    rooms = await site.fill((f"room-{number}" for number in range(ROOMS)), PEOPLE)
    count = ROOMS * PEOPLE
    cpu = cpu_seconds(site.pid) - cpu
    size = (memory(site.pid) - before) / count * 1e3
    idle, begun = cpu_seconds(site.pid), time.perf_counter()
    await asyncio.sleep(FOR)
    share = (cpu_seconds(site.pid) - idle) / (time.perf_counter() - begun)
    speaking = cpu_seconds(site.pid)
    for turn in range(4):
        for room in rooms:
            room[turn].chat("Mitochondria are the powerhouse of the cell, it says on page four.")
        await asyncio.sleep(2)
    frames = 4 * count
    speaking = cpu_seconds(site.pid) - speaking - share * 8
    assert not any(one.lost for room in rooms for one in room)
    return size, cpu / count * 1e3, share, speaking / frames * 1e6


def connections(daemon: Daemon, trust: ssl.SSLContext | None, *, resumed: bool = False) -> tuple[float, float]:
    """Return ms of CPU and of time for each new connection with one request."""
    session: ssl.SSLSession | None = None
    cpu, begun = cpu_seconds(daemon.process.pid), time.perf_counter()
    for _ in range(HANDSHAKES):
        with socket.create_connection(("127.0.0.1", daemon.port)) as raw:
            used: socket.socket = raw
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if trust is not None:
                used = trust.wrap_socket(raw, server_hostname="127.0.0.1", session=session)
            used.sendall(REQUEST)
            assert used.recv(65_536).startswith(b"HTTP/1.1 200")
            if resumed and isinstance(used, ssl.SSLSocket):
                assert session is None or used.session_reused
                session = used.session
            used.close()
    took = time.perf_counter() - begun
    return (cpu_seconds(daemon.process.pid) - cpu) / HANDSHAKES * 1e3, took / HANDSHAKES * 1e3


async def renewal(daemon: TlsDaemon) -> str:
    """Renew the certificate under open connections; return what became of them."""
    trust = trusting(daemon.authority)
    opened = [await asyncio.open_connection("127.0.0.1", daemon.port, ssl=trust) for _ in range(OPEN)]
    certificate = daemon.files.write(daemon.authority, "127.0.0.1")
    begun = time.perf_counter()
    os.kill(daemon.process.pid, signal.SIGHUP)
    while True:
        _reader, writer = await asyncio.open_connection("127.0.0.1", daemon.port, ssl=trust)
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        if shown == certificate.public_bytes(Encoding.DER):
            break
    took = time.perf_counter() - begun
    alive = 0
    for reader, writer in opened:
        writer.write(REQUEST)
        alive += (await reader.read(12)) == b"HTTP/1.1 200"
    return f"{alive} of {OPEN} open connections live on; new ones showed the new certificate after {took * 1e3:.0f} ms"


def main() -> None:
    """Measure and print."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    authority = Authority("bench")
    trust = trusting(authority)
    with daemon_of(None) as daemon:
        plain = asyncio.run(people(daemon, None))
    with daemon_of(authority) as daemon:
        secure = asyncio.run(people(daemon, trust))
    print(f"{ROOMS * PEOPLE} people, idle{'':16}{'plain':>10}{'TLS':>10}{'ratio':>8}")
    for what, one, other in zip(
        ("KB for each", "ms of CPU to come in", f"% of a core, idle for {FOR} s", "µs of CPU for a frame of chat"),
        (plain[0], plain[1], plain[2] * 100, plain[3]),
        (secure[0], secure[1], secure[2] * 100, secure[3]),
        strict=True,
    ):
        print(f"{what:34}{one:10.2f}{other:10.2f}{other / one:8.2f}")
    print(f"\n{'a connection with one request':34}{'ms of CPU':>10}{'a second':>10}")
    old = trusting(authority)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    large = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    for what, key, context, resumed in (
        ("plain", None, None, False),
        ("TLS 1.3, P-256", None, trust, False),
        ("TLS 1.3, P-256, resumed", None, trust, True),
        ("TLS 1.2, P-256", None, old, False),
        ("TLS 1.2, P-256, resumed", None, old, True),
        ("TLS 1.3, RSA 2048", large, trust, False),
    ):
        with daemon_of(None if context is None else authority, key) as daemon:
            cpu, took = connections(daemon, context, resumed=resumed)
        print(f"{what:34}{cpu:10.2f}{1e3 / took:10.0f}")
    with daemon_of(authority) as daemon:
        assert isinstance(daemon, TlsDaemon)
        print("\n" + asyncio.run(renewal(daemon)))


if __name__ == "__main__":
    main()
