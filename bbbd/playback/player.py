"""The player's page at BigBlueButton's playback links; or BigBlueButton's own player, if it is installed.

``/playback/presentation/2.3/<id>`` is the link of all versions since 2.3; older links redirect to it.
"""

from __future__ import annotations

import gzip
import json
import re
from html import escape
from typing import Any, cast
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from twisted.internet.defer import Deferred
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.accept import takes_gzip
from bbbd.http.packed_file import send_immutable
from bbbd.http.page_headers import sources_below
from bbbd.http.request import Request
from bbbd.http.responses import not_allowed, not_found, redirect
from bbbd.playback.contents import find_contents, find_existing
from bbbd.playback.files import Published, RecordingFiles
from bbbd.playback.foreign import ForeignPlayer
from bbbd.playback.missing import answer_missing
from bbbd.playback.player_files import PlayerFiles, bundled
from bbbd.playback.protection import PLAYER_PATH
from bbbd.playback.small_texts import read_small_texts
from bbbd.playback.textfiles import TextFiles
from bbbd.recordings.layout import RECORD_ID, Place
from bbbd.settings.current import CurrentSettings
from bbbd.storage.group_commit import Thread

_POLICY = (
    "default-src 'none'; script-src {files}; style-src {files}; img-src 'self' data:; media-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types bbbd"
)
#: The links of older versions, below ``presentation/``.
_OLD_LINKS = (["playback.html"], ["0.81", "playback.html"], ["0.9.0", "playback.html"], ["2.0", "playback.html"])
#: Files offered for download, by the format that has one of them; the player has their labels.
_DOWNLOADS = {
    "notes": ("notes.pdf",),
    "podcast": ("audio.ogg",),
    "video": ("video-0.mp4", "video-0.m4v", "video-0.webm"),
}
#: The files of a podcast, in the order of preference.
_PODCAST = ("audio.ogg", "audio.m4a")
_PRELOAD = '<link rel="preload" as="fetch" crossorigin href="{}">'
#: More would take twice the time for a few percent.
_LEVEL = 5
_HOLE = re.compile(r"\{\{(\w+)\}\}")


