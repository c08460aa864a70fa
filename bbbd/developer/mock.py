"""The surface of Moodle's mock server: ``/<name>/api/…`` and ``/<name>/backoffice/…``."""

from __future__ import annotations

from typing import Any

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.developer.mode import Space


class Mock(Resource):
    """One half of the surface of one namespace."""

    isLeaf = True

    def __init__(self, space: Space, half: str) -> None:
        super().__init__()
        self._space = space
        self._half = half

    def render(self, request: Any) -> int:
        """Answer."""
        request.setResponseCode(404)
        request.answer(b"", b"text/plain")
        return NOT_DONE_YET
