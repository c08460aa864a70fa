"""The HTTP side: what a request may be, how large and how slow, and who sent it.

Twisted's channel reads HTTP; here are the limits around it. Before a request line and head are complete no call
is known, so what is wrong with them gets a bare status and the connection is closed. A body that is too large is
refused before it is read. Time limits are looked at once a second, by one reaper for all connections.
"""

from __future__ import annotations

import ipaddress
import os
from collections import Counter
from collections.abc import Callable, Mapping
from typing import IO, Any, Protocol, cast
from urllib.parse import unquote_to_bytes, urlsplit

from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol, IPushProducer, ITCPTransport
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web import server
from twisted.web.http import RESPONSES, HTTPChannel, datetimeToString
from twisted.web.resource import IResource
from zope.interface import implementer

from bbbd.clock import HasSeconds
from bbbd.settings import Settings

_log = Logger()

#: Limits of the head, in bytes and lines.
LONGEST_LINE = 64 << 10
LONGEST_HEADER = 16 << 10
ALL_HEADERS = 64 << 10
MOST_HEADERS = 100
#: An answer is taken within so many seconds, and more for long ones: a second for so many bytes.
TAKE_WITHIN = 30
TAKE_RATE = 64 << 10
#: Seconds: for a head, for a body to begin with and then for each KiB of it, between requests, to hang up when told.
HEAD_WITHIN = 15
BODY_WITHIN = 30
IDLE = 75
LINGER = 5
#: Connections of one address that is no trusted proxy.
MOST_OF_ONE_ADDRESS = 1000
_STATUS = {
    400: b"Bad Request", 408: b"Request Timeout", 413: b"Content Too Large", 414: b"URI Too Long",
    431: b"Request Header Fields Too Large",
}  # fmt: skip


#: Turns random bytes into letters.
_AS_LETTERS = bytes(ord("a") + number % 26 for number in range(256))


class Body(Protocol):
    """Where a body goes while it comes, that is not kept as any."""

    def take(self, data: bytes) -> None:
        """Take a piece."""

    def drop(self) -> None:
        """Forget it, unless it is being kept: its end will not come, or nobody wants it."""


