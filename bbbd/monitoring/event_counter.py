"""Counts what happens in meetings: a listener of all events."""

from __future__ import annotations

from bbbd.clock import Moment
from bbbd.meetings.event import Created, Event
from bbbd.meetings.model import Meeting
from bbbd.meetings.slides import DeckConverted, DeckFailed
from bbbd.metrics.counting import Metrics
from bbbd.metrics.declarations import CONVERSIONS, EVENTS, UNIQUE_BREAKOUT_ROOMS, UNIQUE_MEETINGS


class EventCounter:
    """Counts events by their kinds."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def happened(self, meeting: Meeting, event: Event, _at: Moment) -> None:
        """Count an event."""
        self._metrics.count(EVENTS, event.kind)
        if isinstance(event, Created):
            self._metrics.count(UNIQUE_BREAKOUT_ROOMS if meeting.is_breakout else UNIQUE_MEETINGS)
        elif isinstance(event, DeckConverted):
            self._metrics.count(CONVERSIONS, "slides", "done")
        elif isinstance(event, DeckFailed):
            self._metrics.count(CONVERSIONS, "slides", "failed")
