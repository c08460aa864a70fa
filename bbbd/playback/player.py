"""The player's page at BigBlueButton's playback links; or BigBlueButton's own player, if it is installed.

``/playback/presentation/2.3/<id>`` is the link of all versions since 2.3; older links redirect to it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.page_headers import sources_below
from bbbd.http.request import Request
from bbbd.http.responses import not_found, redirect
from bbbd.playback.files import Published, RecordingFiles
from bbbd.playback.foreign import ForeignPlayer
from bbbd.playback.protection import PLAYER_PATH
from bbbd.playback.types import file_type
from bbbd.recordings.layout import RECORD_ID
from bbbd.settings.current import CurrentSettings

_STATIC = Path(__file__).parent / "static"
_POLICY = (
    "default-src 'none'; script-src {files}; style-src {files}; img-src 'self' data:; media-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'none'"
)
#: Files offered for download, by the format that has them; the player has their labels.
_DOWNLOADS = {"notes": "notes.pdf", "podcast": "audio.ogg", "video": "video-0.mp4"}


class Playback(Resource):
    """The resource ``/playback/…``: the player's page and files, and older links."""

    isLeaf = True

    def __init__(
        self,
        published: Published,
        current: CurrentSettings,
        foreign: ForeignPlayer | None,
        video: RecordingFiles,
    ) -> None:
        super().__init__()
        self._published = published
        self._current = current
        self._foreign = foreign
        self._video = video
        self._files = {path.name: path.read_bytes() for path in _STATIC.iterdir() if path.is_file()}

    def render(self, request: Any) -> int:
        """Dispatch by path."""
        own_request = cast("Request", request)
        names = [part.decode("latin-1") for part in own_request.postpath or ()]
        if names[:1] == ["video"]:
            (own_request.postpath or [b""]).pop(0)
            return self._video.render(own_request)
        # Wait for the first scan, so that existing recordings are never a 404.
        self._published.library.ready().addCallback(lambda _none: self._answer(own_request, names))
        return NOT_DONE_YET

    def _answer(self, request: Request, names: list[str]) -> None:
        if names[:2] in (["presentation", "0.9.0"], ["presentation", "2.0"]) and names[2:] == ["playback.html"]:
            self._redirect(request)
        elif names[:2] == ["presentation", "2.3"]:
            self._play(request, names[2:])
        elif names[:1] == ["player"] and len(names) == 2 and names[1] in self._files:
            self._file(request, names[1])
        elif names[:1] == ["player"] and len(names) == 3 and names[2] == "downloads":
            self._downloads(request, names[1])
        else:
            not_found(request)

    def _redirect(self, request: Request) -> None:
        record_id = parse_qs(request.query.decode("latin-1")).get("meetingId", [""])[0]
        if RECORD_ID.fullmatch(record_id):
            redirect(
                request, 301, urlsplit(self._current.settings.server_url).path.rstrip("/") + PLAYER_PATH + record_id
            )
        else:
            not_found(request)

    def _play(self, request: Request, names: list[str]) -> None:
        if self._foreign is not None:
            self._foreign.answer(request, names)
            return
        record_id = names[0] if names[1:] in ([], [""]) and names else ""
        if self._published.find_admitted(request, "presentation", record_id) is None:
            not_found(request)
        else:
            self._file(request, "player.html")

    def _file(self, request: Request, name: str) -> None:
        settings = self._current.settings
        path = f"{urlsplit(settings.server_url).path.rstrip('/')}/playback/player/"
        files = sources_below(path, settings.server_url, request.header(b"Host"))
        request.setHeader(b"Content-Security-Policy", _POLICY.format(files=files).encode())
        request.setHeader(b"Referrer-Policy", b"no-referrer")
        request.setHeader(b"Cache-Control", b"no-cache")
        request.answer(self._files[name], file_type(name).content_type.encode())

    def _downloads(self, request: Request, record_id: str) -> None:
        links = []
        if self._current.settings.recording_downloads:
            for name, file in _DOWNLOADS.items():
                if self._published.find_admitted(request, name, record_id) is not None:
                    links.append({"format": name, "href": f"/{name}/{record_id}/{file}"})
        request.setHeader(b"Cache-Control", b"no-cache")
        request.answer(json.dumps(links).encode(), b"application/json;charset=utf-8")
