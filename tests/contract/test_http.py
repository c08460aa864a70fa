"""HTTP itself: limits, time limits, odd requests, and that nothing gets two answers."""

from __future__ import annotations

import os
import resource
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress

import pytest
from harness import FORM, Daemon, Memory, awaited, checksum, parse, signed, until

HOST = b"Host: bbb.example.org\r\n"


def statuses(raw: bytes) -> list[int]:
    return [int(piece[:3]) for piece in raw.split(b"HTTP/1.1 ")[1:]]


def line(length: int) -> bytes:
    """A request line of so many bytes, for a signed call."""
    rest = len(b"GET  HTTP/1.1") + len(signed("isMeetingRunning", "meetingID=x1&a="))
    target = signed("isMeetingRunning", "meetingID=x1&a=" + "a" * (length - rest))
    return b"GET " + target.encode() + b" HTTP/1.1"


@pytest.fixture(params=["memory", "daemon"])
def send(request: pytest.FixtureRequest) -> Callable[[bytes], bytes]:
    """Send raw bytes to a server, in memory and over a socket."""
    server: Memory | Daemon = request.getfixturevalue("memory" if request.param == "memory" else "shared_daemon")
    return server.send


def test_a_request_line_of_64_kib_is_answered(send: Callable[[bytes], bytes]) -> None:
    for length in (16_000, 65_536):
        request = line(length)
        assert len(request) == length
        answer = parse(send(request + b"\r\n" + HOST + b"Connection: close\r\n\r\n"))
        # The value is over the limit of one value, so it is the call that says no, not HTTP.
        assert answer.status == 200
        assert answer.key == ("validationError" if length > 17_000 else None)


@pytest.mark.parametrize("length", [65_537, 70_000, 1_000_000])
def test_a_longer_request_line_gets_414(send: Callable[[bytes], bytes], length: int) -> None:
    answer = parse(send(line(length) + b"\r\n" + HOST + b"\r\n"))
    assert answer.status == 414
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"X-Long: " + b"x" * 16_500 + b"\r\n", 431),
        (b"X-Long: " + b"x" * 70_000 + b"\r\n", 431),
        (b"".join(b"X-%d: y\r\n" % number for number in range(101)), 431),
        (b"".join(b"X-%d: %b\r\n" % (number, b"y" * 15_000) for number in range(5)), 431),
        (b"".join(b"X-%d: y\r\n" % number for number in range(90)), 200),
        (b"Content-Length: 1\r\nContent-Length: 2\r\n", 400),
        (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
        (b"Transfer-Encoding: gzip\r\n", 400),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
        (b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", 400),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", 400),
        (b"Transfer-Encoding: chunked, identity\r\n", 400),
        (b"Transfer-Encoding: identity\r\nContent-Length: 0\r\n", 400),
        (b"Content-Length: 0\r\nContent-Length: 0\r\n", 400),
        (b"Content-Length: -1\r\n", 400),
        (b"Content-Length: +1\r\n", 400),
        (b"Content-Length: 1a\r\n", 400),
        (b"Bad Header: x\r\n", 400),
        (b"No-Colon\r\n", 400),
        (b"X: a\nY: b\r\n", 400),
        (b"X: a\x00b\r\n", 400),
        (b"Host: other.example.org\r\n", 400),
    ],
)
def test_a_head_is_bounded_and_strict(send: Callable[[bytes], bytes], head: bytes, status: int) -> None:
    raw = send(b"GET /bigbluebutton/api HTTP/1.1\r\n" + HOST + head + b"\r\n")
    assert statuses(raw) == [status]


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET /bigbluebutton/api HTTP/1.1", 200),
        (b"GET http://other.example.org/bigbluebutton/api HTTP/1.1", 400),
        (b"GET ftp://x/ HTTP/1.1", 400),
        (b"GET * HTTP/1.1", 400),
        (b"OPTIONS * HTTP/1.1", 200),
        (b"CONNECT a:1 HTTP/1.1", 400),
        (b"GET /a b HTTP/1.1", 400),
        (b"GET /bigbluebutton/api HTTP/2.0", 400),
        (b"GET /bigbluebutton/api", 400),
        (b"PRI * HTTP/2.0", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"GET /\x00 HTTP/1.1", 400),
        (b"G\xc3\xa9T / HTTP/1.1", 400),
        (b"GET /bigbluebutton/api?a=~ HTTP/1.1", 200),
        (b"GET /bigbluebutton/api?a=\x7f HTTP/1.1", 400),
        (b"GET /bigbluebutton/api?a=\xa9 HTTP/1.1", 400),
        (b"GET /bigbluebutton/api?a=\xc3\xa9 HTTP/1.1", 400),
    ],
)
def test_a_request_line_is_strict(send: Callable[[bytes], bytes], request_line: bytes, status: int) -> None:
    assert statuses(send(request_line + b"\r\n" + HOST + b"\r\n")) == [status]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (b"Host: bbb.example.org\r\n", 200),
        (b"Host: BBB.Example.ORG:8090\r\n", 200),
        (b"Host: [::1]:8090\r\n", 200),
        (b"Host: a_b.example\r\n", 200),
        (b"Host: 127.0.0.1\r\n", 200),
        (b"", 400),
        (b"Host:\r\n", 400),
        (b"Host: a b/c@d\r\n", 400),
        (b"Host: a/b\r\n", 400),
        (b"Host: user@a\r\n", 400),
        (b"Host: a:b\r\n", 400),
        (b"Host: a:99999\r\n", 400),
        (b"Host: [::1\r\n", 400),
        (b"Host: [1:2]\r\n", 400),
        (b"Host: \xe4.example\r\n", 400),
        (b"Host: http://a\r\n", 400),
    ],
)
def test_a_request_names_one_host(send: Callable[[bytes], bytes], host: bytes, status: int) -> None:
    assert statuses(send(b"GET /bigbluebutton/api HTTP/1.1\r\n" + host + b"\r\n")) == [status]


