"""Directory of meetings: by id, by session token, by deadline. Pure: it has no clock and no file."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bbbd.meetings.joining import has_seat
from bbbd.meetings.lifecycle import Deadline, next_deadline
from bbbd.meetings.model import Meeting, Session


class Directory:
    """The live meetings of one server, and ended ones for as long as they are still found."""

    def __init__(self) -> None:
        #: Live meetings by internal id, in the order of their creation.
        self.live: dict[str, Meeting] = {}
        self._by_external: dict[str, Meeting] = {}
        self._by_token: dict[str, Meeting] = {}
        self._deadlines: dict[str, Deadline] = {}
        #: Ended meetings by internal id, each with the steady time until which it is found.
        self._ended: dict[str, tuple[Meeting, int]] = {}

    def __iter__(self) -> Iterator[Meeting]:
        """Give the live meetings in the order of their creation, then the ended ones."""
        yield from self.live.values()
        for meeting, _until in self._ended.values():
            if meeting.external_id not in self._by_external:
                yield meeting

    def find(self, meeting_id: str) -> Meeting | None:
        """Return the meeting of an external id or a full internal id: the live one, else the one that ended last."""
        found = self.find_live(meeting_id)
        if found is None and self._ended:
            ended = [one for one, _ in self._ended.values() if meeting_id in (one.external_id, one.internal_id)]
            found = ended[-1] if ended else None
        return found

    def find_live(self, meeting_id: str) -> Meeting | None:
        """Return the live meeting of an external id or a full internal id."""
        return self._by_external.get(meeting_id) or self.live.get(meeting_id)

    def find_external(self, external_id: str) -> Meeting | None:
        """Return the live meeting of an external id."""
        return self._by_external.get(external_id)

    def find_session(self, token: str) -> tuple[Meeting, Session] | None:
        """Return the session of a token and its meeting."""
        meeting = self._by_token.get(token)
        return (meeting, meeting.sessions[token]) if meeting else None

    def attendees(self) -> int:
        """Return the number of people in all meetings."""
        return sum(len(meeting.people) for meeting in self.live.values())

    def has_room(self, meeting: Meeting, external_id: str, most: int) -> bool:
        """Return whether a person could come in: they are in already, or there is a seat.

        ``most`` limits the people in all meetings together, 0 does not.
        """
        if external_id and meeting.is_in(external_id):
            return True
        return has_seat(meeting, external_id) and not (most and self.attendees() >= most)

    def bridge_is_used(self, voice_bridge: str) -> bool:
        """Return whether a live meeting has this voice bridge."""
        return any(meeting.created.voice_bridge == voice_bridge for meeting in self.live.values())

    def add(self, meeting: Meeting) -> None:
        """Add a live meeting. Of two with one external id, the newer one is found by it."""
        self.live[meeting.internal_id] = meeting
        other = self._by_external.get(meeting.external_id)
        if other is None or other.created.create_time < meeting.created.create_time:
            self._by_external[meeting.external_id] = meeting
        self.refresh(meeting, ())

    def refresh(self, meeting: Meeting, tokens_before: Collection[str]) -> None:
        """Follow the change of a meeting that had the sessions of these tokens before."""
        for token in tokens_before:
            if token not in meeting.sessions:
                del self._by_token[token]
        for token in meeting.sessions.keys() - tokens_before:
            self._by_token[token] = meeting
        self._set_deadline(meeting)
        if (parent := self.live.get(meeting.created.parent)) is not None:
            self._set_deadline(parent)

    def rooms_of(self, meeting: Meeting) -> list[Meeting]:
        """Return the live breakout rooms of a meeting, in the order in which they were opened."""
        return [self.live[room] for room in meeting.breakouts if room in self.live]

    def _set_deadline(self, meeting: Meeting) -> None:
        deadline = None if meeting.ended else next_deadline(meeting, self.rooms_of(meeting))
        if deadline is None:
            self._deadlines.pop(meeting.internal_id, None)
        else:
            self._deadlines[meeting.internal_id] = deadline

    def remove(self, meeting: Meeting) -> None:
        """Remove a live meeting."""
        del self.live[meeting.internal_id]
        if self._by_external.get(meeting.external_id) is meeting:
            del self._by_external[meeting.external_id]
        self._deadlines.pop(meeting.internal_id, None)

    def keep_ended(self, meeting: Meeting, until: int) -> None:
        """Have an ended meeting found until a steady time in milliseconds."""
        self._ended[meeting.internal_id] = (meeting, until)

    def remove_expired(self, now: int) -> list[Meeting]:
        """Remove the ended meetings whose time is past, and return them."""
        expired = [meeting for meeting, until in self._ended.values() if now > until]
        for meeting in expired:
            del self._ended[meeting.internal_id]
        return expired

    def due(self, now: int) -> Iterator[tuple[Meeting, Deadline]]:
        """Give the live meetings whose deadline is past, the earliest first.

        An event of one may move another's deadline, so each is checked again in its turn.
        """
        past = sorted((deadline.when, name) for name, deadline in self._deadlines.items() if now > deadline.when)
        for _when, internal_id in past:
            deadline = self._deadlines.get(internal_id)
            if deadline is not None and now > deadline.when:
                yield self.live[internal_id], deadline
