"""Files of text tracks over HTTP.

``getRecordingTextTracks`` links to ``/textTrack/<token>/<record id>/<kind>_<lang>.vtt``, for players of any origin.
bbbd's own player reads ``/presentation/<record id>/text-tracks/``: a list, and the same files, with the access
rules of the recording itself.
"""

from __future__ import annotations

import json
from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.file_sender import send_file
from bbbd.http.request import Request
from bbbd.http.responses import not_allowed, not_found, open_file
from bbbd.http.token_rate_limit import TOO_MANY, TokenRateLimit
from bbbd.playback.tracklinks import TrackLinks
from bbbd.recordings.layout import RECORD_ID, Place
from bbbd.recordings.library import Library
from bbbd.storage.group_commit import Thread
from bbbd.texttracks.service import TextTracks

_log = Logger()

_TYPE = "text/vtt;charset=utf-8"
#: Endings of the headers by which another web server asks for a check.
_VALIDATED = ("token", "recordId", "track")
_METHODS = (b"GET", b"HEAD", b"OPTIONS")


class TextFiles:
    """Sends the text tracks of recordings."""

    def __init__(self, tracks: TextTracks, worker: Thread) -> None:
        self._tracks = tracks
        self._worker = worker

    async def send(self, request: Request, record_id: str, name: str, headers: dict[str, str]) -> None:
        """Send a track's file, or 404."""
        tracks = await self._tracks.select(record_id)
        path = next((track.path for track in tracks if track.name == name), None)
        found = await self._worker(lambda: open_file(path.parent, [path.name])) if path else None
        if found is None:
            not_found(request)
        else:
            await send_file(request, self._worker, *found, {"Content-Type": _TYPE, **headers})

    async def describe(self, record_id: str) -> list[dict[str, str]]:
        """Return a recording's tracks for the player; links are relative to ``text-tracks/``."""
        tracks = await self._tracks.select(record_id)
        return [
            {"kind": track.kind.value, "lang": track.key.lang, "label": track.label, "href": track.name}
            for track in tracks
        ]

    async def send_list(self, request: Request, record_id: str) -> None:
        """Send the list of a recording's tracks as JSON."""
        rows = await self.describe(record_id)
        request.setHeader(b"Cache-Control", b"no-cache")
        request.answer(json.dumps(rows).encode(), b"application/json;charset=utf-8")


class TextTrackPage(Resource):
    """The resource ``/textTrack``."""

    isLeaf = True

    def __init__(self, library: Library, links: TrackLinks, files: TextFiles, guesses: TokenRateLimit) -> None:
        super().__init__()
        self._library = library
        self._links = links
        self._files = files
        self._guesses = guesses

    def render(self, request: Any) -> int:
        """Send a file."""
        own_request = cast("Request", request)
        # The token in the link is the only credential (no cookies), so any origin may read the answer.
        own_request.setHeader(b"Access-Control-Allow-Origin", b"*")
        answered = Deferred.fromCoroutine(self._answer(own_request))

        def failed(failure: Any) -> None:
            _log.failure(
                "a text track could not be sent", failure, event="sending_failed", request=own_request.request_id
            )
            own_request.loseConnection()

        answered.addErrback(failed)
        return NOT_DONE_YET

    async def _answer(self, request: Request) -> None:
        if request.method not in _METHODS:
            not_allowed(request, _METHODS)
            return
        if request.method == b"OPTIONS":
            self._send_methods(request)
            return
        names = [part.decode("utf-8", "replace") for part in request.postpath or ()]
        if names == ["validateAuthToken"]:
            await self._library.ready()
            self._validate(request)
            return
        if len(names) != 3 or not RECORD_ID.fullmatch(names[1]):
            not_found(request)
            return
        token, record_id, name = names
        await self._library.ready()
        if not self._admits(request, token, record_id, name, spend=request.method == b"GET"):
            return
        recording = self._library.index.find(record_id)
        if recording is None or recording.place is not Place.PUBLISHED:
            not_found(request)
        else:
            await self._files.send(request, record_id, name, {"Cache-Control": "no-store"})

    def _validate(self, request: Request) -> None:
        """Answer another web server's question whether a link is valid."""
        token, record_id, name = (request.header(f"x-textTrack-{what}".encode()) or "" for what in _VALIDATED)
        known = self._library.index.find(record_id)
        once = known is not None and known.protected
        is_published = known is not None and known.place is Place.PUBLISHED
        # The caller is the other server, for everybody who asks it: it is not limited.
        good = self._links.admits(token, record_id, name, once=once, spend=is_published) and is_published
        if not good:
            request.setResponseCode(401)
        request.setHeader(b"Cache-Control", b"no-store")
        request.answer(b"authorized" if good else b"unauthorized", b"text/plain;charset=utf-8")

    def _admits(self, request: Request, token: str, record_id: str, name: str, *, spend: bool) -> bool:
        """Return whether a token gives access to a file; if not, send the refusal."""
        recording = self._library.index.find(record_id)
        once = recording is not None and recording.protected
        if self._links.admits(token, record_id, name, once=once, spend=spend):
            return True
        if self._guesses.too_many(request.caller):
            request.setResponseCode(*TOO_MANY)
        else:
            self._guesses.count(request.caller)
            request.setResponseCode(403)
        request.setHeader(b"Cache-Control", b"no-store")
        request.answer(b"This link is not good, or not good any more.\n", b"text/plain;charset=utf-8")
        return False

    def _send_methods(self, request: Request) -> None:
        request.setResponseCode(204)
        request.setHeader(b"Access-Control-Allow-Methods", b", ".join(_METHODS))
        request.setHeader(b"Access-Control-Allow-Headers", b"Range, If-Range, If-None-Match")
        request.setHeader(b"Access-Control-Max-Age", b"86400")
        request.answer(b"", b"text/plain;charset=utf-8")