def test_http_1_0_knows_neither_hosts_nor_chunks(memory: Memory) -> None:
    head = b"GET /bigbluebutton/api HTTP/1.0\r\n"
    for more, answer in ((b"Host: a b\r\n", b" 400 "), (b"Transfer-Encoding: chunked\r\n", b" 400 "), (b"", b" 200 ")):
        assert answer in memory.send(head + more + b"\r\n")[:20]


@pytest.mark.parametrize(
    "path", [b"//bigbluebutton/api", b"/bigbluebutton//api//", b"///bigbluebutton///api/", b"/bigbluebutton/api//"]
)
def test_several_slashes_are_one(send: Callable[[bytes], bytes], path: bytes) -> None:
    assert b"<version>2.0</version>" in send(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")


def test_slashes_of_a_query_stay_as_they_are_signed(send: Callable[[bytes], bytes]) -> None:
    target = signed("create", "meetingID=x1&logoutURL=http://a.example//b").replace("/api/", "/api//")
    raw = send(b"GET " + target.encode() + b" HTTP/1.1\r\n" + HOST + b"\r\n")
    assert b"<returncode>SUCCESS" in raw
    assert b" 200 OK" in send(b"GET /html5client//page.css HTTP/1.1\r\n" + HOST + b"\r\n")


def test_this_servers_own_url_is_a_target_too(memory: Memory) -> None:
    raw = memory.send(b"GET http://bbb.example.org/bigbluebutton/api HTTP/1.1\r\n" + HOST + b"\r\n")
    assert statuses(raw) == [200]
    assert b"returncode" in raw
    assert b"endpoint" in memory.send(b"GET http://bbb.example.org HTTP/1.1\r\n" + HOST + b"\r\n")


def test_bare_line_feeds_are_refused(send: Callable[[bytes], bytes]) -> None:
    assert statuses(send(b"GET /bigbluebutton/api HTTP/1.1\nHost: x\n\n")) == [400]
    assert statuses(send(b"GET /bigbluebutton/api HTTP/1.1\r\nHost: x\n\n")) == [400]


def test_http_1_0_is_answered_and_closed(send: Callable[[bytes], bytes]) -> None:
    raw = send(b"GET /bigbluebutton/api HTTP/1.0\r\n\r\n")
    assert raw.startswith(b"HTTP/1.0 200 OK\r\n")
    assert raw.endswith(b"</response>")


def test_an_empty_line_before_a_request_is_borne(send: Callable[[bytes], bytes]) -> None:
    assert statuses(send(b"\r\nGET /bigbluebutton/api HTTP/1.1\r\n" + HOST + b"\r\n")) == [200]


def test_many_requests_in_one_go_get_an_answer_each_in_order(send: Callable[[bytes], bytes]) -> None:
    requests = b"".join(
        b"GET /bigbluebutton/api/none%d HTTP/1.1\r\n%b\r\n" % (number, HOST)
        if number % 2
        else b"GET /bigbluebutton/api HTTP/1.1\r\n%b\r\n" % HOST
        for number in range(300)
    )
    raw = send(requests)
    assert statuses(raw) == [200] * 300
    assert [b"unsupportedRequest" in piece for piece in raw.split(b"HTTP/1.1 ")[1:]] == [False, True] * 150


def test_a_request_may_come_in_single_bytes(memory: Memory) -> None:
    wire = memory.connect()
    body = f"meetingID=x1&checksum={checksum('isMeetingRunning', 'meetingID=x1')}".encode()
    head = f"POST /bigbluebutton/api/isMeetingRunning HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n"
    for byte in head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body:
        wire.send(bytes([byte]))
    assert b"SUCCESS" in wire.got()


def test_a_chunked_body_is_read(send: Callable[[bytes], bytes]) -> None:
    body = f"meetingID=x1&checksum={checksum('isMeetingRunning', 'meetingID=x1')}".encode()
    head = f"POST /bigbluebutton/api/isMeetingRunning HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n".encode()
    chunks = b"".join(b"%x\r\n%b\r\n" % (1, body[at : at + 1]) for at in range(len(body)))
    raw = send(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
    assert statuses(raw) == [200]
    assert b"SUCCESS" in raw
    assert statuses(send(head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")) == [400]


def post(call: str, content_type: str, length: int) -> bytes:
    head = f"POST {signed(call, 'meetingID=x1')} HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n"
    return f"{head}Content-Length: {length}\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("call", "content_type", "most"),
    [
        ("isMeetingRunning", "application/xml", 64 << 10),
        ("isMeetingRunning", FORM, 256 << 10),
        ("create", "application/xml", 40 << 20),
        ("create", FORM, 256 << 10),
        ("setConfigXML", FORM, 1 << 20),
    ],
)
def test_a_body_that_is_too_large_is_refused_before_it_is_read(
    send: Callable[[bytes], bytes], call: str, content_type: str, most: int
) -> None:
    # Only the head is sent: the answer is there all the same.
    raw = send(post(call, content_type, most + 1))
    answer = parse(raw)
    assert (answer.status, answer.code, answer.key) == (200, "FAILED", "requestTooLarge")
    assert answer.headers["connection"] == "close"


def test_a_body_within_its_limit_is_read(memory: Memory) -> None:
    raw = memory.send(post("isMeetingRunning", "application/xml", 64 << 10) + b"x" * (64 << 10))
    assert b"SUCCESS" in raw


def test_a_chunked_body_is_bounded_too(send: Callable[[bytes], bytes]) -> None:
    head = (
        f"POST {signed('isMeetingRunning', 'meetingID=x1')} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n".encode()
    )
    raw = send(head + b"Transfer-Encoding: chunked\r\n\r\n" + (b"8000\r\n" + b"x" * 0x8000 + b"\r\n") * 4)
    assert statuses(raw) == [200]
    assert b"requestTooLarge" in raw


def test_a_body_for_no_call_is_refused_as_no_call(send: Callable[[bytes], bytes]) -> None:
    raw = send(b"POST /bigbluebutton/api/none HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
    assert b"unsupportedRequest" in raw
    asked = b"POST /bigbluebutton/api/create?format=json HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"
    assert b'"messageKey":"requestTooLarge"' in send(asked)
    callback = (
        b"POST /bigbluebutton/api/create?format=json&callback=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"
    )
    assert b'"messageKey":"requestTooLarge"' in send(callback)


def test_expect_is_answered_only_for_what_will_be_read(memory: Memory) -> None:
    expects = b"Expect: 100-continue\r\n\r\n"
    assert b"100 Continue" in memory.send(post("create", "text/xml", 10)[:-2] + expects)
    assert b"100 Continue" not in memory.send(post("create", "text/xml", 99_999_999)[:-2] + expects)


def test_a_slow_head_gets_408_and_an_idle_connection_is_closed(memory: Memory) -> None:
    slow, idle, busy = memory.connect(), memory.connect(), memory.connect()
    for _ in range(14):
        slow.send(b"G" if not slow.channel.deadlines.begun else b"E")
        busy.send(b"GET /bigbluebutton/api HTTP/1.1\r\nHost: x\r\n\r\n")
        memory.advance(1)
    assert not slow.got()
    memory.advance(3)
    assert statuses(slow.got()) == [408]
    assert slow.half_closed
    memory.advance(7)
    assert slow.closed
    memory.advance(45)
    assert not idle.closed
    assert not busy.closed
    memory.advance(10)
    assert idle.closed
    assert not idle.got()
    assert not busy.closed
    memory.advance(30)
    assert busy.closed


def test_a_slow_body_gets_408_but_a_steady_one_has_its_time(memory: Memory) -> None:
    steady, slow = memory.connect(), memory.connect()
    for wire in (steady, slow):
        wire.send(post("create", "text/xml", 1 << 20))
    for _ in range(60):
        steady.send(b"x" * 2048)
        slow.send(b"x")
        memory.advance(1)
    assert statuses(slow.got()) == [408]
    assert not steady.got()
    assert not steady.closed


def test_a_slow_body_is_judged_by_its_last_seconds_and_not_by_its_length(memory: Memory) -> None:
    wire = memory.connect()
    wire.send(post("create", "text/xml", 30 << 20))
    wire.send(b"x" * (10 << 20))
    memory.advance(29)
    assert not wire.got()
    memory.advance(33)
    assert statuses(wire.got()) == [408]


def unsigned(call: str, content_type: str, length: int, query: str = "?meetingID=x1&checksum=0") -> bytes:
    head = f"POST /bigbluebutton/api/{call}{query} HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n"
    return f"{head}Content-Length: {length}\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("call", "content_type", "query", "key"),
    [
        ("create", "application/xml", "?meetingID=x1&checksum=0", b"checksumError"),
        ("create", "application/xml", "", b"checksumError"),
        ("create", "text/plain", "", b"checksumError"),
        ("create", "multipart/form-data; boundary=x", "?meetingID=x1", b"checksumError"),
        ("insertDocument", "application/xml", "?meetingID=x1&checksum=0", b"checksumError"),
        ("putRecordingTextTrack", "multipart/form-data; boundary=x", "?recordID=x&checksum=0", b"checksumError"),
        ("create", FORM, "?meetingID=x1&checksum=0", b"requestTooLarge"),
        ("create", FORM, "", b"requestTooLarge"),
        ("setConfigXML", FORM, "", b"requestTooLarge"),
    ],
)
def test_nothing_is_kept_of_a_body_that_nobody_signed(
    memory_with: Callable[..., Memory], call: str, content_type: str, query: str, key: bytes
) -> None:
    memory = memory_with(bbbd__maxBodiesInHand="1 MiB")
    before = sorted(memory.directory.rglob("*"))
    wires = [memory.connect() for _ in range(4)]
    for wire in wires:
        # Together these are more than may be in hand: they are answered all the same, since none is kept.
        wire.send(unsigned(call, content_type, 5 << 20, query))
        wire.send(b"x" * (4 << 20))
    assert sorted(memory.directory.rglob("*")) == before
    for wire in wires:
        wire.send(b"x" * (1 << 20))
        assert key in wire.got()


def test_a_form_that_signs_itself_is_held_up_to_256_kib(memory: Memory) -> None:
    raw = memory.send(unsigned("create", FORM, 256 << 10, "") + b"x" * (256 << 10))
    assert b"checksumError" in raw


def test_bodies_in_hand_have_a_limit_together(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__maxBodiesInHand="5 MiB")
    first = memory.connect()
    first.send(post("create", "text/xml", 3 << 20))
    for length in (3 << 20, (2 << 20) + 1):
        answer = parse(memory.send(post("create", "text/xml", length)))
        assert (answer.status, answer.code, answer.key) == (200, "FAILED", "diskFull")
        assert answer.headers["connection"] == "close"
    assert b"100 Continue" not in memory.send(
        post("create", "text/xml", 3 << 20)[:-2] + b"Expect: 100-continue\r\n\r\n"
    )
    head = post("create", "text/xml", 0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    assert b"diskFull" in memory.send(head + b"300000\r\n" + b"x" * 0x300000)
    first.hang_up()
    second = memory.connect()
    second.send(post("create", "text/xml", 5 << 20))
    assert not second.got()


def test_a_body_in_hand_reserves_its_disk(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__minFreeDisk="1 MiB")
    memory.app._free_disk.bytes = 11 << 20
    first = memory.connect()
    # Its documents become files, so it needs twice its length.
    first.send(post("create", "text/xml", 3 << 20))
    assert b"diskFull" in memory.send(post("create", "text/xml", 3 << 20))
    # A call without a large body is answered on a full disk.
    assert b"SUCCESS" in memory.send(post("isMeetingRunning", "text/xml", 1000) + b"x" * 1000)
    first.hang_up()
    assert not memory.send(post("create", "text/xml", 3 << 20))


def test_whoever_does_not_read_its_answer_is_cut_off(memory: Memory) -> None:
    wire = memory.connect()
    wire.send(post("isMeetingRunning", "text/xml", 1 << 20))
    wire.send(b"x" * 1000)
    assert statuses(wire.got()) == [200]
    memory.advance(7)
    assert wire.closed


def test_connections_are_counted(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__maxConnections="1100", bbbd__trustedProxies="10.0.0.0/8")
    same = [memory.connect("192.0.2.9") for _ in range(1001)]
    assert [wire.refused for wire in same] == [False] * 1000 + [True]
    proxies = [memory.connect("10.1.2.3") for _ in range(100)]
    assert not any(wire.refused for wire in proxies)
    assert memory.connect("192.0.2.10").refused
    same[0].hang_up()
    assert not memory.connect("192.0.2.9").refused


@awaited
async def test_who_called_is_told_behind_trusted_proxies_only(memory: Memory) -> None:
    request = b"GET /bigbluebutton/api HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: %b\r\n\r\n"
    for host, forwarded in (
        ("127.0.0.1", b"198.51.100.7"),
        ("127.0.0.1", b"1.2.3.4, 198.51.100.8, 127.0.0.1"),
        ("127.0.0.1", b"nonsense\xff"),
        ("192.0.2.1", b"198.51.100.9"),
    ):
        wire = memory.connect(host)
        wire.send(request % forwarded)
    callers = [line["from"] for line in memory.told("call")]
    assert callers == ["198.51.100.7", "198.51.100.8", "127.0.0.1", "192.0.2.1"]


@awaited
async def test_whoever_hangs_up_before_the_answer_harms_nobody(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    for number in range(50):
        with daemon.connect() as connection:
            connection.sendall(
                f"GET {signed('create', f'meetingID=gone{number}')} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
            )
    assert (await daemon.call("getMeetings")).code == "SUCCESS"


def test_whoever_does_not_take_its_answers_is_not_read_any_further(memory: Memory) -> None:
    wire = memory.connect()
    request = b"GET /bigbluebutton/api HTTP/1.1\r\nHost: x\r\n\r\n"
    wire.channel.pauseProducing()
    wire.send(request * 10)
    assert not wire.got()
    memory.advance(20)
    wire.channel.resumeProducing()
    assert statuses(wire.got()) == [200] * 10
    wire.channel.pauseProducing()
    wire.send(request * 10)
    memory.advance(32)
    assert wire.closed
    assert statuses(wire.got()) == [200] * 10


@awaited
async def test_pipelining_without_reading_fills_no_memory(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    taken = 0
    with daemon.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setblocking(False)
        turns = 0
        while taken < 30_000_000 and turns < 10:
            try:
                taken += connection.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
                turns = 0
            except BlockingIOError:
                # Each is a turn of its reactor, in which it could have read on.
                assert (await daemon.call("getMeetings")).code == "SUCCESS"
                turns += 1
    assert taken < 30_000_000


@awaited
async def test_descriptors_stay_for_files(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (240, 240))
    os.kill(daemon.process.pid, signal.SIGHUP)
    assert (await daemon.until_logged("connections_lowered"))["most"] == 40
    with ExitStack() as stack:
        first = stack.enter_context(daemon.connect())
        others = [stack.enter_context(daemon.connect()) for _ in range(100)]
        first.sendall(f"GET {signed('create', 'meetingID=many')} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert b"SUCCESS" in first.recv(65536)
        # Those past the limit are closed at once; those within it, and the journal, work.
        assert others[-1].recv(100) == b""
        others[0].sendall(f"GET {signed('getMeetings')} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert b"many" in others[0].recv(65536)

    def answers() -> bool:
        with suppress(ConnectionResetError):
            return daemon.send(b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200")
        return False

    await until(answers)
    assert (await daemon.call("create", meetingID="after")).code == "SUCCESS"
    await daemon.restart()
    assert len((await daemon.call("getMeetings")).xml.findall("meetings/meeting")) == 2


def test_only_looking_is_answered_by_pages(send: Callable[[bytes], bytes]) -> None:
    for method, path in ((b"POST", b"/html5client/join"), (b"DELETE", b"/"), (b"PUT", b"/html5client/page.css")):
        answer = parse(send(b"%b %b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" % (method, path)))
        assert (answer.status, answer.headers["server"]) == (405, "bbbd")
        assert answer.headers["content-type"].startswith("text/plain")
    large = b"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    assert parse(send(large)).status == 413
    like_a_call = b"POST /aaaaaaaaaaaaaaaaaa/create HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    assert parse(send(like_a_call)).status == 413


@awaited
async def test_a_proxy_on_the_same_machine_is_known_in_every_form(memory: Memory) -> None:
    for host in ("::ffff:127.0.0.1", "::1", ""):
        wire = memory.connect(host)
        wire.send(b"GET /bigbluebutton/api HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ::ffff:198.51.100.7\r\n\r\n")
    memory.connect("").send(b"GET /bigbluebutton/api HTTP/1.1\r\nHost: x\r\n\r\n")
    callers = [line["from"] for line in memory.told("call")]
    assert callers == ["198.51.100.7"] * 3 + ["unix"]


@awaited
async def test_what_was_refused_is_told_once_a_minute(memory: Memory) -> None:
    for _ in range(3):
        memory.send(b"GET /\x00 HTTP/1.1\r\n\r\n")
    memory.send(post("create", "text/xml", 99_999_999))
    memory.advance(60)
    told = {line["limit"]: line["count"] for line in memory.told("refused")}
    assert told == {"framing": 3, "body": 1}


def test_the_beginning_of_a_next_head_has_its_time_too(memory: Memory) -> None:
    wire = memory.connect()
    wire.send(b"GET /bigbluebutton/api HTTP/1.1\r\nHost: x\r\n\r\nGET /x HT")
    memory.advance(17)
    assert statuses(wire.got()) == [200, 408]


@awaited
async def test_a_stop_does_not_wait_for_half_a_head(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(settings={"bbbd.stopWithinSeconds": "3000"})
    with daemon.connect() as half:
        half.sendall(b"GET /bigblue")
        await daemon.call("getMeetings")
        assert daemon.end() == 0
