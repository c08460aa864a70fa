"""Long answers: their pieces are what a short answer is, and are written one after another as they are read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from harness import Memory, awaited, parse, signed
from sample_recordings import START, make

from bbbd.api.long_answers import PIECE
from bbbd.api.negotiation import ResponseFormat
from bbbd.api.response_tree import PrerenderedXml, Rows, write_xml
from bbbd.http.piece_sender import AT_ONCE

MANY = 120
FORMATS = [
    ResponseFormat(),
    *(
        ResponseFormat(json=True, callback=callback, typed=typed, bare=bare)
        for callback in ("", "a.b")
        for typed in (False, True)
        for bare in (False, True)
    ),
]


def tree(rows: int) -> list[tuple[str, Any]]:
    one = [("recordID", "r<&>\u2028"), ("published", True), ("size", 7), ("meta", [("k", "é"), ("empty", "")])]
    return [("returncode", "SUCCESS"), ("recordings", Rows("recording", [one] * rows)), ("totalElements", rows)]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("rows", [0, 1, 3000])
def test_the_pieces_together_are_the_answer(form: ResponseFormat, rows: int) -> None:
    pieces = form.pieces(tree(rows))
    assert b"".join(pieces) == form.write(tree(rows))
    assert max(map(len, pieces)) < PIECE + 1000


def test_rows_are_made_one_by_one() -> None:
    answer = tree(0)
    answer[1] = ("recordings", Rows("recording", ([("n", number)] for number in range(3))))
    assert json.loads(b"".join(ResponseFormat(json=True, typed=True).pieces(answer)))["response"]["recordings"] == [
        {"n": 0},
        {"n": 1},
        {"n": 2},
    ]


class Taken:
    """A connection whose client reads a piece, and then no more until the test has it read on."""

    def __init__(self, memory: Memory) -> None:
        self.wire = memory.connect()
        self.writes: list[int] = []
        self._write, self.wire.write = self.wire.write, self.write  # type: ignore[method-assign]

    def write(self, data: bytes) -> None:
        self._write(data)  # type: ignore[no-untyped-call] # Twisted's has no types
        self.writes.append(len(data))
        self.wire.channel.pauseProducing()

    def ask(self, method: str, query: str) -> None:
        self.wire.send(f"{method} {signed('getRecordings', query)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())


@pytest.fixture
def full(memory: Memory) -> Memory:
    for number in range(MANY):
        make(memory.directory, f"m{number}", start=START + number, name="n" * 2000)
    memory.look()
    return memory


@pytest.mark.parametrize("query", ["", "format=json"])
def test_nothing_is_written_ahead_of_whoever_reads(full: Memory, query: str) -> None:
    taken = Taken(full)
    taken.ask("GET", query)
    rounds = 0
    while len(taken.writes) > rounds:
        rounds = len(taken.writes)
        taken.wire.channel.resumeProducing()
        assert len(taken.writes) <= rounds + 1
    assert rounds > 4
    assert max(taken.writes) < PIECE + 20_000
    answer = parse(taken.wire.got())
    assert answer.headers["content-length"] == str(len(answer.body))
    if query:
        assert len(answer.json["recordings"]) == MANY
    else:
        assert len(answer.xml.findall("recordings/recording")) == MANY


def test_a_cached_text_is_copied_only_as_it_is_sent() -> None:
    cached = PrerenderedXml(b"<n>" + b"x" * 1000 + b"</n>", list)
    parts = ResponseFormat().parts([("returncode", "SUCCESS"), ("meetings", Rows("meeting", [cached] * 3))])
    assert sum(part is cached.xml for part in parts) == 3
    assert b"".join(parts) == write_xml([("returncode", "SUCCESS"), ("meetings", Rows("meeting", [cached] * 3))])


@pytest.mark.parametrize("sizes", [(), (1,), (AT_ONCE, 1), (3, 200_000, 5, 0, 70_000), (10,) * 30_000])
def test_parts_of_any_length_are_sent_in_even_pieces(memory: Memory, sizes: tuple[int, ...]) -> None:
    parts = [bytes([65 + number % 26]) * size for number, size in enumerate(sizes)]
    taken = Taken(memory)
    taken.wire.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n")
    taken.wire.channel.request.answer_in_parts(parts, b"text/plain")
    while taken.writes and len(taken.wire.got().partition(b"\r\n\r\n")[2]) < sum(sizes):
        taken.wire.channel.resumeProducing()
    assert parse(taken.wire.got()).body == b"".join(parts)
    assert max(taken.writes) <= AT_ONCE + 1000
    assert len(taken.writes) <= 2 + sum(sizes) // PIECE


def test_head_has_the_length_of_a_long_answer_and_none_of_it(full: Memory) -> None:
    whole, head = Taken(full), Taken(full)
    whole.ask("GET", "")
    head.ask("HEAD", "")
    alone = parse(head.wire.got(), "HEAD")
    assert alone.body == b""
    assert f"Content-Length: {alone.headers['content-length']}".encode() in whole.wire.got()
    assert len(head.writes) == 1


def test_whoever_hangs_up_in_a_long_answer_harms_nobody(full: Memory) -> None:
    taken = Taken(full)
    taken.ask("GET", "")
    taken.wire.hang_up()
    assert len(parse(full.send(f"GET {signed('getRecordings')} HTTP/1.1\r\nHost: x\r\n\r\n".encode())).body) > PIECE


@awaited
async def test_a_list_that_cannot_be_written_is_a_failure(full: Memory, asked_for: set[str]) -> None:
    asked_for.add("call_failed")
    index = full.app.server.library.index
    index._encoded[index.newest()[0]] = b""
    assert (await full.call("getRecordings")).code == "FAILED"
