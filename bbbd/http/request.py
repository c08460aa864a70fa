"""One request: reading its head and body, and writing its answer.

The Protocols are the interfaces of the connection and the site that a request needs, and of the body that those need.
So ``channel.py`` imports this module, and ``site.py`` imports both.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Protocol, cast
from urllib.parse import unquote_to_bytes

from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web import server
from twisted.web.resource import IResource

from bbbd.http.body_budget import HELD_IN_MEMORY
from bbbd.http.incoming_body import BodySink, IncomingBody
from bbbd.http.page_headers import protect
from bbbd.http.piece_sender import PieceSender
from bbbd.settings.current import CurrentSettings

_log = Logger()

#: Turns random bytes into letters.
_AS_LETTERS = bytes(ord("a") + number % 26 for number in range(256))


class BodyRefusal(Enum):
    """The reason why a body is not read."""

    TOO_LARGE = auto()
    #: The limit of all bodies together is reached, or the disk is nearly full.
    NO_ROOM = auto()


class Upgraded(Protocol):
    """The protocol that a connection was upgraded to. Only ``lost`` is called on a closed connection."""

    def received(self, data: bytes) -> None:
        """Receive bytes."""

    def lost(self) -> None:
        """Handle the end of the connection."""

    def pause_writing(self) -> None:
        """Pause writing: the client does not read fast enough."""

    def resume_writing(self) -> None:
        """Resume writing: the client has read everything."""

    def stop(self) -> None:
        """Close politely: the server stops."""


class RequestSite(Protocol):
    """The site, as requests see it."""

    current: CurrentSettings

    def own_target(self, target: bytes) -> bytes:
        """Return the path and query of a target on this site."""

    def caller_of(self, request: Request) -> str:
        """Return the caller's address."""

    def date(self) -> bytes:
        """Return the date for a header."""

    def seconds(self) -> float:
        """Return the time of connections, in seconds."""

    def getResourceFor(self, request: Any) -> IResource:
        """Return the resource of a request's path."""


class RequestChannel(Protocol):
    """The connection, as seen by its requests and by the protocol after an upgrade."""

    host: str
    most: int
    refused: bool
    is_secure: bool
    unread_answers: int
    transport: Any

    @property
    def site(self) -> RequestSite:
        """The site of the connection."""

    @property
    def producer(self) -> IPushProducer:
        """The producer of the bytes that are read."""

    def arrive(self, length: int) -> bool:
        """Take account of bytes of a body; return whether there is room for them."""

    def refuse_body(self, why: BodyRefusal) -> None:
        """Refuse a body."""

    def upgrade(self, answer: bytes, protocol: Upgraded) -> None:
        """Switch to another protocol."""

    def write(self, data: bytes) -> None:
        """Write bytes."""

    def linger(self) -> None:
        """Cut the connection if it is still open in a moment."""

    def loseConnection(self) -> None:
        """Close the connection once everything is written."""


def _held_file(directory: str) -> IO[bytes]:
    """Return a file without a name, in memory while it is small; Twisted closes it with the request."""
    return cast("IO[bytes]", SpooledTemporaryFile(HELD_IN_MEMORY, dir=directory))


