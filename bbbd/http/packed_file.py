"""A file in memory that never changes, packed for clients the first time that one takes it so."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from threading import Lock

import brotli
from twisted.internet.defer import Deferred

from bbbd.http.accept import choose_coding
from bbbd.http.request import Request
from bbbd.storage.group_commit import Thread

#: Brotli's 11 takes thirty times as long as 6, for a tenth less.
_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda data: brotli.compress(data, mode=brotli.MODE_TEXT, quality=6),
    "gzip": lambda data: gzip.compress(data, mtime=0),
}
IMMUTABLE = b"public, max-age=31536000, immutable"


class PackedFile:
    """A file's type and bytes, and those packed for each content coding that was asked for.

    With ``packs`` false it is sent as it is: a picture that is packed already.
    """

    __slots__ = ("_codings", "_lock", "_packed", "content_type", "plain")

    def __init__(self, content_type: bytes, plain: bytes, *, packs: bool = True) -> None:
        self._codings = list(_PACKERS) if packs else []
        self.content_type = content_type
        self.plain = plain
        self._packed: dict[str, bytes] = {"": plain}
        self._lock = Lock()

    def send(self, request: Request, worker: Thread) -> None:
        """Answer with the file, packed as the client takes it; the other headers are set."""
        request.setHeader(b"Vary", b"Accept-Encoding")
        coding = choose_coding(request.header(b"Accept-Encoding") or "", self._codings)
        if coding in self._packed:
            self._answer(request, coding)
        else:
            packed = Deferred.fromCoroutine(self._pack_and_answer(request, worker, coding))
            packed.addErrback(request.processingFailed)

    async def _pack_and_answer(self, request: Request, worker: Thread, coding: str) -> None:
        await worker(lambda: self._pack(coding))
        self._answer(request, coding)

    def _pack(self, coding: str) -> None:
        with self._lock:
            if coding not in self._packed:
                self._packed[coding] = _PACKERS[coding](self.plain)

    def _answer(self, request: Request, coding: str) -> None:
        if coding:
            request.setHeader(b"Content-Encoding", coding.encode())
        request.answer(self._packed[coding], self.content_type)


def send_immutable(request: Request, file: PackedFile, worker: Thread) -> None:
    """Answer with a file that never changes under its name."""
    request.setHeader(b"Cache-Control", IMMUTABLE)
    file.send(request, worker)
