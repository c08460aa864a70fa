"""Requests as bytes: bbbd's channel reads what Twisted's reads, nothing more, in whatever pieces they come."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from harness import Memory
from stock_channel import Here, Seen, read_by_bbbd, read_by_twisted

from bbbd.http.body_reader import BadChunks, ChunkedBody
from bbbd.http.head import LONGEST_REMEMBERED, MOST_REMEMBERED, UnreadableHead, own_target, read_head

HOST = b"Host: x\r\n"
GET = b"GET /a?b=c HTTP/1.1\r\n"
POST = b"POST /a HTTP/1.1\r\n"
NEXT = b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
LINES = (
    GET,
    POST,
    b"HEAD / HTTP/1.1\r\n",
    b"FOO / HTTP/1.1\r\n",
    b"get / HTTP/1.1\r\n",
    b"GET / HTTP/1.0\r\n",
    b"GET / HTTP/1.2\r\n",
    b"GET / HTTP/2.0\r\n",
    b"GET / http/1.1\r\n",
    b"GET /  HTTP/1.1\r\n",
    b"GET  / HTTP/1.1\r\n",
    b"GET /\tHTTP/1.1\r\n",
    b" GET / HTTP/1.1\r\n",
    b"GET /\r\n",
    b"GET\r\n",
    b"\r\n" + GET,
    b"\r\n\r\n" + GET,
    b"\n" + GET,
    b"GET /\x00 HTTP/1.1\r\n",
    b"GET /\xc3\xa9 HTTP/1.1\r\n",
    b"GET /\x7f HTTP/1.1\r\n",
    b"GET /?a=\x80 HTTP/1.1\r\n",
    b"GET /?a=~ HTTP/1.1\r\n",
    b"GET * HTTP/1.1\r\n",
    b"OPTIONS * HTTP/1.1\r\n",
    b"OPTIONS *? HTTP/1.1\r\n",
    b"CONNECT a:1 HTTP/1.1\r\n",
    b"PRI * HTTP/2.0\r\n",
    b"GET http://bbb.example.org/a HTTP/1.1\r\n",
    b"GET http://other.example.org/a HTTP/1.1\r\n",
    b"GET http://bbb.example.org?a=/x HTTP/1.1\r\n",
    b"GET http://[/ HTTP/1.1\r\n",
    b"GET //a///b?c//d HTTP/1.1\r\n",
    b"GET /" + b"a" * (65_536 - 14) + b" HTTP/1.1\r\n",
    b"GET /" + b"a" * (65_537 - 14) + b" HTTP/1.1\r\n",
)
HEADERS = (
    b"",
    b"Content-Length: 3\r\n",
    b"Content-Length: 003\r\n",
    b"Content-Length: 3\r\nContent-Length: 3\r\n",
    b"Content-Length: 3, 3\r\n",
    b"Content-Length: -3\r\n",
    b"Content-Length: +3\r\n",
    b"Content-Length: 0x3\r\n",
    b"Content-Length: 3_0\r\n",
    b"Content-Length: \xb2\r\n",
    b"Content-Length:\r\n",
    b"Content-Length : 3\r\n",
    b"Content-Length: 3\r\n 4\r\n",
    b"Content-Length: " + b"9" * 30 + b"\r\n",
    b"Content-Length: 4097\r\n",
    CHUNKED,
    b"transfer-encoding:\tCHUNKED \r\n",
    b"Transfer-Encoding: gzip\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding: chunked, identity\r\n",
    b"Transfer-Encoding: identity\r\n",
    b"Transfer-Encoding: \x0bchunked\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"Transfer-Encoding\x00: chunked\r\n",
    b"Transfer_Encoding: chunked\r\n",
    CHUNKED + CHUNKED,
    CHUNKED + b"Content-Length: 3\r\n",
    b"Content-Length: 3\r\n" + CHUNKED,
    b"Content-Length: 3\n" + CHUNKED,
    b"X: a\r\n b\r\n",
    b" X: a\r\n",
    b"X: a\x00\r\n",
    b"X: a\rb\r\n",
    b"X: a\nb\r\n",
    b"X y: a\r\n",
    b"X\r\n",
    b": a\r\n",
    b"X\xe9: a\r\n",
    b"X: \xe9\r\n",
    b"Host: y\r\n",
    b"Connection: close\r\n",
    b"Connection: TE, close\r\n",
    b"Connection: keep-alive\r\nConnection: close\r\n",
    b"Connection: keep-alive\r\nConnection: TE\r\n",
    b"Expect: 100-continue\r\nContent-Length: 3\r\n",
    b"Upgrade: h2c\r\nConnection: Upgrade\r\n",
    b"X: " + b"x" * 16_381 + b"\r\n",
    b"X: " + b"x" * 16_382 + b"\r\n",
    b"".join(b"X: %b\r\n" % (b"y" * 15_000) for _ in range(5)),
    b"X: y\r\n" * 99,
    b"X: y\r\n" * 100,
)
BODIES = (
    b"abc",
    b"3\r\nabc\r\n0\r\n\r\n",
    b"3;a=b\r\nabc\r\n0;c\r\nX: y\r\n\r\n",
    b"3;\\=b\r\nabc\r\n0\r\n\r\n",
    b'3;a="[b]^"\r\nabc\r\n0\r\n\r\n',
    b"3\nabc\n0\n\n",
    b"3\r\nabcd\r\n0\r\n\r\n",
    b"3\r\nabc0\r\n\r\n",
    b"+3\r\nabc\r\n0\r\n\r\n",
    b"0x3\r\nabc\r\n0\r\n\r\n",
    b"3 \r\nabc\r\n0\r\n\r\n",
    b"3 ;a=b\r\nabc\r\n0\t ;c\r\n\r\n",
    b"3\x0b;a=b\r\nabc\r\n0\r\n\r\n",
    b" 3;a=b\r\nabc\r\n0\r\n\r\n",
    b"3 0;a=b\r\nabc\r\n0\r\n\r\n",
    b"3 " + b" " * 1020 + b";\r\nabc\r\n0\r\n\r\n",
    b"3 " + b" " * 1021 + b";\r\nabc\r\n0\r\n\r\n",
    b"\r\nabc",
    b"ffffffffffffffffffff\r\nabc",
    b"1001\r\n" + b"x" * 0x1001 + b"\r\n0\r\n\r\n",
    b"3;" + b"a" * 1100 + b"\r\nabc\r\n0\r\n\r\n",
    b"0\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
)
WHOLE = [
    *(line + HOST + b"\r\n" + NEXT for line in LINES),
    *(line + HOST + headers + b"\r\nabc" + NEXT for line in (GET, POST, b"GET / HTTP/1.0\r\n") for headers in HEADERS),
    *(POST + HOST + CHUNKED + b"\r\n" + body + NEXT for body in BODIES),
    *(GET + hosts + b"\r\n" + NEXT for hosts in (b"", b"Host:\r\n", b"Host: a b\r\n", b"Host: \xa0x\r\n", HOST + HOST)),
    GET.replace(b"\r\n", b"\n") + b"Host: x\n\n" + NEXT,
    GET + b"Host: x\r\n\n" + NEXT,
    NEXT * 300,
]


def compare(memory: Memory, data: bytes, chance: random.Random) -> list[Seen]:
    """Have both channels read, bbbd's in pieces too, and return what it read."""
    found, is_refused = read_by_bbbd(memory, [data])
    cuts = sorted({0, len(data), *(chance.randrange(len(data) + 1) for _ in range(3))})
    ways = [[data[begin:end] for begin, end in pairwise(cuts)]]
    if len(data) < 300:
        ways.append([bytes([byte]) for byte in data])
    for pieces in ways:
        assert read_by_bbbd(memory, pieces)[0] == found, data
    expected = read_by_twisted(data)
    # In a body of chunks bbbd refuses more: trailers with line ends of their own.
    is_stricter = is_refused and b"chunked" in data.lower()
    assert found == (expected[: len(found)] if is_stricter else expected), data
    return found


