"""Uploads of documents by the presenter: ``POST /html5client/slides?name=report.pdf``.

The body is the document itself. It is written to the disk as it arrives, if the sender may upload; later, events say
whether it became slides.
"""

from __future__ import annotations

import json
from functools import partial
from urllib.parse import parse_qs

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from bbbd.http.body_budget import BodyUse
from bbbd.http.incoming_body import DISCARDED, BodyRefusal, IncomingBody
from bbbd.http.request import Request
from bbbd.http.token_rate_limit import TOO_MANY, TOO_MANY_TEXT, TokenRateLimit
from bbbd.limits import Limit
from bbbd.live.hub import Hub
from bbbd.meetings.create_parameters import Document
from bbbd.meetings.decks import MOST_DECKS, PRESENTATION, new_deck_id
from bbbd.meetings.documents import Documents
from bbbd.meetings.model import Meeting, Person
from bbbd.meetings.slides import DeckAdded
from bbbd.settings.current import CurrentSettings
from bbbd.storage.disk import Disk
from bbbd.storage.free_disk import FreeDisk
from bbbd.storage.group_commit import GroupCommit, SyncFailed, Thread
from bbbd.storage.spooled_body import SpooledBody
from bbbd.values.enums import GuestStatus
from bbbd.values.texts import title, without_controls

_log = Logger()

PATH = b"/html5client/slides"
#: Bytes of an upload that may wait for the disk.
_MOST_WAITING = 1 << 20
_FULL = "The server's disk is nearly full."
#: The limits behind statuses of refusals.
_LIMITS = {409: Limit.DOCUMENTS, 507: Limit.FREE_DISK}
_JSON = b"application/json;charset=utf-8"
_NO_TOKEN = 401, "The session token is missing: Authorization: Bearer <token>."
_ONLY_POST = 405, "Documents are sent here by POST."


def answer_json(request: Request, status: int, **facts: str) -> None:
    """Answer with a JSON object; ``why`` is a text for people."""
    request.setResponseCode(status, TOO_MANY[1] if status == TOO_MANY[0] else None)
    request.setHeader(b"Cache-Control", b"no-cache")
    request.answer(json.dumps(facts).encode(), _JSON)


def find_person(hub: Hub, guesses: TokenRateLimit, request: Request) -> tuple[Meeting, Person] | None:
    """Return the person of a request's token and their meeting; None if the request was refused and answered."""
    if not bearer_token(request):
        refuse_without_token(request)
        return None
    found = _person_or_expired(hub, request)
    if isinstance(found, tuple):
        return found
    if found is None and guesses.too_many(request.caller):
        answer_json(request, TOO_MANY[0], why=TOO_MANY_TEXT)
        return None
    if found is None:
        guesses.count(request.caller)
    answer_json(request, 403, why="This is for those who are in the meeting.")
    return None


def _caller(request: Request) -> str:
    """Return the caller's address, also before the body has arrived."""
    return request.caller or request.channel.site.caller_of(request)


