"""Pages without a script: the server's own, and what failed."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable
from html import escape
from typing import Any, cast
from urllib.parse import parse_qs

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.guesses import TOO_MANY
from bbbd.site import Request

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="/html5client/page.css">
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""
_STYLE = b"""\
:root { color-scheme: light dark;
  --paper: #f3f5f4; --surface: #fff; --ink: #17211e; --quiet: #4a5753; --line: #d3dad7; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #101614; --surface: #19211e; --ink: #e9efec; --quiet: #aab7b2; --line: #2e3a35; }
}
body { margin: 0; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 34rem; margin: 10vh auto; padding: 1.5rem 2rem; background: var(--surface);
  border: 1px solid var(--line); border-radius: 12px; overflow-wrap: anywhere; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; }
code { font-size: .875rem; }
"""
_REASONS = dict((TOO_MANY,))
_HEADERS = (
    (b"Cache-Control", b"no-store"),
    (b"Content-Security-Policy", b"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"),
    (b"Referrer-Policy", b"no-referrer"),
)


def page(title: str, content: str) -> bytes:
    """Return a page; ``content`` is HTML already."""
    return _PAGE.format(title=escape(title), content=content).encode()


def _answer(request: Request, body: bytes, status: int = 200) -> int:
    request.setResponseCode(status, _REASONS.get(status))
    for name, value in _HEADERS:
        request.setHeader(name, value)
    request.answer(body, b"text/html;charset=utf-8")
    return NOT_DONE_YET


def answer_page(request: Request, title: str, content: str, status: int) -> int:
    """Answer with a page; ``content`` is HTML already."""
    return _answer(request, page(title, content), status)


class _Page(Resource):
    """What is only looked at: other methods than GET and HEAD are refused."""

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
        """Answer with the page."""


class RootPage(_Page):
    """The server's own page; people whose join failed land here and are told why."""

    isLeaf = False

    def __init__(self, messages: dict[str, str]) -> None:
        super().__init__()
        self._messages = messages
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
        if not keys:
            text = "<p>A BigBlueButton API endpoint. Applications call <code>/bigbluebutton/api</code>.</p>"
            return _answer(request, page("bbbd", text))
        # Only bbbd's own words are shown: anybody can write a link with others.
        content = "".join(f"<p>{escape(self._messages[key])}</p>\n<p><code>{key}</code></p>" for key in keys)
        return _answer(request, page("You could not join", content))


def _keys(errors: str) -> list[str]:
    try:
        found = json.loads(errors[:4096])
    except (ValueError, RecursionError):
        return []
    listed = found if isinstance(found, list) else []
    return [str(one["key"]) for one in listed[:10] if isinstance(one, dict) and "key" in one]


class StyleSheet(_Page):
    """The pages' style."""

    isLeaf = True

    def render_GET(self, request: Request) -> int:
        """Answer with it; HEAD too."""
        request.setHeader(b"Cache-Control", b"max-age=3600")
        request.answer(_STYLE, b"text/css;charset=utf-8")
        return NOT_DONE_YET


class NotFound(Resource):
    """A path that nothing serves."""

    isLeaf = True

    def render(self, request: Any) -> int:
        """Answer 404, whatever the method."""
        request.setResponseCode(404)
        request.answer(b"Nothing is here.\n", b"text/plain;charset=utf-8")
        return NOT_DONE_YET


class Directory(Resource):
    """A path that only leads on; what is not below it is a real 404."""

    def getChild(self, path: bytes, request: Any) -> Resource:  # noqa: ARG002 - Twisted's
        """Return a 404."""
        return NotFound()

    def render(self, request: Any) -> int:
        """Answer 404: nothing is at the directory itself."""
        return NotFound().render(request)
