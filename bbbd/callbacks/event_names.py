"""The notifications that applications receive of a meeting: one table of names, and a rule for each event.

``EventName`` has the name that meeting event callbacks use, bbb-webhooks' name, and the name of BigBlueButton's own
message. The rules run before the event happens, so that a person who leaves can still be named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from functools import singledispatch
from types import MappingProxyType
from typing import NamedTuple

from bbbd.meetings.breakouts import BreakoutClosed, BreakoutMoved, BreakoutOpened, BreakoutsExtended
from bbbd.meetings.chat import Chatted
from bbbd.meetings.event import (
    Created,
    Ended,
    Event,
    GuestAnswered,
    Joined,
    Left,
    Microphone,
    PresenterChanged,
    Registered,
    RoleChanged,
)
from bbbd.meetings.hands import HandLowered, HandRaised, Reacted
from bbbd.meetings.media import MediaChanged
from bbbd.meetings.model import Meeting, Person, Poll, Session
from bbbd.meetings.polls import PollEnded, PollPublished, PollStarted, PollVoted
from bbbd.meetings.recording import RecordingMarked
from bbbd.values.enums import GuestStatus, Role


class EventName(Enum):
    """The names of one notification, and its meaning. Hooks do not send one without a hook's name."""

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
        "Somebody is no longer the presenter.",
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
        "Somebody no longer shows a camera.",
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
        "Somebody no longer shares a screen.",
    )
    HAND = (
        "handRaised",
        "user-raise-hand-changed",
        "UserRaiseHandChangedEvtMsg",
        "Somebody raised their hand, or it went down: `raised` is true or false.",
    )
    REACTED = ("userReacted", "user-emoji-changed", "UserEmojiChangedEvtMsg", "Somebody showed an emoji.")
    ROOM_OPENED = (
        "breakoutRoomOpened",
        "",
        "BreakoutRoomStartedEvtMsg",
        "A breakout room of the meeting was opened: `roomID` and `internalRoomID` are its ids, `sequence` its number.",
    )
    ROOM_CLOSED = (
        "breakoutRoomClosed",
        "",
        "BreakoutRoomEndedEvtMsg",
        "A breakout room of the meeting is over: `roomID` and `internalRoomID` are its ids.",
    )
    ROOM_CHANGED = (
        "userBreakoutRoomChanged",
        "",
        "UserBreakoutReassignedEvtMsg",
        "Somebody belongs in another breakout room now: `sequence` is its number, 0 for none.",
    )
    ROOMS_EXTENDED = (
        "breakoutRoomsExtended",
        "",
        "BreakoutRoomsTimeRemainingUpdateEvtMsg",
        "The breakout rooms are open for `minutes` minutes in all.",
    )
    CHATTED = (
        "chatMessageSent",
        "chat-group-message-sent",
        "GroupChatMessageBroadcastEvtMsg",
        "A message to all was written. Its text goes to hooks alone, not into a URL.",
    )

    POLL_STARTED = ("pollStarted", "poll-started", "PollStartedEvtMsg", "A poll began.")
    POLL_VOTED = (
        "pollResponded",
        "poll-responded",
        "UserRespondedToPollRespMsg",
        "Somebody answered a poll; of a secret one neither the person nor the answer is told.",
    )
    POLL_ENDED = ("pollStopped", "", "PollStoppedEvtMsg", "A poll ended.")
    POLL_PUBLISHED = ("pollPublished", "", "PollShowResultEvtMsg", "The result of a poll was shown to everybody.")

    @property
    def event(self) -> str:
        """Its name in meeting event callbacks."""
        return self.value[0]

    @property
    def hook(self) -> str:
        """Its name in hooks, empty when hooks do not send it."""
        return self.value[1]

    @property
    def raw(self) -> str:
        """The name of BigBlueButton's own message."""
        return self.value[2]

    @property
    def meaning(self) -> str:
        """Its meaning, for the documentation."""
        return self.value[3]


class Subject(NamedTuple):
    """The person of a notification."""

    user: str
    external_id: str
    name: str
    role: Role


