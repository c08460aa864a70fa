"""Where the back office of one namespace does what it is asked."""

from __future__ import annotations

from typing import NamedTuple

from bbbd.api.problems import Failed, Problem
from bbbd.api.server import Server
from bbbd.developer.mode import Developer, Space
from bbbd.developer.moodle.office import Office
from bbbd.meetings.model import Meeting


class Desk(NamedTuple):
    """What an operation acts on."""

    developer: Developer
    space: Space

    @property
    def server(self) -> Server:
        """The namespace's server."""
        return self.space.app.server

    @property
    def office(self) -> Office:
        """What is remembered of it."""
        return self.space.office

    def meeting(self, meeting_id: str) -> Meeting:
        """Return a meeting, also one that has ended. Raises ``Failed``."""
        found = self.office.find(meeting_id)
        if found is None:
            raise Failed(Problem.NOT_FOUND)
        return found