class Playback(Resource):
    """The resource ``/playback/…``: the player's page and files, and older links."""

    isLeaf = True

    def __init__(
        self,
        published: Published,
        current: CurrentSettings,
        foreign: ForeignPlayer | None,
        video: RecordingFiles,
        tracks: TextFiles,
        worker: Thread,
    ) -> None:
        super().__init__()
        self._published = published
        self._current = current
        self._foreign = foreign
        self._video = video
        self._tracks = tracks
        self._worker = worker

    @property
    def _own(self) -> PlayerFiles:
        """Its files; they are linked when the first one is wanted."""
        return bundled(modules=self._current.settings.page_modules)

    def render(self, request: Any) -> int:
        """Dispatch by path."""
        own_request = cast("Request", request)
        names = [part.decode("latin-1") for part in own_request.postpath or ()]
        if names[:1] == ["video"]:
            (own_request.postpath or [b""]).pop(0)
            return self._video.render(own_request)
        if own_request.method not in (b"GET", b"HEAD"):
            not_allowed(own_request, (b"GET", b"HEAD"))
        elif names[:1] == ["player"]:
            file = self._own.files.get("/".join(names[2:])) if names[1:2] == [self._own.version] else None
            if file is None:
                not_found(own_request)
            else:
                send_immutable(own_request, file, self._worker)
        else:
            Deferred.fromCoroutine(self._answer(own_request, names)).addErrback(own_request.processingFailed)
        return NOT_DONE_YET

    async def _answer(self, request: Request, names: list[str]) -> None:
        if names[:1] == ["presentation"] and names[1:] in _OLD_LINKS:
            self._redirect(request)
        elif names[:2] == ["presentation", "2.3"]:
            await self._play(request, names[2:])
        else:
            not_found(request)

    def _redirect(self, request: Request) -> None:
        given = dict(parse_qsl(request.query.decode("latin-1")))
        record_id = given.pop("meetingId", "")
        if RECORD_ID.fullmatch(record_id):
            query = f"?{urlencode(given)}" if given else ""
            redirect(request, 301, f"{self._prefix}{PLAYER_PATH}{record_id}{query}")
        else:
            answer_missing(request, self._own.words)

    @property
    def _prefix(self) -> str:
        """The path that the server is below, as the server URL has it."""
        return urlsplit(self._current.settings.server_url).path.rstrip("/")

    async def _play(self, request: Request, names: list[str]) -> None:
        if self._foreign is not None:
            self._foreign.answer(request, names)
            return
        # Wait for the first scan, so that existing recordings are never a 404.
        await self._published.library.ready()
        record_id = names[0] if names[1:] in ([], [""]) and names else ""
        found = self._published.find_admitted(request, "presentation", record_id)
        if found is None:
            answer_missing(request, self._own.words)
            return
        directory = self._published.library.layout.directory(Place.PUBLISHED, "presentation", record_id)
        contents = await self._worker(lambda: find_contents(directory))
        texts = await self._worker(lambda: read_small_texts(directory, contents.data))
        base = f"{self._prefix}/presentation/{record_id}/"
        facts = {
            "id": record_id,
            "base": base,
            "data": contents.data,
            "media": contents.media,
            "screen": contents.screen,
            "sound": await self._sound(request, record_id),
            "tracks": await self._tracks.describe(record_id),
            "downloads": await self._downloads(request, record_id),
        }
        await self._page(request, facts, texts, private=found.protected)

    async def _page(self, request: Request, facts: dict[str, Any], texts: dict[str, str], *, private: bool) -> None:
        """Answer with the page. It has what is small, and has a browser ask for all else at once."""
        own = self._own
        path = f"{self._prefix}/playback/player/"
        base = f"{path}{own.version}"
        language = own.words.choose(request.header(b"Accept-Language") or "")
        given = {"tag": language, "words": own.words.all_of(language), "texts": texts}
        values = {
            "data": "\n".join(
                _PRELOAD.format(escape(f"{facts['base']}{quote(name)}")) for name in facts["data"] if name not in texts
            ),
            "base": escape(base),
            "site": escape(self._current.settings.url("")),
            "recording": escape(json.dumps(facts)),
            # In a script element nothing but its end would be read, and "<" is never more than a part of a text.
            "given": json.dumps(given, ensure_ascii=False).replace("<", "\\u003c"),
        }
        # All at once: a text may have what looks like a hole.
        body = _HOLE.sub(lambda hole: values[hole[1]], own.template).encode()
        files = sources_below(path, self._current.settings.server_url, request.header(b"Host"))
        for name, value in (
            ("Content-Security-Policy", _POLICY.format(files=files)),
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "private, no-cache" if private else "no-cache"),
            ("Vary", "Accept-Language, Accept-Encoding"),
        ):
            request.setHeader(name.encode(), value.encode())
        if takes_gzip(request.header(b"Accept-Encoding") or ""):
            request.setHeader(b"Content-Encoding", b"gzip")
            body = await self._worker(lambda: gzip.compress(body, _LEVEL, mtime=0))
        request.answer(body, b"text/html;charset=utf-8")

    async def _sound(self, request: Request, record_id: str) -> list[str]:
        """Return the paths of files that have the sound alone: those of the podcast, if it may be heard."""
        if self._published.find_admitted(request, "podcast", record_id) is None:
            return []
        directory = self._published.library.layout.directory(Place.PUBLISHED, "podcast", record_id)
        found = await self._worker(lambda: find_existing(directory, _PODCAST))
        return [f"{self._prefix}/podcast/{record_id}/{name}" for name in found]

    async def _downloads(self, request: Request, record_id: str) -> list[dict[str, str]]:
        if not self._current.settings.recording_downloads:
            return []
        admitted = [name for name in _DOWNLOADS if self._published.find_admitted(request, name, record_id) is not None]
        layout = self._published.library.layout

        def offered() -> list[dict[str, str]]:
            found = {
                name: find_existing(layout.directory(Place.PUBLISHED, name, record_id), _DOWNLOADS[name])[:1]
                for name in admitted
            }
            return [
                {"format": name, "href": f"{self._prefix}/{name}/{record_id}/{file}"}
                for name, files in found.items()
                for file in files
            ]

        return await self._worker(offered)
