"""The HTTP side: a site, its requests, and who sent them; ``channel.py`` has the limits of connections.

Time limits are looked at once a second, by one reaper for all connections.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from typing import IO, Any, Protocol
from urllib.parse import unquote_to_bytes, urlsplit

from twisted.internet.interfaces import IAddress
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web import server
from twisted.web.http import datetimeToString
from twisted.web.resource import IResource

from bbbd.clock import HasSeconds
from bbbd.http.channel import Channel, address_of, host_of
from bbbd.settings.current import CurrentSettings

_log = Logger()

#: Connections of one address that is no trusted proxy.
MOST_OF_ONE_ADDRESS = 1000
#: Turns random bytes into letters.
_AS_LETTERS = bytes(ord("a") + number % 26 for number in range(256))


class BodySink(Protocol):
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
    incoming: BodySink | None = None

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

    @property
    def gone(self) -> bool:
        """Whether whoever asked has gone, as they may while an answer is fetched."""
        return bool(self._disconnected)

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
        if self.finished or self.gone:
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


class BodyPolicy(Protocol):
    """Decides about the body of a request, given its path and method, before it is read."""

    def largest(self, request: Request, path: bytes, method: bytes) -> int:
        """Return how many bytes it may have."""

    def too_large(self, request: Request, path: bytes, method: bytes, query: bytes) -> tuple[int, bytes, bytes] | None:
        """Return status, type and text when it has more; None is a bare 413."""

    def incoming(self, request: Request, path: bytes, method: bytes, query: bytes) -> BodySink | None:
        """Return where it goes, None when it is kept as any."""


class Site(server.Site):
    """The site of one server: its connections, and the limits on how many there are."""

    requestFactory = Request
    protocol = Channel  # type: ignore[assignment] # without the stock wrapper that would negotiate HTTP/2
    noisy = False

    def __init__(
        self,
        resource: IResource,
        clock: HasSeconds,
        current: CurrentSettings,
        bodies: BodyPolicy,
        refused: Callable[[str, str], None],
    ) -> None:
        super().__init__(resource, parsePOSTFormSubmission=False, timeout=None, reactor=clock)
        self.seconds = clock.seconds
        self.current = current
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
        settings, host = self.current.settings, host_of(addr)
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
        own = urlsplit(self.current.settings.server_url)
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
        return any(address_of(host) in network for network in self.current.settings.trusted_proxies)

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
                caller = str(address_of(address))
            except ValueError:
                break
        return caller or "unix"
