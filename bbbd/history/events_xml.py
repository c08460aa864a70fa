"""Writes a history as BigBlueButton's ``events.xml``, for the tools that read one.

The vocabulary is that of BigBlueButton 2.5 with its pods, and of later versions where that has no word. A file that
names a later version would be expected to have tldraw's drawings. All times count from 1970, ``timestamp`` too: readers
take only its differences. What it has no event for, a deck that was removed, is an event of the module ``BBBD``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from bbbd.history import happenings as seen
from bbbd.history.chat_markup import as_markup
from bbbd.history.happenings import Facts, Happening, History
from bbbd.history.xml_text import attributes, text

VERSION = "2.5.0"
POD = "DEFAULT_PRESENTATION_POD"
#: Offsets of views are written as half of the percentage, and negative.
HALF = -2.0

#: The module of cameras and screens.
_SFU = "bbb-webrtc-sfu"

#: A module, an event's name, and its children.
_Event = tuple[str, str, dict[str, str]]


def events_xml(history: History) -> Iterator[str]:
    """Give the pieces of ``events.xml``."""
    facts = history.facts
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f"<recording{attributes(meeting_id=facts.record_id, bbb_version=VERSION, producer='bbbd')}>\n"
    yield from _head(facts)
    webcams = {"webcamsOnlyForModerator": _word(facts.webcams_only_for_moderator)}
    yield _written(history.begin, ("CONFIG", "MeetingConfigurationEvent", webcams))
    yield _written(
        history.begin, ("PRESENTATION", "CreatePresentationPodEvent", {"podId": POD, "currentPresenter": ""})
    )
    begun: set[str] = set()
    for one in history.happenings:
        if isinstance(one, seen.PollStarted):
            begun.add(one.poll)
        elif isinstance(one, seen.PollPublished) and one.poll not in begun:
            # An old server's result on a slide has no beginning, which readers look for.
            yield from (_written(one.at, event) for event in _poll_started(_beginning(one)))
        for event in _WRITERS[type(one)](one):
            yield _written(one.at, event)
    yield "</recording>\n"


def _head(facts: Facts) -> Iterator[str]:
    breakout = _word(facts.is_breakout)
    meeting = attributes(id=facts.record_id, externalId=facts.external_id, name=facts.name, breakout=breakout)
    own = {"isBreakout": breakout, "meetingId": facts.external_id, "meetingName": facts.name}
    yield f"  <meeting{meeting}/>\n  <metadata{attributes(**facts.metadata | own)}/>\n"
    room = attributes(
        meetingId=facts.record_id,
        parentMeetingId=facts.parent_id,
        sequence=facts.sequence,
        freeJoin=_word(facts.free_join),
    )
    yield f"  <breakout{room if facts.parent_id else ''}/>\n"
    rooms = "".join(f"<breakoutRoom>{text(one)}</breakoutRoom>" for one in facts.rooms)
    yield f"  <breakoutRooms>{rooms}</breakoutRooms>\n" if rooms else "  <breakoutRooms/>\n"


def _written(at: int, event: _Event) -> str:
    module, name, children = event
    lines = "".join(f"    <{key}>{text(value)}</{key}>\n" for key, value in children.items())
    return (
        f'  <event timestamp="{at}" module="{module}" eventname="{name}">\n    <timestampUTC>{at}</timestampUTC>\n'
        f"    <date>{_second(at // 1000)}.{at % 1000:03}Z</date>\n{lines}  </event>\n"
    )


@lru_cache(maxsize=1)
def _second(at: int) -> str:
    """Return a time in seconds as ISO 8601 has it; most events are in the second of the one before."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _word(value: bool) -> str:  # noqa: FBT001 - the value itself
    return "true" if value else "false"


def _presented(event: str, deck: str, **children: str) -> _Event:
    return "PRESENTATION", event, {"podId": POD, "presentationName": deck} | children


def _status(user: str, status: str, value: str) -> list[_Event]:
    return [("PARTICIPANT", "ParticipantStatusChangeEvent", {"userId": user, "status": status, "value": value})]


def _joined(one: seen.PersonJoined) -> list[_Event]:
    children = {"userId": one.user, "externalUserId": one.external_id, "name": one.name, "role": one.role.value}
    return [("PARTICIPANT", "ParticipantJoinEvent", children)]


