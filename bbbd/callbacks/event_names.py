"""What applications are told of a meeting, by which names: one table, and what each event makes of it.

``EventName`` has the name that meeting event callbacks use, bbb-webhooks' name, and the name of BigBlueButton's own
message. An event is looked at before it happens, so that who leaves can still be named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from functools import singledispatch
from types import MappingProxyType
from typing import NamedTuple

from bbbd.meetings.chat import Chatted
from bbbd.meetings.event import (
    Created,
    Ended,
    Event,
    GuestAnswered,
    Joined,
    Left,
    MediaChanged,
    Microphone,
    PresenterChanged,
    Registered,
    RoleChanged,
)
from bbbd.meetings.hands import HandLowered, HandRaised, Reacted
from bbbd.meetings.model import Meeting, Person, Session
from bbbd.meetings.recording import RecordingMarked
from bbbd.values.enums import GuestStatus, Role


class EventName(Enum):
    """A name in each world, and what it means. Without a hook's name it is for meeting event callbacks alone."""

    CREATED = ("meetingCreated", "meeting-created", "MeetingCreatedEvtMsg", "The meeting was created.")
    ENDED = ("meetingEnded", "meeting-ended", "MeetingDestroyedEvtMsg", "The meeting is over; `reason` says why.")
    RECORDING = (
        "recordingChanged",
        "meeting-recording-changed",
        "RecordingStatusChangedEvtMsg",
        "Recording was switched on or off: `recording` is true or false.",
    )
    GUEST_WAITING = ("guestWaiting", "", "GuestsWaitingForApprovalEvtMsg", "A guest waits to be let in.")
    GUEST_ANSWERED = (
        "guestAnswered",
        "",
        "GuestApprovedEvtMsg",
        "A waiting guest was let in or refused: `admitted` is true or false.",
    )
    JOINED = ("userJoined", "user-joined", "UserJoinedMeetingEvtMsg", "Somebody came in.")
    LEFT = ("userLeft", "user-left", "UserLeftMeetingEvtMsg", "Somebody is no longer in; `reason` says why.")
    ROLE = ("userRoleChanged", "user-role-changed", "UserRoleChangedEvtMsg", "Somebody has another `role` now.")
    PRESENTER = (
        "presenterAssigned",
        "user-presenter-assigned",
        "PresenterAssignedEvtMsg",
        "Somebody became the presenter.",
    )
    NO_PRESENTER = (
        "presenterUnassigned",
        "user-presenter-unassigned",
        "PresenterUnassignedEvtMsg",
        "Somebody presents no more.",
    )
    AUDIO_ON = (
        "audioEnabled",
        "user-audio-voice-enabled",
        "UserJoinedVoiceConfToClientEvtMsg",
        "Somebody takes part in the sound; `listenOnly` says whether they can speak.",
    )
    AUDIO_OFF = (
        "audioDisabled",
        "user-audio-voice-disabled",
        "UserLeftVoiceConfToClientEvtMsg",
        "Somebody no longer takes part in the sound.",
    )
    MUTED = ("audioMuted", "user-audio-muted", "UserMutedVoiceEvtMsg", "Somebody's microphone was muted.")
    UNMUTED = ("audioUnmuted", "user-audio-unmuted", "UserMutedVoiceEvtMsg", "Somebody's microphone was unmuted.")
    CAM_ON = (
        "cameraStarted",
        "user-cam-broadcast-start",
        "UserBroadcastCamStartedEvtMsg",
        "Somebody shows a camera.",
    )
    CAM_OFF = (
        "cameraStopped",
        "user-cam-broadcast-end",
        "UserBroadcastCamStoppedEvtMsg",
        "Somebody shows a camera no more.",
    )
    SCREEN_ON = (
        "screenShareStarted",
        "meeting-screenshare-started",
        "ScreenshareRtmpBroadcastStartedEvtMsg",
        "Somebody shares a screen.",
    )
    SCREEN_OFF = (
        "screenShareStopped",
        "meeting-screenshare-stopped",
        "ScreenshareRtmpBroadcastStoppedEvtMsg",
        "Somebody shares a screen no more.",
    )
    HAND = (
        "handRaised",
        "user-raise-hand-changed",
        "UserRaiseHandChangedEvtMsg",
        "Somebody raised their hand, or it went down: `raised` is true or false.",
    )
    REACTED = ("userReacted", "user-emoji-changed", "UserEmojiChangedEvtMsg", "Somebody showed an emoji.")
    CHATTED = (
        "chatMessageSent",
        "chat-group-message-sent",
        "GroupChatMessageBroadcastEvtMsg",
        "A message to all was written. Its text goes to hooks alone, not into a URL.",
    )

    @property
    def event(self) -> str:
        """What meeting event callbacks call it."""
        return self.value[0]

    @property
    def hook(self) -> str:
        """What hooks call it, empty when they do not have it."""
        return self.value[1]

    @property
    def raw(self) -> str:
        """What BigBlueButton's message is called."""
        return self.value[2]

    @property
    def meaning(self) -> str:
        """What it means, for the documentation."""
        return self.value[3]


class Subject(NamedTuple):
    """Whoever it is about."""

    user: str
    external_id: str
    name: str
    role: Role


