"""Pages without a script: the server's own, and what failed."""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.request import Request
from bbbd.http.responses import not_found
from bbbd.http.token_rate_limit import TOO_MANY
from bbbd.page.translations import ENGLISH, Translations, direction

_PAGE = """<!doctype html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="theme-color" content="#f3f5f4" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#101614" media="(prefers-color-scheme: dark)">
<title>{title}</title>
<link rel="stylesheet" href="/html5client/page.css">
</head>
<body>
<main id="card" class="sheet">
<div class="card card-{look}">
<span class="badge"><svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="{badge}"/></svg></span>
<h1>{title}</h1>
{content}
</div>
</main>
</body>
</html>
"""
#: What a card's badge shows, by the state of the meeting's page that looks the same.
_BADGES = {
    "left": "M5 12.5l4.5 4.5L19 7.5",
    "denied": "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM5.7 5.7l12.6 12.6",
}
_REASONS = dict((TOO_MANY,))
#: The origins that a policy can name: not IPv6 addresses.
_ORIGIN = re.compile(r"https?://[A-Za-z0-9._-]+(?::[0-9]+)?")
_HEADERS = (
    (b"Cache-Control", b"no-cache"),
    (
        b"Content-Security-Policy",
        b"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'",
    ),
    (b"Referrer-Policy", b"no-referrer"),
)


def page(title: str, content: str, look: str = "left", language: str = ENGLISH) -> bytes:
    """Return a page that looks like a card of the meeting's page in a state; ``content`` is HTML already."""
    return _PAGE.format(
        title=escape(title),
        content=content,
        look=look,
        badge=_BADGES[look],
        language=language,
        direction=direction(language),
    ).encode()


def _answer(request: Request, body: bytes, status: int = 200, *, forms: bytes = b"'none'") -> int:
    request.setResponseCode(status, _REASONS.get(status))
    for name, value in _HEADERS:
        request.setHeader(name, value.replace(b"form-action 'none'", b"form-action " + forms))
    request.answer(body, b"text/html;charset=utf-8")
    return NOT_DONE_YET


def answer_form(request: Request, title: str, content: str, language: str, targets: Sequence[str]) -> int:
    """Answer with a page that has a form for this server; ``content`` is HTML already.

    ``targets`` are the URLs to which the server may redirect it: some browsers hold the policy against those too.
    """
    forms = " ".join(dict.fromkeys(("'self'", *filter(None, map(_origin, targets)))))
    return _answer(request, page(title, content, language=language), forms=forms.encode())


def _origin(url: str) -> str:
    """Return the origin of a URL as a policy names it, "" if none can."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if _ORIGIN.fullmatch(f"{parts.scheme}://{parts.netloc}") else ""


def answer_page(request: Request, title: str, content: str, status: int, language: str = ENGLISH) -> int:
    """Answer with a page; ``content`` is HTML already."""
    return _answer(request, page(title, content, "denied", language), status)


class ReadOnlyResource(Resource):
    """A resource that refuses other methods than GET and HEAD."""

    def render(self, request: Any) -> int:
        """Answer, or say which methods there are."""
        if request.method in (b"GET", b"HEAD"):
            return self.render_GET(cast("Request", request))
        request.setResponseCode(405)
        request.setHeader(b"Allow", b"GET, HEAD")
        request.answer(b"Only GET and HEAD are answered here.\n", b"text/plain;charset=utf-8")
        return NOT_DONE_YET

    @abstractmethod
    def render_GET(self, request: Request) -> int:
        """Answer with the resource."""


class RootPage(ReadOnlyResource):
    """The server's own page; a failed join leads here, with its reason."""

    isLeaf = False

    def __init__(self, messages: Mapping[str, str], words: Translations) -> None:
        super().__init__()
        self._messages = messages
        self._words = words
        #: Finds what lies below names that are not known here.
        self.others: Callable[[bytes], Resource] = lambda _name: NotFound()

    def getChild(self, path: bytes, request: Any) -> Resource:
        """Return this page for the empty name, the files of a format for another with a path below it."""
        if path == b"" and not request.postpath:
            return self
        return self.others(path) if request.postpath else NotFound()

    def render_GET(self, request: Request) -> int:
        """Answer with the reason of a failed join, or with a word about the server; HEAD too."""
        errors = parse_qs(request.query.decode("latin-1")).get("errors", [""])[0]
        keys = [key for key in _keys(errors) if key in self._messages]
        request.setHeader(b"Vary", b"Accept-Language")
        language = self._words.choose(request.header(b"Accept-Language") or "")
        if not keys:
            content = f"{self._lead('root.lead', language)}\n{self._note('root.api', language)}"
            return _answer(request, page(self._words.text("root.title", language), content, language=language))
        # Only bbbd's own words are shown: anybody can write a link with others.
        reasons = "\n".join(
            f'<p class="lead" lang="en" dir="ltr">{escape(self._messages[key])}</p>\n<p><code>{key}</code></p>'
            for key in keys
        )
        content = f"{reasons}\n{self._note('failed.lead', language)}"
        return _answer(request, page(self._words.text("failed.title", language), content, "denied", language))

    def _lead(self, key: str, language: str) -> str:
        return f'<p class="lead">{escape(self._words.text(key, language))}</p>'

    def _note(self, key: str, language: str) -> str:
        return f'<p class="aside-note">{escape(self._words.text(key, language))}</p>'


def _keys(errors: str) -> list[str]:
    try:
        found = json.loads(errors[:4096])
    except (ValueError, RecursionError):
        return []
    listed = found if isinstance(found, list) else []
    return [str(one["key"]) for one in listed[:10] if isinstance(one, dict) and "key" in one]


class StyleSheet(ReadOnlyResource):
    """The pages' style: that of the meeting's page, under a name that stays."""

    isLeaf = True

    def __init__(self, style: bytes) -> None:
        super().__init__()
        self._style = style

    def render_GET(self, request: Request) -> int:
        """Answer with it; HEAD too."""
        request.setHeader(b"Cache-Control", b"max-age=3600")
        request.answer(self._style, b"text/css;charset=utf-8")
        return NOT_DONE_YET


class NotFound(Resource):
    """A path that nothing serves."""

    isLeaf = True

    def render(self, request: Any) -> int:
        """Answer 404, whatever the method."""
        not_found(cast("Request", request))
        return NOT_DONE_YET


class PathPrefix(Resource):
    """A path that only leads on; what is not below it is a real 404."""

    def getChild(self, path: bytes, request: Any) -> Resource:  # noqa: ARG002 - Twisted's
        """Return a 404."""
        return NotFound()

    def render(self, request: Any) -> int:
        """Answer 404: nothing is at the directory itself."""
        return NotFound().render(request)