def test_bbbd_reads_what_twisted_reads(memory: Memory) -> None:
    chance = random.Random(21)
    read = [len(compare(memory, data, chance)) for data in WHOLE]
    # None, one and both of two requests were read, each often.
    assert min(read.count(number) for number in (0, 1, 2)) > 15
    assert read[-1] == 300


def test_bbbd_reads_what_twisted_reads_after_any_change(memory: Memory) -> None:
    chance = random.Random(22)
    short = [data for data in WHOLE if len(data) < 400]
    for _ in range(700):
        changed = bytearray(chance.choice(short))
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(changed) + 1)
            way = chance.randrange(3)
            if way == 0:
                del changed[place : place + chance.randrange(20)]
            elif way == 1:
                changed[place:place] = changed[place : place + chance.randrange(40)]
            else:
                changed[place:place] = chance.choice((b"\0", b"\xff", b"\r", b"\n", b"\r\n", b":", b" ", b"\t", b"0"))
        compare(memory, bytes(changed), chance)


@pytest.mark.parametrize("text", [one.partition(b"\r\n\r\n")[0] for one in WHOLE if b"\r\n\r\n" in one])
def test_a_head_read_line_by_line_is_the_same(text: bytes) -> None:
    def read(text: bytes) -> object:
        try:
            head = read_head(text)
        except UnreadableHead:
            return None
        return head.method, head.target, head.section._replace(headers=list(head.section.headers))  # type: ignore[arg-type]

    # A line that goes on in the next one is what the expression does not match.
    folded = read(text + b"\r\nLast: a\r\n b")
    plain = read(text + b"\r\nLast: a b")
    assert folded == plain


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (b"", (True, False)),
        (b"Connection: keep-alive\r\nConnection: close\r\n", (False, False)),
        (b"Connection: TE\r\nX: y\r\nConnection: keep-alive,\tClose\r\n", (False, False)),
        (b"Connection: keep-alive\r\nConnection: closed\r\n", (True, False)),
        (b"Expect: 100-Continue\r\n", (True, True)),
        (b"Expect: x\r\nExpect: 100-continue\r\n", (True, True)),
        (b"Expect: x, 100-continue\r\n", (True, True)),
        (b"Expect: x\r\nExpect: 100\r\n", (True, False)),
    ],
)
def test_fields_of_one_name_count_together(fields: bytes, expected: tuple[bool, bool]) -> None:
    section = read_head((POST + HOST + fields).removesuffix(b"\r\n")).section
    assert (section.stays_open, section.expects_continue) == expected


