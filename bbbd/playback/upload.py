"""Accepts archives of recordings over HTTP as BBBLB does, so that servers configured for BBBLB can send to bbbd.

``POST /bbblb/api/v1/recording/upload`` with ``Content-Type: application/x-tar`` and a bearer JWT that is signed with a
secret of this server. The answer is sent once the archive is on disk; its recordings are unpublished at first.
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.body_budget import BodyUse
from bbbd.http.incoming_body import DISCARDED, IncomingBody
from bbbd.http.request import Request
from bbbd.recordings.archive import MOST_BYTES
from bbbd.settings.current import CurrentSettings
from bbbd.storage.disk import Disk
from bbbd.storage.free_disk import FreeDisk
from bbbd.storage.group_commit import Thread
from bbbd.storage.spooled_body import SpooledBody
from bbbd.values.late_modules import jwt

_log = Logger()

PATH = b"/bbblb/api/v1/recording/upload"
_MESSAGES = {
    401: "The bearer token is missing or not valid.",
    405: "Only POST is answered here.",
    413: "The archive is too large.",
    415: "The content type must be application/x-tar.",
    507: "The archive cannot be stored.",
}


def _body(message: str, **more: str) -> bytes:
    return json.dumps({"message": message, **more}).encode() + b"\n"


class ArchiveUpload(Resource):
    """The upload resource. A spool watches ``directory``; ``free`` returns the free disk space in bytes."""

    isLeaf = True

    def __init__(
        self,
        disk: Disk,
        directory: Path,
        worker: Thread,
        current: CurrentSettings,
        free_disk: FreeDisk,
    ) -> None:
        super().__init__()
        self._disk = disk
        self._directory = directory
        self._worker = worker
        self._current = current
        self._free_disk = free_disk

    def largest(self) -> int:
        """Return the size limit of an archive now: its unpacked content must fit on the disk beside it."""
        return max(0, min(MOST_BYTES, self._free_disk.spare // 2))

    def refusal(self, request: Request, method: bytes) -> int:
        """Return the status of a request that is refused before its body is read, else 0."""
        if method != b"POST":
            return 405
        if not self._authorized(request.header(b"Authorization") or ""):
            return 401
        kind = (request.header(b"Content-Type") or "").partition(";")[0].strip().lower()
        return 0 if kind == "application/x-tar" else 415

    def _authorized(self, header: str) -> bool:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            return False
        own = urlsplit(self._current.settings.url("/"))
        for secret in self._current.secrets:
            try:
                jwt.decode(
                    token.strip(),
                    secret,
                    algorithms=["HS256"],
                    audience=[own.hostname or "", own.netloc],
                    options={"require": ["exp", "sub", "aud"]},
                )
            except jwt.InvalidTokenError:
                continue
            return True
        return False

    def incoming(self, request: Request, method: bytes) -> IncomingBody:
        """Return the decision about a body: a file of the spool, unless the request will be refused."""
        if self.refusal(request, method):
            return DISCARDED
        transport = request.channel.producer
        sink = SpooledBody(
            self._disk, self._directory, self._worker, transport.pauseProducing, transport.resumeProducing
        )
        return IncomingBody(sink, BodyUse.STORED_UNCOUNTED)

    def body_refusal(self, request: Request, method: bytes) -> tuple[int, bytes, bytes]:
        """Return status, type and text of the answer to a body that is not read."""
        status = self.refusal(request, method) or (413 if self.largest() >= MOST_BYTES else 507)
        return status, b"application/json", _body(_MESSAGES[status])

    def render(self, request: Request) -> int:
        """Answer once the archive is on disk."""
        status = self.refusal(request, request.method)
        if status or not isinstance(request.incoming, SpooledBody):
            status = status or 401
            request.setResponseCode(status)
            request.answer(_body(_MESSAGES[status]), b"application/json")
        else:
            Deferred.fromCoroutine(self._store(request, request.incoming)).addErrback(request.processingFailed)
        return NOT_DONE_YET

    async def _store(self, request: Request, incoming: SpooledBody) -> None:
        name = str(uuid.uuid4())
        try:
            await incoming.keep(f"{name}.tar")
        except OSError as fault:
            _log.error("uploaded archive could not be stored: {why}", event="upload_failed", why=str(fault))
            request.setResponseCode(507)
            request.answer(_body(_MESSAGES[507]), b"application/json")
            return
        _log.info("{file} was uploaded from {who}", event="upload", file=f"{name}.tar", who=request.caller, audit=True)
        request.setResponseCode(202)
        request.answer(_body("Import accepted.", importId=name), b"application/json")