def _presenter(one: seen.PresenterChanged) -> list[_Event]:
    assigned = {"userid": one.user, "name": one.name, "assignedBy": one.by}
    return [
        ("PARTICIPANT", "AssignPresenterEvent", assigned),
        ("PRESENTATION", "SetPresenterInPodEvent", {"podId": POD, "nextPresenterId": one.user}),
    ]


def _marked(one: seen.RecordingMarked) -> list[_Event]:
    return [("PARTICIPANT", "RecordStatusEvent", {"userId": one.by, "status": _word(one.on)})]


def _chatted(one: seen.Chatted) -> list[_Event]:
    # Without an id readers take the name: an application is no person.
    sender = {"senderId": one.user} if one.user else {}
    children = sender | {
        "sender": one.name,
        "senderRole": one.role.value,
        "color": "0",
        "chatEmphasizedText": _word(one.emphasized),
        "message": as_markup(one.text),
    }
    return [("CHAT", "PublicChatEvent", children)]


def _converted(one: seen.DeckConverted) -> list[_Event]:
    return [
        _presented("ConversionCompletedEvent", one.deck, originalFilename=one.name),
        _presented("SetPresentationDownloadable", one.deck, downloadable=_word(one.downloadable)),
    ]


def _page(one: seen.PageShown) -> list[_Event]:
    return [_presented("GotoSlideEvent", one.deck, id=f"{one.deck}/{one.page}", slide=str(one.page - 1))]


def _viewed(one: seen.PartViewed) -> list[_Event]:
    # Adding zero makes the negative zero a zero.
    x, y = (repr(offset / HALF + 0.0) for offset in (one.x, one.y))
    sides = {"xOffset": x, "yOffset": y, "widthRatio": repr(one.w), "heightRatio": repr(one.h)}
    return [_presented("ResizeAndMoveSlideEvent", one.deck, id=f"{one.deck}/{one.page}", **sides)]


def _voice(event: str, user: str, **children: str) -> list[_Event]:
    return [("VOICE", event, {"participant": user} | children)]


def _beginning(one: seen.PollPublished) -> seen.PollStarted:
    options = tuple(answer.text for answer in one.answers)
    return seen.PollStarted(at=one.at, poll=one.poll, kind=one.kind, question=one.question, options=options)


def _poll_started(one: seen.PollStarted) -> list[_Event]:
    children = {
        "pollId": one.poll,
        "type": one.kind,
        "question": one.question,
        "answers": _json([{"id": place, "key": text} for place, text in enumerate(one.options)]),
        "secretPoll": _word(one.secret),
    }
    return [("POLL", "PollStartedRecordEvent", children)]


def _poll_answered(one: seen.PollAnswered) -> list[_Event]:
    children = {"pollId": one.poll, "userId": one.user, "answerId": str(one.number), "answer": one.answer}
    return [("POLL", "UserRespondedToPollRecordEvent", children)]


def _poll_published(one: seen.PollPublished) -> list[_Event]:
    given = [{"id": answer.number, "key": answer.text, "numVotes": answer.votes} for answer in one.answers]
    return [
        (
            "POLL",
            "PollPublishedRecordEvent",
            {
                "pollId": one.poll,
                "question": one.question,
                "answers": _json(given),
                "numRespondents": str(one.respondents),
                "numResponders": str(one.responders),
            },
        ),
    ]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _cursor(one: seen.CursorMoved) -> list[_Event]:
    children = {"userId": one.user, "xOffset": repr(one.x), "yOffset": repr(one.y)}
    return [("WHITEBOARD", "WhiteboardCursorMoveEvent", children)]


def _place(deck: str, page: int) -> dict[str, str]:
    return {"whiteboardId": f"{deck}/{page}", "presentation": deck, "pageNumber": str(page - 1)}


def _drawn(one: seen.ShapeDrawn) -> list[_Event]:
    children = _place(one.deck, one.page) | {
        "id": one.shape,
        "shapeId": one.shape,
        "userId": one.user,
        "type": one.kind,
        "status": "DRAW_END",
        "dataPoints": ",".join(map(repr, one.points)),
    }
    if one.kind == "text":
        children |= {
            "textBoxWidth": repr(one.box[0]),
            "textBoxHeight": repr(one.box[1]),
            "fontColor": str(one.color),
            "fontSize": repr(one.font_size),
            "calcedFontSize": repr(one.font_size),
            "text": one.text,
        }
    else:
        children |= {"color": str(one.color), "thickness": repr(one.thickness), "fill": _word(one.is_filled)}
        children |= {"square": _word(one.is_even)} if one.kind == "rectangle" else {}
        children |= {"circle": _word(one.is_even)} if one.kind == "ellipse" else {}
    if one.commands:
        children["commands"] = ",".join(map(str, one.commands))
    return [("WHITEBOARD", "AddShapeEvent", children)]


