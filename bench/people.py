"""People in meetings: what a daemon on one core does with them: ``python bench/people.py``.

The daemon is a real one, alone on its core; all clients are one process on the others, over loopback, each a WebSocket
as the page has one. CPU is the daemon's own, as a share of its core and, for each frame that somebody was sent, as a
ratio to stock twisted.web answering a constant. A delay is from when somebody says something until they see it
themselves: 50 ms of it are gathered on purpose.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import socket
import ssl
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from harness import Daemon, query_of, signed  # noqa: E402

from bench.calls import microseconds  # noqa: E402
from bench.daemons import SETTINGS, PinnedDaemon, cpu_seconds  # noqa: E402
from bench.daemons import resident as memory  # noqa: E402
from bench.yardsticks import ASKER, stock_started  # noqa: E402

#: Seconds that a load goes on.
FOR = 30


class Attendee(asyncio.Protocol):
    """Somebody with a WebSocket. ``frames`` counts what came."""

    frames = 0

    def __init__(self, port: int, token: str, scheme: str = "http") -> None:
        self._host = f"127.0.0.1:{port}"
        self._origin = f"{scheme}://{self._host}"
        self._token = token
        self._data = bytearray()
        self._open = False
        self._mask = os.urandom(4)
        self._said: dict[int, float] = {}
        self._ids = 0
        self.delays: list[float] = []
        self.inside: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.pong: asyncio.Future[None] | None = None
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the WebSocket."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /html5client/socket HTTP/1.1\r\nHost: {self._host}\r\nOrigin: {self._origin}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: bbbd.1, token.{self._token}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Take frames apart."""
        self._data += data
        if not self._open:
            head, found, rest = self._data.partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 101"), bytes(head)
            self._data, self._open = rest, True
            self.say(t="hello", v=1, tab="bench")
        while (frame := self._frame()) is not None:
            Attendee.frames += 1
            kind, payload = frame
            if kind == 9:
                self._send(0x8A, payload)
            elif kind == 1:
                self._heard(payload)

    def _frame(self) -> tuple[int, bytes] | None:
        data = self._data
        if len(data) < 2:
            return None
        length, begin = data[1], 2
        if length >= 126:
            begin = 4 if length == 126 else 10
            if len(data) < begin:
                return None
            length = int.from_bytes(data[2:begin])
        if len(data) < begin + length:
            return None
        frame = data[0] & 15, bytes(data[begin : begin + length])
        del data[: begin + length]
        return frame

    def _heard(self, payload: bytes) -> None:
        # What is looked for stands at the beginning, or is one's own.
        if payload.startswith(b'{"t":"snapshot"'):
            if not self.inside.done():
                self.inside.set_result(None)
        elif payload.startswith(b'{"t":"pong"') and self.pong:
            self.pong.set_result(None)
        elif self._said and b'"key":"bench:' in payload:
            for event in json.loads(payload).get("list", ()):
                key = event.get("key", "")
                if key.startswith("bench:") and (said := self._said.pop(int(key[6:]), None)):
                    self.delays.append(time.perf_counter() - said)

    def connection_lost(self, _why: Exception | None) -> None:
        """Note it."""
        self.lost = True
        if not self.inside.done():
            self.inside.set_exception(ConnectionResetError())

    def say(self, **message: Any) -> None:
        """Say something."""
        self._send(0x81, json.dumps(message).encode())

    def chat(self, text: str) -> None:
        """Say something to all, and note when."""
        self._ids += 1
        self._said[self._ids] = time.perf_counter()
        self.say(t="chat.say", text=text, id=self._ids)

    def _send(self, first: int, payload: bytes) -> None:
        length = len(payload)
        size = bytes([0x80 | length]) if length < 126 else bytes([0xFE]) + length.to_bytes(2)
        mask = (self._mask * (length // 4 + 1))[:length]
        masked = (int.from_bytes(payload) ^ int.from_bytes(mask)).to_bytes(length)
        self._transport.write(bytes([first]) + size + self._mask + masked)

    def leave(self) -> None:
        """Leave for good."""
        self.say(t="leave")

    def abort(self) -> None:
        """Vanish."""
        self._transport.abort()

    def stop_reading(self) -> None:
        """Read nothing from now on, and let the system hold little of it."""
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._transport.pause_reading()


class Load(NamedTuple):
    """How often a second, on the whole server, somebody says something, moves a hand, and goes while another comes."""

    chat: float
    hands: float
    comes: float


class Site:
    """A daemon, and the people that are sent there."""

    def __init__(self, daemon: Daemon, trust: ssl.SSLContext | None = None) -> None:
        self.daemon, self.port, self.pid = daemon, daemon.port, daemon.process.pid
        self._trust = trust
        self._names = 0

    async def call(self, name: str, **pairs: Any) -> bytes:
        """Make a call; return the answer, head and all."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=self._trust)
        target = signed(name, query_of(pairs))
        writer.write(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        return answer

    async def create(self, meeting_id: str) -> None:
        """Begin a meeting."""
        assert b"SUCCESS" in await self.call("create", meetingID=meeting_id, moderatorPW="m")

    async def come(self, meeting_id: str) -> Attendee:
        """Have somebody join and come in."""
        self._names += 1
        role = "MODERATOR" if self._names % 20 == 1 else "VIEWER"
        answer = await self.call("join", meetingID=meeting_id, fullName=f"Person {self._names}", role=role)
        assert answer.startswith(b"HTTP/1.1 302"), answer
        token = answer.partition(b"sessionToken=")[2][:64].split(b"\r\n")[0].decode()
        loop = asyncio.get_running_loop()
        scheme = "https" if self._trust else "http"
        _transport, attendee = await loop.create_connection(
            lambda: Attendee(self.port, token, scheme), "127.0.0.1", self.port, ssl=self._trust
        )
        await asyncio.wait_for(attendee.inside, 60)
        return attendee

    async def fill(self, meetings: Iterable[str], of: int) -> list[list[Attendee]]:
        """Begin meetings, and have so many come to each; forty at a time."""
        turns = asyncio.Semaphore(40)

        async def one(meeting_id: str) -> Attendee:
            async with turns:
                return await self.come(meeting_id)

        made = list(meetings)
        for meeting_id in made:
            await self.create(meeting_id)
        return [list(await asyncio.gather(*(one(meeting_id) for _ in range(of)))) for meeting_id in made]


async def at_a_rate(rate: float, do: Callable[[], Awaitable[None] | None], seconds: float) -> None:
    """Do something so often a second, whatever it takes."""
    begun, done = time.perf_counter(), 0
    running: set[asyncio.Task[None]] = set()

    async def once(waited: Awaitable[None]) -> None:
        await waited

    while (now := time.perf_counter() - begun) < seconds:
        while done < now * rate:
            done += 1
            waited = do()
            if waited is not None:
                task = asyncio.create_task(once(waited))
                running.add(task)
                task.add_done_callback(running.discard)
        await asyncio.sleep(0.005)
    await asyncio.gather(*running)


async def loaded(site: Site, what: str, rooms: list[list[Attendee]], base: float, load: Load) -> None:
    """Have people chat, raise hands, come and go, and tell what it took."""
    chance = random.Random(1)
    names = [f"room-{number}" for number in range(len(rooms))]
    up: set[Attendee] = set()

    def anybody() -> Attendee:
        return chance.choice(chance.choice(rooms))

    def say() -> None:
        anybody().chat("Mitochondria are the powerhouse of the cell, it says on page four.")

    def hand() -> None:
        attendee = anybody()
        attendee.say(t="hand", up=attendee not in up)
        up.symmetric_difference_update({attendee})

    async def swap() -> None:
        number = chance.randrange(len(rooms))
        gone = rooms[number].pop(chance.randrange(len(rooms[number])))
        gone.leave()
        rooms[number].append(await site.come(names[number]))

    pings: list[float] = []
    probe = rooms[0][0]

    async def ping() -> None:
        if probe.pong is None:
            probe.pong = asyncio.get_running_loop().create_future()
            begun = time.perf_counter()
            probe.say(t="ping", at=1)
            await probe.pong
            pings.append(time.perf_counter() - begun)
            probe.pong = None

    rooms[0].remove(probe)
    cpu, frames, begun = cpu_seconds(site.pid), Attendee.frames, time.perf_counter()
    everybody = {attendee for room in rooms for attendee in room}
    await asyncio.gather(
        at_a_rate(load.chat, say, FOR),
        at_a_rate(load.hands, hand, FOR),
        at_a_rate(load.comes, swap, FOR),
        at_a_rate(5, ping, FOR),
    )
    await asyncio.sleep(0.5)
    took, cpu, frames = time.perf_counter() - begun, cpu_seconds(site.pid) - cpu, Attendee.frames - frames
    everybody |= {attendee for room in rooms for attendee in room}
    delays = [delay * 1000 for attendee in everybody for delay in attendee.delays]
    lost = sum(attendee.lost for room in rooms for attendee in room)
    spread = quantiles(delays, n=100)
    print(
        f"{what:34}{cpu / took:7.0%}{frames / took:9.0f}{cpu / frames * 1e6:9.1f}{cpu / frames * 1e6 / base:7.2f}"
        f"{median(delays):9.0f}{spread[94]:7.0f}{spread[98]:7.0f}{max(pings) * 1000:9.0f}"
        f"{memory(site.pid):8.0f}{lost:6}"
    )
    rooms[0].append(probe)


async def lively(site: Site, base: float) -> None:
    """Measure a thousand people in fifty meetings."""
    rooms = await site.fill((f"room-{number}" for number in range(50)), 20)
    await loaded(site, "1,000 in 50 meetings", rooms, base, Load(25, 10, 5))
    await loaded(site, "the same, four times as lively", rooms, base, Load(100, 40, 10))


async def one_room(site: Site, base: float) -> None:
    """Measure two hundred people in one meeting."""
    rooms = await site.fill(["room-0"], 200)
    await loaded(site, "200 in one meeting", rooms, base, Load(5, 5, 2))
    await loaded(site, "the same, three times as lively", rooms, base, Load(15, 15, 6))


async def idle(site: Site, _base: float) -> None:
    """Measure ten thousand people who do nothing."""
    before, cpu, begun = memory(site.pid), cpu_seconds(site.pid), time.perf_counter()
    rooms = await site.fill((f"room-{number}" for number in range(200)), 50)
    took, cpu = time.perf_counter() - begun, cpu_seconds(site.pid) - cpu
    count = sum(map(len, rooms))
    print(
        f"{count} came in {took:.0f} s, {cpu / count * 1e3:.2f} ms of CPU each; RSS {before:.0f} MB before,"
        f" {memory(site.pid):.0f} MB with them, {(memory(site.pid) - before) / count * 1e3:.1f} KB each"
    )
    cpu, begun = cpu_seconds(site.pid), time.perf_counter()
    await asyncio.sleep(2 * FOR)
    share = (cpu_seconds(site.pid) - cpu) / (time.perf_counter() - begun)
    lost = sum(attendee.lost for room in rooms for attendee in room)
    print(f"idle for {2 * FOR} s: {share:.1%} of a core, {memory(site.pid):.0f} MB, {lost} lost")


PARTS = {"lively": lively, "room": one_room, "idle": idle}


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--part", choices=PARTS, action="append")
    parts = parser.parse_args().part or list(PARTS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    os.sched_setaffinity(0, ASKER)
    with stock_started() as one:
        base = microseconds(one.pid, one.port, one.target)
    print(f"stock twisted.web answers a constant with {base:.0f} us of CPU")
    print(
        f"{'':34}{'core':>7}{'frames/s':>9}{'us/frame':>9}{'ratio':>7}{'ms: median':>11}{'95 %':>5}{'99 %':>7}"
        f"{'ping max':>9}{'MB':>8}{'lost':>6}"
    )
    for part in parts:
        with tempfile.TemporaryDirectory() as name:
            daemon = PinnedDaemon(directory=Path(name) / "data", settings=SETTINGS)
            asyncio.run(PARTS[part](Site(daemon), base))
            daemon.end()


if __name__ == "__main__":
    main()
