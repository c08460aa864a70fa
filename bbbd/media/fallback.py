"""Janus while it answers, and links between browsers while it does not: the engines of ``bbbd.media=auto``."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from bbbd.live.hub import Hub
from bbbd.live.media_port import MediaOutlet
from bbbd.media.janus_api import JanusApi
from bbbd.media.janus_plane import JanusPlane
from bbbd.media.keeping import Keeping
from bbbd.media.mesh_plane import MeshPlane

_log = Logger()

#: Seconds for which people wait for a Janus that is being restarted, before links between browsers take its place.
PATIENCE = 10.0


class Fallback:
    """Gives the hub the engine that works now. It stands between Janus' connection and Janus' plane."""

    def __init__(
        self, *, hub: Hub, outlet: MediaOutlet, janus: JanusPlane, mesh: MeshPlane, timer: IReactorTime
    ) -> None:
        self._hub = hub
        self._outlet = outlet
        self._janus = janus
        self._mesh = mesh
        self._timer = timer
        self._waiting: IDelayedCall | None = None
        hub.media = janus

    @property
    def keeping(self) -> Keeping:
        """What Janus' plane keeps of recordings."""
        return self._janus.keeping

    def heard(self, message: dict[str, Any]) -> None:
        """Take an event of Janus."""
        self._janus.heard(message)

    async def connected(self, api: JanusApi) -> None:
        """Begin with Janus, and end the links between browsers. Raises ``JanusFailed`` and ``OSError``."""
        await self._janus.connected(api)
        self._give_up_waiting()
        if self._hub.media is not self._janus:
            self._mesh.end()
            self._hub.media = self._janus
            self._outlet.tell_server()

    def lost(self, why: str) -> None:
        """Note that Janus is gone; if it does not come back soon, links between browsers take its place."""
        self._janus.lost(why)
        if self._hub.media is self._janus and self._waiting is None:
            self._waiting = self._timer.callLater(PATIENCE, self._take_over)

    def _take_over(self) -> None:
        self._waiting = None
        _log.warn("Janus does not answer: sound and cameras go from browser to browser", event="media_by_mesh")
        self._hub.media = self._mesh
        self._outlet.tell_server()

    def _give_up_waiting(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and waiting.active():
            waiting.cancel()

    def stop(self) -> None:
        """Do nothing more, and end nothing."""
        self._give_up_waiting()
        self._janus.stop()
