"""Tells a page how it stands with its token: a browser does not say why a WebSocket did not open."""

from __future__ import annotations

import json
from typing import Any, cast

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.request import Request
from bbbd.http.token_rate_limit import TOO_MANY, WHY, TokenRateLimit
from bbbd.live.hub import Hub


class TokenStatus(Resource):
    """``/html5client/door``."""

    isLeaf = True

    def __init__(self, hub: Hub, guesses: TokenRateLimit) -> None:
        super().__init__()
        self._hub = hub
        self._guesses = guesses

    def render_GET(self, request: Any) -> int:
        """Answer with ``state``, ``reason`` and ``back``."""
        asked = cast("Request", request)
        asked.setHeader(b"Cache-Control", b"no-store")
        token = (asked.header(b"Authorization") or "").removeprefix("Bearer ").strip()
        state, reason, back = self._hub.state(token)
        if state == "unknown" and self._hub.departed(token) is None:
            if self._guesses.too_many(asked.caller):
                asked.setResponseCode(*TOO_MANY)
                asked.answer(f"{WHY}\n".encode(), b"text/plain;charset=utf-8")
                return NOT_DONE_YET
            self._guesses.wrong(asked.caller)
        told = json.dumps({"state": state, "reason": reason, "back": back})
        asked.answer(told.encode(), b"application/json;charset=utf-8")
        return NOT_DONE_YET
