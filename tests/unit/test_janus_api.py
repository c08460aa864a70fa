"""The API of Janus over datagrams: what is sent, when a request has failed, and when Janus is gone."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from bbbd.media.janus_api import ANSWERED_WITHIN, KEEPALIVE_EVERY, LARGEST_REQUEST, WINDOW, JanusApi, JanusFailed

T = TypeVar("T")


class Wire:
    """Janus' end: what was sent, and what is answered."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.fault: OSError | None = None
        self.clock = Clock()
        self.heard: list[dict[str, Any]] = []
        self.lost: list[str] = []
        self.api = JanusApi(self, "secret", self.clock, self.heard.append, self.lost.append)

    def send(self, datagram: bytes) -> None:
        if self.fault is not None:
            raise self.fault
        self.sent.append(json.loads(datagram))

    def says(self, janus: str, to: dict[str, Any], **more: Any) -> None:
        self.api.received(json.dumps({"janus": janus, "transaction": to["transaction"], **more}).encode())

    def opened(self) -> None:
        opening = begun(self.api.open())
        self.says("success", self.sent[-1], data={"id": 7})
        assert result(opening) is False


def begun(work: Coroutine[Any, Any, T]) -> Deferred[T]:
    return Deferred.fromCoroutine(work)


def result(deferred: Deferred[T]) -> T:
    """Return what has come of it."""
    found: list[T] = []
    deferred.addCallback(found.append)
    return found[0]


def fault(deferred: Deferred[Any]) -> JanusFailed:
    found: list[JanusFailed] = []

    def note(failure: Failure) -> None:
        assert isinstance(failure.value, JanusFailed)
        found.append(failure.value)

    deferred.addErrback(note)
    return found[0]


@pytest.fixture
def wire() -> Wire:
    return Wire()


def test_a_request_has_session_and_secret_and_is_answered_once(wire: Wire) -> None:
    wire.opened()
    asked = begun(wire.api.ask(3, {"request": "x"}, {"type": "offer", "sdp": "v=0"}))
    sent = wire.sent[-1]
    assert (sent["session_id"], sent["handle_id"], sent["apisecret"]) == (7, 3, "secret")
    wire.says("ack", sent)
    wire.says("event", sent, plugindata={"data": {"videoroom": "ok"}}, jsep={"sdp": "v=1"})
    assert result(asked) == ({"videoroom": "ok"}, {"sdp": "v=1"})
    # What comes again answers nothing; it is an event as any other.
    wire.says("event", sent)
    assert len(wire.heard) == 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"janus": "error", "error": {"code": 459, "reason": "no such handle"}}, 459),
        ({"janus": "event", "plugindata": {"data": {"error": "no such feed", "error_code": 428}}}, 428),
    ],
)
def test_what_janus_refuses_has_its_code(wire: Wire, answer: dict[str, Any], code: int) -> None:
    wire.opened()
    asked = begun(wire.api.ask(3, {}))
    wire.api.received(json.dumps(answer | {"transaction": wire.sent[-1]["transaction"]}).encode())
    assert fault(asked).code == code
    assert wire.lost == []


def test_eight_requests_wait_at_most(wire: Wire) -> None:
    wire.opened()
    before = len(wire.sent)
    asked = [begun(wire.api.attach()) for _one in range(WINDOW + 3)]
    assert len(wire.sent) - before == WINDOW
    # An acknowledged one has left the queue, though its answer is still to come.
    wire.says("ack", wire.sent[before])
    wire.says("success", wire.sent[before + 1], data={"id": 1})
    assert len(wire.sent) - before == WINDOW + 2
    wire.clock.advance(ANSWERED_WITHIN)
    assert {fault(one).code for one in asked if one is not asked[1]} == {0}


def test_a_request_that_is_too_large_is_not_sent(wire: Wire) -> None:
    wire.opened()
    before = len(wire.sent)
    assert "too large" in str(fault(begun(wire.api.ask(3, {"x": "x" * LARGEST_REQUEST}))))
    assert len(wire.sent) == before


def test_a_janus_that_does_not_answer_or_listen_is_gone(wire: Wire) -> None:
    wire.opened()
    wire.clock.advance(KEEPALIVE_EVERY)
    wire.says("ack", wire.sent[-1])
    wire.clock.pump([KEEPALIVE_EVERY, ANSWERED_WITHIN])
    assert wire.lost[0] == "does not answer"
    other = Wire()
    other.opened()
    other.fault = ConnectionRefusedError(111, "Connection refused")
    assert "gone" in str(fault(begun(other.api.attach())))
    assert other.lost == ["is gone: Connection refused"]


def test_another_janus_in_its_place_is_noticed_by_the_first_request(wire: Wire) -> None:
    wire.opened()
    asked = begun(wire.api.attach())
    wire.says("error", wire.sent[-1], error={"code": 458, "reason": "no such session"})
    assert fault(asked).code == 458
    assert len(wire.lost) == 1


def test_an_earlier_session_is_taken_up_or_another_begun(wire: Wire) -> None:
    opening = begun(wire.api.open(5))
    wire.says("success", wire.sent[-1])
    assert (result(opening), wire.api.session) == (True, 5)
    other = Wire()
    opening = begun(other.api.open(5))
    other.says("error", other.sent[-1], error={"code": 458, "reason": "no such session"})
    other.says("success", other.sent[-1], data={"id": 6})
    assert (result(opening), other.api.session, other.lost) == (False, 6, [])


def test_the_end_of_the_session_is_heard_and_nonsense_is_not(wire: Wire, asked_for: set[str]) -> None:
    asked_for.add("janus_unreadable")
    wire.opened()
    wire.api.received(b"nothing")
    wire.api.received(json.dumps({"janus": "timeout", "session_id": 6}).encode())
    assert wire.lost == []
    wire.api.received(json.dumps({"janus": "timeout", "session_id": 7}).encode())
    assert wire.lost == ["has ended the session"]
