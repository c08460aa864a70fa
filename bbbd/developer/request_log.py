"""Request log: records every call with parameters, answer and time, for assertions; and injects faults.

It wraps the API's resource and passes each request on, unless a fault applies.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qsl

from twisted.internet.interfaces import IReactorTime
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.api.problems import Problem
from bbbd.api.response_tree import write_xml
from bbbd.clock import Clock
from bbbd.developer.faults import Fault, Faults, Rule
from bbbd.http.request import Request

#: Limits: stored calls, and characters of each answer.
MOST = 10_000
LONGEST = 100_000
_HTML = b"<html><head><title>500</title></head><body><h1>Internal Server Error</h1></body></html>\n"
_OLD = write_xml(
    (("returncode", "FAILED"), ("messageKey", Problem.NOT_FOUND.key), ("message", Problem.NOT_FOUND.message))
)
_XML = b"text/xml;charset=utf-8"
#: Number of pieces of a slow body.
_PIECES = 20


@dataclass(slots=True)
class CapturedCall:
    """A received call. ``parameters`` are those of query and form, without the checksum; times in milliseconds."""

    number: int
    call: str
    method: str
    parameters: dict[str, str]
    at: int
    status: int = 0
    answer: str = ""
    took: float = 0.0
    fault: str = ""

    def describe(self) -> dict[str, Any]:
        """Return the call for JSON."""
        return {
            "id": self.number,
            "call": self.call,
            "method": self.method,
            "parameters": self.parameters,
            "at": self.at,
            "status": self.status,
            "answer": self.answer,
            "ms": round(self.took * 1000, 3),
            "fault": self.fault,
        }


@dataclass(slots=True)
class RequestLog:
    """The calls of one server, the latest last."""

    calls: deque[CapturedCall] = field(default_factory=lambda: deque(maxlen=MOST))
    count: int = 0

    def add(self, call: str, method: str, parameters: dict[str, str], at: int) -> CapturedCall:
        """Record a received call."""
        self.count += 1
        self.calls.append(CapturedCall(self.count, call, method, parameters, at))
        return self.calls[-1]

    def select(self, call: str = "", after: int = 0) -> list[CapturedCall]:
        """Return the calls after a number, of one name or all."""
        return [one for one in self.calls if call in ("", one.call) and one.number > after]


class RecordedApi(Resource):
    """Wrapper of the API that records calls. ``prefix`` is prepended to their names."""

    isLeaf = True

    def __init__(
        self,
        api: Resource,
        *,
        log: RequestLog,
        faults: Faults,
        timer: IReactorTime,
        clock: Clock,
        prefix: str = "",
    ) -> None:
        super().__init__()
        self._api = api
        self._log = log
        self._faults = faults
        self._timer = timer
        self._clock = clock
        self._prefix = prefix

    def render(self, request: Any) -> int:
        """Record the call, and pass it on unless a fault applies."""
        asked = cast("Request", request)
        name = b"/".join(asked.postpath or ()).decode("latin-1").strip("/").removesuffix(".xml").removesuffix(".json")
        now = self._clock.now().wall
        captured = self._log.add(self._prefix + name, asked.method.decode("latin-1"), _parameters(asked), now)
        begun = self._timer.seconds()
        answer = asked.answer
        rule = self._faults.next(name)

        send_pieces = asked.answer_in_pieces

        def answer_and_record(body: bytes, content_type: bytes) -> None:
            # A long answer that is recorded goes in pieces itself.
            asked.answer_in_pieces = send_pieces  # type: ignore[method-assign]
            captured.status, captured.took = asked.code, self._timer.seconds() - begun
            captured.answer = body[:LONGEST].decode("utf-8", "replace")
            if rule is None:
                answer(body, content_type)
            else:
                self._spoil(asked, rule, answer, body, content_type)

        def join_and_record(parts: Sequence[bytes], content_type: bytes) -> None:
            answer_and_record(b"".join(parts), content_type)

        asked.answer = answer_and_record  # type: ignore[method-assign]
        asked.answer_in_parts = asked.answer_in_pieces = join_and_record  # type: ignore[method-assign]
        if rule is not None:
            captured.fault = rule.fault.value
        if rule is not None and rule.fault is Fault.CUT:
            asked.loseConnection()
        elif rule is not None and rule.fault is Fault.DELAY:
            self._timer.callLater(rule.seconds, self._api.render, asked)
        else:
            self._api.render(asked)
        return NOT_DONE_YET

    def _spoil(
        self, request: Request, rule: Rule, answer: Callable[[bytes, bytes], None], body: bytes, content_type: bytes
    ) -> None:
        """Send the correct answer as changed by a fault."""
        if rule.fault in (Fault.HTML, Fault.MALFORMED, Fault.NOT_FOUND):
            # A redirection would be followed without reading the body.
            request.answer_headers.pop(b"Location", None)
            request.setResponseCode(200)
        if rule.fault is Fault.HTML:
            request.setResponseCode(500)
            answer(_HTML, b"text/html")
        elif rule.fault is Fault.MALFORMED:
            answer(body[: len(body) // 2] + b"<&", content_type)
        elif rule.fault is Fault.MISSING:
            answer(without_element(body, rule.element), content_type)
        elif rule.fault is Fault.NOT_FOUND:
            answer(_OLD, _XML)
        elif rule.fault is Fault.SLOW:
            request.begin(request.code, {"Content-Type": content_type.decode(), "Content-Length": str(len(body))})
            self._drip(request, body, rule.seconds / _PIECES, max(1, -(-len(body) // _PIECES)))
        else:
            answer(body, content_type)

    def _drip(self, request: Request, rest: bytes, pause: float, size: int) -> None:
        if request.gone:
            return
        if not rest:
            request.finish()
            return
        request.write(rest[:size])
        self._timer.callLater(pause, self._drip, request, rest[size:], pause, size)


def without_element(body: bytes, element: str) -> bytes:
    """Return an XML or JSON answer without the elements of a name."""
    if body.startswith(b"{"):
        return json.dumps(_without(json.loads(body), element), ensure_ascii=False, separators=(",", ":")).encode()
    name = re.escape(element.encode())
    return re.sub(rb"<%b(?:\s[^>]*)?(?:/>|>.*?</%b>)" % (name, name), b"", body, flags=re.DOTALL)


def _without(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _without(one, name) for key, one in value.items() if key != name}
    return [_without(one, name) for one in value] if isinstance(value, list) else value


def _parameters(request: Request) -> dict[str, str]:
    form = b""
    if (request.header(b"Content-Type") or "").startswith("application/x-www-form-urlencoded"):
        form = request.content.read()
        request.content.seek(0)
    pairs = parse_qsl((request.query + b"&" + form).decode("utf-8", "replace"), keep_blank_values=True)
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    found.pop("checksum", None)
    return found