class Notification(NamedTuple):
    """One notification: its name, its subject, and facts by their names in URLs."""

    event_name: EventName
    subject: Subject | None = None
    facts: Mapping[str, str] = MappingProxyType({})
    #: A chat message's text.
    text: str = ""
    #: What hooks alone say of a poll.
    poll: Mapping[str, object] = MappingProxyType({})


@singledispatch
def _notifications(_event: Event, _meeting: Meeting) -> Iterator[Notification]:
    return iter(())


def notifications_of(meeting: Meeting, event: Event) -> list[Notification]:
    """Return the notifications of an event that has not happened to the meeting yet (except its creation)."""
    return list(_notifications(event, meeting))


def _truth(value: object) -> str:
    return "true" if value else "false"


def _subject(who: Person | Session | Registered) -> Subject:
    return Subject(who.user, who.external_id, who.name, who.role)


@_notifications.register
def _(_event: Created, _meeting: Meeting) -> Iterator[Notification]:
    yield Notification(EventName.CREATED)


@_notifications.register
def _(event: Ended, meeting: Meeting) -> Iterator[Notification]:
    for person in meeting.people.values():
        yield Notification(EventName.LEFT, _subject(person), {"reason": "ended"})
    yield Notification(EventName.ENDED, facts={"reason": event.why.value})


@_notifications.register
def _(event: Registered, _meeting: Meeting) -> Iterator[Notification]:
    if event.status is GuestStatus.WAIT:
        yield Notification(EventName.GUEST_WAITING, _subject(event))


@_notifications.register
def _(event: GuestAnswered, meeting: Meeting) -> Iterator[Notification]:
    for session in meeting.waiting():
        if session.user in event.users:
            yield Notification(EventName.GUEST_ANSWERED, _subject(session), {"admitted": _truth(event.admit)})


@_notifications.register
def _(event: Joined, meeting: Meeting) -> Iterator[Notification]:
    session = meeting.sessions[event.token]
    if session.user not in meeting.people:
        yield Notification(EventName.JOINED, _subject(session))


@_notifications.register
def _(event: Left, meeting: Meeting) -> Iterator[Notification]:
    person = meeting.people[event.user]
    if person.microphone is not Microphone.NONE:
        yield Notification(EventName.AUDIO_OFF, _subject(person))
    for _camera in range(person.cameras):
        yield Notification(EventName.CAM_OFF, _subject(person))
    if person.screen:
        yield Notification(EventName.SCREEN_OFF, _subject(person))
    yield Notification(EventName.LEFT, _subject(person), {"reason": event.why.value})


@_notifications.register
def _(event: RoleChanged, meeting: Meeting) -> Iterator[Notification]:
    yield Notification(EventName.ROLE, _subject(meeting.people[event.user]), {"role": event.role.value})


@_notifications.register
def _(event: PresenterChanged, meeting: Meeting) -> Iterator[Notification]:
    before = meeting.people.get(meeting.presenter)
    if before is not None and before.user != event.user:
        yield Notification(EventName.NO_PRESENTER, _subject(before))
    if event.user:
        yield Notification(EventName.PRESENTER, _subject(meeting.people[event.user]))


@_notifications.register
def _(event: MediaChanged, meeting: Meeting) -> Iterator[Notification]:
    person = meeting.people[event.user]
    yield from _sound(person, event.microphone)
    for _camera in range(event.cameras - person.cameras):
        yield Notification(EventName.CAM_ON, _subject(person))
    for _camera in range(person.cameras - event.cameras):
        yield Notification(EventName.CAM_OFF, _subject(person))
    if event.screen != person.screen:
        yield Notification(EventName.SCREEN_ON if event.screen else EventName.SCREEN_OFF, _subject(person))


def _sound(person: Person, now: Microphone) -> Iterator[Notification]:
    before = person.microphone
    speaking = (Microphone.MUTED, Microphone.ON)
    if before is now:
        return
    if now is Microphone.NONE:
        yield Notification(EventName.AUDIO_OFF, _subject(person))
    elif before is Microphone.NONE or (before in speaking) != (now in speaking):
        yield Notification(EventName.AUDIO_ON, _subject(person), {"listenOnly": _truth(now is Microphone.LISTEN)})
    else:
        yield Notification(EventName.MUTED if now is Microphone.MUTED else EventName.UNMUTED, _subject(person))


