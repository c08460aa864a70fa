"""Fields of control requests, validated within limits; errors name the field."""

from __future__ import annotations

from typing import Any

from bbbd.developer.recording_factory import RecordingPlan
from bbbd.recordings.layout import Place
from bbbd.values.texts import has_controls

Body = dict[str, Any]


class BadControlRequest(ValueError):
    """A control request is invalid; the text says why."""


def number(body: Body, name: str, otherwise: float | None, least: float, most: float) -> float:
    """Return a number of a body, or its default. Raises ``BadControlRequest``."""
    value = body.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise BadControlRequest(f"{name} must be a number from {least:g} to {most:g}")
    return value


def integer(body: Body, name: str, otherwise: int | None, least: int, most: int) -> int:
    """Return an integer of a body, or its default. Raises ``BadControlRequest``."""
    value = body.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadControlRequest(f"{name} must be a whole number from {least} to {most}")
    return value


def flag(body: Body, name: str) -> bool:
    """Return a boolean of a body, false if missing. Raises ``BadControlRequest``."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise BadControlRequest(f"{name} must be true or false")
    return value


def text(body: Body, name: str, otherwise: str | None = None) -> str:
    """Return a text of a body, or its default; without one it is required. Raises ``BadControlRequest``."""
    value = body.get(name, otherwise)
    if not isinstance(value, str) or len(value) > 4096 or (otherwise is None and not value) or has_controls(value):
        raise BadControlRequest(f"{name} must be a text")
    return value


def allow_only(body: Body, *names: str) -> None:
    """Raise ``BadControlRequest`` if a body has other fields."""
    if unknown := set(body) - set(names):
        raise BadControlRequest(f"{min(unknown)[:50]!r} is none of {', '.join(names)}")


def recording_plan(body: Body, now: int) -> tuple[RecordingPlan, int]:
    """Return the plan of recordings, and their number. Raises ``BadControlRequest``."""
    allow_only(
        body,
        "meetingID",
        "name",
        "formats",
        "state",
        "start",
        "minutes",
        "participants",
        "previews",
        "size",
        "meta",
        "seed",
        "count",
        "notify",
    )
    formats, meta = body.get("formats", ["presentation"]), body.get("meta", {})
    if not isinstance(formats, list) or not all(isinstance(form, str) for form in formats):
        raise BadControlRequest("formats must be a list of texts")
    if not isinstance(meta, dict) or not all(isinstance(value, str) for value in meta.values()):
        raise BadControlRequest("meta must have texts")
    states = {
        "published": Place.PUBLISHED,
        "unpublished": Place.UNPUBLISHED,
        "deleted": Place.DELETED,
        "processing": Place.PROCESS,
    }
    state = text(body, "state", "published")
    if state not in states:
        raise BadControlRequest(f"state must be one of {', '.join(states)}")
    recordings = RecordingPlan(
        meeting_id=text(body, "meetingID"),
        name=text(body, "name", "Recording"),
        formats=tuple(formats),
        place=states[state],
        start=integer(body, "start", now - 3_600_000, 0, 10**13 - 1),
        minutes=integer(body, "minutes", 60, 0, 10_000),
        participants=integer(body, "participants", 3, 0, 10**6),
        previews=integer(body, "previews", 3, 0, 20),
        size=integer(body, "size", 1_000_000, 0, 2**53),
        meta=tuple(meta.items()),
        seed=integer(body, "seed", 0, 0, 2**53),
    )
    return recordings, integer(body, "count", 1, 1, 10_000)