class Request(server.Request):
    """A request with its raw query, which is what the checksum signs."""

    content: IO[bytes]
    channel: RequestChannel  # type: ignore[assignment] # Twisted names its own class
    query = b""
    body_length = 0
    caller = ""
    request_id = ""
    incoming: BodySink | None = None

    def gotLength(self, length: int | None) -> None:
        """Choose where the body is held, unless it has a sink."""
        if self.incoming is not None or (length is not None and length <= HELD_IN_MEMORY):
            self.content = BytesIO()
        else:
            directory = self.channel.site.current.settings.directory
            self.content = _held_file(str(directory))

    def connectionLost(self, reason: Failure) -> None:
        """Discard a body that will not arrive whole."""
        if self.incoming:
            self.incoming.drop()
        super().connectionLost(reason)

    def handleContentChunk(self, data: bytes) -> None:
        """Receive a piece of the body. A body of unknown length may turn out too large."""
        self.body_length += len(data)
        if self.channel.refused:
            return
        if self.body_length > self.channel.most:
            self.channel.refuse_body(BodyRefusal.TOO_LARGE)
        elif not self.channel.arrive(len(data)):
            self.channel.refuse_body(BodyRefusal.NO_ROOM)
        elif self.incoming:
            self.incoming.take(data)
        else:
            self._hold(data)

    def _hold(self, data: bytes) -> None:
        try:
            self.content.write(data)
        except OSError as fault:
            _log.error("a request's body cannot be held: {why}", event="body_not_held", why=str(fault))
            self.channel.refuse_body(BodyRefusal.NO_ROOM)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """Parse the request. Unlike Twisted's own method it reads no parameters: the calls do."""
        self.content.seek(0)
        self.args: dict[bytes, list[bytes]] = {}
        self.method, self.uri, self.clientproto = command, path, version
        target = self.channel.site.own_target(path)
        self.path, _, self.query = target.partition(b"?")
        self.caller = self.channel.site.caller_of(self)
        self.request_id = os.urandom(8).translate(_AS_LETTERS).decode()
        self.process()

    def header(self, name: bytes) -> str | None:
        """Return a header's last value, None when it was not sent. Its bytes may be anything."""
        values = self.requestHeaders.getRawHeaders(name)
        return values[-1].decode("latin-1") if values else None

    @property
    def gone(self) -> bool:
        """Whether the client has disconnected, as it may while an answer is prepared."""
        return bool(self._disconnected)

    def process(self) -> None:
        """Find the resource and have it answer."""
        site = self.channel.site
        self.site = site  # type: ignore[assignment] # as above
        self.prepath = []
        self.postpath = [unquote_to_bytes(part) for part in self.path[1:].split(b"/")]
        try:
            self.render(site.getResourceFor(self))
        except Exception:
            self.processingFailed(Failure())

    def answer(self, body: bytes, content_type: bytes) -> None:
        """Write a whole answer at once, unless the client has disconnected."""
        if self.finished or self.gone:
            return
        self.write_head(content_type, len(body), b"" if self.method == b"HEAD" else body)
        self.finish()

    def answer_in_pieces(self, pieces: Sequence[bytes], content_type: bytes) -> None:
        """Write a long answer, as fast as the client reads it, unless the client has disconnected."""
        if self.finished or self.gone:
            return
        self.write_head(content_type, sum(map(len, pieces)))
        if self.method == b"HEAD":
            self.finish()
        else:
            PieceSender(self, pieces).send()

    def write_head(self, content_type: bytes, length: int, body: bytes = b"") -> None:
        """Write the head of an answer, and with it what there is of its body."""
        self._protect(content_type)
        parts = [
            b"%b %d %b\r\nServer: bbbd\r\nDate: %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n"
            % (self.clientproto, self.code, self.code_message, self.channel.site.date(), content_type, length),
            b"X-Content-Type-Options: nosniff\r\nX-Request-Id: %b\r\n" % self.request_id.encode(),
        ]
        # Headers has removed line ends from names and values.
        parts += [
            b"%b: %b\r\n" % (name, value)
            for name, values in self.responseHeaders.getAllRawHeaders()
            for value in values
        ]
        parts += b"\r\n", body
        self.startedWriting = 1
        self.channel.unread_answers += len(body)
        self.channel.write(b"".join(parts))

    def write_piece(self, piece: bytes) -> None:
        """Write the next piece of an answer whose head is written."""
        self.channel.unread_answers += len(piece)
        self.channel.write(piece)

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Begin an answer whose body follows, or that has none. ``headers`` contain its length."""
        self.setResponseCode(status)
        own = {"Server": "bbbd", "Date": self.channel.site.date().decode(), "X-Content-Type-Options": "nosniff"}
        for name, value in {**own, "X-Request-Id": self.request_id, **headers}.items():
            self.responseHeaders.setRawHeaders(name, [value])
        self._protect(headers.get("Content-Type", "").encode())
        self.write(b"")

    def _protect(self, content_type: bytes) -> None:
        """Complete the headers that protect the client."""
        settings = self.channel.site.current.settings
        protect(self.responseHeaders, content_type, settings.client_frames)
        if self.channel.is_secure:
            self.setHeader(b"Strict-Transport-Security", b"max-age=%d" % settings.hsts_seconds)

    def processingFailed(self, reason: Failure) -> None:
        """Answer an unforeseen failure with a bare 500, without a traceback or a page."""
        _log.failure("a request failed", reason, event="request_failed", request=self.request_id)
        self.setResponseCode(500)
        self.answer(b"Something went wrong on the server.\n", b"text/plain;charset=utf-8")


class BodyPolicy(Protocol):
    """Decides about the body of a request, given its path and method, before it is read."""

    def largest(self, request: Request, path: bytes, method: bytes) -> int:
        """Return the most bytes of the body."""

    def refusal(
        self, request: Request, path: bytes, method: bytes, query: bytes, why: BodyRefusal
    ) -> tuple[int, bytes, bytes] | None:
        """Return status, type and text for a body that is not read; None is a bare 413."""

    def incoming(self, request: Request, path: bytes, method: bytes, query: bytes) -> IncomingBody:
        """Return the decision about the body: its sink, and its use of the budget."""
