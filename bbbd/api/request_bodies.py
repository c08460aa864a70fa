"""Body policy of the API: decisions before a body arrives, on its size, its type and its sink."""

from __future__ import annotations

import dataclasses
from urllib.parse import unquote_to_bytes

from bbbd.api import signatures
from bbbd.api.call import LARGEST_FORM, AnyCall, BodyRule
from bbbd.api.multipart_upload import MULTIPART, DiscardedPart, MultipartUpload
from bbbd.api.negotiation import PLAIN, response_format
from bbbd.api.problems import Failed, Problem
from bbbd.api.server import Server
from bbbd.api.table import TABLE, refusal
from bbbd.http.request import BodySink, Request

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


def too_large(
    server: Server, request: Request, path: bytes, method: bytes, query: bytes
) -> tuple[int, bytes, bytes] | None:
    """Return status, type and text of the answer to a too large body; None if the path is not of the API."""
    is_api, call = _call_at(path, method)
    if not is_api:
        return None
    usual = call.form if call else PLAIN
    try:
        form = response_format(query, request.header(b"Accept"), usual)
    except Failed:
        form = dataclasses.replace(usual, json=True)
    failed = Failed(Problem.TOO_LARGE if call else Problem.UNSUPPORTED_REQUEST)
    return 200, form.content_type, form.write(refusal(server, call, failed).tree)


def incoming(server: Server, request: Request, path: bytes, method: bytes, query: bytes) -> BodySink | None:
    """Return the sink for the body of a call, or None for the default.

    An upload is stored only if the call is signed; that is known from its query.
    """
    _is_api, call = _call_at(path, method)
    if call is None or call.body is not BodyRule.TRACK:
        return None
    try:
        signatures.check(server, call, query, b"")
    except Failed:
        return DiscardedPart()
    if content_type_of(request) != MULTIPART:
        return DiscardedPart()
    transport = request.channel.producer
    file = server.tracks.incoming(transport.pauseProducing, transport.resumeProducing)
    return MultipartUpload(request.header(b"Content-Type") or "", file)


def accepts(call: AnyCall, content_type: str) -> bool:
    """Return whether a call accepts a body of this type."""
    if call.body is BodyRule.TRACK:
        return content_type == MULTIPART
    of_its_own = call.body is BodyRule.SLIDES or (call.body is BodyRule.JSON and content_type == JSON)
    return of_its_own or content_type in signatures.KNOWN_TYPES