@_notifications.register
def _(event: HandRaised, meeting: Meeting) -> Iterator[Notification]:
    yield Notification(EventName.HAND, _subject(meeting.people[event.user]), {"raised": "true"})


@_notifications.register
def _(event: HandLowered, meeting: Meeting) -> Iterator[Notification]:
    yield Notification(EventName.HAND, _subject(meeting.people[event.user]), {"raised": "false"})


@_notifications.register
def _(event: Reacted, meeting: Meeting) -> Iterator[Notification]:
    yield Notification(EventName.REACTED, _subject(meeting.people[event.user]), {"emoji": event.emoji})


@_notifications.register
def _(event: RecordingMarked, meeting: Meeting) -> Iterator[Notification]:
    by = meeting.people.get(event.by)
    yield Notification(EventName.RECORDING, _subject(by) if by else None, {"recording": _truth(event.on)})


@_notifications.register
def _(event: BreakoutOpened, _meeting: Meeting) -> Iterator[Notification]:
    facts = {"roomID": event.external_id, "internalRoomID": event.internal_id, "sequence": str(event.sequence)}
    yield Notification(EventName.ROOM_OPENED, facts=facts)


@_notifications.register
def _(event: BreakoutClosed, meeting: Meeting) -> Iterator[Notification]:
    facts = {"roomID": meeting.breakouts[event.internal_id], "internalRoomID": event.internal_id}
    yield Notification(EventName.ROOM_CLOSED, facts=facts)


@_notifications.register
def _(event: BreakoutMoved, meeting: Meeting) -> Iterator[Notification]:
    record = meeting.attended[event.user]
    role = Role.MODERATOR if record.moderator else Role.VIEWER
    who = Subject(event.user, record.external_id, record.name, role)
    yield Notification(EventName.ROOM_CHANGED, who, {"sequence": str(event.sequence)})


@_notifications.register
def _(event: BreakoutsExtended, _meeting: Meeting) -> Iterator[Notification]:
    yield Notification(EventName.ROOMS_EXTENDED, facts={"minutes": str(event.minutes)})


@_notifications.register
def _(event: Chatted, meeting: Meeting) -> Iterator[Notification]:
    if not event.to:
        who = _subject(meeting.people[event.user]) if event.user else Subject("", "", event.name, Role.VIEWER)
        yield Notification(EventName.CHATTED, who, text=event.text)


@_notifications.register
def _(event: PollStarted, meeting: Meeting) -> Iterator[Notification]:
    answers = [{"id": place, "key": answer} for place, answer in enumerate(event.answers)]
    about = {"id": event.poll, "type": event.poll_kind.value, "question": event.question, "answers": answers}
    by = meeting.people.get(event.by)
    yield Notification(
        EventName.POLL_STARTED,
        _subject(by) if by else None,
        {"pollID": event.poll, "pollType": event.poll_kind.value, "secretPoll": _truth(event.secret)},
        poll=about | {"secret": event.secret, "multiple": event.multiple},
    )


@_notifications.register
def _(event: PollVoted, meeting: Meeting) -> Iterator[Notification]:
    poll = meeting.polls[-1]
    if poll.secret:
        yield Notification(EventName.POLL_VOTED, facts={"pollID": event.poll}, poll={"id": event.poll})
        return
    answers = {"answerIDs": ",".join(map(str, event.answers))} if event.answers else {}
    yield Notification(
        EventName.POLL_VOTED,
        _subject(meeting.people[event.user]),
        {"pollID": event.poll} | answers,
        poll={"id": event.poll, "answerIds": list(event.answers)} | ({"answer": event.text} if event.text else {}),
    )


@_notifications.register
def _(event: PollEnded, meeting: Meeting) -> Iterator[Notification]:
    yield _of_poll(EventName.POLL_ENDED, event.by, meeting.polls[-1], meeting)


@_notifications.register
def _(event: PollPublished, meeting: Meeting) -> Iterator[Notification]:
    yield _of_poll(EventName.POLL_PUBLISHED, event.by, meeting.polls[-1], meeting)


def _of_poll(name: EventName, user: str, poll: Poll, meeting: Meeting) -> Notification:
    by = meeting.people.get(user)
    return Notification(name, _subject(by) if by else None, {"pollID": poll.poll})
