"""The files of published recordings: ``/<format>/<id>/…``, with ranges, and real 404s for all else."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from email.utils import formatdate
from pathlib import Path
from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.playback.protection import Protection
from bbbd.playback.ranges import has_already, part_of
from bbbd.playback.sending import Sending
from bbbd.playback.types import served_as
from bbbd.recordings.index import Recording
from bbbd.recordings.layout import FORMAT, RECORD_ID, Place
from bbbd.recordings.library import Library
from bbbd.rounds import Thread
from bbbd.settings import Settings
from bbbd.site import Request

_log = Logger()


def not_found(request: Request) -> None:
    """Answer a real 404."""
    request.setResponseCode(404)
    request.setHeader(b"Cache-Control", b"no-cache")
    request.answer(b"Nothing is here.\n", b"text/plain;charset=utf-8")


def redirect(request: Request, status: int, location: str) -> None:
    """Send on to another place of this server."""
    request.setResponseCode(status)
    request.setHeader(b"Location", location.encode())
    request.answer(b"", b"text/plain;charset=utf-8")


def safe(segments: Sequence[bytes]) -> list[str] | None:
    """Return the names of a path below a directory, None when it could lead out of it or to hidden files."""
    names = [segment.decode("utf-8", "surrogateescape") for segment in segments]
    bad = any(not name or name.startswith(".") or "/" in name or "\\" in name or "\0" in name for name in names)
    return None if bad else names


def opened(root: Path, names: Sequence[str]) -> tuple[int, os.stat_result] | None:
    """Return a file below a directory, opened; links that lead out of it are none. Waits for the disk."""
    path = root.joinpath(*names)
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            return None
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError):
        return None
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode):
        return descriptor, status
    os.close(descriptor)
    return None


class Published:
    """What is published, and who may have it."""

    def __init__(self, library: Library, protection: Protection) -> None:
        self.library = library
        self.protection = protection

    def find(self, name: str, record_id: str) -> Recording | None:
        """Return a published recording that has a format of this name."""
        if not FORMAT.fullmatch(name) or not RECORD_ID.fullmatch(record_id):
            return None
        found = self.library.index.find(record_id)
        if found is None or found.place is not Place.PUBLISHED:
            return None
        return found if any(one.name == name for one in found.formats) else None

    def admits(self, request: Request, name: str, recording: Recording) -> bool:
        """Tell whether a request may have the files of a format."""
        if not recording.protected:
            return True
        cookie = request.getCookie(f"recording_{name}_{recording.record_id}".encode()) or b""
        return self.protection.admits(cookie.decode("latin-1"), recording.record_id, name)


class Files(Resource):
    """``/<format>/<id>/…``, or with ``format`` set ``/…/<id>/…``."""

    isLeaf = True

    def __init__(self, published: Published, settings: Callable[[], Settings], worker: Thread, name: str) -> None:
        super().__init__()
        self._published = published
        self._settings = settings
        self._worker = worker
        self._name = name

    def render(self, request: Any) -> int:
        """Answer with a file."""
        asked = cast("Request", request)
        answered = Deferred.fromCoroutine(self._answer(asked))

        def failed(failure: Any) -> None:
            _log.failure("a file could not be sent", failure, event="sending_failed", request=asked.mark)
            asked.loseConnection()

        answered.addErrback(failed)
        return NOT_DONE_YET

    async def _answer(self, request: Request) -> None:
        if request.method not in (b"GET", b"HEAD"):
            request.setResponseCode(405)
            request.setHeader(b"Allow", b"GET, HEAD")
            request.answer(b"Only GET and HEAD are answered here.\n", b"text/plain;charset=utf-8")
            return
        await self._published.library.ready()
        record_id, *rest = [*(request.postpath or ()), b""][: len(request.postpath or ()) or 1]
        recording = self._published.find(self._name, record_id.decode("latin-1"))
        if rest and rest[-1] == b"":
            rest[-1] = b"index.html"
        names = safe(rest)
        if recording is None or not names or not self._published.admits(request, self._name, recording):
            not_found(request)
            return
        layout = self._published.library.layout
        root = layout.directory(Place.PUBLISHED, self._name, recording.record_id)
        found = await self._worker(lambda: opened(root, names))
        if found is None:
            not_found(request)
        else:
            await self._send(request, names[-1], *found, private=bool(recording.protected))

    async def _send(
        self, request: Request, name: str, descriptor: int, status: os.stat_result, *, private: bool
    ) -> None:
        etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
        headers = {
            "ETag": etag,
            "Last-Modified": formatdate(status.st_mtime, usegmt=True),
            "Accept-Ranges": "bytes",
            "Cache-Control": "private, no-cache" if private else "no-cache",
        }
        kind = served_as(name)
        if kind.document:
            headers["Content-Security-Policy"] = self._policy()
        if kind.download:
            headers["Content-Disposition"] = "attachment"
            headers["Content-Security-Policy"] = "sandbox"
        if has_already(request.header(b"If-None-Match"), etag):
            os.close(descriptor)
            request.begin(304, headers)
            request.finish()
            return
        if_range = request.header(b"If-Range")
        wanted = request.header(b"Range") if if_range in (None, etag) else None
        part = part_of(wanted, status.st_size)
        headers |= {"Content-Type": kind.content_type, "Content-Length": str(part.length)}
        if part.status == 206:
            headers["Content-Range"] = f"bytes {part.begin}-{part.begin + part.length - 1}/{status.st_size}"
        elif part.status == 416:
            headers["Content-Range"] = f"bytes */{status.st_size}"
        request.begin(part.status, headers)
        if request.method == b"HEAD" or not part.length:
            os.close(descriptor)
            request.finish()
            return
        await Sending(request, self._worker, descriptor, part.begin, part.length).send()

    def _policy(self) -> str:
        """Return what a document that came with a recording may do: be looked at, with pictures and media from here."""
        here = self._settings().server_url
        return (
            f"sandbox allow-downloads; default-src 'none'; img-src {here} data:; media-src {here};"
            f" style-src {here} 'unsafe-inline'; font-src {here}; base-uri 'none'; form-action 'none'"
        )


class Formats:
    """Finds the resource of a path's first names: formats, and BBB's older links to them."""

    def __init__(self, published: Published, settings: Callable[[], Settings], worker: Thread) -> None:
        self._published = published
        self._settings = settings
        self._worker = worker

    def resource(self, name: bytes) -> Files:
        """Return the files of a format."""
        return Files(self._published, self._settings, self._worker, name.decode("latin-1"))


class Protected(Resource):
    """``/recording/<id>/<format>?token=…`` lets in once; ``/recording/<format>/<id>/…`` is an older kind of link."""

    isLeaf = True

    def __init__(self, published: Published, formats: Formats, settings: Callable[[], Settings]) -> None:
        super().__init__()
        self._published = published
        self._formats = formats
        self._settings = settings

    def render(self, request: Any) -> int:
        """Let in by a token, or answer with a file."""
        asked = cast("Request", request)
        names = [part.decode("latin-1") for part in asked.postpath or ()]
        if len(names) == 2 and asked.query.startswith(b"token="):
            if asked.method == b"GET":
                self._let_in(asked, *names)
            else:
                # What only looks whether a link is good must not spend it.
                asked.setResponseCode(405)
                asked.setHeader(b"Allow", b"GET")
                asked.answer(b"Only GET is answered here.\n", b"text/plain;charset=utf-8")
            return NOT_DONE_YET
        if len(names) > 1:
            first = (asked.postpath or [b""]).pop(0)
            return self._formats.resource(first).render(asked)
        not_found(asked)
        return NOT_DONE_YET

    def _let_in(self, request: Request, record_id: str, name: str) -> None:
        recording = self._published.find(name, record_id)
        token = request.query.removeprefix(b"token=").decode("latin-1")
        if recording is None or not self._published.protection.use(token, record_id, name):
            not_found(request)
            return
        secure = self._settings().server_url.startswith("https:")
        cookie, value = self._published.protection.cookie(record_id, name, secure=secure)
        request.setHeader(b"Set-Cookie", f"{cookie}={value}".encode())
        request.setHeader(b"Cache-Control", b"no-store")
        request.setHeader(b"Referrer-Policy", b"no-referrer")
        link = next(one.link for one in recording.formats if one.name == name)
        # The cookie counts below the format's own path alone: links of another form lead there.
        own = f"/{name}/{record_id}/"
        for other in (f"/playback{own}", f"/recording{own}"):
            if link.startswith(other):
                link = own + link.removeprefix(other)
        redirect(request, 307, link)
