"""bbbd behind nginx and Caddy, set up by the files of ``etc/``: everything arrives as it was sent."""

from __future__ import annotations

import re
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from environment_reset import PATIENCE
from harness import Answer, Daemon, awaited, parse, signed, until
from proxies import BehindCaddy, BehindNginx, ProxiedDaemon
from test_uploads import OWN, PATH, archive, token
from tls_receivers import Authority
from websocket_clients import Connected, connected


@pytest.fixture(scope="module", params=[BehindNginx, BehindCaddy], ids=["nginx", "caddy"])
def proxied(request: pytest.FixtureRequest, authority: Authority) -> Iterator[ProxiedDaemon]:
    """One daemon behind each proxy."""
    kind: type[ProxiedDaemon] = request.param
    with tempfile.TemporaryDirectory(prefix="bbbd-test-") as directory:
        daemon = kind(directory=Path(directory) / "data", authority=authority)
        yield daemon
        assert daemon.end() == 0
        assert not [line for line in daemon.log if line["level"] in ("error", "critical")]


def sent(daemon: ProxiedDaemon, target: str, source: str = "127.0.0.1", *headers: str) -> Answer:
    """Send a request line as it is, and return the answer."""
    lines = (f"GET {target} HTTP/1.1", f"Host: 127.0.0.1:{daemon.port}", "Connection: close", *headers, "", "")
    with daemon.open(source=source) as connection:
        connection.sendall("\r\n".join(lines).encode())
        pieces = []
        while piece := connection.recv():
            pieces.append(piece)
        return parse(b"".join(pieces))


@pytest.mark.parametrize(
    "rest",
    [
        "&name=a+b%20c",
        "&name=a%2Fb%2fb&meta_x=%C3%A9%c3%a9",
        "&&name=x&&",
        "&name=a;b=c",
        "&name=%7Ea~b&meta_y=%2B+",
        "&name=a/../b//c&meta_z=./..",
        "&name=",
        "&name=a%26b%3Dc&meta_q=a=b=c?d?e",
        "&name=%25zz%2525",
        "&name=a'b(c)*!$,:@",
    ],
)
def test_a_query_arrives_byte_for_byte(proxied: ProxiedDaemon, rest: str) -> None:
    answer = sent(proxied, signed("isMeetingRunning", f"meetingID=x{rest}"))
    assert (answer.status, answer.code, answer.key) == (200, "SUCCESS", None)


def test_a_url_of_60_kb_is_answered(proxied: ProxiedDaemon) -> None:
    more = "".join(f"&meta_{number}={'x' * 6000}" for number in range(10))
    assert sent(proxied, signed("isMeetingRunning", f"meetingID=x{more}")).code == "SUCCESS"


@awaited
async def test_the_caller_is_the_client_of_the_proxy(proxied: ProxiedDaemon) -> None:
    for number, headers in enumerate([(), ("X-Forwarded-For: 198.51.100.7",)]):
        answer = sent(proxied, signed("getMeetings"), f"127.0.0.{number + 2}", *headers)
        request = answer.headers["x-request-id"]
        await until(lambda request=request: bool(lines_of(proxied, request)))  # type: ignore[misc]
        assert lines_of(proxied, request)[0]["from"] == f"127.0.0.{number + 2}"


def lines_of(daemon: Daemon, request: str) -> list[dict[str, str]]:
    return [line for line in daemon.log if line.get("request") == request]


@awaited
async def test_people_come_in_and_chat(proxied: ProxiedDaemon) -> None:
    await proxied.call("create", meetingID="demo")
    page = await proxied.fetch(
        joined_path(await proxied.call("join", meetingID="demo", fullName="Eve", role="VIEWER", redirect="false"))
    )
    assert page.status == 200
    assert b"wss://127.0.0.1:%d" % proxied.port in page.headers["content-security-policy"].encode()
    with (
        await connected(proxied, proxied, "demo", "Ada", role="MODERATOR") as ada,
        await connected(proxied, proxied, "demo", "Bob", role="VIEWER") as bob,
    ):
        for text in ("Hello", "x" * 4900):
            ada.say("chat.say", text=text)
        bob.until(lambda: len(bob.events("Chatted")) == 2)
        leave(bob)


