"""The API's resource: processes every call in the same steps.

The steps: find the call's row, verify its checksum over the raw text, read its parameters, run its function, wait
for fsync if it changes state, write the answer. A refusal at any step becomes the same kind of answer, in
one place.
"""

from __future__ import annotations

import dataclasses
import json
from time import perf_counter
from typing import Any, cast

from twisted.logger import Logger
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.api import signatures
from bbbd.api.audit import log_act
from bbbd.api.call import AnyCall, Authentication, BodyRule, Reply
from bbbd.api.checksum import split_checksum
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
from bbbd.api.query import EMPTY, with_members
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


class ApiResource(Resource):
    """The resource ``/bigbluebutton/api`` and everything below it."""

    isLeaf = True

    def __init__(self, server: Server, access: AccessLog, guesses: TokenRateLimit, table: Table = TABLE) -> None:
        super().__init__()
        self._server = server
        self._access = access
        self._guesses = guesses
        self._table = table

    def render(self, request: Any) -> int:
        """Process a call and log it in the access log."""
        exchange = _Exchange(self._server, self._table, self._guesses, self._access.refused, cast("Request", request))

        def written() -> None:
            request, seconds = exchange.request, perf_counter() - exchange.started
            self._access.call(exchange.name, exchange.outcome, seconds, request.caller, request.request_id)
            exchange.count_latency(seconds)

        run(exchange.answer(), written)
        return NOT_DONE_YET


class _Exchange:
    """One call during its processing."""

    def __init__(
        self, server: Server, table: Table, guesses: TokenRateLimit, refused: Refused, request: Request
    ) -> None:
        self.request = request
        self._guesses = guesses
        self._refused = refused
        self.started = perf_counter()
        self.outcome = "ok"
        self._server = server
        self._table = table
        self._format = PLAIN
        self._has_secret = False
        self._signed = EMPTY
        self._parameter_text = b""
        self.name, self._call = table.call_of(request.postpath or (), request.method)

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
            reply = await self._reply()
            self._has_secret = self._call is not None and self._call.secret
        except Failed as failed:
            if isinstance(failed, BadChecksum):
                self._server.metrics.count(CHECKSUM_FAILURES, failed.reason)
            failed = self._count_guess(failed)
            self._count_refusal(failed.limit)
            reply = self._refusal_reply(await self._explain(failed))
        except MissingValue as fault:
            problem = (self._call and self._call.missing_problem) or WHEN_MISSING.get(fault.name)
            reply = self._refusal_reply(
                missing(problem, fault.name) if problem else Failed(Problem.VALIDATION, str(fault))
            )
        except RefusedValue as fault:
            problem = WHEN_REFUSED.get(fault.name)
            self._count_refusal(fault.limit)
            reply = self._refusal_reply(
                refused(problem, fault.given) if problem else Failed(Problem.VALIDATION, str(fault))
            )
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

    async def _explain(self, failed: Failed) -> Failed:
        """Explain a wrong checksum: in the answer in developer mode, in the log if the setting asks for it."""
        settings = self._server.settings
        call = self._call
        if failed.problem is not Problem.CHECKSUM or call is None:
            return failed
        if not (settings.developer or settings.explain_checksums):
            return failed
        from bbbd.api.checksum_help import explanation as help_  # noqa: PLC0415 - large, and seldom asked for

        body = b"" if self.request.incoming else self._body(help_.LONGEST)
        signed_request = help_.SignedRequest(
            call=call.name,
            query=self.request.query,
            body=body,
            content_type=self.request.header(b"Content-Type") or "",
            address=self.request.path.decode("latin-1"),
        )
        secrets, algorithms = self._server.secrets, settings.algorithms
        explanation = await self._server.worker(lambda: help_.explain(signed_request, secrets, algorithms))
        if settings.explain_checksums:
            _log.warn("{call}: {why}", event="checksum_explained", call=call.name, why=explanation.log_line())
        if not settings.developer:
            return failed
        # The explanation contains checksums that pass.
        self._has_secret = True
        return Failed(Problem.CHECKSUM, f"{failed.message}\n{explanation.message()}")

    def _body(self, longest: int) -> bytes:
        """Return the body: a form as a whole, since its checksum may be at the end; else the searched part."""
        self.request.content.seek(0)
        is_form = content_type_of(self.request) == signatures.FORM
        return self.request.content.read(-1 if is_form else longest)

    def _count_refusal(self, limit: Limit | None) -> None:
        if limit is not None:
            self._refused(self.request.caller, limit)

    def _count_guess(self, failed: Failed) -> Failed:
        """Count a guessed token for the rate limit, and return the failure to answer with."""
        if not isinstance(failed, Guessed):
            return failed
        if self._guesses.too_many(self.request.caller):
            return Failed(Problem.TOO_MANY_TOKENS)
        self._guesses.count(self.request.caller)
        return failed

    async def _reply(self) -> Reply:
        call, request, server = self._call, self.request, self._server
        content_type = content_type_of(request)
        form = request.content.read() if content_type == signatures.FORM and call else b""
        self._format = self._response_format(form)
        if call is None:
            raise Failed(Problem.UNSUPPORTED_REQUEST)
        if not server.settings.service_enabled:
            raise Failed(Problem.NOT_ENABLED)
        query = self._signed = signatures.check(server, call, request.query, form)
        if request.body_length and not accepts(call, content_type):
            raise Failed(Problem.UNSUPPORTED_CONTENT_TYPE)
        if call.body is BodyRule.JSON and content_type == JSON and request.body_length:
            query = with_members(query, request.content.read())
        params = read(call.parameters, query, server.settings)
        application = server.current.application(query.secret)
        if call.by_application:
            params = dataclasses.replace(params, application=application)
        if isinstance(request.incoming, DiscardedRequestBody) and request.body_length:
            # The call was unsigned when the body began. Even if a new secret fits now, the body is discarded.
            raise BadChecksum("wrong")
        if call.body is BodyRule.SLIDES and request.body_length and content_type != signatures.FORM:
            reply = await self._reply_with_slides(call, params)
        else:
            if isinstance(request.incoming, MultipartUpload) and request.body_length:
                params = dataclasses.replace(params, upload=request.incoming)
            result = call.answer(server, params)
            reply = result if isinstance(result, Reply) else await result
        log_act(call, query, request, application)
        if call.changes:
            await server.rounds.settled()
        return reply

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

    def _response_format(self, form: bytes) -> ResponseFormat:
        usual = self._call.form if self._call else PLAIN
        try:
            # A query with nothing but a checksum counts as empty, here too.
            self._parameter_text = split_checksum(self.request.query)[0] or form
            return response_format(self._parameter_text, self.request.header(b"Accept"), usual)
        except Failed:
            self._format = dataclasses.replace(usual, json=True)
            raise

    def _refusal_reply(self, failed: Failed) -> Reply:
        """Return the answer to a refusal: a redirection to a page for browsers, if there is one."""
        if not (page := self._page_on_failure()):
            return self._table.refusal(self._server, self._call, failed)
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
