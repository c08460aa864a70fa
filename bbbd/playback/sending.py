"""Sends a file's bytes as fast as the other side takes them; no read of them holds up the reactor."""

from __future__ import annotations

import os

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from bbbd.rounds import Thread
from bbbd.site import Request

#: Bytes that are read at once.
PIECE = 1 << 16


@implementer(IPushProducer)
class Sending:
    """One answer on its way. The descriptor is closed at its end, whatever that is."""

    def __init__(self, request: Request, worker: Thread, descriptor: int, begin: int, length: int) -> None:
        self._request = request
        self._worker = worker
        self._descriptor = descriptor
        self._at = begin
        self._left = length
        self._stopped = False
        self._resumed: Deferred[None] | None = None

    async def send(self) -> None:
        """Send it all, or until the other side has gone."""
        request = self._request
        request.registerProducer(self, streaming=True)
        try:
            while self._left and not self._stopped:
                if self._resumed is not None:
                    await self._resumed
                    continue
                piece = await self._worker(lambda: os.pread(self._descriptor, min(PIECE, self._left), self._at))
                if not piece:
                    break
                self._at += len(piece)
                self._left -= len(piece)
                if not self._stopped:
                    request.write(piece)
        finally:
            os.close(self._descriptor)
            if not self._stopped:
                request.unregisterProducer()
                if self._left:
                    # The file became shorter: a short answer must not look whole.
                    request.loseConnection()
                else:
                    request.finish()

    def pauseProducing(self) -> None:
        """Wait: the other side has not taken what was written."""
        if self._resumed is None:
            self._resumed = Deferred()

    def resumeProducing(self) -> None:
        """Go on."""
        if self._resumed is not None:
            resumed, self._resumed = self._resumed, None
            resumed.callback(None)

    def stopProducing(self) -> None:
        """Give up: the other side has gone."""
        self._stopped = True
        self.resumeProducing()
