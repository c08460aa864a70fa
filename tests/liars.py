"""Endpoints that are not what they should be: HTTP servers, or functions, with a bbbd in memory behind them.

A lie is a function of a call: it may change what is asked, and what is answered.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from harness import FORM, Answer, Memory, signed
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTCP
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from bbbd.conform import endpoint_client

API = "/bigbluebutton/api"


@dataclass(frozen=True)
class Call:
    """A call on its way to the honest server."""

    name: str
    query: str
    method: str
    headers: dict[str, str]
    body: bytes
    host: str

    @property
    def pairs(self) -> dict[str, str]:
        return dict(parse_qsl(self.query, keep_blank_values=True))


#: Asks the honest server.
Honest = Callable[[Call], Answer]
#: Answers a call, or with None never does.
Lie = Callable[[Call, Honest], Answer | None]


#: The headers that a lie is about: those of a request, and those of an answer.
ASKED, ANSWERED = ("accept", "content-type"), ("content-type", "location", "cache-control")


def only(headers: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() in names}


def honest_of(memory: Memory) -> Honest:
    """Ask a server in memory."""

    def ask(call: Call) -> Answer:
        answers: list[Answer] = []
        target = f"{API}/{call.name}" + (f"?{call.query}" if call.query else "")
        fetched = Deferred.fromCoroutine(memory.fetch(target, call.method, call.headers, call.body))
        fetched.addCallback(answers.append)
        (answer,) = answers
        return answer

    return ask


def call_of(target: str, **more: Any) -> Call:
    path, _mark, query = target.partition("?")
    return Call(name=path.removeprefix(API).lstrip("/"), query=query, **more)


class Liar(Resource):
    isLeaf = True

    def __init__(self, memory: Memory, lie: Lie) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._honest = honest_of(memory)
        self._lie = lie

    def render(self, request: Any) -> int:
        headers = {
            name.decode(): values[0].decode("latin-1") for name, values in request.requestHeaders.getAllRawHeaders()
        }
        call = call_of(
            request.uri.decode("latin-1"),
            method=request.method.decode(),
            headers=only(headers, ASKED),
            body=request.content.read(),
            host=headers["Host"],
        )
        answer = self._lie(call, self._honest)
        if answer is not None:
            request.setResponseCode(answer.status)
            for name, value in only(answer.headers, ANSWERED).items():
                request.setHeader(name.encode(), value.encode("latin-1"))
            request.write(answer.body)
            request.finish()
        return NOT_DONE_YET


def asking_liar(memory: Memory, lie: Lie) -> endpoint_client.Ask:
    """Return what asks a liar that always answers, without HTTP between: a run has hundreds of requests."""
    honest = honest_of(memory)

    async def ask(asked: endpoint_client.EndpointRequest) -> endpoint_client.Answer:
        parts = urlsplit(asked.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers, host = only(asked.headers, ASKED), parts.netloc
        answer = lie(call_of(target, method=asked.method, headers=headers, body=asked.body, host=host), honest)
        assert answer is not None
        return endpoint_client.Answer(status=answer.status, headers=only(answer.headers, ANSWERED), body=answer.body)

    return ask


@asynccontextmanager
async def lying(memory: Memory, lie: Lie) -> AsyncIterator[str]:
    """Let a liar listen, and give its URL."""
    from twisted.internet import reactor  # noqa: PLC0415 - only where there is one

    site = Site(Liar(memory, lie))
    site.noisy = False
    listen = cast("IReactorTCP", reactor).listenTCP
    port = listen(0, site, interface="127.0.0.1")  # type: ignore[arg-type] # a Site is a ServerFactory
    try:
        yield f"http://127.0.0.1:{port.getHost().port}"  # type: ignore[attr-defined]
    finally:
        stopped = port.stopListening()
        if stopped is not None:
            await stopped


def page(status: int) -> Answer:
    """Return what a proxy or a framework answers in an API's place."""
    return Answer(status, {"content-type": "text/html"}, b"<html><body><h1>Something went wrong</h1></body></html>")


def honest(call: Call, ask: Honest) -> Answer:
    return ask(call)


def breaks_down(call: Call, ask: Honest) -> Answer:
    """Answer what it does not expect by a page with a stack in it."""
    answer = ask(call)
    failed = b"<messageKey>notFound</messageKey>" in answer.body or b"NumberFormat" in answer.body
    return page(500) if failed and call.name == "getMeetingInfo" else answer


def newer_keys(call: Call, ask: Honest) -> Answer:
    """Have another key for what is not there, as an edition of the reference once had."""
    answer = ask(call)
    return replace(answer, body=answer.body.replace(b">notFound<", b">validationError<"))


def torn(call: Call, ask: Honest) -> Answer:
    """Cut a long answer off."""
    answer = ask(call)
    return replace(answer, body=answer.body[:-20]) if call.name == "getMeetings" else answer


