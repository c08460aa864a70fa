"""CPU time of calls beside that of other servers, and how long their answers take at a fixed rate: ``make bench``.

All servers run at once on one core, and who asks on another; they are asked in turn, a round each, so that whatever
else the machine does meets all of them. CPU is the server's own, for requests over keep-alive connections: the median
of the rounds. Ratios are what counts: machines differ.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, repeat
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from harness import Memory, signed  # noqa: E402

from bench.daemons import SETTINGS, PinnedDaemon, cpu_seconds, fill, resident  # noqa: E402
from bench.fixed_rate import median_and_99, milliseconds  # noqa: E402
from bench.yardsticks import AIOHTTP, ASKER, STOCK, Yardstick, all_started  # noqa: E402

CONNECTIONS, ROUNDS = 48, 150
#: Rounds in which all servers are asked in turn, and requests of each connection in one of them.
TURNS, IN_A_TURN = 11, 20
#: Requests a second, and for how many seconds, in how many turns.
RATE, SECONDS, RATE_TURNS = 500, 1.5, 3
LONG = f"meetingID=twenty&a={'a' * 920}"


def read_answer(connection: socket.socket, rest: bytes) -> bytes:
    """Read one answer and return what came behind it."""
    while b"\r\n\r\n" not in rest:
        more = connection.recv(65536)
        assert more, "the server has hung up"
        rest += more
    head, _, body = rest.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(1 << 20)
    return body[length:]


def request_of(port: int, target: str) -> bytes:
    """Return the bytes of a request."""
    return f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()


def microseconds(
    pid: int,
    port: int,
    target: str,
    rounds: int = ROUNDS,
    together: int = CONNECTIONS,
    targets: Iterator[str] | None = None,
) -> float:
    """Return the server's CPU time for one request, of the same target each time or of others."""
    request = request_of(port, target)
    requests = repeat(request) if targets is None else (request_of(port, one) for one in targets)
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(together)]
    rests = [b""] * together
    for some in (max(1, rounds // 10), rounds):
        before = cpu_seconds(pid)
        for _ in range(some):
            for connection in connections:
                connection.sendall(next(requests))
            rests = [read_answer(*pair) for pair in zip(connections, rests, strict=True)]
    used = cpu_seconds(pid) - before
    for connection in connections:
        connection.close()
    return used / (rounds * together) * 1e6


async def meetings(memory: Memory) -> None:
    """Make meetings with people, which only a page could bring in."""
    await memory.call("create", meetingID="twenty", meetingExpireIfNoUserJoinedInMinutes=0)
    for number in range(20):
        await memory.enter("twenty", f"Person {number}", role="VIEWER", userID=f"u{number}")
    for number in range(200):
        await memory.call("create", meetingID=f"m{number}", meetingExpireIfNoUserJoinedInMinutes=0)
        for person in range(20):
            await memory.enter(f"m{number}", f"Person {person}", role="VIEWER")


@contextmanager
def daemons(directory: Path) -> Iterator[list[Yardstick]]:
    """Have daemons with meetings run; give each call that is measured."""
    fill(directory / "data", meetings)
    daemon = PinnedDaemon(directory=directory / "data", settings=SETTINGS)
    logging = PinnedDaemon(directory=directory / "logging")
    pid, port = daemon.process.pid, daemon.port
    running = signed("isMeetingRunning", "meetingID=twenty")
    new = (signed("isMeetingRunning", f"meetingID=twenty&number={number}") for number in count())
    yield [
        Yardstick("isMeetingRunning", pid, port, running),
        Yardstick("isMeetingRunning, a new query each time", pid, port, running, targets=new),
        Yardstick("isMeetingRunning, query of 950 bytes", pid, port, signed("isMeetingRunning", LONG)),
        Yardstick("isMeetingRunning, access log on", logging.process.pid, logging.port, running),
        Yardstick("getMeetingInfo, 20 attendees", pid, port, signed("getMeetingInfo", "meetingID=twenty")),
        Yardstick("getMeetings, 201 meetings x 20", pid, port, signed("getMeetings"), slow=True),
    ]
    for one in (daemon, logging):
        one.end()


def processor_time(subjects: list[Yardstick]) -> dict[str, float]:
    """Return the CPU time of a request, in microseconds."""
    found: dict[str, list[float]] = {one.name: [] for one in subjects}
    for _ in range(TURNS):
        for one in subjects:
            rounds, together = (2, 4) if one.slow else (IN_A_TURN, CONNECTIONS)
            found[one.name].append(microseconds(one.pid, one.port, one.target, rounds, together, one.targets))
    return {name: median(each) for name, each in found.items()}


def waiting(subjects: list[Yardstick]) -> dict[str, tuple[float, float]]:
    """Return how long an answer takes at a fixed rate, in ms: the median, and 99 of 100."""
    taken: dict[str, list[float]] = {one.name: [] for one in subjects}
    for _ in range(RATE_TURNS):
        for one in subjects:
            taken[one.name] += milliseconds(one.port, request_of(one.port, one.target), RATE, SECONDS)
    return {name: median_and_99(one) for name, one in taken.items()}


def main() -> None:
    """Measure and tell."""
    os.sched_setaffinity(0, ASKER)
    with tempfile.TemporaryDirectory() as name, all_started(Path(name)) as others, daemons(Path(name)) as own:
        subjects = others + own
        used = processor_time(subjects)
        print(f"\n{'':52}{'to aiohttp':>12}{'CPU us/request':>16}{'to stock':>10}")
        for told, cpu in used.items():
            to_aiohttp = f"{cpu / used[AIOHTTP]:.2f}" if AIOHTTP in used else "-"
            print(f"{told:52}{to_aiohttp:>12}{cpu:16.1f}{cpu / used[STOCK]:10.2f}")
        some = [one for one in subjects if not one.slow]
        print(f"\n{f'ms until an answer, {RATE} asked a second':52}{'median':>12}{'99 of 100':>12}")
        for told, (middle, late) in waiting(some).items():
            print(f"{f'{told}, ms':52}{middle:12.2f}{late:12.2f}")
        print(f"\n{'after all that':52}{'MB':>12}")
        for one in others:
            print(f"{f'{one.name}, memory':52}{resident(one.pid):12.0f}")
        print(f"{'bbbd with 201 meetings x 20, memory':52}{resident(own[0].pid):12.0f}")


if __name__ == "__main__":
    main()
