"""What arrives on a connection: read from the network while nothing holds it back."""

from __future__ import annotations

from twisted.internet.interfaces import IPushProducer


class ConnectionInput:
    """The input of a connection. It is held back for several reasons at once, each by an object that stands for it."""

    def __init__(self, network: IPushProducer) -> None:
        self._network = network
        self._holders: set[object] = set()

    def hold(self, holder: object) -> None:
        """Read nothing more."""
        if not self._holders:
            self._network.pauseProducing()
        self._holders.add(holder)

    def release(self, holder: object) -> None:
        """Read on, unless others still hold the input back."""
        if holder in self._holders:
            self._holders.remove(holder)
            if not self._holders:
                self._network.resumeProducing()

    def stop(self) -> None:
        """Read nothing any more."""
        self._network.stopProducing()
