"""What each event does to a meeting: the only code that changes one. No clock, no socket, no file.

An event that does not fit the meeting (somebody leaves who is not in) is a broken invariant: ``apply`` raises,
and nobody has been told of the event yet.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import msgspec

from bbbd.clock import Moment
from bbbd.meetings import attendance, decks
from bbbd.meetings.attendance import AttendanceRecord
from bbbd.meetings.event import (
    BreakoutClosed,
    BreakoutOpened,
    ChatCleared,
    Chatted,
    ConfigAdded,
    Created,
    DeckAdded,
    DeckBegun,
    DeckConverted,
    DeckFailed,
    DeckRemoved,
    Ended,
    Event,
    GuestAnswered,
    GuestPolicyChanged,
    HandLowered,
    HandRaised,
    InactivityWarned,
    Joined,
    LeaveReason,
    Left,
    LobbyMessageChanged,
    LockChanged,
    LocksChanged,
    Lost,
    MediaChanged,
    PresenceAsked,
    PresenceConfirmed,
    PresenterChanged,
    Rated,
    Reacted,
    RecordingMarked,
    Registered,
    Restored,
    Resumed,
    Returned,
    RoleChanged,
    SessionEnded,
    SlideShown,
    SlideViewed,
    Talked,
    Waited,
)
from bbbd.meetings.model import ChatMessage, Deck, DeckState, Meeting, Person, Session, Stage
from bbbd.values.enums import GuestStatus, Role

#: Chat that a meeting keeps in memory for those who come later.
CHAT_KEPT = 2000
#: Marks of what somebody said last, by which what comes twice is known.
SAID_KEPT = 50
#: The lock settings, by their names in ``Create``.
LOCKS = (
    "lock_cam",
    "lock_mic",
    "lock_private_chat",
    "lock_public_chat",
    "lock_notes",
    "lock_layout",
    "lock_user_list",
    "lock_cursor",
    "lock_annotation",
    "webcams_only_for_moderator",
)


def begin(created: Created, at: Moment) -> Meeting:
    """Return the meeting that was created."""
    wanted = created.wanted
    found = decks.decks_of(created)
    return Meeting(
        created=created,
        created_at=at,
        n=1,
        empty_since=at,
        active=at,
        policy=wanted.guest_policy,
        locks={name: getattr(wanted, name) for name in LOCKS},
        lock_on_join=wanted.lock_on_join if wanted.lock_on_join_configurable else True,
        decks=found,
        next_deck=decks.first_to_show(found),
    )


def apply(meeting: Meeting, event: Event, at: Moment) -> None:
    """Let an event happen to the meeting. Raises when it does not fit; then nothing has changed."""
    _apply(event, meeting, at)
    attendance.note(meeting.attended, event, at)
    meeting.n += 1


def restored(event: Restored, at: Moment) -> Meeting:
    """Return the meeting that was written as one line; its steady times are those of the moment it was written."""
    meeting = msgspec.convert(event.state["meeting"], Meeting)
    return msgspec.convert(_shifted(meeting, at.steady - event.state["steady"]), Meeting, from_attributes=True)


def as_restored(meeting: Meeting, now: Moment) -> Restored:
    """Return the meeting as one event, to be written in place of all before."""
    return Restored(state={"meeting": msgspec.to_builtins(meeting), "steady": now.steady})


def _shifted(value: Any, by: int) -> Any:
    if isinstance(value, Moment):
        return Moment(value.wall, value.steady + by)
    if isinstance(value, (Meeting, Person, Session)):
        for name in value.__struct_fields__:
            setattr(value, name, _shifted(getattr(value, name), by))
    if isinstance(value, dict):
        return {name: _shifted(part, by) for name, part in value.items()}
    return value


@singledispatch
def _apply(event: Event, _meeting: Meeting, _at: Moment) -> None:
    raise AssertionError(f"{event.kind} cannot happen to a meeting that is there")


def _acts(meeting: Meeting, user: str, at: Moment) -> None:
    """Somebody did something: neither they nor the meeting are inactive."""
    meeting.active = at
    meeting.warned = None
    if person := meeting.people.get(user):
        person.active = at
        person.asked = None


@_apply.register
def _(_event: Resumed, meeting: Meeting, at: Moment) -> None:
    for person in meeting.people.values():
        person.away = at
        person.active = at
        person.asked = None
    for session in meeting.sessions.values():
        session.used, session.away = at, True
    meeting.empty_since = meeting.empty_since and at
    meeting.left_since = meeting.left_since and at
    meeting.unmoderated_since = meeting.unmoderated_since and at
    meeting.active = at
    meeting.warned = None


@_apply.register
def _(event: Ended, meeting: Meeting, at: Moment) -> None:
    assert meeting.ended is None
    meeting.ended = event.why
    meeting.end_time = at.wall
    meeting.recording = False
    meeting.sessions.clear()


@_apply.register
def _(_event: InactivityWarned, meeting: Meeting, at: Moment) -> None:
    meeting.warned = at


@_apply.register
def _(event: Registered, meeting: Meeting, at: Moment) -> None:
    assert event.token not in meeting.sessions
    meeting.sessions[event.token] = Session(
        token=event.token,
        auth_token=event.auth_token,
        user=event.user,
        external_id=event.external_id,
        name=event.name,
        role=event.role,
        guest=event.guest,
        status=event.status,
        avatar=event.avatar,
        layout=event.layout,
        config_token=event.config_token,
        web_voice=event.web_voice,
        client_url=event.client_url,
        used=at,
        since=at.wall,
    )
    if event.customdata:
        meeting.customdata[event.external_id] = event.customdata


@_apply.register
def _(event: SessionEnded, meeting: Meeting, _at: Moment) -> None:
    session = meeting.sessions.pop(event.token)
    _forget_customdata(meeting, session.external_id)


def _forget_customdata(meeting: Meeting, external_id: str) -> None:
    """Forget what was said of somebody who is not in and has no session."""
    has_session = any(session.external_id == external_id for session in meeting.sessions.values())
    if not has_session and not meeting.is_in(external_id):
        meeting.customdata.pop(external_id, None)


@_apply.register
def _(event: Waited, meeting: Meeting, at: Moment) -> None:
    session = meeting.sessions[event.token]
    session.used, session.away = at, event.away


@_apply.register
def _(event: GuestAnswered, meeting: Meeting, at: Moment) -> None:
    for session in meeting.waiting():
        if session.user in event.users:
            session.status = GuestStatus.ALLOW if event.admit else GuestStatus.DENY
            session.used = at
            if event.remember:
                meeting.answers[session.external_id] = event.admit
    _acts(meeting, event.by, at)


@_apply.register
def _(event: GuestPolicyChanged, meeting: Meeting, at: Moment) -> None:
    meeting.policy = event.policy
    _acts(meeting, event.by, at)


@_apply.register
def _(event: LobbyMessageChanged, meeting: Meeting, at: Moment) -> None:
    meeting.lobby_message = event.text
    _acts(meeting, event.by, at)


@_apply.register
def _(event: Joined, meeting: Meeting, at: Moment) -> None:
    session = meeting.sessions[event.token]
    assert session.status is GuestStatus.ALLOW
    for other in [one for one in meeting.sessions.values() if one.user == session.user and one.entered]:
        if other is not session:
            del meeting.sessions[other.token]
    session.entered, session.used = True, at
    person = meeting.people.get(session.user)
    had = person is not None and person.role is Role.MODERATOR
    if person is None:
        person = meeting.people[session.user] = Person(
            user=session.user,
            external_id=session.external_id,
            name=session.name,
            role=session.role,
            guest=session.guest,
            avatar=session.avatar,
            session=session.token,
            locked=_locked_at_first(meeting, session.role),
            joined=at,
            active=at,
        )
        attended = AttendanceRecord(
            external_id=session.external_id, name=session.name, moderator=person.role is Role.MODERATOR
        )
        attendance.enter(meeting.attended, session.user, attended, at)
    else:
        if person.role is not session.role:
            person.locked = _locked_at_first(meeting, session.role)
        person.name, person.role, person.guest = session.name, session.role, session.guest
        person.avatar, person.session, person.away = session.avatar, session.token, None
    meeting.has_user_joined = True
    meeting.empty_since = meeting.left_since = None
    meeting.end_time = 0
    _moderation(meeting, at, had=had)
    _acts(meeting, session.user, at)


def _locked_at_first(meeting: Meeting, role: Role) -> bool:
    return meeting.lock_on_join and role is Role.VIEWER


@_apply.register
def _(event: Lost, meeting: Meeting, at: Moment) -> None:
    meeting.people[event.user].away = at


@_apply.register
def _(event: Returned, meeting: Meeting, at: Moment) -> None:
    meeting.people[event.user].away = None
    _acts(meeting, event.user, at)


@_apply.register
def _(event: Left, meeting: Meeting, at: Moment) -> None:
    person = meeting.people.pop(event.user)
    if event.why is LeaveReason.LOST:
        meeting.sessions[person.session].used = at
    else:
        # Who was removed has no way back by another link either.
        every = event.why is LeaveReason.REMOVED
        for session in [one for one in meeting.sessions.values() if one.user == event.user]:
            if every or session.entered:
                del meeting.sessions[session.token]
        _forget_customdata(meeting, person.external_id)
    if event.for_good:
        meeting.banned.append(person.external_id)
    if meeting.presenter == event.user:
        meeting.presenter = ""
    if not meeting.people:
        meeting.left_since = at
        meeting.end_time = at.wall
    _moderation(meeting, at, had=person.role is Role.MODERATOR)
    meeting.active = at


def _moderation(meeting: Meeting, at: Moment, *, had: bool) -> None:
    """Note since when no moderator is in; ``had`` when one was there until now, or is."""
    if meeting.moderators():
        meeting.unmoderated_since = None
    elif had and meeting.unmoderated_since is None:
        meeting.unmoderated_since = at


@_apply.register
def _(event: PresenceAsked, meeting: Meeting, at: Moment) -> None:
    meeting.people[event.user].asked = at


@_apply.register
def _(event: PresenceConfirmed, meeting: Meeting, at: Moment) -> None:
    _acts(meeting, event.user, at)


@_apply.register
def _(event: RoleChanged, meeting: Meeting, at: Moment) -> None:
    person = meeting.people[event.user]
    had = person.role is Role.MODERATOR
    person.role = event.role
    person.locked = _locked_at_first(meeting, event.role)
    meeting.sessions[person.session].role = event.role
    _moderation(meeting, at, had=had)
    _acts(meeting, event.by, at)


@_apply.register
def _(event: PresenterChanged, meeting: Meeting, at: Moment) -> None:
    assert not event.user or event.user in meeting.people
    meeting.presenter = event.user
    _acts(meeting, event.by, at)


@_apply.register
def _(event: LocksChanged, meeting: Meeting, at: Moment) -> None:
    assert set(event.locks) <= set(LOCKS)
    meeting.locks.update(event.locks)
    for person in meeting.people.values():
        person.locked = person.role is Role.VIEWER
    _acts(meeting, event.by, at)


@_apply.register
def _(event: LockChanged, meeting: Meeting, at: Moment) -> None:
    meeting.people[event.user].locked = event.locked
    _acts(meeting, event.by, at)


@_apply.register
def _(event: MediaChanged, meeting: Meeting, at: Moment) -> None:
    person = meeting.people[event.user]
    person.microphone, person.cameras, person.screen = event.microphone, event.cameras, event.screen
    _acts(meeting, event.user, at)


@_apply.register
def _(event: Talked, meeting: Meeting, at: Moment) -> None:
    meeting.people[event.user].talked += event.milliseconds
    _acts(meeting, event.user, at)


@_apply.register
def _(event: Chatted, meeting: Meeting, at: Moment) -> None:
    if not event.user:
        assert event.name
        # An application said it; nobody in the meeting did anything.
        meeting.chat.append(ChatMessage(n=meeting.n + 1, at=at.wall, user="", name=event.name, text=event.text))
        del meeting.chat[:-CHAT_KEPT]
        return
    person = meeting.people[event.user]
    message = ChatMessage(n=meeting.n + 1, at=at.wall, user=event.user, name=person.name, text=event.text, to=event.to)
    meeting.chat.append(message)
    del meeting.chat[:-CHAT_KEPT]
    if event.key:
        said = meeting.sessions[person.session].said
        said.append(event.key)
        del said[:-SAID_KEPT]
    _acts(meeting, event.user, at)


@_apply.register
def _(event: ChatCleared, meeting: Meeting, at: Moment) -> None:
    meeting.chat[:] = [message for message in meeting.chat if message.to]
    _acts(meeting, event.by, at)


@_apply.register
def _(event: HandRaised, meeting: Meeting, at: Moment) -> None:
    meeting.people[event.user].hand = at
    _acts(meeting, event.user, at)


@_apply.register
def _(event: HandLowered, meeting: Meeting, at: Moment) -> None:
    meeting.people[event.user].hand = None
    _acts(meeting, event.by or event.user, at)


@_apply.register
def _(event: Reacted, meeting: Meeting, at: Moment) -> None:
    assert event.user in meeting.people
    _acts(meeting, event.user, at)


@_apply.register
def _(event: Rated, meeting: Meeting, _at: Moment) -> None:
    # Who has left says it, too.
    if session := meeting.sessions.get(event.token):
        session.rated = True


@_apply.register
def _(event: DeckAdded, meeting: Meeting, at: Moment) -> None:
    assert event.deck not in meeting.decks
    meeting.decks[event.deck] = Deck(deck=event.deck, document=event.document)
    if event.document.current or (meeting.stage is None and not meeting.next_deck):
        meeting.next_deck = event.deck
    if event.by:
        _acts(meeting, event.by, at)


@_apply.register
def _(event: DeckBegun, meeting: Meeting, _at: Moment) -> None:
    assert meeting.decks[event.deck].state is DeckState.WAITING
    meeting.decks[event.deck].tries += 1


@_apply.register
def _(event: DeckConverted, meeting: Meeting, _at: Moment) -> None:
    deck = meeting.decks[event.deck]
    assert deck.state is DeckState.WAITING
    deck.state, deck.key, deck.pages = DeckState.READY, event.key, event.pages


@_apply.register
def _(event: DeckFailed, meeting: Meeting, _at: Moment) -> None:
    deck = meeting.decks[event.deck]
    assert deck.state is DeckState.WAITING
    deck.state, deck.why = DeckState.FAILED, event.why
    _pass_on(meeting, event.deck)


@_apply.register
def _(event: DeckRemoved, meeting: Meeting, at: Moment) -> None:
    meeting.decks[event.deck].state = DeckState.REMOVED
    if meeting.stage is not None and meeting.stage.deck == event.deck:
        meeting.stage = None
    _pass_on(meeting, event.deck)
    _acts(meeting, event.by, at)


def _pass_on(meeting: Meeting, deck: str) -> None:
    """Have the first that may still come shown in place of a deck that does not."""
    if meeting.next_deck in ("", deck):
        meeting.next_deck = "" if meeting.stage is not None else decks.first_to_show(meeting.decks)


@_apply.register
def _(event: SlideShown, meeting: Meeting, at: Moment) -> None:
    deck = meeting.decks[event.deck]
    assert deck.state is DeckState.READY
    assert 1 <= event.page <= deck.pages
    if meeting.stage is None or meeting.stage.deck != event.deck:
        meeting.next_deck = ""
    meeting.stage = Stage(deck=event.deck, page=event.page)
    if event.by:
        _acts(meeting, event.by, at)


@_apply.register
def _(event: SlideViewed, meeting: Meeting, at: Moment) -> None:
    assert meeting.stage is not None
    meeting.stage = Stage(deck=meeting.stage.deck, page=meeting.stage.page, x=event.x, y=event.y, w=event.w, h=event.h)
    _acts(meeting, event.by, at)


@_apply.register
def _(event: RecordingMarked, meeting: Meeting, at: Moment) -> None:
    assert meeting.created.record
    if meeting.recording_since is not None:
        meeting.recorded += at.steady - meeting.recording_since.steady
    meeting.recording_since = at if event.on else None
    meeting.recording = event.on
    meeting.marked = meeting.marked or event.on
    _acts(meeting, event.by, at)


@_apply.register
def _(event: ConfigAdded, meeting: Meeting, _at: Moment) -> None:
    meeting.configs[event.token] = event.text
    if event.default:
        meeting.default_config = event.token


@_apply.register
def _(event: BreakoutOpened, meeting: Meeting, _at: Moment) -> None:
    meeting.breakouts[event.internal_id] = event.external_id


@_apply.register
def _(event: BreakoutClosed, meeting: Meeting, _at: Moment) -> None:
    del meeting.breakouts[event.internal_id]
