"""The state of a session token, for a page whose WebSocket did not open: its browser does not say why."""

from __future__ import annotations

import json
from typing import Any, cast
from urllib.parse import parse_qs

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.request import Request
from bbbd.http.responses import not_allowed
from bbbd.http.token_rate_limit import TOO_MANY, TOO_MANY_TEXT, TokenRateLimit
from bbbd.live.address_check import AddressCheck
from bbbd.live.document_uploads import bearer_token, refuse_without_token
from bbbd.live.hub import Hub


class TokenStatus(Resource):
    """``/html5client/door``."""

    isLeaf = True

    def __init__(self, hub: Hub, guesses: TokenRateLimit, addresses: AddressCheck) -> None:
        super().__init__()
        self._addresses = addresses
        self._hub = hub
        self._guesses = guesses

    def render(self, request: Any) -> int:
        """Answer with ``state``, ``reason``, ``back``, and ``address`` if it is another; without a token, 401."""
        asked = cast("Request", request)
        token = bearer_token(asked)
        if asked.method not in (b"GET", b"HEAD"):
            not_allowed(asked, (b"GET", b"HEAD"))
        elif not token:
            refuse_without_token(asked, **self._address(asked))
        else:
            self._answer(asked, token)
        return NOT_DONE_YET

    def _answer(self, request: Request, token: str) -> None:
        request.setHeader(b"Cache-Control", b"no-cache")
        state, reason, back = self._hub.state(token)
        if state == "unknown" and self._hub.find_expired(token) is None:
            if self._guesses.too_many(request.caller):
                request.setResponseCode(*TOO_MANY)
                request.answer(f"{TOO_MANY_TEXT}\n".encode(), b"text/plain;charset=utf-8")
                return
            self._guesses.count(request.caller)
        request.setHeader(b"Cache-Control", b"no-store")
        answer = {"state": state, "reason": reason, "back": back, **self._address(request)}
        request.answer(json.dumps(answer).encode(), b"application/json;charset=utf-8")

    def _address(self, request: Request) -> dict[str, str]:
        page = parse_qs(request.query.decode("latin-1")).get("origin", [""])[0]
        expected = self._addresses.expected(request, page)
        return {"address": expected} if expected else {}
