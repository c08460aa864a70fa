"""A delivery: one call that is due to a receiver, its request, and the time of its next try.

A delivery stores the content; the request is made and signed for each try, with the secret of that moment.
"""

from __future__ import annotations

import json
import warnings
from enum import StrEnum
from functools import lru_cache
from hashlib import new as new_digest
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bbbd.callbacks.hooks import Hook
from bbbd.egress.outgoing_request import OutgoingRequest
from bbbd.settings.settings import Settings
from bbbd.values.late_modules import jwt
from bbbd.values.urls import form_body

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
#: Seconds for which the token of an analytics callback is valid.
_TOKEN_SECONDS = 24 * 3600


class CallbackKind(StrEnum):
    """The kind of a callback."""

    #: ``meta_endCallbackUrl`` and ``meetingEndedURL``.
    END = "end"
    #: ``meta_analytics-callback-url``.
    ANALYTICS = "analytics"
    #: ``meta_eventCallbackUrl``.
    EVENT = "event"
    #: ``meta_bbb-recording-ready-url`` and its relatives.
    READY = "ready"
    #: ``hooks/create``.
    HOOK = "hook"


class Delivery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call that is due to a ``receiver``: a URL as the application gave it, or a hook's id.

    ``application`` is the name of the one whose own secret signs, "" where the server's does; a hook knows its own.
    ``meeting`` and ``event_number`` name the event that made it due; a recording's delivery has none. Times are
    milliseconds since 1970. ``last_result`` is the result of the last try; ``answer`` is the receiver's status line and
    the start of its body when it refused the call.
    """

    kind: CallbackKind
    url: str
    receiver: str
    content: str = msgspec.field(name="said", default="")
    application: str = ""
    meeting: str = ""
    event_number: int = msgspec.field(name="n", default=0)
    created_at: int = msgspec.field(name="made")
    next_try_at: int = msgspec.field(name="next", default=0)
    tries: int = 0
    last_result: str = msgspec.field(name="last", default="")
    answer: str = ""

    @property
    def queue_key(self) -> str:
        """The key of its queue: of the entries in one queue, one is sent at a time."""
        return f"{self.kind.value} {self.receiver}"

    @property
    def ordered(self) -> bool:
        """Whether later entries of the queue wait until this one is settled."""
        return self.kind in (CallbackKind.EVENT, CallbackKind.HOOK)


def request_of(entry: Delivery, secret: str, now: int, settings: Settings) -> OutgoingRequest:
    """Return the signed request of a delivery. ``now`` is milliseconds since 1970."""
    if entry.kind is CallbackKind.ANALYTICS:
        token = jwt_of({"exp": now // 1000 + _TOKEN_SECONDS}, secret, "HS512")
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        return OutgoingRequest("POST", entry.url, entry.content.encode(), headers)
    if entry.kind is CallbackKind.READY:
        signed = jwt_of(json.loads(entry.content), secret, "HS256")
        return OutgoingRequest("POST", entry.url, f"signed_parameters={signed}".encode(), _FORM)
    if entry.kind is CallbackKind.HOOK:
        return _hook_call(entry, secret, settings)
    return OutgoingRequest("GET", entry.url)


def _hook_call(entry: Delivery, secret: str, settings: Settings) -> OutgoingRequest:
    """Return the request of a hook, in bbb-webhooks' form: the signed body is the body as it is sent."""
    body = _hook_form(settings.server_url, entry.content, entry.created_at)
    if settings.hooks_bearer:
        return OutgoingRequest("POST", entry.url, body.encode(), _FORM | {"Authorization": f"Bearer {secret}"})
    signed = f"{entry.url}{body}{secret}".encode()
    checksum = new_digest(settings.hooks_algorithm.value, signed, usedforsecurity=False).hexdigest()
    return OutgoingRequest("POST", entry.url, body.encode(), _FORM, f"checksum={checksum}")


@lru_cache(maxsize=32)
def _hook_form(server_url: str, content: str, created_at: int) -> str:
    """Return the body of a hook's request, which all hooks of an event have in common."""
    return form_body({"domain": urlsplit(server_url).hostname or "", "event": content, "timestamp": str(created_at)})


def jwt_of(claims: dict[str, Any], secret: str, algorithm: str) -> str:
    """Return a JWT. The operator chose the secret and its length, so PyJWT's warning about short ones is suppressed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return jwt.encode(claims, secret, algorithm=algorithm, sort_headers=False)


#: Pauses in seconds after each failure; after the last one the delivery is given up.
_PAUSES = (30, 60, 120, 300)
#: A hook's pauses, as in bbb-webhooks: twelve in about five minutes; then one of five minutes each time.
_HOOK_PAUSES = (0.1, 0.5, 1, 2, 4, 8, 10, 30, 60, 60, 60, 60)
_HOOK_LATER = 300
#: The longest of the growing pauses of a recording's callback.
_LONGEST = 3600
#: Statuses that end the tries of a recording ready callback, besides redirections (300 to 399).
_FINAL = (401, 404, 410)


def is_taken(kind: CallbackKind, status: int | None) -> bool:
    """Return whether an answer settles a delivery. As in bbb-webhooks, 401 settles a hook's."""
    return status is not None and (200 <= status < 300 or (kind is CallbackKind.HOOK and status == 401))


def next_try(entry: Delivery, status: int | None, now: int, ready_hours: int) -> int | None:
    """Return the time of the next try after a failure, None to give the delivery up.

    ``status`` is the answer's, None for no answer. docs/decisions.md, 31 and 32, has the rules.
    """
    if entry.kind is CallbackKind.READY:
        if status is not None and (status in _FINAL or 300 <= status < 400):
            return None
        if now - entry.created_at >= ready_hours * 3_600_000:
            return None
        return now + 1000 * min(30 << min(entry.tries, 10), _LONGEST)
    pauses = _HOOK_PAUSES if entry.kind is CallbackKind.HOOK else _PAUSES
    return now + int(1000 * pauses[entry.tries]) if entry.tries < len(pauses) else None


def next_try_of_hook(entry: Delivery, hook: Hook, now: int, hours: int) -> int | None:
    """Return the time of the next try of a registered hook's delivery, None to give it up (docs/decisions.md, 34).

    The hours count from the hook's first failure, and then the hook is removed. A permanent hook stays: each of its
    deliveries is given up at that age.
    """
    too_long = now - hook.failing_since >= hours * 3_600_000
    if too_long and (not hook.permanent or now - entry.created_at >= hours * 3_600_000):
        return None
    pause = _HOOK_LATER if too_long or entry.tries >= len(_HOOK_PAUSES) else _HOOK_PAUSES[entry.tries]
    return now + int(1000 * pause)
