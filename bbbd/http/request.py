"""One request: reading its head and body, and writing its answer.

The Protocols are the interfaces of the connection and the site that a request needs, and of the body that those need.
So ``channel.py`` imports this module, and ``site.py`` imports both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from random import Random
from typing import IO, Any, Protocol
from urllib.parse import unquote_to_bytes

from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import NO_BODY_CODES, RESPONSES

from bbbd.http.head import Head
from bbbd.http.incoming_body import BodyRefusal, BodySink, IncomingBody
from bbbd.http.page_headers import protect
from bbbd.http.piece_sender import AT_ONCE, PieceSender
from bbbd.http.upgraded import Upgraded
from bbbd.settings.current import CurrentSettings

_log = Logger()

#: The method and target that ask what the server as a whole can do, and the methods that it knows.
OF_SERVER = (b"OPTIONS", b"*")
METHODS = b"GET, HEAD, POST, PATCH, OPTIONS"

_random = Random()  # noqa: S311 - nobody must guess the name of a request
#: Turns random bytes into letters.
_AS_LETTERS = bytes(ord("a") + number % 26 for number in range(256))


class RequestSite(Protocol):
    """The site, as requests see it."""

    current: CurrentSettings

    def caller_of(self, request: Request) -> str:
        """Return the caller's address."""

    def date(self) -> bytes:
        """Return the date for a header."""

    def seconds(self) -> float:
        """Return the time of connections, in seconds."""

    @property
    def resource(self) -> Any:
        """The root of the tree of resources."""


class RequestChannel(Protocol):
    """The connection, as seen by its requests and by the protocol after an upgrade."""

    host: str
    is_secure: bool
    transport: Any

    @property
    def site(self) -> RequestSite:
        """The site of the connection."""

    @property
    def producer(self) -> IPushProducer:
        """The producer of the bytes that are read."""

    def upgrade(self, answer: bytes, protocol: Upgraded) -> None:
        """Switch to another protocol."""

    def write(self, data: bytes, of_body: int = 0) -> None:
        """Write bytes, so many of them of the body of an answer."""

    def linger(self) -> None:
        """Cut the connection if it is still open in a moment."""

    def loseConnection(self) -> None:
        """Close the connection once everything is written."""

    def registerProducer(self, producer: IPushProducer) -> None:
        """Pause and resume a producer of an answer as the client reads."""

    def unregisterProducer(self) -> None:
        """Release the producer."""

    def answered(self) -> None:
        """Read the next request: the present one is answered."""


