"""What a connection to elsewhere may bring: headers that are short, and a body as long as is wanted."""

from __future__ import annotations

import pytest
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport

from bbbd.egress.response_limits import MOST_BYTES, BoundedFactory

MOST = 4 * MOST_BYTES


@pytest.mark.parametrize(
    ("pieces", "is_taken"),
    [
        ([b"HTTP/1.1 200 OK\r\n\r", b"\n", bytes(2 * MOST_BYTES)], True),
        ([b"HTTP/1.1 200 OK\n\n", bytes(2 * MOST_BYTES)], True),
        ([b"HTTP/1.1 200 OK\r\n\r\n", bytes(MOST)], False),
        ([b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n" * 1000] * 50], False),
        ([b"HTTP/1.1 200 OK\r\nX: ", bytes(2 * MOST_BYTES)], False),
    ],
)
def test_headers_are_short_and_a_body_is_as_long_as_is_wanted(pieces: list[bytes], *, is_taken: bool) -> None:
    transport = StringTransport()
    connection = BoundedFactory(Factory.forProtocol(Protocol), MOST).buildProtocol(transport.getPeer())
    assert connection is not None
    connection.makeConnection(transport)
    for piece in pieces:
        connection.dataReceived(piece)
    assert transport.disconnecting is not is_taken
