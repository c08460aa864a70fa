"""The API's resource: processes every call in the same steps.

The steps: find the call's row, verify its checksum over the raw text, read its parameters, run its function, wait
for fsync if it changes state, write the answer. A refusal at any step becomes the same kind of answer, in
one place.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from time import perf_counter
from typing import Any, cast

from twisted.logger import Logger
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.api import signatures
from bbbd.api.audit import log_act
from bbbd.api.call import Answer, AnyCall, Authentication, BodyRule, Reply
from bbbd.api.checksum import split_checksum
from bbbd.api.explained_failures import explained
from bbbd.api.first_step import run
from bbbd.api.multipart_upload import MultipartUpload
from bbbd.api.negotiation import PLAIN, ResponseFormat, is_browser, raw_value, response_format
from bbbd.api.problems import (
    UNSYNCED,
    WHEN_MISSING,
    WHEN_REFUSED,
    BadChecksum,
    Failed,
    Guessed,
    Problem,
    missing,
    refused,
)
from bbbd.api.query import EMPTY, Query, with_members
from bbbd.api.repeated_queries import RepeatedQueries, SignedQuery
from bbbd.api.request_bodies import JSON, accepts, content_type_of
from bbbd.api.server import Server
from bbbd.api.table import TABLE, Table
from bbbd.http.access_log import AccessLog
from bbbd.http.incoming_body import DiscardedRequestBody
from bbbd.http.request import Request
from bbbd.http.responses import allow_cross_origin, not_allowed
from bbbd.http.token_rate_limit import TokenRateLimit
from bbbd.limits import Limit, Refused
from bbbd.metrics.declarations import API_LATENCY, CHECKSUM_FAILURES
from bbbd.storage.group_commit import SyncFailed
from bbbd.values.fields import MissingValue, RefusedValue, read
from bbbd.values.urls import as_header, with_parameters

_log = Logger()

#: States of recordings that the latency of calls is counted for, one by one.
_STATES = frozenset(("published", "unpublished", "processing", "processed", "deleted", "any"))


@dataclass(frozen=True, slots=True)
class _Parts:
    """What all calls of one API share."""

    server: Server
    table: Table
    guesses: TokenRateLimit
    refused: Refused
    repeated: RepeatedQueries


class ApiResource(Resource):
    """The resource ``/bigbluebutton/api`` and everything below it."""

    isLeaf = True

    def __init__(self, server: Server, access: AccessLog, guesses: TokenRateLimit, table: Table = TABLE) -> None:
        super().__init__()
        self._access = access
        self._parts = _Parts(server, table, guesses, access.refused, RepeatedQueries(server.current))

    def render(self, request: Any) -> int:
        """Process a call and log it in the access log."""
        exchange = _Exchange(self._parts, cast("Request", request))

        def written() -> None:
            request, seconds = exchange.request, perf_counter() - exchange.started
            self._access.call(exchange.name, exchange.outcome, seconds, request.caller, request.request_id)
            exchange.count_latency(seconds)

        run(exchange.answer(), written)
        return NOT_DONE_YET


class _Exchange:
    """One call during its processing."""

    outcome = "ok"
    _format = PLAIN
    _has_secret = False
    _signed = EMPTY
    #: The text of the parameters, whose signature is not verified yet.
    _parameter_text = b""

    def __init__(self, parts: _Parts, request: Request) -> None:
        self.started = perf_counter()
        self.request = request
        self._parts = parts
        self._server = parts.server
        self.name, self._call = parts.table.call_of(request.postpath or (), request.method)

    def count_latency(self, seconds: float) -> None:
        """Count a signed call as the exporter does, which makes its own calls: all, and those of one state."""
        if self._signed.secret:
            state = self._signed.find("state")
            parameters = f"state={state}" if state in _STATES else ""
            self._server.metrics.observe(API_LATENCY, seconds, self.name, parameters)

    async def answer(self) -> None:
        """Process and answer the call. Never raises."""
        if self._call is not None and self._call.unsafe and self.request.method == b"HEAD":
            self.outcome = "methodNotAllowed"
            not_allowed(self.request, (b"POST",) if self._call.post_only else (b"GET", b"POST"))
            return
        try:
            reply = self._reply()
            if not isinstance(reply, Reply):
                reply = await reply
            self._has_secret = self._call is not None and self._call.secret
        except Failed as failed:
            counted = self._counted(failed)
            given = await explained(self._server, self._call, self.request, counted)
            self._has_secret = given is not counted
            reply = self._refusal_reply(given)
        except MissingValue as fault:
            problem = (self._call and self._call.missing_problem) or WHEN_MISSING.get(fault.name)
            given = missing(problem, fault.name) if problem else Failed(Problem.VALIDATION, str(fault))
            reply = self._refusal_reply(given)
        except RefusedValue as fault:
            problem = WHEN_REFUSED.get(fault.name)
            self._count_refusal(fault.limit)
            given = refused(problem, fault.given) if problem else Failed(Problem.VALIDATION, str(fault))
            reply = self._refusal_reply(given)
        except SyncFailed:
            # Already logged where it happened, once for all waiting calls.
            # What happened has been seen by others, so it is not taken back.
            change = self._call.changes if self._call else ""
            reply = self._refusal_reply(Failed(Problem.INTERNAL, UNSYNCED.format(change=change) if change else None))
        except Exception:
            _log.failure("{call} failed", event="call_failed", call=self.name, request=self.request.request_id)
            reply = self._refusal_reply(Failed(Problem.INTERNAL))
        if self.request.incoming is not None:
            self.request.incoming.drop()
        self.outcome = reply.outcome or "ok"
        if reply.is_long:
            await self._write_in_pieces(reply)
        else:
            self._write(reply)

    def _count_refusal(self, limit: Limit | None) -> None:
        if limit is not None:
            self._parts.refused(self.request.caller, limit)

    def _counted(self, failed: Failed) -> Failed:
        """Count a failure, and return the one to answer with: guesses of tokens are limited."""
        if isinstance(failed, BadChecksum):
            self._server.metrics.count(CHECKSUM_FAILURES, failed.reason)
        elif isinstance(failed, Guessed):
            if self._parts.guesses.too_many(self.request.caller):
                failed = Failed(Problem.TOO_MANY_TOKENS)
            else:
                self._parts.guesses.count(self.request.caller)
        self._count_refusal(failed.limit)
        return failed

    def _reply(self) -> Answer:
        call, request, server = self._call, self.request, self._server
        # Without a body, its type says nothing.
        content_type = content_type_of(request) if request.body_length else ""
        form = request.content.read() if content_type == signatures.FORM and call else b""
        signed = self._parts.repeated.find(call, request.query) if call and not request.body_length else None
        # A query with nothing but a checksum counts as empty, here too.
        self._parameter_text = signed.text if signed else split_checksum(request.query)[0] or form
        self._format = self._response_format()
        if call is None:
            raise Failed(Problem.UNSUPPORTED_REQUEST)
        if not server.settings.service_enabled:
            raise Failed(Problem.NOT_ENABLED)
        signed = signed or self._read(call, form, content_type)
        self._signed = signed.query
        params, application = signed.params, server.current.application(signed.query.secret)
        if call.by_application:
            params = dataclasses.replace(params, application=application)
        if call.by_format:
            params = dataclasses.replace(params, form=self._format)
        if call.body is BodyRule.SLIDES and request.body_length and content_type != signatures.FORM:
            reply: Answer = self._reply_with_slides(call, params)
        else:
            reply = call.answer(server, params)
        if isinstance(reply, Reply) and not call.changes:
            log_act(call, signed.query, request, application)
            return reply
        return self._settled_reply(call, reply, signed.query, application)

    async def _settled_reply(self, call: AnyCall, reply: Answer, query: Query, application: str) -> Reply:
        """Return a reply once it is there, and what it tells of is on the disk."""
        settled = reply if isinstance(reply, Reply) else await reply
        log_act(call, query, self.request, application)
        if call.changes:
            await self._server.rounds.settled()
        return settled

    def _read(self, call: AnyCall, form: bytes, content_type: str) -> SignedQuery:
        """Verify the request, and read its parameters."""
        request, server = self.request, self._server
        query = self._signed = signatures.check(server, call, request.query, form)
        if not request.body_length:
            signed = SignedQuery(self._parameter_text, query, read(call.parameters, query, server.settings))
            self._parts.repeated.keep(call, request.query, signed)
            return signed
        if not accepts(call, content_type):
            raise Failed(Problem.UNSUPPORTED_CONTENT_TYPE)
        if call.body is BodyRule.JSON and content_type == JSON:
            query = with_members(query, request.content.read())
        params = read(call.parameters, query, server.settings)
        if isinstance(request.incoming, DiscardedRequestBody):
            # The call was unsigned when the body began. Even if a new secret fits now, the body is discarded.
            raise BadChecksum("wrong")
        if isinstance(request.incoming, MultipartUpload):
            params = dataclasses.replace(params, upload=request.incoming)
        return SignedQuery(self._parameter_text, query, params)

    async def _reply_with_slides(self, call: AnyCall, params: Any) -> Reply:
        # Not in the thread of group commits: a large body takes seconds.
        worker, store = self._server.worker, self._server.documents
        documents = await worker(lambda: store.keep(self.request.content))
        used = False
        try:
            reply = call.answer(self._server, dataclasses.replace(params, documents=documents))
            assert isinstance(reply, Reply)
            # Checked now and not after fsync: by then the meeting may have ended and deleted its slides.
            used = store.are_used(documents, self._server.meetings)
        finally:
            if not used:
                await worker(lambda: store.discard(documents))
        return reply

    def _response_format(self) -> ResponseFormat:
        usual = self._call.form if self._call else PLAIN
        try:
            return response_format(self._parameter_text, self.request.header(b"Accept"), usual)
        except Failed:
            self._format = dataclasses.replace(usual, json=True)
            raise

    def _refusal_reply(self, failed: Failed) -> Reply:
        """Return the answer to a refusal: a redirection to a page for browsers, if there is one."""
        if not (page := self._page_on_failure()):
            return self._parts.table.refusal(self._server, self._call, failed)
        errors = json.dumps([{"key": failed.problem.key, "message": failed.message}], separators=(",", ":"))
        return Reply(location=with_parameters(page, {"errors": errors}), outcome=failed.problem.key)

    def _page_on_failure(self) -> str:
        """Return the page to which a browser is redirected after this call failed, "" for none."""
        call = self._call
        if call is None or call.page_on_failure is None or not is_browser(self.request.header(b"Accept")):
            return ""
        # Unverified: an unsigned redirect=false reveals nothing.
        wants_xml = (raw_value(self._parameter_text, b"redirect=") or "true").lower() != "true"
        return "" if wants_xml else call.page_on_failure(self._server, self._signed)

    async def _write_in_pieces(self, reply: Reply) -> None:
        try:
            pieces = await self._server.worker(lambda: self._format.pieces(reply.tree))
        except Exception:
            self.outcome = Problem.INTERNAL.key
            _log.failure("{call} failed", event="call_failed", call=self.name, request=self.request.request_id)
            return self._write(self._refusal_reply(Failed(Problem.INTERNAL)))
        self._set_headers()
        return self.request.answer_in_pieces(pieces, self._format.content_type)

    def _set_headers(self) -> None:
        self.request.setHeader(b"Cache-Control", b"no-store" if self._has_secret else b"no-cache")
        if self._call is not None and self._call.authentication is Authentication.TOKEN:
            # The token is the credential.
            allow_cross_origin(self.request, self._server.settings.client_origins)

    def _write(self, reply: Reply) -> None:
        request = self.request
        self._set_headers()
        if reply.location:
            request.setResponseCode(302)
            request.setHeader(b"Location", as_header(reply.location))
            request.answer(b"", b"text/plain;charset=utf-8")
        elif reply.document is not None:
            request.answer(reply.document, reply.document_type)
        else:
            request.setResponseCode(reply.status)
            request.answer_in_parts(self._format.parts(reply.tree), self._format.content_type)