class Request:
    """One request, and its answer. A resource of Twisted's tree renders it."""

    #: The status of the answer and its phrase.
    code, code_message = 200, RESPONSES[200]
    body_length = 0
    incoming: BodySink | None = None
    finished = False
    #: Whether the client has disconnected, as it may while an answer is prepared.
    gone = False
    _has_body = True
    #: Whether the head of the answer is written.
    _has_begun = False
    _producer: IPushProducer | None = None

    def __init__(self, channel: RequestChannel, head: Head, path: bytes, query: bytes) -> None:
        self.channel = channel
        self.method, self.version, self.headers = head.method, head.section.version, head.section.headers
        #: The raw query is what the checksum signs.
        self.path, self.query = path, query
        self.postpath: list[bytes] = []
        self.caller = channel.site.caller_of(self)
        self.request_id = ""
        self.content: IO[bytes] = BytesIO()
        #: Header fields of the answer. Their names are written as they are.
        self.answer_headers: dict[bytes, list[bytes]] = {}

    def connectionLost(self) -> None:
        """Discard a body that will not arrive whole, and stop the answer."""
        if self.incoming:
            self.incoming.drop()
        self.gone = True
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.stopProducing()
        self.content.close()

    def process(self) -> None:
        """Find the resource and have it answer: the whole body is there."""
        site = self.channel.site
        if self.body_length:
            self.content.seek(0)
        self.request_id = _random.randbytes(8).translate(_AS_LETTERS).decode()
        if self.path == OF_SERVER[1]:
            self.setHeader(b"Allow", METHODS)
            self.answer(b"", b"text/plain;charset=utf-8")
            return
        self.postpath = self.path[1:].split(b"/")
        if b"%" in self.path:
            self.postpath = [unquote_to_bytes(part) for part in self.postpath]
        try:
            resource = site.resource
            while self.postpath and not resource.isLeaf:
                resource = resource.getChildWithDefault(self.postpath.pop(0), self)
            resource.render(self)
        except Exception:
            self.processingFailed(Failure())

    def header(self, name: bytes) -> str | None:
        """Return a header's last value, None when it was not sent. Its bytes may be anything."""
        value = self.headers.find(name)
        return None if value is None else value.decode("latin-1")

    def cookie(self, name: bytes) -> bytes | None:
        """Return a cookie's last value, None when it was not sent."""
        pairs = (part.lstrip().partition(b"=") for text in self.headers.select(b"cookie") for part in text.split(b";"))
        return next((value for own, _, value in reversed(list(pairs)) if own == name), None)

    def setResponseCode(self, code: int, message: bytes | None = None) -> None:
        """Set the status of the answer, with its phrase if Twisted lacks it."""
        self.code = code
        self.code_message = RESPONSES.get(code, b"Unknown Status") if message is None else message

    def setHeader(self, name: bytes, value: bytes) -> None:
        """Set a header field of the answer."""
        self.answer_headers[name] = [value]

    def answer(self, body: bytes, content_type: bytes) -> None:
        """Write a whole answer, unless the client has disconnected."""
        if len(body) > AT_ONCE:
            self.answer_in_pieces((body,), content_type)
        elif not (self.finished or self.gone):
            self.write_head(content_type, len(body), b"" if self.method == b"HEAD" else body)
            self.finish()

    def answer_in_parts(self, parts: Sequence[bytes], content_type: bytes) -> None:
        """Write a whole answer, long or short, that is not in one piece yet."""
        if len(parts) == 1:
            self.answer(parts[0], content_type)
        elif sum(map(len, parts)) > AT_ONCE:
            self.answer_in_pieces(parts, content_type)
        else:
            self.answer(b"".join(parts), content_type)

    def answer_in_pieces(self, parts: Sequence[bytes], content_type: bytes) -> None:
        """Write a long answer, as fast as the client reads it, unless the client has disconnected."""
        if self.finished or self.gone:
            return
        self.write_head(content_type, sum(map(len, parts)))
        if self.method == b"HEAD":
            self.finish()
        else:
            PieceSender(self, parts).send()

    def write_head(self, content_type: bytes, length: int, body: bytes = b"") -> None:
        """Write the head of an answer, and with it what there is of its body."""
        self._protect(content_type)
        first = b"Content-Type: %b\r\nContent-Length: %d\r\nX-Content-Type-Options: nosniff\r\n" % (
            content_type,
            length,
        )
        self.channel.write(self._head(first) + body, len(body))

    def write_piece(self, piece: bytes) -> None:
        """Write the next piece of an answer whose head is written."""
        self.channel.write(piece, len(piece))

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Begin an answer whose body follows, or that has none. ``headers`` contain its length."""
        self.setResponseCode(status)
        for name, value in headers.items():
            self.answer_headers[name.encode("latin-1")] = [value.encode()]
        self._protect(headers.get("Content-Type", "").encode())
        self._has_body = self.method != b"HEAD" and status not in NO_BODY_CODES
        self.channel.write(self._head(b"X-Content-Type-Options: nosniff\r\n"))

    def _head(self, first: bytes) -> bytes:
        """Return the head of the answer, with some header fields before those that were set."""
        self._has_begun = True
        head = b"%b %d %b\r\nServer: bbbd\r\nDate: %b\r\n%bX-Request-Id: %b\r\n" % (
            self.version,
            self.code,
            self.code_message,
            self.channel.site.date(),
            first,
            self.request_id.encode(),
        )
        for name, values in self.answer_headers.items():
            for value in values:
                # A line's end would begin another header field.
                head += b"%b: %b\r\n" % (name, b" ".join(value.splitlines()))
        return head + b"\r\n"

    def write(self, data: bytes) -> None:
        """Write a piece of the body of an answer that has begun."""
        if self._has_body and not self.gone:
            self.channel.write(data)

    def finish(self) -> None:
        """End the answer, all of which has been written."""
        if self.finished or self.gone:
            return
        self.finished = True
        self.content.close()
        self.channel.answered()

    def registerProducer(self, producer: IPushProducer) -> None:
        """Have a producer write the body, as fast as the client reads it."""
        self._producer = producer
        self.channel.registerProducer(producer)

    def unregisterProducer(self) -> None:
        """Release the producer, which has written all."""
        self._producer = None
        self.channel.unregisterProducer()

    def loseConnection(self) -> None:
        """Close the connection once everything is written, however incomplete the answer is."""
        if not self.gone and not self.finished:
            self.channel.loseConnection()

    def _protect(self, content_type: bytes) -> None:
        """Complete the headers that protect the client."""
        settings = self.channel.site.current.settings
        protect(self.answer_headers, content_type, settings.client_frames)
        if self.channel.is_secure:
            self.setHeader(b"Strict-Transport-Security", b"max-age=%d" % settings.hsts_seconds)

    def processingFailed(self, reason: Failure) -> None:
        """Answer an unforeseen failure with a bare 500, without a traceback or a page, or break an answer off."""
        _log.failure("a request failed", reason, event="request_failed", request=self.request_id)
        if self._has_begun:
            self.loseConnection()
            return
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
