"""Virtual people: they join, speak, chat, raise hands and leave with the same events as real people."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from bbbd.meetings.chat import Chatted
from bbbd.meetings.event import Event, GuestAnswered, Joined, LeaveReason, Left, Microphone, PresenterChanged
from bbbd.meetings.hands import HandLowered, HandRaised, Reacted
from bbbd.meetings.joining import guest_status, has_seat, register
from bbbd.meetings.media import MediaChanged, Talked
from bbbd.meetings.model import Meeting, Person
from bbbd.meetings.recording import RecordingMarked, wanted_formats
from bbbd.meetings.registry import Meetings
from bbbd.settings.current import CurrentSettings
from bbbd.values.enums import GuestStatus, Role

#: Limit of people added by one request.
MOST = 1000
_FIRST = (
    "Ada",
    "Amara",
    "Bruno",
    "Chen",
    "Dana",
    "Elif",
    "Farid",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Kofi",
    "Lena",
    "Mateo",
    "Nadia",
    "Oskar",
    "Priya",
    "Quentin",
    "Rosa",
    "Samir",
    "Tove",
    "Uma",
    "Viktor",
    "Wanda",
    "Xenia",
    "Yusuf",
    "Zoë",
)
_LAST = (
    "Adler",
    "Brandt",
    "Costa",
    "Diaz",
    "Eriksen",
    "Fischer",
    "Gupta",
    "Haddad",
    "Ivanov",
    "Jansen",
    "Kim",
    "Lopez",
)
_SAID = (
    "Good morning!",
    "Can you hear me?",
    "Yes, we can.",
    "Which page are we on?",
    "Thank you!",
    "See you next week.",
)


class NotPossible(ValueError):
    """An action is not possible in this meeting; the text says why."""


class VirtualPeople:
    """Adds virtual people to the meetings of one server, and acts for them."""

    def __init__(self, meetings: Meetings, current: CurrentSettings) -> None:
        self._meetings = meetings
        self._current = current

    def meeting(self, meeting_id: str) -> Meeting:
        """Return a live meeting."""
        found = self._meetings.find_live(meeting_id)
        if found is None:
            raise NotPossible(f"there is no meeting {meeting_id[:100]!r}")
        return found

    def person(self, meeting: Meeting, who: str) -> Person:
        """Return a person in the meeting, by external id, internal id or name."""
        for person in meeting.people.values():
            if who in (person.user, person.external_id, person.name):
                return person
        raise NotPossible(f"{who[:100]!r} is not in the meeting")

    def join(self, meeting: Meeting, name: str, role: Role, user_id: str = "", *, guest: bool = False) -> str:
        """Add a person, who enters unless they must wait. Return their internal id."""
        settings = self._current.settings
        if not has_seat(meeting, user_id):
            raise NotPossible("the meeting is full")
        status = guest_status(
            meeting.policy, role, guest=guest or None, authenticated=False, newer=settings.authenticated_guest
        )
        if status is GuestStatus.DENY:
            raise NotPossible("guests are not let in")
        event = register(
            meeting,
            external_id=user_id,
            name=name,
            role=role,
            guest=guest,
            status=status,
            avatar="",
            layout="",
            config_token="",
            web_voice="",
            client_url="",
            customdata={},
        )
        self._meetings.happen(meeting, event)
        if status is GuestStatus.ALLOW:
            self._meetings.happen(meeting, Joined(token=event.token))
        return event.user

    def join_crowd(self, meeting: Meeting, *, moderators: int, viewers: int, guests: int, seed: int) -> list[str]:
        """Add many people, reproducible by seed. Return their internal ids."""
        if moderators + viewers + guests > MOST:
            raise NotPossible(f"at most {MOST} people come at once")
        self._check_crowd(meeting, moderators + viewers, guests, seed)
        chance = random.Random(seed)
        roles = [Role.MODERATOR] * moderators + [Role.VIEWER] * (viewers + guests)
        joined = []
        for number, role in enumerate(roles):
            name = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
            guest = number >= moderators + viewers
            joined.append(self.join(meeting, name, role, f"virtual-{seed}-{number}", guest=guest))
        return joined

    def _check_crowd(self, meeting: Meeting, others: int, guests: int, seed: int) -> None:
        """Raise ``NotPossible`` if a crowd does not fit as a whole."""
        newer = self._current.settings.authenticated_guest
        status = guest_status(meeting.policy, Role.VIEWER, guest=True, authenticated=False, newer=newer)
        if guests and status is GuestStatus.DENY:
            raise NotPossible("guests are not let in")
        come = others + (guests if status is GuestStatus.ALLOW else 0)
        there = {person.external_id for person in meeting.people.values()}
        seats = meeting.created.wanted.max_participants
        if seats and len(there | {f"virtual-{seed}-{number}" for number in range(come)}) > seats:
            raise NotPossible("the meeting is full")

    def bustle(self, meeting: Meeting, actions: int, seed: int) -> int:
        """Perform random actions of the people in a meeting, reproducible by seed. Return the number of actions."""
        chance = random.Random(seed)
        for _action in range(actions):
            if not meeting.people:
                raise NotPossible("nobody is in the meeting")
            who = chance.choice(list(meeting.people.values()))
            what, more = chance.choice(_USUAL)
            self.act(meeting, who.user, what, {**more, "text": chance.choice(_SAID)})
        return actions

    def act(self, meeting: Meeting, who: str, what: str, more: dict[str, Any]) -> None:
        """Perform one of ``ACTIONS`` as a person."""
        action = ACTIONS.get(what)
        if action is None:
            raise NotPossible(f"{what[:50]!r} is none of {', '.join(ACTIONS)}")
        for event in action(meeting, self.person(meeting, who), more):
            self._meetings.happen(meeting, event)

    def answer_guests(self, meeting: Meeting, *, admit: bool, by: str = "") -> int:
        """Admit or refuse all waiting guests; admitted ones enter. Return their number."""
        waiting = meeting.waiting()
        if waiting:
            users = tuple(session.user for session in waiting)
            self._meetings.happen(meeting, GuestAnswered(users=users, admit=admit, by=by))
        for session in waiting if admit else ():
            self._meetings.happen(meeting, Joined(token=session.token))
        return len(waiting)


Made = list[Event]


def _media(
    person: Person, *, microphone: Microphone | None = None, cameras: int | None = None, screen: bool | None = None
) -> Made:
    changed = MediaChanged(
        user=person.user,
        microphone=person.microphone if microphone is None else microphone,
        cameras=person.cameras if cameras is None else cameras,
        screen=person.screen if screen is None else screen,
    )
    return [changed]


def _speak(_meeting: Meeting, person: Person, more: dict[str, Any]) -> Made:
    seconds = more.get("seconds", 2)
    if not isinstance(seconds, (int, float)) or not 0 < seconds < 86_400:
        raise NotPossible("seconds must be a number above 0")
    talked = Talked(user=person.user, milliseconds=int(seconds * 1000))
    return [*([] if person.microphone is Microphone.ON else _media(person, microphone=Microphone.ON)), talked]


def _record(meeting: Meeting, person: Person, *, on: bool) -> Made:
    if not wanted_formats(meeting.created):
        raise NotPossible("the meeting is not recorded")
    return [] if meeting.recording is on else [RecordingMarked(on=on, by=person.user)]


def _chat(_meeting: Meeting, person: Person, more: dict[str, Any]) -> Made:
    return [Chatted(user=person.user, text=_text(more, "text", "Hello")[:5000])]


def _text(more: dict[str, Any], name: str, otherwise: str) -> str:
    value = more.get(name, otherwise)
    if not isinstance(value, str) or any("\ud800" <= one <= "\udfff" for one in value):
        raise NotPossible(f"{name} must be a text")
    return value


#: The actions of a person, by their names in requests.
ACTIONS: dict[str, Callable[[Meeting, Person, dict[str, Any]], Made]] = {
    "leave": lambda _meeting, person, _more: [Left(user=person.user, why=LeaveReason.LEFT)],
    "speak": _speak,
    "mute": lambda _meeting, person, _more: _media(person, microphone=Microphone.MUTED),
    "listen": lambda _meeting, person, _more: _media(person, microphone=Microphone.LISTEN),
    "hang up": lambda _meeting, person, _more: _media(person, microphone=Microphone.NONE),
    "share camera": lambda _meeting, person, _more: _media(person, cameras=person.cameras + 1),
    "stop camera": lambda _meeting, person, _more: _media(person, cameras=max(0, person.cameras - 1)),
    "share screen": lambda _meeting, person, _more: _media(person, screen=True),
    "stop screen": lambda _meeting, person, _more: _media(person, screen=False),
    "chat": _chat,
    "raise hand": lambda _meeting, person, _more: [HandRaised(user=person.user)],
    "lower hand": lambda _meeting, person, _more: [HandLowered(user=person.user)],
    "react": lambda _meeting, person, more: [Reacted(user=person.user, emoji=_text(more, "emoji", "👍")[:16])],
    "present": lambda _meeting, person, _more: [PresenterChanged(user=person.user)],
    "start recording": lambda meeting, person, _more: _record(meeting, person, on=True),
    "stop recording": lambda meeting, person, _more: _record(meeting, person, on=False),
}
#: The random actions of a crowd.
_USUAL: tuple[tuple[str, dict[str, Any]], ...] = (
    ("speak", {"seconds": 5}),
    ("mute", {}),
    ("chat", {}),
    ("raise hand", {}),
    ("lower hand", {}),
    ("react", {}),
    ("share camera", {}),
    ("stop camera", {}),
    ("listen", {}),
)
