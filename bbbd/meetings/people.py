"""The rules of people: sessions, the lobby, joining and leaving, roles, the presenter, locks.

These read and write each other's state, so they stay together: they are the core of a meeting. At the end are the
rules of the whole meeting: its restart, its warning, its end.
"""

from __future__ import annotations

from bbbd.clock import Moment
from bbbd.meetings import attendance
from bbbd.meetings.attendance import AttendanceRecord
from bbbd.meetings.event import (
    Ended,
    GuestAnswered,
    GuestPolicyChanged,
    InactivityWarned,
    Joined,
    LeaveReason,
    Left,
    LobbyMessageChanged,
    LockChanged,
    LocksChanged,
    Lost,
    PresenceAsked,
    PresenceConfirmed,
    PresenterChanged,
    Registered,
    Resumed,
    Returned,
    RoleChanged,
    SessionEnded,
    Waited,
)
from bbbd.meetings.model import LOCKS, Meeting, Person, Session
from bbbd.meetings.rules import note_activity, rule
from bbbd.values.enums import GuestStatus, Role


@rule(Registered)
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


@rule(SessionEnded)
def _(event: SessionEnded, meeting: Meeting, _at: Moment) -> None:
    session = meeting.sessions.pop(event.token)
    _forget_customdata(meeting, session.external_id)


def _forget_customdata(meeting: Meeting, external_id: str) -> None:
    """Delete the custom data of a person who is not in and has no session."""
    has_session = any(session.external_id == external_id for session in meeting.sessions.values())
    if not has_session and not meeting.is_in(external_id):
        meeting.customdata.pop(external_id, None)


@rule(Waited)
def _(event: Waited, meeting: Meeting, at: Moment) -> None:
    session = meeting.sessions[event.token]
    session.used, session.away = at, event.away


@rule(GuestAnswered)
def _(event: GuestAnswered, meeting: Meeting, at: Moment) -> None:
    for session in meeting.waiting():
        if session.user in event.users:
            session.status = GuestStatus.ALLOW if event.admit else GuestStatus.DENY
            session.used = at
            if event.remember:
                meeting.answers[session.external_id] = event.admit
    note_activity(meeting, event.by, at)


@rule(GuestPolicyChanged)
def _(event: GuestPolicyChanged, meeting: Meeting, at: Moment) -> None:
    meeting.policy = event.policy
    note_activity(meeting, event.by, at)


@rule(LobbyMessageChanged)
def _(event: LobbyMessageChanged, meeting: Meeting, at: Moment) -> None:
    meeting.lobby_message = event.text
    note_activity(meeting, event.by, at)


@rule(Joined)
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
    note_activity(meeting, session.user, at)


def _locked_at_first(meeting: Meeting, role: Role) -> bool:
    return meeting.lock_on_join and role is Role.VIEWER


@rule(Lost)
def _(event: Lost, meeting: Meeting, at: Moment) -> None:
    meeting.people[event.user].away = at


@rule(Returned)
def _(event: Returned, meeting: Meeting, at: Moment) -> None:
    meeting.people[event.user].away = None
    note_activity(meeting, event.user, at)


@rule(Left)
def _(event: Left, meeting: Meeting, at: Moment) -> None:
    person = meeting.people.pop(event.user)
    if event.why is LeaveReason.LOST:
        meeting.sessions[person.session].used = at
    else:
        # A removed person cannot return by another link either.
        every = event.why is LeaveReason.REMOVED
        for session in [one for one in meeting.sessions.values() if one.user == event.user]:
            if every or session.entered:
                del meeting.sessions[session.token]
        _forget_customdata(meeting, person.external_id)
    if event.for_good:
        meeting.banned.append(person.external_id)
    if meeting.presenter == event.user:
        meeting.presenter = ""
    if record := meeting.attended.get(event.user):
        record.leaves.append(at.wall)
    if not meeting.people:
        meeting.left_since = at
        meeting.end_time = at.wall
    _moderation(meeting, at, had=person.role is Role.MODERATOR)
    meeting.active = at


def _moderation(meeting: Meeting, at: Moment, *, had: bool) -> None:
    """Note since when no moderator is in; ``had``: one was in before this event."""
    if meeting.moderators():
        meeting.unmoderated_since = None
    elif had and meeting.unmoderated_since is None:
        meeting.unmoderated_since = at


@rule(PresenceAsked)
def _(event: PresenceAsked, meeting: Meeting, at: Moment) -> None:
    meeting.people[event.user].asked = at


@rule(PresenceConfirmed)
def _(event: PresenceConfirmed, meeting: Meeting, at: Moment) -> None:
    note_activity(meeting, event.user, at)


@rule(RoleChanged)
def _(event: RoleChanged, meeting: Meeting, at: Moment) -> None:
    person = meeting.people[event.user]
    had = person.role is Role.MODERATOR
    person.role = event.role
    person.locked = _locked_at_first(meeting, event.role)
    meeting.sessions[person.session].role = event.role
    if event.role is Role.MODERATOR and (record := meeting.attended.get(event.user)):
        record.moderator = True
    _moderation(meeting, at, had=had)
    note_activity(meeting, event.by, at)


@rule(PresenterChanged)
def _(event: PresenterChanged, meeting: Meeting, at: Moment) -> None:
    assert not event.user or event.user in meeting.people
    meeting.presenter = event.user
    note_activity(meeting, event.by, at)


@rule(LocksChanged)
def _(event: LocksChanged, meeting: Meeting, at: Moment) -> None:
    assert set(event.locks) <= set(LOCKS.values())
    meeting.locks.update(event.locks)
    for person in meeting.people.values():
        person.locked = person.role is Role.VIEWER
    note_activity(meeting, event.by, at)


@rule(LockChanged)
def _(event: LockChanged, meeting: Meeting, at: Moment) -> None:
    meeting.people[event.user].locked = event.locked
    note_activity(meeting, event.by, at)


@rule(Resumed)
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


@rule(Ended)
def _(event: Ended, meeting: Meeting, at: Moment) -> None:
    assert meeting.ended is None
    meeting.ended = event.why
    meeting.end_time = at.wall
    meeting.recording = False
    meeting.sessions.clear()


@rule(InactivityWarned)
def _(_event: InactivityWarned, meeting: Meeting, at: Moment) -> None:
    meeting.warned = at


def ejected(meeting: Meeting) -> dict[str, int]:
    """Return when those left who were removed for good, in milliseconds since 1970."""
    return {
        user: record.leaves[-1]
        for user, record in (meeting.attended.items() if meeting.banned else ())
        if record.external_id in meeting.banned and user not in meeting.people and record.leaves
    }
