"""Files of published recordings at ``/<format>/<id>/…``, with byte ranges; everything else is a 404."""

from __future__ import annotations

import os
from typing import Any, cast
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.request import Request
from bbbd.http.responses import not_allowed, not_found, open_file, redirect, safe_names
from bbbd.playback.missing import answer_missing
from bbbd.playback.packed_text import send_recording_file
from bbbd.playback.player_files import bundled
from bbbd.playback.protection import Protection
from bbbd.playback.textfiles import TextFiles
from bbbd.playback.types import recording_file_type
from bbbd.recordings.index import Recording
from bbbd.recordings.layout import FORMAT, IMPORTED_ID, RECORD_ID, Place
from bbbd.recordings.library import Library
from bbbd.settings.current import CurrentSettings
from bbbd.storage.group_commit import Thread

_log = Logger()

#: Name of the virtual directory of a presentation's text tracks.
TRACKS = "text-tracks"


class Published:
    """Lookup of published recordings and access control."""

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

    def find_admitted(self, request: Request, name: str, record_id: str) -> Recording | None:
        """Return a published recording that a request may read.

        A protected recording is not to be told from an absent one: the cookie is checked for both.
        """
        found = self.find(name, record_id)
        if found is not None and not found.protected:
            return found
        cookie = request.cookie(f"recording_{name}_{record_id}".encode()) or b""
        return found if self.protection.admits(cookie.decode("latin-1"), record_id, name) else None


class RecordingFiles(Resource):
    """The resource ``/<format>/<id>/…`` of one format."""

    isLeaf = True

    def __init__(self, formats: Formats, name: str) -> None:
        super().__init__()
        self._published = formats.published
        self._current = formats.current
        self._worker = formats.worker
        self._tracks = formats.tracks
        self._name = name

    def render(self, request: Any) -> int:
        """Send a file."""
        own_request = cast("Request", request)
        answered = Deferred.fromCoroutine(self._answer(own_request))

        def failed(failure: Any) -> None:
            _log.failure("a file could not be sent", failure, event="sending_failed", request=own_request.request_id)
            own_request.loseConnection()

        answered.addErrback(failed)
        return NOT_DONE_YET

    async def _answer(self, request: Request) -> None:
        if request.method not in (b"GET", b"HEAD"):
            not_allowed(request, (b"GET", b"HEAD"))
            return
        await self._published.library.ready()
        record_id, *rest = [*(request.postpath or ()), b""][: len(request.postpath or ()) or 1]
        own_id = record_id.decode("latin-1")
        recording = self._published.find_admitted(request, self._name, own_id)
        if rest and rest[-1] == b"":
            rest[-1] = b"index.html"
        names = safe_names(rest)
        # People follow links; programs and pages ask for files.
        if recording is None and IMPORTED_ID.fullmatch(own_id) and "text/html" in (request.header(b"Accept") or ""):
            answer_missing(request, bundled().words)
            return
        if recording is None or not names:
            not_found(request)
            return
        private = recording.protected
        if names[0] == TRACKS and self._name == "presentation" and len(names) == 2:
            await self._send_tracks(request, recording.record_id, names[1], private=private)
            return
        layout = self._published.library.layout
        root = layout.directory(Place.PUBLISHED, self._name, recording.record_id)
        found = await self._worker(lambda: open_file(root, names))
        if found is None:
            not_found(request)
        else:
            await self._send(request, names[-1], *found, private=private)

    async def _send_tracks(self, request: Request, record_id: str, name: str, *, private: bool) -> None:
        if name == "index.html":
            await self._tracks.send_list(request, record_id)
        else:
            await self._tracks.send(request, record_id, name, {"Cache-Control": _caching(private=private)})

    async def _send(
        self, request: Request, name: str, descriptor: int, status: os.stat_result, *, private: bool
    ) -> None:
        headers = {"Cache-Control": _caching(private=private)}
        kind = recording_file_type(name)
        headers["Content-Type"] = kind.content_type
        if kind.document:
            # The page of a film has text tracks and a link to its file, which it may read only in the server's origin.
            # Scripts run in neither.
            headers["Content-Security-Policy"] = self._policy("allow-same-origin " if self._name == "video" else "")
        if kind.download:
            headers["Content-Disposition"] = "attachment"
            headers["Content-Security-Policy"] = "sandbox"
        await send_recording_file(request, self._worker, descriptor, status, headers)

    def _policy(self, more: str) -> str:
        """Return the content security policy of a recording's documents: images and media of this server only."""
        here = self._current.settings.server_url
        return (
            f"sandbox {more}allow-downloads; default-src 'none'; img-src {here} data:; media-src {here};"
            f" style-src {here} 'unsafe-inline'; font-src {here}; base-uri 'none'; form-action 'none'"
        )


def _caching(*, private: bool) -> str:
    return "private, no-cache" if private else "no-cache"


class Formats:
    """Resources of formats, by the first name of a path."""

    def __init__(self, published: Published, current: CurrentSettings, worker: Thread, tracks: TextFiles) -> None:
        self.published = published
        self.current = current
        self.worker = worker
        self.tracks = tracks

    def resource(self, name: bytes) -> RecordingFiles:
        """Return the files of a format."""
        return RecordingFiles(self, name.decode("latin-1"))


class Protected(Resource):
    """The one-time link ``/recording/<id>/<format>?token=…``, and older links ``/recording/<format>/<id>/…``."""

    isLeaf = True

    def __init__(self, published: Published, formats: Formats, current: CurrentSettings) -> None:
        super().__init__()
        self._published = published
        self._formats = formats
        self._current = current

    def render(self, request: Any) -> int:
        """Redeem a token, or send a file."""
        own_request = cast("Request", request)
        names = [part.decode("latin-1") for part in own_request.postpath or ()]
        if len(names) == 2 and own_request.query.startswith(b"token="):
            if own_request.method == b"GET":
                self._redeem(own_request, *names)
            else:
                # HEAD must not use up a one-time link.
                not_allowed(own_request, (b"GET",))
            return NOT_DONE_YET
        if len(names) > 1:
            first = (own_request.postpath or [b""]).pop(0)
            return self._formats.resource(first).render(own_request)
        not_found(own_request)
        return NOT_DONE_YET

    def _redeem(self, request: Request, record_id: str, name: str) -> None:
        token = request.query.removeprefix(b"token=").decode("latin-1")
        is_valid = self._published.protection.redeem(token, record_id, name)
        recording = self._published.find(name, record_id)
        if recording is None or not is_valid:
            answer_missing(request, bundled().words)
            return
        here = urlsplit(self._current.settings.server_url)
        prefix = here.path.rstrip("/")
        cookies = self._published.protection.cookies(record_id, name, secure=here.scheme == "https", prefix=prefix)
        request.answer_headers[b"Set-Cookie"] = [cookie.encode() for cookie in cookies]
        request.setHeader(b"Cache-Control", b"no-store")
        request.setHeader(b"Referrer-Policy", b"no-referrer")
        link = next(one.link for one in recording.formats if one.name == name)
        # The cookie is valid only below the format's own path, so other link forms are rewritten to it.
        own = f"/{name}/{record_id}/"
        for other in (f"/playback{own}", f"/recording{own}"):
            if link.startswith(other):
                link = own + link.removeprefix(other)
        redirect(request, 307, prefix + link)
