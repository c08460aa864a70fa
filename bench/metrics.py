"""CPU time of metrics, as ratios: counting to a call, turns timed to plain, a scrape to a call: ``make bench``."""

from __future__ import annotations

import select
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from harness import Memory, signed  # noqa: E402
from twisted.internet.defer import Deferred  # noqa: E402

from bbbd.metrics.counting import Metrics  # noqa: E402
from bbbd.metrics.declarations import API_LATENCY, REQUEST_SECONDS, REQUESTS  # noqa: E402
from bbbd.monitoring.reactor_turns import ReactorTurns  # noqa: E402

CALLS, TURNS, SAMPLES = 100, 500, 100
MEETINGS, PEOPLE = 1000, 5


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds of a piece of work."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def least(*works: Callable[[], object]) -> list[float]:
    """Return the least CPU seconds of each piece of work; they take turns, so that a busy machine favours none."""
    found = [[cpu(work) for work in works] for _ in range(SAMPLES)]
    return [min(one) for one in zip(*found, strict=True)]


def calls(memory: Memory) -> Callable[[], None]:
    """Return the work of many calls over one connection."""
    request = f"GET {signed('isMeetingRunning', 'meetingID=m0')} HTTP/1.1\r\nHost: x\r\n\r\n".encode()

    def work() -> None:
        wire = memory.connect()
        for _ in range(CALLS):
            wire.send(request)
            wire.clear()  # type: ignore[no-untyped-call] # Twisted's has no types
        wire.hang_up()

    return work


def counts(metrics: Metrics) -> Callable[[], None]:
    """Return the work of counting as many calls."""

    def work() -> None:
        for _ in range(CALLS):
            metrics.count(REQUESTS, "isMeetingRunning", "ok")
            metrics.observe(REQUEST_SECONDS, 0.001, "isMeetingRunning")
            metrics.observe(API_LATENCY, 0.001, "isMeetingRunning", "")

    return work


def turns(poller: Any, ours: socket.socket, other: socket.socket) -> Callable[[], None]:
    """Return the work of many turns, each with one byte to read."""

    def work() -> None:
        for _ in range(TURNS):
            other.send(b"x")
            poller.poll(1, 8)
            ours.recv(1)

    return work


class Reactor:
    """What a reactor has that is measured."""

    def __init__(self, poller: Any) -> None:
        self._poller = poller


async def fill(memory: Memory) -> None:
    """Make meetings with people, of many applications."""
    for number in range(MEETINGS):
        about = {"meta_bbb-origin": f"app{number % 150}", "meetingExpireIfNoUserJoinedInMinutes": "0"}
        await memory.call("create", meetingID=f"m{number}", **about)
        for person in range(PEOPLE):
            await memory.enter(f"m{number}", f"Person {person}", role="VIEWER")


def get(memory: Memory, target: str) -> Callable[[], int]:
    """Return the work of one request of this machine."""

    def work() -> int:
        wire = memory.connect("127.0.0.1")
        wire.send(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wire.hang_up()
        return len(wire.got())

    return work


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as directory:
        memory = Memory(
            directory=Path(directory),
            settings={"bbbd.sync": "never", "bbbd.maxMeetings": "0", "bbbd.logLevel": "error"},
        )
        Deferred.fromCoroutine(fill(memory))
        called, counted = least(calls(memory), counts(Metrics()))
        ours, other = socket.socketpair()
        poller = select.epoll()
        poller.register(ours.fileno(), select.EPOLLIN)
        reactor = Reactor(poller)
        ReactorTurns(Metrics(), time.perf_counter).watch(reactor)
        plain, timed = least(turns(poller, ours, other), turns(reactor._poller, ours, other))
        scrape, meetings = get(memory, "/metrics"), get(memory, signed("getMeetings"))
        size = scrape()
        scraped, listed = least(scrape, meetings)
        for one in (ours, other):
            one.close()
        poller.close()
    print(f"{'':44} {'CPU us':>12} {'ratio':>7}")
    for told, seconds, ratio in (
        ("counting, to a call of isMeetingRunning", counted / CALLS, counted / called),
        ("turn that reads one byte, timed to plain", timed / TURNS, timed / plain),
        (f"scrape of {MEETINGS} meetings, to getMeetings", scraped, scraped / listed),
    ):
        print(f"{told:44} {seconds * 1e6:12,.1f} {ratio:7.3f}")
    print(f"a scrape has {size >> 10} KiB")


if __name__ == "__main__":
    main()