def test_fields_that_were_sent_before_are_not_read_again() -> None:
    fields = b"Host: remembered\r\nAccept: */*"
    first = read_head(b"GET /a HTTP/1.1\r\n" + fields)
    second = read_head(b"POST /b?c HTTP/1.1\r\n" + fields)
    assert first.section is second.section
    assert (second.method, second.target) == (b"POST", b"/b?c")
    # Another version is another section, whose host may be another.
    assert read_head(b"GET /a HTTP/1.0\r\n" + fields).section != first.section
    # Neither large ones nor many fill the memory.
    large = b"GET /a HTTP/1.1\r\nHost: x\r\nX: " + b"y" * LONGEST_REMEMBERED
    assert read_head(large).section is not read_head(large).section
    for number in range(MOST_REMEMBERED):
        read_head(b"GET /a HTTP/1.1\r\nHost: x%d" % number)
    assert read_head(b"GET /a HTTP/1.1\r\n" + fields).section is not first.section


@pytest.mark.parametrize(
    ("target", "own"),
    [
        (b"http://bbb.example.org", b"/"),
        (b"http://bbb.example.org/", b"/"),
        (b"http://bbb.example.org?a=/x", b"/?a=/x"),
        (b"HTTPS://BBB.example.org?a=//x", b"/?a=//x"),
        (b"http://bbb.example.org?", b"/?"),
        (b"http://bbb.example.org//a//b?c=//d", b"/a/b?c=//d"),
        (b"http://bbb.example.org.other/a", None),
        (b"http://other.example.org?http://bbb.example.org/a", None),
        (b"http://bbb.example.org@other.example.org/a", None),
        (b"http:/a", None),
        (b"bbb.example.org/a", None),
    ],
)
def test_the_servers_own_url_is_a_target(target: bytes, own: bytes | None) -> None:
    assert own_target(target, Here()) == own


@pytest.mark.parametrize(
    ("line", "size"),
    [
        (b"5", 5),
        (b"5;a=b", 5),
        (b"5 ;a=b", 5),
        (b"5 \t ; a = b", 5),
        (b"5 ", None),
        (b"5\t", None),
        (b" 5;a", None),
        (b"5 1;a", None),
        (b"5\x0b;a", None),
        (b"5\x0c;a", None),
        (b"5\r;a", None),
        (b"5\n;a", None),
        (b"5\xa0;a", None),
        (b" ;a", None),
    ],
)
def test_white_space_may_be_before_an_extension_only(line: bytes, size: int | None) -> None:
    body = ChunkedBody()
    if size is None:
        with pytest.raises(BadChunks):
            body.read(line + b"\r\nabcde\r\n0\r\n\r\n")
    else:
        pieces, rest = body.read(line + b"\r\nabcde\r\n0\r\n\r\nNEXT")
        assert (b"".join(pieces), rest, body.ended) == (b"abcde"[:size], b"NEXT", True)


def test_trailers_have_the_line_ends_of_heads() -> None:
    for trailer in (b"X: y\n", b"X: y\r", b"X: \0", b"\n"):
        with pytest.raises(BadChunks):
            ChunkedBody().read(b"0\r\n" + trailer + b"\r\n\r\n")
