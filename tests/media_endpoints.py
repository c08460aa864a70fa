"""A process with real WebRTC endpoints (aiortc), which tests command by lines of JSON: they send and count packets.

Nothing is decoded. A line is ``{"id", "do", "who", …}``; the answer has the same ``id``, and ``fault`` when it failed.
"""

from __future__ import annotations

import asyncio
import fractions
import json
import math
import sys
import time
from collections import Counter
from typing import Any

import av
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from mesh_endpoints import MeshEnd

#: Seconds between two claps, and seconds for which one is heard.
CLAP, LOUD = 2, 0.1
#: Packets of each receiver, those that are missing among their numbers, and the longest pause, in milliseconds.
packets: Counter[int] = Counter()
lost: Counter[int] = Counter()
pauses: dict[int, int] = {}
_next: dict[int, int] = {}
_last: dict[int, int] = {}


async def count(receiver: Any, packet: Any, arrival_time_ms: int) -> None:
    """Count a packet, in place of a jitter buffer and a decoder."""
    one, number = id(receiver), packet.sequence_number
    packets[one] += 1
    ahead = (number - _next.get(one, number)) & 0xFFFF
    if ahead < 0x8000:
        lost[one] += ahead
        _next[one] = (number + 1) & 0xFFFF
    else:
        # One that came late was not lost.
        lost[one] -= 1
    pauses[one] = max(pauses.get(one, 0), arrival_time_ms - _last.get(one, arrival_time_ms))
    _last[one] = arrival_time_ms


RTCRtpReceiver._handle_rtp_packet = count  # type: ignore[method-assign,assignment]


#: The pitch of people who were given none; any is a multiple of 50 Hz, so that 20 ms of it can be repeated.
_HERTZ = 500


class Tone(MediaStreamTrack):
    """A tone, or silence while ``speaks`` is false."""

    kind = "audio"

    def __init__(self, hertz: int) -> None:
        super().__init__()
        self.speaks = True
        samples = (int(12_000 * math.sin(math.tau * one * hertz / 48_000)) for one in range(960))
        self._tone = b"".join(one.to_bytes(2, "little", signed=True) for one in samples)
        self._time = 0
        self._begun = 0.0

    async def recv(self) -> av.AudioFrame:
        """Return the next 20 ms."""
        loop = asyncio.get_running_loop()
        self._begun = self._begun or loop.time()
        await asyncio.sleep(max(0.0, self._begun + self._time / 48_000 - loop.time()))
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(self._tone if self.speaks else bytes(len(self._tone)))
        frame.pts, frame.sample_rate, frame.time_base = self._time, 48_000, fractions.Fraction(1, 48_000)
        self._time += 960
        return frame


class Picture(MediaStreamTrack):
    """A small picture that changes ten times a second."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._number = 0

    async def recv(self) -> av.VideoFrame:
        """Return the next picture."""
        await asyncio.sleep(0.1)
        self._number += 1
        frame = av.VideoFrame(160, 96, "yuv420p")
        for place, plane in enumerate(frame.planes):
            plane.update(bytes([(self._number * 7 + place * 40) % 256]) * plane.buffer_size)
        frame.pts, frame.time_base = self._number * 9000, fractions.Fraction(1, 90_000)
        return frame


class Clap(MediaStreamTrack):
    """A tone of a tenth of a second whenever the machine's clock is a whole multiple of two seconds."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._time = 0
        self._begun = 0.0

    async def recv(self) -> av.AudioFrame:
        """Return the next 20 ms."""
        self._begun = self._begun or time.time()
        at = self._begun + self._time / 48_000
        await asyncio.sleep(max(0.0, at - time.time()))
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        samples = (int(12_000 * math.sin(0.13 * one)) if (at + one / 48_000) % CLAP < LOUD else 0 for one in range(960))
        frame.planes[0].update(b"".join(one.to_bytes(2, "little", signed=True) for one in samples))
        frame.pts, frame.sample_rate, frame.time_base = self._time, 48_000, fractions.Fraction(1, 48_000)
        self._time += 960
        return frame


