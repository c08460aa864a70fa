"""The connection to Janus: made at the start, and made again whenever Janus was away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError, MessageLengthError
from twisted.internet.interfaces import IDelayedCall, IListeningPort, IReactorTime, IReactorUNIXDatagram
from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from bbbd.media.janus_api import JanusApi, JanusFailed
from bbbd.media.keeping import Keeping
from bbbd.storage.disk import Disk

_log = Logger()

#: Seconds between two attempts to reach Janus: the first, doubled each time, and the longest.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
#: Bytes of a datagram from Janus: its descriptions are longer than requests may be.
LARGEST_ANSWER = 1 << 18


class _Socket(DatagramProtocol):
    """bbbd's end of the datagram socket."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.api: JanusApi | None = None

    def send(self, datagram: bytes) -> None:
        """Send a datagram to Janus. Raises ``OSError`` when nobody listens."""
        if self.transport is None:
            raise OSError(0, "the socket is closed")
        try:
            cast("Any", self.transport).write(datagram, self._address)
        except MessageLengthError as fault:
            raise OSError(0, str(fault)) from fault

    def datagramReceived(self, datagram: bytes, _addr: object) -> None:
        """Pass a datagram on."""
        if self.api is not None:
            self.api.received(datagram)


class ConnectedPlane(Protocol):
    """A media plane, as its connection to Janus sees it."""

    @property
    def keeping(self) -> Keeping:
        """What is kept of recordings."""

    @property
    def counts(self) -> tuple[bool, int, int]:
        """Whether Janus answers, and the numbers of meetings and people that it has."""

    def heard(self, message: dict[str, Any]) -> None:
        """Take an event of Janus."""

    async def connected(self, api: JanusApi) -> None:
        """Begin with Janus. Raises ``JanusFailed`` and ``OSError``."""

    def lost(self, why: str) -> None:
        """Note that Janus is gone."""

    def stop(self) -> None:
        """Do nothing more, and end nothing."""


class JanusConnector:
    """Keeps a media plane connected to Janus at a Unix socket."""

    def __init__(
        self,
        *,
        plane: ConnectedPlane,
        reactor: IReactorUNIXDatagram,
        timer: IReactorTime,
        disk: Disk,
        address: Path,
        secret: str,
        server: str,
    ) -> None:
        self._plane = plane
        self._reactor = reactor
        self._timer = timer
        self._disk = disk
        self._address = address
        self._secret = secret
        #: The same for every start of one server, and of no other, so that events reach it after a restart.
        self._mine = address.with_name(f"bbbd-{server}")
        self._port: IListeningPort | None = None
        self._api: JanusApi | None = None
        self._pause = FIRST_PAUSE
        self._next: IDelayedCall | None = None
        self._is_stopped = False
        self._was_told = False

    def start(self) -> None:
        """Connect, now or as soon as Janus is there."""
        if self._is_stopped:
            return
        Deferred.fromCoroutine(self._connect()).addErrback(self._failed)

    async def _connect(self) -> None:
        socket = _Socket(str(self._address))
        self._disk.unlink(self._mine)
        self._port = self._reactor.listenUNIXDatagram(str(self._mine), socket, LARGEST_ANSWER, 0o666)
        self._api = socket.api = JanusApi(socket, self._secret, self._timer, self._plane.heard, self._lost)
        await self._plane.connected(self._api)
        self._pause, self._was_told = FIRST_PAUSE, False
        _log.info("Janus at {address} answers", event="janus_connected", address=str(self._address))

    def _failed(self, failure: Failure) -> None:
        self._plane.lost("failed while it was taken up")
        if not failure.check(JanusFailed, OSError, CannotListenError):
            _log.failure("the connection to Janus failed", failure, event="janus_failed")
        elif not self._was_told:
            self._was_told = True
            _log.error(
                "Janus cannot be reached at {address}: {why}",
                event="janus_unreachable",
                address=str(self._address),
                why=failure.getErrorMessage(),
            )
        self._try_again()

    def _lost(self, why: str) -> None:
        self._plane.lost(why)
        self._try_again()

    def _try_again(self) -> None:
        self._close()
        if not self._is_stopped and (self._next is None or not self._next.active()):
            self._next = self._timer.callLater(self._pause, self.start)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _close(self) -> None:
        api, self._api = self._api, None
        if api is not None:
            api.close()
        port, self._port = self._port, None
        if port is not None:
            port.stopListening()

    @property
    def counts(self) -> tuple[bool, int, int]:
        """Whether Janus answers, and the numbers of meetings and people that it has."""
        return self._plane.counts

    def look_at_disk(self) -> None:
        """Note whether there is space for what is kept."""

        def failed(failure: Failure) -> None:
            _log.failure("the space for recordings cannot be measured", failure, event="media_disk_unseen")

        Deferred.fromCoroutine(self._plane.keeping.look_at_disk()).addErrback(failed)

    def stop(self) -> None:
        """Leave Janus as it is: media flow on until the next start takes them up."""
        self._is_stopped = True
        if self._next is not None and self._next.active():
            self._next.cancel()
        self._plane.stop()
        self._close()


class JanusConnectors:
    """The connections to all Janus of a server. ``stopped`` is called when they are stopped."""

    def __init__(self, each: Sequence[JanusConnector], stopped: Callable[[], None] = lambda: None) -> None:
        self._each = each
        self._stopped = stopped

    def start(self) -> None:
        """Connect, now or as soon as they are there."""
        for one in self._each:
            one.start()

    def look_at_disk(self) -> None:
        """Note whether there is space for what is kept."""
        for one in self._each:
            one.look_at_disk()

    def counts(self) -> list[tuple[bool, int, int]]:
        """Return of each Janus whether it answers, and the numbers of meetings and people that it has."""
        return [one.counts for one in self._each]

    def stop(self) -> None:
        """Leave every Janus as it is."""
        self._stopped()
        for one in self._each:
            one.stop()
