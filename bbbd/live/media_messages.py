"""Messages of the media plane to the pages of people: a ``MediaOutlet`` over the hub's rooms."""

from __future__ import annotations

from collections.abc import Callable

from bbbd.live.hub import Hub
from bbbd.live.visibility import Viewer, viewer_of
from bbbd.live.websocket import framed
from bbbd.meetings.event import Event
from bbbd.meetings.model import Meeting


class MediaMessages:
    """What the media plane says to people, and lets happen to meetings."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def happen(self, meeting: Meeting, event: Event) -> None:
        """Let an event happen. Raises ``OSError``."""
        self._hub.happen(meeting, event)

    def tell(self, meeting: Meeting, user: str, t: str, **facts: object) -> None:
        """Send a message to the page of a person who is in."""
        self._hub.tell(meeting, user, t, **facts)

    def tell_each(self, meeting: Meeting, make: Callable[[Viewer], str]) -> None:
        """Send each person who is in the message that is made for them, "" for none."""
        room = self._hub.rooms.get(meeting.internal_id)
        if room is None:
            return
        frames: dict[str, bytes] = {"": b""}
        for user, connection in room.inside.items():
            person = meeting.people.get(user)
            text = make(viewer_of(meeting, person)) if person is not None else ""
            frame = frames.get(text)
            if frame is None:
                frame = frames[text] = framed(text)
            if frame:
                connection.offer(frame)

    def tell_server(self) -> None:
        """Send every page what ``describe`` of the media plane returns now."""
        for room in list(self._hub.rooms.values()):
            for connection in list(room.connections):
                connection.tell("media", **self._hub.media.describe(connection.user))
