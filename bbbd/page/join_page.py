"""The meeting's page, to which a join leads."""

from __future__ import annotations

from html import escape
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.packed_file import PackedFile
from bbbd.http.page_headers import sources_below
from bbbd.http.request import Request
from bbbd.http.token_rate_limit import TokenRateLimit
from bbbd.live.hub import Hub
from bbbd.page.files import PageFiles, served_file
from bbbd.page.plain_pages import answer_page
from bbbd.settings.current import CurrentSettings
from bbbd.settings.settings import Settings
from bbbd.storage.group_commit import Thread


def _image_sources(settings: Settings) -> tuple[str, ...]:
    """Return where pictures may be from; all sites of https are all sites of http too where bbbd's own URL is http."""
    sources = settings.client_images
    own = urlsplit(settings.server_url)
    return (*sources, "http:") if own.scheme == "http" and "https:" in sources else sources


def policy(settings: Settings, files: str, inline: str) -> str:
    """Return the page's content security policy: the sources of its own files, and the hash of its inline script."""
    own = urlsplit(settings.server_url)
    socket = f"{'wss' if own.scheme == 'https' else 'ws'}://{own.netloc}"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {files} {inline}",
            f"style-src {files}",
            f"img-src 'self' blob: data: {' '.join(_image_sources(settings))}".strip(),
            "media-src 'self' blob:",
            f"connect-src 'self' {socket}",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types bbbd",
        )
    )


class JoinPage(Resource):
    """Where a join leads. It holds nothing of the meeting: the page has the token and asks for the rest."""

    isLeaf = True

    def __init__(
        self, files: PageFiles, hub: Hub, guesses: TokenRateLimit, current: CurrentSettings, worker: Thread
    ) -> None:
        super().__init__()
        self._worker = worker
        #: The page for the server's URL; after a reload that may be another.
        self._pages: dict[tuple[str, str], PackedFile] = {}
        self._files = files
        self._hub = hub
        self._guesses = guesses
        self._current = current

    def render(self, request: Any) -> int:
        """Answer with the page, HEAD too; a token without a session is 403, with the page that says so."""
        incoming = cast("Request", request)
        if incoming.method not in (b"GET", b"HEAD"):
            incoming.setResponseCode(405)
            incoming.setHeader(b"Allow", b"GET, HEAD")
            incoming.answer(b"Only GET and HEAD are answered here.\n", b"text/plain;charset=utf-8")
            return NOT_DONE_YET
        token = parse_qs(incoming.query.decode("latin-1")).get("sessionToken", [""])[0]
        if token and self._hub.session(token) is None:
            if self._hub.find_expired(token) is None:
                if self._guesses.too_many(incoming.caller):
                    words = self._files.words
                    language = words.choose(incoming.header(b"Accept-Language") or "")
                    text = f'<p class="lead">{escape(words.text("busy.lead", language))}</p>'
                    return answer_page(incoming, words.text("busy.title", language), text, 429, language)
                self._guesses.count(incoming.caller)
            incoming.setResponseCode(403)
        if incoming.method == b"GET":
            self._hub.still_waits(token)
        settings = self._current.settings
        base = urlsplit(settings.url(f"/html5client/{self._files.version}")).path
        # Without the version: an update of the page may bring the files of another one.
        path = urlsplit(settings.url("/html5client/")).path
        files = sources_below(path, settings.server_url, incoming.header(b"Host"))
        for name, value in (
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", policy(settings, files, self._files.inline)),
            ("Referrer-Policy", "no-referrer"),
            (
                "Permissions-Policy",
                "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), geolocation=()",
            ),
        ):
            incoming.setHeader(name.encode(), value.encode())
        self._page(base, settings.url("")).send(incoming, self._worker)
        return NOT_DONE_YET

    def _page(self, base: str, site: str) -> PackedFile:
        if (base, site) not in self._pages:
            page = self._files.index.replace("{{base}}", escape(base)).replace("{{site}}", escape(site))
            self._pages = {(base, site): served_file(".html", page.encode())}
        return self._pages[base, site]
