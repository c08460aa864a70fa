"""One connection from the inside: what holds its input back, and what ends an answer that fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import Memory, Wire
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.body_budget import BodyUse
from bbbd.http.incoming_body import IncomingBody
from bbbd.http.request import Request
from bbbd.http.site import Site

POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"


class Slow:
    """A sink that is slower than the network."""

    def __init__(self, request: Request) -> None:
        self.flow: Any = request.channel.producer
        self.got = b""

    def take(self, data: bytes) -> None:
        self.got += data
        self.flow.pauseProducing()

    def drop(self) -> None:
        pass


class SlowBodies:
    """Has each body taken by a slow sink."""

    def __init__(self) -> None:
        self.sinks: list[Slow] = []

    def largest(self, _request: Request, _path: bytes, _method: bytes) -> int:
        return 100

    def refusal(self, *_arguments: object) -> None:
        return None

    def incoming(self, request: Request, _path: bytes, _method: bytes, _query: bytes) -> IncomingBody:
        self.sinks.append(Slow(request))
        return IncomingBody(self.sinks[-1], BodyUse.HELD)


class Doing(Resource):
    """Does to each request what the test says."""

    isLeaf = True

    def __init__(self, do: Callable[[Request], None]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._do = do

    def render(self, request: Any) -> int:
        self._do(request)
        return NOT_DONE_YET


def answer(request: Request) -> None:
    """Answer."""
    request.answer(b"done", b"text/plain")


def fail(request: Request) -> None:
    """Begin an answer, and fail."""
    request.begin(200, {"Content-Length": "10"})
    request.write(b"half")
    raise LookupError


def connection(memory: Memory, do: Callable[[Request], None]) -> tuple[Wire, list[Slow]]:
    """Return a connection to a site of one resource, and the slow sinks of its bodies."""
    own, bodies = memory.app.site, SlowBodies()
    made = Site(Doing(do), memory.timer, own.current, bodies, own.budget, lambda _host, _limit: None)
    return Wire(made, "::1"), bodies.sinks


def test_input_goes_on_when_nothing_holds_it_back_any_more(memory: Memory) -> None:
    for disk_first in (True, False):
        wire, sinks = connection(memory, answer)
        wire.send(POST + b"ab")
        assert wire.producerState == "paused"
        wire.channel.pauseProducing()
        resumes = [sinks[0].flow.resumeProducing, wire.channel.resumeProducing]
        first, second = resumes if disk_first else resumes[::-1]
        first()
        assert wire.producerState == "paused"
        second()
        assert wire.producerState == "producing"
        wire.send(b"cd")
        assert sinks[0].got == b"abcd"
        assert wire.got().endswith(b"done")
        wire.hang_up()


def test_a_body_that_has_ended_holds_nothing_back(memory: Memory) -> None:
    wire, sinks = connection(memory, answer)
    wire.send(POST + b"abcd")
    assert sinks[0].got == b"abcd"
    assert wire.producerState == "producing"
    wire.hang_up()


def test_a_failure_breaks_off_an_answer_that_has_begun(memory: Memory, asked_for: set[str]) -> None:
    asked_for.add("request_failed")
    wire, _sinks = connection(memory, fail)
    wire.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
    assert wire.got().count(b"HTTP/1.1") == 1
    assert wire.got().endswith(b"\r\n\r\nhalf")
    assert wire.closed


@pytest.mark.parametrize("more", [b"", b"Content-Length: 3\r\n\r\nabc"])
def test_the_server_as_a_whole_says_what_it_can(memory: Memory, more: bytes) -> None:
    wire = memory.connect()
    wire.send(b"OPTIONS * HTTP/1.1\r\nHost: x\r\n" + (more or b"\r\n") + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    answer, _, rest = wire.got().partition(b"HTTP/1.1 200 OK\r\n")[2].partition(b"HTTP/1.1 ")
    assert b"\r\nAllow: GET, HEAD, POST, PATCH, OPTIONS\r\n" in answer
    assert b"\r\nContent-Length: 0\r\n" in answer
    assert rest.startswith(b"200 ")
