"""The pages behind a join link: who one is, or what failed. Plain HTML without a script."""

from __future__ import annotations

import json
from html import escape
from typing import Any, cast
from urllib.parse import parse_qs

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.client.guesses import Guesses
from bbbd.meetings.model import Meeting, Session
from bbbd.meetings.registry import Meetings
from bbbd.site import Request
from bbbd.words import GuestStatus

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
_HEADERS = (
    (b"Cache-Control", b"no-store"),
    (b"Content-Security-Policy", b"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"),
    (b"Referrer-Policy", b"no-referrer"),
)


def page(title: str, content: str) -> bytes:
    """Return a page; ``content`` is HTML already."""
    return _PAGE.format(title=escape(title), content=content).encode()


def facts(rows: dict[str, str]) -> str:
    """Return a list of facts as HTML."""
    return (
        "<dl>\n"
        + "\n".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in rows.items())
        + "\n</dl>"
    )


def _answer(request: Request, body: bytes, status: int = 200) -> int:
    request.setResponseCode(status)
    for name, value in _HEADERS:
        request.setHeader(name, value)
    request.answer(body, b"text/html;charset=utf-8")
    return NOT_DONE_YET


class JoinPage(Resource):
    """Where a join leads: says who one is in which meeting, or that the link is good no more."""

    isLeaf = True

    def __init__(self, meetings: Meetings, guesses: Guesses) -> None:
        super().__init__()
        self._meetings = meetings
        self._guesses = guesses

    def render_GET(self, request: Any) -> int:
        """Answer with the page of a session; HEAD too."""
        asked = cast("Request", request)
        if self._guesses.too_many(asked.caller):
            return _answer(asked, page("Too many attempts", "<p>Wait a minute, then try again.</p>"), 429)
        token = parse_qs(asked.query.decode("latin-1")).get("sessionToken", [""])[0]
        found = self._meetings.find_session(token)
        if found is None:
            self._guesses.wrong(asked.caller)
            text = "<p>The meeting may be over, or the link was used before. Ask for a new one where you got it.</p>"
            return _answer(asked, page("This link is good no more", text), 403)
        return _answer(asked, _session_page(*found))


def _session_page(meeting: Meeting, session: Session) -> bytes:
    waits = session.status is GuestStatus.WAIT
    return page(
        meeting.created.wanted.name or meeting.external_id,
        facts(
            {
                "You are": session.name,
                "Role": "Moderator" if session.role == "MODERATOR" else "Viewer",
                "State": "Waiting until a moderator lets you in" if waits else "You may come in",
                "People in the meeting": str(len(meeting.people)),
            }
        ),
    )


class RootPage(Resource):
    """The server's own page; people whose join failed land here and are told why."""

    isLeaf = False

    def __init__(self, messages: dict[str, str]) -> None:
        super().__init__()
        self._messages = messages

    def getChild(self, path: bytes, request: Any) -> Resource:
        """Return this page for the empty name, a real 404 for any other."""
        return self if path == b"" and not request.postpath else NotFound()

    def render_GET(self, request: Any) -> int:
        """Answer with the reason of a failed join, or with a word about the server; HEAD too."""
        asked = cast("Request", request)
        errors = parse_qs(asked.query.decode("latin-1")).get("errors", [""])[0]
        keys = [key for key in _keys(errors) if key in self._messages]
        if not keys:
            text = "<p>A BigBlueButton API endpoint. Applications call <code>/bigbluebutton/api</code>.</p>"
            return _answer(asked, page("bbbd", text))
        # Only bbbd's own words are shown: anybody can write a link with others.
        content = "".join(f"<p>{escape(self._messages[key])}</p>\n<p><code>{key}</code></p>" for key in keys)
        return _answer(asked, page("You could not join", content))


def _keys(errors: str) -> list[str]:
    try:
        found = json.loads(errors[:4096])
    except (ValueError, RecursionError):
        return []
    listed = found if isinstance(found, list) else []
    return [str(one["key"]) for one in listed[:10] if isinstance(one, dict) and "key" in one]


class StyleSheet(Resource):
    """The pages' style."""

    isLeaf = True

    def render_GET(self, request: Any) -> int:
        """Answer with it; HEAD too."""
        asked = cast("Request", request)
        asked.setHeader(b"Cache-Control", b"max-age=3600")
        asked.answer(_STYLE, b"text/css;charset=utf-8")
        return NOT_DONE_YET


class NotFound(Resource):
    """A path that nothing serves."""

    isLeaf = True

    def render(self, request: Any) -> int:
        """Answer 404, whatever the method."""
        asked = cast("Request", request)
        asked.setResponseCode(404)
        asked.answer(b"Nothing is here.\n", b"text/plain;charset=utf-8")
        return NOT_DONE_YET


class Directory(Resource):
    """A path that only leads on; what is not below it is a real 404."""

    def getChild(self, path: bytes, request: Any) -> Resource:  # noqa: ARG002 - Twisted's
        """Return a 404."""
        return NotFound()

    def render(self, request: Any) -> int:
        """Answer 404: nothing is at the directory itself."""
        return NotFound().render(request)
