"""The messages of hooks: events in bbb-webhooks' processed form, or in that of BigBlueButton's own messages."""

from __future__ import annotations

import json
from typing import Any

from bbbd.callbacks.event_names import EventName, Notification, Subject
from bbbd.clock import Moment
from bbbd.meetings.model import Meeting
from bbbd.recordings.index import Recording
from bbbd.recordings.metadata import PlaybackFormat

_CHAT = "MAIN-PUBLIC-GROUP-CHAT"
#: The names of a user's facts in hooks, by their names in URLs.
_FACTS = {"listenOnly": "listening-only", "raised": "raise-hand", "emoji": "emoji", "role": "role", "reason": "reason"}


def event_list(message: dict[str, Any]) -> str:
    """Return the field ``event`` of a hook's call: a list of one event, as bbb-webhooks sends it."""
    return json.dumps([message], ensure_ascii=False, separators=(",", ":"))


def processed_event(name: str, attributes: dict[str, Any], at: int) -> dict[str, Any]:
    """Return an event in processed form."""
    return {"data": {"type": "event", "id": name, "attributes": attributes, "event": {"ts": at}}}


def event_of_meeting(notification: Notification, meeting: Meeting, now: Moment, *, raw: bool) -> str:
    """Return a hook's message for a notification of a meeting."""
    attributes = _attributes(notification, meeting, now)
    if raw:
        return event_list(_raw(notification, meeting, now, attributes))
    return event_list(processed_event(notification.event_name.hook, attributes, now.wall))


def _attributes(notification: Notification, meeting: Meeting, now: Moment) -> dict[str, Any]:
    about: dict[str, Any] = {
        "internal-meeting-id": meeting.internal_id,
        "external-meeting-id": meeting.external_id,
    }
    attributes: dict[str, Any] = {"meeting": about}
    if notification.event_name is EventName.CREATED:
        about |= _created(meeting)
    elif notification.event_name is EventName.CHATTED and notification.subject:
        sender = {**_user(notification.subject), "time": now.wall}
        attributes |= {"chat-message": {"message": notification.text, "sender": sender}, "chat-id": _CHAT}
    elif notification.subject:
        presenter = notification.event_name is EventName.PRESENTER or (
            notification.event_name is not EventName.NO_PRESENTER and meeting.presenter == notification.subject.user
        )
        user = {**_user(notification.subject), "role": notification.subject.role.value, "presenter": presenter}
        attributes["user"] = user | _facts(notification)
    if notification.poll:
        attributes["poll"] = dict(notification.poll)
    if notification.event_name is EventName.RECORDING:
        attributes["recording"] = notification.facts["recording"] == "true"
    if notification.event_name is EventName.ENDED:
        attributes["reason"] = notification.facts["reason"]
    return attributes


def _user(who: Subject) -> dict[str, Any]:
    return {"internal-user-id": who.user, "external-user-id": who.external_id, "name": who.name}


def _facts(notification: Notification) -> dict[str, Any]:
    truths = {"true": True, "false": False}
    facts: dict[str, Any] = {
        _FACTS[name]: truths.get(value, value) for name, value in notification.facts.items() if name in _FACTS
    }
    if notification.event_name is EventName.AUDIO_ON:
        facts["sharing-mic"] = not facts["listening-only"]
    return facts


def _created(meeting: Meeting) -> dict[str, Any]:
    created, wanted = meeting.created, meeting.created.wanted
    return {
        "name": wanted.name,
        "is-breakout": meeting.is_breakout,
        "parent-id": created.parent,
        "duration": wanted.duration,
        "create-time": created.create_time,
        "create-date": meeting.created_at.wall,
        "moderator-pass": created.moderator_pw,
        "viewer-pass": created.attendee_pw,
        "record": created.record,
        "voice-conf": created.voice_bridge,
        "max-users": wanted.max_participants,
        "metadata": wanted.metadata,
    }


def _raw(notification: Notification, meeting: Meeting, now: Moment, attributes: dict[str, Any]) -> dict[str, Any]:
    name = notification.event_name.raw
    user = (notification.subject and notification.subject.user) or "nobody"
    return {
        "envelope": {"name": name, "routing": {"sender": "bbbd"}, "timestamp": now.wall},
        "core": {"header": {"name": name, "meetingId": meeting.internal_id, "userId": user}, "body": attributes},
    }


def event_of_step(name: str, recording: Recording, at: int, took: int | None, *, success: bool) -> str:
    """Return a hook's message about a step of a recording; ``took`` in milliseconds, None at its begin."""
    attributes = _of_recording(recording)
    if not name.startswith("rap-archive-"):
        attributes["workflow"] = recording.formats[0].name
    if took is not None:
        attributes |= {"success": success, "step-time": took}
    return event_list(processed_event(name, attributes, at))


def _of_recording(recording: Recording) -> dict[str, Any]:
    first = recording.first
    about = {
        "internal-meeting-id": first.internal_meeting_id or first.record_id,
        "external-meeting-id": first.meeting_id or "",
    }
    return {"meeting": about, "record-id": first.record_id}


def event_of_recording(name: str, recording: Recording, at: int, form: PlaybackFormat | None = None) -> str:
    """Return a hook's message about a recording, or about one of its formats (``form``)."""
    first = recording.first
    attributes = _of_recording(recording)
    if form is not None:
        attributes |= {"success": True, "step-time": form.processing_time, "workflow": form.name}
        attributes["recording"] = {
            "name": first.name,
            "is-breakout": first.is_breakout,
            "start-time": first.start,
            "end-time": first.end,
            "size": form.size or 0,
            "raw-size": first.raw_size or 0,
            "metadata": dict(first.meta),
            "playback": {"format": form.name, "link": form.link, "duration": form.duration},
        }
    return event_list(processed_event(name, attributes, at))
