"""World: the environment of a case, with calls to one endpoint and meetings that are ended afterwards."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple
from urllib.parse import parse_qs, urljoin, urlsplit

from lxml import etree

from bbbd.api.checksum import form_text
from bbbd.conform.assertions import (
    BAD,
    GOOD,
    ContractMismatch,
    ParsedAnswer,
    expect_answer,
    expect_success,
    parse_answer,
)
from bbbd.conform.endpoint_client import FORM, Answer, Ask, Endpoint, EndpointRequest, NoAnswer, query_of
from bbbd.conform.message_keys import MessageKey

#: Prefix of the ids of all meetings made here.
PREFIX = "bbbd-conform-"
ATTENDEE_PW, MODERATOR_PW = "conform-ap", "conform-mp"
PASSWORDS = {"attendeePW": ATTENDEE_PW, "moderatorPW": MODERATOR_PW}
#: The name of people who join.
NAME = "Conformance"
#: Polling: number of attempts, and seconds between them.
LOOKS, PAUSE = 21, 0.5
#: Limit of redirections by load balancers after a join.
_NODES = 3
_ANY = {"Accept": "*/*"}


class NotSupported(Exception):
    """The endpoint does not support a call or an optional feature; the text is its name."""


class PreconditionFailed(Exception):
    """The case could not be executed, since a precondition failed; the text says which."""


class CaseMeeting(NamedTuple):
    """A meeting created for a case."""

    meeting_id: str
    created: ParsedAnswer

    def value(self, name: str) -> str:
        """Return a value of create's answer, empty if missing."""
        return self.created.texts.get(name, "")


def is_unknown_call(answer: Answer) -> bool:
    """Return whether an answer means that the call does not exist."""
    found = parse_answer(answer)
    if found is None:
        return answer.status == 404
    return found.code == BAD and found.key == MessageKey.UNSUPPORTED


