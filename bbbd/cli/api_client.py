"""A blocking HTTP client for the ``bbbd`` command, on the standard library: calls, uploads and JSON.

It imports no Twisted: a command starts in a fraction of the time. Redirects of a call are returned; those of every
other GET are followed.
"""

from __future__ import annotations

import json
import secrets
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import quote, quote_plus, urljoin, urlsplit
from xml.etree import ElementTree as ET

from bbbd.api.checksum import ALGORITHM_OF_LENGTH, form_text, java_encode, sign
from bbbd.cli.common import CommandFailed
from bbbd.cli.signed_urls import ApiTarget
from bbbd.values.urls import with_path

#: Seconds to wait for a connection, and for each piece of an answer.
WITHIN = 60
#: Redirects that are followed one after another.
_MOST_REDIRECTS = 20
FORM = "application/x-www-form-urlencoded"
#: Calls whose parameters are signed and sent as a form.
SIGNED_AS_FORM = frozenset(("setConfigXML",))


class ApiAnswer(NamedTuple):
    """The answer of a server: HTTP status, the target of a redirect, body."""

    status: int
    location: str
    body: bytes


class HttpBody(NamedTuple):
    """The body of a POST, and its media type, empty for an empty body."""

    content: bytes | BinaryIO
    content_type: str


class FilePart(NamedTuple):
    """A file to upload."""

    name: str
    data: bytes


def request(
    url: str, body: HttpBody | None = None, headers: dict[str, str] | None = None, within: float | None = WITHIN
) -> ApiAnswer:
    """Send a GET, or a POST with a body, and return the answer. Raises ``CommandFailed`` when there is none."""
    try:
        return _request(url, body, headers or {}, within)
    except (OSError, HTTPException, ValueError) as fault:
        raise CommandFailed(f"no answer: {str(fault) or type(fault).__name__}") from fault


def _request(url: str, body: HttpBody | None, headers: dict[str, str], within: float | None) -> ApiAnswer:
    parts = urlsplit(with_path(url))
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=within)
    target = quote(parts._replace(scheme="", netloc="", fragment="").geturl(), safe="%/?:@!$&'()*+,;=-._~")
    try:
        if body is None:
            connection.request("GET", target, headers=headers)
        else:
            headers = headers | {"Content-Length": str(_length(body.content))}
            if body.content_type:
                headers["Content-Type"] = body.content_type
            connection.request("POST", target, body.content, headers)
        with connection.getresponse() as response:
            return ApiAnswer(response.status, response.getheader("Location", ""), response.read())
    finally:
        connection.close()


def _length(content: bytes | BinaryIO) -> int:
    if isinstance(content, bytes):
        return len(content)
    length = content.seek(0, 2)
    content.seek(0)
    return length


def _followed(url: str, body: HttpBody | None = None) -> ApiAnswer:
    """Send a request and follow redirects; a POST is repeated nowhere else."""
    answer = request(url, body)
    for _ in range(_MOST_REDIRECTS):
        if answer.status not in (301, 302, 303, 307, 308) or not answer.location:
            return answer
        if body is not None and answer.status != 303:
            raise CommandFailed(f"no answer: a POST was redirected to {answer.location}")
        url, body = urljoin(url, answer.location), None
        answer = request(url)
    raise CommandFailed("no answer: too many redirects")


def call(target: ApiTarget, name: str, pairs: list[tuple[str, str]], post: bytes | None = None) -> ApiAnswer:
    """Call and return the answer, which may be a redirect. ``post`` is a body: XML, or a config.xml."""
    if name in SIGNED_AS_FORM:
        if post is not None:
            pairs = [*pairs, ("configXML", post.decode("utf-8"))]
        checksum = sign(name, form_text(pairs), target.secret, target.algorithm)
        form = "&".join(f"{quote_plus(key)}={java_encode(value)}" for key, value in (*pairs, ("checksum", checksum)))
        return request(f"{target.url}/{name}", HttpBody(form.encode(), FORM))
    body = None if post is None else HttpBody(post, "application/xml")
    return request(target.signed(name, pairs), body)


def upload(target: ApiTarget, name: str, pairs: list[tuple[str, str]], file: FilePart | None) -> ApiAnswer:
    """Call with a file as the part ``file`` of a multipart body, or with an empty body."""
    body = HttpBody(b"", "") if file is None else _multipart(file)
    return _followed(target.signed(name, pairs), body)


def _multipart(file: FilePart) -> HttpBody:
    boundary = secrets.token_hex(16)
    name = file.name.translate({ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A"})
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    content = head.encode() + file.data + f"\r\n--{boundary}--\r\n".encode()
    return HttpBody(content, f"multipart/form-data; boundary={boundary}")


def ask(url: str, body: dict[str, Any] | None = None) -> tuple[int, bytes]:
    """Get a URL, or post JSON to it; return status and body."""
    answer = _followed(url, None if body is None else HttpBody(json.dumps(body).encode(), "application/json"))
    return answer.status, answer.body


def elements(body: bytes) -> ET.Element | None:
    """Return the root element of an answer, None when the answer is not XML."""
    try:
        return ET.fromstring(body)  # noqa: S314 - Expat limits the expansion of entities and loads none from elsewhere
    except (ET.ParseError, ValueError, LookupError):
        return None


def readings(target: ApiTarget) -> list[tuple[str, str]]:
    """Return each way to send a checksum, with the server's objection to it, empty when it accepts the checksum."""
    name, pairs, query = "isMeetingRunning", [("meetingID", "bbbd-check")], b"meetingID=bbbd-check"
    found = []
    for algorithm in ALGORITHM_OF_LENGTH.values():
        signed = target._replace(algorithm=algorithm).signed(name, pairs)
        found.append((f"query, {algorithm}", _objection(signed)))
    for what, text in (("POST, sorted form", form_text(pairs)), ("POST, raw form", query)):
        form = text + b"&checksum=" + sign(name, text, target.secret, target.algorithm).encode()
        found.append((what, _objection(f"{target.url}/{name}", HttpBody(form, FORM))))
    return found


def _objection(url: str, body: HttpBody | None = None) -> str:
    try:
        root = elements(_followed(url, body).body)
    except CommandFailed as fault:
        return str(fault)
    if root is None:
        return "the answer is not XML"
    return "" if root.findtext("returncode") == "SUCCESS" else root.findtext("messageKey") or "refused"