def loses(*names: str, of: str) -> Lie:
    """Leave elements out of a call's answer."""

    def lie(call: Call, ask: Honest) -> Answer:
        answer = ask(call)
        if call.name != of:
            return answer
        body = answer.body
        for name in names:
            head, found, rest = body.partition(f"<{name}>".encode())
            while found:
                body = head + rest.partition(f"</{name}>".encode())[2]
                head, found, rest = body.partition(f"<{name}>".encode())
        return replace(answer, body=body)

    return lie


def escapes_twice(call: Call, ask: Honest) -> Answer:
    answer = ask(call)
    return replace(answer, body=answer.body.replace(b"&", b"&amp;"))


def forgets(call: Call, ask: Honest) -> Answer:
    """Not know, at a second create, that there was a first."""
    answer = ask(call)
    if call.name != "create" or b">duplicateWarning<" not in answer.body:
        return answer
    body = answer.body.replace(b"<createTime>1", b"<createTime>2").replace(b">duplicateWarning<", b"><")
    return replace(answer, body=body)


def lets_all_in(call: Call, ask: Honest) -> Answer:
    """Look at no checksum at all."""
    pairs = "&".join(part for part in call.query.split("&") if part and not part.startswith("checksum="))
    if call.name in ("", "setConfigXML") or call.headers.get("Content-Type", "").startswith(FORM):
        return ask(call)
    return ask(replace(call, query=signed(call.name, pairs).partition("?")[2]))


def never_ends(call: Call, ask: Honest) -> Answer:
    """Say that a meeting will end, and go on."""
    if call.name != "end" or call.pairs.get("password") != "conform-mp":
        return ask(call)
    info = signed("getMeetingInfo", f"meetingID={call.pairs.get('meetingID', '')}").partition("?")[2]
    if b">FAILED<" in ask(replace(call, name="getMeetingInfo", query=info)).body:
        return ask(call)
    key = "<returncode>SUCCESS</returncode><messageKey>sentEndMeetingRequest</messageKey>"
    return Answer(200, {"content-type": "text/xml"}, f"<response>{key}</response>".encode())


def refuses_to_end(call: Call, ask: Honest) -> Answer:
    """Never end a meeting, whoever asks."""
    return (
        ask(replace(call, query=signed("end", "meetingID=none").partition("?")[2])) if call.name == "end" else ask(call)
    )


def takes_bodies(call: Call, ask: Honest) -> Answer:
    """Read parameters in a body beside a signed URL."""
    if not (call.body and call.query and call.headers.get("Content-Type", "").startswith(FORM)):
        return ask(call)
    text = call.query.partition("&checksum=")[0] + "&" + call.body.decode()
    return ask(replace(call, method="GET", body=b"", query=signed(call.name, text).partition("?")[2]))


def yes(_call: Call, _ask: Honest) -> Answer:
    """Agree to everything."""
    return Answer(200, {"content-type": "text/xml"}, b"<response><returncode>SUCCESS</returncode></response>")


def a_page(_call: Call, _ask: Honest) -> Answer:
    """Be the web server of something else."""
    return page(200)


def old(call: Call, ask: Honest) -> Answer:
    """Be as a server of 2.2 is: SHA-1 in lower case alone, no JSON, tracks, hooks, messages: pages for those."""
    checksum = call.pairs.get("checksum", "")
    lacks = ("hooks/", "getRecordingText", "putRecordingText", "sendChatMessage", "getNothingAtAll")
    if call.name.startswith(lacks):
        return page(404)
    if len(checksum) != 40 or checksum != checksum.lower():
        call = replace(call, query=call.query.replace(checksum, "0" * 40) if checksum else call.query)
    return ask(replace(call, headers={name: value for name, value in call.headers.items() if name != "Accept"}))


def balances(call: Call, ask: Honest) -> Answer:
    """Send joins on to a node, as load balancers do, and answer all else itself."""
    if call.name == "join" and "node=1" not in call.query:
        text = call.query.partition("&checksum=")[0]
        honest = ask(replace(call, query=call.query))
        if b">checksumError<" in honest.body or b">invalidMeetingIdentifier<" in honest.body:
            return honest
        node = signed("join", f"{text}&node=1")
        return Answer(302, {"location": f"http://{call.host}{node}"}, b"")
    return ask(call)


def silent_after(count: int, hears: Callable[[], None] = lambda: None) -> Lie:
    """Answer no more after some calls, and say that one more has come."""
    left = [count]

    def lie(call: Call, ask: Honest) -> Answer | None:
        left[0] -= 1
        if left[0] >= 0:
            return ask(call)
        hears()
        return None

    return lie


def silent_on(name: str, hears: Callable[[], None]) -> Lie:
    """Never answer one call, and say when it has come."""

    def lie(call: Call, ask: Honest) -> Answer | None:
        if call.name != name:
            return ask(call)
        hears()
        return None

    return lie
