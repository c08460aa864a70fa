"""The HTTP client of the ``bbbd`` command: redirects, bodies, and answers that never arrive."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from threading import Thread

import pytest
from harness import free_port

from bbbd.api.call import Authentication
from bbbd.api.calls import CALLS
from bbbd.cli.api_client import SIGNED_AS_FORM, FilePart, HttpBody, ask, call, request, upload
from bbbd.cli.common import CommandFailed
from bbbd.cli.signed_urls import ApiTarget


class Echo(BaseHTTPRequestHandler):
    """Answers with the request, or redirects: ``/303/x`` with that status to ``/x``, ``/round`` to itself."""

    def log_message(self, *_arguments: object) -> None:
        """Log nothing."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, location = 200, ""
        word = self.path.split("/")[1]
        if word.isdigit():
            status, location = int(word), self.path.removeprefix(f"/{word}")
        elif word == "round":
            status, location = 302, "/round"
        answer = f"{self.command} {self.path} {self.headers.get('Content-Type', '-')}\n".encode() + body
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = _answer


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_calls_redirect_is_returned(url: str) -> None:
    answer = call(ApiTarget(f"{url}/302", "secret", "sha256"), "join", [("fullName", "Ada L")])
    assert answer.status == 302
    assert answer.location.startswith("/join?fullName=Ada+L&checksum=")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_redirect_of_a_get_is_followed(url: str, status: int) -> None:
    assert ask(f"{url}/{status}/x?y=1") == (200, b"GET /x?y=1 -\n")


def test_a_post_is_never_sent_to_the_target_of_a_redirect(url: str) -> None:
    assert ask(f"{url}/303/x", {}) == (200, b"GET /x -\n")
    with pytest.raises(CommandFailed, match="no answer: a POST was redirected to /x"):
        ask(f"{url}/302/x", {})
    with pytest.raises(CommandFailed, match="too many redirects"):
        ask(f"{url}/round")


def test_a_path_outside_ascii_is_encoded(url: str) -> None:
    assert request(f"{url}/ä%20b?c=%C3%A9&d=e+f").body.startswith(b"GET /%C3%A4%20b?c=%C3%A9&d=e+f ")
    assert request(url).body.startswith(b"GET / ")


def test_bodies_are_sent_with_their_types(url: str) -> None:
    target = ApiTarget(url, "secret", "sha256")
    line, text = call(target, "create", [], b"<modules/>").body.split(b"\n")
    assert (line.split()[-1], text) == (b"application/xml", b"<modules/>")
    form = call(target, "setConfigXML", [("meetingID", "a b")], b"<config>*~</config>").body
    assert b"POST /setConfigXML application/x-www-form-urlencoded\nmeetingID=a+b&configXML=" in form
    line, _, rest = upload(target, "put", [], FilePart('a"b.srt', b"\x00\r\n--")).body.partition(b"\n")
    boundary = line.rpartition(b"boundary=")[2]
    head, _, data = rest.partition(b"\r\n\r\n")
    assert b'name="file"; filename="a%22b.srt"' in head
    assert data == b"\x00\r\n--\r\n--" + boundary + b"--\r\n"
    assert b" -\n" in upload(target, "put", [], None).body
    file = BytesIO(b"tar")
    assert request(f"{url}/", HttpBody(file, "application/x-tar")).body == b"POST / application/x-tar\ntar"


def test_a_failure_is_no_answer() -> None:
    with pytest.raises(CommandFailed, match=r"no answer: .*refused"):
        request(f"http://127.0.0.1:{free_port()}/")
    with pytest.raises(CommandFailed, match="no answer: "):
        request("http://127.0.0.1:99999/")
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(CommandFailed, match="no answer: timed out"):
        request(f"http://127.0.0.1:{silent.getsockname()[1]}/", within=0.05)


def test_the_calls_that_are_sent_as_forms_are_the_apis() -> None:
    assert {call.name for call in CALLS.values() if call.authentication is Authentication.FORM} == SIGNED_AS_FORM


def test_a_url_with_a_query_and_no_path_has_a_valid_request_line(url: str) -> None:
    assert request(f"{url}?x=1").body == b"GET /?x=1 -\n"
