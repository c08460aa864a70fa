"""The WebSocket's URL: address and token are checked before the upgrade."""

from __future__ import annotations

from typing import Any, cast

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.http.request import Request
from bbbd.http.token_rate_limit import TOO_MANY, TOO_MANY_TEXT, TokenRateLimit
from bbbd.live.address_check import AddressCheck
from bbbd.live.hub import Hub
from bbbd.live.protocol import PROTOCOL, TOKEN, written
from bbbd.live.websocket import BadHandshake, WebSocket, accepted

#: Reason phrases that Twisted lacks.
_WORDS = {TOO_MANY[0]: TOO_MANY[1], 426: b"Upgrade Required"}
_MORE_HEADERS = {
    401: ((b"WWW-Authenticate", b"Bearer"),),
    405: ((b"Allow", b"GET"),),
    426: ((b"Upgrade", b"websocket"), (b"Sec-WebSocket-Version", b"13")),
}


def offered(request: Request) -> list[str]:
    """Return the subprotocols that a request offers."""
    values = request.headers.select(b"Sec-WebSocket-Protocol")
    return [part.strip() for part in b",".join(values).decode("latin-1").split(",")]


class WebSocketEndpoint(Resource):
    """``/html5client/socket``."""

    isLeaf = True

    def __init__(self, hub: Hub, guesses: TokenRateLimit, addresses: AddressCheck) -> None:
        super().__init__()
        self._hub = hub
        self._guesses = guesses
        self._addresses = addresses

    def render(self, request: Any) -> int:
        """Open a WebSocket, or refuse it with a reason."""
        self._open(cast("Request", request))
        return NOT_DONE_YET

    def _open(self, request: Request) -> None:
        protocols = offered(request)
        token = next((one.removeprefix(TOKEN) for one in protocols if one.startswith(TOKEN)), "")
        refusal = self._refusal(request, token)
        if refusal is not None:
            _refuse(request, *refusal)
            return
        gone = self._hub.find_expired(token)
        try:
            answer = accepted(list(request.headers), request.path, PROTOCOL)
        except BadHandshake as fault:
            _refuse(request, 426, f"This is not an opening handshake of a WebSocket: {fault}.")
            return
        socket = WebSocket(request.channel)
        request.channel.upgrade(answer, socket)
        if gone is None and self._hub.open(token, socket, request.channel.site.caller_of(request)):
            return
        name, code, _again = self._hub.reason(token).value
        facts = {"why": gone.why, "back": gone.back} if gone else {"why": "", "back": ""}
        socket.send(written("bye", reason=name, again=None, **facts))
        socket.close(code, name)

    def _refusal(self, request: Request, token: str) -> tuple[int, str] | None:
        """Return status and text of a refusal, None for a request that may open a WebSocket."""
        if request.method != b"GET":
            return 405, "A WebSocket opens by GET."
        if not self._addresses.may_open(request):
            return 403, "Only pages of this server open its WebSocket (see bbbd.clientOrigins)."
        if not token:
            return 401, f"The session token is missing: offer the subprotocol {TOKEN}<token>."
        if self._hub.session(token) is not None or self._hub.find_expired(token) is not None:
            return None
        if self._guesses.too_many(request.caller):
            return TOO_MANY[0], TOO_MANY_TEXT
        self._guesses.count(request.caller)
        return 403, "This token is no longer valid."


def _refuse(request: Request, status: int, text: str) -> None:
    request.setResponseCode(status, _WORDS.get(status))
    request.setHeader(b"Cache-Control", b"no-cache")
    for name, value in _MORE_HEADERS.get(status, ()):
        request.setHeader(name, value)
    request.answer(f"{text}\n".encode(), b"text/plain;charset=utf-8")
