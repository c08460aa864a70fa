"""Two readers of HTTP that tell which requests they read: bbbd's channel, and Twisted's with the same rules added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from harness import Memory, Wire
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.head import ALL_HEADERS, LONGEST_HEADER, LONGEST_LINE, MOST_HEADERS, is_host, own_target
from bbbd.http.incoming_body import BodyRefusal, IncomingBody
from bbbd.http.request import OF_SERVER, Request
from bbbd.http.site import Site


class Here(NamedTuple):
    """The server's own address."""

    server_url: str = "http://bbb.example.org"


LARGEST = 4096


class Seen(NamedTuple):
    """A request that was read."""

    method: bytes
    path: bytes
    query: bytes
    body: bytes


class _Bodies:
    """Takes bodies up to one size for all."""

    def largest(self, request: Request, path: bytes, method: bytes) -> int:
        return LARGEST

    def refusal(
        self,
        request: Request,
        path: bytes,
        method: bytes,
        query: bytes,
        why: BodyRefusal,
    ) -> None:
        return None

    def incoming(self, request: Request, path: bytes, method: bytes, query: bytes) -> IncomingBody:
        return IncomingBody()


class _Noted(Resource):
    isLeaf = True

    def __init__(self, seen: list[Seen]) -> None:
        super().__init__()
        self._seen = seen

    def render(self, request: Any) -> int:
        self._seen.append(Seen(request.method, request.path, request.query, request.content.read()))
        request.answer(b"", b"text/plain")
        return NOT_DONE_YET


def read_by_bbbd(memory: Memory, pieces: Sequence[bytes]) -> tuple[list[Seen], bool]:
    """Return the requests that bbbd's channel reads, and whether it refused something at the end."""
    seen: list[Seen] = []
    own = memory.app.site
    wire = Wire(Site(_Noted(seen), memory.timer, own.current, _Bodies(), own.budget, lambda _host, _limit: None), "::1")
    for piece in pieces:
        if not wire.closed:
            wire.send(piece)
    is_refused = wire.half_closed
    wire.hang_up()
    assert own.budget.in_hand == 0
    return seen, is_refused


class _StockRequest(http.Request):
    channel: Any
    content: Any

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        self.method, self.clientproto = command, version
        self.content.seek(0)
        body = self.content.read()
        if self.channel.is_refused:
            return
        own, _, query = (own_target(path, Here()) or b"").partition(b"?")
        # What asks about the server as a whole comes to no resource.
        if (command, path) != OF_SERVER:
            self.channel.seen.append(Seen(command, own, query, body))
        self.setHeader(b"Content-Length", b"0")
        self.finish()


class _Chunks(http._ChunkedTransferDecoder):
    """Twisted's reader of chunks, with white space before an extension, which RFC 9112 (7.1.1) has recipients bear."""

    def _dataReceived_CHUNK_LENGTH(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if 0 <= end < http.maxChunkSizeLineLength:
            size, mark, extension = self._buffer[:end].partition(b";")
            if mark:
                self._buffer[:end] = size.rstrip(b"\t ") + mark + extension
        return super()._dataReceived_CHUNK_LENGTH()


class StockChannel(http.HTTPChannel):
    """Twisted's channel, with bbbd's limits, line ends, targets, hosts and encodings."""

    MAX_LENGTH = LONGEST_LINE
    totalHeadersSize = LONGEST_LINE + ALL_HEADERS + MOST_HEADERS
    maxHeaders = MOST_HEADERS + 1
    requestFactory = _StockRequest
    transport: Any

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Seen] = []
        self.is_refused = False
        self._count = self._size = self._body = 0

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        if self.line_mode and not self._busyReceiving and b"\n" in self._buffer:
            self._respondToBadRequestAndDisconnect()

    def lineReceived(self, line: bytes) -> None:
        if self.is_refused:
            return
        if self._count or line:
            self._count += 1
        if self._count > 1:
            self._size += len(line)
            if len(line) > LONGEST_HEADER or self._size > ALL_HEADERS or self._count > MOST_HEADERS + 2:
                self._respondToBadRequestAndDisconnect()
                return
        is_plain = self._count != 1 or all(b" " <= bytes([byte]) <= b"~" for byte in line)
        if b"\n" in line or b"\r" in line or not is_plain:
            self._respondToBadRequestAndDisconnect()
            return
        if not line and self._count:
            self._count = self._size = self._body = 0
        super().lineReceived(line)

    def _maybeChooseTransferDecoder(self, header: bytes, data: bytes) -> bool:
        can_go_on: bool = super()._maybeChooseTransferDecoder(header, data)
        if isinstance(self._transferDecoder, http._ChunkedTransferDecoder):
            self._transferDecoder = _Chunks(self.requests[-1].handleContentChunk, self._finishRequestBody)
        return can_go_on

    def lineLengthExceeded(self, line: bytes) -> None:
        self._respondToBadRequestAndDisconnect()

    def allHeadersReceived(self) -> None:
        headers, version = self.requests[-1].requestHeaders, self._version
        hosts = headers.getRawHeaders(b"Host", [])
        encodings = headers.getRawHeaders(b"Transfer-Encoding", [])
        is_old = version == b"HTTP/1.0"
        is_clear = len(hosts) == 1 or (not hosts and is_old)
        is_clear = is_clear and all(is_host(host.decode("latin-1")) for host in hosts)
        is_clear = is_clear and (not encodings or (not is_old and [one.lower() for one in encodings] == [b"chunked"]))
        is_clear = is_clear and (own_target(self._path, Here()) is not None or (self._command, self._path) == OF_SERVER)
        if not is_clear or (self.length or 0) > LARGEST:
            self._respondToBadRequestAndDisconnect()
            return
        super().allHeadersReceived()

    def rawDataReceived(self, data: bytes) -> None:
        if not self.is_refused:
            super().rawDataReceived(data)
            if self.requests and self.requests[-1].content.tell() > LARGEST:
                self._respondToBadRequestAndDisconnect()

    def checkPersistence(self, request: Any, version: bytes) -> bool:
        connection = b",".join(request.requestHeaders.getRawHeaders(b"Connection", []))
        return version == b"HTTP/1.1" and b"close" not in connection.lower().replace(b",", b" ").split()

    def allContentReceived(self) -> None:
        if not self.is_refused:
            super().allContentReceived()

    def _respondToBadRequestAndDisconnect(self) -> None:
        self.is_refused = True


def read_by_twisted(data: bytes) -> list[Seen]:
    """Return the requests that Twisted's channel reads."""
    channel = StockChannel()
    channel.makeConnection(StringTransport())
    channel.dataReceived(data)
    channel.connectionLost(Failure(ConnectionDone()))
    return channel.seen