def bearer_token(request: Request) -> str:
    """Return the token of a request's Authorization header, empty if there is none."""
    scheme, _, token = (request.header(b"Authorization") or "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def refuse_without_token(request: Request, **facts: str) -> None:
    """Answer 401: the request has no token. ``facts`` are added to the answer."""
    request.setHeader(b"WWW-Authenticate", b"Bearer")
    answer_json(request, _NO_TOKEN[0], why=_NO_TOKEN[1], **facts)


def _person_or_expired(hub: Hub, request: Request) -> tuple[Meeting, Person] | bool | None:
    """Return the person of a token; False for a token that is valid but may not do this, None for an unknown one."""
    token = bearer_token(request)
    found = hub.session(token)
    if found is None:
        return None if hub.find_expired(token) is None else False
    meeting, session = found
    person = meeting.people.get(session.user)
    is_in = session.status is GuestStatus.ALLOW and person is not None and person.session == token
    return (meeting, person) if is_in and person is not None else False


class DocumentUploads:
    """Checks uploads of documents before and after their bodies arrive, and stores those it accepts."""

    def __init__(
        self,
        *,
        hub: Hub,
        guesses: TokenRateLimit,
        disk: Disk,
        documents: Documents,
        rounds: GroupCommit,
        worker: Thread,
        current: CurrentSettings,
        free_disk: FreeDisk,
    ) -> None:
        self.hub = hub
        self.guesses = guesses
        self._disk = disk
        self._documents = documents
        self._rounds = rounds
        self._worker = worker
        self._current = current
        self._free_disk = free_disk

    # Before the body arrives.

    def largest(self, request: Request, method: bytes) -> int:
        """Return the size limit of a document in bytes, 0 if it will be refused."""
        return 0 if method != b"POST" or self._refusal(request) else self._current.settings.max_document

    def body_refusal(self, request: Request, method: bytes, why_not: BodyRefusal) -> tuple[int, bytes, bytes]:
        """Return status, type and text of the answer to a body that is not read."""
        if bearer_token(request) and _person_or_expired(self.hub, request) is None:
            if self.guesses.too_many(_caller(request)):
                return TOO_MANY[0], _JSON, json.dumps({"why": TOO_MANY_TEXT}).encode()
            self.guesses.count(_caller(request))
        most = self._current.settings.max_document
        refusal = self._refusal(request) or (None if method == b"POST" else _ONLY_POST)
        too_large = (413, f"A document has at most {most:,} bytes.")
        status, why = refusal or (too_large if why_not is BodyRefusal.TOO_LARGE else (507, _FULL))
        return status, _JSON, json.dumps({"why": why}).encode()

    def incoming(self, request: Request, method: bytes) -> IncomingBody:
        """Return the decision about a body: a file, unless the request will be refused."""
        if method != b"POST" or self._refusal(request):
            return DISCARDED
        transport = request.channel.producer
        sink = SpooledBody(
            self._disk,
            self._documents.root,
            self._worker,
            transport.pauseProducing,
            transport.resumeProducing,
            most_waiting=_MOST_WAITING,
        )
        return IncomingBody(sink, BodyUse.STORED)

    def _refusal(self, request: Request) -> tuple[int, str] | None:
        """Return status and reason of a refusal, None for a document that is accepted."""
        found = _person_or_expired(self.hub, request)
        if not isinstance(found, tuple):
            return (403, "This is for those who are in the meeting.") if bearer_token(request) else _NO_TOKEN
        meeting, person = found
        if not meeting.has(PRESENTATION):
            return 403, "Slides are switched off in this meeting."
        if meeting.presenter != person.user:
            return 403, "Only who presents uploads slides."
        if len(meeting.decks) >= MOST_DECKS:
            return 409, f"A meeting has at most {MOST_DECKS} documents."
        if self._free_disk.is_low:
            return 507, _FULL
        return None

    # When the body has arrived.

    def receive(self, request: Request) -> None:
        """Store a document, and answer when it is on the disk."""
        if request.method != b"POST":
            request.setHeader(b"Allow", b"POST")
            status, why = _ONLY_POST
            answer_json(request, status, why=why)
            return
        found = find_person(self.hub, self.guesses, request)
        refusal = self._refusal(request) if found else None
        if found is None or refusal or not isinstance(request.incoming, SpooledBody) or not request.body_length:
            if request.incoming is not None:
                request.incoming.drop()
            if found is not None:
                status, why = refusal or (400, "There is no document in the body.")
                self._count(request, status)
                answer_json(request, status, why=why)
            return
        Deferred.fromCoroutine(self._store(request, request.incoming)).addErrback(request.processingFailed)

    def _count(self, request: Request, status: int) -> None:
        if (limit := _LIMITS.get(status)) is not None:
            self.hub.refused(request.caller, limit)

    async def _store(self, request: Request, incoming: SpooledBody) -> None:
        given = parse_qs(request.query.decode("latin-1"), encoding="utf-8", errors="replace")
        name = title(given.get("name", [""])[0])[:256]
        documents, kept = self._documents, self._documents.new_name()
        document = Document(
            name=name or "document",
            kept=kept,
            current=given.get("current", ["true"])[0] != "false",
            downloadable=given.get("downloadable", [""])[0] == "true",
            content_type=without_controls(request.header(b"Content-Type") or "")[:256],
        )
        try:
            await incoming.keep(kept)
            # Meanwhile the presenter may have changed, or the meeting may have ended.
            found, refusal = _person_or_expired(self.hub, request), self._refusal(request)
            if refusal or not isinstance(found, tuple):
                await self._worker(partial(documents.discard, [document]))
                status, why = refusal or (403, "This is for those who are in the meeting.")
                self._count(request, status)
                answer_json(request, status, why=why)
                return
            meeting, person = found
            deck = new_deck_id(meeting, name, self.hub.now().wall)
            self.hub.happen(meeting, DeckAdded(deck=deck, document=document, by=person.user))
            await self._rounds.settled()
        except (OSError, SyncFailed) as fault:
            _log.error("a document cannot be stored: {why}", event="document_not_stored", why=str(fault))
            if isinstance(fault, OSError):
                await self._worker(partial(documents.discard, [document]))
            # What happened has been seen by others, so it is not taken back.
            added = "The document was added, but the server's disk has not taken that yet."
            answer_json(request, 507, why=added if isinstance(fault, SyncFailed) else "The document cannot be stored.")
            return
        answer_json(request, 201, deck=deck)
