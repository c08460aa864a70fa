"""One connection to a receiver: a request at a time, of whose answer the status and the start of the body count.

An answer that ends where its head says leaves the connection open for the next request. Whatever is less clear than
that ends it: nothing of one answer can be taken for the next one.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Any, NamedTuple

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall, IHandshakeListener, IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.tcp import Connection
from twisted.python.failure import Failure
from twisted.web.http import _ChunkedTransferDecoder, _MalformedChunkedDataError
from zope.interface import implementer

from bbbd.egress.response_limits import MOST_BODY, MOST_BYTES, MOST_STARTED, refuse_unnamed

_STATUS = re.compile(rb"HTTP/(\d)\.(\d) +(\d{3})(?: +(.*))?")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_NO_BODY = (204, 304)
#: Seconds until a connection is cut off that does not close.
LINGER = 5


class ReceivedAnswer(NamedTuple):
    """An answer: its status, its status line, and the start of its body."""

    status: int
    status_line: str
    start: bytes


class BadAnswer(Exception):
    """Bytes that are no answer of HTTP/1."""


class _Framing(Enum):
    """Where a body ends."""

    LENGTH = auto()
    CHUNKED = auto()
    CLOSE = auto()


class _Head(NamedTuple):
    status: int
    line: str
    framing: _Framing
    length: int
    #: The connection stays open behind this answer.
    stays: bool


def _read_head(data: bytes) -> _Head:
    """Return a head. Raises ``BadAnswer``."""
    first, *lines = data.replace(b"\r\n", b"\n").split(b"\n")
    found = _STATUS.fullmatch(first.strip())
    if found is None:
        raise BadAnswer("its answer is not HTTP")
    major, minor, status, phrase = found.groups()
    line = b"HTTP/%b.%b %b %b" % (major, minor, status, phrase or b"")
    lengths: set[bytes] = set()
    encodings, connection = [], b""
    is_clear = (major, minor) == (b"1", b"1")
    for one in lines:
        name, colon, value = one.partition(b":")
        is_clear = is_clear and bool(colon) and name == name.strip()
        name, value = name.strip().lower(), value.strip().lower()
        if name == b"content-length":
            lengths.update(part.strip() for part in value.split(b","))
        elif name == b"transfer-encoding":
            encodings.append(value)
        elif name == b"connection":
            connection += b"," + value
    framing, length = _Framing.CLOSE, 0
    if encodings == [b"chunked"]:
        framing, is_clear = _Framing.CHUNKED, is_clear and not lengths
    elif int(status) in _NO_BODY:
        framing = _Framing.LENGTH
    elif not encodings and len(lengths) == 1 and (text := lengths.pop()).isdigit() and len(text) < 19:
        framing, length = _Framing.LENGTH, int(text)
    stays = is_clear and framing is not _Framing.CLOSE and b"close" not in connection
    return _Head(int(status), line.decode("latin-1").strip(), framing, length, stays)


@implementer(IHandshakeListener)
class ReceiverConnection(Protocol):
    """A connection. ``is_open`` says whether it can take a request."""

    transport: Any

    def __init__(self, timer: IReactorTime) -> None:
        self.is_open = False
        self._timer = timer
        #: Whether anything was left to Twisted to send, behind which all else goes.
        self._is_crowded = False
        self._lingering: IDelayedCall | None = None
        self._answered: Deferred[ReceivedAnswer] | None = None
        self._reset()

    def _reset(self) -> None:
        self._buffer = bytearray()
        self._start = b""
        self._head: _Head | None = None
        self._taken = self._body = 0
        self._chunks: Any = None

    def connectionMade(self) -> None:
        """Be open."""
        self.is_open = True

    def handshakeCompleted(self) -> None:
        """Refuse a certificate whose names cannot be read."""
        refuse_unnamed(self.transport)

    @property
    def is_heard(self) -> bool:
        """Whether anything of the present answer has come."""
        return self._taken > 0

    def ask(self, request: bytes) -> Deferred[ReceivedAnswer]:
        """Send a request. Its answer fails with the reason for which the connection ended without one."""
        assert self._answered is None
        self._reset()
        self._answered = Deferred(self._cancel)
        self._send(request)
        return self._answered

    def _send(self, request: bytes) -> None:
        """Send a request at once as far as there is room, for which Twisted would have epoll asked in the next turn."""
        sent = 0
        if isinstance(self.transport, Connection) and not self._is_crowded:
            taken = self.transport.writeSomeData(request)
            sent = taken if isinstance(taken, int) else 0
        if sent < len(request):
            # Of a connection that is lost, this finds out why.
            self._is_crowded = True
            self.transport.write(request[sent:])

    def _cancel(self, _answered: Deferred[ReceivedAnswer]) -> None:
        """Give up waiting. The status that is known by now is the answer."""
        if self._head is None:
            self._fail(CancelledError())
        else:
            self._finish(stays=False)

    def dataReceived(self, data: bytes) -> None:
        """Receive bytes within the limits."""
        self._taken += len(data)
        if self._answered is None or self._taken > MOST_BYTES:
            # Nobody asked, or it is an endless head.
            self._cut()
        elif self._head is None:
            self._buffer += data
            # Its end may have begun in the piece before. Pieces may be single bytes, so nothing is searched twice.
            self._read_heads(max(0, len(self._buffer) - len(data) - 3))
        else:
            self._take(data)

    def _read_heads(self, begin: int) -> None:
        while (end := _HEAD_END.search(self._buffer, begin)) is not None:
            try:
                head = _read_head(bytes(self._buffer[: end.start()]))
            except BadAnswer as fault:
                self._fail(fault)
                return
            del self._buffer[: end.end()]
            begin = 0
            if head.status >= 200 or head.status == 101:
                self._begin_body(head)
                return

    def _begin_body(self, head: _Head) -> None:
        self._head = head
        data, self._buffer = bytes(self._buffer), bytearray()
        if head.framing is _Framing.CHUNKED:
            self._chunks = _ChunkedTransferDecoder(self._discard, self._end)
        if data or (head.framing is _Framing.LENGTH and not head.length):
            self._take(data)

    def _take(self, data: bytes) -> None:
        """Receive bytes of the body."""
        head = self._head
        assert head is not None
        if head.framing is _Framing.CHUNKED:
            try:
                self._chunks.dataReceived(data)
            except _MalformedChunkedDataError:
                self._finish(stays=False)
        elif head.framing is _Framing.CLOSE:
            self._discard(data)
        else:
            rest = data[head.length - self._body :]
            self._discard(data[: head.length - self._body])
            if self._answered is not None and self._body == head.length:
                self._end(rest)

    def _discard(self, data: bytes) -> None:
        """Discard bytes of a body but for the first, and end when they are too many."""
        self._start += data[: max(0, MOST_STARTED - len(self._start))]
        self._body += len(data)
        if self._body > MOST_BODY:
            self._finish(stays=False)

    def _end(self, rest: bytes) -> None:
        """Finish: the body is complete."""
        if self._answered is not None:
            assert self._head is not None
            self._finish(stays=self._head.stays and not rest)

    def _finish(self, *, stays: bool) -> None:
        answered, self._answered = self._answered, None
        head = self._head
        if answered is None or head is None:
            return
        if not stays:
            self.close()
        answered.callback(ReceivedAnswer(head.status, head.line, self._start))

    def _fail(self, fault: Exception) -> None:
        answered, self._answered = self._answered, None
        self._cut()
        if answered is not None:
            answered.errback(fault)

    def close(self) -> None:
        """End the connection, after a moment even if the receiver does not read what it was sent."""
        if self.is_open:
            self.is_open = False
            self._lingering = self._timer.callLater(LINGER, self.transport.abortConnection)
            self.transport.loseConnection()

    def _cut(self) -> None:
        self.is_open = False
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Finish with what is known."""
        self.is_open = False
        if self._lingering is not None and self._lingering.active():
            self._lingering.cancel()
        if self._head is not None:
            self._finish(stays=False)
        elif self._answered is not None:
            answered, self._answered = self._answered, None
            answered.errback(reason)