class World:
    """Calls to one endpoint. ``run`` makes the ids of this run unique; ``sleep`` waits for some seconds."""

    def __init__(self, ask: Ask, endpoint: Endpoint, run: str, sleep: Callable[[float], Awaitable[object]]) -> None:
        self.endpoint = endpoint
        #: Ids of meetings that could not be ended.
        self.unended: list[str] = []
        self._ask = ask
        self._run = run
        self._sleep = sleep
        self._ids = 0
        self._known: set[str] = set()
        self._open: dict[str, str] = {}
        self._recordings: list[etree._Element] | None = None

    def new_id(self) -> str:
        """Return a unique meeting id."""
        self._ids += 1
        return f"{PREFIX}{self._run}-{self._ids}"

    async def ask(self, call: str, request: EndpointRequest) -> Answer:
        """Make a call and return the raw answer. Raises ``NotSupported`` if the endpoint does not have the call."""
        answer = await self._ask(request)
        if not is_unknown_call(answer):
            self._known.add(call)
        elif call not in self._known:
            raise NotSupported(call)
        return answer

    async def plain(self, target: str, *, method: str = "GET", headers: Mapping[str, str] = _ANY) -> Answer:
        """Request a path that may not exist; ``target`` is appended to the API's URL."""
        return await self._ask(EndpointRequest(url=self.endpoint.url + target, method=method, headers=headers))

    async def get(self, call: str, query: str, headers: Mapping[str, str] = _ANY) -> Answer:
        """Call with a raw query string, with or without a checksum."""
        mark = "?" if query else ""
        return await self.ask(call, EndpointRequest(url=f"{self.endpoint.url}/{call}{mark}{query}", headers=headers))

    async def query(self, call: str, query: str) -> ParsedAnswer:
        """Call with a raw query string, which is signed here."""
        return expect_answer(await self.get(call, self.endpoint.signed(call, query)))

    async def call(self, call: str, /, **pairs: str) -> ParsedAnswer:
        """Call with parameters, which are signed here."""
        return await self.query(call, query_of(pairs))

    async def post(self, call: str, body: str, *, query: str = "", kind: str = FORM) -> ParsedAnswer:
        """Post a raw body; ``query`` is the raw query string, with or without a checksum."""
        mark = "?" if query else ""
        url = f"{self.endpoint.url}/{call}{mark}{query}"
        headers = {**_ANY, "Content-Type": kind}
        return expect_answer(
            await self.ask(call, EndpointRequest(url=url, method="POST", headers=headers, body=body.encode()))
        )

    async def post_sorted(self, call: str, pairs: Mapping[str, str], secret: str | None = None) -> ParsedAnswer:
        """Post a form that is signed like setConfigXML's: parameters sorted and encoded again."""
        endpoint = self.endpoint if secret is None else self.endpoint._replace(secret=secret)
        checksum = endpoint.sign(call, form_text(pairs.items()).decode())
        return await self.post(call, query_of({"checksum": checksum, **pairs}))

    async def create(self, meeting_id: str, /, **pairs: str) -> ParsedAnswer:
        """Call create; the meeting is ended afterwards in any case."""
        password = pairs.get("moderatorPW", "")
        self.end_later(meeting_id, self._open.get(meeting_id, password))
        found = await self.call("create", meetingID=meeting_id, **pairs)
        if found.code == GOOD:
            self.end_later(meeting_id, found.texts.get("moderatorPW") or password)
        return found

    def end_later(self, meeting_id: str, password: str) -> None:
        """Register a meeting to be ended afterwards."""
        self._open[meeting_id] = password

    async def meeting(self, **pairs: str) -> CaseMeeting:
        """Create a meeting for a case. Raises ``PreconditionFailed`` if create fails, which other cases report."""
        usual = {"name": "bbbd conform", **PASSWORDS}
        meeting_id = self.new_id()
        try:
            return CaseMeeting(meeting_id, expect_success(await self.create(meeting_id, **(usual | pairs))))
        except ContractMismatch as fault:
            raise PreconditionFailed("create does not succeed") from fault

    async def info(self, meeting: CaseMeeting) -> ParsedAnswer:
        """Return getMeetingInfo's answer for a meeting."""
        return expect_success(await self.call("getMeetingInfo", meetingID=meeting.meeting_id))

    async def join(self, **pairs: str) -> Answer:
        """Join with only these parameters, and follow redirections of load balancers."""
        answer = await self.get("join", self.endpoint.signed("join", query_of(pairs)))
        url = self.endpoint.url
        for _ in range(_NODES):
            url = urljoin(url, answer.headers.get("location", ""))
            if not (300 <= answer.status < 400 and urlsplit(url).path.endswith("/api/join")):
                break
            answer = await self._ask(EndpointRequest(url=url, headers=_ANY))
        return answer

    async def session(self, meeting: CaseMeeting, **pairs: str) -> ParsedAnswer:
        """Join a meeting without redirection, and return the answer."""
        usual = {"meetingID": meeting.meeting_id, "fullName": NAME, "password": ATTENDEE_PW, "redirect": "false"}
        return expect_answer(await self.join(**(usual | pairs)))

    async def wait_until(self, done: Callable[[], Awaitable[str]]) -> None:
        """Poll until ``done`` returns no fault, for ten seconds. Raises ``ContractMismatch`` after that."""
        fault = ""
        for look in range(LOOKS):
            if look:
                await self._sleep(PAUSE)
            fault = await done()
            if not fault:
                return
        raise ContractMismatch(f"{fault}, even after {LOOKS * PAUSE:.0f} seconds")

    async def recordings(self) -> list[etree._Element]:
        """Return a few of the endpoint's recordings, which are only read."""
        if self._recordings is None:
            found = expect_success(await self.call("getRecordings", limit="5"))
            self._recordings = found.root.findall("recordings/recording")[:5]
        if not self._recordings:
            raise NotSupported("a recording to look at")
        return self._recordings

    async def end_meetings(self) -> None:
        """End all meetings of the case, and note the ids of those that could not be ended."""
        while self._open:
            meeting_id, password = self._open.popitem()
            pairs = {"meetingID": meeting_id} | ({"password": password} if password else {})
            # A meeting that create refused cannot be ended, and does not exist.
            if await self._code("end", **pairs) != GOOD and await self._code("getMeetingInfo", **pairs) != BAD:
                self.unended.append(meeting_id)

    async def _code(self, call: str, **pairs: str) -> str:
        """Return the returncode of a call, empty if missing."""
        query = self.endpoint.signed(call, query_of(pairs))
        try:
            found = parse_answer(
                await self._ask(EndpointRequest(url=f"{self.endpoint.url}/{call}?{query}", headers=_ANY))
            )
        except NoAnswer:
            return ""
        return found.code if found else ""


def refusal(answer: Answer) -> str:
    """Return the messageKey of a failed join, from its answer or from the URL of the redirection."""
    query = parse_qs(urlsplit(answer.headers.get("location", "")).query)
    if answer.status // 100 == 3 and "errors" in query:
        try:
            return str(json.loads(query["errors"][0])[0]["key"])
        except (ValueError, LookupError, TypeError) as fault:
            raise ContractMismatch(
                f"the errors of its redirection cannot be read: {query['errors'][0][:80]}"
            ) from fault
    if answer.status // 100 == 3:
        raise ContractMismatch(f"HTTP {answer.status}, and it is sent on")
    found = expect_answer(answer)
    if found.code != BAD:
        raise ContractMismatch(str(found))
    return found.key
