"""Calls a BigBlueButton server from the outside: signed URLs, and what comes back, for the ``bbbd`` command."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Iterable
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import quote_plus

import treq
from lxml import etree
from twisted.web.client import FileBodyProducer
from twisted.web.http_headers import Headers
from twisted.web.iweb import IBodyProducer, IResponse

from bbbd.api.call import Authentication
from bbbd.api.calls import CALLS
from bbbd.api.checksum import ALGORITHM_OF_LENGTH, encoded, form_text, preferred, sign
from bbbd.api.signatures import FORM
from bbbd.settings.settings import Settings

#: Seconds to wait for an answer.
WITHIN = 60


class ApiTarget(NamedTuple):
    """A server to call, and what to sign with."""

    url: str
    secret: str
    algorithm: str

    def signed(self, call: str, pairs: Iterable[tuple[str, str]]) -> str:
        """Return a call's URL with its checksum."""
        query = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)
        checksum = sign(call, query.encode(), self.secret, self.algorithm)
        return f"{self.url}/{call}?{query}{'&' if query else ''}checksum={checksum}"


def target_of(settings: Settings, secrets: tuple[str, ...]) -> ApiTarget:
    """Return this server as a target, signed for as it would sign itself."""
    return ApiTarget(settings.url("/bigbluebutton/api"), secrets[0], preferred(settings.algorithms))


class ApiAnswer(NamedTuple):
    """What a server said: HTTP status, the place it sends to, body."""

    status: int
    location: str
    body: bytes


async def call(target: ApiTarget, name: str, pairs: list[tuple[str, str]], post: bytes | None = None) -> ApiAnswer:
    """Call and return the answer; redirects are told, not followed. ``post`` is a body: XML, or a config.xml."""
    if name in CALLS and CALLS[name].signed is Authentication.FORM:
        if post is not None:
            pairs = [*pairs, ("configXML", post.decode("utf-8"))]
        text = form_text(pairs)
        checksum = sign(name, text, target.secret, target.algorithm)
        body = "&".join(f"{quote_plus(key)}={encoded(value)}" for key, value in (*pairs, ("checksum", checksum)))
        response = await treq.post(
            f"{target.url}/{name}",
            body.encode(),
            allow_redirects=False,
            timeout=WITHIN,
            headers=Headers({"Content-Type": [FORM]}),
        )
    elif post is not None:
        response = await treq.post(
            target.signed(name, pairs),
            post,
            allow_redirects=False,
            timeout=WITHIN,
            headers=Headers({"Content-Type": ["application/xml"]}),
        )
    else:
        response = await treq.get(target.signed(name, pairs), allow_redirects=False, timeout=WITHIN)
    location = response.headers.getRawHeaders("location", [""])[0]
    return ApiAnswer(response.code, location, await response.content())


class FilePart(NamedTuple):
    """A file that is uploaded."""

    name: str
    data: bytes


async def upload(target: ApiTarget, name: str, pairs: list[tuple[str, str]], file: FilePart | None) -> ApiAnswer:
    """Call with a file as the part ``file`` of a multipart body, or with no body at all."""
    files = None if file is None else {"file": (file.name, "application/octet-stream", _body_of(file))}
    response = await treq.post(target.signed(name, pairs), files=files, timeout=WITHIN)
    return ApiAnswer(response.code, "", await response.content())


async def ask(url: str, body: dict[str, Any] | None = None) -> tuple[int, bytes]:
    """Get a URL, or post JSON to it; return status and body."""
    if body is None:
        response = await treq.get(url, timeout=WITHIN)
    else:
        headers = Headers({"Content-Type": ["application/json"]})
        response = await treq.post(url, json.dumps(body).encode(), headers=headers, timeout=WITHIN)
    return response.code, await response.content()


def _body_of(file: FilePart) -> IBodyProducer:
    producer: IBodyProducer = FileBodyProducer(BytesIO(file.data))
    return producer


def elements(body: bytes) -> etree._Element | None:
    """Return an answer's root element, None when it is no XML."""
    try:
        return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, recover=False))
    except etree.XMLSyntaxError:
        return None


def lines(element: etree._Element, depth: int = 0) -> list[str]:
    """Return an answer's elements as lines for a terminal."""
    told: list[str] = []
    for child in element:
        if len(child):
            told += [f"{'  ' * depth}{child.tag}", *lines(child, depth + 1)]
        elif child.text or child.tag not in ("messageKey", "message"):
            told.append(f"{'  ' * depth}{child.tag:<22} {child.text or ''}".rstrip())
    return told


async def readings(target: ApiTarget) -> list[tuple[str, str]]:
    """Return each way in which a checksum can be sent, with what the server has against it, empty when nothing."""
    name, pairs, query = "isMeetingRunning", [("meetingID", "bbbd-check")], b"meetingID=bbbd-check"
    url, form = f"{target.url}/{name}", Headers({"Content-Type": [FORM]})
    found = []
    for algorithm in ALGORITHM_OF_LENGTH.values():
        signed = target._replace(algorithm=algorithm).signed(name, pairs)
        found.append((f"query, {algorithm}", await _objection(treq.get(signed, timeout=WITHIN))))
    for what, text in (("POST, sorted form", form_text(pairs)), ("POST, raw form", query)):
        body = text + b"&checksum=" + sign(name, text, target.secret, target.algorithm).encode()
        found.append((what, await _objection(treq.post(url, body, headers=form, timeout=WITHIN))))
    return found


async def _objection(request: Awaitable[IResponse]) -> str:
    try:
        root = elements(await treq.content(await request))
    except Exception as fault:
        return f"no answer: {fault}"
    if root is None:
        return "the answer is not XML"
    return "" if root.findtext("returncode") == "SUCCESS" else root.findtext("messageKey") or "refused"