def _undone(one: seen.ShapeUndone) -> list[_Event]:
    return [("WHITEBOARD", "UndoAnnotationEvent", _place(one.deck, one.page) | {"shapeId": one.shape})]


def _cleared(one: seen.PageCleared) -> list[_Event]:
    children = {"userId": one.user, "fullClear": _word(not one.user)}
    return [("WHITEBOARD", "ClearWhiteboardEvent", _place(one.deck, one.page) | children)]


def _kept(one: seen.MediaKept) -> list[_Event]:
    """Files of sound, cameras and screens, by the words of BigBlueButton; ``track`` is bbbd's own."""
    word, file = "Start" if one.on else "Stop", f"{one.file}.webm"
    own = {"userId": one.user, "track": one.track}
    if one.track in ("microphone", "screenSound"):
        children = {"bridge": "janus", "filename": f"audio/{file}", "recordingTimestamp": str(one.at)}
        return [("VOICE", f"{word}RecordingEvent", children | own)]
    if one.track == "screen":
        return [(_SFU, f"{word}WebRTCDesktopShareEvent", {"filename": f"deskshare/{file}"} | own)]
    return [(_SFU, f"{word}WebRTCShareEvent", {"filename": f"video/{one.file.partition('_')[0]}/{file}"} | own)]


_WRITERS: dict[type[Happening], Callable[[Any], list[_Event]]] = {
    seen.PersonJoined: _joined,
    seen.PersonLeft: lambda one: [("PARTICIPANT", "ParticipantLeftEvent", {"userId": one.user})],
    seen.RoleChanged: lambda one: _status(one.user, "role", one.role.value),
    seen.PresenterChanged: _presenter,
    seen.RecordingMarked: _marked,
    seen.Chatted: _chatted,
    seen.ChatCleared: lambda _one: [("CHAT", "ClearPublicChatEvent", {})],
    seen.DeckConverted: _converted,
    seen.DeckShared: lambda one: [_presented("SharePresentationEvent", one.deck, share="true")],
    seen.DeckRemoved: lambda one: [("BBBD", "PresentationRemovedEvent", {"podId": POD, "presentationName": one.deck})],
    seen.PageShown: _page,
    seen.PartViewed: _viewed,
    seen.HandChanged: lambda one: _status(one.user, "raiseHand", _word(one.raised)),
    seen.Reacted: lambda one: _status(one.user, "reactionEmoji", one.emoji),
    seen.VoiceJoined: lambda one: _voice(
        "ParticipantJoinedEvent", one.user, callername=one.name, muted=_word(one.muted), talking="false"
    ),
    seen.VoiceMuted: lambda one: _voice("ParticipantMutedEvent", one.user, muted=_word(one.muted)),
    seen.VoiceLeft: lambda one: _voice("ParticipantLeftEvent", one.user),
    seen.MediaKept: _kept,
    seen.Talking: lambda one: _voice("ParticipantTalkingEvent", one.user, talking=_word(one.on)),
    seen.PollStarted: _poll_started,
    seen.PollAnswered: _poll_answered,
    seen.PollStopped: lambda one: [("POLL", "PollStoppedRecordEvent", {"pollId": one.poll})],
    seen.PollPublished: _poll_published,
    seen.ExternalVideoStarted: lambda one: [
        ("EXTERNAL-VIDEO", "StartExternalVideoRecordEvent", {"externalVideoUrl": one.url})
    ],
    seen.ExternalVideoStopped: lambda _one: [("EXTERNAL-VIDEO", "StopExternalVideoRecordEvent", {})],
    seen.CursorMoved: _cursor,
    seen.ShapeDrawn: _drawn,
    seen.ShapeUndone: _undone,
    seen.PageCleared: _cleared,
    seen.MeetingEnded: lambda one: [("PARTICIPANT", "EndAndKickAllEvent", {"reason": one.reason})],
}
