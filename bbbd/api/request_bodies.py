"""Body policy of the API: decisions before a body arrives, on its size, its type and its sink."""

from __future__ import annotations

import dataclasses
from urllib.parse import unquote_to_bytes

from bbbd.api import signatures
from bbbd.api.call import LARGEST_FORM, AnyCall, BodyRule
from bbbd.api.multipart_upload import MULTIPART, MultipartUpload
from bbbd.api.negotiation import PLAIN, response_format
from bbbd.api.problems import Failed, Problem
from bbbd.api.server import Server
from bbbd.api.table import TABLE, refusal
from bbbd.http.body_budget import BodyUse
from bbbd.http.incoming_body import DISCARDED, BodyRefusal, IncomingBody
from bbbd.http.request import Request

JSON = "application/json"
#: Size limit of a body without a known call.
LARGEST_UNKNOWN = 64 << 10
_BELOW = [b"bigbluebutton", b"api"]


def _call_at(path: bytes, method: bytes) -> tuple[bool, AnyCall | None]:
    """Return whether a raw path is below the API, and its call.

    Percent-encoding is decoded, so that decisions before and after the body agree.
    """
    segments = [unquote_to_bytes(part) for part in path[1:].split(b"/")]
    if segments[: len(_BELOW)] != _BELOW:
        return False, None
    return True, TABLE.call_of(segments[len(_BELOW) :], method)[1]


def content_type_of(request: Request) -> str:
    """Return the content type of a body, in lower case and without parameters; empty if missing."""
    return (request.header(b"Content-Type") or "").partition(";")[0].strip().lower()


def largest_body(server: Server, request: Request, path: bytes, method: bytes) -> int:
    """Return the size limit of a request's body in bytes."""
    _is_api, call = _call_at(path, method)
    if call is None:
        return LARGEST_UNKNOWN
    if content_type_of(request) == signatures.FORM and call.body is not BodyRule.LONG_FORM:
        return LARGEST_FORM
    return call.body.value or server.settings.max_body


def refusal_of_body(
    server: Server, request: Request, path: bytes, method: bytes, query: bytes, why: BodyRefusal
) -> tuple[int, bytes, bytes] | None:
    """Return status, type and text of the answer to a body that is not read; None if the path is not of the API."""
    is_api, call = _call_at(path, method)
    if not is_api:
        return None
    usual = call.form if call else PLAIN
    try:
        form = response_format(query, request.header(b"Accept"), usual)
    except Failed:
        form = dataclasses.replace(usual, json=True)
    problem = Problem.TOO_LARGE if why is BodyRefusal.TOO_LARGE else Problem.DISK_FULL
    failed = Failed(problem if call else Problem.UNSUPPORTED_REQUEST)
    return 200, form.content_type, form.write(refusal(server, call, failed).tree)


def incoming(server: Server, request: Request, path: bytes, method: bytes, query: bytes) -> IncomingBody:
    """Return the decision about the body of a call.

    Nothing is kept of a body whose call will be refused, as far as the head says so: where the query is what is
    signed, the signature is checked now. A form that is itself signed has a small limit and is held.
    """
    _is_api, call = _call_at(path, method)
    if b"Content-Length" not in request.headers and b"Transfer-Encoding" not in request.headers:
        return IncomingBody()
    if call is None or not _is_wanted(server, call, content_type_of(request), query):
        return DISCARDED
    if call.body is BodyRule.SLIDES and content_type_of(request) != signatures.FORM:
        return IncomingBody(use=BodyUse.COPIED)
    if call.body is not BodyRule.TRACK:
        return IncomingBody()
    transport = request.channel.producer
    file = server.tracks.incoming(transport.pauseProducing, transport.resumeProducing)
    return IncomingBody(MultipartUpload(request.header(b"Content-Type") or "", file), BodyUse.STORED)


def _is_wanted(server: Server, call: AnyCall, content_type: str, query: bytes) -> bool:
    """Return whether the head of a request gives no reason yet to refuse the call."""
    if content_type == signatures.FORM and signatures.form_counts(call, query):
        return server.settings.service_enabled
    try:
        signatures.check(server, call, query, b"")
    except Failed:
        return False
    return server.settings.service_enabled and accepts(call, content_type)


def accepts(call: AnyCall, content_type: str) -> bool:
    """Return whether a call accepts a body of this type."""
    if call.body is BodyRule.TRACK:
        return content_type == MULTIPART
    return content_type in signatures.KNOWN_TYPES or (call.body is BodyRule.JSON and content_type == JSON)
