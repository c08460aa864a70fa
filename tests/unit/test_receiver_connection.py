"""A connection to a receiver: which answers leave it open, which end it, and that none is taken for another's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from bbbd.egress.kept_connections import IDLE, LONGEST, MOST, KeptConnection, KeptConnections
from bbbd.egress.receiver_connection import LINGER, ReceivedAnswer, ReceiverConnection
from bbbd.egress.response_limits import MOST_BODY, MOST_BYTES
from bbbd.egress.ssrf_guard import Target
from bbbd.settings.settings import Settings

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Wired:
    """A connection without a socket."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.wire = StringTransport()
        self.connection = ReceiverConnection(self.clock)
        self.connection.makeConnection(self.wire)  # type: ignore[no-untyped-call] # Twisted's has no types
        self.answers: list[ReceivedAnswer] = []
        self.faults: list[BaseException] = []

    def ask(self) -> None:
        asked = self.connection.ask(b"GET / HTTP/1.1\r\n\r\n")
        asked.addCallbacks(self.answers.append, lambda failure: self.faults.append(failure.value))

    def lose(self) -> None:
        self.connection.connectionLost(Failure(ConnectionDone()))


@pytest.mark.parametrize(
    ("data", "start"),
    [
        (OK, b"ok"),
        (b"HTTP/1.1 204 None\r\n\r\n", b""),
        (b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nX: y\r\n\r\n" + OK, b"ok"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n3;x=y\r\nyes\r\n0\r\nT: u\r\n\r\n",
            b"okyes",
        ),
        (b"HTTP/1.1 200 OK\ncontent-length:2\n\nok", b"ok"),
        (b"HTTP/1.1 500 No\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000, b"x" * 4096),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_an_answer_with_an_end_leaves_it_open(data: bytes, start: bytes, size: int) -> None:
    wired = Wired()
    for _ in range(2):
        wired.ask()
        for begin in range(0, len(data), size):
            wired.connection.dataReceived(data[begin : begin + size])
    assert [one.start for one in wired.answers] == [start] * 2
    assert wired.connection.is_open
    assert not wired.wire.disconnecting


@pytest.mark.parametrize(
    "data",
    [
        OK + b"HTTP/1.1 500 Not yours\r\n\r\n",
        OK.replace(b"1.1", b"1.0"),
        OK.replace(b"200 OK", b"200 OK\r\nConnection: Close"),
        OK.replace(b"200 OK", b"200 OK\r\nConnection: x\r\nConnection: keep-alive, close"),
        OK.replace(b"200 OK", b"200 OK\r\nTransfer-Encoding: chunked").replace(b"ok", b"0\r\n\r\n"),
        OK.replace(b"200 OK", b"200 OK\r\nX: y\r\n folded"),
        OK.replace(b"Content-Length:", b"Content-Length :"),
        OK.replace(b"200 OK", b"200 OK\r\nno colon"),
        CHUNKED + b"no length\r\n",
        CHUNKED + b"0\r\n\r\nmore",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * (MOST_BODY + 1),
    ],
)
def test_an_answer_that_is_less_clear_ends_it(data: bytes) -> None:
    wired = Wired()
    wired.ask()
    wired.connection.dataReceived(data)
    assert [one.status for one in wired.answers] == [200]
    assert not wired.connection.is_open
    assert wired.wire.disconnecting


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 2\r\nContent-Length: 3\r\n",
        b"Content-Length: 2, 3\r\n",
        b"Content-Length: -2\r\n",
        b"Content-Length: +2\r\n",
        b"Content-Length: 0x2\r\n",
        b"Content-Length: 99999999999999999999\r\n",
    ],
)
def test_a_body_without_a_clear_length_ends_with_the_connection(head: bytes) -> None:
    wired = Wired()
    wired.ask()
    wired.connection.dataReceived(b"HTTP/1.1 200 OK\r\n" + head + b"\r\nok")
    assert not wired.answers
    wired.lose()
    assert wired.answers == [ReceivedAnswer(200, "HTTP/1.1 200 OK", b"ok")]


@pytest.mark.parametrize("data", [b"nonsense\r\n\r\n", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 2000 x\r\n\r\n", b"\r\n\r\n"])
def test_what_is_no_answer_is_a_fault(data: bytes) -> None:
    wired = Wired()
    wired.ask()
    wired.connection.dataReceived(data)
    assert [str(fault) for fault in wired.faults] == ["its answer is not HTTP"]
    assert wired.wire.disconnected


def test_an_endless_head_and_a_word_that_nobody_asked_for_end_it() -> None:
    wired = Wired()
    wired.ask()
    wired.connection.dataReceived(b"HTTP/1.1 200 OK\r\nX: " + b"y" * MOST_BYTES)
    assert wired.wire.disconnected
    idle = Wired()
    idle.connection.dataReceived(OK)
    assert idle.wire.disconnected
    assert not idle.connection.is_open


def test_whoever_stops_waiting_has_the_status_that_is_known() -> None:
    for data, found in ((OK[:-1], [200]), (OK[:20], [])):
        wired = Wired()
        asked = wired.connection.ask(b"x")
        asked.addCallbacks(wired.answers.append, lambda failure, wired=wired: wired.faults.append(failure.value))
        wired.connection.dataReceived(data)
        asked.cancel()
        assert [one.status for one in wired.answers] == found
        assert len(wired.faults) == 1 - len(found)
        assert not wired.connection.is_open


def test_a_receiver_that_does_not_close_is_cut_off() -> None:
    wired = Wired()
    wired.connection.close()
    assert not wired.wire.disconnected
    wired.clock.advance(LINGER)
    assert wired.wire.disconnected


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_any_bytes_give_one_answer_at_most(pieces: list[bytes]) -> None:
    wired = Wired()
    wired.ask()
    for piece in (b"HTTP/1.1 200 OK\r\n", *pieces):
        wired.connection.dataReceived(piece)
    wired.lose()
    assert len(wired.answers) + len(wired.faults) == 1


class Pool:
    """Connections that wait, and their clock."""

    target = Target("http", "a.example", 80)

    def __init__(self) -> None:
        self.clock = Clock()
        self.kept = KeptConnections(self.clock)
        self.settings = Settings()

    def keep(self, made: float = 0) -> KeptConnection:
        made_at = self.clock.seconds() + made
        kept = KeptConnection(Wired().connection, self.target, "93.184.216.34", self.settings, made_at)
        self.kept.keep(kept)
        return kept


def test_a_connection_serves_its_own_target_once_at_a_time() -> None:
    pool = Pool()
    kept = pool.keep()
    for other in (("https", "a.example", 80), ("http", "b.example", 80), ("http", "a.example", 8080)):
        assert pool.kept.take(Target(*other), pool.settings) is None
    assert pool.kept.take(pool.target, pool.settings) is kept
    assert pool.kept.take(pool.target, pool.settings) is None


def test_a_connection_is_closed_that_is_old_or_of_other_settings() -> None:
    pool = Pool()
    idle = pool.keep()
    pool.clock.advance(IDLE)
    assert not idle.connection.is_open
    of_others = pool.keep()
    assert pool.kept.take(pool.target, Settings()) is None
    assert not of_others.connection.is_open
    assert not pool.keep(-LONGEST).connection.is_open
    closed = pool.keep()
    closed.connection.connectionLost(Failure(ConnectionDone()))
    assert pool.kept.take(pool.target, pool.settings) is None
    pool.clock.advance(IDLE * 2)
    assert not pool.clock.getDelayedCalls()


def test_the_oldest_makes_room() -> None:
    pool = Pool()
    kept = [pool.keep() for _ in range(MOST + 1)]
    assert [one.connection.is_open for one in kept] == [False] + [True] * MOST
