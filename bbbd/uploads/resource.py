"""What pages record of themselves, over HTTP: ``/html5client/media`` and below it.

All requests have ``Authorization: Bearer <session token>``. ``POST /html5client/media`` with JSON, ``kind``, ``mime``,
``startedAt`` (milliseconds of the server's clock) and ``seq`` (the page's own number), begins a file: 201 and ``id``.
``PATCH …/media/<id>`` with ``Upload-Offset``, and ``Slice-At`` where it is known when the last byte was recorded,
brings at most 4 MiB: 204 and the new ``Upload-Offset`` once they are on the disk, or 409 and the right one, or 429 and
``Retry-After`` (seconds) where they come too fast. ``HEAD`` tells the offset.
``POST …/media/<id>/done`` with ``bytes`` ends the file: 204, or 409 and the length that is there. All other answers are
JSON with ``why``, and change nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Coroutine
from typing import Any, cast

import msgspec
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.body_budget import BodyUse
from bbbd.http.incoming_body import DISCARDED, BodyRefusal, IncomingBody
from bbbd.http.request import Request
from bbbd.http.token_rate_limit import TOO_MANY, TOO_MANY_TEXT, TokenRateLimit
from bbbd.limits import Limit
from bbbd.live.document_uploads import answer_json, bearer_token, find_person, refuse_without_token
from bbbd.storage.group_commit import SyncFailed, Thread
from bbbd.uploads.facts import LARGEST_PIECE, Upload, UploadRefused, Wanted
from bbbd.uploads.service import MediaUploads

_log = Logger()

PATH = b"/html5client/media"
#: Bytes of a body in JSON.
LARGEST_JSON = 4096
_JSON = b"application/json;charset=utf-8"
_NUMBER = re.compile(r"[0-9]{1,15}")
_LIMITS = {413: Limit.MEDIA, 507: Limit.FREE_DISK}
_TOO_LARGE = f"A piece has at most {LARGEST_PIECE:,} bytes, and what is in JSON {LARGEST_JSON:,}."


class _Done(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``done`` has."""

    bytes: int


def is_ours(path: bytes) -> bool:
    """Return whether a path is one of these."""
    return path == PATH or path.startswith(PATH + b"/")


