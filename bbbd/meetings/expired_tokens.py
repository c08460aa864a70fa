"""Expired session tokens and the reason of each, remembered for a while, so that the page can show the reason.

An expired token does not count as a guess: a page that asks again after the end is no attack.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from bbbd.clock import Moment
from bbbd.meetings.event import Ended, Event, GuestAnswered, Joined, LeaveReason, Left, Registered, SessionEnded
from bbbd.meetings.feedback import Rated
from bbbd.meetings.model import Meeting, Session
from bbbd.meetings.registry import Meetings
from bbbd.settings.current import CurrentSettings
from bbbd.values.enums import GuestStatus


class ExpiryReason(StrEnum):
    """The reason why a token expired."""

    LEFT = "left"
    ENDED = "ended"
    REMOVED = "removed"
    ELSEWHERE = "elsewhere"
    IDLE = "idle"
    MOVED = "moved"
    #: A moderator refused the guest; the token was unused for too long.
    DENIED = "denied"
    UNKNOWN = "unknown"


_LEFT = {
    LeaveReason.LEFT: ExpiryReason.LEFT,
    LeaveReason.LOST: ExpiryReason.LEFT,
    LeaveReason.REMOVED: ExpiryReason.REMOVED,
    LeaveReason.INACTIVE: ExpiryReason.IDLE,
    LeaveReason.ELSEWHERE: ExpiryReason.ELSEWHERE,
    LeaveReason.MOVED: ExpiryReason.MOVED,
}


def reason_of(why: LeaveReason) -> ExpiryReason:
    """Return the reason for the tokens of a person who left."""
    return _LEFT[why]


@dataclass(slots=True)
class ExpiredToken:
    """An expired token: the reason, its meeting's internal id, and its holder's exit URL (``back``).

    ``why`` is the reason for the meeting's end, ``until`` the steady time at which the token is forgotten; ``rated``
    once its holder has sent feedback.
    """

    reason: ExpiryReason
    why: str
    meeting: str
    back: str
    until: int
    rated: bool


class _Session(NamedTuple):
    user: str
    rated: bool = False
    denied: bool = False


class ExpiredTokens:
    """Remembers the expired tokens of one server, each for the minutes that ``bbbd.endedTokensKept`` sets."""

    def __init__(self, meetings: Meetings, current: CurrentSettings) -> None:
        self._meetings = meetings
        self._current = current
        self._sessions: dict[str, dict[str, _Session]] = {}
        self._expired: dict[str, ExpiredToken] = {}

    def start(self) -> None:
        """Read the sessions of the restored meetings."""
        for meeting in self._meetings:
            sessions = {one.token: _Session(one.user, one.rated, _is_denied(one)) for one in meeting.sessions.values()}
            self._sessions[meeting.internal_id] = sessions

    def find(self, token: str) -> ExpiredToken | None:
        """Return an expired token, None for an unknown one."""
        return self._expired.get(token)

    def forget(self) -> None:
        """Forget the tokens whose time is past. Runs once a second."""
        now = self._meetings.clock.now().steady
        # Ordered by expiry, unless a reload changed the retention.
        while (token := next(iter(self._expired), None)) and self._expired[token].until <= now:
            del self._expired[token]

    def happened(self, meeting: Meeting, event: Event, at: Moment) -> None:
        """Follow an event of a meeting."""
        sessions = self._sessions.setdefault(meeting.internal_id, {})
        if isinstance(event, Registered):
            sessions[event.token] = _Session(event.user)
        elif isinstance(event, Rated):
            self._note_rating(sessions, event.token)
        elif isinstance(event, SessionEnded):
            self._expire(meeting, [event.token], self._reason(sessions, event), at)
        elif isinstance(event, GuestAnswered):
            for one in filter(_is_denied, meeting.sessions.values()):
                sessions[one.token] = sessions[one.token]._replace(denied=True)
        elif isinstance(event, Joined):
            self._expire(meeting, _of(sessions, meeting.sessions[event.token].user), ExpiryReason.ELSEWHERE, at)
        elif isinstance(event, Left):
            self._expire(meeting, _of(sessions, event.user), reason_of(event.why), at)
        elif isinstance(event, Ended):
            self._expire(meeting, list(sessions), ExpiryReason.ENDED, at)
            del self._sessions[meeting.internal_id]

    @staticmethod
    def _reason(sessions: dict[str, _Session], event: SessionEnded) -> ExpiryReason:
        if event.why is not LeaveReason.LOST:
            return reason_of(event.why)
        return ExpiryReason.DENIED if sessions.get(event.token, _Session("")).denied else ExpiryReason.UNKNOWN

    def _note_rating(self, sessions: dict[str, _Session], token: str) -> None:
        if token in sessions:
            sessions[token] = sessions[token]._replace(rated=True)
        self.note_rating(token)

    def note_rating(self, token: str) -> None:
        """Note that the holder of an expired token has rated the meeting."""
        if token in self._expired:
            self._expired[token].rated = True

    def _expire(self, meeting: Meeting, tokens: list[str], reason: ExpiryReason, at: Moment) -> None:
        sessions = self._sessions[meeting.internal_id]
        why = meeting.ended.value if meeting.ended else ""
        back, until = meeting.created.logout_url, at.steady + self._current.settings.ended_tokens_kept * 60_000
        for token in tokens:
            if token not in meeting.sessions:
                rated = sessions.pop(token, _Session("")).rated
                self._expired[token] = ExpiredToken(reason, why, meeting.internal_id, back, until, rated)


def _is_denied(session: Session) -> bool:
    return session.status is GuestStatus.DENY


def _of(sessions: dict[str, _Session], user: str) -> list[str]:
    return [token for token, one in sessions.items() if one.user == user]
