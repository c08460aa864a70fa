"""What applications are told of a meeting, by which names: one table, and what each event makes of it.

``Happening`` has the name that meeting event callbacks use, bbb-webhooks' name, and the name of BigBlueButton's own
message. An event is looked at before it happens, so that who leaves can still be named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from functools import singledispatch
from types import MappingProxyType
from typing import NamedTuple

from bbbd.meetings import events
from bbbd.meetings.events import Event, Microphone
from bbbd.meetings.model import Meeting, Person, Session
from bbbd.values.words import GuestStatus, Role


class Happening(Enum):
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


class Someone(NamedTuple):
    """Whoever it is about."""

    user: str
    external_id: str
    name: str
    role: Role


class Told(NamedTuple):
    """One thing to tell: what, of whom, and facts by the names that URLs have for them."""

    what: Happening
    who: Someone | None = None
    facts: Mapping[str, str] = MappingProxyType({})
    #: A chat message's text.
    text: str = ""


@singledispatch
def _told(_event: Event, _meeting: Meeting) -> Iterator[Told]:
    return iter(())


def told_of(meeting: Meeting, event: Event) -> list[Told]:
    """Return what an event tells of a meeting to which it has not happened yet (but for its creation)."""
    return list(_told(event, meeting))


def _truth(value: object) -> str:
    return "true" if value else "false"


def _someone(who: Person | Session | events.Registered) -> Someone:
    return Someone(who.user, who.external_id, who.name, who.role)


@_told.register
def _(_event: events.Created, _meeting: Meeting) -> Iterator[Told]:
    yield Told(Happening.CREATED)


@_told.register
def _(event: events.Ended, meeting: Meeting) -> Iterator[Told]:
    for person in meeting.people.values():
        yield Told(Happening.LEFT, _someone(person), {"reason": "ended"})
    yield Told(Happening.ENDED, facts={"reason": event.why.value})


@_told.register
def _(event: events.Registered, _meeting: Meeting) -> Iterator[Told]:
    if event.status is GuestStatus.WAIT:
        yield Told(Happening.GUEST_WAITING, _someone(event))


@_told.register
def _(event: events.GuestAnswered, meeting: Meeting) -> Iterator[Told]:
    for session in meeting.waiting():
        if session.user in event.users:
            yield Told(Happening.GUEST_ANSWERED, _someone(session), {"admitted": _truth(event.admit)})


@_told.register
def _(event: events.Joined, meeting: Meeting) -> Iterator[Told]:
    session = meeting.sessions[event.token]
    if session.user not in meeting.people:
        yield Told(Happening.JOINED, _someone(session))


@_told.register
def _(event: events.Left, meeting: Meeting) -> Iterator[Told]:
    person = meeting.people[event.user]
    if person.microphone is not Microphone.NONE:
        yield Told(Happening.AUDIO_OFF, _someone(person))
    for _camera in range(person.cameras):
        yield Told(Happening.CAM_OFF, _someone(person))
    if person.screen:
        yield Told(Happening.SCREEN_OFF, _someone(person))
    yield Told(Happening.LEFT, _someone(person), {"reason": event.why.value})


@_told.register
def _(event: events.RoleChanged, meeting: Meeting) -> Iterator[Told]:
    yield Told(Happening.ROLE, _someone(meeting.people[event.user]), {"role": event.role.value})


@_told.register
def _(event: events.PresenterChanged, meeting: Meeting) -> Iterator[Told]:
    before = meeting.people.get(meeting.presenter)
    if before is not None and before.user != event.user:
        yield Told(Happening.NO_PRESENTER, _someone(before))
    if event.user:
        yield Told(Happening.PRESENTER, _someone(meeting.people[event.user]))


@_told.register
def _(event: events.MediaChanged, meeting: Meeting) -> Iterator[Told]:
    person = meeting.people[event.user]
    yield from _sound(person, event.microphone)
    for _camera in range(event.cameras - person.cameras):
        yield Told(Happening.CAM_ON, _someone(person))
    for _camera in range(person.cameras - event.cameras):
        yield Told(Happening.CAM_OFF, _someone(person))
    if event.screen != person.screen:
        yield Told(Happening.SCREEN_ON if event.screen else Happening.SCREEN_OFF, _someone(person))


def _sound(person: Person, now: Microphone) -> Iterator[Told]:
    before = person.microphone
    speaking = (Microphone.MUTED, Microphone.ON)
    if before is now:
        return
    if now is Microphone.NONE:
        yield Told(Happening.AUDIO_OFF, _someone(person))
    elif before is Microphone.NONE or (before in speaking) != (now in speaking):
        yield Told(Happening.AUDIO_ON, _someone(person), {"listenOnly": _truth(now is Microphone.LISTEN)})
    else:
        yield Told(Happening.MUTED if now is Microphone.MUTED else Happening.UNMUTED, _someone(person))


@_told.register
def _(event: events.HandRaised, meeting: Meeting) -> Iterator[Told]:
    yield Told(Happening.HAND, _someone(meeting.people[event.user]), {"raised": "true"})


@_told.register
def _(event: events.HandLowered, meeting: Meeting) -> Iterator[Told]:
    yield Told(Happening.HAND, _someone(meeting.people[event.user]), {"raised": "false"})


@_told.register
def _(event: events.Reacted, meeting: Meeting) -> Iterator[Told]:
    yield Told(Happening.REACTED, _someone(meeting.people[event.user]), {"emoji": event.emoji})


@_told.register
def _(event: events.RecordingMarked, meeting: Meeting) -> Iterator[Told]:
    by = meeting.people.get(event.by)
    yield Told(Happening.RECORDING, _someone(by) if by else None, {"recording": _truth(event.on)})


@_told.register
def _(event: events.Chatted, meeting: Meeting) -> Iterator[Told]:
    if not event.to:
        who = _someone(meeting.people[event.user]) if event.user else Someone("", "", event.name, Role.VIEWER)
        yield Told(Happening.CHATTED, who, text=event.text)
