"""Context of back office operations: the namespace they act on."""

from __future__ import annotations

from typing import NamedTuple

from bbbd.api.problems import Failed, Problem
from bbbd.api.server import Server
from bbbd.developer.mode import Developer, Namespace
from bbbd.developer.moodle.namespace_state import NamespaceState
from bbbd.meetings.model import Meeting


class OperationContext(NamedTuple):
    """The context of an operation."""

    developer: Developer
    space: Namespace

    @property
    def server(self) -> Server:
        """The namespace's server."""
        return self.space.app.server

    @property
    def state(self) -> NamespaceState:
        """The namespace's additional state."""
        return self.space.moodle

    def meeting(self, meeting_id: str) -> Meeting:
        """Return a live or ended meeting. Raises ``Failed``."""
        found = self.state.find(meeting_id)
        if found is None:
            raise Failed(Problem.NOT_FOUND)
        return found