class Notification(NamedTuple):
    """One thing to tell: what, of whom, and facts by the names that URLs have for them."""

    what: EventName
    who: Subject | None = None
    facts: Mapping[str, str] = MappingProxyType({})
    #: A chat message's text.
    text: str = ""


@singledispatch
def _told(_event: Event, _meeting: Meeting) -> Iterator[Notification]:
    return iter(())


def told_of(meeting: Meeting, event: Event) -> list[Notification]:
    """Return what an event tells of a meeting to which it has not happened yet (but for its creation)."""
    return list(_told(event, meeting))


def _truth(value: object) -> str:
    return "true" if value else "false"


def _someone(who: Person | Session | Registered) -> Subject:
    return Subject(who.user, who.external_id, who.name, who.role)


@_told.register
def _(_event: Created, _meeting: Meeting) -> Iterator[Notification]:
    yield Notification(EventName.CREATED)


@_told.register
def _(event: Ended, meeting: Meeting) -> Iterator[Notification]:
    for person in meeting.people.values():
        yield Notification(EventName.LEFT, _someone(person), {"reason": "ended"})
    yield Notification(EventName.ENDED, facts={"reason": event.why.value})


@_told.register
def _(event: Registered, _meeting: Meeting) -> Iterator[Notification]:
    if event.status is GuestStatus.WAIT:
        yield Notification(EventName.GUEST_WAITING, _someone(event))


@_told.register
def _(event: GuestAnswered, meeting: Meeting) -> Iterator[Notification]:
    for session in meeting.waiting():
        if session.user in event.users:
            yield Notification(EventName.GUEST_ANSWERED, _someone(session), {"admitted": _truth(event.admit)})


@_told.register
def _(event: Joined, meeting: Meeting) -> Iterator[Notification]:
    session = meeting.sessions[event.token]
    if session.user not in meeting.people:
        yield Notification(EventName.JOINED, _someone(session))


@_told.register
def _(event: Left, meeting: Meeting) -> Iterator[Notification]:
    person = meeting.people[event.user]
    if person.microphone is not Microphone.NONE:
        yield Notification(EventName.AUDIO_OFF, _someone(person))
    for _camera in range(person.cameras):
        yield Notification(EventName.CAM_OFF, _someone(person))
    if person.screen:
        yield Notification(EventName.SCREEN_OFF, _someone(person))
    yield Notification(EventName.LEFT, _someone(person), {"reason": event.why.value})


@_told.register
def _(event: RoleChanged, meeting: Meeting) -> Iterator[Notification]:
    yield Notification(EventName.ROLE, _someone(meeting.people[event.user]), {"role": event.role.value})


@_told.register
def _(event: PresenterChanged, meeting: Meeting) -> Iterator[Notification]:
    before = meeting.people.get(meeting.presenter)
    if before is not None and before.user != event.user:
        yield Notification(EventName.NO_PRESENTER, _someone(before))
    if event.user:
        yield Notification(EventName.PRESENTER, _someone(meeting.people[event.user]))


@_told.register
def _(event: MediaChanged, meeting: Meeting) -> Iterator[Notification]:
    person = meeting.people[event.user]
    yield from _sound(person, event.microphone)
    for _camera in range(event.cameras - person.cameras):
        yield Notification(EventName.CAM_ON, _someone(person))
    for _camera in range(person.cameras - event.cameras):
        yield Notification(EventName.CAM_OFF, _someone(person))
    if event.screen != person.screen:
        yield Notification(EventName.SCREEN_ON if event.screen else EventName.SCREEN_OFF, _someone(person))


def _sound(person: Person, now: Microphone) -> Iterator[Notification]:
    before = person.microphone
    speaking = (Microphone.MUTED, Microphone.ON)
    if before is now:
        return
    if now is Microphone.NONE:
        yield Notification(EventName.AUDIO_OFF, _someone(person))
    elif before is Microphone.NONE or (before in speaking) != (now in speaking):
        yield Notification(EventName.AUDIO_ON, _someone(person), {"listenOnly": _truth(now is Microphone.LISTEN)})
    else:
        yield Notification(EventName.MUTED if now is Microphone.MUTED else EventName.UNMUTED, _someone(person))


@_told.register
def _(event: HandRaised, meeting: Meeting) -> Iterator[Notification]:
    yield Notification(EventName.HAND, _someone(meeting.people[event.user]), {"raised": "true"})


@_told.register
def _(event: HandLowered, meeting: Meeting) -> Iterator[Notification]:
    yield Notification(EventName.HAND, _someone(meeting.people[event.user]), {"raised": "false"})


@_told.register
def _(event: Reacted, meeting: Meeting) -> Iterator[Notification]:
    yield Notification(EventName.REACTED, _someone(meeting.people[event.user]), {"emoji": event.emoji})


@_told.register
def _(event: RecordingMarked, meeting: Meeting) -> Iterator[Notification]:
    by = meeting.people.get(event.by)
    yield Notification(EventName.RECORDING, _someone(by) if by else None, {"recording": _truth(event.on)})


@_told.register
def _(event: Chatted, meeting: Meeting) -> Iterator[Notification]:
    if not event.to:
        who = _someone(meeting.people[event.user]) if event.user else Subject("", "", event.name, Role.VIEWER)
        yield Notification(EventName.CHATTED, who, text=event.text)