def joined_path(answer: Answer) -> str:
    url = answer.text("url") or ""
    return "/" + url.split("/", 3)[3]


def leave(member: Connected) -> None:
    """Leave, and see that the connection is closed by the server."""
    member.say("leave")
    member.until(lambda: member.closed is not None)


@awaited
async def test_a_body_of_40_mb_reaches_create(proxied: ProxiedDaemon) -> None:
    body = b"<modules><module name='presentation'></module>" + b" " * (39 << 20) + b"</modules>"
    answer = await proxied.fetch(signed("create", "meetingID=large"), "POST", {"Content-Type": "application/xml"}, body)
    assert answer.code == "SUCCESS"


@awaited
async def test_an_archive_arrives_as_it_is_sent_and_is_played_in_parts(proxied: ProxiedDaemon) -> None:
    data = archive(extra=8 << 20)
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{proxied.port}\r\nContent-Type: application/x-tar\r\n"
        f"Authorization: Bearer {token(aud=f'127.0.0.1:{proxied.port}')}\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    with proxied.open() as connection:
        half = len(data) // 2
        connection.sendall(head.encode() + data[:half])
        # Half is sent, and bbbd has nearly half: the proxy keeps nothing to itself.
        await until(lambda: sum(file.stat().st_size for file in uploads(proxied)) > half - (1 << 20))
        connection.sendall(data[half:])
        assert parse(connection.recv()).status == 202
    # The log says when it lies there; a moment later it is listed.
    end = time.monotonic() + PATIENCE
    while (await proxied.call("getRecordings", recordID=OWN, state="any")).text("recordings/recording") is None:
        assert time.monotonic() < end
    assert (await proxied.call("publishRecordings", recordID=OWN, publish="true")).code == "SUCCESS"
    part = await proxied.fetch(f"/presentation/{OWN}/audio.bin", headers={"Range": "bytes=1000000-1000009"})
    assert (part.status, len(part.body)) == (206, 10)
    assert part.headers["content-range"] == f"bytes 1000000-1000009/{8 << 20}"
    assert part.body in data
    # Links and cookies are made for the public URL.
    await proxied.call("updateRecordings", recordID=OWN, protect="true")
    link = (await proxied.call("getRecordings")).text("recordings/recording/playback/format/url") or ""
    assert link.startswith(f"{proxied.origin}/recording/")
    let_in = await proxied.fetch(link.removeprefix(proxied.origin))
    assert let_in.status == 307
    assert let_in.headers["set-cookie"].endswith("; HttpOnly; Secure; SameSite=None")


def uploads(daemon: Daemon) -> list[Path]:
    return [path for path in (daemon.directory / "import").rglob("*") if path.is_file()]


def test_browsers_learn_to_use_https_alone(proxied: ProxiedDaemon) -> None:
    with proxied.open() as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{proxied.port}\r\n\r\n".encode())
        head = connection.recv().partition(b"\r\n\r\n")[0].lower()
    assert head.count(b"strict-transport-security: max-age=31536000") == 1


@pytest.mark.parametrize("proxied", [BehindNginx], indirect=True, ids=["nginx"])
def test_nginx_leads_from_http_to_https(proxied: BehindNginx) -> None:
    with socket.create_connection(("127.0.0.1", proxied.plain), timeout=PATIENCE) as connection:
        connection.sendall(b"GET /a?b=%2F HTTP/1.1\r\nHost: bbb.example.org\r\nConnection: close\r\n\r\n")
        head = connection.recv(4000).decode()
    assert re.search(r"^Location: https://bbb.example.org/a\?b=%2F\r$", head, re.MULTILINE)
