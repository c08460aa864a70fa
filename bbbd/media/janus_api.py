"""Janus' API over a Unix datagram socket: requests and their answers, one session, and whether Janus is there.

Each request is one datagram of at most 8,192 bytes (Janus reads no more), and is answered: at once by ``success``,
``error`` or ``ack``; after an ``ack`` by an ``event``. Linux queues only ten datagrams for a socket, so at most eight
requests wait for their first answer at a time. The session outlives the process that made it by its time-out, and media
flow meanwhile: ``claim`` takes it up again.
"""

from __future__ import annotations

import json
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

_log = Logger()

#: Bytes of a request, and requests that wait for their first answer.
LARGEST_REQUEST, WINDOW = 8192, 8
#: Seconds until a request has failed, and between two signs that the session is wanted.
ANSWERED_WITHIN, KEEPALIVE_EVERY = 10, 2


#: Janus' code for a session that it does not know.
_NO_SESSION = 458


class JanusFailed(Exception):
    """Janus refused a request, or did not answer; ``code`` is Janus' own, 0 for no answer."""

    def __init__(self, why: str, code: int = 0) -> None:
        super().__init__(why)
        self.code = code


class JanusLink(Protocol):
    """The way to Janus: one datagram each way."""

    def send(self, datagram: bytes) -> None:
        """Send a datagram. Raises ``OSError`` when nobody listens."""


@dataclass(slots=True, eq=False)
class _Request:
    transaction: str
    datagram: bytes
    #: ``ack`` is all that comes, as for keepalive.
    ends_with_ack: bool
    done: Deferred[dict[str, Any]] = field(default_factory=Deferred)
    timeout: IDelayedCall | None = None
    is_waiting: bool = True


class JanusApi:
    """A session with Janus. ``heard`` gets each event that answers no request; ``lost`` hears that Janus is gone."""

    def __init__(
        self,
        link: JanusLink,
        secret: str,
        timer: IReactorTime,
        heard: Callable[[dict[str, Any]], None],
        lost: Callable[[str], None],
    ) -> None:
        self.session = 0
        self._link = link
        self._secret = secret
        self._timer = timer
        self._heard = heard
        self._lost = lost
        self._requests: dict[str, _Request] = {}
        self._queue: deque[_Request] = deque()
        self._unacknowledged = 0
        self._keepalive: IDelayedCall | None = None

    # The session.

    async def open(self, session: int = 0) -> bool:
        """Take up an earlier session, or begin one; return whether the earlier one goes on. Raises ``JanusFailed``."""
        if session:
            self.session = session
            try:
                await self.request("claim")
            except JanusFailed as fault:
                if not fault.code:
                    raise
            else:
                self._keep_alive()
                return True
        self.session = 0
        answer = await self.request("create")
        self.session = int(answer["data"]["id"])
        self._keep_alive()
        return False

    def close(self) -> None:
        """End without ending the session, which another process may take up."""
        if self._keepalive is not None and self._keepalive.active():
            self._keepalive.cancel()
        self._keepalive = None
        self.session = 0
        for request in list(self._requests.values()):
            self._fail(request, "Janus is gone")
        self._queue.clear()
        self._unacknowledged = 0

    def _keep_alive(self) -> None:
        if self._keepalive is not None and self._keepalive.active():
            self._keepalive.cancel()
        self._keepalive = self._timer.callLater(KEEPALIVE_EVERY, self._send_keepalive)

    def _send_keepalive(self) -> None:
        def failed(_failure: object) -> None:
            if self.session:
                self._lost("does not answer")

        asked = Deferred.fromCoroutine(self.request("keepalive"))
        asked.addErrback(failed)
        self._keep_alive()

    # Handles and requests.

    async def attach(self) -> int:
        """Return a new handle of the plugin VideoRoom. Raises ``JanusFailed``."""
        answer = await self.request("attach", plugin="janus.plugin.videoroom")
        return int(answer["data"]["id"])

    async def ask(
        self, handle: int, body: Mapping[str, Any], jsep: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what VideoRoom answers, and its description of media (empty without one). Raises ``JanusFailed``."""
        more = {"jsep": jsep} if jsep else {}
        answer = await self.request("message", handle_id=handle, body=body, **more)
        data = answer.get("plugindata", {}).get("data", {})
        if "error" in data:
            raise JanusFailed(str(data["error"]), int(data.get("error_code", 0)) or 1)
        return data, answer.get("jsep") or {}

    async def request(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Send a request and return its last answer. Raises ``JanusFailed``."""
        transaction = secrets.token_hex(8)
        message = {"janus": kind, "transaction": transaction, "apisecret": self._secret, **fields}
        if self.session:
            message["session_id"] = self.session
        datagram = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
        if len(datagram) > LARGEST_REQUEST:
            raise JanusFailed(f"a request of {len(datagram)} bytes is too large", 1)
        request = _Request(transaction, datagram, ends_with_ack=kind == "keepalive")
        self._requests[transaction] = request
        request.timeout = self._timer.callLater(ANSWERED_WITHIN, self._fail, request, "Janus does not answer")
        self._queue.append(request)
        self._send_queued()
        return await request.done

    def _send_queued(self) -> None:
        while self._queue and self._unacknowledged < WINDOW:
            request = self._queue.popleft()
            if request.transaction not in self._requests:
                continue
            self._unacknowledged += 1
            try:
                self._link.send(request.datagram)
            except OSError as fault:
                self._fail(request, f"Janus is gone: {fault.strerror}")
                if self.session:
                    self._lost(f"is gone: {fault.strerror}")

    def _acknowledge(self, request: _Request) -> None:
        if request.is_waiting:
            request.is_waiting = False
            self._unacknowledged -= 1

    def _end(self, request: _Request) -> bool:
        """Forget a request; return False if it has ended before."""
        if self._requests.pop(request.transaction, None) is None:
            return False
        if request.timeout is not None and request.timeout.active():
            request.timeout.cancel()
        if request in self._queue:
            self._queue.remove(request)
        else:
            self._acknowledge(request)
        return True

    def _fail(self, request: _Request, why: str) -> None:
        if self._end(request):
            request.done.errback(JanusFailed(why))
            self._send_queued()

    # What Janus sends.

    def received(self, datagram: bytes) -> None:
        """Take a datagram of Janus."""
        try:
            message = json.loads(datagram)
            kind = message["janus"]
        except (ValueError, KeyError, TypeError):
            _log.error("Janus sent what is no message", event="janus_unreadable")
            return
        request = self._requests.get(message.get("transaction", ""))
        if request is None:
            if kind == "timeout" and message.get("session_id") == self.session:
                self._lost("has ended the session")
            elif kind != "ack":
                self._heard(message)
            return
        if kind == "ack" and not request.ends_with_ack:
            self._acknowledge(request)
            self._send_queued()
            return
        self._end(request)
        self._send_queued()
        if kind == "error":
            fault = message.get("error", {})
            code = int(fault.get("code", 1))
            request.done.errback(JanusFailed(str(fault.get("reason", "unknown")), code))
            if code == _NO_SESSION and self._keepalive is not None:
                # Another Janus has taken its place: nothing of what was there is left.
                self._lost("knows the session no longer")
        else:
            request.done.callback(message)
