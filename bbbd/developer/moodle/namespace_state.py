"""Additional state of a namespace that replaces Moodle's mock, besides that of its server."""

from __future__ import annotations

from collections import Counter, defaultdict

import msgspec
from twisted.internet.defer import DeferredLock

from bbbd.api.describe import describe
from bbbd.api.response_tree import Tree
from bbbd.assembly.app import App
from bbbd.callbacks.deliveries import Delivery
from bbbd.callbacks.refusals import excerpt
from bbbd.clock import Moment
from bbbd.developer.delivery_attempts import DeliveryAttempts
from bbbd.egress.agent import Unanswered
from bbbd.egress.outgoing_request import OutgoingRequest
from bbbd.egress.ssrf_guard import ForbiddenTarget
from bbbd.meetings.event import Created, Ended, Event
from bbbd.meetings.model import Meeting

#: Moodle's default shared secret, which the mock accepts.
SECRET = "0b21fcaf34673a8c3ec8ed877d76ae34"  # noqa: S105 - it is public
#: Limits of stored ended meetings and exit URLs.
MOST_ENDED, MOST_EXITS = 1000, 10_000
_TAKEN = (200, 202)


class NamespaceState:
    """The state of one namespace, deleted with it."""

    def __init__(self, app: App, attempts: DeliveryAttempts) -> None:
        self.app = app
        self._attempts = attempts
        #: Internal ids of the meetings created by the back office; they count as running even when empty.
        self.running: set[str] = set()
        #: Breakout rooms in order of creation, by their parent's internal id.
        self.rooms: dict[str, list[Meeting]] = defaultdict(list)
        #: Counts of added events that the meeting itself does not store, by internal meeting id and user id.
        self.event_counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        #: Record ids of recordings made or in work, and those whose application was notified.
        self.record_ids: set[str] = set()
        self.notified: set[str] = set()
        #: Held while applications are notified, so that none is notified twice.
        self.notify_lock = DeferredLock()
        self._ended: dict[str, Meeting] = {}
        self._exit_urls: dict[str, str] = {}
        app.meetings.listeners.append(self._observe)

    def _observe(self, meeting: Meeting, event: Event, _at: Moment) -> None:
        if isinstance(event, Created) and event.parent:
            self.rooms[event.parent].append(meeting)
        if isinstance(event, Ended):
            self.running.discard(meeting.internal_id)
            self._ended.pop(meeting.external_id, None)
            self._ended[meeting.external_id] = meeting
            if len(self._ended) > MOST_ENDED:
                oldest = self._ended.pop(next(iter(self._ended)))
                self.rooms.pop(oldest.internal_id, None)
                self.event_counts.pop(oldest.internal_id, None)

    def find(self, meeting_id: str) -> Meeting | None:
        """Return a live or ended meeting by its external id."""
        return self.app.meetings.find_live(meeting_id) or self._ended.get(meeting_id)

    def describe(self, meeting: Meeting) -> Tree:
        """Return the description of a meeting."""
        running = meeting.running or meeting.internal_id in self.running
        return [(name, running if name == "running" else value) for name, value in describe(meeting)]

    def remember_exit(self, token: str, url: str) -> None:
        """Store the exit URL of a session."""
        self._exit_urls[token] = url
        if len(self._exit_urls) > MOST_EXITS:
            del self._exit_urls[next(iter(self._exit_urls))]

    def exit_url(self, token: str) -> str | None:
        """Return the exit URL of a session, even after the meeting's end; None if unknown."""
        return self._exit_urls.get(token)

    async def send(self, entry: Delivery, call: OutgoingRequest) -> bool:
        """Send a request, record the attempt, and return whether it was accepted."""
        try:
            answer = await self.app.outgoing.send(call)
        except (ForbiddenTarget, Unanswered) as fault:
            self._attempts.add(entry, None, str(fault))
            return False
        if answer.status not in _TAKEN:
            entry = msgspec.structs.replace(entry, answer=excerpt(answer, call, self.app.server.secrets))
        self._attempts.add(entry, answer.status, f"status {answer.status}")
        return answer.status in _TAKEN
