"""Recording operations of the back office: make a recording of a meeting, list all recordings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from hashlib import md5
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bbbd.api.problems import Failed, Problem
from bbbd.api.recordings import describe
from bbbd.api.response_tree import Tree
from bbbd.callbacks.recording_ready import published
from bbbd.developer.moodle.answers import numbered
from bbbd.developer.moodle.context import OperationContext
from bbbd.developer.moodle.meetings import PARENT, NoSelection
from bbbd.developer.recording_factory import RecordingDetails, RecordingPlan, add_room, write_recordings
from bbbd.meetings.create_parameters import METADATA
from bbbd.meetings.model import Meeting
from bbbd.recordings.index import Recording
from bbbd.recordings.layout import FORMAT, Layout, Place
from bbbd.storage.disk import Disk
from bbbd.values.fields import given
from bbbd.values.texts import without_controls
from bbbd.values.value_types import ANY_IDENTIFIER, BOOLEAN, HTTP_URL, ValueType, number

#: Limit of times in seconds.
_LATEST = 9_999_999_999
_OWN_META = ("meetingid", "meetingname", "isbreakout")
#: Limit of formats in the JSON of ``playback``.
_MOST_FORMATS = 20
Playback = dict[str, tuple[str, int | None]]


def _format(one: Any) -> tuple[str, tuple[str, int | None]]:
    name, url, length = (
        (one.get(key) or "" for key in ("type", "url", "length")) if isinstance(one, dict) else ("",) * 3
    )
    if not isinstance(name, str) or not FORMAT.fullmatch(name) or not isinstance(url, str):
        raise ValueError("has a format without a type that could be one")
    parts = urlsplit(HTTP_URL.read(url)) if url else None
    link = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}" if parts else ""
    return name, (link, _MINUTES.read(str(length)) if length != "" else None)


def _playback(given_text: str) -> Playback:
    try:
        found = json.loads(given_text)
    except (ValueError, RecursionError):
        found = None
    formats = found.get("format") if isinstance(found, dict) else None
    listed = formats if isinstance(formats, list) else [formats]
    if formats is None or not 1 <= len(listed) <= _MOST_FORMATS:
        raise ValueError(f"is not {PLAYBACK.allowed}")
    return dict(map(_format, listed))


PLAYBACK = ValueType(f'JSON like {{"format": [{{"type", "url", "length"}}]}}, of at most {_MOST_FORMATS}', _playback)
_SECONDS = number("seconds since 1970", most=_LATEST)
_MINUTES = number("a number of minutes", most=525_600)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRecording:
    """Parameters of ``createRecording``."""

    meeting_id: str = given("meetingID", ANY_IDENTIFIER, "The meeting.", default="")
    parent: str = given(
        "parentMeetingID", ANY_IDENTIFIER, "Without meetingID: the parent of a breakout room.", default=""
    )
    sequence: int = given("sequence", number(least=1), "The number of the breakout room.", default=1)
    published: bool = given("published", BOOLEAN, "Whether it is published.", default=True)
    protect: bool = given("protect", BOOLEAN, "Whether only one-time links may play it.", default=True)
    start: int | None = given("startTime", _SECONDS, "The start; now if missing.", default=None)
    end: int | None = given("endTime", _SECONDS, "The end; an hour after the start if missing.", default=None)
    playback: Playback = given(
        "playback", PLAYBACK, "The formats; a presentation if missing. URLs are on this server.", default={}
    )
    meta: dict[str, str] = given("meta_*", METADATA, "Metadata in addition to the meeting's own.", default={})


async def create_recording(context: OperationContext, params: CreateRecording) -> Tree:
    """Make a recording of a live or ended meeting. Its id is generated; applications are notified on request only."""
    server, state = context.server, context.state
    meeting = _meeting(context, params)
    now = server.meetings.clock.now().wall
    start = now if params.start is None else params.start * 1000
    end = start + 3_600_000 if params.end is None else params.end * 1000
    if end < start:
        raise Failed(Problem.VALIDATION, "endTime: is before startTime")
    await server.library.ready()
    record_id = _record_id(context, meeting, start)
    recording = _plan(context, params, meeting, record_id, (start, end))
    recording.check(1)
    state.record_ids.add(record_id)
    await server.worker(lambda: list(write_recordings(context.developer.disk, server.library.layout, recording, 1)))
    if meeting.created.parent:
        await server.worker(
            partial(_add_room, context.developer.disk, server.library.layout, _parents(context, meeting), record_id)
        )
    await server.library.refresh()
    if params.published and (found := server.library.index.find(record_id)) is not None:
        server.outbox.add(published(found, server.hooks, now))
    return [("recordID", record_id)]


def _meeting(context: OperationContext, params: CreateRecording) -> Meeting:
    if params.meeting_id:
        return context.meeting(params.meeting_id)
    parent = context.state.find(params.parent) if params.parent else None
    if parent is None:
        raise Failed(Problem.NOT_FOUND, PARENT)
    rooms = context.state.rooms[parent.internal_id]
    if params.sequence > len(rooms):
        raise Failed(Problem.NOT_FOUND)
    return rooms[params.sequence - 1]


def _record_id(context: OperationContext, meeting: Meeting, number_: int) -> str:
    """Return an unused record id: the meeting's digest with its start time, or the next free number."""
    room = str(meeting.created.wanted.sequence) if meeting.is_breakout else ""
    digest = md5(f"{meeting.external_id}{room}".encode(), usedforsecurity=False).hexdigest()
    taken, index = context.state.record_ids, context.server.library.index
    while (record_id := f"{digest}-{number_}") in taken or index.find(record_id) is not None:
        number_ += 1
    return record_id


