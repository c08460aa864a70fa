"""The meeting's page and its files: read once, named by what is in them, served from memory."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.request import Request
from bbbd.http.token_rate_limit import TokenRateLimit
from bbbd.live.hub import Hub
from bbbd.page.plain_pages import NotFound, answer_page
from bbbd.page.translations import Translations
from bbbd.settings.current import CurrentSettings
from bbbd.settings.settings import Settings

_STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
#: Modules import each other: told at once, a browser fetches all of them at once.
_PRELOAD = '<link rel="modulepreload" href="{{{{base}}}}/{}">'
_MAIN = "main.js"
_IMPORT = re.compile(rb'^(?:import|export|}) .*?from "\./([\w.]+)";$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file as it is served: its type, its bytes, and those packed."""

    content_type: bytes
    plain: bytes
    packed: bytes


def _file(name: str, data: bytes) -> PageFile:
    content_type = f"{_TYPES[Path(name).suffix]};charset=utf-8".encode()
    return PageFile(content_type, data, gzip.compress(data, mtime=0))


def _modules(found: Mapping[str, bytes], name: str = _MAIN) -> list[str]:
    """Return the modules that the page begins with; those that it imports when they are needed are not among them."""
    names = [name]
    for one in names:
        names += sorted({match.decode() for match in _IMPORT.findall(found[one])} - set(names))
    return sorted(names)


class PageFiles:
    """The page's files. ``version`` changes whenever one of them does."""

    def __init__(self, directory: Path = _STATIC) -> None:
        found = {path.name: path.read_bytes() for path in sorted(directory.iterdir()) if path.suffix in _TYPES}
        preloads = "\n".join(_PRELOAD.format(name) for name in _modules(found))
        self.index = found.pop("index.html").decode().replace("{{preloads}}", preloads)
        self.words = Translations(json.loads(found.pop("strings.json")))
        found |= self.words.cut()
        self.files = {name: _file(name, data) for name, data in found.items()}
        whole = sha256(self.index.encode())
        for name, data in sorted(found.items()):
            whole.update(name.encode() + b"\0" + data + b"\0")
        self.version = whole.hexdigest()[:16]


@cache
def bundled() -> PageFiles:
    """Return the files of bbbd's own page, the same for every server of a process."""
    return PageFiles()


def send_file(request: Request, file: PageFile) -> None:
    """Answer with a file that never changes under its name."""
    request.setHeader(b"Cache-Control", b"public, max-age=31536000, immutable")
    request.setHeader(b"Vary", b"Accept-Encoding")
    body = file.plain
    if "gzip" in (request.header(b"Accept-Encoding") or ""):
        request.setHeader(b"Content-Encoding", b"gzip")
        body = file.packed
    request.answer(body, file.content_type)


class PageFilesResource(Resource):
    """``/html5client/<version>/…``."""

    def __init__(self, files: PageFiles) -> None:
        super().__init__()
        self._files = files.files

    def getChild(self, path: bytes, request: Any) -> Resource:
        """Return a file."""
        found = self._files.get(path.decode("latin-1"))
        return _Leaf(found) if found and not request.postpath else NotFound()


class _Leaf(Resource):
    isLeaf = True

    def __init__(self, file: PageFile) -> None:
        super().__init__()
        self._file = file

    def render_GET(self, request: Any) -> int:
        send_file(cast("Request", request), self._file)
        return NOT_DONE_YET


def policy(settings: Settings) -> str:
    """Return the page's content security policy."""
    own = urlsplit(settings.server_url)
    socket = f"{'wss' if own.scheme == 'https' else 'ws'}://{own.netloc}"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' blob: data: {' '.join(settings.client_images)}".strip(),
            "media-src 'self' blob:",
            f"connect-src 'self' {socket}",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {' '.join(settings.client_frames) or chr(39) + 'none' + chr(39)}",
            "require-trusted-types-for 'script'",
            "trusted-types bbbd",
        )
    )


class JoinPage(Resource):
    """Where a join leads. It holds nothing of the meeting: the page has the token and asks for the rest."""

    isLeaf = True

    def __init__(self, files: PageFiles, hub: Hub, guesses: TokenRateLimit, current: CurrentSettings) -> None:
        super().__init__()
        self._files = files
        self._hub = hub
        self._guesses = guesses
        self._current = current

    def render(self, request: Any) -> int:
        """Answer with the page, HEAD too; a token without a session is 403, with the page that says so."""
        asked = cast("Request", request)
        if asked.method not in (b"GET", b"HEAD"):
            asked.setResponseCode(405)
            asked.setHeader(b"Allow", b"GET, HEAD")
            asked.answer(b"Only GET and HEAD are answered here.\n", b"text/plain;charset=utf-8")
            return NOT_DONE_YET
        token = parse_qs(asked.query.decode("latin-1")).get("sessionToken", [""])[0]
        if token and self._hub.session(token) is None:
            if self._hub.departed(token) is None:
                if self._guesses.too_many(asked.caller):
                    text = '<p class="lead">Wait a minute, then try again.</p>'
                    return answer_page(asked, "Too many attempts", text, 429)
                self._guesses.wrong(asked.caller)
            asked.setResponseCode(403)
        self._hub.still_waits(token)
        settings = self._current.settings
        base = urlsplit(settings.url(f"/html5client/{self._files.version}")).path
        for name, value in (
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", policy(settings)),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Opener-Policy", "same-origin-allow-popups"),
            (
                "Permissions-Policy",
                "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), geolocation=()",
            ),
        ):
            asked.setHeader(name.encode(), value.encode())
        body = self._files.index.replace("{{base}}", escape(base))
        asked.answer(body.encode(), b"text/html;charset=utf-8")
        return NOT_DONE_YET
