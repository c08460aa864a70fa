"""CPU time of calls, as ratios to stock twisted.web answering a constant: ``make bench``.

Both servers run on loopback, one process each; what is measured is the server's own CPU time for a number of
requests over keep-alive connections. Ratios are what counts: machines differ.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from harness import Daemon, Memory, free_port, signed  # noqa: E402
from twisted.internet.defer import Deferred  # noqa: E402

CONNECTIONS, ROUNDS = 48, 150
LONG = f"meetingID=twenty&a={'a' * 920}"
STOCK = """
import sys
from twisted.internet import reactor
from twisted.web import resource, server
class Constant(resource.Resource):
    isLeaf = True
    def render_GET(self, request):
        return b"x" * 242
reactor.listenTCP(int(sys.argv[1]), server.Site(Constant()), interface="127.0.0.1")
reactor.run()
"""


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def read_answer(connection: socket.socket, rest: bytes) -> bytes:
    """Read one answer and return what came behind it."""
    while b"\r\n\r\n" not in rest:
        rest += connection.recv(65536)
    head, _, body = rest.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(1 << 20)
    return body[length:]


def microseconds(pid: int, port: int, target: str, rounds: int = ROUNDS) -> float:
    """Return the server's CPU time for one request."""
    request = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    rests = [b""] * CONNECTIONS
    for warm in (True, False):
        before = cpu_seconds(pid)
        for _ in range(rounds // 10 if warm else rounds):
            for connection in connections:
                connection.sendall(request)
            rests = [read_answer(*pair) for pair in zip(connections, rests, strict=True)]
    used = cpu_seconds(pid) - before
    for connection in connections:
        connection.close()
    return used / (rounds * CONNECTIONS) * 1e6


async def fill(memory: Memory) -> None:
    """Make meetings with people, which only a page could bring in."""
    await memory.call("create", meetingID="twenty", meetingExpireIfNoUserJoinedInMinutes=0)
    for number in range(20):
        await memory.enter("twenty", f"Person {number}", role="VIEWER", userID=f"u{number}")
    for number in range(200):
        await memory.call("create", meetingID=f"m{number}", meetingExpireIfNoUserJoinedInMinutes=0)
        for person in range(20):
            await memory.enter(f"m{number}", f"Person {person}", role="VIEWER")


def main() -> None:
    """Measure and tell."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name) / "data"
        directory.mkdir()
        memory = Memory(directory=directory, wall_offset=time.time() - 1_531_155_809.613)
        Deferred.fromCoroutine(fill(memory))
        memory.hang_up()
        daemon = Daemon(directory=directory, settings={"usersTimeout": "86400000", "bbbd.logLevel": "warn"})
        logging = Daemon(directory=Path(name) / "logging")
        port = free_port()
        stock = subprocess.Popen([sys.executable, "-c", STOCK, str(port)])
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        base = microseconds(stock.pid, port, "/")
        rows = [("stock twisted.web, constant", base)]
        pid, own = daemon.process.pid, daemon.port
        for told, target, rounds in (
            ("isMeetingRunning", signed("isMeetingRunning", "meetingID=twenty"), ROUNDS),
            (
                "isMeetingRunning, query of 950 bytes",
                signed("isMeetingRunning", f"meetingID=twenty&a={'a' * 920}"),
                ROUNDS,
            ),
            ("getMeetingInfo, 20 attendees", signed("getMeetingInfo", "meetingID=twenty"), ROUNDS),
            ("getMeetings, 201 meetings x 20", signed("getMeetings"), 5),
        ):
            rows.append((told, microseconds(pid, own, target, rounds)))
        rows.append(
            (
                "isMeetingRunning, access log on",
                microseconds(logging.process.pid, logging.port, signed("isMeetingRunning", "meetingID=x1")),
            ),
        )
        stock.kill()
        stock.wait()
        daemon.end()
        logging.end()
    print(f"{'':44} {'CPU us/request':>15} {'ratio':>7}")
    for told, used in rows:
        print(f"{told:44} {used:15.1f} {used / base:7.2f}")


if __name__ == "__main__":
    main()