class Flash(MediaStreamTrack):
    """A dark picture, ten times a second, that is white when the clapper is loud, and twice as long."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._next = 0

    async def recv(self) -> av.VideoFrame:
        """Return the next picture."""
        self._next = max(self._next + 1, math.ceil(time.time() * 10))
        await asyncio.sleep(max(0.0, self._next / 10 - time.time()))
        frame = av.VideoFrame(160, 96, "yuv420p")
        bright = 235 if self._next / 10 % CLAP < 2 * LOUD - 0.01 else 40
        for plane, value in zip(frame.planes, (bright, 128, 128), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts, frame.time_base = self._next * 9000, fractions.Fraction(1, 90_000)
        return frame


class Endpoint:
    """One person's two links."""

    def __init__(self) -> None:
        self.up: RTCPeerConnection | None = None
        self.down: RTCPeerConnection | None = None
        self.claps = False
        self.hertz = _HERTZ
        self.sent: dict[str, tuple[RTCRtpTransceiver, Any]] = {}
        self.mesh = MeshEnd(self.source, packets)

    def source(self, name: str) -> MediaStreamTrack:
        """Return what is sent as a track of this name."""
        if name in ("microphone", "screenSound"):
            return Clap() if self.claps else Tone(self.hertz)
        return Flash() if self.claps else Picture()

    async def offer(self, kinds: list[str], *, fresh: bool = False) -> dict[str, Any]:
        """Send these kinds of tracks, and nothing else; return the offer."""
        if fresh or self.up is None:
            await self.hang_up()
            self.up = RTCPeerConnection(RTCConfiguration([]))
            self.sent = {}
        for name, (transceiver, _track) in self.sent.items():
            transceiver.direction = "sendonly" if name in kinds else "inactive"
        for name in kinds:
            if name not in self.sent:
                track = self.source(name)
                self.sent[name] = (self.up.addTransceiver(track, "sendonly"), track)
        await self.up.setLocalDescription(await self.up.createOffer())
        tracks = {self.sent[name][0].mid: name.rstrip("0123456789") for name in kinds}
        return {"sdp": self.up.localDescription.sdp, "tracks": tracks}

    async def answered(self, sdp: str) -> None:
        """Take the answer to the offer."""
        assert self.up is not None
        await self.up.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def receive(self, sdp: str, *, fresh: bool) -> dict[str, Any]:
        """Take an offer, and return the answer; none if the link broke."""
        if fresh or self.down is None:
            if self.down is not None:
                await self.down.close()
            self.down = RTCPeerConnection(RTCConfiguration([]))
        if self.down.connectionState in ("closed", "failed"):
            return {}
        await self.down.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await self.down.setLocalDescription(await self.down.createAnswer())
        return {"sdp": self.down.localDescription.sdp}

    def counted(self) -> dict[str, dict[str, int]]:
        """Return the packets that arrived, those that were lost, and the longest pauses, by mid."""
        every = self.down.getTransceivers() if self.down is not None else []
        known = {one.mid: id(one.receiver) for one in every if one.mid}
        return {
            "packets": {mid: packets[one] for mid, one in known.items()},
            "lost": {mid: lost[one] for mid, one in known.items()},
            "pauses": {mid: pauses.get(one, 0) for mid, one in known.items()},
        }

    async def close(self) -> None:
        """End all links."""
        await self.hang_up()
        await self.mesh.close()
        if self.down is not None:
            await self.down.close()

    async def hang_up(self) -> None:
        """End what is sent."""
        if self.up is not None:
            await self.up.close()
            self.up = None


async def answer(people: dict[str, Endpoint], asked: dict[str, Any]) -> dict[str, Any]:
    """Do what a line says."""
    one = people.setdefault(asked["who"], Endpoint())
    match asked["do"]:
        case "offer":
            return await one.offer(asked["kinds"], fresh=asked.get("fresh", False))
        case "answered":
            await one.answered(asked["sdp"])
        case "receive":
            return await one.receive(asked["sdp"], fresh=asked["fresh"])
        case "counted":
            return one.counted()
        case "forget":
            pauses.clear()
            lost.clear()
        case "clap":
            one.claps = True
        case "pitch":
            one.hertz = asked["hertz"]
        case "speak":
            one.sent["microphone"][1].speaks = asked["on"]
        case "close":
            await one.close()
            del people[asked["who"]]
        case _:
            return await one.mesh.do(asked)
    return {}


async def main() -> None:
    """Do what the lines say, each in its own time."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    people: dict[str, Endpoint] = {}

    async def do(asked: dict[str, Any]) -> None:
        try:
            said = await answer(people, asked)
        except Exception as fault:
            said = {"fault": f"{type(fault).__name__}: {fault}"}
        sys.stdout.write(json.dumps({"id": asked["id"], **said}) + "\n")
        sys.stdout.flush()

    tasks = set()
    while line := await reader.readline():
        task = loop.create_task(do(json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    asyncio.run(main())