class Request(server.Request):
    """A request whose query stays raw, as it is what was signed."""

    content: IO[bytes]
    channel: Channel
    query = b""
    body_length = 0
    caller = ""
    mark = ""
    incoming: Body | None = None

    def gotLength(self, length: int | None) -> None:
        """Choose where the body is kept: some go to a file of their own."""
        self.incoming = self.channel.incoming(self)
        super().gotLength(0 if self.incoming else length)

    def connectionLost(self, reason: Failure) -> None:
        """Forget a body that will not come to its end."""
        if self.incoming:
            self.incoming.drop()
        super().connectionLost(reason)

    def handleContentChunk(self, data: bytes) -> None:
        """Take a piece of the body; one of unknown length may turn out too large."""
        self.body_length += len(data)
        if self.body_length > self.channel.most:
            self.channel.refuse_body()
        elif self.incoming:
            self.incoming.take(data)
        elif not self.channel.refused:
            super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """Take the request apart. Unlike Twisted's own, it reads no parameters: the calls do."""
        self.content.seek(0)
        self.args: dict[bytes, list[bytes]] = {}
        self.method, self.uri, self.clientproto = command, path, version
        target = self.channel.site.own_target(path)
        self.path, _, self.query = target.partition(b"?")
        self.caller = self.channel.site.caller_of(self)
        self.mark = os.urandom(8).translate(_AS_LETTERS).decode()
        self.process()

    def header(self, name: bytes) -> str | None:
        """Return a header's last value, None when it was not sent. Its bytes may be anything."""
        values = self.requestHeaders.getRawHeaders(name)
        return values[-1].decode("latin-1") if values else None

    def process(self) -> None:
        """Find the resource and let it answer."""
        self.site = self.channel.site
        self.prepath = []
        self.postpath = [unquote_to_bytes(part) for part in self.path[1:].split(b"/")]
        try:
            self.render(self.site.getResourceFor(self))
        except Exception:
            self.processingFailed(Failure())

    def answer(self, body: bytes, content_type: bytes) -> None:
        """Write a whole answer, in one go; nothing when whoever asked has gone."""
        if self.finished or self._disconnected:
            return
        parts = [
            b"%b %d %b\r\nServer: bbbd\r\nDate: %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n"
            % (self.clientproto, self.code, self.code_message, self.channel.site.date(), content_type, len(body)),
            b"X-Content-Type-Options: nosniff\r\nX-Request-Id: %b\r\n" % self.mark.encode(),
        ]
        # Names and values are Headers' own: no line end can be in them.
        parts += [
            b"%b: %b\r\n" % (name, value)
            for name, values in self.responseHeaders.getAllRawHeaders()
            for value in values
        ]
        parts.append(b"\r\n")
        if self.method != b"HEAD":
            parts.append(body)
            self.channel.answered += len(body)
        self.startedWriting = 1
        self.channel.write(b"".join(parts))
        self.finish()

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Begin an answer whose body follows, or has none. ``headers`` say its length."""
        self.setResponseCode(status)
        own = {"Server": "bbbd", "Date": self.channel.site.date().decode(), "X-Content-Type-Options": "nosniff"}
        for name, value in {**own, "X-Request-Id": self.mark, **headers}.items():
            self.responseHeaders.setRawHeaders(name, [value])
        self.write(b"")

    def processingFailed(self, reason: Failure) -> None:
        """Answer what nobody foresaw with a bare 500; never a traceback, never a page."""
        _log.failure("a request failed", reason, event="request_failed", request=self.mark)
        self.setResponseCode(500)
        self.answer(b"Something went wrong on the server.\n", b"text/plain;charset=utf-8")


@implementer(IHalfCloseableProtocol)
class Channel(HTTPChannel):
    """A connection, with the limits of its heads and bodies."""

    MAX_LENGTH = LONGEST_LINE
    totalHeadersSize = LONGEST_LINE + ALL_HEADERS + MOST_HEADERS
    maxHeaders = MOST_HEADERS + 1
    site: Site
    requests: list[Request]

    def __init__(self) -> None:
        super().__init__()
        self.refused = self.closing = self._heard_all = False
        self.most = 0
        self.host = ""
        self.begun: float | None = None
        self.until: float | None = None
        self.taken_by: float | None = None
        self.answered = 0
        self._lines = 0
        self._head_size = 0

    def connectionMade(self) -> None:
        """Begin to wait for a request."""
        super().connectionMade()
        self.host = _host(self.getPeer())
        self.until = self.site.seconds() + IDLE
        self.site.opened(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Forget the connection."""
        self.site.closed(self)
        super().connectionLost(reason)

    def readConnectionLost(self) -> None:
        """Answer what is in hand when the other side has said all it will say, then close."""
        self._heard_all = True
        if not self._handlingRequest:
            self.loseConnection()

    def writeConnectionLost(self) -> None:
        """Go on reading until the other side has closed too."""

    def dataReceived(self, data: bytes) -> None:
        """Take bytes. The time for a head runs from its first one."""
        if self.refused:
            return
        if self.begun is None and not self._handlingRequest:
            self.begun = self.site.seconds()
            self.until = self.begun + HEAD_WITHIN
        super().dataReceived(data)
        if self.line_mode and not self._busyReceiving and not self.paused and b"\n" in self._buffer:
            # Whole lines were taken out, so what is left has a line end of another kind.
            self.refuse(400)
        elif self.line_mode and self._buffer and self.begun is None and not self.refused:
            # The beginning of the next head came with the end of this request.
            self.begun = self.site.seconds()
            self.until = self.begun + HEAD_WITHIN

    def lineReceived(self, line: bytes) -> None:
        """Take a line of the head, within limits."""
        if self.refused:
            return None
        if self._lines or line:
            self._lines += 1
        if self._lines > 1:
            self._head_size += len(line)
            if len(line) > LONGEST_HEADER or self._head_size > ALL_HEADERS or self._lines > MOST_HEADERS + 2:
                return self.refuse(431)
            if b"\n" in line or b"\r" in line:
                return self.refuse(400)
        if not line and self._lines:
            self._lines = self._head_size = 0
        super().lineReceived(line)
        return None

    def rawDataReceived(self, data: bytes) -> None:
        """Take bytes of a body."""
        if not self.refused:
            super().rawDataReceived(data)

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: ARG002 - Twisted's signature
        """Refuse a line that is too long."""
        self.refuse(431 if self._lines else 414)

    def allHeadersReceived(self) -> None:
        """Decide about the body before it comes."""
        request = self.requests[-1]
        if len(request.requestHeaders.getRawHeaders(b"Host", [])) > 1 or not self.site.is_own(self._path):
            return self.refuse(400)
        path = self.site.own_target(self._path).partition(b"?")[0]
        self.most = self.site.bodies.largest(request, path, self._command)
        if self.length is not None and self.length > self.most:
            return self.refuse_body()
        self.until = None if self.length == 0 else self.site.seconds() + BODY_WITHIN
        super().allHeadersReceived()
        return None

    def incoming(self, request: Request) -> Body | None:
        """Return where the body of a request goes, None when it is kept as any."""
        path, _, query = self.site.own_target(self._path).partition(b"?")
        return self.site.bodies.incoming(request, path, self._command, query)

    @property
    def producer(self) -> IPushProducer:
        """What gives the bytes that are read, and can be held up."""
        producer: IPushProducer = self._networkProducer
        return producer

    def allContentReceived(self) -> None:
        """Let the request be answered; its answer has no time limit here."""
        if self.refused:
            return
        self.until = None
        super().allContentReceived()

    def requestDone(self, request: Request) -> None:
        """Wait for the next request."""
        self.begun, self.until = None, self.site.seconds() + IDLE
        if self.taken_by is None:
            self.answered = 0
        super().requestDone(request)
        if self._heard_all and not self._handlingRequest:
            self.loseConnection()

    def close_when_done(self) -> None:
        """Close as soon as no request is in hand."""
        self.persistent = False
        if self.line_mode and not self._handlingRequest:
            self.loseConnection()

    def pauseProducing(self) -> None:
        """Stop reading while the other side does not take what it was answered, however much it goes on to ask."""
        super().pauseProducing()
        self.paused = True
        self._networkProducer.pauseProducing()
        if self.taken_by is None:
            self.taken_by = self.site.seconds() + TAKE_WITHIN + self.answered / TAKE_RATE

    def resumeProducing(self) -> None:
        """Go on: it has taken everything."""
        self.taken_by = None
        self.answered = 0
        self.paused = False
        super().resumeProducing()
        if self.line_mode and self._buffer:
            self.dataReceived(b"")

    def late(self, now: float) -> bool:
        """Tell whether the other side has been too slow."""
        if self.taken_by is not None:
            return now > self.taken_by
        if self.until is None:
            return False
        body = self.requests[-1].body_length if self.requests and not self.line_mode else 0
        return now > self.until + body / 1024

    def time_out(self) -> None:
        """Close; a request that had begun is told why. Whoever does not take that either is cut off."""
        if self.refused or self.closing or self.taken_by is not None:
            cast("ITCPTransport", self.transport).abortConnection()
        elif self.begun is None:
            self.closing = True
            self.until = self.site.seconds() + LINGER
            self.loseConnection()
        else:
            self.refuse(408)

    def refuse(self, status: int) -> None:
        """Answer what is not yet a call with a bare status, and close."""
        self._refuse(b"HTTP/1.1 %d %b\r\nContent-Length: 0\r\n" % (status, _STATUS[status]), b"", str(status))

    def _respondToBadRequestAndDisconnect(self) -> None:
        # Twisted's own answer has no Connection header; it is called for all that its parser refuses.
        self.refuse(400)

    def refuse_body(self) -> None:
        """Answer a body that is too large with the call's own words, and close."""
        request = self.requests[-1]
        path, _, query = self.site.own_target(self._path).partition(b"?")
        answer = self.site.bodies.too_large(request, path, self._command, query)
        if answer is None:
            return self.refuse(413)
        status, content_type, text = answer
        head = b"HTTP/1.1 %d %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n" % (
            status, RESPONSES[status], content_type, len(text),
        )  # fmt: skip
        return self._refuse(head + b"Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\n", text, "body")

    def _refuse(self, head: bytes, body: bytes, limit: str) -> None:
        """Write an answer and close, but read on for a moment: a reset could overtake the answer."""
        if self.refused or self.transport is None:
            return
        self.refused = True
        self.site.refused(self.host, limit)
        self.until = self.site.seconds() + LINGER
        self.transport.write(head + b"Server: bbbd\r\nConnection: close\r\n\r\n" + body)
        if (close_writing := getattr(self.transport, "loseWriteConnection", None)) is not None:
            close_writing()
        else:
            self.loseConnection()


