"""The port of connections: what they need of the server behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from bbbd.clock import Moment
from bbbd.limits import Limit
from bbbd.live.media_port import MediaPlane
from bbbd.live.protocol import CloseReason
from bbbd.meetings.event import EndReason, Event
from bbbd.meetings.model import Meeting, Session
from bbbd.values.enums import Role


class Backend(Protocol):
    """A server, as its connections see it."""

    server: str
    page: str
    media: MediaPlane

    def now(self) -> Moment:
        """Return this moment."""

    def seconds(self) -> float:
        """Return steady seconds, as the reactor counts them."""

    def heard_until(self) -> float:
        """Return the seconds until which all that had arrived has been handled."""

    def session(self, token: str) -> tuple[Meeting, Session] | None:
        """Return a session."""

    def happen(self, meeting: Meeting, event: Event) -> None:
        """Let an event happen. Raises ``OSError``."""

    def end(self, meeting: Meeting, why: EndReason) -> None:
        """End a meeting."""

    def still_there(self, token: str) -> None:
        """Note that the holder of a session is still there."""

    def has_seat(self, meeting: Meeting, session: Session) -> bool:
        """Return whether a session may come in."""

    def reason(self, token: str) -> CloseReason:
        """Return why a token is no longer valid."""

    def count_closed(self, reason: str) -> None:
        """Count a connection that ended."""

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        """Call a function after so many seconds."""

    def gather(self, meeting: Meeting) -> None:
        """Send what waits in a meeting's room, soon."""

    def publishes_recordings(self) -> bool:
        """Return whether recordings are published as soon as they are made."""

    def tell(self, meeting: Meeting, user: str, t: str, **facts: object) -> None:
        """Send a message to the page of a person who is in."""

    def rooms_of(self, meeting: Meeting) -> list[Meeting]:
        """Return the live breakout rooms of a meeting."""

    def parent_of(self, room: Meeting) -> Meeting | None:
        """Return the live parent of a breakout room."""

    def has_space(self, meetings: int) -> bool:
        """Return whether there may be so many more meetings on this server."""

    def join_link(self, parameters: Mapping[str, str]) -> str:
        """Return a join link that the server signed."""

    def invitation(self, meeting: Meeting, role: Role) -> str:
        """Return the URL with which the server invites to a meeting in a role."""

    def largest_document(self) -> int:
        """Return how many bytes a document may have."""

    def is_full(self, meeting: Meeting) -> bool:
        """Return whether a meeting has stored all that it may: then only necessary events happen."""

    def seat_limit(self, meeting: Meeting, session: Session) -> Limit | None:
        """Return the limit of the server that leaves a session without a seat, None if it is the meeting's own."""

    def refused(self, caller: str, limit: Limit, /) -> None:
        """Count a refusal by a limit."""

    def when_kept(self, do: Callable[[bool], None]) -> None:
        """Call a function when all events until now are on the disk; with False when writing failed."""
