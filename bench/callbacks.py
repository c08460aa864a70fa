"""Deliveries of callbacks, memory and start with many due, and what hooks cost a call: ``python bench/callbacks.py``.

The daemon is a real one and so are its receivers, in a process of their own on loopback. CPU time is the daemon's own,
for one delivery from the outbox to the removal of its entry, as a ratio to stock twisted.web answering a constant.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote_plus

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import msgspec  # noqa: E402
from harness import Daemon, free_port, signed  # noqa: E402

from bbbd.callbacks import hook_messages  # noqa: E402
from bbbd.callbacks.deliveries import CallbackKind, Delivery  # noqa: E402
from bbbd.callbacks.event_names import EventName  # noqa: E402
from bbbd.callbacks.hooks import Hook  # noqa: E402
from bbbd.callbacks.outbox_store import OutboxStore  # noqa: E402
from bbbd.callbacks.receiver_queues import MOST_AT_ONCE, MOST_TO_ONE_HOST  # noqa: E402
from bbbd.storage.disk import Disk  # noqa: E402
from bench.calls import microseconds, read_answer  # noqa: E402
from bench.daemons import TimedDaemon, cpu_seconds, turns_since  # noqa: E402
from bench.yardsticks import stock_started  # noqa: E402

SETTINGS = {"bbbd.callbackNetworks": "127.0.0.0/8", "bbbd.logLevel": "warn", "bbbd.maxMeetings": "0"}
#: Entries of the largest outbox, and of how many receivers.
MANY, OF = 100_000, 100
#: How often ``end`` is called with each number of hooks.
ENDS = 50
#: Answers 200, the first ones only when it is told to go on; tells how many it holds and has answered, and since when.
RECEIVER = """
import asyncio, json, sys, time
OK = b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok"
held, told = [], {"held": 0, "count": 0, "begun": 0.0, "last": 0.0}
class Receiver(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.data = transport, b""
    def data_received(self, data):
        self.data += data
        head, found, body = self.data.partition(b"\\r\\n\\r\\n")
        length = head.lower().partition(b"\\r\\ncontent-length: ")[2].split(b"\\r\\n")[0]
        if not found or len(body) < int(length or 0):
            return
        if head.startswith(b"GET /told "):
            self.say(b"HTTP/1.0 200 OK\\r\\n\\r\\n" + json.dumps(told).encode())
        elif head.startswith(b"GET /go "):
            told["begun"] = time.monotonic()
            for one in held[:]:
                one.answer()
            held.clear()
            self.say(OK)
        elif told["begun"]:
            self.answer()
        else:
            held.append(self)
            told["held"] = len(held)
    def answer(self):
        told["count"] += 1
        told["last"] = time.monotonic()
        closes = b"\\r\\nconnection: close" in self.data.lower()
        self.data = b""
        self.say(OK, closes)
    def say(self, data, closes=True):
        self.transport.write(data)
        if closes:
            self.transport.close()
async def main():
    server = await asyncio.get_running_loop().create_server(Receiver, "0.0.0.0", int(sys.argv[1]), backlog=4000)
    await server.serve_forever()
asyncio.run(main())
"""


@contextmanager
def process(code: str) -> Iterator[tuple[int, int]]:
    """Run a server; give its process and port once it listens."""
    port = free_port()
    running = subprocess.Popen([sys.executable, "-c", code, str(port)])
    try:
        wait(lambda: _listens(port))
        yield running.pid, port
    finally:
        running.kill()
        running.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait(done: Callable[[], object], pause: float = 0.02) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 120
    while not done():
        assert time.monotonic() < end
        time.sleep(pause)


def entry_of(kind: CallbackKind, url: str, receiver: str) -> Delivery:
    """Return an entry as a meeting's end makes it."""
    internal = f"{'a1b2c3d4e5' * 4}-1531155809613"
    meeting = {"internal-meeting-id": internal, "external-meeting-id": "course-8421-room-2"}
    said = hook_messages.event_list(
        hook_messages.processed_event(EventName.ENDED.hook, {"meeting": meeting}, 1_531_155_809_613)
    )
    return Delivery(
        kind=kind,
        url=url,
        receiver=receiver,
        content=said,
        meeting=internal,
        event_number=5,
        created_at=1_531_155_809_613,
    )


@dataclass
class Server:
    """A daemon that has not started yet, whose outbox can be filled."""

    directory: Path
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.disk = Disk()
        (self.directory / "hooks").mkdir(parents=True)
        self.box = OutboxStore(self.disk, self.directory / "outbox")
        self.box.prepare()

    def add_hook(self, number: int, url: str) -> str:
        """Make a hook that wants nothing that happens here, and return its id."""
        hook = Hook(id=f"{100_000_000 + number}", url=url, meeting="none")
        self.disk.create(self.directory / "hooks" / f"{hook.id}.json", msgspec.json.encode(hook))
        return hook.id

    def add(self, entry: Delivery) -> None:
        """Make an entry due."""
        self.box.write_batch(self.box.next_number(), [entry])

    @contextmanager
    def run(self, kind: type[Daemon] = Daemon) -> Iterator[Daemon]:
        """Run it."""
        daemon = kind(directory=self.directory, port=self.port, settings=SETTINGS)
        try:
            yield daemon
        finally:
            daemon.process.kill()
            daemon.wait()

    def fetch(self, call: str, query: str = "") -> float:
        """Call and return how many seconds it took."""
        return self.begin(call, query)()

    def begin(self, call: str, query: str = "") -> Callable[[], float]:
        """Begin a call; what is returned waits for the answer and returns how many seconds it took."""
        connection = socket.create_connection(("127.0.0.1", self.port))
        begun = time.perf_counter()
        connection.sendall(f"GET {signed(call, query)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())

        def answered() -> float:
            read_answer(connection, b"")
            taken = time.perf_counter() - begun
            connection.close()
            return taken

        return answered


def _control(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}") as answer:
        data: bytes = answer.read()
        return data


def _told(port: int) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(_control(port, "told"))
    return told


def deliveries(directory: Path, hooks: int, each: int, *, hosts: bool) -> tuple[float, float]:
    """Return deliveries a second, and CPU seconds for one. Each hook is on a host of its own, or all are on one."""
    with process(RECEIVER) as (_pid, port):
        server = Server(directory)
        made: list[tuple[str, str]] = []
        for number in range(hooks):
            host = f"127.0.{number // 250}.{number % 250 + 1}" if hosts else "127.0.0.1"
            url = f"http://{host}:{port}/hook/{number}"
            made.append((url, server.add_hook(number, url)))
        for _ in range(each):
            for url, hook in made:
                server.add(entry_of(CallbackKind.HOOK, url, hook))
        with server.run() as daemon:
            at_once = min(hooks, MOST_AT_ONCE if hosts else MOST_TO_ONE_HOST)
            wait(lambda: _told(port)["held"] == at_once)
            before = cpu_seconds(daemon.process.pid)
            _control(port, "go")
            wait(lambda: not any(server.box.directory.glob("*.json*")), 0.1)
            used = cpu_seconds(daemon.process.pid) - before
            told = _told(port)
            assert told["count"] == hooks * each, told
    return told["count"] / (told["last"] - told["begun"]), used / told["count"]


def tell_deliveries(directory: Path) -> None:
    """Measure deliveries."""
    with stock_started() as one:
        base = microseconds(one.pid, one.port, one.target) / 1e6
    print(f"{'deliveries':44} {'a second':>10} {'CPU us each':>12} {'ratio':>7}")
    print(f"{'stock twisted.web answers a constant':44} {'':>10} {base * 1e6:12.1f} {1:7.2f}")
    for told, hooks, each, hosts in (
        ("1 hook, in order", 1, 3000, False),
        ("100 hooks on a host each", 100, 50, True),
        ("1,000 hooks on a host each", 1000, 5, True),
        ("1,000 hooks on one host", 1000, 5, False),
    ):
        rate, used = deliveries(directory / f"{hooks}{hosts}", hooks, each, hosts=hosts)
        print(f"{told:44} {rate:10.0f} {used * 1e6:12.1f} {used / base:7.2f}")


def memory(pid: int, name: str) -> float:
    """Return a process's memory in MB: ``VmRSS`` now, ``VmHWM`` at most until now."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


def many_due(directory: Path, count: int) -> tuple[float, float, float, float, float]:
    """Return seconds until it is started and until all is read, MB then and at most, and the slowest call meanwhile."""
    server, nobody = Server(directory), free_port()
    for number in range(count):
        url = f"http://127.0.0.1:{nobody}/{number % OF}"
        server.add(entry_of(CallbackKind.EVENT, url, url))
    begun = time.monotonic()
    with server.run() as daemon:
        started = time.monotonic() - begun
        slowest = 0.0
        # The first call goes out when all is read.
        while count and not daemon.logged("callback_failed"):
            slowest = max(slowest, server.fetch("isMeetingRunning", "meetingID=x1"))
            time.sleep(0.02)
        read = time.monotonic() - begun
        if not count:
            slowest = server.fetch("isMeetingRunning", "meetingID=x1")
        pid = daemon.process.pid
        return started, read, memory(pid, "VmRSS"), memory(pid, "VmHWM"), slowest


def tell_many(directory: Path) -> None:
    """Measure starts with nothing and with much due."""
    print(
        f"\n{'due at a start':20} {'started s':>10} {'read s':>8} {'RSS MB':>8} {'most MB':>8} {'slowest call ms':>16}"
    )
    for count in (0, MANY):
        started, read, now, most, slowest = many_due(directory / f"due{count}", count)
        print(f"{count:20,} {started:10.2f} {read:7.2f} {now:7.1f} {most:8.1f} {slowest * 1000:16.1f}")


def ends(directory: Path, hooks: int) -> tuple[list[float], list[float], float]:
    """Return how long each of some ends took, and a call that came right behind each, in seconds; the longest turn."""
    with process(RECEIVER) as (_pid, port):
        _control(port, "go")
        server = Server(directory)
        own, others = [], []
        with server.run(TimedDaemon) as daemon:
            for number in range(hooks):
                url = quote_plus(f"http://127.0.0.1:{port}/{number}")
                server.fetch("hooks/create", f"callbackURL={url}&eventID={EventName.ENDED.hook}")
            time.sleep(1)
            line = len(daemon.log)
            for number in range(ENDS):
                server.fetch("create", f"meetingID=m{number}")
                end = server.begin("end", f"meetingID=m{number}")
                others.append(server.fetch("isMeetingRunning", "meetingID=x1"))
                own.append(end())
                wait(lambda: not any(server.box.directory.glob("*.json*")))
            time.sleep(1)
            longest = turns_since(daemon, line).longest
        assert _told(port)["count"] == hooks * ENDS
    return own, others, longest


def tell_ends(directory: Path) -> None:
    """Measure what hooks cost an end, and those who call meanwhile."""
    print(
        f"\n{'end, ms':20} {'median':>10} {'slowest':>8}   {'a call behind it: median':>24} {'slowest':>8}"
        f"   {'longest turn, CPU':>18}"
    )
    for hooks in (0, 10, 100):
        own, others, longest = ends(directory / f"end{hooks}", hooks)
        print(
            f"{f'{hooks} hooks':20} {median(own) * 1000:10.2f} {max(own) * 1000:8.2f}"
            f"   {median(others) * 1000:24.2f} {max(others) * 1000:8.2f}   {longest:18.1f}"
        )


def main() -> None:
    """Measure and tell."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        tell_deliveries(directory)
        tell_many(directory)
        tell_ends(directory)


if __name__ == "__main__":
    main()
