"""Pages of a meeting for Moodle's browser tests: the page after a join, and the links to leave and end."""

from __future__ import annotations

from html import escape
from typing import Any, cast
from urllib.parse import parse_qs

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.developer.moodle.namespace_state import NamespaceState
from bbbd.http.request import Request
from bbbd.meetings.event import EndReason
from bbbd.meetings.model import Meeting, Session
from bbbd.meetings.registry import Meetings
from bbbd.page.plain_pages import NotFound, page
from bbbd.values.enums import GuestStatus, Role
from bbbd.values.urls import as_header

#: Headers of the page: it may only run its own script, and sends no data.
HEADERS = (
    (b"Cache-Control", b"no-store"),
    (
        b"Content-Security-Policy",
        b"default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'",
    ),
    (b"Referrer-Policy", b"no-referrer"),
)
_SCRIPT = b'window.name = "bigbluebutton_conference";\n'
#: Locks by the mock's names. One has two names, for newer and older versions of Moodle.
_LOCKS = {
    "disableCam": "lock_cam",
    "disableMic": "lock_mic",
    "disablePrivateChat": "lock_private_chat",
    "disablePublicChat": "lock_public_chat",
    "disableNotes": "lock_notes",
    "disableNote": "lock_notes",
    "lockedLayout": "lock_layout",
    "hideUserList": "lock_user_list",
}
_LINK_EXPIRED = page("This link is good no more", '<p class="lead">Ask for a new one where you got it.</p>')
_HTML = b"text/html;charset=utf-8"


def meeting_page(meeting: Meeting, session: Session, name: str) -> bytes:
    """Return the page of a person who joined; ``name`` is the namespace's."""
    rows = [
        ("Meeting", "meetingName", escape(meeting.created.wanted.name)),
        ("You are", "fullName", escape(session.name)),
        ("Role", "attendeeRole", session.role.value),
        ("State", "state", "waits for a moderator" if session.status is GuestStatus.WAIT else "in the meeting"),
        ("Locks", "lockSettings", "<br>\n".join(_locks(meeting))),
    ]
    facts = "\n".join(f'<dt>{what}</dt><dd data-identifier="{key}">{text}</dd>' for what, key, text in rows)
    ways = "\n".join(
        f'<a href="/{name}/conference/{way}?sessionToken={session.token}">{text}</a>'
        for way, text in (("leave", "Leave Meeting"), ("end", "End Meeting"))
    )
    script = f'<script src="/{name}/conference/window.js"></script>'
    title = meeting.created.wanted.name or meeting.external_id
    return page(title, f'<dl class="facts">\n{facts}\n</dl>\n<p>\n{ways}\n</p>\n{script}')


def _locks(meeting: Meeting) -> list[str]:
    locks = {name: meeting.locks[attribute] for name, attribute in _LOCKS.items()}
    locks |= {
        "lockOnJoin": meeting.lock_on_join,
        "lockOnJoinConfigurable": meeting.created.wanted.lock_on_join_configurable,
    }
    return [f"{name} : {'enabled' if on else 'disabled'}" for name, on in locks.items()]


class Conference(Resource):
    """The resource ``/<serverID>/conference/…``: the page's script, and its links to leave and (for moderators) end."""

    isLeaf = True

    def __init__(self, state: NamespaceState) -> None:
        super().__init__()
        self._state = state

    def render(self, request: Any) -> int:
        """Send the script, or redirect out of the meeting."""
        asked = cast("Request", request)
        names = [part.decode("utf-8", "replace") for part in asked.postpath or ()]
        if asked.method != b"GET" or names not in (["window.js"], ["leave"], ["end"]):
            return NotFound().render(request)
        if names == ["window.js"]:
            asked.answer(_SCRIPT, b"text/javascript;charset=utf-8")
        else:
            self._redirect_out(asked, ends=names == ["end"])
        return NOT_DONE_YET

    def _redirect_out(self, request: Request, *, ends: bool) -> None:
        token = parse_qs(request.query.decode("latin-1")).get("sessionToken", [""])[0]
        way = self._state.exit_url(token)
        for name, value in HEADERS:
            request.setHeader(name, value)
        if way is None:
            request.setResponseCode(403)
            request.answer(_LINK_EXPIRED, _HTML)
            return
        meetings = self._state.app.meetings
        if (found := meetings.find_session(token)) is not None:
            _leave(meetings, *found, ends=ends)
        request.setResponseCode(302)
        request.setHeader(b"Location", as_header(way))
        request.answer(b"", b"text/plain;charset=utf-8")


def _leave(meetings: Meetings, meeting: Meeting, session: Session, *, ends: bool) -> None:
    if ends and session.entered and session.role is Role.MODERATOR:
        meetings.end(meeting, EndReason.MODERATOR)
    else:
        meetings.leave(meeting, session)
