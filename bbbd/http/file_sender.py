"""Sends files, whole or the requested ranges, as fast as the client reads them. Files are read in threads."""

from __future__ import annotations

import os
from email.utils import formatdate

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from bbbd.http.ranges import names_etag, requested_range
from bbbd.http.request import Request
from bbbd.storage.group_commit import Thread

#: Bytes of one read.
PIECE = 1 << 16


@implementer(IPushProducer)
class FileSender:
    """The body of one answer, a push producer. The descriptor is closed at the end, also after a failure."""

    def __init__(self, request: Request, worker: Thread, descriptor: int, begin: int, length: int) -> None:
        self._request = request
        self._worker = worker
        self._descriptor = descriptor
        self._at = begin
        self._left = length
        self._stopped = False
        self._resumed: Deferred[None] | None = None

    async def send(self) -> None:
        """Send everything, or stop when the client disconnects."""
        request = self._request
        request.registerProducer(self)
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
                    # The file became shorter: an incomplete answer must not look complete.
                    request.loseConnection()
                else:
                    request.finish()

    def pauseProducing(self) -> None:
        """Pause: the client does not read fast enough."""
        if self._resumed is None:
            self._resumed = Deferred()

    def resumeProducing(self) -> None:
        """Continue."""
        if self._resumed is not None:
            resumed, self._resumed = self._resumed, None
            resumed.callback(None)

    def stopProducing(self) -> None:
        """Stop: the client has disconnected."""
        self._stopped = True
        self.resumeProducing()


def range_of(request: Request) -> str | None:
    """Return the Range header of a request, which says something for GET alone (RFC 9110, 14.2)."""
    return request.header(b"Range") if request.method == b"GET" else None


async def send_file(
    request: Request, worker: Thread, descriptor: int, status: os.stat_result, headers: dict[str, str]
) -> None:
    """Answer with an open file: whole, a range of it, or 304. Closes the file."""
    if request.gone:
        os.close(descriptor)
        return
    etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
    headers |= {"ETag": etag, "Last-Modified": formatdate(status.st_mtime, usegmt=True), "Accept-Ranges": "bytes"}
    if names_etag(request.header(b"If-None-Match"), etag):
        os.close(descriptor)
        del headers["Content-Type"]
        request.begin(304, headers)
        request.finish()
        return
    requested = range_of(request) if request.header(b"If-Range") in (None, etag) else None
    part = requested_range(requested, status.st_size)
    headers["Content-Length"] = str(part.length)
    if part.status == 206:
        headers["Content-Range"] = f"bytes {part.begin}-{part.begin + part.length - 1}/{status.st_size}"
    elif part.status == 416:
        headers["Content-Range"] = f"bytes */{status.st_size}"
    request.begin(part.status, headers)
    if request.method == b"HEAD" or not part.length:
        os.close(descriptor)
        request.finish()
        return
    await FileSender(request, worker, descriptor, part.begin, part.length).send()