def _plan(
    context: OperationContext, params: CreateRecording, meeting: Meeting, record_id: str, span: tuple[int, int]
) -> RecordingPlan:
    length = span[1] - span[0]
    given_meta = meeting.created.wanted.metadata | params.meta
    meta = {name: _one_line(value) for name, value in given_meta.items() if name not in _OWN_META}
    played = {
        form: (link or f"/{form}/{record_id}/", length if minutes is None else minutes * 60_000)
        for form, (link, minutes) in params.playback.items()
    }
    room = (meeting.created.parent, meeting.created.wanted.sequence or 0) if meeting.created.parent else None
    return RecordingPlan(
        meeting_id=meeting.external_id,
        name=meeting.created.wanted.name or "Recording",
        formats=tuple(played) or ("presentation",),
        place=Place.PUBLISHED if params.published else Place.UNPUBLISHED,
        start=span[0],
        participants=len(meeting.attended),
        meta=tuple(meta.items()),
        details=RecordingDetails(
            record_id=record_id,
            internal_id=meeting.internal_id,
            length=length,
            playback=played,
            protected=params.protect,
            room_of=room,
            rooms=tuple(one.record_id for one in context.server.library.index if _is_room_of(one, meeting)),
        ),
    )


def _one_line(value: str) -> str:
    return without_controls(" ".join(value.splitlines()))


def _is_room_of(recording: Recording, meeting: Meeting) -> bool:
    return ("parentId", meeting.internal_id) in recording.first.breakout


def _parents(context: OperationContext, room: Meeting) -> list[Path]:
    """Return the metadata.xml files of the recordings of a breakout room's parent."""
    library, parent = context.server.library, room.created.parent
    found = [one.record_id for one in library.index if one.first.internal_meeting_id == parent]
    return [library.layout.metadata(*key) for record_id in found for key in library.index.keys_of(record_id)]


def _add_room(disk: Disk, layout: Layout, parents: list[Path], room: str) -> None:
    """Add a room's recording to the recordings of its parent. Blocks on the disk."""
    with layout.lock:
        for path in parents:
            if path.exists():
                add_room(disk, path, room)


def describe_recording(context: OperationContext, recording: Recording) -> Tree:
    """Return the description of a recording."""
    return describe(recording, context.server.settings.server_url.rstrip("/"), context.server.protection)


async def list_recordings(context: OperationContext, _params: NoSelection) -> Tree:
    """List all recordings that are not deleted, `<recordings><_0>…`."""
    return [("recordings", numbered(describe_recording(context, one) for one in await select_recordings(context)))]


async def select_recordings(context: OperationContext) -> list[Recording]:
    """Return all recordings that are not deleted, newest first."""
    await context.server.library.ready()
    return [one for one in context.server.library.index if one.place in (Place.PUBLISHED, Place.UNPUBLISHED)]
