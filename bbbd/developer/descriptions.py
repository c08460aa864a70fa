"""Descriptions of a server for the control API: meetings, API calls with parameters, delivery attempts."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

from bbbd.api.calls import CALLS
from bbbd.callbacks.deliveries import CallbackKind, Delivery
from bbbd.clock import Clock
from bbbd.http.request import Request
from bbbd.meetings.model import Meeting
from bbbd.values.fields import Declared, Prefixed, declarations, default_text

if TYPE_CHECKING:
    from bbbd.developer.mode import Namespace

#: Limit of stored attempts.
MOST = 10_000


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One delivery attempt of a callback and its result; ``at`` in milliseconds since 1970."""

    number: int
    entry: Delivery
    status: int | None
    why: str
    at: int

    def describe(self) -> dict[str, Any]:
        """Return the attempt for JSON."""
        return {
            "id": self.number,
            "kind": self.entry.kind.value,
            "url": self.entry.url,
            "said": self.entry.said,
            "meeting": self.entry.meeting,
            "tries": self.entry.tries + 1,
            "status": self.status,
            "answer": self.why,
            "at": self.at,
        }

    def repeated(self, now: int) -> Delivery:
        """Return the delivery as a new one that is due now."""
        receiver = self.entry.url if self.entry.kind is CallbackKind.HOOK else self.entry.receiver
        return msgspec.structs.replace(self.entry, tries=0, next=0, last="", made=now, receiver=receiver)


@dataclass(slots=True)
class DeliveryAttempts:
    """The delivery attempts of one server, the latest last."""

    clock: Clock
    items: deque[DeliveryAttempt] = field(default_factory=lambda: deque(maxlen=MOST))
    count: int = 0

    def add(self, entry: Delivery, status: int | None, why: str) -> None:
        """Record an attempt."""
        self.count += 1
        self.items.append(DeliveryAttempt(self.count, entry, status, why, self.clock.now().wall))


def _person(meeting: Meeting, user: str) -> dict[str, Any]:
    person = meeting.people[user]
    return {
        "user": person.user,
        "userID": person.external_id,
        "name": person.name,
        "role": person.role.value,
        "presenter": meeting.presenter == user,
        "microphone": person.microphone.value,
        "cameras": person.cameras,
        "screen": person.screen,
        "hand": person.hand is not None,
        "guest": person.guest,
    }


def _meeting(meeting: Meeting) -> dict[str, Any]:
    return {
        "meetingID": meeting.external_id,
        "internalMeetingID": meeting.internal_id,
        "name": meeting.created.wanted.name,
        "created": meeting.created.create_time,
        "running": meeting.running,
        "recording": meeting.recording,
        "waiting": [session.name for session in meeting.waiting()],
        "people": [_person(meeting, user) for user in meeting.people],
    }


def state(space: Namespace) -> dict[str, Any]:
    """Return the state of a server."""
    server = space.app.server
    return {
        "now": space.app.meetings.clock.now().wall,
        "meetings": [_meeting(meeting) for meeting in server.meetings if meeting.ended is None],
        "recordings": len(server.library.index),
        "hooks": len(server.hooks),
        "callbacksDue": len(server.outbox),
        "faults": len(space.faults.rules),
    }


def _parameter(declared: Declared) -> dict[str, Any]:
    kind = declared.kind
    return {
        "name": declared.name,
        "required": declared.required,
        "kind": "texts" if isinstance(kind, Prefixed) else kind.allowed,
        "default": "" if declared.required else default_text(declared.default),
        "meaning": declared.meaning,
    }


def calls() -> list[dict[str, Any]]:
    """Return all API calls with their parameters."""
    return [
        {
            "name": call.name,
            "meaning": call.meaning,
            "post": call.post_only,
            "signed": call.authentication.value,
            "parameters": [_parameter(declared) for declared in declarations(call.parameters)],
        }
        for call in CALLS.values()
    ]


def surface(paths: Mapping[str, Mapping[str, Callable[..., Any]]]) -> list[dict[str, str]]:
    """Return paths, methods and meanings of the control API."""
    return [
        {"path": path, "method": method, "meaning": " ".join((inspect.getdoc(do) or "").split())}
        for path, methods in paths.items()
        for method, do in methods.items()
    ]


def query(request: Request) -> dict[str, str]:
    """Return the query of a request."""
    return dict(parse_qsl(request.query.decode("utf-8", "replace"), keep_blank_values=True))
