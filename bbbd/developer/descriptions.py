"""Descriptions of a server for the control API: meetings, and API calls with parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from bbbd.api.calls import CALLS
from bbbd.developer.mode import Namespace
from bbbd.http.request import Request
from bbbd.meetings.model import Meeting
from bbbd.settings.reference import setting_of_default
from bbbd.values.fields import Declared, Prefixed, declarations, default_text


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
        "default": _default(declared),
        "meaning": declared.meaning,
    }


def _default(declared: Declared) -> str:
    if declared.required:
        return ""
    setting = setting_of_default(declared)
    return f"the setting {setting}" if setting else default_text(declared.default)


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
