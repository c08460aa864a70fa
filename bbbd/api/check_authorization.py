"""``checkAuthorization``: subrequest authentication for a reverse proxy, by session token.

nginx's ``auth_request`` sends the path and query of the request in ``X-Original-URI``. It accepts no other answers
than 2xx and 401.
"""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import parse_qs, quote_plus

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.request import Request
from bbbd.http.token_rate_limit import TokenRateLimit
from bbbd.meetings.expired_tokens import ExpiredTokens
from bbbd.meetings.registry import Meetings
from bbbd.values.enums import GuestStatus


class Authorization(Resource):
    """``/bigbluebutton/connection/checkAuthorization``."""

    isLeaf = True

    def __init__(self, meetings: Meetings, expired_tokens: ExpiredTokens, guesses: TokenRateLimit) -> None:
        super().__init__()
        self._meetings = meetings
        self._expired_tokens = expired_tokens
        self._guesses = guesses

    def render(self, request: Any) -> int:
        """Answer any method, since the proxy may forward that of the original request."""
        asked = cast("Request", request)
        good = self._authorize(asked)
        asked.setResponseCode(200 if good else 401)
        asked.setHeader(b"Cache-Control", b"no-cache")
        asked.answer(b"authorized" if good else b"unauthorized", b"text/plain;charset=utf-8")
        return NOT_DONE_YET

    def _authorize(self, request: Request) -> bool:
        """Return whether the session belongs to an admitted person, and their headers."""
        query = (request.header(b"X-Original-URI") or "").partition("?")[2]
        token = parse_qs(query).get("sessionToken", [""])[0].strip()
        found = self._meetings.find_session(token)
        if found is None:
            if token and self._expired_tokens.find(token) is None:
                self._guesses.count(request.caller)
            return False
        meeting, session = found
        if session.status is not GuestStatus.ALLOW:
            return False
        request.setHeader(b"User-Id", session.user.encode())
        request.setHeader(b"Meeting-Id", meeting.internal_id.encode())
        request.setHeader(b"Voice-Bridge", meeting.created.voice_bridge.encode())
        request.setHeader(b"User-Name", quote_plus(session.name).encode())
        return True
