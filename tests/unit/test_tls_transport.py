"""TLS over a transport without a socket: how each side closes, whatever protocol is above."""

from __future__ import annotations

from pathlib import Path

import pytest
from OpenSSL.SSL import Connection
from tls_servers import CLIENT, SERVER, TlsWire
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface import implementer

from bbbd.daemon.tls_transport import TlsFactory


@implementer(IHalfCloseableProtocol)
class Patient(Protocol):
    """A protocol that goes on when the other side is closed."""

    def __init__(self) -> None:
        self.got = b""
        self.input_ended = False
        self.lost: Failure | None = None

    def dataReceived(self, data: bytes) -> None:
        self.got += data

    def readConnectionLost(self) -> None:
        self.input_ended = True

    def writeConnectionLost(self) -> None:
        """Nothing: this side was closed on purpose."""

    def connectionLost(self, reason: Failure = Failure(ConnectionDone())) -> None:  # noqa: B008 - Twisted's default
        self.lost = reason


class Plain(Protocol):
    """A protocol that knows no half of a connection."""


def opened(protocol: type[Protocol] = Patient) -> TlsWire:
    timer = Clock()
    wire = TlsWire(TlsFactory(lambda: Connection(SERVER), Factory.forProtocol(protocol), timer), CLIENT, timer, "::1")
    wire.shake_hands()
    return wire


def test_an_answer_is_written_after_the_other_side_has_closed() -> None:
    wire = opened()
    wire.send(b"a question")
    wire.client.close_side()
    wire.carry()
    assert (wire.channel.got, wire.channel.input_ended, wire.closed) == (b"a question", True, False)
    wire.tls.write(b"an answer")
    wire.tls.loseConnection()
    assert wire.got() == b"an answer"
    assert wire.client.is_closed
    assert wire.closed


def test_a_side_is_closed_with_a_close_notify_and_the_other_is_read_on() -> None:
    wire = opened()
    wire.tls.write(b"goodbye")
    wire.tls.loseWriteConnection()
    wire.tls.write(b"nothing more")
    wire.tls.loseWriteConnection()
    assert wire.got() == b"goodbye"
    assert wire.client.is_closed
    assert wire.half_closed
    assert not wire.closed
    wire.send(b"still talking")
    assert wire.channel.got == b"still talking"
    wire.tls.loseConnection()
    wire.carry()
    assert wire.closed


def test_it_is_closed_when_both_sides_have_closed() -> None:
    wire = opened()
    wire.tls.loseWriteConnection()
    wire.carry()
    wire.client.close_side()
    wire.carry()
    wire.carry()
    assert wire.closed


def test_a_protocol_without_halves_is_closed_with_the_other_side() -> None:
    wire = opened(Plain)
    wire.client.close_side()
    wire.carry()
    wire.carry()
    assert wire.closed


@pytest.mark.parametrize("ended", [False, True])
def test_a_socket_that_ends_without_a_close_notify_is_lost(*, ended: bool) -> None:
    wire = opened()
    wire.send(b"half of a que")
    if ended:
        wire.client.close_side()
        wire.carry()
    wire.tls.readConnectionLost()
    wire.carry()
    # After a close_notify the end of the socket says nothing new.
    assert wire.closed is not ended
    assert bool(wire.client.alert) is not ended


def test_every_close_may_come_twice_and_after_the_end() -> None:
    for first in ("loseConnection", "abortConnection", "loseWriteConnection"):
        for second in ("loseConnection", "abortConnection", "loseWriteConnection"):
            wire = opened()
            getattr(wire.tls, first)()
            getattr(wire.tls, second)()
            wire.carry()
            if not wire.closed:
                assert (first, second) == ("loseWriteConnection", "loseWriteConnection")
                wire.hang_up()
            assert wire.channel.lost
            getattr(wire.tls, first)()
            wire.tls.write(b"too late")


def resident() -> int:
    """Return the bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_nothing_is_kept_of_what_comes_behind_the_end() -> None:
    wire = opened()
    wire.client.close_side()
    wire.carry()
    before, junk = resident(), b"x" * 65_536
    for _ in range(2000):
        wire.tls.dataReceived(junk)
    assert resident() - before < 64 << 20
    assert wire.channel.got == b""