class MediaUploadsResource(Resource):
    """``/html5client/media`` and all below it, and the decisions about bodies that are sent there."""

    isLeaf = True

    def __init__(self, uploads: MediaUploads, guesses: TokenRateLimit, worker: Thread) -> None:
        super().__init__()
        self._uploads = uploads
        self._guesses = guesses
        self._worker = worker

    # Before the body arrives.

    def largest(self, method: bytes) -> int:
        """Return the size limit of a body in bytes."""
        return LARGEST_PIECE if method == b"PATCH" else LARGEST_JSON

    def incoming(self, request: Request, path: bytes, method: bytes) -> IncomingBody:
        """Return the decision about a body: a piece is held if it is known whose it is; that is asked by HEAD."""
        token, name = bearer_token(request), path.rpartition(b"/")[2].decode("latin-1")
        if method == b"PATCH":
            return IncomingBody(None, BodyUse.HELD) if token and self._uploads.knows(name, token) else DISCARDED
        return IncomingBody(None, BodyUse.HELD) if token and method == b"POST" else DISCARDED

    def body_refusal(self, why_not: BodyRefusal) -> tuple[int, bytes, bytes]:
        """Return status, type and text of the answer to a body that is not read."""
        is_large = why_not is BodyRefusal.TOO_LARGE
        why = _TOO_LARGE if is_large else "The server has no room for it now."
        return (413 if is_large else 507), _JSON, json.dumps({"why": why}).encode()

    # When it has arrived.

    def render(self, request: Any) -> int:
        """Take a request."""
        asked = cast("Request", request)
        parts = [part.decode("utf-8", "replace") for part in asked.postpath or ()]
        if not bearer_token(asked):
            refuse_without_token(asked)
        elif not parts:
            self._only(asked, {b"POST": self._begin})
        elif len(parts) == 1:
            self._only(asked, {b"HEAD": self._tell, b"PATCH": self._add}, parts[0])
        elif parts[1:] == ["done"]:
            self._only(asked, {b"POST": self._complete}, parts[0])
        else:
            answer_json(asked, 404, why="There is no such upload.")
        return NOT_DONE_YET

    def _only(self, request: Request, methods: dict[bytes, Any], *words: str) -> None:
        take = methods.get(request.method)
        if take is None:
            allowed = b", ".join(methods)
            request.setHeader(b"Allow", allowed)
            answer_json(request, 405, why=f"Only {allowed.decode()} is answered here.")
            return
        answered = self._answered(request, take(request, *words))
        Deferred.fromCoroutine(answered).addErrback(request.processingFailed)

    async def _answered(self, request: Request, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except UploadRefused as refusal:
            # Who guesses is counted elsewhere, and told no time.
            limit = Limit.MEDIA if refusal.seconds else _LIMITS.get(refusal.status)
            if limit is not None:
                self._uploads.hub.refused(request.caller, limit)
            if refusal.seconds:
                request.setHeader(b"Retry-After", b"%d" % refusal.seconds)
            if refusal.offset is not None:
                request.setHeader(b"Upload-Offset", b"%d" % refusal.offset)
            answer_json(request, refusal.status, why=refusal.why)
        except (OSError, SyncFailed) as fault:
            _log.error("what a page recorded cannot be stored: {why}", event="media_not_recorded", why=str(fault))
            answer_json(request, 507, why="The server cannot store it.")

    async def _begin(self, request: Request) -> None:
        found = find_person(self._uploads.hub, self._guesses, request)
        if found is None:
            return
        wanted = _decoded(request, Wanted)
        name = await self._uploads.begin(*found, bearer_token(request), wanted)
        answer_json(request, 201, id=name)

    async def _find(self, request: Request, name: str) -> Upload:
        """Return a file of the caller's. Raises ``UploadRefused`` and ``OSError``."""
        token, hub = bearer_token(request), self._uploads.hub
        is_unknown = hub.session(token) is None and hub.find_expired(token) is None
        if is_unknown and not self._uploads.knows(name, token) and self._guesses.too_many(request.caller):
            raise UploadRefused(TOO_MANY[0], TOO_MANY_TEXT)
        try:
            return await self._uploads.find(name, token)
        except UploadRefused:
            if is_unknown:
                self._guesses.count(request.caller)
            raise

    async def _tell(self, request: Request, name: str) -> None:
        upload = await self._find(request, name)
        request.setHeader(b"Upload-Offset", b"%d" % upload.length)
        answer_json(request, 200)

    async def _add(self, request: Request, name: str) -> None:
        is_held = request.incoming is None
        offset = _number(request, b"Upload-Offset")
        recorded = _number(request, b"Slice-At", 0)
        try:
            data = await self._worker(request.content.read) if is_held else b""
        except ValueError:
            # The connection ended meanwhile, and with it what it brought.
            return
        upload = await self._find(request, name)
        # What was not held, since nothing was known of the file, is asked for again.
        _moved(request, await self._uploads.add(upload, offset if is_held else -1, recorded, data))

    async def _complete(self, request: Request, name: str) -> None:
        upload = await self._find(request, name)
        await self._uploads.complete(upload, _decoded(request, _Done).bytes)
        _moved(request, upload.length)


def _moved(request: Request, length: int) -> None:
    """Answer 204 with the length that is there."""
    if not (request.finished or request.gone):
        request.begin(204, {"Upload-Offset": str(length), "Cache-Control": "no-cache"})
        request.finish()


def _number(request: Request, name: bytes, absent: int | None = None) -> int:
    """Return the number in a header. Raises ``UploadRefused``."""
    text = request.header(name)
    if text is None and absent is not None:
        return absent
    if not _NUMBER.fullmatch(text or ""):
        raise UploadRefused(400, f"{name.decode()} must be a whole number.")
    return int(text or 0)


def _decoded(request: Request, kind: type[Any]) -> Any:
    """Return a body in JSON. Raises ``UploadRefused``."""
    try:
        return msgspec.json.decode(request.content.read(), type=kind)
    except msgspec.MsgspecError as fault:
        raise UploadRefused(400, f"The body is not as it must be: {fault}.") from None
