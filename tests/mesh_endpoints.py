"""The links of people in a mesh, by aiortc: a part of the process of ``media_endpoints.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCIceServer,
    RTCIceTransportPolicy,
    RTCPeerConnection,
    RTCSessionDescription,
)

#: The order of the tracks in each link.
ORDER = ("microphone", "camera", "screen", "screenSound")
SOUNDS = ("microphone", "screenSound")


class MeshEnd:
    """One person's links. ``source`` makes what is sent; ``packets`` has those that arrived, by the receiver's id."""

    def __init__(self, source: Callable[[str], MediaStreamTrack], packets: Mapping[int, int]) -> None:
        self._source = source
        self._packets = packets
        self._links: dict[str, RTCPeerConnection] = {}

    def _open(self, link: str, ice: list[dict[str, Any]], *, relay_only: bool) -> RTCPeerConnection:
        servers = [RTCIceServer(one["urls"], one.get("username"), one.get("credential")) for one in ice]
        policy = RTCIceTransportPolicy.RELAY if relay_only else RTCIceTransportPolicy.ALL
        self._links[link] = RTCPeerConnection(RTCConfiguration(servers, policy))
        return self._links[link]

    async def offer(self, link: str, send: list[str], ice: list[dict[str, Any]], *, relay_only: bool) -> str:
        """Begin a link, and return the offer."""
        pc = self._open(link, ice, relay_only=relay_only)
        for kind in ORDER:
            pc.addTransceiver("audio" if kind in SOUNDS else "video", "sendrecv")
        self.fill(link, send)
        await pc.setLocalDescription(await pc.createOffer())
        return str(pc.localDescription.sdp)

    async def take_offer(
        self, link: str, sdp: str, send: list[str], ice: list[dict[str, Any]], *, relay_only: bool
    ) -> str:
        """Begin a link that the other end offers, and return the answer."""
        pc = self._open(link, ice, relay_only=relay_only)
        await pc.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        for transceiver in pc.getTransceivers():
            transceiver.direction = "sendrecv"
        self.fill(link, send)
        await pc.setLocalDescription(await pc.createAnswer())
        return str(pc.localDescription.sdp)

    async def take_answer(self, link: str, sdp: str) -> None:
        """Take the answer to an offer."""
        await self._links[link].setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    def fill(self, link: str, send: list[str]) -> None:
        """Send these kinds of tracks over a link, and no others."""
        for kind, transceiver in zip(ORDER, self._links[link].getTransceivers(), strict=False):
            if (kind in send) != (transceiver.sender.track is not None):
                transceiver.sender.replaceTrack(self._source(kind) if kind in send else None)

    def counted(self) -> dict[str, dict[str, int]]:
        """Return the packets that arrived, by link and kind."""
        return {
            link: {
                kind: self._packets[id(transceiver.receiver)]
                for kind, transceiver in zip(ORDER, pc.getTransceivers(), strict=False)
            }
            for link, pc in self._links.items()
        }

    def ways(self) -> dict[str, list[str]]:
        """Return the kinds of both candidates by which each link goes."""
        found = {}
        for link, pc in self._links.items():
            ice = pc.getTransceivers()[0].sender.transport.transport
            pair = ice._connection._nominated[1]
            found[link] = [pair.local_candidate.type, pair.remote_candidate.type]
        return found

    async def close(self, *links: str) -> None:
        """End these links, or all."""
        for link in links or tuple(self._links):
            if (pc := self._links.pop(link, None)) is not None:
                await pc.close()

    async def do(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Do what a line says."""
        link = asked.get("link", "")
        relay = {"ice": asked.get("ice", []), "relay_only": asked.get("relayOnly", False)}
        match asked["do"]:
            case "mesh.offer":
                return {"sdp": await self.offer(link, asked["send"], **relay)}
            case "mesh.take_offer":
                return {"sdp": await self.take_offer(link, asked["sdp"], asked["send"], **relay)}
            case "mesh.take_answer":
                await self.take_answer(link, asked["sdp"])
            case "mesh.fill":
                self.fill(link, asked["send"])
            case "mesh.counted":
                return {"packets": self.counted()}
            case "mesh.ways":
                return {"ways": self.ways()}
            case "mesh.close":
                await self.close(*asked["links"])
        return {}