class Bodies(Protocol):
    """Decides about the body of a request, given its path and method, before it is read."""

    def largest(self, request: Request, path: bytes, method: bytes) -> int:
        """Return how many bytes it may have."""

    def too_large(self, request: Request, path: bytes, method: bytes, query: bytes) -> tuple[int, bytes, bytes] | None:
        """Return status, type and text when it has more; None is a bare 413."""

    def incoming(self, request: Request, path: bytes, method: bytes, query: bytes) -> Body | None:
        """Return where it goes, None when it is kept as any."""


class Site(server.Site):
    """The site of one server. ``settings`` returns the current ones."""

    requestFactory = Request
    protocol = Channel  # type: ignore[assignment] # without the stock wrapper that would negotiate HTTP/2
    noisy = False

    def __init__(
        self,
        resource: IResource,
        clock: HasSeconds,
        settings: Callable[[], Settings],
        bodies: Bodies,
        refused: Callable[[str, str], None],
    ) -> None:
        super().__init__(resource, parsePOSTFormSubmission=False, timeout=None, reactor=clock)
        self.seconds = clock.seconds
        self.settings = settings
        self.bodies = bodies
        self.refused = refused
        self.channels: set[Channel] = set()
        self._addresses: Counter[str] = Counter()
        self._date = (-1, b"")

    def startFactory(self) -> None:
        """Begin, without Twisted's own access log: it would hold queries."""

    def log(self, request: Any) -> None:
        """Log nothing here; the API tells of its calls."""

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Take a connection, None to close it at once: too many are open, or too many from one address."""
        settings, host = self.settings(), _host(addr)
        full = settings.max_connections and len(self.channels) >= settings.max_connections
        if full or (self._addresses[host] >= MOST_OF_ONE_ADDRESS and not self._trusted(host)):
            self.refused(host, "connections")
            return None
        return super().buildProtocol(addr)

    def opened(self, channel: Channel) -> None:
        """Count a connection."""
        self.channels.add(channel)
        self._addresses[channel.host] += 1

    def closed(self, channel: Channel) -> None:
        """Count it no longer."""
        self.channels.discard(channel)
        self._addresses[channel.host] -= 1
        if not self._addresses[channel.host]:
            del self._addresses[channel.host]

    def close_idle(self) -> None:
        """Close the connections that wait for a request; the others once theirs is answered."""
        for channel in list(self.channels):
            channel.close_when_done()

    def reap(self) -> None:
        """Close the connections whose other side is too slow. Called once a second."""
        now = self.seconds()
        for channel in [one for one in self.channels if one.late(now)]:
            channel.time_out()

    def date(self) -> bytes:
        """Return the date for a header, made once a second."""
        now = int(self.seconds())
        if now != self._date[0]:
            self._date = (now, datetimeToString())
        return self._date[1]

    def is_own(self, target: bytes) -> bool:
        """Tell whether a request's target is here: a path, or this server's URL with one."""
        if target.startswith(b"/"):
            return True
        try:
            parts = urlsplit(target.decode("ascii"))
        except ValueError:
            return False
        own = urlsplit(self.settings().server_url)
        return parts.scheme in ("http", "https") and parts.netloc.lower() == own.netloc.lower()

    def own_target(self, target: bytes) -> bytes:
        """Return the path and query of a target that is here."""
        if target.startswith(b"/"):
            return target
        rest = target.split(b"//", 1)[-1]
        return b"/" + rest.partition(b"/")[2] if b"/" in rest else b"/"

    def _trusted(self, host: str) -> bool:
        if not host:
            # A unix socket: only what runs on this machine, a proxy, comes by it.
            return True
        return any(_address(host) in network for network in self.settings().trusted_proxies)

    def caller_of(self, request: Request) -> str:
        """Return the caller's address: behind trusted proxies, the right-most one that is none of theirs."""
        caller = request.channel.host
        forwarded = request.requestHeaders.getRawHeaders(b"X-Forwarded-For")
        if not forwarded:
            return caller or "unix"
        for address in reversed([part.strip() for part in b",".join(forwarded).decode("latin-1").split(",")]):
            if not self._trusted(caller):
                break
            try:
                caller = str(_address(address))
            except ValueError:
                break
        return caller or "unix"


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return an address; an IPv4 one also where a listener for both kinds writes it as IPv6."""
    address = ipaddress.ip_address(host)
    return getattr(address, "ipv4_mapped", None) or address


def _host(peer: object) -> str:
    """Return a peer's address as text, empty for a unix socket."""
    host = getattr(peer, "host", "")
    return str(_address(host)) if host else ""
