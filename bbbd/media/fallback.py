"""Janus while one answers, and links between browsers while none does: the engines of ``bbbd.media=auto``."""

from __future__ import annotations

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from bbbd.live.hub import Hub
from bbbd.live.media_port import MediaOutlet
from bbbd.media.janus_group import JanusGroup
from bbbd.media.mesh_plane import MeshPlane

_log = Logger()

#: Seconds for which people wait for a Janus that is being restarted, before links between browsers take its place.
PATIENCE = 10.0


class Fallback:
    """Gives the hub the engine that works now: it is told when the first Janus answers, and when none does."""

    def __init__(
        self, *, hub: Hub, outlet: MediaOutlet, janus: JanusGroup, mesh: MeshPlane, timer: IReactorTime
    ) -> None:
        self._hub = hub
        self._outlet = outlet
        self._janus = janus
        self._mesh = mesh
        self._timer = timer
        self._waiting: IDelayedCall | None = None
        janus.came, janus.went = self.came, self.went

    def came(self) -> None:
        """Go on by Janus, and end the links between browsers."""
        self.stop()
        if self._hub.media is not self._janus:
            self._mesh.end()
            self._hub.media = self._janus
        self._outlet.tell_server()

    def went(self) -> None:
        """Note that no Janus answers; if none comes back soon, links between browsers take its place."""
        self._outlet.tell_server()
        if self._hub.media is self._janus and self._waiting is None:
            self._waiting = self._timer.callLater(PATIENCE, self._take_over)

    def stop(self) -> None:
        """Wait for nothing any longer."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None and waiting.active():
            waiting.cancel()

    def _take_over(self) -> None:
        self._waiting = None
        _log.warn("no Janus answers: sound and cameras go from browser to browser", event="media_by_mesh")
        self._hub.media = self._mesh
        self._outlet.tell_server()
