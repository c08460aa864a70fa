"""httptools in a bare protocol of Twisted answers a constant: what parsing and sockets cost, and nothing else."""

from __future__ import annotations

import sys

import httptools
from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 242\r\n\r\n" + b"x" * 242


class Bare(Protocol):
    """Answers each request, whatever it asks."""

    def connectionMade(self) -> None:
        """Begin to parse."""
        self._parser = httptools.HttpRequestParser(self)

    def dataReceived(self, data: bytes) -> None:
        """Parse."""
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Answer."""
        assert self.transport is not None
        self.transport.write(ANSWER)


factory = Factory.forProtocol(Bare)
reactor.listenTCP(int(sys.argv[1]), factory, interface="127.0.0.1")  # type: ignore[arg-type]
reactor.run()
